// SPDX-License-Identifier: BSD-3-Clause
// The ways to make a preconditioner. Each reads A as often as it says and throws Error(e_not_finite) when A holds a NaN
// or an infinity.
#pragma once

#include <optional>

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

// Relative singular values of the scaled A below this count as zero: max(5, √d/2)·u, u the roundoff of A's precision
// (computed zeros were found at 2–3.2u), or the option rank.tol. Where the sums over the rows of a tall A may have left
// larger zeros, Precond::noise takes its place.
double default_rank_tolerance(std::int64_t cols, int bits);
double rank_tolerance(const Options &options, std::int64_t cols, int bits);

// R from the Cholesky factor of D(AᵀA + μI)D. One pass, n d² flops. Empty when the condition number of A D exceeds
// plan.limit, when a column is zero, or when AᵀA over- or underflows. Where right-hand sides are given (not for sparse
// matrices and operators), x receives the start P Pᵀ D Aᵀb in the scaled variables, at the price of no further pass.
constexpr double cholesky_condition_limit = 4e7;
struct CholeskyPlan {
  double limit = cholesky_condition_limit;
  // Estimate the condition after the first 4d rows or so, taken evenly from all of A where it is dense (or foresee it
  // from fewer, where there are less than 8d), and end there when it is hopeless;
  bool give_up_early = false;
  // go on in single precision when it is at most this (of less than 8d rows: where it is foreseen and confirmed).
  double single_limit = 0;
  // Where it is more, end there: another preconditioner is quicker than the sum in double. Without a meaning where
  // single_limit = 0.
  bool single_or_none = false;
  // Where the single sum turns out too inaccurate for the whole of A, A is summed again in double. The readings of A
  // are added here.
  std::int64_t *passes = nullptr;
  // Where to keep D(AᵀA + μI)D, which RᵀR is but for rounding: the upper triangle; null: nowhere.
  Array2<double> *normal = nullptr;
};
std::optional<Precond> precond_by_cholesky(Call &call, const Matrix &a, double ridge, const CholeskyPlan &plan,
                                           const RightSides *b, View<double> x);

// Its estimate u(4√d κ + κ²) of ‖(AP)ᵀ(AP) − I‖ ≤ ‖R⁻ᵀ(RᵀR − AᵀA)R⁻¹‖, with the Gram matrix summed in `bits`. The
// worst case is n d u κ², but rounding errors have random signs: 0.04 u κ² was measured for n = 50000, d = 100 to 1000,
// κ = 10² to 10⁴, in single precision.
double cholesky_contraction(std::int64_t cols, int bits, double condition);

// R, or a truncated P, from the QR factors of a sketch of default_factor·d rows. One pass (d products for an operator).
// default_kind is what `auto` means for sketch.kind here.
Precond precond_by_sketch(Call &call, const Matrix &a, double ridge, double default_factor,
                          SketchChoice default_kind = SketchChoice::automatic);

// Randomised Cholesky QR: from κ(A P) = O(1) to A P orthonormal up to roundoff, by the Cholesky factor of (AP)ᵀ(AP).
// One pass, 2 n d² flops (d products with A and Aᵀ for an operator). False, with m unchanged, when that factor does not
// exist.
bool orthonormalise(Call &call, const Matrix &a, Precond &m);

// R from Householder QR, all rows at once or a block at a time (n d² · 2 flops, one pass). Where right-hand sides are
// given, x receives argmin ‖Ax − b‖² + μ‖x‖² in the numerical row space, in the scaled variables.
Precond precond_by_qr(Call &call, const Matrix &a, double ridge, const RightSides *b, View<double> x);

// P = I: columns scaled to like norms where A is sparse or shows its rows (one pass), all alike where it is given by
// its products: ‖A‖_F is the root mean square of eight products with normal numbers then. Empty where squares of the
// columns' norms leave the range 10^±260.
std::optional<Precond> precond_by_scaling(Call &call, const Matrix &a, double ridge);

// The preconditioner `m` for another ridge. Empty where a smaller ridge is asked for (that would subtract).
std::optional<Precond> adapt_ridge(const Options &options, const Precond &m, double ridge);

}  // namespace akr
