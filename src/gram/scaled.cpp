// SPDX-License-Identifier: BSD-3-Clause
#include "gram/scaled.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/status.hpp"
#include "base/text.hpp"
#include "linalg/blas.hpp"

namespace akr {

namespace {

double largest_entry(const double *x, std::int64_t n) {
  double largest = 0;
  for (std::int64_t j = 0; j < n; ++j) largest = std::max(largest, std::fabs(x[j]));
  return largest;
}

}  // namespace

void ScaledColumns::normalise() {
  for (std::int64_t c = 0; c < cols(); ++c) {
    const double largest = largest_entry(values_.col(c), rows());
    if (!(largest > 0) || !std::isfinite(largest)) continue;
    const int e = std::ilogb(largest);
    if (e == 0) continue;
    for (std::int64_t j = 0; j < rows(); ++j) values_(j, c) = std::ldexp(values_(j, c), -e);
    exponent(c) += e;
  }
}

double ScaledColumns::norm(std::int64_t c) const { return linalg::norm2(values_.col(c), rows()); }

double ScaledColumns::log2_norm(std::int64_t c) const { return std::log2(norm(c)) + static_cast<double>(exponent(c)); }

ScaledColumns ScaledColumns::clone() const {
  ScaledColumns out;
  out.values_ = values_.clone();
  out.exponents_ = exponents_;
  return out;
}

void ScaledColumns::write(View<double> x) const {
  for (std::int64_t c = 0; c < cols(); ++c) {
    const double largest = largest_entry(values_.col(c), rows());
    const double log2_largest = largest > 0 ? std::log2(largest) + static_cast<double>(exponent(c)) : 0;
    if (log2_largest >= std::numeric_limits<double>::max_exponent ||
        log2_largest < std::numeric_limits<double>::min_exponent - 1) {
      throw Error(Status::e_numeric, text("x: column ", c, " is about 10^", std::lround(log2_largest * 0.30103),
                                          ": outside the range of a double; scale A or b"));
    }
    const int e = static_cast<int>(std::clamp<std::int64_t>(exponent(c), -5000, 5000));
    for (std::int64_t j = 0; j < rows(); ++j) x(j, c) = std::ldexp(values_(j, c), e);
  }
}

}  // namespace akr
