// SPDX-License-Identifier: BSD-3-Clause
// Householder QR on views, in the storage of LAPACK's dgeqrf: R in the upper triangle, below it the reflectors without
// their leading ones, H_j = I − τ_j v_j v_jᵀ, Q = H_1 H_2 ⋯. The caller makes sure that no NaN or Inf goes in.
#pragma once

#include <cstdint>

#include "base/view.hpp"
#include "linalg/blas.hpp"

namespace akr::linalg {

// In place, of any shape. tau holds min(rows, cols) numbers.
void qr(View<double> a, double *tau);
// B = op(Q) B with the Q of qr().
void apply_q(Op op, View<const double> a, const double *tau, View<double> b);
// Overwrites the reflectors with the first a.cols columns of Q (rows >= cols).
void form_q(View<double> a, const double *tau);

// R (upper, d x d) becomes the R factor of [R; B], B (p x d) is destroyed. With triangular = true B is d x d upper
// triangular and stays so inside, a third of the work.
void qr_append(View<double> r, View<double> b, bool triangular);

}  // namespace akr::linalg
