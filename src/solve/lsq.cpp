// SPDX-License-Identifier: BSD-3-Clause
// Least squares and ridge: prepare, refine until the certificate holds, and when it does not and the choice of the
// method was ours, go on with a stronger one from where the weaker one stopped.
#include "solve/lsq.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/roundoff.hpp"
#include "solve/dominant_ridge.hpp"
#include "solve/outcome.hpp"
#include "solve/prepare.hpp"
#include "solve/refine.hpp"
#include "solve/right_sides.hpp"
#include "solve/wide.hpp"

namespace akr {

namespace {

class LeastSquaresSolve {
 public:
  LeastSquaresSolve(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x)
      : call_(call), a_(a), ridge_(ridge), rhs_(rhs), x_(x), preparation_(call, a, ridge, rhs, x) {}

  Status run(const Precond *given) {
    try {
      preparation_.begin(given);
    } catch (const Interrupted &stop) {
      note(stop);
      return finish_without_preconditioner();
    }
    if (ridge_dominates(ridge_, preparation_.precond().frobenius)) return finish_under_ridge();
    iterate();
    try {
      while ((preparation_.automatic() || preparation_.uses_given()) && needs_more() && go_on()) {
      }
    } catch (const Interrupted &stop) {
      note(stop);
      judge_the_unjudged();
    }
    return finish();
  }

 private:
  void note(const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    result_.interrupt(stop.reason());
  }

  RefinePlan plan_for_all() const {
    const double u = unit_roundoff(a_.bits());
    RefinePlan plan;
    plan.gradient_steps = preparation_.asked() == Method::gradient && !preparation_.automatic();
    plan.max_iterations = call_.options.max_iter;
    plan.target = std::max(u, call_.options.rtol);
    plan.acceptable = std::max(2 * u, call_.options.rtol);
    plan.out_bits = a_.bits();
    plan.affordable_steps = preparation_.affordable_steps();
    plan.seed = static_cast<std::uint64_t>(call_.options.seed);
    return plan;
  }

  void iterate() {
    LeastSquaresProblem problem(call_.run, a_, ridge_, rhs_.sides, preparation_.precond());
    const RefineResult before = std::move(result_);
    result_ = refine(call_, problem, preparation_.precond(), plan_for_all(), rhs_.norm, x_, preparation_.take_normal());
    if (rank_is_open()) doubt_rank();
    result_.iterations += before.iterations;
    result_.history.insert(result_.history.begin(), before.history.begin(), before.history.end());
    passes_ += problem.passes();
  }

  // What conjugate gradients had reached when they were given up; nobody listens any more.
  void judge_the_unjudged() {
    const auto judged = [](const ColumnResult &c) { return std::isfinite(c.backward_error); };
    if (!a_.in_memory() || std::all_of(result_.columns.begin(), result_.columns.end(), judged)) return;
    RefinePlan plan = plan_for_all();
    plan.judge_only = true;
    LeastSquaresProblem problem(call_.run, a_, ridge_, rhs_.sides, preparation_.precond());
    const RefineResult result = refine(call_, problem, preparation_.precond(), plan, rhs_.norm, x_);
    for (std::size_t c = 0; c < result_.columns.size(); ++c) {
      if (!judged(result_.columns[c])) result_.columns[c] = result.columns[c];
      result_.columns[c].converged = result_.columns[c].converged && !rank_is_open();
    }
    passes_ += problem.passes();
  }

  bool rank_is_open() const { return preparation_.precond().origin == PrecondOrigin::scaling && !result_.full_rank; }

  // A minimiser it may be, but who is to say that it is the shortest, or that there is but one?
  void doubt_rank() {
    const bool converged =
        std::any_of(result_.columns.begin(), result_.columns.end(), [](const ColumnResult &c) { return c.converged; });
    if (converged && !preparation_.automatic()) {
      call_.run.monitor().log(1,
                              "method = cgls: the columns of A are as good as dependent, or not known to be "
                              "independent; methods with a factor find the rank");
    }
    for (ColumnResult &column : result_.columns) column.converged = false;
    if (std::string_view(result_.stopped_by) == "converged") result_.stopped_by = "stagnation";
  }

  bool needs_more() const {
    if (result_.interrupted() || call_.options.max_iter > 0) return false;
    return std::any_of(result_.columns.begin(), result_.columns.end(),
                       [](const ColumnResult &c) { return !c.converged; });
  }

