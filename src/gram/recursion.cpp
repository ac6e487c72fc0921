// SPDX-License-Identifier: BSD-3-Clause
// The stages by refinement: the same loop as for least squares, with AᵀA x = c in the place of the normal equations.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/roundoff.hpp"
#include "gram/power_stages.hpp"

namespace akr {

namespace {

// All sums are formed in double, whatever the precision of A.
constexpr double u = unit_roundoff(64);
// What a step leaves of the error where few steps are needed: with an accurate R, or one from AᵀA.
constexpr double quick_contraction = 0.01;
// With more columns a pass costs what its flops cost.
constexpr std::int64_t cheap_columns = 2;

}  // namespace

void PowerStages::begin_stage() {
  const double stages = static_cast<double>(std::max<std::int64_t>(all_, 1));
  const double begin = static_cast<double>(begun_) / stages;
  call_.run.monitor().stage(0.5 + begin / 2, 0.5 + (begin + 1 / stages) / 2);
  ++begun_;
}

RefinePlan PowerStages::plan(double residual) const {
  RefinePlan plan;
  plan.gradient_steps = call_.options.chosen_method() == Method::gradient && !prepared_.accurate();
  // An eighth of what is promised, because the stages to come amplify it; a pass or two bring it. With a quarter the
  // error was up to 23 times that of Householder's route at kappa = 1e6 and j = 5, 8 in the middle; with this 7 and 1.
  plan.target = u / 8;
  plan.patience = 1;
  plan.acceptable = 2 * u;
  plan.residual = residual;
  if (call_.options.max_iter > 0) {
    plan.max_iterations = std::max<std::int64_t>(call_.options.max_iter - record_.iterations(), 1);
  }
  return plan;
}

bool PowerStages::may_iterate() const {
  return !record_.interrupted() && (call_.options.max_iter == 0 || record_.iterations() < call_.options.max_iter);
}

bool PowerStages::wants_stronger(const RefineResult &result) const {
  if (record_.interrupted() || call_.options.max_iter > 0) return false;
  return std::any_of(result.columns.begin(), result.columns.end(),
                     [](const ColumnResult &column) { return !column.converged; });
}

// scaled_x keeps its meaning in the scale of the new preconditioner.
bool PowerStages::strengthen(View<double> scaled_x) {
  const Buffer<double> before = prepared_.in_units().scale.clone();
  try {
    if (!prepared_.strengthen()) return false;
  } catch (const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    record_.interrupt(stop);
    return false;
  }
  const Precond &m = prepared_.in_units();
  for (std::int64_t c = 0; c < scaled_x.cols; ++c) {
    for (std::int64_t l = 0; l < scaled_x.rows; ++l) scaled_x(l, c) *= before[l] / m.scale[l];
  }
  m.remove_null_part(scaled_x);
  return true;
}

// x~ = P Pᵀ D c; P is of least norm in the scaled variables only.
void PowerStages::start(View<const double> c, View<double> scaled_x) const {
  const Precond &m = prepared_.in_units();
  Array2<double> g(m.cols, c.cols);
  for (std::int64_t i = 0; i < c.cols; ++i) {
    for (std::int64_t l = 0; l < m.cols; ++l) g(l, i) = m.scale[l] * c(l, i);
  }
  Array2<double> t(m.rank, c.cols);
  m.right_transpose(g.view(), t.view());
  m.right(t.view(), scaled_x);
  m.remove_null_part(scaled_x);
}

// x, which was c, becomes D x~, in the scale of c.
void PowerStages::move_on(View<const double> scaled_x, ScaledColumns &x) const {
  const Precond &m = prepared_.in_units();
  for (std::int64_t c = 0; c < x.cols(); ++c) {
    for (std::int64_t l = 0; l < x.rows(); ++l) x.values()(l, c) = m.scale[l] * scaled_x(l, c);
  }
  x.normalise();
}

void PowerStages::least_squares(const ScaledRightSides &rhs, ScaledColumns &x) {
  begin_stage();
  Array2<double> y(x.rows(), x.cols(), 0.0);
  RefinePlan how = plan(0);
  how.target = std::max(how.target, call_.options.rtol);
  how.acceptable = std::max(2 * u, call_.options.rtol);
  RefineResult result;
  do {
    LeastSquaresProblem problem(call_.run, a_, 0, rhs.sides, prepared_.of_a());
    result = refine(call_, problem, prepared_.of_a(), how, rhs.norm, y.view());
    record_.add(result);
    record_.count_passes(problem.passes());
  } while (wants_stronger(result) && strengthen(y.view()));
  const Precond &m = prepared_.of_a();
  for (std::int64_t c = 0; c < x.cols(); ++c) {
    const ColumnResult &column = result.columns[static_cast<std::size_t>(c)];
    for (std::int64_t l = 0; l < x.rows(); ++l) x.values()(l, c) = m.scale[l] * y(l, c);
    x.exponent(c) = -std::ilogb(prepared_.unit());
    record_.judge(c, column, std::log2(column.residual), x.log2_norm(c));
    record_.set_residual(c, column);
  }
  x.normalise();
}

// Where a stage is likely to end with its second evaluation, and a product with two vectors costs little more than one.
bool PowerStages::looks_ahead(std::int64_t i, std::int64_t columns) const {
  return i < j_ && columns <= cheap_columns && prepared_.of_a().contraction < quick_contraction &&
         call_.options.max_iter == 0;
}

void PowerStages::recursion(std::int64_t i, ScaledColumns &x) {
  for (; i <= j_; ++i) {
    if (!may_iterate()) return without_certificates(i, x);
    refined(i, x);
  }
}

void PowerStages::refined(std::int64_t i, ScaledColumns &x) {
  begin_stage();
  const ScaledColumns c = x.clone();
  std::vector<double> norms;
  for (std::int64_t l = 0; l < x.cols(); ++l) norms.push_back(c.norm(l));
  Array2<double> scaled_x(x.rows(), x.cols());
  start(c.values(), scaled_x.view());
  // The residual of the power is Σ (AᵀA)^(i−1) e_i: stage i is amplified by κ^(2(i−1)).
  const double residual = call_.options.rtol / (2 * static_cast<double>(j_)) *
                          std::pow(record_.condition(), -2 * static_cast<double>(i - 1));
  RefineResult result;
  std::vector<double> weights(norms.size(), 0.0);
  bool more = true;
  while (more) {
    ahead_.next_start = nullptr;
    if (looks_ahead(i, x.cols())) {
      ahead_.next_start = [&](View<const double> now) {
        ScaledColumns next = c.clone();
        move_on(now, next);
        Array2<double> scaled_next(now.rows, now.cols);
        start(std::as_const(next).values(), scaled_next.view());
        return scaled_next;
      };
    }
    GramStageProblem problem(call_.run, a_, prepared_.unit(), c.values(), prepared_.in_units(), &ahead_);
    result = refine(call_, problem, prepared_.in_units(), plan(residual), norms, scaled_x.view());
    record_.add(result);
    record_.count_passes(problem.passes());
    for (std::int64_t l = 0; l < x.cols(); ++l) weights[static_cast<std::size_t>(l)] = problem.weight(l);
    more = wants_stronger(result) && strengthen(scaled_x.view());
  }
  move_on(scaled_x.view(), x);
  for (std::int64_t l = 0; l < x.cols(); ++l) {
    const std::size_t at = static_cast<std::size_t>(l);
    const double log2_weight = std::log2(weights[at]) + static_cast<double>(c.exponent(l));
    record_.judge(l, result.columns[at], log2_weight, x.log2_norm(l));
    record_.add_residual(i, l, result.columns[at].residual, c.exponent(l));
  }
}

}  // namespace akr
