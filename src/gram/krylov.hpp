// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "gram/decay.hpp"
#include "gram/scaled.hpp"
#include "matrix/matrix.hpp"
#include "solve/refine.hpp"

namespace akr {

struct KrylovResult {
  ScaledColumns x;
  ExponentialAccuracy accuracy;
  std::int64_t steps = 0;
  std::int64_t passes = 0;
  RefineResult result;
};

// x = exp(−t AᵀA) b for the columns of b by the Lanczos process with full reorthogonalisation, a pass a step. It ends
// when the error estimate is below tolerance (0: the rounding error u(1 + |t|σ₁²)) times ‖exp(−tAᵀA)‖‖b‖.
KrylovResult krylov_exponential(Call &call, const Matrix &a, double t, const ScaledColumns &b);

}  // namespace akr
