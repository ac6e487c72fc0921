// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// Right-hand sides brought to a largest entry near 1 by powers of two, so that no norm over- or underflows.
struct ScaledRightSides {
  std::vector<double> factor;  // b is multiplied by it, the answer divided by it
  std::vector<double> norm;    // ‖factor·b‖
  RightSides sides;
};

// Throws Error(e_not_finite) naming a NaN or infinity. Two passes over b.
ScaledRightSides scale_right_sides(Run &run, const RightSides &b, std::int64_t rows);

// x = its columns divided by the factors: from the scale of the right-hand sides to the caller's. Throws
// Error(e_numeric) where a column leaves the range of normal numbers at its lower end.
void to_callers_scale(const ScaledRightSides &rhs, View<double> x);
// The check in it: `after` is column c in the caller's scale, `before` something that is zero where x is.
void check_normal(View<const double> before, View<const double> after, std::int64_t c);

}  // namespace akr
