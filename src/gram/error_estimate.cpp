// SPDX-License-Identifier: BSD-3-Clause
#include "gram/error_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace akr {

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

ErrorEstimate::ErrorEstimate(const linalg::ExtremeSingularValues &sigma)
    : log2_largest_(std::log2(sigma.largest)), log2_smallest_(std::log2(sigma.smallest)) {}

void ErrorEstimate::add_stage(double log2_weight, double log2_norm, double backward_error) {
  stages_.push_back({log2_weight, log2_norm, backward_error});
}

double ErrorEstimate::relative(double roundoff, bool measured, bool through_product) const {
  if (stages_.empty()) return 0;
  const double log2_x = through_product ? stages_.back().log2_weight - log2_smallest_ : stages_.back().log2_norm;
  if (!std::isfinite(log2_x)) return 0;  // x = 0
  double sum = 0;
  for (std::size_t m = 0; m < stages_.size(); ++m) {
    const Stage &stage = stages_[m];
    const double delta = measured ? std::max(roundoff, stage.backward_error) : roundoff;
    const double after = -2 * static_cast<double>(stages_.size() - 1 - m) * log2_smallest_;
    const double log2_delta = std::log2(delta) + log2_largest_ - log2_x + after;
    sum += std::exp2(log2_delta + stage.log2_weight - 2 * log2_smallest_) +
           std::exp2(log2_delta + stage.log2_norm - log2_smallest_);
  }
  return sum;
}

}  // namespace akr
