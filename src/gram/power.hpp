// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

enum class GramParity { even, odd };

// even: x = ((AᵀA)⁺)ʲ b, b of d rows, which solves (AᵀA)ʲx = b, or makes ‖(AᵀA)ʲx − b‖ and then ‖x‖ smallest.
// odd: x = ((AᵀA)⁺)ʲ A⁺b, b of n rows, the minimiser of ‖A(AᵀA)ʲx − b‖ of least norm.
// Any shape of A, j >= 0, m or null. Writes the report; x is valid for any status that is not an error.
Status solve_gram_power(Call &call, const Matrix &a, const Precond *m, GramParity parity, std::int64_t j,
                        const RightSides &b, View<double> x);

}  // namespace akr
