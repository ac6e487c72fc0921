// SPDX-License-Identifier: BSD-3-Clause
// exp(x) = 2ⁿ 2^(j/16) exp(r), n + j/16 the multiple of 1/16 nearest to x/ln 2, |r| ≤ ln 2/32, where a vector holds a
// table of 16 and the processor looks up in it by one instruction; else exp(x) = 2ⁿ exp(r), |r| ≤ ln 2/2. r by two
// parts of ln 2 (Cody, Waite 1980); exp(r) = 1 + r + r² q(r), q the interpolant at the Chebyshev points, whose error is
// below a quarter of a unit in the last place. 2ⁿ as two factors, so that neither over- or underflows before the result
// does, or by the instruction that is there for it.
#include "simd/exp_kernels.hpp"

#include "simd/vector.hpp"
#if AKR_SIMD_BYTES >= 32
#include <immintrin.h>  // macros and functions that are always inlined
#endif

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

// Of two, the second where one is a NaN. g++ does not find the instructions; masks of ones keep it from warning of what
// its own header leaves undefined.
#if AKR_SIMD_BYTES == 64
inline Vec smaller(Vec a, Vec b) { return _mm512_maskz_min_pd(0xff, a, b); }
inline Vec larger(Vec a, Vec b) { return _mm512_maskz_max_pd(0xff, a, b); }
inline VecF smaller(VecF a, VecF b) { return _mm512_maskz_min_ps(0xffff, a, b); }
inline VecF larger(VecF a, VecF b) { return _mm512_maskz_max_ps(0xffff, a, b); }
#elif AKR_SIMD_BYTES == 32
inline Vec smaller(Vec a, Vec b) { return _mm256_min_pd(a, b); }
inline Vec larger(Vec a, Vec b) { return _mm256_max_pd(a, b); }
inline VecF smaller(VecF a, VecF b) { return _mm256_min_ps(a, b); }
inline VecF larger(VecF a, VecF b) { return _mm256_max_ps(a, b); }
#else
template <class V>
inline V smaller(V a, V b) {
  return a < b ? a : b;
}
template <class V>
inline V larger(V a, V b) {
  return a > b ? a : b;
}
#endif

// Beyond these the result is 0 or ∞; they keep n small. A NaN stays.
constexpr double least = -746, most = 710;
constexpr float least_f = -104, most_f = 89;

// ln 2 in two parts. The first has zeros at its end, so that the multiples taken here are exact.
constexpr double ln2_high = 0x1.62e42fefp-1, ln2_low = 0x1.473de6af278edp-34;
constexpr float ln2_high_f = 0x1.62e4p-1f, ln2_low_f = 0x1.7f7d1cp-20f;
constexpr double per_ln2 = 0x1.71547652b82fep0;
constexpr float per_ln2_f = 0x1.715476p0f;

// Adding it leaves in the lowest bits the nearest multiple of 1/16, where there is a table, or the nearest integer.
#if AKR_SIMD_BYTES == 64
constexpr double magic = 0x1.8p48;
constexpr float magic_f = 0x1.8p19f;
#else
constexpr double magic = 0x1.8p52;
constexpr float magic_f = 0x1.8p23f;
#endif

// x = k ln 2 + r, k = t − magic.
struct Split {
  Vec t, k, r;
};
struct SplitF {
  VecF t, k, r;
};
inline Split split_in_range(Vec x) {
  const Vec t = x * splat(per_ln2) + splat(magic);
  const Vec k = t - splat(magic);
  return {t, k, (x - k * splat(ln2_high)) - k * splat(ln2_low)};
}
inline SplitF split_in_range(VecF x) {
  const VecF t = x * splat_f(per_ln2_f) + splat_f(magic_f);
  const VecF k = t - splat_f(magic_f);
  return {t, k, (x - k * splat_f(ln2_high_f)) - k * splat_f(ln2_low_f)};
}
inline Split split(Vec x) { return split_in_range(larger(splat(least), smaller(splat(most), x))); }
inline SplitF split(VecF x) { return split_in_range(larger(splat_f(least_f), smaller(splat_f(most_f), x))); }

#if AKR_SIMD_BYTES == 64

alignas(64) constexpr double root_table[16] = {
    0x1p+0,
    0x1.0b5586cf9890fp+0,
    0x1.172b83c7d517bp+0,
    0x1.2387a6e756238p+0,
    0x1.306fe0a31b715p+0,
    0x1.3dea64c123422p+0,
    0x1.4bfdad5362a27p+0,
    0x1.5ab07dd485429p+0,
    0x1.6a09e667f3bcdp+0,
    0x1.7a11473eb0187p+0,
    0x1.8ace5422aa0dbp+0,
    0x1.9c49182a3f090p+0,
    0x1.ae89f995ad3adp+0,
    0x1.c199bdd85529cp+0,
    0x1.d5818dcfba487p+0,
    0x1.ea4afa2a490dap+0,
};
alignas(64) constexpr float root_table_f[16] = {
    0x1p+0f,        0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fe0p+0f, 0x1.3dea64p+0f,
    0x1.4bfdaep+0f, 0x1.5ab07ep+0f, 0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f,
    0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f,
};

