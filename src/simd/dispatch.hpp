// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "simd/kernels.hpp"

namespace akr::simd {

// The kernels for this processor, chosen at first use. The environment variable AKR_ISA = generic | avx2 | avx512 asks
// for less than the processor can do; what it cannot do, or is no such name, is ignored.
const Kernels &kernels() noexcept;
const char *isa_name() noexcept;

template <class T>
const BlockProducts<T> &block_products() noexcept;
template <>
inline const BlockProducts<double> &block_products<double>() noexcept {
  return kernels().f64;
}
template <>
inline const BlockProducts<float> &block_products<float>() noexcept {
  return kernels().f32;
}

inline double sum_of_squares(std::int64_t count, const double *y) {
  double sum = 0;
  block_products<double>().dot_lines(count, 1, y, count, y, 1.0, &sum, {});
  return sum;
}

}  // namespace akr::simd
