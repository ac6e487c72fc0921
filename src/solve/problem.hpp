// SPDX-License-Identifier: BSD-3-Clause
// What the iterations see of a problem: its gradient, and products with the normal matrix, in the scaled variables
// x~ = D⁻¹x of a preconditioner, with every pass over A counted.
#pragma once

#include <vector>

#include "base/roundoff.hpp"
#include "base/run.hpp"
#include "matrix/matrix.hpp"
#include "precond/precond.hpp"

namespace akr {

// (AᵀA + μ I) x = c, the gradient being c − (AᵀA + μ I) x: c = Aᵀb for least squares, or any given vector.
class NormalProblem {
 public:
  virtual ~NormalProblem() = default;
  NormalProblem(const NormalProblem &) = delete;
  NormalProblem &operator=(const NormalProblem &) = delete;

  // For the picked right-hand sides, one pass: g~ = D·gradient; the square of the norm that is reported as the
  // residual; and that of the vector that weighs the gradient in the backward error (see BackwardError::Point).
  virtual void gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g,
                        double *residual_square, double *weight_square) = 0;
  // h~ = D(AᵀA + μ)D p~ and energy = p~ᵀ h~, one pass.
  void normal_product(View<const double> p, View<double> h, double *energy);
  // The weight after a step of conjugate gradients that lowers ‖A(x − x*)‖² by so much.
  virtual double weight_after(double weight, double decrease) const = 0;
  // The norm of b that the backward error may perturb, for a right-hand side of this norm.
  virtual double perturbed_rhs(double rhs) const = 0;
  // What a column of b was multiplied by.
  virtual double factor(std::int64_t column) const = 0;

  std::int64_t passes() const { return passes_; }
  bool in_memory() const { return a_.in_memory(); }
  double product_roundoff() const { return a_.has_panels() ? 0x1p-53 : unit_roundoff(a_.bits()); }
  const Buffer<double> &scale() const { return m_.scale; }

 protected:
  // unit: A stands for unit·A here, and `m` for a preconditioner of that.
  NormalProblem(Run &run, const Matrix &a, double ridge, const Precond &m, double unit);

  // unit·D x~.
  Array2<double> original(View<const double> x) const;
  void count_pass() { ++passes_; }

  Run &run_;
  const Matrix &a_;
  const Precond &m_;
  double ridge_;
  double unit_;
  double gain_ = 1;

 private:
  std::int64_t passes_ = 0;
};

// min ‖A x − b‖² + μ‖x‖²: the stacked matrix [A; √μ I].
class LeastSquaresProblem : public NormalProblem {
 public:
  LeastSquaresProblem(Run &run, const Matrix &a, double ridge, const RightSides &b, const Precond &m);

  // residual: b − A x; weight: that of the stacked problem.
  void gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g, double *residual_square,
                double *weight_square) override;
  double weight_after(double weight, double decrease) const override;
  double perturbed_rhs(double rhs) const override { return rhs; }
  double factor(std::int64_t column) const override { return b_.scale != nullptr ? b_.scale[column] : 1.0; }

 private:
  RightSides b_;
};

}  // namespace akr
