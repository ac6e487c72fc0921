// SPDX-License-Identifier: BSD-3-Clause
#include "solve/backward_error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <tuple>
#include <utility>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "solve/gauss_radau.hpp"

namespace akr {

namespace {

// Column norms within this ratio of each other make the scaled estimate say nothing new.
constexpr double graded_ratio = 16;
// ω is rounded down to a power of 2^(1/4): the estimate grows by at most 2^(1/4), and factors are shared between the
// columns and the iterations.
constexpr int steps_per_octave = 4;
std::size_t kept_factors(std::int64_t cols) { return cols <= 512 ? 8 : 2; }
// Columns beyond that ratio of the largest to theirs count in the scaled estimate alone.
constexpr double most_spread = 0x1p1000;
// Quadrature takes so many steps at most for a point, two solves with R each, which is read from memory for them; for
// many points as many flops as half of a factor's; and in all three times as many, beyond which a factor that serves
// all iterations is cheaper. Its roundoff is no part of the estimate while R is better conditioned than this.
constexpr std::int64_t columns_per_step = 250;
constexpr std::int64_t columns_per_step_and_point = 24;
constexpr int evaluations_in_steps = 3;
constexpr double most_quadrature_error = 0.01;
// The estimate is known when both bounds are within the factor that rounding ω costs.
constexpr double bounds_agree = 1.189207;  // 2^(1/4)
// A factor whose ω is within so many steps serves too, where its looser bound is enough.
constexpr int near_steps = 2;
// Where ω = 0 or infinite: R, or ‖g‖/‖r‖, is all there is.
constexpr int no_exponent = std::numeric_limits<int>::min();

}  // namespace

BackwardError::BackwardError(const Precond &m, std::int64_t normal_from, Array2<double> normal)
    : m_(m), normal_from_(normal_from), normal_(std::move(normal)), spread_(std::max<std::int64_t>(m.cols, 1), 1.0) {
  const std::int64_t d = m.cols;
  Buffer<double> norms(std::max<std::int64_t>(d, 1), 0.0);
  double least = 1;
  double most = 1;
  for (std::int64_t j = 0; j < d; ++j) {
    norms[j] = m.origin == PrecondOrigin::scaling ? m.norms[j] : linalg::norm2(m.r.col(j), d);
    if (j == 0) least = most = m.scale[j];
    least = std::min(least, m.scale[j]);
    most = std::max(most, m.scale[j]);
  }
  scaled_norm_ = linalg::norm2(norms.data(), d);
  unit_ = least;
  for (std::int64_t j = 0; j < d; ++j) {
    spread_[j] = std::min(m.scale[j] / unit_, most_spread);
    norms[j] /= spread_[j];
  }
  plain_norm_ = linalg::norm2(norms.data(), d);
  graded_ = most > graded_ratio * least;
}

std::vector<double> BackwardError::evaluate(const std::vector<Point> &points, double enough) {
  std::vector<double> errors = evaluate_in(points, false, enough);
  for (std::size_t i = 0; i < points.size(); ++i) errors[i] = std::max(errors[i], ridge_error(points[i]));
  if (!graded_) return errors;
  const std::vector<double> scaled = evaluate_in(points, true, enough);
  for (std::size_t i = 0; i < points.size(); ++i) errors[i] = std::max(errors[i], scaled[i]);
  return errors;
}

bool BackwardError::hopeless(const Point &point, double enough) const {
  const std::int64_t d = m_.cols;
  Buffer<double> v(d);
  for (std::int64_t j = 0; j < d; ++j) v[j] = point.x[j] * spread_[j];
  const double phi = 1 / std::hypot(point.rhs / plain_norm_, linalg::norm2(v.data(), d));
  for (std::int64_t j = 0; j < d; ++j) v[j] = point.g[j] / spread_[j];
  const double gradient = linalg::norm2(v.data(), d);
  return phi * gradient / std::hypot(plain_norm_, phi * point.residual) > enough * plain_norm_;
}

double BackwardError::ridge_error(const Point &point) const {
  const double norm = m_.frobenius;
  if (!(std::sqrt(m_.ridge) > norm)) return 0;
  const std::int64_t d = m_.cols;
  Buffer<double> v(d);
  for (std::int64_t j = 0; j < d; ++j) v[j] = point.g[j] / spread_[j];
  const double gradient = linalg::norm2(v.data(), d);
  for (std::int64_t j = 0; j < d; ++j) v[j] = point.x[j] * spread_[j];
  const double root = std::sqrt(m_.ridge) * unit_;  // near 1: unit is that of the ridge
  const double size = norm * unit_ * point.residual + root * root * linalg::norm2(v.data(), d);
  if (!std::isfinite(size) || !std::isfinite(gradient)) return std::numeric_limits<double>::infinity();
  return gradient > 0 ? gradient / size : 0;
}

std::vector<double> BackwardError::evaluate_in(const std::vector<Point> &points, bool scaled, double enough) {
  const double norm = scaled ? scaled_norm_ : plain_norm_;
  std::vector<double> errors(points.size());
  std::vector<Open> open;
  open.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    double phi = 0;
    errors[i] = first_bound(points[i], scaled, phi);
    if (phi > 0 && !(errors[i] <= enough)) open.push_back({i, phi, rounded_exponent(phi * points[i].residual)});
  }
  const auto drop_done = [&] {
    const auto done = [&](const Open &o) { return !(errors[o.point] > enough) || !points[o.point].exact; };
    open.erase(std::remove_if(open.begin(), open.end(), done), open.end());
  };
  if (m_.origin == PrecondOrigin::scaling) {
    bound_without_factor(points, open, scaled, norm, errors.data());
    return errors;
  }
  if (m_.full_rank()) solve_and_bound(points, open.data(), open.size(), m_.r, no_exponent, norm, errors.data());
  drop_done();
  bound_by_near_factors(points, open, scaled, norm, enough, errors.data());
  drop_done();
  bound_by_quadrature(points, open, scaled, norm, enough, errors.data());
  drop_done();
  // Those of one ω together, as few factors are kept; those whose factor is kept come first.
  const auto to_be_made = [&](const Open &o) { return find_factor(o.exponent, scaled) == nullptr; };
  std::sort(open.begin(), open.end(), [&](const Open &a, const Open &b) {
    return std::make_tuple(to_be_made(a), a.exponent, a.point) < std::make_tuple(to_be_made(b), b.exponent, b.point);
  });
  for (std::size_t first = 0, end = 0; first < open.size(); first = end) {
    while (end < open.size() && open[end].exponent == open[first].exponent) ++end;
    if (open[first].exponent == no_exponent) continue;
    solve_and_bound(points, open.data() + first, end - first, factor(open[first].exponent, scaled),
                    open[first].exponent, norm, errors.data());
  }
  return errors;
}

