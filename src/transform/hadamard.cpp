// SPDX-License-Identifier: BSD-3-Clause
#include "transform/hadamard.hpp"

#include "simd/sketch_kernels.hpp"

namespace akr {

void hadamard_unscaled(std::int64_t r, double *x) noexcept { simd::sketch_kernels().hadamard_f64(r, x); }
void hadamard_unscaled(std::int64_t r, float *x) noexcept { simd::sketch_kernels().hadamard_f32(r, x); }

}  // namespace akr
