// SPDX-License-Identifier: BSD-3-Clause
// The numbers that an answer is held against.
#pragma once

#include <cstdint>

#include "reference/array.hpp"

namespace numeric {

// Unit roundoff of the working precision.
template <class T>
constexpr Real unit_roundoff = sizeof(T) == 8 ? 0x1p-53L : 0x1p-24L;

// AKR_OK promises a backward error of at most 2u ‖A‖_F by the solver's own estimate. That estimate is 0.81–1.09 of the
// optimal one and its evaluation has a floor of 0.2u, so that the reference may find (2 + 0.2)/0.81 < 2.8 u.
template <class T>
constexpr Real ok_backward_error = 2.8L * unit_roundoff<T>;

// The rule that decides the numerical rank cuts singular values below max(5, √d/2) u times the largest (of the matrix
// with columns scaled to norm about one), so a truncated answer solves a problem with A changed by that much besides.
template <class T>
Real truncation(std::int64_t d) {
  return std::max<Real>(5, std::sqrt(static_cast<Real>(d)) / 2) * unit_roundoff<T>;
}

}  // namespace numeric
