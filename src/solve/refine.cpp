// SPDX-License-Identifier: BSD-3-Clause
#include "solve/refine.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "linalg/blas.hpp"
#include "solve/conjugate_gradients.hpp"
#include "solve/round.hpp"
#include "solve/spectrum_probe.hpp"

namespace akr {

namespace {

constexpr std::int64_t default_rounds = 12;
constexpr std::int64_t default_gradient_steps = 500;
constexpr std::int64_t cg_round_limit = 80;
constexpr std::int64_t cgls_round_limit = 20000;
// A unit step that leaves more than this of ‖Pᵀg‖ is replaced by CG from then on.
constexpr double unit_step_contraction = 0.2;
// From so many columns on nobody waits for the exact backward error, d³ flops, of an interrupted iterate.
constexpr std::int64_t costly_exact = 256;
constexpr int gradient_patience = 12;
constexpr int refine_patience = 3;

class Refinement {
 public:
  Refinement(Call &call, NormalProblem &problem, const Precond &m, const RefinePlan &plan,
             const std::vector<double> &rhs, View<double> x, Array2<double> normal)
      : call_(call),
        problem_(problem),
        m_(m),
        plan_(plan),
        rhs_(rhs),
        best_(x),
        error_(m, BackwardError::least_normal_cols, std::move(normal)) {
    const std::int64_t k = x.cols;
    result_.columns.resize(static_cast<std::size_t>(k));
    stalled_.assign(static_cast<std::size_t>(k), 0);
    mark_.assign(static_cast<std::size_t>(k), std::numeric_limits<double>::infinity());
    step_mark_ = mark_;
    current_ = Array2<double>(m.cols, k);
    for (std::int64_t c = 0; c < k; ++c) {
      std::copy_n(x.col(c), m.cols, current_.col(c));
      active_.push_back(c);
    }
    round_to_bits(plan_.out_bits, current_.view());
    if (m.origin == PrecondOrigin::scaling) probe_.emplace(m.cols, plan.seed, problem.product_roundoff());
    unit_steps_ = plan.gradient_steps || m.contraction < unit_step_contraction;
    budget_ = plan.max_iterations > 0 ? plan.max_iterations
              : plan.gradient_steps   ? default_gradient_steps
                                      : default_rounds * (probe_ ? cgls_round_limit : cg_round_limit);
  }

  RefineResult run() {
    try {
      loop();
    } catch (const Interrupted &stop) {
      result_.interrupt(stop.reason());
      call_.run.monitor().stop_listening();
      if (!evaluated_ && problem_.in_memory()) {
        evaluate();  // certify what there is
      } else if (!evaluated_) {
        keep_unjudged();
      }
    }
    if (probe_) note_spectrum();
    return std::move(result_);
  }

 private:
  void loop() {
    const std::int64_t most_rounds = plan_.gradient_steps ? budget_ + 1 : default_rounds;
    for (std::int64_t round = 0;; ++round) {
      if (round == 0) {
        call_.run.monitor().phase("iterate");
        call_.run.monitor().stage(m_.origin == PrecondOrigin::sketch ? 0.3 : probe_ ? 0 : 0.8, 1);
      }
      evaluate();
      if (plan_.judge_only) return;
      call_.run.poll();
      if (active_.empty()) {
        if (probe_ && !probe_->settled()) prove_rank();
        return;
      }
      if (result_.iterations >= budget_ || round >= most_rounds) {
        result_.stopped_by = "max_iter";
        return;
      }
      correct(round == 0);
      if (in_vain_) {
        keep_unjudged();
        result_.stopped_by = "stagnation";
        return;
      }
    }
  }

