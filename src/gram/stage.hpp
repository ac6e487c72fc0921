// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include "solve/problem.hpp"

namespace akr {

// Products with the start of the next stage, formed in the pass that checks this one: where the check succeeds, a pass
// is saved.
struct Lookahead {
  // x~ of the next stage's start, from that of this stage.
  std::function<Array2<double>(View<const double> scaled_x)> next_start;
  Array2<double> scaled_x;
  Array2<double> product;  // AᵀA D x~, as a pass leaves it
  std::vector<double> weight_square;

  bool holds(View<const double> x) const;
};

// One stage of a Gram power: (AᵀA) x = c for the columns of c, with unit·A in the place of A and `m` a preconditioner
// of that. Residual: c − AᵀA x; weight: A x.
class GramStageProblem : public NormalProblem {
 public:
  // ahead: null, or what the stage before has left and what this one may leave.
  GramStageProblem(Run &run, const Matrix &a, double unit, View<const double> c, const Precond &m, Lookahead *ahead)
      : NormalProblem(run, a, 0, m, unit), c_(c), ahead_(ahead), weights_(static_cast<std::size_t>(c.cols), 0.0) {}

  void gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g, double *residual_square,
                double *weight_square) override;
  // Its start has ‖A x‖ within a small factor already, and only the backward error asks for it.
  double weight_after(double weight, double /*decrease*/) const override { return weight; }
  double perturbed_rhs(double /*rhs*/) const override { return 0; }
  double factor(std::int64_t /*column*/) const override { return 1; }
  // ‖A x‖ of the x that a column was last evaluated at.
  double weight(std::int64_t column) const { return weights_[static_cast<std::size_t>(column)]; }

 private:
  void product(View<const double> x, View<double> z, double *weight_square);
  void product_and_look_ahead(View<const double> x, View<double> z, double *weight_square);

  View<const double> c_;
  Lookahead *ahead_;
  std::vector<double> weights_;
  std::int64_t evaluations_ = 0;
};

}  // namespace akr
