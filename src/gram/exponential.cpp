// SPDX-License-Identifier: BSD-3-Clause
// exp(t AᵀA) x = b. With A's singular values and right vectors, from an accurate R (for a wide A, of Aᵀ):
// x = b + V (exp(−tΣ²) − I) Vᵀb on what V spans. Singular values of R carry an error of u σ₁, so that of exp(−tσ²) is
// 2|t|σσ₁u relative to it: the rounding error that ExponentialAccuracy speaks of.
#include "gram/exponential.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/roundoff.hpp"
#include "gram/choose.hpp"
#include "gram/decay.hpp"
#include "gram/krylov.hpp"
#include "gram/spectrum.hpp"
#include "linalg/lapack.hpp"
#include "matrix/transposed.hpp"
#include "precond/build.hpp"
#include "solve/lsq.hpp"
#include "solve/outcome.hpp"

namespace akr {

using linalg::Op;

namespace {

class GramExponential {
 public:
  GramExponential(Call &call, const Matrix &a, double t, const ScaledRightSides &rhs)
      : call_(call), a_(a), t_(t), rhs_(rhs), b_(a.cols(), rhs.sides.cols()) {
    for (std::int64_t c = 0; c < b_.cols(); ++c) rhs.sides.load(0, b_.rows(), c, b_.values().col(c));
  }

  Status run(const Precond *given, View<double> x) {
    GramPlan plan = choose_exponential_plan(call_.options, a_, b_.cols(), given);
    try {
      if (plan.route == GramMethod::factor && !by_factor(plan, given)) plan.route = GramMethod::krylov;
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      solved_.result.interrupt(stop.reason());
      solved_.result.columns.assign(static_cast<std::size_t>(b_.cols()), ColumnResult());
      solved_.x = ScaledColumns(b_.rows(), b_.cols());
      return finish("none", x);
    }
    if (plan.route == GramMethod::krylov) {
      const std::int64_t passes = solved_.passes;
      solved_ = krylov_exponential(call_, a_, t_, b_);
      solved_.passes += passes;
      method_ = "none";
    }
    return finish(plan.route == GramMethod::krylov ? "krylov" : "factor", x);
  }

 private:
  // False for an operator without rows whose rank is short: of such a one there is no accurate R.
  bool by_factor(const GramPlan &plan, const Precond *given) {
    call_.run.poll();
    const bool wide = a_.rows() < a_.cols();
    if (!wide && !a_.has_panels() && given == nullptr && call_.options.chosen_gram_method() != GramMethod::factor) {
      return false;
    }
    const std::unique_ptr<Matrix> dual = wide ? transposed(call_.run, a_) : nullptr;
    const Precond *m = nullptr;
    if (wide) {
      ++solved_.passes;
      method_ = "qr";
    } else {
      m = accurate_factor(plan, given);
      if (m == nullptr) return false;
    }
    for (const Decomposition by : {Decomposition::divide, Decomposition::jacobi}) {
      const Spectrum spectrum = wide ? spectrum_of_wide(call_.run, *dual, by) : spectrum_of(*m, by);
      evaluate(spectrum);
      certify(spectrum);
      if (solved_.result.interrupted() || certified() || spectrum.sigma.size() > most_jacobi_cols) break;
    }
    return true;
  }

  bool certified() const {
    const std::vector<ColumnResult> &columns = solved_.result.columns;
    return std::all_of(columns.begin(), columns.end(), [](const ColumnResult &c) { return c.converged; });
  }

  // Of a tall A: given, or own_, or NULL.
  const Precond *accurate_factor(const GramPlan &plan, const Precond *given) {
    const Precond *m = nullptr;
    if (given != nullptr && given->ridge == 0 && is_accurate(*given) && (given->full_rank() || has_whole_r(*given))) {
      ++solved_.passes;
      if (belongs_to(call_.run, *given, a_)) m = given;
    }
    if (m == nullptr) {
      own_ = build_precond(call_, a_, 0, plan.method, solved_.passes);
      if (!is_accurate(*own_)) {
        ++solved_.passes;
        orthonormalise(call_, a_, *own_);
      }
      if (!has_whole_r(*own_)) {
        if (!a_.has_panels()) return nullptr;
        ++solved_.passes;
        own_ = precond_by_qr(call_, a_, 0, nullptr, View<double>());
      }
      m = &*own_;
    }
    method_ = m->method_name();
    call_.report.set(Key::cond_estimate, m->condition);
    return m;
  }
  // R is accurate, small singular values included: exponentials need no rank.
  static bool has_whole_r(const Precond &m) {
    return m.origin == PrecondOrigin::qr || (m.origin == PrecondOrigin::sketch_cholqr && m.full_rank());
  }