// ‖g‖/‖r‖; and φ, or 0 where no more than that can be said.
double BackwardError::first_bound(const Point &point, bool scaled, double &phi) const {
  const std::int64_t d = m_.cols;
  const double norm = scaled ? scaled_norm_ : plain_norm_;
  Buffer<double> v(d);
  for (std::int64_t j = 0; j < d; ++j) v[j] = scaled ? point.x[j] : point.x[j] * spread_[j];
  const double denominator = std::hypot(point.rhs / norm, linalg::norm2(v.data(), d));
  for (std::int64_t j = 0; j < d; ++j) v[j] = scaled ? point.g[j] : point.g[j] / spread_[j];
  const double gradient = linalg::norm2(v.data(), d);
  if (!std::isfinite(gradient) || !std::isfinite(point.residual)) return std::numeric_limits<double>::infinity();
  if (gradient == 0 || norm == 0) return 0;
  if (!(denominator > 0 && std::isfinite(denominator))) return std::numeric_limits<double>::infinity();
  phi = 1 / denominator;
  return point.residual > 0 ? gradient / point.residual / norm : 1e300;
}

// By those factors kept whose ω₀ is near: (AᵀA + ω²I)⁻¹ ≤ max(1, ω₀²/ω²)(AᵀA + ω₀²I)⁻¹. The iterations change ω by less
// and less, and a step that it crosses at the last is not worth d³/3 flops.
void BackwardError::bound_by_near_factors(const std::vector<Point> &points, const std::vector<Open> &open, bool scaled,
                                          double norm, double enough, double *errors) const {
  for (const Factor &f : factors_) {
    if (f.scaled != scaled || f.exponent == no_exponent) continue;
    std::vector<Open> near;
    for (const Open &o : open) {
      const bool is_near = o.exponent != no_exponent && std::abs(f.exponent - o.exponent) <= near_steps;
      if (is_near && errors[o.point] > enough && find_factor(o.exponent, scaled) == nullptr) near.push_back(o);
    }
    solve_and_bound(points, near.data(), near.size(), f.t, f.exponent, norm, errors);
  }
}

