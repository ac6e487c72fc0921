// SPDX-License-Identifier: BSD-3-Clause
// Rows of A in the forms that small products like best: tiles of 64 columns, each row of a tile side by side for the
// BLAS, and strips of columns for our own kernels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "linalg/blas.hpp"
#include "matrix/matrix.hpp"
#include "simd/tile_kernels.hpp"

namespace akr {

constexpr std::int64_t tile_side = linalg::task_gemm_size;
constexpr std::int64_t tiles_across(std::int64_t cols) { return (cols + tile_side - 1) / tile_side; }

// An entry of A, or of A D in single precision.
template <class W, class T>
W packed_entry(T value, const double *scale, std::int64_t column) {
  if constexpr (std::is_same_v<W, double>) {
    return static_cast<double>(value);
  } else {
    return static_cast<float>(scale[column] * static_cast<double>(value));
  }
}

// out[c + tile_side·r] = the entry (r, column + c).
template <class W, class T>
void pack_tile(const Panel<T> &rows, std::int64_t column, std::int64_t width, const double *scale, W *out) {
  const auto entry = [&](T value, std::int64_t c) { return packed_entry<W>(value, scale, column + c); };
  if (rows.row_major()) {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const T *from = &rows(r, column);
      for (std::int64_t c = 0; c < width; ++c) out[c + tile_side * r] = entry(from[c], c);
    }
    return;
  }
  // Eight columns side by side fill a line of the output for each row.
  constexpr std::int64_t together = 8;
  std::int64_t c = 0;
  for (; c + together <= width; c += together) {
    const T *from = rows.data + (column + c) * rows.col_stride;
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      W *to = out + c + tile_side * r;
      for (std::int64_t k = 0; k < together; ++k) to[k] = entry(from[r * rows.row_stride + k * rows.col_stride], c + k);
    }
  }
  for (; c < width; ++c) {
    const T *from = rows.data + (column + c) * rows.col_stride;
    for (std::int64_t r = 0; r < rows.rows; ++r) out[c + tile_side * r] = entry(from[r * rows.row_stride], c);
  }
}

// The same as tiles of simd/tile_kernels.hpp, one for each 64 rows.
template <class W, class T>
void pack_strips(const Panel<T> &rows, std::int64_t column, std::int64_t width, const double *scale, W *out) {
  constexpr std::int64_t strip = simd::strip_width<W>;
  static_assert(simd::strip_rows == tile_side);
  for (std::int64_t first = 0; first < rows.rows; first += tile_side, out += simd::tile_entries) {
    const std::int64_t count = std::min(tile_side, rows.rows - first);
    const Panel<T> block = rows.row_block(first, count);
    const auto put = [&](std::int64_t r, std::int64_t c, std::int64_t cols) {
      const T *from = &block(r, column + c);
      W *to = out + simd::strip_start<W>(c) + strip * r;
      for (std::int64_t k = 0; k < cols; ++k)
        to[k] = packed_entry<W>(from[k * block.col_stride], scale, column + c + k);
      for (std::int64_t k = cols; k < strip; ++k) to[k] = 0;
    };
    const std::int64_t whole = width / strip * strip;
    // Along the lines that are contiguous in memory.
    if (block.row_major()) {
      for (std::int64_t r = 0; r < count; ++r) {
        for (std::int64_t c = 0; c < whole; c += strip) put(r, c, strip);
        if (whole < width) put(r, whole, width - whole);
      }
      continue;
    }
    for (std::int64_t c = 0; c < whole; c += strip) {
      for (std::int64_t r = 0; r < count; ++r) put(r, c, strip);
    }
    for (std::int64_t r = 0; whole < width && r < count; ++r) put(r, whole, width - whole);
  }
}

}  // namespace akr
