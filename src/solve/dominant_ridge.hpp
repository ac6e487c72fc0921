// SPDX-License-Identifier: BSD-3-Clause
// min ‖A x − b‖² + μ‖x‖² where the ridge drowns A: (AᵀA + μI)⁻¹Aᵀb = Aᵀb/μ but for a relative error of ‖A‖²/μ. Long
// before that is the whole truth, x is so small beside b/‖A‖ that no scale serves both, so x is formed from Aᵀb with
// its exponent kept apart.
#pragma once

#include <vector>

#include "config/call.hpp"
#include "solve/refine.hpp"
#include "solve/right_sides.hpp"

namespace akr {

// ‖A‖_F ≤ 2⁻¹⁰⁰√μ, so that ‖A‖²/μ is far below any roundoff.
bool ridge_dominates(double ridge, double frobenius);

// x in the caller's scale, and what is known of it; one pass. Throws Error(e_numeric) for an x below the range of
// normal numbers.
std::vector<ColumnResult> solve_under_ridge(Run &run, const Matrix &a, double ridge, double frobenius,
                                            const ScaledRightSides &rhs, View<double> x);

}  // namespace akr