// Those whose factor is not there. An estimate that both bounds agree on is not open any more.
void BackwardError::bound_by_quadrature(const std::vector<Point> &points, std::vector<Open> &open, bool scaled,
                                        double norm, double enough, double *errors) {
  const std::int64_t d = m_.cols;
  const double roundoff = m_.condition * std::sqrt(static_cast<double>(d)) * unit_roundoff(64);
  if (d < columns_per_step || !m_.full_rank() || !(roundoff <= most_quadrature_error)) return;
  std::vector<std::size_t> asked;
  std::vector<double> omega;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i].exponent == no_exponent || find_factor(open[i].exponent, scaled) != nullptr) continue;
    asked.push_back(i);
    omega.push_back(open[i].phi * points[open[i].point].residual);
  }
  const std::int64_t budget = evaluations_in_steps * (d / columns_per_step) - quadrature_steps_;
  const auto count = std::max<std::int64_t>(static_cast<std::int64_t>(asked.size()), 1);
  const auto steps =
      static_cast<int>(std::min({budget, d / columns_per_step, d / (columns_per_step_and_point * count)}));
  if (asked.empty() || steps <= 0) return;
  Array2<double> v(m_.cols, static_cast<std::int64_t>(asked.size()));
  for (std::int64_t c = 0; c < v.cols(); ++c) {
    std::copy_n(points[open[asked[static_cast<std::size_t>(c)]].point].g, m_.cols, v.col(c));
  }
  linalg::trsm_left_upper(linalg::Op::transpose, m_.r.view(), v.view());
  std::vector<bool> known(open.size(), false);
  quadrature_steps_ += bound_inverse_forms(m_.r.view(), scaled ? nullptr : spread_.data(), omega.data(), v.view(),
                                           steps, [&](std::int64_t c, double lower, double upper) {
                                             const std::size_t i = asked[static_cast<std::size_t>(c)];
                                             double &error = errors[open[i].point];
                                             error = std::min(error, open[i].phi * upper / norm);
                                             known[i] = upper <= bounds_agree * lower;
                                             return known[i] || error <= enough;
                                           });
  std::vector<Open> left;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!known[i]) left.push_back(open[i]);
  }
  open = std::move(left);
}

// errors = min(errors, φ max(1, ω₀/ω)‖T⁻ᵀg‖/norm), ω₀ of that exponent, or 0.
void BackwardError::solve_and_bound(const std::vector<Point> &points, const Open *open, std::size_t count,
                                    const Array2<double> &t, int exponent, double norm, double *errors) const {
  if (count == 0) return;
  const std::int64_t d = m_.cols;
  Array2<double> v(d, static_cast<std::int64_t>(count));
  for (std::int64_t i = 0; i < v.cols(); ++i) std::copy_n(points[open[i].point].g, d, v.col(i));
  linalg::trsm_left_upper(linalg::Op::transpose, t.view(), v.view());
  for (std::int64_t i = 0; i < v.cols(); ++i) {
    const bool larger = exponent != no_exponent && exponent > open[i].exponent;
    const double growth = larger ? std::exp2(static_cast<double>(exponent - open[i].exponent) / steps_per_octave) : 1;
    const double bound = growth * open[i].phi * linalg::norm2(v.col(i), d) / norm;
    double &error = errors[open[i].point];
    if (bound < error) error = bound;  // a NaN from a singular factor leaves what there is
  }
}

