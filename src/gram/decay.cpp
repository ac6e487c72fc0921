// SPDX-License-Identifier: BSD-3-Clause
#include "gram/decay.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/roundoff.hpp"

namespace akr {

namespace {

constexpr double ln2 = 0.693147180559945309417232121458;
// ln 2 in two parts, the first with 20 zeros at its end: k·ln2_high is exact for |k| ≤ 2²⁰; beyond it errs by no more
// than the rounding of s itself.
constexpr double ln2_high = 0x1.62e42fefp-1;
constexpr double ln2_low = 0x1.473de6af278edp-34;
constexpr double fewest_digits = 1e-3;

}  // namespace

ScaledExp scaled_exp(double s) {
  ScaledExp out;
  const double k = std::nearbyint(std::clamp(s, -1e9, 1e9) / ln2);
  if (std::fabs(s) > 1e9) {  // far outside any range: what is left of it matters to nobody
    out.exponent = static_cast<std::int64_t>(k);
    return out;
  }
  out.exponent = static_cast<std::int64_t>(k);
  out.factor = std::exp((s - k * ln2_high) - k * ln2_low);
  return out;
}

double exponent_of(double t, double value, int exponent) {
  constexpr double most = std::numeric_limits<double>::max();
  int of_t = 0;
  int of_value = 0;
  const double product = std::frexp(t, &of_t) * std::frexp(value, &of_value);
  return std::clamp(-std::ldexp(product, of_t + of_value + exponent), -most, most);
}

bool counts_as_zero(double log, double value, double negligible) { return log < -1 && value <= negligible; }

double weigh(const double *coefficients, const double *logs, std::int64_t count, double *w) {
  double best = -std::numeric_limits<double>::infinity();
  double shift = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (coefficients[i] == 0) continue;
    const double log_size = logs[i] + std::log(std::fabs(coefficients[i]));
    if (log_size > best) {
      best = log_size;
      shift = logs[i];
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const double gap = logs[i] - shift;
    if (coefficients[i] == 0 || !(gap > -750)) {
      w[i] = 0;
    } else if (gap < 600) {
      w[i] = coefficients[i] * std::exp(gap);
    } else {  // a tiny coefficient
      w[i] = std::copysign(std::exp(gap + std::log(std::fabs(coefficients[i]))), coefficients[i]);
    }
  }
  return shift;
}

double ExponentialAccuracy::unit() const { return unit_roundoff(64) * (1 + largest); }

std::vector<bool> judge_exponential(Report &report, const ExponentialAccuracy &accuracy, const ScaledColumns &x,
                                    const std::vector<double> &log_rhs) {
  std::vector<bool> beyond;
  double growth = 0;
  double error = 0;
  for (std::int64_t c = 0; c < x.cols(); ++c) {
    const double log_b = log_rhs[static_cast<std::size_t>(c)];
    const bool zero = !std::isfinite(log_b);
    const double own = zero ? 0 : std::exp(accuracy.log_norm + log_b - x.log2_norm(c) * ln2);
    growth = std::max(growth, own);
    error = std::max(error, own * (accuracy.unit() + accuracy.truncation));
    beyond.push_back(!(own * accuracy.unit() <= fewest_digits));
  }
  if (std::isfinite(growth)) report.set(Key::growth, growth);
  if (std::isfinite(error)) report.set(Key::error_estimate, error);
  const double loss = accuracy.unit() * std::exp(accuracy.log_norm - accuracy.log_least);
  if (std::isfinite(loss)) report.set(Key::precision_loss, loss);
  return beyond;
}

}  // namespace akr
