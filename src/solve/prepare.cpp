// SPDX-License-Identifier: BSD-3-Clause
#include "solve/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/roundoff.hpp"
#include "base/text.hpp"
#include "precond/build.hpp"
#include "solve/backward_error.hpp"
#include "solve/choose.hpp"

namespace akr {

namespace {

constexpr std::int64_t most_carried = 64;
// A start x~ beyond so many times ‖b‖/u is nobody's guess: no singular value that counts is so small, and each
// correction gains at most the digits of the precision.
constexpr double largest_start = 0x1p10;

}  // namespace

Preparation::Preparation(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x)
    : call_(call), a_(a), ridge_(ridge), rhs_(rhs), x_(x) {
  if (call.options.warm_start != 0) keep_warm_start();
}

void Preparation::keep_warm_start() {
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

void Preparation::reset() {
  for (std::int64_t c = 0; c < x_.cols; ++c) {
    for (std::int64_t j = 0; j < x_.rows; ++j) {
      const double start = warm_.empty() ? 0.0 : warm_(j, c) * rhs_.factor[static_cast<std::size_t>(c)];
      x_(j, c) = std::isfinite(start) ? start : 0.0;
    }
  }
}

const char *Preparation::method_name() const {
  if (asked_ == Method::gradient && !automatic_) return "gradient";
  return precond().method_name();
}

void Preparation::begin(const Precond *given) {
  call_.run.poll();
  automatic_ = call_.options.chosen_method() == Method::automatic;
  const bool cgls = call_.options.chosen_method() == Method::cgls;
  asked_ = cgls ? Method::cgls : choose_method(call_.options, a_, rhs_.sides.cols());
  if (automatic_) affordable_steps_ = affordable_cgls_steps(call_.options, a_, rhs_.sides.cols());
  given_ = given;
  if (given != nullptr && take_given()) {
    start_x(solved_);
    return;
  }
  given_ = nullptr;
  owned_.reset();
  start_x(build(asked_));
}

// One pass tells whether the preconditioner belongs to A, and what Aᵀb is: unless it brings a sketched start with it,
// the solve begins at x~ = P Pᵀ D Aᵀb.
bool Preparation::take_given() {
  const std::int64_t d = a_.cols();
  const std::int64_t k = x_.cols;
  if (given_->tolerance != rank_tolerance(call_.options, d, a_.bits())) return false;
  // More columns, or a sparse A with more than one, are summed in another order: then the probe goes alone.
  constexpr std::int64_t most_together = 4;
  const bool together = k <= most_together && a_.has_panels() && !a_.is_sparse();
  const bool wants_start = together && !given_->start && call_.options.warm_start == 0;
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
  request.gain = probe_gain(*given_);
  request.z = z.view();
  a_.pass(call_.run, request);
  ++passes_;
  for (std::int64_t j = 0; j < d; ++j) z(j, 0) = -z(j, 0);  // V = 0 − A w
  if (!probe_matches(*given_, z.data())) {
    call_.run.monitor().log(1, "the preconditioner was made for another matrix: not used");
    return false;
  }
  if (given_->ridge != ridge_) {
    owned_ = adapt_ridge(call_.options, *given_, ridge_);
    if (!owned_) return false;
  }
  const Precond &m = precond();
  if (wants_start) {
    const View<double> g = z.view().columns(1, k);
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t j = 0; j < d; ++j) g(j, c) *= m.scale[j] / request.gain;
    }
    Array2<double> u(m.rank, k);
    m.right_transpose(g, u.view());
    m.right(u.view(), x_);
    solved_ = true;
  }
  return true;
}

// Conjugate gradients with scaled columns alone come first where few steps would do; false where they cannot be begun.
bool Preparation::start_without_factor() {
  owned_ = precond_by_scaling(call_, a_, ridge_);
  ++passes_;
  if (owned_ && automatic_ && owned_->norms_vanish()) owned_.reset();
  return owned_.has_value();
}

