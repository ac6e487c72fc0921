// SPDX-License-Identifier: BSD-3-Clause
// How many digits of x = (AᵀA)⁻ʲb are left: an a-posteriori estimate. κ²ʲ is the worst case over b; for random b, whose
// x lies along the small singular vectors, the error is only about 2j u κ.
//
// To first order, an error δ‖A‖-backward in the stage that produced b_m (A perturbed by δ) moves b_m by at most
// δ (σ_d⁻²‖A b_m‖ + σ_d⁻¹‖b_m‖), and the stages after it amplify that by at most σ_d^(−2(j−m)):
//   ê = Σ_{m=1..j} δ_m (σ_d^(−2(j−m+1)) ‖A b_m‖ + σ_d^(−2(j−m)−1) ‖b_m‖) / ‖x‖,
// and a least-squares stage y = A⁺b before them adds δ_0 (σ_d^(−2j−2) ‖b − A y‖ + σ_d^(−2j−1) ‖y‖) / ‖x‖ (Wedin 1973).
// All in logarithms: the terms span more than a double's range. The sum is kept as the stages come, ê·‖x‖ of one being
// σ_d⁻² times that of the one before and its own terms: a power has as many stages as the caller asks for.
#pragma once

#include <cstdint>
#include <limits>

#include "linalg/lapack.hpp"
#include "precond/precond.hpp"

namespace akr {

// σ₁ and σ_d (of the numerical row space) of the unscaled matrix that m was made for.
linalg::ExtremeSingularValues extreme_singular_values(const Precond &m);

// Any number of stages whose δ_m is the roundoff, with σ_d as exact as their solutions are: in the power of 2j it
// counts.
struct StagesAtOnce {
  double log2_growth = 0;  // log2 of σ_d^(−2·stages)
  double log2_sum = 0;  // of Σ_{p=1..2·stages} σ_dᵖ‖A⁻ᵖb_0‖ from the b_0 before them, A⁻¹ and its transpose in turn
  double log2_weight = 0;  // of ‖A b_j‖ and ‖b_j‖ of the last
  double log2_norm = 0;
};

class ErrorEstimate {
 public:
  // Norms are relative to a matrix with these singular values. roundoff: the least δ_m.
  ErrorEstimate(const linalg::ExtremeSingularValues &sigma, double roundoff);

  // A stage's solution b_m: log2 of ‖A b_m‖ (‖b − A y‖ for least squares) and ‖b_m‖, and the backward error δ_m. In the
  // order of the stages.
  void add_stage(double log2_weight, double log2_norm, double backward_error);
  void add_stages(const StagesAtOnce &stages);
  // The answer is zero because its certificate, of this backward error, takes zero: no digit of it is right.
  void lose(double backward_error) { lost_with_ = backward_error; }
  // ê with δ_m = roundoff, or where it is measured the backward error of the stage if that is larger. through_product:
  // that of A b_j relative to its norm, in whose last stage there is a factor σ_d⁻¹ less.
  double relative(bool measured, bool through_product) const;

  double log2_condition() const { return log2_largest_ - log2_smallest_; }

 private:
  static constexpr double none = -std::numeric_limits<double>::infinity();

  double log2_largest_;
  double log2_smallest_;
  double roundoff_;
  // ê‖x‖ so far.
  double log2_measured_ = none;
  double log2_certain_ = none;
  // Of the last stage.
  double log2_weight_ = none;
  double log2_norm_ = none;
  double lost_with_ = std::numeric_limits<double>::infinity();
};

}  // namespace akr
