// SPDX-License-Identifier: BSD-3-Clause
// A in the caller's memory, column-major or row-major with any leading dimension, or a copy of it.
#pragma once

#include "base/memory.hpp"
#include "matrix/matrix.hpp"

namespace akr {

template <class T>
class DenseMatrix final : public Matrix {
 public:
  // Borrows `a` for its life; with copy = true it keeps a packed copy instead.
  DenseMatrix(bool row_major, std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, bool copy);

  bool is_dense() const noexcept override { return true; }
  void apply(Run &run, View<const double> x, View<double> y) const override;
  void panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
              const std::function<void(const AnyPanel &)> &visit) const override;
  void check_finite(Run &run) const override;

 private:
  void add_pass(Run &run, const PassRequest &request) const override;
  Panel<T> all_;
  Buffer<T> copy_;
};

extern template class DenseMatrix<double>;
extern template class DenseMatrix<float>;

}  // namespace akr
