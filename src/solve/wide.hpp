// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "matrix/matrix.hpp"
#include "solve/right_sides.hpp"

namespace akr {

// n < d by the direct route: QR of [Aᵀ; √μ I] = Q R gives x = Q₁ R⁻ᵀ b, which for μ = 0 is the solution of minimum
// norm. Rank deficiency is met by the SVD of R. x in the caller's variables.
Status solve_wide(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x);

}  // namespace akr
