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
typedef float Half __attribute__((vector_size(AKR_SIMD_BYTES / 2)));
inline Half to_single(Vec v) {
#if AKR_SIMD_BYTES == 64
  return _mm512_maskz_cvtpd_ps(0xff, v);  // g++ 12 takes the plain one for uninitialized
#elif AKR_SIMD_BYTES == 32
  return _mm256_cvtpd_ps(v);
#else
  return __builtin_convertvector(v, Half);
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

// A vector of numbers of type T.
template <class T>
struct Register;
template <>
struct Register<double> {
  typedef double Type __attribute__((vector_size(AKR_SIMD_BYTES)));
};
template <>
struct Register<float> {
  typedef float Type __attribute__((vector_size(AKR_SIMD_BYTES)));
};
template <class T>
constexpr int lanes_of = AKR_SIMD_BYTES / static_cast<int>(sizeof(T));

// The numbers 0, 1, … N - 1 as a pack, for loops that are written out by the compiler: arrays of vectors stay in
// registers then.
template <int... I>
struct Lanes {};
template <int N, int... I>
struct MakeLanes : MakeLanes<N - 1, N - 1, I...> {};
template <int... I>
struct MakeLanes<0, I...> {
  using Type = Lanes<I...>;
};

// The transpose of as many vectors as a vector has numbers, in log2 of it steps: v[i] <- the i-th numbers of v[0],
// v[1], …
template <int S, class V, int... I>
__attribute__((always_inline)) inline void exchange(V &a, V &b, Lanes<I...>) {
  constexpr int count = static_cast<int>(sizeof...(I));
  const V low = __builtin_shufflevector(a, b, ((I & S) != 0 ? count + (I ^ S) : I)...);
  b = __builtin_shufflevector(a, b, ((I & S) != 0 ? count + I : I + S)...);
  a = low;
}
template <int S, int I, class V, class All>
__attribute__((always_inline)) inline void exchange_one(V *v, All all) {
  if constexpr ((I & S) == 0) exchange<S>(v[I], v[I + S], all);
}
template <int S, class V, int... I>
__attribute__((always_inline)) inline void transpose_from(V *v, Lanes<I...> all) {
  (exchange_one<S, I>(v, all), ...);
  if constexpr (2 * S < static_cast<int>(sizeof...(I))) transpose_from<2 * S>(v, all);
}
template <class T>
__attribute__((always_inline)) inline void transpose(typename Register<T>::Type *v) {
  transpose_from<1>(v, typename MakeLanes<lanes_of<T>>::Type());
}

}  // namespace
