// SPDX-License-Identifier: BSD-3-Clause
// Exponentials of vectors, chosen like the tables of kernels.hpp. Each value is within 2 ulp of the exponential of its
// argument over the whole range, subnormal results included; +∞ above, 0 below, NaN for NaN. Includes <cstdint> alone:
// see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

constexpr std::int64_t fold_rows = 16;  // no vector is longer

template <class T>
struct ExpFunctions {
  // v[i] = exp(v[i]).
  void (*exp)(std::int64_t count, T *v);
  // A step of a running softmax: s holds scores, rows x cols, a multiple of fold_rows rows. maximum[i] becomes the
  // largest of itself and s(i, ·), shrink[i] = exp(old maximum − new), s(i, k) = exp(s(i, k) − maximum[i]), and
  // total[i] = shrink[i]·total[i] + Σ_k s(i, k). Returns whether some shrink is below 1. A NaN or +∞ among the scores
  // makes a NaN of the total.
  bool (*softmax_fold)(std::int64_t rows, std::int64_t cols, T *s, std::int64_t ld, T *maximum, T *shrink,
                       double *total);
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
