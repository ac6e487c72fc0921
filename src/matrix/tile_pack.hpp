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
  static_assert(simd::strip_rows == tile_side);
  simd::strip_pack(W(), T())(rows.rows, width, &rows(0, column), rows.row_stride, rows.col_stride,
                             scale != nullptr ? scale + column : nullptr, out);
}

}  // namespace akr
