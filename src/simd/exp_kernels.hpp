// SPDX-License-Identifier: BSD-3-Clause
// Exponentials of vectors, chosen like the tables of kernels.hpp. Each value is within 2 ulp of the exponential of its
// argument over the whole range, subnormal results included; +∞ above, 0 below, NaN for NaN. Includes <cstdint> alone:
// see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

template <class T>
struct ExpFunctions {
  // v[i] = exp(v[i]).
  void (*exp)(std::int64_t count, T *v);
  // v[i] = exp(factor·v[i] − shift); returns their sum, formed in double.
  double (*exp_shifted)(std::int64_t count, T *v, T factor, T shift);
  // The largest of v[0..count), −∞ for none; NaN where one is NaN.
  T (*largest)(std::int64_t count, const T *v);
};

struct ExpKernels {
  // v[i] = exp(min(v[i] − h[i] − shift, 0)): a column of a Gaussian kernel from inner products.
  void (*gaussian)(std::int64_t count, double *v, const double *h, double shift);
  ExpFunctions<double> f64;
  ExpFunctions<float> f32;
};

// Those for the processor, as simd::kernels() chose.
const ExpKernels &exp_kernels() noexcept;

template <class T>
const ExpFunctions<T> &exp_functions() noexcept;
template <>
inline const ExpFunctions<double> &exp_functions<double>() noexcept {
  return exp_kernels().f64;
}
template <>
inline const ExpFunctions<float> &exp_functions<float>() noexcept {
  return exp_kernels().f32;
}

}  // namespace akr::simd
