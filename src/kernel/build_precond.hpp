// SPDX-License-Identifier: BSD-3-Clause
// From a choice of kernel.precond to the preconditioner.
#pragma once

#include "kernel/kernel_precond.hpp"

namespace akr {

// G ≈ F Fᵀ of so high a rank by one of the choices of low rank. A factor by pivoted Cholesky goes on from what is
// there, the others are made again.
void extend_low_rank(Call &call, const Gaussian &g, KernelChoice kind, std::int64_t rank, LowRank &low_rank);

KernelPrecond precond_of_choice(const Gaussian &g, double ridge, const LowRank &low_rank, KernelChoice kind);

// How akr_kernel_precond_create makes one.
KernelPrecond make_kernel_precond(Call &call, const Kernel &k, double ridge);

// A hash of the points and the scale: tells whether a preconditioner belongs to a kernel.
std::uint64_t fingerprint(const Kernel &k);

}  // namespace akr