  // The columns are done, and the rank is not known yet.
  void prove_rank() {
    const PhaseTimer timer(call_.report, Key::seconds_iterate);
    CgRound round;
    round.x = View<const double>(nullptr, m_.cols, 0, m_.cols);
    round.g = View<double>(nullptr, m_.cols, 0, m_.cols);
    round.probe = &*probe_;
    round.affordable_steps = plan_.affordable_steps;
    round.max_iterations = std::min(round_limit(), budget_ - result_.iterations);
    round.target = plan_.target;
    try {
      conjugate_gradient_round(call_, problem_, m_, error_, round, View<double>(nullptr, m_.cols, 0, m_.cols), result_);
    } catch (const Interrupted &) {
      result_.iterations += round.done;
      throw;
    }
    result_.iterations += round.done;
    if (result_.iterations >= budget_ && !probe_->settled()) result_.stopped_by = "max_iter";
  }

  void note_spectrum() {
    if (!(probe_->largest() > 0)) return;
    if (probe_->settled() && std::isfinite(probe_->condition())) result_.condition = probe_->condition();
    result_.full_rank = probe_->full_rank() && std::sqrt(probe_->least_ratio()) > m_.tolerance;
  }

  // CG steps on one gradient; where A P is orthonormal but for roundoff one, and one more for each that gained nothing.
  std::int64_t round_limit(int most_stalled = 0) const {
    if (m_.origin == PrecondOrigin::scaling) return cgls_round_limit;
    return m_.origin == PrecondOrigin::sketch ? cg_round_limit : 1 + most_stalled;
  }

  // Residual, gradient, backward error of the current iterates; keeps the best and retires columns that are done.
  void evaluate() {
    const PhaseTimer timer(call_.report, Key::seconds_certify);
    const std::int64_t k = static_cast<std::int64_t>(active_.size());
    Array2<double> x = gather(current_);
    gradient_ = Array2<double>(m_.cols, k);
    std::vector<double> residuals(static_cast<std::size_t>(k)), weights(static_cast<std::size_t>(k));
    problem_.gradient(active_, x.view(), gradient_.view(), residuals.data(), weights.data());
    evaluated_ = true;
    weight_.clear();
    double largest = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      largest = std::max(largest, std::sqrt(residuals[at]) / problem_.factor(active_[at]));
    }
    call_.run.monitor().residual(largest);
    std::vector<BackwardError::Point> points;
    for (std::int64_t i = 0; i < k; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      const double rhs = rhs_[static_cast<std::size_t>(active_[at])];
      points.push_back({x.col(i), gradient_.col(i), std::sqrt(weights[at]), problem_.perturbed_rhs(rhs)});
      points.back().exact = wants_exact(points.back());
    }
    const std::vector<double> errors = error_.evaluate(points, plan_.target);
    std::vector<std::int64_t> still;
    std::vector<std::int64_t> kept_columns;
    for (std::int64_t i = 0; i < k; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      const std::int64_t c = active_[at];
      if (!judge(c, x.col(i), gradient_.col(i), std::sqrt(residuals[at]), errors[at])) continue;
      still.push_back(c);
      kept_columns.push_back(i);
      weight_.push_back(points[at].residual);
    }
    for (std::size_t i = 0; i < kept_columns.size(); ++i) {
      if (kept_columns[i] != static_cast<std::int64_t>(i)) {
        std::copy_n(gradient_.col(kept_columns[i]), m_.cols, gradient_.col(static_cast<std::int64_t>(i)));
      }
    }
    active_ = std::move(still);
  }

  // A is not read again: of columns that are still at work the latest iterate is the best, though nobody has judged it.
  // CG reduces ‖A(x − x*)‖ in every iteration, a unit step where it contracts.
  void keep_unjudged() {
    const bool improves = !unit_steps_ || m_.contraction < 1;
    for (const std::int64_t c : active_) {
      ColumnResult &column = result_.columns[static_cast<std::size_t>(c)];
      const bool judged = std::isfinite(column.backward_error);
      if (judged && (column.converged || !improves)) continue;
      column = ColumnResult();
      std::copy_n(current_.col(c), m_.cols, best_.col(c));
    }
  }

