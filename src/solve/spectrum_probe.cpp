// SPDX-License-Identifier: BSD-3-Clause
#include "solve/spectrum_probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "linalg/blas.hpp"

namespace akr {

namespace {

// |w₁| is less with a probability of √(2/π) times that.
constexpr double least_component = 1e-8;
// q(λ) of the bound, which then is a fifth or so of the smallest eigenvalue at κ = 1.2, a half at κ = 10 (measured).
constexpr double settled_residual = 0.1;
constexpr double most_noise = 100;
constexpr double least_ratio_of_pivots = 0x1p-100;  // for a 0, that is a λ that is a Ritz value of fewer steps
// A look takes some 130 k divisions: at every step first, later when there are a sixteenth more of them.
constexpr std::size_t share_of_steps = 16;
constexpr int bisections = 60;      // from the largest to 10⁻¹⁸ of it
constexpr int few_bisections = 12;  // where three digits do

}  // namespace

SpectrumProbe::SpectrumProbe(std::int64_t cols, std::uint64_t seed, double noise)
    : z_(cols), p_(cols), least_ratio_(most_noise * noise) {
  const RandomStream random(seed, Purpose::probe, 3);
  for (std::int64_t j = 0; j < cols; ++j) p_[j] = z_[j] = random.normals(static_cast<std::uint64_t>(j))[0];
  const double norm = linalg::norm2(z_.data(), cols);
  rho_ = norm * norm;
}

void SpectrumProbe::take(const double *h, double energy) {
  if (settled_) return;
  const double alpha = energy > 0 ? rho_ / energy : 0;
  if (!(alpha > 0) || !std::isfinite(alpha)) {  // H p = 0: A is singular, or of no size at all
    smallest_ = least_ = 0;
    settled_ = true;
    return;
  }
  linalg::axpy(-alpha, h, z_.data(), z_.size());
  const double norm = linalg::norm2(z_.data(), z_.size());
  const double beta = norm * norm / rho_;
  rho_ = norm * norm;
  pivots_.push_back(1 / alpha);
  betas_.push_back(beta);
  if (pivots_.size() >= next_look_ || rho_ == 0) look();
  for (std::int64_t j = 0; j < p_.size(); ++j) p_[j] = z_[j] + beta * p_[j];
}

// T = L diag(pivots) Lᵀ, L with √β below its unit diagonal. T − λI = L₊ diag(pivots₊) L₊ᵀ by the differential form of
// the stationary quotient-difference algorithm, accurate to the last digits however small λ is (Dhillon, Parlett 2004):
// so many of the pivots₊ are negative as there are Ritz values below λ, and log Π(1 − λ/θ_i) = Σ log(pivots₊/pivots).
SpectrumProbe::Shifted SpectrumProbe::shifted(double lambda) const {
  Shifted out;
  double s = -lambda;
  for (std::size_t i = 0; i < pivots_.size(); ++i) {
    const double change = s / pivots_[i];
    const double ratio = change == -1 ? -least_ratio_of_pivots : 1 + change;
    out.below += ratio < 0 ? 1 : 0;
    if (out.below == 0) out.logarithm += std::log1p(change);
    s = betas_[i] * s / ratio - lambda;
  }
  return out;
}

// The largest λ in [low, high] where `holds`, which it does up to there.
template <class Holds>
double SpectrumProbe::last(double low, double high, int steps, Holds holds) const {
  for (int step = 0; step < steps; ++step) {
    const double middle = 0.5 * (low + high);
    (holds(shifted(middle)) ? low : high) = middle;
  }
  return low;
}

void SpectrumProbe::look() {
  const std::size_t k = pivots_.size();
  next_look_ = k + 1 + k / share_of_steps;
  double least = std::numeric_limits<double>::infinity(), most = 0, off = 0;
  for (std::size_t i = 0; i < k; ++i) {
    const double diagonal = pivots_[i] + (i > 0 ? betas_[i - 1] * pivots_[i - 1] : 0);
    const double next = i + 1 < k ? std::sqrt(betas_[i]) * pivots_[i] : 0;
    least = std::min(least, diagonal);
    most = std::max(most, diagonal + off + next);  // Gershgorin
    off = next;
  }
  smallest_ = last(0, least, bisections, [](const Shifted &t) { return t.below == 0; });
  largest_ =
      last(smallest_, most, few_bisections, [k](const Shifted &t) { return t.below < static_cast<std::int64_t>(k); });
  const double residual = std::sqrt(rho_) / least_component;
  const double target = std::log(std::max(residual, std::numeric_limits<double>::min()));
  least_ = residual < 1 ? last(0, smallest_, bisections,
                               [target](const Shifted &t) { return t.below == 0 && t.logarithm > target; })
                        : 0;
  settled_ = residual <= settled_residual || smallest_ <= least_ratio_ * largest_;
}

double SpectrumProbe::condition() const {
  return smallest_ > 0 ? std::sqrt(largest_ / smallest_) : std::numeric_limits<double>::infinity();
}

double SpectrumProbe::steps_to(double factor) const {
  const double kappa = condition();
  if (!std::isfinite(kappa)) return kappa;
  if (kappa <= 1) return 1;
  return std::log(2 / factor) / std::log((kappa + 1) / (kappa - 1));
}

}  // namespace akr
