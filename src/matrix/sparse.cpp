// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/sparse.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/text.hpp"
#include "matrix/dense_pass.hpp"

namespace akr {

namespace {

constexpr std::int64_t panel_bytes = 8 << 20;
constexpr std::int64_t least_chunk_entries = 1 << 15;
constexpr std::int64_t most_chunks = 16;

template <class Index>
void validate(const Index *ptr, const Index *index, std::int64_t lines, std::int64_t length, int base,
              const char *line_name) {
  if (static_cast<std::int64_t>(ptr[0]) != base) {
    throw Error(Status::e_argument, text("ptr[0] = ", ptr[0], ": must be index_base = ", base));
  }
  for (std::int64_t i = 0; i < lines; ++i) {
    if (ptr[i + 1] < ptr[i]) {
      throw Error(Status::e_argument,
                  text("ptr[", i + 1, "] = ", ptr[i + 1], ": must be at least ptr[", i, "] = ", ptr[i]));
    }
  }
  for (std::int64_t i = 0; i < lines; ++i) {
    for (std::int64_t k = static_cast<std::int64_t>(ptr[i]) - base; k < static_cast<std::int64_t>(ptr[i + 1]) - base;
         ++k) {
      const std::int64_t at = static_cast<std::int64_t>(index[k]) - base;
      if (at < 0 || at >= length) {
        throw Error(Status::e_argument, text("index[", k, "] = ", index[k], " (", line_name, " ", i, "): must be in [",
                                             base, ", ", length + base - 1, "]"));
      }
    }
  }
}

}  // namespace

template <class T>
SparseMatrix<T>::SparseMatrix(std::int64_t rows, std::int64_t cols, const Arrays &arrays, bool copy)
    : Matrix(rows, cols, static_cast<int>(8 * sizeof(T))),
      index_bits_(arrays.index_bits),
      index_base_(arrays.index_base) {
  if (index_bits_ == 32) {
    adopt<std::int32_t>(arrays, copy);
  } else {
    adopt<std::int64_t>(arrays, copy);
  }
}

template <class T>
template <class Index>
void SparseMatrix<T>::adopt(const Arrays &arrays, bool copy) {
  const Index *ptr = static_cast<const Index *>(arrays.ptr);
  const Index *index = static_cast<const Index *>(arrays.index);
  const int base = arrays.index_base;
  const std::int64_t lines = arrays.by_columns ? cols() : rows();
  validate(ptr, index, lines, arrays.by_columns ? rows() : cols(), base, arrays.by_columns ? "column" : "row");
  nnz_ = static_cast<std::int64_t>(ptr[lines]) - base;
  ptr_ = arrays.ptr;
  index_ = arrays.index;
  values_ = arrays.values;
  if (!arrays.by_columns && !copy) return;

  auto &own_ptr = [this]() -> Buffer<Index> & {
    if constexpr (std::is_same_v<Index, std::int32_t>)
      return own_ptr32_;
    else
      return own_ptr64_;
  }();
  auto &own_index = [this]() -> Buffer<Index> & {
    if constexpr (std::is_same_v<Index, std::int32_t>)
      return own_index32_;
    else
      return own_index64_;
  }();
  own_ptr = Buffer<Index>(rows() + 1, Index{0});
  own_index = Buffer<Index>(std::max<std::int64_t>(nnz_, 1));
  own_values_ = Buffer<T>(std::max<std::int64_t>(nnz_, 1));
  if (arrays.by_columns) {
    for (std::int64_t k = 0; k < nnz_; ++k) ++own_ptr[static_cast<std::int64_t>(index[k]) - base + 1];
    for (std::int64_t i = 0; i < rows(); ++i) own_ptr[i + 1] = static_cast<Index>(own_ptr[i + 1] + own_ptr[i]);
    // Each row's start moves forward as it fills; shifted back at the end.
    for (std::int64_t j = 0; j < lines; ++j) {
      for (std::int64_t k = static_cast<std::int64_t>(ptr[j]) - base; k < static_cast<std::int64_t>(ptr[j + 1]) - base;
           ++k) {
        const std::int64_t to = static_cast<std::int64_t>(own_ptr[static_cast<std::int64_t>(index[k]) - base]++);
        own_index[to] = static_cast<Index>(j);
        own_values_[to] = arrays.values[k];
      }
    }
    for (std::int64_t i = rows(); i > 0; --i) own_ptr[i] = own_ptr[i - 1];
    own_ptr[0] = 0;
  } else {
    for (std::int64_t i = 0; i <= rows(); ++i) own_ptr[i] = static_cast<Index>(ptr[i] - base);
    for (std::int64_t k = 0; k < nnz_; ++k) own_index[k] = static_cast<Index>(index[k] - base);
    std::copy_n(arrays.values, nnz_, own_values_.data());
  }
  index_base_ = 0;
  ptr_ = own_ptr.data();
  index_ = own_index.data();
  values_ = own_values_.data();
}

template <class T>
std::int64_t SparseMatrix<T>::bytes() const noexcept {
  return nnz_ * static_cast<std::int64_t>(sizeof(T) + static_cast<std::size_t>(index_bits_ / 8));
}

// Few enough chunks that adding their partial sums costs less than the products.
template <class T>
RowChunks SparseMatrix<T>::chunks(std::int64_t columns) const {
  const std::int64_t rows_per_chunk = std::max<std::int64_t>(
      8, least_chunk_entries * std::max<std::int64_t>(rows(), 1) / std::max<std::int64_t>(nnz_, 1));
  const std::int64_t affordable = std::max<std::int64_t>(2, nnz_ / std::max<std::int64_t>(4 * cols() * columns, 1));
  return RowChunks::split(rows(), rows_per_chunk, std::min(most_chunks, affordable));
}

// Vectors are held with their k components together, so that one visit of a nonzero serves all right-hand sides.
template <class T>
void SparseMatrix<T>::add_pass(Run &run, const PassRequest &request) const {
  const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
  const std::int64_t d = cols();
  if (k == 0) return;
  const bool has_x = request.x.data != nullptr;
  const bool wants_z = request.z.data != nullptr;
  Buffer<double> x(has_x ? d * k : 0);
  for (std::int64_t c = 0; has_x && c < k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) x[j * k + c] = request.x(j, c);
  }
  const double sign = request.b != nullptr ? -1.0 : 1.0;
  const std::int64_t width = (wants_z ? d * k : 0) + k;
  Buffer<double> total(width, 0.0);
  run.reduction().sum(run.team(), chunks(k), width, total.data(),
                      [&](std::int64_t begin, std::int64_t end, double *partial) {
                        constexpr std::int64_t height = 256;
                        Array2<double> b(height, k, 0.0);
                        Buffer<double> y(k);
                        double *squares = partial + (width - k);
                        for (std::int64_t i0 = begin; i0 < end; i0 += height) {
                          const std::int64_t i1 = std::min(i0 + height, end);
                          for (std::int64_t c = 0; request.b != nullptr && c < k; ++c)
                            request.b->load(i0, i1 - i0, c, b.col(c));
                          for_each_row(i0, i1, [&](std::int64_t row, std::int64_t count, auto column, const T *values) {
                            for (std::int64_t c = 0; c < k; ++c) y[c] = b(row - i0, c);
                            if (has_x) {
                              for (std::int64_t q = 0; q < count; ++q) {
                                const double v = sign * static_cast<double>(values[q]);
                                const double *xq = x.data() + column(q) * k;
                                for (std::int64_t c = 0; c < k; ++c) y[c] += v * xq[c];
                              }
                            }
                            for (std::int64_t c = 0; c < k; ++c) {
                              squares[c] += y[c] * y[c];
                              y[c] *= request.gain;
                            }
                            if (!wants_z) return;
                            for (std::int64_t q = 0; q < count; ++q) {
                              const double v = static_cast<double>(values[q]);
                              double *zq = partial + column(q) * k;
                              for (std::int64_t c = 0; c < k; ++c) zq[c] += v * y[c];
                            }
                          });
                        }
                      });
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t j = 0; wants_z && j < d; ++j) request.z(j, c) = total[j * k + c];
    if (request.sumsq != nullptr) request.sumsq[c] = total[width - k + c];
  }
}

