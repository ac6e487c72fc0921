// SPDX-License-Identifier: BSD-3-Clause
#include "solve/right_sides.hpp"

#include <algorithm>
#include <cmath>

#include "base/memory.hpp"
#include "base/status.hpp"
#include "base/text.hpp"
#include "precond/precond.hpp"

namespace akr {

ScaledRightSides scale_right_sides(const RightSides &b, std::int64_t rows) {
  constexpr std::int64_t height = 4096;
  const std::int64_t k = b.cols();
  ScaledRightSides out;
  out.factor.assign(static_cast<std::size_t>(k), 1.0);
  out.norm.assign(static_cast<std::size_t>(k), 0.0);
  Buffer<double> block(height);
  for (std::int64_t c = 0; c < k; ++c) {
    double largest = 0;
    for (std::int64_t i = 0; i < rows; i += height) {
      const std::int64_t count = std::min(height, rows - i);
      b.load(i, count, c, block.data());
      for (std::int64_t q = 0; q < count; ++q) {
        if (!std::isfinite(block[q])) {
          throw Error(Status::e_not_finite,
                      text("b(", i + q, ", ", c, ") = ", block[q], ": must be finite (rows and columns count from 0)"));
        }
        largest = std::max(largest, std::fabs(block[q]));
      }
    }
    const double factor = power_of_two_scale(largest);
    double square = 0;
    for (std::int64_t i = 0; i < rows; i += height) {
      const std::int64_t count = std::min(height, rows - i);
      b.load(i, count, c, block.data());
      for (std::int64_t q = 0; q < count; ++q) {
        const double v = factor * block[q];
        square += v * v;
      }
    }
    out.factor[static_cast<std::size_t>(c)] = factor;
    out.norm[static_cast<std::size_t>(c)] = std::sqrt(square);
  }
  out.sides = b;
  out.sides.scale = out.factor.data();
  return out;
}

}  // namespace akr
