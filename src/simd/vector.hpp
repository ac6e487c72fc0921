// SPDX-License-Identifier: BSD-3-Clause
// Vectors of AKR_SIMD_BYTES bytes by the compilers' vector extension (g++ and clang). Only files of simd/kernels/
// include this; it has internal linkage throughout, so that nothing compiled for one instruction set leaks into
// another.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>  // macros and functions that are always inlined
#endif

namespace {  // NOLINT: internal linkage on purpose, each instruction set has its own

constexpr int lanes = AKR_SIMD_BYTES / 8;

typedef double Vec __attribute__((vector_size(AKR_SIMD_BYTES)));
typedef double VecUnaligned __attribute__((vector_size(AKR_SIMD_BYTES), aligned(8), may_alias));
typedef float HalfUnaligned __attribute__((vector_size(AKR_SIMD_BYTES / 2), aligned(4), may_alias));

inline Vec load(const double *p) { return *reinterpret_cast<const VecUnaligned *>(p); }
// g++ 12 makes 4 to 7 instructions of __builtin_convertvector, where these are one with a load in it.
inline Vec load(const float *p) {
#if AKR_SIMD_BYTES == 64
  return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p));
#elif AKR_SIMD_BYTES == 32
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
#elif defined(__SSE2__)
  return _mm_cvtps_pd(_mm_loadl_pi(__m128(), reinterpret_cast<const __m64 *>(p)));
#else
  return __builtin_convertvector(*reinterpret_cast<const HalfUnaligned *>(p), Vec);
#endif
}
inline void store(double *p, Vec v) { *reinterpret_cast<VecUnaligned *>(p) = v; }
// a b + c, rounded once where there is such an instruction: left to the compiler, two copies of one loop may differ.
inline Vec multiply_add(Vec a, Vec b, Vec c) {
#if AKR_SIMD_BYTES == 64
  return _mm512_fmadd_pd(a, b, c);
#elif AKR_SIMD_BYTES == 32
  return _mm256_fmadd_pd(a, b, c);
#else
  return a * b + c;
#endif
}
inline Vec splat(double s) { return Vec{} + s; }
inline double sum(Vec v) {
  double s = 0;
  for (int i = 0; i < lanes; ++i) s += v[i];
  return s;
}

}  // namespace