// (AᵀA + ω²I)^(−1/2) ≤ T⁻¹ with T² = σ²D⁻² + ω²I, diagonal.
void BackwardError::bound_without_factor(const std::vector<Point> &points, const std::vector<Open> &open, bool scaled,
                                         double norm, double *errors) const {
  const std::int64_t d = m_.cols;
  Buffer<double> v(d);
  for (const Open &o : open) {
    const Point &point = points[o.point];
    const double omega = o.phi * point.residual;
    for (std::int64_t j = 0; j < d; ++j) {
      v[j] = point.g[j] / std::hypot(least_singular_value_, scaled ? omega : omega * spread_[j]);
    }
    // The other rigorous bound: ‖(AᵀA + ω²I)^(−1/2)Aᵀr‖ ≤ ‖r‖. Where r comes from a recurrence it may be lost to 0,
    // which then serves only where it is all that is known.
    double size = linalg::norm2(v.data(), d);
    if (point.residual > 0 || !(least_singular_value_ > 0)) size = std::min(size, point.residual);
    const double bound = o.phi * size / norm;
    if (bound < errors[o.point]) errors[o.point] = bound;
  }
}

int BackwardError::rounded_exponent(double omega) {
  return omega > 0 && std::isfinite(omega) ? static_cast<int>(std::floor(std::log2(omega) * steps_per_octave))
                                           : no_exponent;
}

const BackwardError::Factor *BackwardError::find_factor(int exponent, bool scaled) const {
  const auto found = std::find_if(factors_.begin(), factors_.end(),
                                  [&](const Factor &f) { return f.exponent == exponent && f.scaled == scaled; });
  return found == factors_.end() ? nullptr : &*found;
}

// T with TᵀT = RᵀR + ω²D² (plain) or RᵀR + ω²I (scaled), ω = 2^(exponent/4).
const Array2<double> &BackwardError::factor(int exponent, bool scaled) {
  if (const Factor *kept = find_factor(exponent, scaled)) return kept->t;
  const double rounded = std::exp2(static_cast<double>(exponent) / steps_per_octave);
  const std::int64_t d = m_.cols;
  Factor f;
  f.exponent = exponent;
  f.scaled = scaled;
  const bool by_normal = may_form_normal(rounded, scaled);
  const bool formed = by_normal && !normal_.empty();
  if (factors_.size() >= kept_factors(d)) {
    f.t = std::move(factors_.front().t);
    factors_.erase(factors_.begin());
  }
  if (formed) {
    f.t = std::exchange(normal_, Array2<double>());
  } else if (f.t.empty()) {
    f.t = Array2<double>(d, d);
  }
  if (by_normal && !formed) linalg::triangle_gram(m_.r.view(), f.t.view());
  if (!by_normal || !factor_normal(rounded, scaled, f.t.view())) factor_stacked(rounded, scaled, f.t.view());
  factors_.push_back(std::move(f));
  return factors_.back().t;
}

// By QR of [R; ωD].
void BackwardError::factor_stacked(double omega, bool scaled, View<double> t) const {
  const std::int64_t d = m_.cols;
  std::copy_n(m_.r.data(), d * d, t.data);
  Array2<double> rows(d, d, 0.0);
  for (std::int64_t j = 0; j < d; ++j) rows(j, j) = scaled ? omega : omega * spread_[j];
  linalg::qr_append(t, rows.view(), true);
}

// By Cholesky of RᵀR + ω²D², in half of the time. Rounding errors have random signs, so that RᵀR is off by √d·u·‖A‖_F²
// at most (norms as those of D; Higham, Mary 2019), and the estimate by half of that over ω², relative: by less than a
// hundredth, or false.
bool BackwardError::may_form_normal(double omega, bool scaled) const {
  const std::int64_t d = m_.cols;
  const double norm = scaled ? scaled_norm_ : plain_norm_;
  const double noise = 50 * std::sqrt(static_cast<double>(d)) * unit_roundoff(64) * norm * norm;
  return d >= normal_from_ && omega * omega >= noise;
}

// t: RᵀR.
bool BackwardError::factor_normal(double omega, bool scaled, View<double> t) const {
  const std::int64_t d = m_.cols;
  for (std::int64_t j = 0; j < d; ++j) {
    const double row = scaled ? omega : omega * spread_[j];
    t(j, j) += row * row;
  }
  return linalg::all_finite_upper(t) && linalg::cholesky_upper(t);
}

}  // namespace akr