// True when x_ holds a solution already (method qr).
bool Preparation::build(Method method) {
  bool solved = false;
  if (method == Method::cgls || affordable_steps_ > 0) {
    if (start_without_factor()) return false;
    affordable_steps_ = 0;
    if (!automatic_) {
      call_.run.monitor().log(1, "method = cgls: column norms beyond 1e-130 and 1e130; sketch-cholqr takes over");
      method = Method::sketch_cholqr;
    }
  }
  // Right-hand sides are carried along as further columns, unless they are more than A's own.
  const bool carry = rhs_.sides.cols() <= std::max<std::int64_t>(most_carried, a_.cols());
  if (method == Method::cholesky) {
    const bool forced = !automatic_;
    const bool together = carry && warm_.empty() && a_.has_panels() && !a_.is_sparse();
    CholeskyPlan plan = cholesky_plan(call_.options, a_, rhs_.sides.cols());
    plan.passes = &passes_;
    if (a_.cols() >= BackwardError::least_normal_cols) plan.normal = &normal_;
    owned_ = precond_by_cholesky(call_, a_, ridge_, plan, together ? &rhs_.sides : nullptr, x_);
    solved = together && owned_.has_value();
    if (!owned_ && forced) {
      call_.run.monitor().log(1, "method = cholesky: AᵀA is too ill-conditioned; sketch-cholqr takes over");
      method = Method::sketch_cholqr;
    } else if (!owned_) {
      method = choose_for_ill_conditioned(a_, rhs_.sides.cols());
    }
  }
  if (!owned_ && automatic_) {
    if (a_.rows() <= 2 * a_.cols() && a_.has_panels()) method = Method::qr;
    if (asked_ == Method::cholesky) {
      const char *name = method == Method::qr ? "qr" : method == Method::sketch ? "sketch" : "sketch-cholqr";
      call_.run.monitor().log(2, text("AᵀA is too ill-conditioned for its Cholesky factor: ", name, " takes over"));
    }
  }
  if (!owned_ && method == Method::qr) {
    owned_ = precond_by_qr(call_, a_, ridge_, carry ? &rhs_.sides : nullptr, x_);
    passes_ += owned_->passes;
    solved = carry;
  }
  if (!owned_) {
    // The paper's iteration stands on an SRHT.
    const auto kind = method == Method::gradient ? SketchChoice::srht : SketchChoice::automatic;
    owned_ = precond_by_sketch(call_, a_, ridge_, sketch_factor_for(method, a_), kind);
    passes_ += owned_->passes;
    if (owned_->start) solved = warm_.empty() && use_up_start();
    if (owned_->origin == PrecondOrigin::sketch && method == Method::sketch_cholqr) {
      orthonormalise(call_, a_, *owned_);
      ++passes_;
    }
  }
  return solved;
}

// The sketched start, taken now; what it was made with is as large as the sketch and serves no other solve.
bool Preparation::use_up_start() {
  const bool started = owned_->sketched_start(call_.run, rhs_.sides, x_);
  owned_->start.reset();
  return started;
}

// x~ = D⁻¹ times the caller's start; false where that is nothing to start from: too large, or b = 0, whose answer is 0.
bool Preparation::start_warm(std::int64_t c) {
  const std::size_t at = static_cast<std::size_t>(c);
  const double most = largest_start / unit_roundoff(a_.bits()) * rhs_.norm[at];
  for (std::int64_t j = 0; j < x_.rows; ++j) {
    // In this order nothing leaves the range that is near the answer.
    if (!(std::fabs(warm_(j, c) / precond().scale[j] * rhs_.factor[at]) <= most)) return false;
  }
  for (std::int64_t j = 0; j < x_.rows; ++j) x_(j, c) = warm_(j, c) / precond().scale[j] * rhs_.factor[at];
  return true;
}

// solved: x_ holds a start already.
void Preparation::start_x(bool solved) {
  const Precond &m = precond();
  if (!warm_.empty()) {
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      if (!start_warm(c) && !solved) std::fill_n(x_.col(c), x_.rows, 0.0);
    }
  } else if (!solved && !m.sketched_start(call_.run, rhs_.sides, x_)) {
    reset();
  }
  m.remove_null_part(x_);
}

bool Preparation::strengthen() {
  if (given_ != nullptr) {
    replace_given();
    call_.run.monitor().log(2, text("the given preconditioner does not converge: ", method_name(), " takes over"));
    return true;
  }
  if (precond().origin == PrecondOrigin::scaling) {
    if (nothing_fits_) return false;
    const char *next = factor_at_last() ? method_name() : "nothing else fits into memory: cgls";
    call_.run.monitor().log(2, text("conjugate gradients would take too many steps: ", next, " takes over"));
    return true;
  }
  const Stronger next = choose_stronger(call_.options, a_, precond(), enlarged_, rhs_.sides.cols());
  switch (next) {
    case Stronger::nothing:
      if (a_.has_panels() && precond().origin != PrecondOrigin::qr && precond().full_rank()) {
        call_.run.monitor().log(2, "not converged; stronger methods would take far longer: ask for one by its name");
      }
      return false;
    case Stronger::sketch:
      sketch_again(call_.options);
      break;
    case Stronger::larger_sketch: {
      Options larger = call_.options;
      larger.sketch_factor = larger_sketch_factor(call_.options, a_);
      larger.seed ^= 1;
      sketch_again(larger);
      enlarged_ = true;
      break;
    }
    case Stronger::sketch_cholqr:
      if (!orthonormalise(call_, a_, *owned_)) return false;
      ++passes_;
      break;
    case Stronger::qr:
      factor_all();
      break;
  }
  call_.run.monitor().log(
      2, text("not converged: going on with ", next == Stronger::larger_sketch ? "a larger sketch" : method_name()));
  precond().remove_null_part(x_);
  return true;
}

Array2<double> Preparation::copy_of_x() const {
  Array2<double> x(x_.rows, x_.cols);
  for (std::int64_t c = 0; c < x_.cols; ++c) std::copy_n(x_.col(c), x_.rows, x.col(c));
  return x;
}

