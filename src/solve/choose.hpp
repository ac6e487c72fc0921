// SPDX-License-Identifier: BSD-3-Clause
// Every `auto` decision of least squares, and the cost model it rests on.
#pragma once

#include "config/options.hpp"
#include "matrix/matrix.hpp"
#include "precond/build.hpp"
#include "precond/precond.hpp"

namespace akr {

// What to begin with. Never Method::automatic or gradient unless asked for; throws Error(e_unsupported) when the method
// asked for cannot work on this kind of matrix.
Method choose_method(const Options &options, const Matrix &a, std::int64_t nrhs);

// How many steps of conjugate gradients with nothing but scaled columns `auto` may take before a preconditioner is the
// quicker way: those run first where A is sparse or given by its products and there are enough of them to get anywhere;
// else 0.
double affordable_cgls_steps(const Options &options, const Matrix &a, std::int64_t nrhs);

// What to turn to when AᵀA proved too ill-conditioned: sketch, sketch_cholqr or qr.
Method choose_for_ill_conditioned(const Matrix &a, std::int64_t nrhs);

// Up to which condition number the Cholesky factor of AᵀA is taken (a forced one is tried as long as it means anything,
// and neither where the rank is near being in doubt), and up to which AᵀA is summed in single precision, because that
// saves more time than the further passes cost.
CholeskyPlan cholesky_plan(const Options &options, const Matrix &a, std::int64_t nrhs);

// The cost model itself, in seconds of two cores, for those who choose between other ways through the same steps.
double pass_seconds(const Matrix &a, std::int64_t nrhs);
// Of a preconditioner by sketch, sketch_cholqr, cholesky or qr.
double setup_seconds(Method method, const Matrix &a);
// Passes that a solve takes beside the set-up.
double solve_passes(Method method, const Matrix &a);
// A small or nearly square A, for which Householder QR is the quickest accurate factor. (Least squares with a dense A
// may look at AᵀA first.)
bool suits_qr(const Matrix &a);

// Rows of the sketch as a multiple of d.
double sketch_factor_for(Method method, const Matrix &a);

// What to go on with where the iteration with a preconditioner of this origin stops short.
//   cholesky       a sketch
//   sketch         sketch_cholqr. Where A is sparse or an operator that step has the flops of a dense matrix, 2 n d² or
//                  2d products: then first a sketch of twice the rows and another seed, where that costs less
//   sketch_cholqr  qr, at full rank
// Of a sparse A, a step that the model holds for dearer than 30 whole solves with a sketch is not made.
enum class Stronger { nothing, sketch, larger_sketch, sketch_cholqr, qr };
Stronger choose_stronger(const Options &options, const Matrix &a, const Precond &m, bool enlarged, std::int64_t nrhs);
// The factor of that larger sketch.
double larger_sketch_factor(const Options &options, const Matrix &a);

}  // namespace akr
