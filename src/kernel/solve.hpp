// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "kernel/kernel_precond.hpp"

namespace akr {

// (K + μI) x = b for the columns of b, both n x k, ridge >= 0, m or null. Writes the report; x is valid for any status
// that is not an error. Where x is outside the range of its precision, x e^(−log_scale) comes with precision_limit.
Status solve_kernel(Call &call, const Kernel &k, const KernelPrecond *m, double ridge, View<const double> b,
                    View<double> x);

}  // namespace akr
