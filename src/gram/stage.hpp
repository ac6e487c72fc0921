// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/problem.hpp"

namespace akr {

// One stage of a Gram power: (AᵀA) x = c for the columns of c, with unit·A in the place of A and `m` a preconditioner
// of that. Residual: c − AᵀA x; weight: A x.
class GramStageProblem : public NormalProblem {
 public:
  GramStageProblem(Run &run, const Matrix &a, double unit, View<const double> c, const Precond &m)
      : NormalProblem(run, a, 0, m, unit), c_(c), weights_(static_cast<std::size_t>(c.cols), 0.0) {}

  void gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g, double *residual_square,
                double *weight_square) override;
  // Its start has ‖A x‖ within a small factor already, and only the backward error asks for it.
  double weight_after(double weight, double /*decrease*/) const override { return weight; }
  double perturbed_rhs(double /*rhs*/) const override { return 0; }
  double factor(std::int64_t /*column*/) const override { return 1; }
  // ‖A x‖ of the x that a column was last evaluated at.
  double weight(std::int64_t column) const { return weights_[static_cast<std::size_t>(column)]; }

 private:
  View<const double> c_;
  std::vector<double> weights_;
};

}  // namespace akr
