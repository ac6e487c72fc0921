// SPDX-License-Identifier: BSD-3-Clause
#include "gram/error_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/qr.hpp"

namespace akr {

namespace {

// Those of x and its last correction, which count where the condition number is near 1.
constexpr double last_roundings = 2;

// log2(2ᵃ + 2ᵇ).
double log2_add(double a, double b) {
  const double most = std::max(a, b);
  return std::isfinite(most) ? most + std::log2(1 + std::exp2(std::min(a, b) - most)) : most;
}

}  // namespace

linalg::ExtremeSingularValues extreme_singular_values(const Precond &m) {
  if (m.rank == 0) return {};
  if (m.full_rank()) return linalg::estimate_singular_values(m.unscaled_r().view());
  // A D P is orthonormal, so that the singular values of D P are those of A⁺.
  Array2<double> p(m.cols, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t j = 0; j < m.cols; ++j) p(j, c) = m.scale[j] * m.truncated(j, c);
  }
  Buffer<double> tau(m.rank);
  linalg::qr(p.view(), tau.data());
  Array2<double> r(m.rank, m.rank, 0.0);
  for (std::int64_t c = 0; c < m.rank; ++c) std::copy_n(p.col(c), c + 1, r.col(c));
  const auto inverse = linalg::estimate_singular_values(r.view());
  return {1 / inverse.smallest, 1 / inverse.largest};
}

ErrorEstimate::ErrorEstimate(const linalg::ExtremeSingularValues &sigma, double roundoff)
    : log2_largest_(std::log2(sigma.largest)), log2_smallest_(std::log2(sigma.smallest)), roundoff_(roundoff) {}

void ErrorEstimate::add_stage(double log2_weight, double log2_norm, double backward_error) {
  const double terms = log2_largest_ + log2_add(log2_weight - 2 * log2_smallest_, log2_norm - log2_smallest_);
  log2_measured_ =
      log2_add(log2_measured_ - 2 * log2_smallest_, std::log2(std::max(roundoff_, backward_error)) + terms);
  log2_certain_ = log2_add(log2_certain_ - 2 * log2_smallest_, std::log2(roundoff_) + terms);
  log2_weight_ = log2_weight;
  log2_norm_ = log2_norm;
}

// The sums at the head of error_estimate.hpp for these stages: each term is δσ₁σ_d^(−2j−1)σ_dᵖ‖A⁻ᵖb_0‖.
void ErrorEstimate::add_stages(const StagesAtOnce &stages) {
  const double terms = std::log2(roundoff_) + log2_largest_ - log2_smallest_ + stages.log2_sum + stages.log2_growth;
  log2_measured_ = log2_add(log2_measured_ + stages.log2_growth, terms);
  log2_certain_ = log2_add(log2_certain_ + stages.log2_growth, terms);
  log2_weight_ = stages.log2_weight;
  log2_norm_ = stages.log2_norm;
}

double ErrorEstimate::relative(bool measured, bool through_product) const {
  const double log2_x = through_product ? log2_weight_ - log2_smallest_ : log2_norm_;
  if (lost_with_ <= (measured ? std::numeric_limits<double>::max() : 2 * roundoff_))
    return std::numeric_limits<double>::infinity();
  if (!std::isfinite(log2_x)) return 0;  // x = 0, or no stage
  return std::exp2((measured ? log2_measured_ : log2_certain_) - log2_x) + last_roundings * roundoff_;
}

}  // namespace akr
