// SPDX-License-Identifier: BSD-3-Clause
// The hand-vectorised kernels of the transforms and sketches, chosen like those of kernels.hpp. Includes <cstdint>
// alone: see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

// One signed addition: the sign is the topmost bit; below it the number of the sum (7 bits), then the row that is added
// (24 bits).
inline constexpr std::uint32_t negative_bit = 0x80000000u;
inline constexpr int sum_bits = 7;
inline constexpr int row_bits = 24;
constexpr std::uint32_t make_entry(std::uint32_t sign_bit, std::uint32_t sum, std::uint32_t row) {
  return sign_bit | sum << row_bits | row;
}
constexpr std::uint32_t entry_sum(std::uint32_t entry) { return entry >> row_bits & ((1u << sum_bits) - 1); }
constexpr std::uint32_t entry_row(std::uint32_t entry) { return entry & ((1u << row_bits) - 1); }

// For each entry in order: sums[sum·width + c] += ±scale·block[row·width + c], c < width.
template <class T>
using SignedSums = void (*)(std::int64_t count, const std::uint32_t *entries, const T *block, double scale,
                            double *sums);

// Columns that are transformed side by side: a row of them is a line of the cache.
inline constexpr int transform_width = 8;

// x[transform_width·place + c] = ±scale·(entry (i, c) of the matrix at a), c < transform_width, for the i-th of
// `places`, whose topmost bit is the sign. Rows (columns) are `stride` numbers apart.
template <class T>
using Scatter = void (*)(std::int64_t rows, const T *a, std::int64_t stride, const std::uint32_t *places, double scale,
                         double *x);
template <class T>
struct Scatters {
  Scatter<T> row_major, column_major;
};

struct SketchKernels {
  // x <- √r·H x, r a power of two, Sylvester's order.
  void (*hadamard_f64)(std::int64_t r, double *x);
  void (*hadamard_f32)(std::int64_t r, float *x);
  // [0]: width 8, [1]: width 16.
  SignedSums<double> signed_sums_f64[2];
  SignedSums<float> signed_sums_f32[2];
  // Each of transform_width columns side by side as hadamard_f64 does one, with the same roundings. x: aligned to 64
  // bytes.
  void (*hadamard_rows)(std::int64_t r, double *x);
  Scatters<double> scatter_f64;
  Scatters<float> scatter_f32;
  // sums[i + c·stride] += ±x[transform_width·place + c] for the i-th of `places` and c < cols.
  void (*gather_columns)(std::int64_t count, std::int64_t cols, const std::uint32_t *places, const double *x,
                         double *sums, std::int64_t stride);
};

// Those for the processor, as simd::kernels() chose.
const SketchKernels &sketch_kernels() noexcept;

template <class T>
SignedSums<T> signed_sums(bool wide) noexcept;
template <>
inline SignedSums<double> signed_sums<double>(bool wide) noexcept {
  return sketch_kernels().signed_sums_f64[wide ? 1 : 0];
}
template <>
inline SignedSums<float> signed_sums<float>(bool wide) noexcept {
  return sketch_kernels().signed_sums_f32[wide ? 1 : 0];
}

template <class T>
const Scatters<T> &scatters() noexcept;
template <>
inline const Scatters<double> &scatters<double>() noexcept {
  return sketch_kernels().scatter_f64;
}
template <>
inline const Scatters<float> &scatters<float>() noexcept {
  return sketch_kernels().scatter_f32;
}

}  // namespace akr::simd
