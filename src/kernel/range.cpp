// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/range.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace akr {

namespace {

// ln 2 = high + low, with so few digits in high that products with integers of up to 20 bits are exact.
constexpr double ln2_high = 0x1.62e42feep-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// y·2^exponent·e^log. A power of two is not made through exp, where it would lose the digits of its logarithm.
double scaled(double y, int exponent, double log) {
  // e^±10⁵ is beyond what any y and exponent can make up for.
  log = std::clamp(log, -1e5, 1e5);
  const double k = std::nearbyint(log / ln2_high);
  const double rest = (log - k * ln2_high) - k * ln2_low;
  return std::ldexp(y * std::exp(rest), exponent + static_cast<int>(k));
}

// The logarithm of the largest entry of a column, −∞ of a column of zeros.
double largest_log(View<const double> y, std::int64_t c, int exponent, const std::vector<double> &log_row) {
  double largest = minus_infinity;
  if (log_row.empty()) {
    double most = 0;
    for (std::int64_t i = 0; i < y.rows; ++i) most = std::max(most, std::fabs(y(i, c)));
    if (most > 0) largest = std::log(most);
  } else {
    for (std::int64_t i = 0; i < y.rows; ++i) {
      if (y(i, c) != 0)
        largest = std::max(largest, log_row[static_cast<std::size_t>(i)] + std::log(std::fabs(y(i, c))));
    }
  }
  return largest + exponent * std::log(2.0);
}

}  // namespace

Normalised normalised(View<const double> x) {
  Normalised out{Array2<double>(x.rows, x.cols), std::vector<int>(static_cast<std::size_t>(x.cols), 0)};
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double largest = 0;
    for (std::int64_t i = 0; i < x.rows; ++i) largest = std::max(largest, std::fabs(x(i, c)));
    const int e = largest > 0 ? std::ilogb(largest) : 0;
    for (std::int64_t i = 0; i < x.rows; ++i) out.x(i, c) = std::ldexp(x(i, c), -e);
    out.exponent[static_cast<std::size_t>(c)] = e;
  }
  return out;
}

std::vector<double> scale_out(Call &call, int bits, const std::vector<double> &log_row,
                              const std::vector<int> &exponent, View<double> y) {
  // The logarithms are right to 10⁻¹²: nothing that rounding could carry beyond the range passes for within it.
  const double most = std::log(bits == 32 ? 0x1.fffffep127 : std::numeric_limits<double>::max()) - 1e-12;
  const double least = std::log(bits == 32 ? 0x1p-126 : std::numeric_limits<double>::min());
  std::vector<double> largest, held_back(exponent.size(), 0.0);
  double top = minus_infinity, bottom = std::numeric_limits<double>::infinity();
  for (std::int64_t c = 0; c < y.cols; ++c) {
    const double log = largest_log(y, c, exponent[static_cast<std::size_t>(c)], log_row);
    largest.push_back(log);
    if (!std::isfinite(log)) continue;
    top = std::max(top, log);
    bottom = std::min(bottom, log);
  }
  const bool outside = std::isfinite(top) && (top >= most || bottom < least);
  const bool common = bottom - top >= least;
  for (std::size_t c = 0; c < largest.size() && outside; ++c) {
    const bool inside = !std::isfinite(largest[c]) || (largest[c] >= least && largest[c] < most);
    held_back[c] = common ? top : inside ? 0 : largest[c];
  }
  for (std::int64_t c = 0; c < y.cols; ++c) {
    const int e = exponent[static_cast<std::size_t>(c)];
    const double back = held_back[static_cast<std::size_t>(c)];
    if (log_row.empty() && back == 0 && e == 0) continue;
    for (std::int64_t i = 0; i < y.rows; ++i) {
      const double row = log_row.empty() ? 0 : log_row[static_cast<std::size_t>(i)];
      y(i, c) = row == 0 && back == 0 ? std::ldexp(y(i, c), e) : scaled(y(i, c), e, row - back);
    }
  }
  if (outside) {
    if (common) call.report.set(Key::kernel_log_scale, top);
    call.report.set(Key::column_log_scale, held_back);
  }
  return held_back;
}

Status range_status(const std::vector<double> &held_back) {
  const bool any = std::any_of(held_back.begin(), held_back.end(), [](double l) { return l != 0; });
  return any ? Status::precision_limit : Status::ok;
}

}  // namespace akr
