// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

// exp(t AᵀA) x = b, that is x = exp(−t AᵀA) b, for any shape of A and t of either sign. m or null. Writes the report; x
// is valid for any status that is not an error.
Status solve_gram_exponential(Call &call, const Matrix &a, const Precond *m, double t, const RightSides &b,
                              View<double> x);

}  // namespace akr
