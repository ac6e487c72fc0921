// SPDX-License-Identifier: BSD-3-Clause
// A known only by its products: y = A x and y = Aᵀ x, on blocks of vectors, computed by the caller.
#pragma once

#include "matrix/matrix.hpp"

namespace akr {

template <class T>
class OperatorMatrix final : public Matrix {
 public:
  // Overwrites y (column-major) with A x, or with Aᵀ x where transpose; throws on failure.
  using Product =
      std::function<void(bool transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y, std::int64_t ldy)>;

  OperatorMatrix(std::int64_t rows, std::int64_t cols, Product product)
      : Matrix(rows, cols, static_cast<int>(8 * sizeof(T))), product_(std::move(product)) {}

  bool has_panels() const noexcept override { return false; }
  void apply(Run &run, View<const double> x, View<double> y) const override;
  // Throws Error(e_unsupported): an operator cannot show its rows.
  void panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
              const std::function<void(const AnyPanel &)> &visit) const override;
  // Multiplies by the identity, a few columns at a time.
  void check_finite(Run &run) const override;

 private:
  void add_pass(Run &run, const PassRequest &request) const override;
  void product(bool transpose, View<const double> x, View<double> y) const;
  Product product_;
};

extern template class OperatorMatrix<double>;
extern template class OperatorMatrix<float>;

}  // namespace akr
