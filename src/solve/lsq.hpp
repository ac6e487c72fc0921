// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

// x (d x k, in double) = argmin ‖A x − b‖² + μ‖x‖², of minimum norm where A is rank deficient or wide. With
// options.warm_start x is the start. Writes the report; returns the status of the whole call. x is valid for any status
// that is not an error, and errors are thrown.
Status solve_least_squares(Call &call, const Matrix &a, const Precond *m, double ridge, const RightSides &b,
                           View<double> x);

// How akr_precond_create makes one: by options.method, or what is quickest for A.
Precond make_precond(Call &call, const Matrix &a, double ridge);
// By this method, which is not automatic. Where AᵀA proves too ill-conditioned for cholesky, sketch-cholqr takes over,
// or what a cost model prefers where options.method is auto. Adds to passes.
Precond build_precond(Call &call, const Matrix &a, double ridge, Method method, std::int64_t &passes);
// What a report says of a preconditioner: method, passes, rank and its gap, condition.
void report_precond(Report &report, const Precond &m, std::int64_t passes);

// scores[i] = ‖eᵢᵀ A P‖² with A P orthonormal: the (ridge) leverage scores of the rows of A.
Status leverage_scores(Call &call, const Matrix &a, const Precond *m, double ridge, double *scores);

}  // namespace akr
