// SPDX-License-Identifier: BSD-3-Clause
// Least squares and ridge: pick a method, make its preconditioner and its start, refine until the certificate holds;
// when it does not and the choice was ours, go on with a stronger method from where the weaker one stopped.
#include "solve/lsq.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/roundoff.hpp"
#include "base/text.hpp"
#include "precond/build.hpp"
#include "solve/choose.hpp"
#include "solve/outcome.hpp"
#include "solve/refine.hpp"
#include "solve/right_sides.hpp"
#include "solve/wide.hpp"

namespace akr {

namespace {

const char *method_name(Method asked, PrecondOrigin origin) {
  if (asked == Method::gradient) return "gradient";
  switch (origin) {
    case PrecondOrigin::sketch:
      return "sketch";
    case PrecondOrigin::sketch_cholqr:
      return "sketch-cholqr";
    case PrecondOrigin::cholesky:
      return "cholesky";
    case PrecondOrigin::qr:
      return "qr";
  }
  return "";
}

class LeastSquaresSolve {
 public:
  LeastSquaresSolve(Call &call, const Matrix &a, const Precond *m, double ridge, const RightSides &b, View<double> x)
      : call_(call), a_(a), given_(m), ridge_(ridge), rhs_(scale_right_sides(b, a.rows())), x_(x) {
    // The struct moved with its factors: point at them where they are now.
    rhs_.sides.scale = rhs_.factor.data();
  }

  Status run() {
    bool stopped_early = false;
    try {
      prepare();
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      stopped_early = true;
      result_.cancelled = stop.reason() == StopReason::cancel;
      result_.out_of_time = !result_.cancelled;
      result_.stopped_by = result_.cancelled ? "cancel" : "time_limit";
    }
    if (stopped_early) return finish_without_preconditioner();
    iterate();
    while (automatic_ && needs_more() && strengthen()) iterate();
    return finish();
  }

 private:
  // Sets m_ (and owned_ where it is ours), x_ to the start in the scaled variables.
  void prepare() {
    asked_ = choose_method(call_.options, a_, rhs_.sides.cols());
    automatic_ = call_.options.chosen_method() == Method::automatic;
    if (given_ != nullptr && take_given()) {
      automatic_ = true;
      start_x(!given_->start);
      return;
    }
    const bool solved = build(asked_);
    start_x(solved);
  }

  // One pass tells whether the preconditioner belongs to A, and what Aᵀb is: unless it brings a sketched start with it,
  // the solve begins at x~ = P Pᵀ D Aᵀb.
  bool take_given() {
    const std::int64_t d = a_.cols();
    const std::int64_t k = x_.cols;
    const bool wants_start = !given_->start && call_.options.warm_start == 0;
    std::vector<std::int64_t> pick(1, -1);
    for (std::int64_t c = 0; wants_start && c < k; ++c) pick.push_back(c);
    RightSides sides = rhs_.sides;
    sides.pick = pick.data();
    sides.picked = static_cast<std::int64_t>(pick.size());
    Array2<double> x(d, sides.picked, 0.0);
    Array2<double> z(d, sides.picked);
    fill_probe(x.data(), d);
    PassRequest request;
    request.b = &sides;
    request.x = x.view();
    request.z = z.view();
    a_.pass(call_.run, request);
    ++extra_passes_;
    for (std::int64_t j = 0; j < d; ++j) z(j, 0) = -z(j, 0);  // V = 0 − A w
    if (!probe_matches(*given_, a_, z.data())) {
      call_.run.monitor().log(1, "the preconditioner was made for another matrix: not used");
      return false;
    }
    m_ = given_;
    if (given_->ridge != ridge_) {
      owned_ = adapt_ridge(call_.options, *given_, ridge_);
      if (!owned_) return false;
      m_ = &*owned_;
    }
    if (wants_start) {
      const View<double> g = z.view().columns(1, k);
      for (std::int64_t c = 0; c < k; ++c) {
        for (std::int64_t j = 0; j < d; ++j) g(j, c) *= m_->scale[j];
      }
      Array2<double> u(m_->rank, k);
      m_->right_transpose(g, u.view());
      m_->right(u.view(), x_);
    }
    return true;
  }

