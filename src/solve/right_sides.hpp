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

}  // namespace akr
