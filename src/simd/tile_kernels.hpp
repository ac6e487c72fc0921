// SPDX-License-Identifier: BSD-3-Clause
// Products of tiles, for Gram matrices, and of strips of right-hand sides by A, for passes. Chosen like the kernels of
// kernels.hpp. Includes <cstdint> alone: see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

// A tile is up to 64 rows of up to 64 columns in strips: a strip holds as many columns as fill a line of the cache, one
// row after the other, and its last columns are zeros where the tile has no more. Entry (r, c) is at
// strip_start(c) + strip_width·r.
inline constexpr std::int64_t strip_rows = 64;
template <class T>
inline constexpr std::int64_t strip_width = 64 / static_cast<std::int64_t>(sizeof(T));
template <class T>
constexpr std::int64_t strip_start(std::int64_t c) {
  return c / strip_width<T> * strip_width<T> * strip_rows + c % strip_width<T>;
}
inline constexpr std::int64_t tile_entries = strip_rows * 64;

// product[i + ld·j] = or (add) += Σ left(r, i)·right(r, j) over `rows` rows, which lie in one tile after the other; for
// i < height and j < width, and of these only for i <= j where upper. Whole strips of the left tile are multiplied: up
// to strip_width − 1 numbers below each column of the product are overwritten too, by + 0 where add. Tiles are aligned
// to 64 bytes.
template <class T>
using TileProduct = void (*)(std::int64_t rows, std::int64_t height, std::int64_t width, const T *left, const T *right,
                             bool add, bool upper, T *product, std::int64_t ld);

// product(i, j) += Σ left(i, r)·right(r, j) over `rows` rows r, for the strips i of `strips` and for j < width. Here a
// strip is strip_width numbers i for each r or j, one after the other, aligned to 64 bytes, and the next strip begins
// left_apart or product_apart numbers later; entry (r, j) on the right is at right + r·row_step + j·col_step.
using StripProduct = void (*)(std::int64_t rows, std::int64_t strips, std::int64_t width, const double *left,
                              std::int64_t left_apart, const double *right, std::int64_t row_step,
                              std::int64_t col_step, double *product, std::int64_t product_apart);

struct TileKernels {
  TileProduct<double> product_f64;
  TileProduct<float> product_f32;
  StripProduct strip_product;
};

// Tiles of `rows` rows, one for each 64, of the `cols` <= 64 columns at a, which lie side by side in memory by rows
// (col_stride 1) or by columns (row_stride 1). In single precision entry (r, c) times scales[c], rounded once; in
// double as it is. `out` is aligned to 64 bytes.
template <class W, class T>
using StripPack = void (*)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t row_stride,
                           std::int64_t col_stride, const double *scales, W *out);

struct StripPacks {
  StripPack<double, double> f64;
  StripPack<double, float> f64_of_f32;
  StripPack<float, double> f32_of_f64;
  StripPack<float, float> f32;
};

const TileKernels &tile_kernels() noexcept;
const StripPacks &strip_packs() noexcept;

inline TileProduct<double> tile_product(double) noexcept { return tile_kernels().product_f64; }
inline TileProduct<float> tile_product(float) noexcept { return tile_kernels().product_f32; }

inline StripPack<double, double> strip_pack(double, double) noexcept { return strip_packs().f64; }
inline StripPack<double, float> strip_pack(double, float) noexcept { return strip_packs().f64_of_f32; }
inline StripPack<float, double> strip_pack(float, double) noexcept { return strip_packs().f32_of_f64; }
inline StripPack<float, float> strip_pack(float, float) noexcept { return strip_packs().f32; }

}  // namespace akr::simd