inline Vec exp_of(Vec x) {
  const auto [t, k, r] = split(x);
  const Vec r2 = r * r;
  const Vec q =
      (splat(0.5) + r * splat(0x1.55555554dd388p-3)) +
      r2 * ((splat(0x1.5555555519461p-5) + r * splat(0x1.11120b03ce058p-7)) + r2 * splat(0x1.6c17bb60804bbp-10));
  // The lookup takes the lowest four bits of t, the scaling the integer below k.
  const __m512d root =
      _mm512_permutex2var_pd(_mm512_load_pd(root_table), reinterpret_cast<__m512i>(t), _mm512_load_pd(root_table + 8));
  return _mm512_maskz_scalef_pd(0xff, root + root * (r + r2 * q), k);
}

inline VecF exp_of(VecF x) {
  const auto [t, k, r] = split(x);
  const VecF q = splat_f(0x1.000148p-1f) + r * splat_f(0x1.55565cp-3f);
  const __m512 root = _mm512_maskz_permutexvar_ps(0xffff, reinterpret_cast<__m512i>(t), _mm512_load_ps(root_table_f));
  return _mm512_maskz_scalef_ps(0xffff, root + root * (r + (r * r) * q), k);
}

#else

// exp(r): the terms of even and of odd order side by side.
inline Vec exp_near_zero(Vec r) {
  const Vec r2 = r * r;
  Vec even = splat(0x1.a019b90b6ded2p-16) + r2 * splat(0x1.28918716f6585p-22);
  Vec odd = splat(0x1.71de0d48d40a0p-19) + r2 * splat(0x1.af3964e8e6062p-26);
  even = splat(0x1.6c16c1788c6f6p-10) + r2 * even;
  odd = splat(0x1.a01a01a7e978dp-13) + r2 * odd;
  even = splat(0x1.5555555553d61p-5) + r2 * even;
  odd = splat(0x1.111111111095fp-7) + r2 * odd;
  even = splat(0x1.0000000000001p-1) + r2 * even;
  odd = splat(0x1.5555555555556p-3) + r2 * odd;
  return splat(1.0) + (r + r2 * (even + r * odd));
}
inline VecF exp_near_zero(VecF r) {
  const VecF r2 = r * r;
  const VecF even = splat_f(0x1p-1f) + r2 * (splat_f(0x1.55551ap-5f) + r2 * splat_f(0x1.6d110ap-10f));
  const VecF odd = splat_f(0x1.5554dcp-3f) + r2 * splat_f(0x1.120b6ep-7f);
  return splat_f(1.0f) + (r + r2 * (even + r * odd));
}

// 2ⁿ for the n in the lowest bits of n + magic; of such a number the shift leaves nothing else.
inline Vec power_of_two(Vec n) { return reinterpret_cast<Vec>((reinterpret_cast<Long>(n) + 1023) << 52); }
inline VecF power_of_two(VecF n) { return reinterpret_cast<VecF>((reinterpret_cast<Int>(n) + 127) << 23); }

// By two factors, each from half of n; a product that is 0 is not formed, for subnormal numbers take their time.
inline Vec exp_everywhere(Vec x) {
  const Long kept = ~(x < least);
  const Split s = split(reinterpret_cast<Vec>(reinterpret_cast<Long>(x) & kept));
  const Vec half = s.k * splat(0.5) + splat(magic);
  const Vec other = (s.k - (half - splat(magic))) + splat(magic);
  const Vec e = (exp_near_zero(s.r) * power_of_two(half)) * power_of_two(other);
  return reinterpret_cast<Vec>(reinterpret_cast<Long>(e) & kept);
}
inline VecF exp_everywhere(VecF x) {
  const Int kept = ~(x < least_f);
  const SplitF s = split(reinterpret_cast<VecF>(reinterpret_cast<Int>(x) & kept));
  const VecF half = s.k * splat_f(0.5f) + splat_f(magic_f);
  const VecF other = (s.k - (half - splat_f(magic_f))) + splat_f(magic_f);
  const VecF e = (exp_near_zero(s.r) * power_of_two(half)) * power_of_two(other);
  return reinterpret_cast<VecF>(reinterpret_cast<Int>(e) & kept);
}

// Between these the result is a normal number.
constexpr double usual = 708;
constexpr float usual_f = 87;
#if AKR_SIMD_BYTES == 32
inline bool all_usual(Vec x) {
  const Vec size = _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
  return _mm256_movemask_pd(_mm256_cmp_pd(size, splat(usual), _CMP_LE_OQ)) == 0xf;
}
inline bool all_usual(VecF x) {
  const VecF size = _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x);
  return _mm256_movemask_ps(_mm256_cmp_ps(size, splat_f(usual_f), _CMP_LE_OQ)) == 0xff;
}
#else
inline bool all_usual(Vec x) {
  const Long within = (x <= usual) & (x >= -usual);
  bool all = true;
  for (int i = 0; i < lanes; ++i) all = all && within[i] != 0;
  return all;
}
inline bool all_usual(VecF x) {
  const Int within = (x <= usual_f) & (x >= -usual_f);
  bool all = true;
  for (int i = 0; i < lanes_f; ++i) all = all && within[i] != 0;
  return all;
}
#endif

