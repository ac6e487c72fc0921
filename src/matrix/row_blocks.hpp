// SPDX-License-Identifier: BSD-3-Clause
// A read on demand, a block of rows at a time: it may be larger than memory. Every pass reads all rows in order, on the
// thread that made the call.
#pragma once

#include "matrix/matrix.hpp"

namespace akr {

template <class T>
class RowBlockMatrix final : public Matrix {
 public:
  // Fills block (row-major, ld entries from row to row) with the rows [first_row, first_row + nrows); throws on
  // failure.
  using Reader = std::function<void(std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld)>;

  RowBlockMatrix(std::int64_t rows, std::int64_t cols, Reader read)
      : Matrix(rows, cols, static_cast<int>(8 * sizeof(T))), read_(std::move(read)) {}

  void apply(Run &run, View<const double> x, View<double> y) const override;
  void panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
              const std::function<void(const AnyPanel &)> &visit) const override;
  void check_finite(Run &run) const override;

 private:
  void add_pass(Run &run, const PassRequest &request) const override;
  Reader read_;
};

extern template class RowBlockMatrix<double>;
extern template class RowBlockMatrix<float>;

}  // namespace akr
