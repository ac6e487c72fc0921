// SPDX-License-Identifier: BSD-3-Clause
// exp(x) = 2ⁿ exp(r), n the integer nearest to x/ln 2, |r| ≤ ln 2/2: r by two parts of ln 2 (Cody, Waite 1980), exp(r)
// by its Taylor polynomial, 2ⁿ as two factors, so that neither over- or underflows before the result does, or by the
// instruction that is there for it.
#include "simd/exp_kernels.hpp"

#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

typedef long long Long __attribute__((vector_size(AKR_SIMD_BYTES)));
typedef float VecF __attribute__((vector_size(AKR_SIMD_BYTES)));
typedef float VecFUnaligned __attribute__((vector_size(AKR_SIMD_BYTES), aligned(4), may_alias));
typedef int Int __attribute__((vector_size(AKR_SIMD_BYTES)));
constexpr int lanes_f = AKR_SIMD_BYTES / 4;

inline VecF load_f(const float *p) { return *reinterpret_cast<const VecFUnaligned *>(p); }
inline void store_f(float *p, VecF v) { *reinterpret_cast<VecFUnaligned *>(p) = v; }
inline VecF splat_f(float s) { return VecF{} + s; }

inline Vec select(Long mask, Vec yes, Vec no) {
  return reinterpret_cast<Vec>((mask & reinterpret_cast<Long>(yes)) | (~mask & reinterpret_cast<Long>(no)));
}
inline VecF select(Int mask, VecF yes, VecF no) {
  return reinterpret_cast<VecF>((mask & reinterpret_cast<Int>(yes)) | (~mask & reinterpret_cast<Int>(no)));
}

// Beyond these the result is 0 or ∞; they keep n small. Comparisons with NaN are false, so a NaN stays.
constexpr double least = -746, most = 710;
constexpr float least_f = -104, most_f = 89;

// Adding it leaves the nearest integer in the lowest bits.
constexpr double magic = 0x1.8p52;
constexpr float magic_f = 0x1.8p23f;

inline Vec exp_of(Vec x) {
  x = x < splat(least) ? splat(least) : x;
  x = x > splat(most) ? splat(most) : x;
  const Vec t = x * splat(0x1.71547652b82fep0) + splat(magic);
  const Vec k = t - splat(magic);
  // The first part of ln 2 has 32 zeros at its end: k times it is exact.
  const Vec r = (x - k * splat(0x1.62e42fefp-1)) - k * splat(0x1.473de6af278edp-34);
  Vec p = splat(1.0 / 6227020800.0);
  p = p * r + splat(1.0 / 479001600.0);
  p = p * r + splat(1.0 / 39916800.0);
  p = p * r + splat(1.0 / 3628800.0);
  p = p * r + splat(1.0 / 362880.0);
  p = p * r + splat(1.0 / 40320.0);
  p = p * r + splat(1.0 / 5040.0);
  p = p * r + splat(1.0 / 720.0);
  p = p * r + splat(1.0 / 120.0);
  p = p * r + splat(1.0 / 24.0);
  p = p * r + splat(1.0 / 6.0);
  p = p * r + splat(0.5);
  p = splat(1.0) + (r + (r * r) * p);
#if AKR_SIMD_BYTES == 64
  return __builtin_ia32_scalefpd512_mask(p, k, p, -1, 4);  // p 2ᵏ, rounded once; 4: the rounding mode in force
#else
  const Long n = reinterpret_cast<Long>(t) - reinterpret_cast<Long>(splat(magic));
  const Long half = n >> 1;
  const Vec first = reinterpret_cast<Vec>((half + 1023) << 52);
  const Vec second = reinterpret_cast<Vec>((n - half + 1023) << 52);
  return (p * first) * second;
#endif
}

inline VecF exp_of(VecF x) {
  x = x < splat_f(least_f) ? splat_f(least_f) : x;
  x = x > splat_f(most_f) ? splat_f(most_f) : x;
  const VecF t = x * splat_f(0x1.715476p0f) + splat_f(magic_f);
  const VecF k = t - splat_f(magic_f);
  const VecF r = (x - k * splat_f(0x1.62e4p-1f)) - k * splat_f(0x1.7f7d1cp-20f);
  VecF p = splat_f(1.0f / 5040.0f);
  p = p * r + splat_f(1.0f / 720.0f);
  p = p * r + splat_f(1.0f / 120.0f);
  p = p * r + splat_f(1.0f / 24.0f);
  p = p * r + splat_f(1.0f / 6.0f);
  p = p * r + splat_f(0.5f);
  p = splat_f(1.0f) + (r + (r * r) * p);
#if AKR_SIMD_BYTES == 64
  return __builtin_ia32_scalefps512_mask(p, k, p, -1, 4);
#else
  const Int n = reinterpret_cast<Int>(t) - reinterpret_cast<Int>(splat_f(magic_f));
  const Int half = n >> 1;
  const VecF first = reinterpret_cast<VecF>((half + 127) << 23);
  const VecF second = reinterpret_cast<VecF>((n - half + 127) << 23);
  return (p * first) * second;
#endif
}

