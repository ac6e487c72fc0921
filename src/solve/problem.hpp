// SPDX-License-Identifier: BSD-3-Clause
// min ‖A x − b‖² + μ‖x‖² as the iterations see it: the stacked matrix [A; √μ I] in the scaled variables x~ = D⁻¹x of a
// preconditioner, with every product counted.
#pragma once

#include <vector>

#include "base/run.hpp"
#include "matrix/matrix.hpp"
#include "precond/precond.hpp"

namespace akr {

class LeastSquaresProblem {
 public:
  LeastSquaresProblem(Run &run, const Matrix &a, double ridge, const RightSides &b, const Precond &m);

  // For the picked columns of b, one pass: g~ = D(Aᵀ(b − A x) − μ x) and, for each, ‖b − A x‖² and that of the stacked
  // residual.
  void gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g, double *plain_square,
                double *stacked_square);
  // h~ = D(AᵀA + μ)D p~ and energy = p~ᵀ h~, one pass.
  void normal_product(View<const double> p, View<double> h, double *energy);

  std::int64_t passes() const { return passes_; }
  bool in_memory() const { return a_.in_memory(); }
  // What a column of b was multiplied by.
  double factor(std::int64_t column) const { return b_.scale != nullptr ? b_.scale[column] : 1.0; }
  const Buffer<double> &scale() const { return m_.scale; }

 private:
  Array2<double> unscaled(View<const double> x) const;

  Run &run_;
  const Matrix &a_;
  double ridge_;
  RightSides b_;
  const Precond &m_;
  double gain_ = 1;
  std::int64_t passes_ = 0;
};

}  // namespace akr
