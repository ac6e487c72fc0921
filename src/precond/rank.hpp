// SPDX-License-Identifier: BSD-3-Clause
// Which singular values of R count, and what follows when some do not.
#pragma once

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

// Sets rank, condition, sigma_max, kept, dropped of m from m.r; for rank < cols also truncated, null_basis and, where
// start_map is not null, V_k Σ_k⁻¹ U_kᵀ. An SVD is made only when the cheap estimate of the condition number comes near
// the tolerance. Relative singular values below rank_tolerance count as zero, and so do those below m.noise unless the
// option rank.tol says otherwise. R may show a zero of A as a value some times larger than the tolerance; values that
// could be such are found again from A itself, in two passes.
void settle_rank(Call &call, const Matrix &a, Precond &m, Array2<double> *start_map);
// The same with nothing but R to go by.
void settle_rank(const Options &options, Precond &m, Array2<double> *start_map);

// Whether the k-th singular value, in descending order, is not numerically zero: it is not below `tolerance` times the
// largest, and not 0. So the largest of a nonzero matrix counts at any tolerance up to 1.
bool counts(const Buffer<double> &s, std::int64_t k, double tolerance);

}  // namespace akr
