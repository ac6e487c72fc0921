// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "base/pair.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// The pass of matrix.hpp with vectors of pairs: V = B − A X, or A X where B is absent, kept as pairs inside a block of
// rows, and Z = Aᵀ V. A must have panels (sparse rows are taken as dense ones). Every sum is formed to 2⁻¹⁰⁴ or so of
// the sum of the absolute values. A stands for unit·A, a power of two. Reads A once.
struct PairPassRequest {
  const RightSides *b = nullptr;
  const PairArray *x = nullptr;  // d x k
  PairArray *z = nullptr;        // d x k, overwritten; null: not wanted
  double *sumsq = nullptr;       // ‖V_j‖², in double, overwritten; null: not wanted
  PairArray *v = nullptr;        // n x k, overwritten; null: not wanted
  double unit = 1;
};
void pair_pass(Run &run, const Matrix &a, const PairPassRequest &request);

}  // namespace akr
