// SPDX-License-Identifier: BSD-3-Clause
// Vectors of AKR_SIMD_BYTES bytes by the compilers' vector extension (g++ and clang). Only files of simd/kernels/
// include this; it has internal linkage throughout, so that nothing compiled for one instruction set leaks into
// another.
#pragma once

#include <cstdint>

namespace {  // NOLINT: internal linkage on purpose, each instruction set has its own

constexpr int lanes = AKR_SIMD_BYTES / 8;

typedef double Vec __attribute__((vector_size(AKR_SIMD_BYTES)));
typedef double VecUnaligned __attribute__((vector_size(AKR_SIMD_BYTES), aligned(8), may_alias));
typedef float HalfUnaligned __attribute__((vector_size(AKR_SIMD_BYTES / 2), aligned(4), may_alias));

inline Vec load(const double *p) { return *reinterpret_cast<const VecUnaligned *>(p); }
inline Vec load(const float *p) { return __builtin_convertvector(*reinterpret_cast<const HalfUnaligned *>(p), Vec); }
inline void store(double *p, Vec v) { *reinterpret_cast<VecUnaligned *>(p) = v; }
inline Vec splat(double s) { return Vec{} + s; }
inline double sum(Vec v) {
  double s = 0;
  for (int i = 0; i < lanes; ++i) s += v[i];
  return s;
}

}  // namespace