  // A start that is no good needs no exact figure where that is work.
  bool wants_exact(const BackwardError::Point &point) const {
    if (result_.interrupted()) return m_.cols < costly_exact;
    const bool cheap = m_.cols < BackwardError::least_normal_cols;
    return cheap || plan_.max_iterations > 0 || result_.iterations > 0 || !error_.hopeless(point, plan_.target);
  }

  // False when the column, whose backward error is `be`, is done, for better or worse.
  bool judge(std::int64_t c, const double *x, const double *g, double residual, double be) {
    ColumnResult &column = result_.columns[static_cast<std::size_t>(c)];
    int &stalled = stalled_[static_cast<std::size_t>(c)];
    const double rhs = rhs_[static_cast<std::size_t>(c)];
    double &mark = mark_[static_cast<std::size_t>(c)];
    const bool shorter = plan_.gradient_steps && step_has_halved(c, g);
    if (be <= 0.5 * mark) {
      mark = be;
      stalled = 0;
    } else {
      stalled = shorter ? 0 : stalled + 1;
    }
    if (call_.run.monitor().logs(3)) {
      call_.run.monitor().log(3, text("after ", result_.iterations, " corrections: column ", c, ", backward error ", be,
                                      ", residual ", residual));
    }
    const bool small = plan_.residual > 0 && residual <= plan_.residual * rhs;
    if (be < column.backward_error || small) {
      column.backward_error = be;
      column.residual = residual;
      Buffer<double> unscaled(m_.cols);
      for (std::int64_t j = 0; j < m_.cols; ++j) unscaled[j] = g[j] / problem_.scale()[j];
      column.gradient = linalg::norm2(unscaled.data(), m_.cols);  // whose squares may overflow
      std::copy_n(x, m_.cols, best_.col(c));
    }
    if (!std::isfinite(be)) {
      result_.stopped_by = "stagnation";
      return false;
    }
    column.converged = column.backward_error <= plan_.acceptable || small;
    // Digits gained of those wanted; the slowest column counts.
    if (c == active_.front()) call_.run.monitor().advance(std::log(std::min(be, 1.0)) / std::log(plan_.target));
    if (column.backward_error <= plan_.target || small) return false;
    const int patience = column.converged ? plan_.patience : refine_patience;
    if (stalled < (plan_.gradient_steps ? gradient_patience : patience)) return true;
    if (!column.converged) result_.stopped_by = "stagnation";
    return false;
  }

  // Unit steps may pass a plateau: where ‖x‖ and the gradient shrink alike the backward error stands still, for some
  // log κ/log(1/ρ) steps, but ‖Pᵀg~‖ does not.
  bool step_has_halved(std::int64_t c, const double *g) {
    Array2<double> z(m_.rank, 1);
    m_.right_transpose(View<const double>(g, m_.cols, 1, m_.cols), z.view());
    const double norm = linalg::norm2(z.data(), m_.rank);
    double &mark = step_mark_[static_cast<std::size_t>(c)];
    if (!(norm <= 0.5 * mark)) return false;
    mark = norm;
    return true;
  }

  void correct(bool first) {
    const PhaseTimer timer(call_.report, Key::seconds_iterate);
    const std::int64_t k = static_cast<std::int64_t>(active_.size());
    const View<double> g = gradient_.view().columns(0, k);
    Array2<double> step(m_.cols, k);
    // After a round that gained nothing, more CG steps on the same gradient: what one step leaves of its noise may
    // still be too much (A P is orthonormal to O(uκ) only).
    int most_stalled = 0;
    for (const std::int64_t c : active_) most_stalled = std::max(most_stalled, stalled_[static_cast<std::size_t>(c)]);
    if (unit_steps_ && (most_stalled == 0 || plan_.gradient_steps)) {
      unit_step(g, step.view());
    } else {
      Array2<double> x = gather(current_);
      CgRound round;
      round.x = x.view();
      round.g = g;
      round.weight = weight_;
      for (const std::int64_t c : active_) round.rhs.push_back(rhs_[static_cast<std::size_t>(c)]);
      round.residual = plan_.residual;
      round.probe = probe_ ? &*probe_ : nullptr;
      round.affordable_steps = plan_.affordable_steps;
      round.max_iterations = std::min(round_limit(most_stalled), budget_ - result_.iterations);
      round.target = plan_.target;
      round.first = first;
      try {
        conjugate_gradient_round(call_, problem_, m_, error_, round, step.view(), result_);
      } catch (const Interrupted &) {  // keep what the round had reached
        result_.iterations += round.done;
        if (round.done > 0) apply(step);
        throw;
      }
      result_.iterations += round.done;
      in_vain_ = round.in_vain;
    }
    apply(step);
  }

