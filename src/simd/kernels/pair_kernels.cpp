// SPDX-License-Identifier: BSD-3-Clause
// Compiled without contraction (see instruction_sets.cmake): a product fused into a sum would no longer be the rounded
// product whose error is computed beside it.
#include "simd/pair_kernels.hpp"

#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

typedef long long Bits __attribute__((vector_size(AKR_SIMD_BYTES)));

// The upper 26 bits of the significand; what is left has 27.
constexpr long long upper = ~((1LL << 27) - 1);

inline Vec high_part(Vec v) {
  Bits bits = reinterpret_cast<Bits>(v);
  bits = bits & (Bits{} + upper);
  return reinterpret_cast<Vec>(bits);
}

struct Split {
  Vec value, high, low;
};
inline Split split(Vec v) {
  const Vec high = high_part(v);
  return {v, high, v - high};
}

// y + a·(x + x_lo) into hi and lo. The four partial products are exact, but for the last of 54 bits, and so are their
// sums, added in this order: the low parts have the sign of their factors, and two of the products together need 54.
inline void add_product(const Split &a, const Split &x, Vec x_lo, Vec &hi, Vec &lo) {
  const Vec p = a.value * x.value;
  const Vec e = ((a.high * x.high - p + a.high * x.low) + a.low * x.high) + a.low * x.low;
  const Vec s = hi + p;
  const Vec t = s - hi;
  const Vec lost = (hi - (s - t)) + (p - t);
  hi = s;
  lo = lo + ((lost + e) + a.value * x_lo);
}

// One entry by the same code: the vector's first lane.
template <class T>
inline Vec first_lane(const T *p) {
  Vec v = {};
  v[0] = static_cast<double>(*p);
  return v;
}

template <class T>
void axpy(std::int64_t count, const T *a, double x_hi, double x_lo, double *y_hi, double *y_lo) {
  const Split x = split(splat(x_hi));
  const Vec rest = splat(x_lo);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    Vec hi = load(y_hi + i), lo = load(y_lo + i);
    add_product(split(load(a + i)), x, rest, hi, lo);
    store(y_hi + i, hi);
    store(y_lo + i, lo);
  }
  for (; i < count; ++i) {
    Vec hi = first_lane(y_hi + i), lo = first_lane(y_lo + i);
    add_product(split(first_lane(a + i)), x, rest, hi, lo);
    y_hi[i] = hi[0];
    y_lo[i] = lo[0];
  }
}

template <class T>
void dot(std::int64_t count, const T *a, const double *x_hi, const double *x_lo, double *s) {
  Vec hi = {}, lo = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    add_product(split(load(a + i)), split(load(x_hi + i)), load(x_lo + i), hi, lo);
  }
  for (; i < count; ++i) {
    add_product(split(first_lane(a + i)), split(first_lane(x_hi + i)), first_lane(x_lo + i), hi, lo);
  }
  for (int l = 0; l < lanes; ++l) {
    const double sum = s[0] + hi[l];
    const double t = sum - s[0];
    s[1] += ((s[0] - (sum - t)) + (hi[l] - t)) + lo[l];
    s[0] = sum;
  }
}

}  // namespace

extern const PairKernels pair_kernels;
const PairKernels pair_kernels = {{axpy<double>, dot<double>}, {axpy<float>, dot<float>}};

}  // namespace akr::simd::AKR_SIMD_NAME