  void evaluate(const Spectrum &s) {
    const PhaseTimer timer(call_.report, Key::seconds_iterate);
    const std::int64_t r = s.sigma.size();
    const std::int64_t d = b_.rows();
    const std::int64_t k = b_.cols();
    solved_.x = ScaledColumns(d, k);
    // One coefficient more for what V does not span.
    Buffer<double> logs(r + 1);
    for (std::int64_t i = 0; i < r; ++i) {
      // σ² by its exponent: it may have no place in a double.
      int e = 0;
      const double fraction = std::frexp(s.sigma[i], &e);
      logs[i] = exponent_of(t_, fraction * fraction, 2 * e);
      if (counts_as_zero(logs[i], s.sigma[i], acceptable_spectrum_error(r) * s.sigma[0])) logs[i] = 0;
    }
    logs[r] = 0;
    const std::int64_t count = s.complete ? r : r + 1;
    ExponentialAccuracy &accuracy = solved_.accuracy;
    accuracy.log_norm = *std::max_element(logs.data(), logs.data() + count);
    accuracy.log_least = *std::min_element(logs.data(), logs.data() + count);
    accuracy.largest = r > 0 ? std::fabs(logs[0]) : 0;
    Array2<double> coefficients(r, k);
    const View<const double> b = std::as_const(b_).values();
    linalg::gemm(Op::transpose, Op::none, 1.0, s.v.view(), b, 0.0, coefficients.view());
    Array2<double> rest(d, s.complete ? 0 : k);
    if (!s.complete) {
      for (std::int64_t c = 0; c < k; ++c) std::copy_n(b.col(c), d, rest.col(c));
      linalg::gemm(Op::none, Op::none, -1.0, s.v.view(), View<const double>(coefficients.view()), 1.0, rest.view());
    }
    Array2<double> weighted(r, k);
    Buffer<double> from(r + 1);
    Buffer<double> to(r + 1);
    std::vector<double> rest_factor(static_cast<std::size_t>(k), 0.0);
    for (std::int64_t c = 0; c < k; ++c) {
      std::copy_n(coefficients.col(c), r, from.data());
      from[r] = s.complete ? 0 : linalg::norm2(rest.col(c), d);
      const ScaledExp scale = scaled_exp(weigh(from.data(), logs.data(), count, to.data()));
      for (std::int64_t i = 0; i < r; ++i) weighted(i, c) = scale.factor * to[i];
      if (!s.complete && from[r] > 0) rest_factor[static_cast<std::size_t>(c)] = scale.factor * (to[r] / from[r]);
      solved_.x.exponent(c) = b_.exponent(c) + scale.exponent;
    }
    linalg::gemm(Op::none, Op::none, 1.0, s.v.view(), View<const double>(weighted.view()), 0.0, solved_.x.values());
    for (std::int64_t c = 0; c < k && !s.complete; ++c) {
      linalg::axpy(rest_factor[static_cast<std::size_t>(c)], rest.col(c), solved_.x.values().col(c), d);
    }
    solved_.x.normalise();
  }

  // The decomposition is held against the caller's A at x and at b.
  void certify(const Spectrum &s) {
    const PhaseTimer timer(call_.report, Key::seconds_certify);
    const std::int64_t k = b_.cols();
    Array2<double> v(b_.rows(), 2 * k);
    for (std::int64_t c = 0; c < k; ++c) {
      std::copy_n(solved_.x.values().col(c), b_.rows(), v.col(c));
      std::copy_n(b_.values().col(c), b_.rows(), v.col(k + c));
    }
    solved_.result.columns.assign(static_cast<std::size_t>(k), ColumnResult());
    std::vector<double> errors;
    try {
      errors = spectrum_errors(call_.run, a_, s, v.view());
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      solved_.result.interrupt(stop.reason());
      return;
    }
    ++solved_.passes;
    for (std::int64_t c = 0; c < k; ++c) {
      ColumnResult &column = solved_.result.columns[static_cast<std::size_t>(c)];
      column.backward_error = std::max(errors[static_cast<std::size_t>(c)], errors[static_cast<std::size_t>(k + c)]);
      column.converged = column.backward_error <= acceptable_spectrum_error(s.sigma.size());
      if (!column.converged) solved_.result.stopped_by = "stagnation";
    }
  }

  Status finish(const char *route, View<double> x) {
    std::vector<double> log_rhs;
    for (std::int64_t c = 0; c < b_.cols(); ++c) log_rhs.push_back(std::log(b_.norm(c)));
    const bool known = std::string(route) != "none" && !solved_.result.columns.empty();
    if (known) {
      const std::vector<bool> beyond = judge_exponential(call_.report, solved_.accuracy, solved_.x, log_rhs);
      for (std::size_t c = 0; c < beyond.size(); ++c) solved_.result.columns[c].beyond_precision = beyond[c];
      call_.report.set(Key::gram_method, std::string(route));
    }
    for (std::int64_t c = 0; c < b_.cols(); ++c) {
      solved_.x.exponent(c) -= std::ilogb(rhs_.factor[static_cast<std::size_t>(c)]);
    }
    solved_.x.write(x);
    Outcome outcome;
    outcome.method = method_;
    outcome.passes = solved_.passes;
    return conclude(call_, outcome, rhs_, solved_.result);
  }

  Call &call_;
  const Matrix &a_;
  double t_;
  const ScaledRightSides &rhs_;
  ScaledColumns b_;
  std::optional<Precond> own_;
  const char *method_ = "none";
  KrylovResult solved_;
};

// x = b where AᵀA or t is zero.
Status copy_over(Call &call, const ScaledRightSides &rhs, View<double> x) {
  RefineResult result;
  result.columns.resize(static_cast<std::size_t>(x.cols));
  for (std::int64_t c = 0; c < x.cols; ++c) {
    rhs.sides.load(0, x.rows, c, x.col(c));
    for (std::int64_t j = 0; j < x.rows; ++j) x(j, c) /= rhs.factor[static_cast<std::size_t>(c)];
    result.columns[static_cast<std::size_t>(c)].backward_error = 0;
    result.columns[static_cast<std::size_t>(c)].converged = true;
  }
  Outcome outcome;
  outcome.method = "none";
  return conclude(call, outcome, rhs, result);
}

}  // namespace

Status solve_gram_exponential(Call &call, const Matrix &a, const Precond *m, double t, const RightSides &b,
                              View<double> x) {
  ScaledRightSides rhs = scale_right_sides(call.run, b, a.cols());
  rhs.sides.scale = rhs.factor.data();  // the factors moved with the struct
  if (t == 0 || x.cols == 0 || a.rows() == 0 || a.cols() == 0) return copy_over(call, rhs, x);
  return GramExponential(call, a, t, rhs).run(m, x);
}

}  // namespace akr
