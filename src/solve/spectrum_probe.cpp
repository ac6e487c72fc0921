// SPDX-License-Identifier: BSD-3-Clause
#include "solve/spectrum_probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "linalg/blas.hpp"
#include "linalg/lapack.hpp"

namespace akr {

namespace {

// |w₁| is less with a probability of √(2/π) times that.
constexpr double least_component = 1e-8;
// q(λ) of the bound, which then is a fifth or so of the smallest eigenvalue at κ = 1.2, a half at κ = 10 (measured).
constexpr double settled_residual = 0.1;
constexpr double most_noise = 100;
// Ritz values take k² flops: looked at every step, and then each time that there are so many more of them.
constexpr std::size_t steps_between_looks = 16;

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
  diagonal_.push_back(1 / alpha + (alpha_ > 0 ? beta_ / alpha_ : 0));
  linalg::axpy(-alpha, h, z_.data(), z_.size());
  const double norm = linalg::norm2(z_.data(), z_.size());
  alpha_ = alpha;
  beta_ = norm * norm / rho_;
  rho_ = norm * norm;
  if (diagonal_.size() >= next_look_ || rho_ == 0) look();
  off_diagonal_.push_back(std::sqrt(beta_) / alpha_);
  for (std::int64_t j = 0; j < p_.size(); ++j) p_[j] = z_[j] + beta_ * p_[j];
}

void SpectrumProbe::look() {
  next_look_ = diagonal_.size() + 1 + diagonal_.size() / steps_between_looks;
  const Buffer<double> values = linalg::tridiagonal_values(diagonal_, off_diagonal_);
  smallest_ = std::max(values[0], 0.0);
  largest_ = values[values.size() - 1];
  const double residual = std::sqrt(rho_) / least_component;
  least_ = bounded_below(values, residual);
  settled_ = residual <= settled_residual || smallest_ <= least_ratio_ * largest_;
}

// The λ in [0, θ_1] where Π(1 − λ/θ_i) = most.
double SpectrumProbe::bounded_below(const Buffer<double> &values, double most) const {
  if (!(most < 1) || !(values[0] > 0)) return 0;
  const double target = std::log(std::max(most, std::numeric_limits<double>::min()));
  double low = 0;
  double high = values[0];
  for (int step = 0; step < 50; ++step) {
    const double middle = 0.5 * (low + high);
    double sum = 0;
    for (std::int64_t i = 0; i < values.size(); ++i) sum += std::log1p(-middle / values[i]);
    (sum > target ? low : high) = middle;
  }
  return low;
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
