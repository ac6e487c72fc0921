// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>

#include "base/view.hpp"

namespace akr {

// Rounds to what an answer of 32 bits can hold, whatever its exponent: x may be scaled by powers of two meanwhile, and
// is checked for the range of a float when it is handed over. Nothing to do for 64 bits.
inline void round_to_bits(int bits, View<double> x) {
  if (bits != 32) return;
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < x.rows; ++j) {
      const int shift = x(j, c) != 0 ? std::ilogb(x(j, c)) : 0;
      x(j, c) = std::ldexp(static_cast<double>(static_cast<float>(std::ldexp(x(j, c), -shift))), shift);
    }
  }
}

}  // namespace akr
