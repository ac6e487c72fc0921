// SPDX-License-Identifier: BSD-3-Clause
// From the caller's arrays to rows: what is checked, what is copied, what is added up.
#include <algorithm>

#include "base/text.hpp"
#include "matrix/sparse.hpp"

namespace akr {

namespace {

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
      if (index[k] < base || static_cast<std::int64_t>(index[k]) - base >= length) {
        throw Error(Status::e_argument, text("index[", k, "] = ", index[k], " (", line_name, " ", i, "): must be in [",
                                             base, ", ", length + base - 1, "]"));
      }
    }
  }
}

// Rows out of columns: a counting sort by rows, which keeps the order of what is stored twice.
template <class T, class Index>
void turn(std::int64_t rows, std::int64_t cols, const Index *ptr, const Index *index, const T *values, int base,
          Index *row_ptr, Index *column, T *row_values) {
  const std::int64_t nnz = static_cast<std::int64_t>(ptr[cols]) - base;
  std::fill_n(row_ptr, rows + 1, Index{0});
  for (std::int64_t k = 0; k < nnz; ++k) ++row_ptr[static_cast<std::int64_t>(index[k]) - base + 1];
  for (std::int64_t i = 0; i < rows; ++i) row_ptr[i + 1] = static_cast<Index>(row_ptr[i + 1] + row_ptr[i]);
  // Each row's start moves forward as it fills; shifted back at the end.
  for (std::int64_t j = 0; j < cols; ++j) {
    const std::int64_t end = static_cast<std::int64_t>(ptr[j + 1]) - base;
    for (std::int64_t k = static_cast<std::int64_t>(ptr[j]) - base; k < end; ++k) {
      const std::int64_t to = static_cast<std::int64_t>(row_ptr[static_cast<std::int64_t>(index[k]) - base]++);
      column[to] = static_cast<Index>(j);
      row_values[to] = values[k];
    }
  }
  for (std::int64_t i = rows; i > 0; --i) row_ptr[i] = row_ptr[i - 1];
  row_ptr[0] = 0;
}

}  // namespace

template <class T>
SparseMatrix<T>::SparseMatrix(std::int64_t rows, std::int64_t cols, const Arrays &arrays, bool copy)
    : Matrix(rows, cols, static_cast<int>(8 * sizeof(T))),
      index_bits_(arrays.index_bits),
      index_base_(arrays.index_base) {
  if (index_bits_ == 32) {
    adopt<std::int32_t>(arrays, copy);
    if (stores_twice()) add_up<std::int32_t>();
  } else {
    adopt<std::int64_t>(arrays, copy);
    if (stores_twice()) add_up<std::int64_t>();
  }
}

template <class T>
template <class Index>
void SparseMatrix<T>::keep(Buffer<Index> ptr, Buffer<Index> index, Buffer<T> values) {
  Own<Index> &kept = own(Index{});
  kept.ptr = std::move(ptr);
  kept.index = std::move(index);
  own_values_ = std::move(values);
  index_base_ = 0;
  nnz_ = static_cast<std::int64_t>(kept.ptr[rows()]);
  ptr_ = kept.ptr.data();
  index_ = kept.index.data();
  values_ = own_values_.data();
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
  if (!arrays.by_columns && !copy) {
    ptr_ = arrays.ptr;
    index_ = arrays.index;
    values_ = arrays.values;
    return;
  }
  Buffer<Index> own_ptr(rows() + 1);
  Buffer<Index> own_index(std::max<std::int64_t>(nnz_, 1));
  Buffer<T> own_values(std::max<std::int64_t>(nnz_, 1));
  if (arrays.by_columns) {
    turn(rows(), cols(), ptr, index, arrays.values, base, own_ptr.data(), own_index.data(), own_values.data());
  } else {
    for (std::int64_t i = 0; i <= rows(); ++i) own_ptr[i] = static_cast<Index>(ptr[i] - base);
    for (std::int64_t k = 0; k < nnz_; ++k) own_index[k] = static_cast<Index>(index[k] - base);
    std::copy_n(arrays.values, nnz_, own_values.data());
  }
  keep(std::move(own_ptr), std::move(own_index), std::move(own_values));
}

// Rows in ascending order, the usual case, need no memory to look through.
template <class T>
bool SparseMatrix<T>::stores_twice() const {
  Buffer<std::int64_t> last_row;  // of each column, in which it was met
  bool found = false;
  for_each_row(0, rows(), [&](std::int64_t row, std::int64_t count, auto column, const T *) {
    std::int64_t q = 1;
    while (q < count && column(q) > column(q - 1)) ++q;
    if (found || q >= count) return;
    if (last_row.size() == 0) last_row = Buffer<std::int64_t>(cols(), -1);
    for (q = 0; q < count; ++q) {
      std::int64_t &last = last_row[column(q)];
      found = found || last == row;
      last = row;
    }
  });
  return found;
}

// Every part of libakr shall work with one and the same matrix: sums in another order, or another precision, are
// another matrix where what is stored twice cancels.
template <class T>
template <class Index>
void SparseMatrix<T>::add_up() {
  Buffer<Index> ptr(rows() + 1);
  Buffer<Index> index(nnz_);
  Buffer<T> values(nnz_);
  Buffer<std::int64_t> place(cols(), -1);  // of each column's last entry
  Buffer<double> sums(nnz_);
  std::int64_t end = 0;
  ptr[0] = 0;
  for_each_row(0, rows(), [&](std::int64_t row, std::int64_t count, auto column, const T *from) {
    const std::int64_t begin = end;
    for (std::int64_t q = 0; q < count; ++q) {
      std::int64_t &at = place[column(q)];
      if (at < begin) {
        at = end++;
        index[at] = static_cast<Index>(column(q));
        sums[at] = 0;
      }
      sums[at] += static_cast<double>(from[q]);
    }
    ptr[row + 1] = static_cast<Index>(end);
  });
  for (std::int64_t k = 0; k < end; ++k) values[k] = static_cast<T>(sums[k]);
  keep(std::move(ptr), std::move(index), std::move(values));
}

template bool SparseMatrix<double>::stores_twice() const;
template bool SparseMatrix<float>::stores_twice() const;
template SparseMatrix<double>::SparseMatrix(std::int64_t, std::int64_t, const Arrays &, bool);
template SparseMatrix<float>::SparseMatrix(std::int64_t, std::int64_t, const Arrays &, bool);

}  // namespace akr
