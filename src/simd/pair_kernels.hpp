// SPDX-License-Identifier: BSD-3-Clause
// Loops over a row or column of A with vectors of pairs (hi + lo, see base/pair.hpp), chosen like those of kernels.hpp.
// Products are exact sums of two doubles, by splitting the factors: nothing rests on a fused multiply-add. Includes
// <cstdint> alone: see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

template <class T>
struct PairProducts {
  // y += a·x for the pair x, with an error of a few 2⁻¹⁰⁵ |a||x| an entry. y is left as hi and a small lo, not
  // normalised.
  void (*axpy)(std::int64_t count, const T *a, double x_hi, double x_lo, double *y_hi, double *y_lo);
  // s[0] + s[1] += aᵀx.
  void (*dot)(std::int64_t count, const T *a, const double *x_hi, const double *x_lo, double *s);
};

struct PairKernels {
  PairProducts<double> f64;
  PairProducts<float> f32;
};

// Those for the processor, as simd::kernels() chose.
const PairKernels &pair_kernels() noexcept;

template <class T>
const PairProducts<T> &pair_products() noexcept;
template <>
inline const PairProducts<double> &pair_products<double>() noexcept {
  return pair_kernels().f64;
}
template <>
inline const PairProducts<float> &pair_products<float>() noexcept {
  return pair_kernels().f32;
}

}  // namespace akr::simd
