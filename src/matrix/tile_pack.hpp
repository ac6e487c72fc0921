// SPDX-License-Identifier: BSD-3-Clause
// Rows of A in the form that our own products take: tiles of 64 columns, in strips.
#pragma once

#include <cstdint>

#include "linalg/blas.hpp"
#include "matrix/matrix.hpp"
#include "simd/tile_kernels.hpp"

namespace akr {

constexpr std::int64_t tile_side = linalg::task_gemm_size;
constexpr std::int64_t tiles_across(std::int64_t cols) { return (cols + tile_side - 1) / tile_side; }

// Columns [column, column + width) as tiles of simd/tile_kernels.hpp, one for each 64 rows: an entry of A, or in single
// precision of A D, rounded once.
template <class W, class T>
void pack_strips(const Panel<T> &rows, std::int64_t column, std::int64_t width, const double *scale, W *out) {
  static_assert(simd::strip_rows == tile_side);
  simd::strip_pack(W(), T())(rows.rows, width, &rows(0, column), rows.row_stride, rows.col_stride,
                             scale != nullptr ? scale + column : nullptr, out);
}

}  // namespace akr