  void apply(const Array2<double> &step) {
    const std::int64_t k = static_cast<std::int64_t>(active_.size());
    for (std::int64_t i = 0; i < k; ++i) {
      linalg::axpy(1.0, step.col(i), current_.col(active_[static_cast<std::size_t>(i)]), m_.cols);
    }
    if (!m_.full_rank()) {
      Array2<double> x = gather(current_);
      m_.remove_null_part(x.view());
      scatter(x);
    }
    round_to_bits(plan_.out_bits, current_.view());
    evaluated_ = false;
  }

  void unit_step(View<const double> g, View<double> step) {
    Array2<double> z(m_.rank, g.cols);
    m_.right_transpose(g, z.view());
    double worst = 0;
    for (std::int64_t i = 0; i < g.cols; ++i) {
      const double rhs = rhs_[static_cast<std::size_t>(active_[static_cast<std::size_t>(i)])];
      if (rhs > 0) worst = std::max(worst, linalg::norm2(z.col(i), m_.rank) / rhs);
    }
    if (!plan_.gradient_steps && !result_.history.empty() && worst > unit_step_contraction * result_.history.back()) {
      unit_steps_ = m_.contraction < 1e-8;  // at roundoff level nothing contracts; otherwise the estimate was too good
    }
    result_.history.push_back(worst);
    m_.right(z.view(), step);
    ++result_.iterations;
    call_.run.monitor().iteration(result_.iterations);
  }

  Array2<double> gather(const Array2<double> &all) const {
    Array2<double> out(m_.cols, static_cast<std::int64_t>(active_.size()));
    for (std::size_t i = 0; i < active_.size(); ++i) {
      std::copy_n(all.col(active_[i]), m_.cols, out.col(static_cast<std::int64_t>(i)));
    }
    return out;
  }
  void scatter(const Array2<double> &part) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      std::copy_n(part.col(static_cast<std::int64_t>(i)), m_.cols, current_.col(active_[i]));
    }
  }

  Call &call_;
  NormalProblem &problem_;
  const Precond &m_;
  RefinePlan plan_;
  const std::vector<double> &rhs_;
  View<double> best_;
  BackwardError error_;
  Array2<double> current_;  // rounded to what the caller can hold: D is a power of two, rounding x~ rounds x
  Array2<double> gradient_;
  std::vector<double> weight_;
  std::vector<std::int64_t> active_;
  std::vector<double> mark_;       // the backward error when it last halved, and the rounds since
  std::vector<double> step_mark_;  // ‖Pᵀg~‖ likewise, of unit steps
  std::vector<int> stalled_;
  bool unit_steps_ = false;
  bool evaluated_ = false;
  std::optional<SpectrumProbe> probe_;
  bool in_vain_ = false;
  std::int64_t budget_ = 0;
  RefineResult result_;
};

}  // namespace

RefineResult refine(Call &call, NormalProblem &problem, const Precond &m, const RefinePlan &plan,
                    const std::vector<double> &rhs, View<double> x, Array2<double> normal) {
  return Refinement(call, problem, m, plan, rhs, x, std::move(normal)).run();
}

}  // namespace akr
