// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners for H = G + μ D⁻² (see Gaussian): what is solved with them is (K + μI) x = b in the variables y = D
// x.
#pragma once

#include <cstdint>
#include <memory>

#include "config/call.hpp"
#include "kernel/gaussian.hpp"
#include "precond/rpcholesky.hpp"

namespace akr {

enum class KernelForm { low_rank_ridge, low_rank_diagonal, dense };

class KernelPrecond {
 public:
  std::int64_t points = 0;
  int bits = 64;
  double ridge = 0;
  KernelForm form = KernelForm::dense;
  const char *name = "dense";  // of the choice of kernel.precond
  std::int64_t rank = 0;
  double shift = 0;               // dense: what was added to the diagonal so that the factor exists
  std::uint64_t fingerprint = 0;  // of the kernel's points and scale

  // z = P⁻¹ r for H in the variables y.
  void solve(View<const double> r, View<double> z) const;
  // x = approximately (K + μI)⁻¹ b, in the caller's variables.
  void apply_inverse(View<const double> b, View<double> x) const;
  std::int64_t bytes() const;

  Buffer<double> log_d;  // l

  // diagonal + F Fᵀ with the diagonal Δ: Δ^(−1/2), Δ^(−1/2)F, and the Cholesky factor of I + FᵀΔ⁻¹F.
  Buffer<double> inverse_root;
  Array2<double> scaled_f;
  Array2<double> core;
  // The Cholesky factor of S (H + shift) S in single precision, S = diag(H)^(−1/2).
  Array2<float> factor;
  Buffer<double> equilibrate;
};

// μ e^(−2 l_i), the diagonal of μD⁻².
Buffer<double> ridge_diagonal(const Gaussian &g, double ridge);

// From G ≈ F Fᵀ: F Fᵀ + μD⁻² (ridge form), or with diag(G − F Fᵀ) besides (diagonal form).
KernelPrecond precond_from_low_rank(const Gaussian &g, double ridge, const LowRank &low_rank, KernelForm form,
                                    const char *name);
// By a single-precision Cholesky factor of all of H, 4n² bytes; on breakdown with a growing shift.
KernelPrecond precond_by_dense(Call &call, const Gaussian &g, double ridge);

}  // namespace akr
