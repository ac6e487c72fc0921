// SPDX-License-Identifier: BSD-3-Clause
// Copies of small parts of a panel into cache, in the order a kernel wants.
#pragma once

#include <algorithm>
#include <cstdint>

#include "matrix/matrix.hpp"

namespace akr {

// Slabs of `width` columns, one behind the other, each by rows:
//   out[s·rows·width + i·width + c] = panel(first + i, col + s·width + c),   i < rows, s·width + c < cols;
// zeros in what is missing of the last slab.
template <class T>
void pack_by_rows(const Panel<T> &panel, std::int64_t first, std::int64_t rows, std::int64_t col, std::int64_t cols,
                  std::int64_t width, T *out) {
  const T *a = panel.data + first * panel.row_stride + col * panel.col_stride;
  const std::int64_t slab = rows * width;
  if (cols % width != 0) std::fill(out + cols / width * slab, out + (cols / width + 1) * slab, T(0));
  if (panel.row_major()) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const T *row = a + i * panel.row_stride;
      for (std::int64_t c = 0; c < cols; c += width) {
        std::copy_n(row + c, std::min(width, cols - c), out + c / width * slab + i * width);
      }
    }
    return;
  }
  constexpr std::int64_t strip = 64;  // rows whose output lines stay in the first-level cache
  for (std::int64_t begin = 0; begin < rows; begin += strip) {
    const std::int64_t end = std::min(begin + strip, rows);
    for (std::int64_t c = 0; c < cols; ++c) {
      const T *column = a + c * panel.col_stride;
      T *to = out + c / width * slab + c % width;
      for (std::int64_t i = begin; i < end; ++i) to[i * width] = column[i * panel.row_stride];
    }
  }
}

// out[i + c·ld] = panel(first + i, col + c) for i < rows, c < cols.
template <class T>
void pack_by_columns(const Panel<T> &panel, std::int64_t first, std::int64_t rows, std::int64_t col, std::int64_t cols,
                     std::int64_t ld, T *out) {
  const T *a = panel.data + first * panel.row_stride + col * panel.col_stride;
  constexpr std::int64_t strip = 8;  // rows that are read while their lines are in the first-level cache
  for (std::int64_t begin = 0; begin < rows; begin += strip) {
    const std::int64_t end = std::min(begin + strip, rows);
    for (std::int64_t c = 0; c < cols; ++c) {
      const T *column = a + c * panel.col_stride;
      for (std::int64_t i = begin; i < end; ++i) out[i + c * ld] = column[i * panel.row_stride];
    }
  }
}

}  // namespace akr
