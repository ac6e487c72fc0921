// SPDX-License-Identifier: BSD-3-Clause
// The Cholesky factor of AᵀA as a preconditioner. Its R is too inaccurate to solve with (error κ²u), but refinement on
// A itself restores full accuracy while κ²u is below 1: one or two rounds for κ up to 10⁶, up to ten passes at 4·10⁷.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "precond/build.hpp"
#include "precond/gram.hpp"

namespace akr {

namespace {

// A partial Gram matrix of 4d rows looks up to (1 + ½)/(1 − ½) = 3 times worse conditioned than the whole.
constexpr double peek_slack = 3;
// Likewise half of the columns of ¾ d rows look (1 + η)/(1 − η) = 9.9 times worse, η = √⅔, and a quarter 3.7 times: of
// a perfect A the guess is 9.9 (9.9/3.7)² = 70, and 12 to 17 times κ was measured for singular values that fall by some
// factor from one to the next, or of which one is large.
constexpr double glimpse_slack = 70;
// Where a peek follows, at 4 d rows, or 2 d of an A that has no more than 8 d of them, which can tell: singular values
// that fall from column to column, hidden by a few directions that all columns have in common, made it up to 4000 times
// κ. Such an A is given up from κ = 2.5·10⁷ on.
constexpr double glimpse_slack_before_peek = 2500;
constexpr double glimpse_excess = 12;
// Of power iteration for such a guess.
constexpr int glimpse_steps = 5;
// 2 d rows.
constexpr double confirm_slack = 6;
// What was seen of A need not be like the rest: one row that is 10⁸ times the others makes κ = 10⁶ of 10, and AᵀA in
// single precision, whose own noise then is its smallest eigenvalue, shows κ = 10⁴. Beyond this contraction it is
// summed again.
constexpr double most_single_contraction = 0.3;
// Then its factor is made in single precision too, which may cost a pass of 0.4 ns n d and saves 3·10⁻¹² s d³: where d²
// is so many times n.
constexpr std::int64_t single_factor_ratio = 128;
// Squared column norms outside this range have lost digits to under- or overflow.
constexpr double least_square = 1e-260;
constexpr double most_square = 1e260;

void copy_upper(View<const double> from, View<double> to) {
  for (std::int64_t j = 0; j < from.cols; ++j) std::copy_n(from.col(j), j + 1, to.col(j));
}

// D, from the diagonal of G + ridge I; false where its squares have lost digits.
bool set_scale(View<const double> g, double ridge, Buffer<double> &scale) {
  for (std::int64_t j = 0; j < g.cols; ++j) {
    const double square = g(j, j) + ridge;
    if (!(square >= least_square && square <= most_square)) return false;
    scale[j] = power_of_two_scale(std::sqrt(square));
  }
  return true;
}

bool has_empty_column(View<const double> g, double ridge) {
  for (std::int64_t j = 0; j < g.cols; ++j) {
    if (g(j, j) + ridge == 0) return true;
  }
  return false;
}

// D G D + ridge D², in place, on and above the diagonal. False where D cannot be had, or where entries are not finite.
bool scale_normal(View<double> g, double ridge, Buffer<double> &scale) {
  if (!set_scale(g, ridge, scale)) return false;
  for (std::int64_t j = 0; j < g.cols; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) g(i, j) *= scale[i] * scale[j];
    g(j, j) += ridge * scale[j] * scale[j];
  }
  return linalg::all_finite_upper(g);
}

// In place: the Cholesky factor of a scaled normal matrix, with zeros below. False when there is none.
bool factor_in_double(View<double> g) {
  if (!linalg::cholesky_upper(g)) return false;
  linalg::clear_lower(g);
  return true;
}

// The same in single precision, for a matrix that was summed in it; returns κ as well, infinite where there is no
// factor.
linalg::ExtremeSingularValues factor_in_single(View<const double> g, View<float> factor) {
  for (std::int64_t j = 0; j < g.cols; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) factor(i, j) = static_cast<float>(g(i, j));
  }
  if (!linalg::cholesky_upper(factor)) return {1, 0};
  return linalg::estimate_singular_values(View<const float>(factor));
}

// κ of a part of AᵀA, infinite where it has no factor; its scales go to `scale`, the factor to `work`.
double condition_of(View<const double> partial, double ridge, Buffer<double> &scale, View<double> work,
                    int steps = 10) {
  copy_upper(partial, work);
  if (!scale_normal(work, ridge, scale) || !factor_in_double(work)) return std::numeric_limits<double>::infinity();
  return linalg::estimate_singular_values(View<const double>(work), steps).condition();
}

// What κ of all of A foreseeably is, by the half and the quarter of the columns in a Gram matrix of ¾ d rows, of which
// the other half need not be there: as singular values that fall by some factor from column to column make it. A guess,
// of time alone; see glimpse_slack.
double foretold_condition(View<const double> partial, double ridge, View<double> work) {
  const std::int64_t half = partial.cols / 2, quarter = partial.cols / 4;
  Buffer<double> scale(half);
  const double of_half =
      condition_of(partial.block(0, half, 0, half), ridge, scale, work.block(0, half, 0, half), glimpse_steps);
  if (std::isinf(of_half)) return of_half;
  const View<const double> factor = work.block(0, quarter, 0, quarter);
  const double growth = of_half / linalg::estimate_singular_values(factor, glimpse_steps).condition();
  return of_half * growth * growth;
}

// x~ = P Pᵀ D Aᵀb, from AᵀB.
void start_from(const Precond &m, View<double> atb, View<double> x) {
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < m.cols; ++j) atb(j, c) *= m.scale[j];
  }
  Array2<double> u(m.rank, x.cols);
  m.right_transpose(atb, u.view());
  m.right(u.view(), x);
}

}  // namespace