// There n is added to the exponent, and nothing needs to be brought into range: two thirds of the instructions.
inline Vec exp_of(Vec x) {
  if (__builtin_expect(!all_usual(x), 0)) return exp_everywhere(x);
  const Split s = split_in_range(x);
  return reinterpret_cast<Vec>(reinterpret_cast<Long>(exp_near_zero(s.r)) + (reinterpret_cast<Long>(s.t) << 52));
}
inline VecF exp_of(VecF x) {
  if (__builtin_expect(!all_usual(x), 0)) return exp_everywhere(x);
  const SplitF s = split_in_range(x);
  return reinterpret_cast<VecF>(reinterpret_cast<Int>(exp_near_zero(s.r)) + (reinterpret_cast<Int>(s.t) << 23));
}

#endif

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

// What softmax_fold needs of a type.
inline Vec load_rows(const double *p) { return load(p); }
inline VecF load_rows(const float *p) { return load_f(p); }
inline void store_rows(double *p, Vec v) { store(p, v); }
inline void store_rows(float *p, VecF v) { store_f(p, v); }
inline void add_to(double *total, Vec v) { store(total, load(total) + v); }
inline void add_to(double *total, VecF v) {
  float single[lanes_f];
  store_f(single, v);
  for (int l = 0; l < lanes_f; l += lanes) store(total + l, load(total + l) + load(single + l));
}

// Sums of so many are formed in the type of the scores.
constexpr std::int64_t short_sum = 8;

// `group` vectors of rows at a time, so that their maxima do not wait for each other.
template <int group, class T>
bool fold_rows(std::int64_t cols, T *s, std::int64_t ld, T *maximum, T *shrink, double *total) {
  using V = decltype(load_rows(s));
  constexpr std::int64_t width = sizeof(V) / sizeof(T);
  V m[group];
  for (int g = 0; g < group; ++g) m[g] = load_rows(maximum + g * width);
  for (std::int64_t k = 0; k < cols; ++k) {
    for (int g = 0; g < group; ++g) m[g] = larger(load_rows(s + k * ld + g * width), m[g]);
  }
  bool shrunk = false;
  for (int g = 0; g < group; ++g) {
    const V before = load_rows(maximum + g * width);
    store_rows(shrink + g * width, exp_of(before - m[g]));
    store_rows(maximum + g * width, m[g]);
    for (std::int64_t l = g * width; l < (g + 1) * width; ++l) {
      shrunk = shrunk || shrink[l] < 1;
      total[l] *= static_cast<double>(shrink[l]);
    }
  }
  for (int g = 0; g < group; ++g) {
    for (std::int64_t k = 0; k < cols;) {
      V sum = {};
      for (const std::int64_t end = k + short_sum < cols ? k + short_sum : cols; k < end; ++k) {
        T *at = s + k * ld + g * width;
        const V e = exp_of(load_rows(at) - m[g]);
        store_rows(at, e);
        sum = sum + e;
      }
      add_to(total + g * width, sum);
    }
  }
  return shrunk;
}

template <class T>
bool softmax_fold(std::int64_t rows, std::int64_t cols, T *s, std::int64_t ld, T *maximum, T *shrink, double *total) {
  constexpr std::int64_t width = AKR_SIMD_BYTES / static_cast<std::int64_t>(sizeof(T));
  bool shrunk = false;
  std::int64_t i = 0;
  for (; i + 4 * width <= rows; i += 4 * width) {
    shrunk |= fold_rows<4>(cols, s + i, ld, maximum + i, shrink + i, total + i);
  }
  for (; i < rows; i += width) shrunk |= fold_rows<1>(cols, s + i, ld, maximum + i, shrink + i, total + i);
  return shrunk;
}

void gaussian(std::int64_t count, double *v, const double *h, double shift) {
  const Vec s = splat(shift), zero = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const Vec x = (load(v + i) - load(h + i)) - s;
    store(v + i, exp_of(smaller(zero, x)));
  }
  for (std::int64_t k = i; k < count; ++k) {
    const double x = (v[k] - h[k]) - shift;
    v[k] = x > 0 ? 0 : x;
  }
  rest(count - i, v + i, [](Vec x) { return exp_of(x); });
}

}  // namespace

extern const ExpKernels exp_kernels;
const ExpKernels exp_kernels = {gaussian, {exp_all, softmax_fold<double>}, {exp_all, softmax_fold<float>}};

}  // namespace akr::simd::AKR_SIMD_NAME