void Preparation::set_x(const Array2<double> &x) {
  for (std::int64_t c = 0; c < x_.cols; ++c) std::copy_n(x.col(c), x_.rows, x_.col(c));
}

// What conjugate gradients without a factor have reached is at least as good as zero, and may be better than a sketched
// start: that takes a pass to see. False where there is no memory for a factor: then they go on.
bool Preparation::factor_at_last() {
  const Array2<double> before = copy_of_x();
  std::optional<Precond> scaling = std::exchange(owned_, std::nullopt);
  const double affordable = std::exchange(affordable_steps_, 0.0);
  const auto restore = [&] {
    set_x(before);
    owned_ = std::move(scaling);
  };
  try {
    const bool solved = build(asked_);
    Array2<double> reached = before.clone();
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      for (std::int64_t j = 0; j < x_.rows; ++j) reached(j, c) *= scaling->scale[j] / precond().scale[j];
    }
    const bool solution = solved && precond().origin == PrecondOrigin::qr;
    if (!solution && (solved || precond().start)) {
      start_x(solved);
      take_better_start(reached);
    } else if (!solution) {
      set_x(reached);
    }
    precond().remove_null_part(x_);
  } catch (const Interrupted &) {
    restore();
    affordable_steps_ = affordable;
    throw;
  } catch (const Error &error) {
    if (error.status() != Status::e_memory) throw;
    restore();
    nothing_fits_ = true;
    return false;
  }
  return true;
}

// Of x_ and the other start, in the same variables, that with the smaller ‖b − A x‖² + μ‖x‖², column by column.
void Preparation::take_better_start(const Array2<double> &other) {
  const std::int64_t d = x_.rows;
  const std::int64_t k = x_.cols;
  Array2<double> both(d, 2 * k);
  std::vector<std::int64_t> pick;
  for (std::int64_t c = 0; c < 2 * k; ++c) {
    const double *from = c < k ? x_.col(c) : other.col(c - k);
    for (std::int64_t j = 0; j < d; ++j) both(j, c) = precond().scale[j] * from[j];
    pick.push_back(c % k);
  }
  RightSides sides = rhs_.sides;
  sides.pick = pick.data();
  sides.picked = 2 * k;
  std::vector<double> squares(static_cast<std::size_t>(2 * k));
  PassRequest request;
  request.b = &sides;
  request.x = both.view();
  request.sumsq = squares.data();
  a_.pass(call_.run, request);
  ++passes_;
  for (std::int64_t c = 0; c < 2 * k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) squares[static_cast<std::size_t>(c)] += ridge_ * both(j, c) * both(j, c);
  }
  for (std::int64_t c = 0; c < k; ++c) {
    if (squares[static_cast<std::size_t>(k + c)] < squares[static_cast<std::size_t>(c)]) {
      std::copy_n(other.col(c), d, x_.col(c));
    }
  }
}

// What somebody made earlier does not do: begin as if there were nothing.
void Preparation::replace_given() {
  const Array2<double> x = copy_of_x();
  const Precond *given = std::exchange(given_, nullptr);
  std::optional<Precond> adapted = std::exchange(owned_, std::nullopt);
  try {
    start_x(build(asked_));
  } catch (const Interrupted &) {
    set_x(x);
    given_ = given;
    owned_ = std::move(adapted);
    throw;
  }
}

// The sketched start is taken where there is a first sketch: a Cholesky factor's iterate may be far off.
void Preparation::sketch_again(const Options &options) {
  Call call{call_.run, options, call_.report};
  Precond next = precond_by_sketch(call, a_, ridge_, sketch_factor_for(Method::sketch, a_));
  passes_ += next.passes;
  Array2<double> start(x_.rows, x_.cols);
  const bool first = precond().origin != PrecondOrigin::sketch;
  const bool started = first && next.sketched_start(call_.run, rhs_.sides, start.view());
  next.start.reset();
  const Precond before = std::move(*owned_);
  owned_ = std::move(next);
  if (started) {
    for (std::int64_t c = 0; c < x_.cols; ++c) std::copy_n(start.col(c), x_.rows, x_.col(c));
  } else {
    rescale_x(before.scale);
  }
}

void Preparation::factor_all() {
  const bool carry = rhs_.sides.cols() <= std::max<std::int64_t>(most_carried, a_.cols());
  Precond next = precond_by_qr(call_, a_, ridge_, carry ? &rhs_.sides : nullptr, x_);
  passes_ += next.passes;
  const Precond before = std::move(*owned_);
  owned_ = std::move(next);
  if (!carry) rescale_x(before.scale);
}

void Preparation::rescale_x(const Buffer<double> &old_scale) {
  for (std::int64_t c = 0; c < x_.cols; ++c) {
    for (std::int64_t j = 0; j < x_.rows; ++j) x_(j, c) *= old_scale[j] / precond().scale[j];
  }
}

}  // namespace akr
