// SPDX-License-Identifier: BSD-3-Clause
// exp(−tσ²) and what stands on it, without overflow before the answer itself overflows.
#pragma once

#include "config/call.hpp"
#include "gram/scaled.hpp"

namespace akr {

// 2^exponent times factor = eˢ; any finite s.
struct ScaledExp {
  double factor = 1;
  std::int64_t exponent = 0;
};
ScaledExp scaled_exp(double s);

// −t·value·2^exponent, or the largest double of its sign: logarithms far outside any range still have to be compared.
double exponent_of(double t, double value, int exponent = 0);

// Whether an eigenvalue of AᵀA that rounding does not tell from 0 is taken for 0: where exp(−t·) of the one that was
// computed vanishes, although that of 0 does not. No digit of x is certain then.
bool counts_as_zero(double log, double value, double negligible);

// w[i] = coefficients[i]·exp(logs[i] − shift), with the shift (returned) that brings the largest of them to about
// max |coefficients|: the coefficients are looked at before it is decided what is large. 0 where all are zero.
double weigh(const double *coefficients, const double *logs, std::int64_t count, double *w);

// What the accuracy of x = exp(−tAᵀA)b rests on. The computed x is wrong by at most c(d)·u(1 + |t|σ₁²)·‖exp(−tAᵀA)‖‖b‖:
// not relative to ‖x‖.
struct ExponentialAccuracy {
  double log_norm = 0;    // ln ‖exp(−tAᵀA)‖
  double log_least = 0;   // ln of its smallest eigenvalue
  double largest = 0;     // |t| σ₁²
  double truncation = 0;  // what a Krylov method left, relative to ‖exp(−tAᵀA)‖‖b‖; the worst column's

  double unit() const;  // u(1 + |t|σ₁²)
};

// Sets growth, error_estimate and precision_loss, and tells for each column whether x has digits left. rhs: ln ‖b‖.
std::vector<bool> judge_exponential(Report &report, const ExponentialAccuracy &accuracy, const ScaledColumns &x,
                                    const std::vector<double> &log_rhs);

}  // namespace akr