template <class T>
void SparseMatrix<T>::apply(Run &run, View<const double> x, View<double> y) const {
  const RowChunks parts = chunks(1);
  run.parallel(parts.count, [&](std::int64_t chunk, int) {
    for_each_row(parts.begin(chunk), parts.end(chunk),
                 [&](std::int64_t row, std::int64_t count, auto column, const T *values) {
                   for (std::int64_t c = 0; c < x.cols; ++c) {
                     double sum = 0;
                     for (std::int64_t q = 0; q < count; ++q) sum += static_cast<double>(values[q]) * x(column(q), c);
                     y(row, c) = sum;
                   }
                 });
  });
}

template <class T>
void SparseMatrix<T>::panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
                             const std::function<void(const AnyPanel &)> &visit) const {
  if (rows() == 0 || cols() == 0) return;
  const std::int64_t fitting = panel_bytes / (cols() * static_cast<std::int64_t>(sizeof(T)));
  std::int64_t height = preferred_rows > 0 ? preferred_rows : std::max<std::int64_t>(fitting, 64);
  height = std::min((height + alignment - 1) / alignment * alignment, rows());
  const std::int64_t ld = std::max<std::int64_t>(cols(), 2);
  Buffer<T> block(checked_product(height, ld));
  for (std::int64_t first = 0; first < rows(); first += height) {
    const std::int64_t count = std::min(height, rows() - first);
    std::fill_n(block.data(), count * ld, T{0});
    for_each_row(first, first + count, [&](std::int64_t row, std::int64_t entries, auto column, const T *values) {
      T *target = block.data() + (row - first) * ld;
      for (std::int64_t q = 0; q < entries; ++q) target[column(q)] += values[q];
    });
    visit(Panel<T>{block.data(), first, count, cols(), ld, 1});
    run.poll();
  }
}

template <class T>
void SparseMatrix<T>::check_finite(Run &) const {
  for_each_row(0, rows(), [](std::int64_t row, std::int64_t count, auto column, const T *values) {
    for (std::int64_t q = 0; q < count; ++q) {
      if (!std::isfinite(values[q])) {
        throw Error(Status::e_not_finite, text("A(", row, ", ", column(q), ") = ", static_cast<double>(values[q]),
                                               ": must be finite (rows and columns count from 0)"));
      }
    }
  });
}

template class SparseMatrix<double>;
template class SparseMatrix<float>;

}  // namespace akr
