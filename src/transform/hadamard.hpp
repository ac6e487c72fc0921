// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace akr {

// x <- √r·H x for the r x r Hadamard matrix in Sylvester's order, r a power of two: additions and subtractions only.
void hadamard_unscaled(std::int64_t r, double *x) noexcept;
void hadamard_unscaled(std::int64_t r, float *x) noexcept;

}  // namespace akr
