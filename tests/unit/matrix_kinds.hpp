// SPDX-License-Identifier: BSD-3-Clause
// One matrix held in every way that libakr knows. Its entries are numbers of single precision, about a third of them
// zero, so that all ways hold the same matrix.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "core_fixture.hpp"
#include "matrix/dense.hpp"
#include "matrix/operator.hpp"
#include "matrix/row_blocks.hpp"
#include "matrix/sparse.hpp"

namespace akr::core_fixture {

inline Array<double> single_numbers(std::int64_t rows, std::int64_t cols, std::uint64_t seed, bool zeros) {
  Numbers numbers(seed);
  Array<double> out(rows, cols);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double value = static_cast<double>(static_cast<float>(numbers.normal()));
    out[i] = zeros && i % 3 == 1 ? 0.0 : value;
  }
  return out;
}

struct Kind {
  std::string name;
  int bits = 64;
  bool products_in_single = false;  // an operator of single precision: its products are rounded to that
  std::shared_ptr<void> storage;
  std::unique_ptr<Matrix> matrix;
};

namespace detail {

constexpr double padding = 1e30;  // what lies between the columns must never be read

template <class T>
Kind dense_kind(const Array<double> &a, bool row_major, std::int64_t extra, bool copy) {
  const std::int64_t lines = row_major ? a.rows() : a.cols();
  const std::int64_t length = row_major ? a.cols() : a.rows();
  const std::int64_t ld = length + extra;
  auto data = std::make_shared<std::vector<T>>(static_cast<std::size_t>(lines * ld), static_cast<T>(padding));
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    for (std::int64_t i = 0; i < a.rows(); ++i) {
      (*data)[static_cast<std::size_t>(row_major ? i * ld + j : j * ld + i)] = static_cast<T>(a(i, j));
    }
  }
  Kind kind;
  kind.name = std::string("dense ") + (row_major ? "rows" : "columns") + " ld + " + std::to_string(extra);
  kind.matrix = std::make_unique<DenseMatrix<T>>(row_major, a.rows(), a.cols(), data->data(), ld, copy);
  if (copy) {
    kind.name += " copy";
    data->assign(data->size(), static_cast<T>(padding));
  }
  kind.storage = data;
  return kind;
}

template <class T, class Index>
struct Compressed {
  std::vector<Index> ptr, index;
  std::vector<T> values;
};

// Some entries are stored as two halves.
template <class T, class Index>
Kind sparse_kind(const Array<double> &a, bool by_columns, int base, bool copy) {
  auto store = std::make_shared<Compressed<T, Index>>();
  store->ptr.push_back(static_cast<Index>(base));
  const std::int64_t lines = by_columns ? a.cols() : a.rows();
  const std::int64_t length = by_columns ? a.rows() : a.cols();
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t at = length; at-- > 0;) {  // order within a line is free
      const double value = by_columns ? a(at, line) : a(line, at);
      if (value == 0) continue;
      const bool twice = (line + at) % 7 == 0;
      for (int part = 0; part < (twice ? 2 : 1); ++part) {
        store->index.push_back(static_cast<Index>(at + base));
        store->values.push_back(static_cast<T>(twice ? value / 2 : value));
      }
    }
    store->ptr.push_back(static_cast<Index>(store->index.size() + static_cast<std::size_t>(base)));
  }
  typename SparseMatrix<T>::Arrays arrays;
  arrays.by_columns = by_columns;
  arrays.index_bits = 8 * static_cast<int>(sizeof(Index));
  arrays.index_base = base;
  arrays.ptr = store->ptr.data();
  arrays.index = store->index.data();
  arrays.values = store->values.data();
  Kind kind;
  kind.name = std::string(by_columns ? "CSC" : "CSR") + std::to_string(arrays.index_bits) + " base " +
              std::to_string(base) + (copy ? " copy" : "");
  kind.matrix = std::make_unique<SparseMatrix<T>>(a.rows(), a.cols(), arrays, copy);
  if (by_columns || copy) store.reset();  // it keeps its own
  kind.storage = store;
  return kind;
}

template <class T>
Kind operator_kind(const Array<double> &a) {
  auto store = std::make_shared<Array<double>>(a);
  Kind kind;
  kind.name = "operator";
  kind.products_in_single = std::is_same_v<T, float>;
  // Sums in double, rounded once. Zeros of x are skipped, so that a NaN shows in its own column alone.
  auto times = [store](bool transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y, std::int64_t ldy) {
    const std::int64_t in = transpose ? store->rows() : store->cols();
    const std::int64_t out = transpose ? store->cols() : store->rows();
    std::vector<double> sum(static_cast<std::size_t>(out));
    for (std::int64_t c = 0; c < ncols; ++c) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (std::int64_t j = 0; j < store->cols(); ++j) {
        const double *column = store->col(j);
        if (transpose) {
          double dot = 0;
          for (std::int64_t i = 0; i < in; ++i) dot += column[i] * static_cast<double>(x[c * ldx + i]);
          sum[static_cast<std::size_t>(j)] = dot;
        } else if (x[c * ldx + j] != 0) {
          for (std::int64_t i = 0; i < out; ++i)
            sum[static_cast<std::size_t>(i)] += column[i] * static_cast<double>(x[c * ldx + j]);
        }
      }
      for (std::int64_t i = 0; i < out; ++i) y[c * ldy + i] = static_cast<T>(sum[static_cast<std::size_t>(i)]);
    }
  };
  kind.matrix = std::make_unique<OperatorMatrix<T>>(a.rows(), a.cols(), times);
  kind.storage = store;
  return kind;
}

template <class T>
Kind row_block_kind(const Array<double> &a) {
  auto store = std::make_shared<Array<double>>(a);
  Kind kind;
  kind.name = "row blocks";
  kind.matrix = std::make_unique<RowBlockMatrix<T>>(
      a.rows(), a.cols(), [store](std::int64_t first, std::int64_t count, T *block, std::int64_t ld) {
        for (std::int64_t j = 0; j < store->cols(); ++j) {
          for (std::int64_t i = 0; i < count; ++i) block[i * ld + j] = static_cast<T>((*store)(first + i, j));
        }
      });
  kind.storage = store;
  return kind;
}

template <class T>
void add_kinds(const Array<double> &a, std::vector<Kind> &out) {
  const std::size_t first = out.size();
  for (const bool row_major : {false, true}) {
    out.push_back(dense_kind<T>(a, row_major, 0, false));
    out.push_back(dense_kind<T>(a, row_major, 3, false));
    out.push_back(dense_kind<T>(a, row_major, 5, true));
  }
  for (const int base : {0, 1}) {
    for (const bool by_columns : {false, true}) {
      out.push_back(sparse_kind<T, std::int32_t>(a, by_columns, base, false));
      out.push_back(sparse_kind<T, std::int64_t>(a, by_columns, base, false));
    }
  }
  out.push_back(sparse_kind<T, std::int32_t>(a, false, 1, true));
  out.push_back(operator_kind<T>(a));
  out.push_back(row_block_kind<T>(a));
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].bits = 8 * static_cast<int>(sizeof(T));
    out[i].name += out[i].bits == 32 ? ", f32" : ", f64";
  }
}

}  // namespace detail

inline std::vector<Kind> all_kinds(const Array<double> &a) {
  std::vector<Kind> kinds;
  detail::add_kinds<double>(a, kinds);
  detail::add_kinds<float>(a, kinds);
  return kinds;
}

}  // namespace akr::core_fixture