  // True when x_ holds a solution already (method qr).
  bool build(Method method) {
    bool solved = false;
    if (method == Method::cholesky) {
      const bool forced = !automatic_;
      owned_ = precond_by_cholesky(call_, a_, ridge_, forced ? forced_limit : cholesky_limit(), !forced);
      ++extra_passes_;
      if (!owned_ && forced) {
        call_.run.monitor().log(1, "method = cholesky: AᵀA is too ill-conditioned; sketch-cholqr takes over");
        method = Method::sketch_cholqr;
      } else if (!owned_) {
        method = choose_for_ill_conditioned(a_, rhs_.sides.cols());
      }
    }
    if (!owned_ && method == Method::qr) {
      owned_ = precond_by_qr(call_, a_, ridge_, &rhs_.sides, x_);
      ++extra_passes_;
      solved = true;
    }
    if (!owned_ && automatic_ && asked_ == Method::cholesky) {
      call_.run.monitor().log(2, text("AᵀA is too ill-conditioned for its Cholesky factor: ",
                                      method == Method::sketch ? "sketch" : "sketch-cholqr", " takes over"));
    }
    if (!owned_) {
      if (a_.rows() <= a_.cols() * 2 && a_.has_panels() && automatic_) {
        owned_ = precond_by_qr(call_, a_, ridge_, &rhs_.sides, x_);
        solved = true;
      } else {
        // The paper's iteration stands on an SRHT.
        const auto kind = method == Method::gradient ? SketchChoice::srht : SketchChoice::automatic;
        owned_ = precond_by_sketch(call_, a_, ridge_, sketch_factor_for(method, a_), kind);
      }
      ++extra_passes_;
      if (!solved && method == Method::sketch_cholqr) {
        orthonormalise(call_, a_, *owned_);
        ++extra_passes_;
      }
    }
    m_ = &*owned_;
    return solved;
  }

  double cholesky_limit() const {
    return std::min(cholesky_condition_limit, 0.1 / rank_tolerance(call_.options, a_.cols(), a_.bits()));
  }

  void start_x(bool solved) {
    const std::int64_t d = a_.cols();
    if (call_.options.warm_start != 0 && !warm_taken_) {
      warm_taken_ = true;
      for (std::int64_t c = 0; c < x_.cols; ++c) {
        for (std::int64_t j = 0; j < d; ++j)
          x_(j, c) = warm_(j, c) * rhs_.factor[static_cast<std::size_t>(c)] / m_->scale[j];
      }
      m_->remove_null_part(x_);
    } else if (!solved && !m_->sketched_start(call_.run, rhs_.sides, x_)) {
      for (std::int64_t c = 0; c < x_.cols; ++c) std::fill_n(x_.col(c), d, 0.0);
    } else {
      m_->remove_null_part(x_);
    }
  }

  void iterate() {
    RefinePlan plan;
    const double u = unit_roundoff(a_.bits());
    plan.gradient_steps = asked_ == Method::gradient && !automatic_;
    plan.max_iterations = call_.options.max_iter;
    plan.target = std::max(u, call_.options.rtol);
    plan.acceptable = std::max(2 * u, call_.options.rtol);
    plan.out_bits = a_.bits();
    LeastSquaresProblem problem(call_.run, a_, ridge_, rhs_.sides, *m_);
    const std::int64_t before = result_.iterations;
    std::vector<double> history = std::move(result_.history);
    result_ = refine(call_, problem, *m_, plan, rhs_.norm, x_);
    result_.iterations += before;
    history.insert(history.end(), result_.history.begin(), result_.history.end());
    result_.history = std::move(history);
    extra_passes_ += problem.passes();
  }

  bool needs_more() const {
    if (result_.cancelled || result_.out_of_time || call_.options.max_iter > 0) return false;
    return std::any_of(result_.columns.begin(), result_.columns.end(),
                       [](const ColumnResult &c) { return !c.converged; });
  }

  // The next stronger preconditioner, x_ kept as its start; false when there is none. After a cheap one disappoints its
  // own R may be the culprit, so the certificate is made anew with the stronger one as well.
  bool strengthen() {
    const PrecondOrigin origin = m_->origin;
    const Precond *previous = m_;
    Buffer<double> old_scale(a_.cols());
    std::copy_n(previous->scale.data(), a_.cols(), old_scale.data());
    try {
      if (origin == PrecondOrigin::cholesky) {
        owned_ = precond_by_sketch(call_, a_, ridge_, sketch_factor_for(Method::sketch, a_));
        ++extra_passes_;
      } else if (origin == PrecondOrigin::sketch && owned_ && m_ == &*owned_) {
        if (!orthonormalise(call_, a_, *owned_)) return false;
        ++extra_passes_;
      } else if (origin != PrecondOrigin::qr && !strongest_ && a_.has_panels()) {
        strongest_ = true;
        owned_ = precond_by_qr(call_, a_, ridge_, &rhs_.sides, x_);
        ++extra_passes_;
        m_ = &*owned_;
        m_->remove_null_part(x_);
        return true;
      } else {
        return false;
      }
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      result_.cancelled = stop.reason() == StopReason::cancel;
      result_.out_of_time = !result_.cancelled;
      result_.stopped_by = result_.cancelled ? "cancel" : "time_limit";
      return false;
    }
    m_ = &*owned_;
    call_.run.monitor().log(2, "not converged: going on with a stronger preconditioner");
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      for (std::int64_t j = 0; j < a_.cols(); ++j) x_(j, c) *= old_scale[j] / m_->scale[j];
    }
    if (origin == PrecondOrigin::cholesky) {
      Array2<double> sketched(a_.cols(), x_.cols);
      if (m_->sketched_start(call_.run, rhs_.sides, sketched.view())) {
        for (std::int64_t c = 0; c < x_.cols; ++c) std::copy_n(sketched.col(c), a_.cols(), x_.col(c));
      }
    }
    m_->remove_null_part(x_);
    return true;
  }

