// SPDX-License-Identifier: BSD-3-Clause
// A in compressed rows. CSR arrays of the caller are borrowed as they are (32- or 64-bit indices of base 0 or 1); CSC
// is turned into CSR once, since every solver walks A by rows; in a row no column comes twice.
#pragma once

#include "base/memory.hpp"
#include "matrix/matrix.hpp"

namespace akr {

template <class T>
class SparseMatrix final : public Matrix {
 public:
  struct Arrays {
    bool by_columns = false;  // CSC
    int index_bits = 32;      // of ptr and index alike
    int index_base = 0;
    const void *ptr = nullptr;
    const void *index = nullptr;
    const T *values = nullptr;
  };

  // Throws Error(e_argument) when ptr does not ascend from the base or an index lies outside A. Entries that are stored
  // twice are added up here, in their order, in double, and rounded once. copy: keeps its own arrays (so it does with
  // CSC, and where it adds up).
  SparseMatrix(std::int64_t rows, std::int64_t cols, const Arrays &arrays, bool copy);

  bool is_sparse() const noexcept override { return true; }
  std::int64_t nnz() const noexcept override { return nnz_; }
  std::int64_t bytes() const noexcept override;
  void apply(Run &run, View<const double> x, View<double> y) const override;
  // Each panel is a dense copy.
  void panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
              const std::function<void(const AnyPanel &)> &visit) const override;
  void check_finite(Run &run) const override;

  // The place of a row's first entry among all entries; of row n: their number.
  std::int64_t first_entry(std::int64_t row) const {
    return (index_bits_ == 32 ? static_cast<std::int64_t>(static_cast<const std::int32_t *>(ptr_)[row])
                              : static_cast<const std::int64_t *>(ptr_)[row]) -
           index_base_;
  }
  // The end of the rows from `row` on that have at most so many entries together, but of one row at least.
  std::int64_t rows_with(std::int64_t row, std::int64_t entries) const;

  // visit(row, count, column, values): column(k) is the 0-based column of values[k], k in [0, count).
  template <class Visitor>
  void for_each_row(std::int64_t first, std::int64_t last, Visitor &&visit) const {
    if (index_bits_ == 32) {
      walk<std::int32_t>(first, last, visit);
    } else {
      walk<std::int64_t>(first, last, visit);
    }
  }

 private:
  void add_pass(Run &run, const PassRequest &request) const override;
  template <int sides>
  void add_pass_of(Run &run, const PassRequest &request) const;
  template <class Index, class Visitor>
  void walk(std::int64_t first, std::int64_t last, Visitor &visit) const {
    const Index *ptr = static_cast<const Index *>(ptr_);
    const Index *index = static_cast<const Index *>(index_);
    const std::int64_t base = index_base_;
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t start = static_cast<std::int64_t>(ptr[i]) - base;
      const std::int64_t count = static_cast<std::int64_t>(ptr[i + 1]) - base - start;
      const Index *columns = index + start;
      visit(
          i, count, [columns, base](std::int64_t k) { return static_cast<std::int64_t>(columns[k]) - base; },
          values_ + start);
    }
  }
  template <class Index>
  void adopt(const Arrays &arrays, bool copy);
  // True where a row has two entries in one column.
  bool stores_twice() const;
  template <class Index>
  void add_up();
  template <class Index>
  void keep(Buffer<Index> ptr, Buffer<Index> index, Buffer<T> values);
  RowChunks chunks(std::int64_t columns) const;

  int index_bits_;
  int index_base_;
  std::int64_t nnz_ = 0;
  const void *ptr_ = nullptr;
  const void *index_ = nullptr;
  const T *values_ = nullptr;
  template <class Index>
  struct Own {
    Buffer<Index> ptr, index;
  };
  Own<std::int32_t> &own(std::int32_t) { return own32_; }
  Own<std::int64_t> &own(std::int64_t) { return own64_; }
  Own<std::int32_t> own32_;
  Own<std::int64_t> own64_;
  Buffer<T> own_values_;
};

extern template class SparseMatrix<double>;
extern template class SparseMatrix<float>;

}  // namespace akr