double cholesky_contraction(std::int64_t cols, int bits, double condition) {
  return unit_roundoff(bits) * condition * (4 * std::sqrt(static_cast<double>(cols)) + condition);
}

std::optional<Precond> precond_by_cholesky(Call &call, const Matrix &a, double ridge, const CholeskyPlan &plan,
                                           const RightSides *b, View<double> x) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("gram");
  call.run.monitor().stage(0, 0.8);
  const std::int64_t d = a.cols();
  Precond m;
  m.scale = Buffer<double>(d);
  m.r = Array2<double>(d, d);

  bool single = false;
  GramRequest request;
  request.scale = m.scale.data();
  Array2<double> atb(b != nullptr ? d : 0, x.cols);
  if (b != nullptr) {
    request.b = b;
    request.atb = atb.view();
  }
  // For the looks ahead, and for plan.normal after them where that is wanted.
  Array2<double> square;
  const auto work = [&] {
    if (square.empty()) square = Array2<double>(d, d);
    return square.view();
  };
  const auto forget_work = [&] {
    if (plan.normal == nullptr) square = Array2<double>();
  };
  double slack_of_peek = peek_slack;
  if (plan.give_up_early || plan.single_limit > 0) {
    request.peek = [&](View<const double> partial) {
      const double condition = condition_of(partial, ridge, m.scale, work());
      forget_work();
      if (plan.give_up_early && !(condition <= slack_of_peek * plan.limit)) return GramStep::stop;
      single = condition <= plan.single_limit;
      if (plan.single_or_none && plan.single_limit > 0 && !single) return GramStep::stop;
      return single ? GramStep::in_single : GramStep::in_double;
    };
  }
  if (plan.give_up_early || (plan.single_limit > 0 && gram_is_confirmed(a))) {
    request.glimpse = [&](View<const double> partial) {
      // Columns with few nonzeros may be empty so far: a peek sees more of them.
      if (gram_is_seen_early(a) && has_empty_column(partial.block(0, d / 2, 0, d / 2), ridge))
        return GramStep::in_double;
      const double foretold = foretold_condition(partial, ridge, work());
      forget_work();
      const bool can_tell = gram_is_seen_early(a) || gram_is_seen_in_doubt(a);
      if (plan.give_up_early && !(foretold <= (can_tell ? glimpse_slack_before_peek : glimpse_slack) * plan.limit)) {
        call.run.monitor().log(2, "half of the columns foretell an ill-conditioned A: the rest of AᵀA is not summed");
        return GramStep::stop;
      }
      if (plan.give_up_early && !gram_is_seen_early(a) && foretold > glimpse_slack * plan.limit) {
        slack_of_peek = confirm_slack;
        return GramStep::in_doubt;
      }
      const bool promising = gram_is_confirmed(a) && foretold <= glimpse_excess * plan.single_limit;
      return promising ? GramStep::in_single : GramStep::in_double;
    };
    request.rescale = [&](View<const double> partial) {
      single = set_scale(partial, ridge, m.scale);
      return single;
    };
    request.confirm = [&](View<const double> partial) {
      // Beyond 10⁴ or so this is noise of single precision: no reason to give up a sum in double.
      copy_upper(partial, work());
      double condition = std::numeric_limits<double>::infinity();
      if (scale_normal(square.view(), ridge, m.scale)) {
        Array2<float> small(d, d);
        condition = factor_in_single(View<const double>(square.view()), small.view()).condition();
      }
      forget_work();
      return condition <= confirm_slack * plan.single_limit;
    };
  }
  const auto factor = [&] {
    if (plan.passes != nullptr) ++*plan.passes;
    if (!gram_matrix(call.run, a, m.r.view(), request)) return false;
    double sum = 0;
    for (std::int64_t j = 0; j < d; ++j) sum += m.r(j, j);
    m.frobenius = std::sqrt(sum);
    if (plan.normal != nullptr) {
      work();
      *plan.normal = std::exchange(square, Array2<double>());
    }
    if (!scale_normal(m.r.view(), ridge, m.scale)) return false;
    if (plan.normal != nullptr) copy_upper(m.r.view(), plan.normal->view());
    linalg::ExtremeSingularValues extremes;
    if (single && d * d >= single_factor_ratio * a.rows()) {
      Array2<float> small(d, d);
      extremes = factor_in_single(m.r.view(), small.view());
      if (!(extremes.condition() <= plan.limit)) return false;
      for (std::int64_t j = 0; j < d; ++j) std::copy_n(small.col(j), j + 1, m.r.col(j));
      linalg::clear_lower(m.r.view());
    } else {
      if (!factor_in_double(m.r.view())) return false;
      extremes = linalg::estimate_singular_values(m.r.view());
    }
    m.condition = extremes.condition();
    m.sigma_max = extremes.largest;
    return m.condition <= plan.limit;
  };
  bool factored = factor();
  if (single && !(factored && cholesky_contraction(d, 32, m.condition) <= most_single_contraction)) {
    call.run.monitor().log(2, "AᵀA in single precision is too inaccurate: summed again in double");
    single = false;
    request.peek = nullptr;
    request.glimpse = nullptr;
    factored = factor();
  }
  if (!factored) {
    if (plan.normal != nullptr) *plan.normal = Array2<double>();
    return std::nullopt;
  }
  m.rows = a.rows();
  m.cols = d;
  m.bits = a.bits();
  m.ridge = ridge;
  m.rank = d;
  m.tolerance = rank_tolerance(call.options, d, a.bits());
  m.origin = PrecondOrigin::cholesky;
  m.contraction = cholesky_contraction(d, single ? 32 : a.has_panels() ? 64 : a.bits(), m.condition);
  if (b != nullptr) start_from(m, atb.view(), x);
  return m;
}

}  // namespace akr