// Those of a rest of fewer than a vector's length, by the same code.
template <class Function>
inline void rest(std::int64_t count, double *v, const Function &function) {
  Vec x = {};
  for (std::int64_t i = 0; i < count; ++i) x[i] = v[i];
  x = function(x);
  for (std::int64_t i = 0; i < count; ++i) v[i] = x[i];
}
template <class Function>
inline void rest(std::int64_t count, float *v, const Function &function) {
  VecF x = {};
  for (std::int64_t i = 0; i < count; ++i) x[i] = v[i];
  x = function(x);
  for (std::int64_t i = 0; i < count; ++i) v[i] = x[i];
}

void exp_all(std::int64_t count, double *v) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) store(v + i, exp_of(load(v + i)));
  rest(count - i, v + i, [](Vec x) { return exp_of(x); });
}
void exp_all(std::int64_t count, float *v) {
  std::int64_t i = 0;
  for (; i + lanes_f <= count; i += lanes_f) store_f(v + i, exp_of(load_f(v + i)));
  rest(count - i, v + i, [](VecF x) { return exp_of(x); });
}

double exp_shifted(std::int64_t count, double *v, double factor, double shift) {
  const Vec f = splat(factor), s = splat(shift);
  Vec total = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Vec e = exp_of(f * load(v + i) - s);
    store(v + i, e);
    total = total + e;
  }
  rest(count - i, v + i, [&](Vec x) { return exp_of(f * x - s); });
  double result = sum(total);
  for (; i < count; ++i) result += v[i];
  return result;
}
double exp_shifted(std::int64_t count, float *v, float factor, float shift) {
  const VecF f = splat_f(factor), s = splat_f(shift);
  double result = 0;
  std::int64_t i = 0;
  while (i + lanes_f <= count) {
    // A few vectors at a time in single, their sums in double.
    VecF total = {};
    for (int k = 0; k < 8 && i + lanes_f <= count; ++k, i += lanes_f) {
      const VecF e = exp_of(f * load_f(v + i) - s);
      store_f(v + i, e);
      total = total + e;
    }
    for (int l = 0; l < lanes_f; ++l) result += static_cast<double>(total[l]);
  }
  rest(count - i, v + i, [&](VecF x) { return exp_of(f * x - s); });
  for (; i < count; ++i) result += static_cast<double>(v[i]);
  return result;
}

double largest(std::int64_t count, const double *v) {
  constexpr double nothing = -__builtin_huge_val();
  Vec m = splat(nothing), bad = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Vec x = load(v + i);
    bad = bad + (x - x);  // NaN for NaN and for ±∞
    m = select(x > m, x, m);
  }
  double result = nothing;
  for (int l = 0; l < lanes; ++l) result = m[l] > result ? m[l] : result;
  for (; i < count; ++i) result = v[i] > result || v[i] != v[i] ? v[i] : result;
  const double all = sum(bad);
  if (all == all) return result;
  for (std::int64_t k = 0; k < count; ++k) {
    if (v[k] != v[k]) return v[k];
  }
  return result;
}
float largest(std::int64_t count, const float *v) {
  constexpr float nothing = -__builtin_huge_valf();
  VecF m = splat_f(nothing), bad = {};
  std::int64_t i = 0;
  for (; i + lanes_f <= count; i += lanes_f) {
    const VecF x = load_f(v + i);
    bad = bad + (x - x);
    m = select(x > m, x, m);
  }
  float result = nothing;
  for (int l = 0; l < lanes_f; ++l) result = m[l] > result ? m[l] : result;
  for (; i < count; ++i) result = v[i] > result || v[i] != v[i] ? v[i] : result;
  float all = 0;
  for (int l = 0; l < lanes_f; ++l) all += bad[l];
  if (all == all) return result;
  for (std::int64_t k = 0; k < count; ++k) {
    if (v[k] != v[k]) return v[k];
  }
  return result;
}

void gaussian(std::int64_t count, double *v, const double *h, double shift) {
  const Vec s = splat(shift), zero = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Vec x = (load(v + i) - load(h + i)) - s;
    store(v + i, exp_of(select(x > zero, zero, x)));
  }
  for (std::int64_t k = i; k < count; ++k) {
    const double x = (v[k] - h[k]) - shift;
    v[k] = x > 0 ? 0 : x;
  }
  rest(count - i, v + i, [](Vec x) { return exp_of(x); });
}

}  // namespace

extern const ExpKernels exp_kernels;
const ExpKernels exp_kernels = {gaussian, {exp_all, exp_shifted, largest}, {exp_all, exp_shifted, largest}};

}  // namespace akr::simd::AKR_SIMD_NAME