  // One more stage with a stronger preconditioner; columns that were better before keep what they had.
  bool go_on() {
    const std::vector<ColumnResult> before = result_.columns;
    Array2<double> kept = unscaled();
    if (!preparation_.strengthen()) return false;
    iterate();
    const Precond &m = preparation_.precond();
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      // One that nobody judged was the start of this stage, or no better than its start; of one that is good but for
      // the rank nothing else is known.
      if (!std::isfinite(before[at].backward_error) || result_.columns[at].converged) continue;
      if (before[at].backward_error > result_.columns[at].backward_error) continue;
      result_.columns[at] = before[at];
      for (std::int64_t j = 0; j < x_.rows; ++j) x_(j, c) = kept(j, c) / m.scale[j];
    }
    return true;
  }

  Array2<double> unscaled() const {
    const Precond &m = preparation_.precond();
    Array2<double> out(x_.rows, x_.cols);
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      for (std::int64_t j = 0; j < x_.rows; ++j) out(j, c) = m.scale[j] * x_(j, c);
    }
    return out;
  }

  Status finish_under_ridge() {
    try {
      result_.columns = solve_under_ridge(call_.run, a_, ridge_, preparation_.precond().frobenius, rhs_, x_);
    } catch (const Interrupted &stop) {
      note(stop);
      result_.columns.resize(static_cast<std::size_t>(x_.cols));
      return finish();
    }
    ++passes_;
    result_.full_rank = true;  // of [A; √μ I], whose κ is 1
    result_.condition = 1;
    const double acceptable = std::max(2 * unit_roundoff(a_.bits()), call_.options.rtol);
    for (ColumnResult &column : result_.columns) column.converged = column.backward_error <= acceptable;
    return conclude(call_, outcome(), rhs_, result_);
  }

  Outcome outcome() const {
    const Precond &m = preparation_.precond();
    Outcome outcome;
    outcome.method = preparation_.method_name();
    outcome.rank = m.rank;
    outcome.full_rank = m.full_rank();
    outcome.condition = m.condition;
    if (m.origin == PrecondOrigin::scaling) {
      if (!result_.full_rank) outcome.rank = std::nullopt;
      outcome.condition = result_.condition > 0 ? std::optional<double>(result_.condition) : std::nullopt;
    }
    outcome.kept = m.kept;
    outcome.dropped = m.dropped;
    outcome.passes = passes_ + preparation_.passes();
    return outcome;
  }

  Status finish() {
    const Precond &m = preparation_.precond();
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      for (std::int64_t j = 0; j < a_.cols(); ++j) x_(j, c) *= m.scale[j];
    }
    return hand_over(outcome());
  }

  // Stopped before there was anything to iterate with: x is the start, and of A nothing is known.
  Status finish_without_preconditioner() {
    preparation_.reset();
    result_.columns.resize(static_cast<std::size_t>(x_.cols));
    Outcome outcome;
    outcome.method = "none";
    outcome.passes = preparation_.passes();
    return hand_over(outcome);
  }

  // From the scale of rhs_ to the caller's.
  Status hand_over(const Outcome &outcome) {
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      const bool zero = std::all_of(x_.col(c), x_.col(c) + x_.rows, [](double v) { return v == 0; });
      if (zero && std::isnan(result_.columns[at].residual)) result_.columns[at].residual = rhs_.norm[at];
    }
    to_callers_scale(rhs_, x_);
    return conclude(call_, outcome, rhs_, result_);
  }

  Call &call_;
  const Matrix &a_;
  double ridge_;
  const ScaledRightSides &rhs_;
  View<double> x_;
  Preparation preparation_;
  std::int64_t passes_ = 0;
  RefineResult result_;
};

// No rows, no columns or no right-hand sides: x = 0.
Status solve_empty(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x) {
  RefineResult result;
  result.columns.resize(static_cast<std::size_t>(x.cols));
  for (std::int64_t c = 0; c < x.cols; ++c) {
    std::fill_n(x.col(c), x.rows, 0.0);
    ColumnResult &column = result.columns[static_cast<std::size_t>(c)];
    column.backward_error = 0;
    column.residual = rhs.norm[static_cast<std::size_t>(c)];
    column.gradient = 0;
    column.converged = true;
  }
  Outcome outcome;
  outcome.method = "none";
  if (a.rows() == 0 || a.cols() == 0) outcome.rank = ridge > 0 ? a.cols() : 0;  // of [A; √μ I]
  return conclude(call, outcome, rhs, result);
}

}  // namespace

Status solve_least_squares(Call &call, const Matrix &a, const Precond *m, double ridge, const RightSides &b,
                           View<double> x) {
  ScaledRightSides rhs = scale_right_sides(call.run, b, a.rows());
  rhs.sides.scale = rhs.factor.data();  // the factors moved with the struct
  if (x.cols == 0 || a.cols() == 0 || a.rows() == 0) return solve_empty(call, a, ridge, rhs, x);
  if (a.rows() < a.cols()) return solve_wide(call, a, ridge, rhs, x);
  return LeastSquaresSolve(call, a, ridge, rhs, x).run(m);
}

}  // namespace akr
