// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/range.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace akr {

Status scale_out(Call &call, int bits, const std::vector<double> &log_row, const std::vector<double> &log_column,
                 View<double> y) {
  const auto shift_of = [&](std::int64_t i, std::int64_t c) {
    return log_row[static_cast<std::size_t>(i)] + log_column[static_cast<std::size_t>(c)];
  };
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t c = 0; c < y.cols; ++c) {
    for (std::int64_t i = 0; i < y.rows; ++i) {
      if (y(i, c) != 0) largest = std::max(largest, shift_of(i, c) + std::log(std::fabs(y(i, c))));
    }
  }
  const double most = std::log(bits == 32 ? 0x1.fffffep127 : std::numeric_limits<double>::max());
  const double least = std::log(bits == 32 ? 0x1p-126 : std::numeric_limits<double>::min());
  const bool outside = std::isfinite(largest) && (largest >= most || largest < least);
  const double held_back = outside ? largest : 0;
  for (std::int64_t c = 0; c < y.cols; ++c) {
    for (std::int64_t i = 0; i < y.rows; ++i) {
      const double shift = shift_of(i, c) - held_back;
      // In halves: e^shift itself may over- or underflow where the product does not.
      if (shift != 0) y(i, c) = (y(i, c) * std::exp(shift / 2)) * std::exp(shift / 2);
    }
  }
  if (outside) call.report.set(Key::kernel_log_scale, held_back);
  return outside ? Status::precision_limit : Status::ok;
}

}  // namespace akr