  Status finish() {
    Outcome outcome;
    outcome.method = method_name(automatic_ ? Method::automatic : asked_, m_->origin);
    outcome.rank = m_->rank;
    outcome.full_rank = m_->full_rank();
    outcome.condition = m_->condition;
    outcome.kept = m_->kept;
    outcome.dropped = m_->dropped;
    outcome.passes = extra_passes_;
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      const double factor = rhs_.factor[static_cast<std::size_t>(c)];
      for (std::int64_t j = 0; j < a_.cols(); ++j) x_(j, c) = m_->scale[j] * x_(j, c) / factor;
    }
    return conclude(call_, outcome, rhs_, result_);
  }

  // Stopped before there was anything to iterate with: the start, with its residual and gradient as they are.
  Status finish_without_preconditioner() {
    const std::int64_t k = x_.cols;
    for (std::int64_t c = 0; c < k; ++c) {
      const double factor = rhs_.factor[static_cast<std::size_t>(c)];
      for (std::int64_t j = 0; j < a_.cols(); ++j)
        x_(j, c) = call_.options.warm_start != 0 ? warm_(j, c) * factor : 0.0;
    }
    Array2<double> g(a_.cols(), k);
    std::vector<double> square(static_cast<std::size_t>(k));
    PassRequest request;
    request.b = &rhs_.sides;
    request.x = x_;
    request.z = g.view();
    request.sumsq = square.data();
    a_.pass(call_.run, request);
    result_.columns.resize(static_cast<std::size_t>(k));
    for (std::int64_t c = 0; c < k; ++c) {
      linalg::axpy(-ridge_, x_.col(c), g.col(c), a_.cols());
      ColumnResult &column = result_.columns[static_cast<std::size_t>(c)];
      column.residual = std::sqrt(square[static_cast<std::size_t>(c)]);
      column.gradient = linalg::norm2(g.col(c), a_.cols());
      column.backward_error = 1;
      for (std::int64_t j = 0; j < a_.cols(); ++j) x_(j, c) /= rhs_.factor[static_cast<std::size_t>(c)];
    }
    Outcome outcome;
    outcome.method = "none";
    outcome.passes = extra_passes_ + 1;
    return conclude(call_, outcome, rhs_, result_);
  }

 public:
  // The caller's start, read before x_ is written.
  void keep_warm_start() {
    if (call_.options.warm_start == 0) return;
    warm_ = Array2<double>(x_.rows, x_.cols);
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      for (std::int64_t j = 0; j < x_.rows; ++j) {
        if (!std::isfinite(x_(j, c))) {
          throw Error(Status::e_not_finite, text("x(", j, ", ", c, ") = ", x_(j, c), ": a warm start must be finite"));
        }
        warm_(j, c) = x_(j, c);
      }
    }
  }

 private:
  // A forced Cholesky is tried as long as its factor means anything.
  static constexpr double forced_limit = 1e7;

  Call &call_;
  const Matrix &a_;
  const Precond *given_;
  double ridge_;
  ScaledRightSides rhs_;
  View<double> x_;
  Array2<double> warm_;
  std::optional<Precond> owned_;
  const Precond *m_ = nullptr;
  Method asked_ = Method::automatic;
  bool automatic_ = true;
  bool warm_taken_ = false;
  bool strongest_ = false;
  std::int64_t extra_passes_ = 0;
  RefineResult result_;
};

}  // namespace

Status solve_least_squares(Call &call, const Matrix &a, const Precond *m, double ridge, const RightSides &b,
                           View<double> x) {
  if (x.cols == 0 || a.cols() == 0 || a.rows() == 0) {
    for (std::int64_t c = 0; c < x.cols; ++c) std::fill_n(x.col(c), x.rows, 0.0);
    const ScaledRightSides rhs = scale_right_sides(b, a.rows());
    RefineResult result;
    result.columns.resize(static_cast<std::size_t>(x.cols));
    for (std::size_t c = 0; c < result.columns.size(); ++c) {
      result.columns[c].backward_error = 0;
      result.columns[c].residual = rhs.norm[c];
      result.columns[c].converged = true;
    }
    Outcome outcome;
    outcome.method = "none";
    return conclude(call, outcome, rhs, result);
  }
  if (a.rows() < a.cols()) return solve_wide(call, a, ridge, b, x);
  LeastSquaresSolve solve(call, a, m, ridge, b, x);
  solve.keep_warm_start();
  return solve.run();
}

}  // namespace akr
