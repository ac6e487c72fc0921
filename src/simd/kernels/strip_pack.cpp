// SPDX-License-Identifier: BSD-3-Clause
// Rows of A into tiles of strips. By columns each square of as many rows and columns as a vector has numbers is
// transposed in registers; by rows it is copied.
#include "simd/tile_kernels.hpp"
#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

// W: the type of the tile; T: of A.
template <class W, class T>
struct Packing {
  using V = typename Register<W>::Type;
  typedef V InMemory __attribute__((may_alias));
  typedef V Unaligned __attribute__((aligned(sizeof(W)), may_alias));
  static constexpr int width = lanes_of<W>;
  static constexpr std::int64_t strip = strip_width<W>;
  static constexpr int vectors = 64 / AKR_SIMD_BYTES;  // of a strip's row
  // Numbers of each column that are fetched ahead, and those of a line of the cache.
  static constexpr std::int64_t ahead = 1024 / static_cast<std::int64_t>(sizeof(T));
  static constexpr int lines_apart = 64 / static_cast<int>(sizeof(T));

  static void put(W *p, V v) { *reinterpret_cast<InMemory *>(p) = v; }

  // `width` numbers from p on, times those at `scales` (by_rows) or the first of them.
  template <bool by_rows>
  static V get(const T *p, const double *scales) {
    if constexpr (sizeof(W) == 8) {
      return load(p);
    } else {
      const Vec low = by_rows ? load(scales) : splat(*scales), high = by_rows ? load(scales + lanes) : low;
      return rounded(low * load(p), high * load(p + lanes), typename MakeLanes<width>::Type());
    }
  }
  template <int... I>
  static V rounded(Vec low, Vec high, Lanes<I...>) {
    return __builtin_shufflevector(to_single(low), to_single(high), I...);
  }
  static W one(T value, const double *scale) {
    if constexpr (sizeof(W) == 8) {
      return static_cast<W>(value);
    } else {
      return static_cast<W>(*scale * static_cast<double>(value));
    }
  }
  static const double *scales_at(const double *scales, std::int64_t c) { return sizeof(W) == 8 ? nullptr : scales + c; }

  // The columns that do not fill a strip, number by number.
  static void pack_rest(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t row_stride,
                        std::int64_t col_stride, const double *scales, W *out) {
    for (std::int64_t r = 0; r < rows; ++r) {
      W *to = out + r * strip;
      for (std::int64_t c = 0; c < cols; ++c) to[c] = one(a[r * row_stride + c * col_stride], scales_at(scales, c));
      for (std::int64_t c = cols; c < strip; ++c) to[c] = 0;
    }
  }

  // A strip of at most strip_rows rows, by columns.
  static void pack_columns(std::int64_t rows, const T *a, std::int64_t stride, const double *scales, W *out) {
    std::int64_t r = 0;
    for (; r + width <= rows; r += width) {
      for (int v = 0; v < vectors; ++v) {
        V square[width];
#pragma GCC unroll 16
        for (int c = 0; c < width; ++c) {
          const std::int64_t column = v * width + c;
          const T *from = a + r + column * stride;
#pragma GCC unroll 2
          for (int line = 0; line < width; line += lines_apart) __builtin_prefetch(from + line + ahead);
          square[c] = get<false>(from, scales_at(scales, column));
        }
        transpose<W>(square);
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i) put(out + (r + i) * strip + v * width, square[i]);
      }
    }
    pack_rest(rows - r, strip, a + r, 1, stride, scales, out + r * strip);
  }

  static void pack(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t row_stride, std::int64_t col_stride,
                   const double *scales, W *out) {
    const std::int64_t whole = cols / strip * strip;
    const auto in_tile = [&](std::int64_t r) { return out + r / strip_rows * tile_entries + r % strip_rows * strip; };
    const auto rest_of = [&](std::int64_t r, std::int64_t count) {
      pack_rest(count, cols - whole, a + r * row_stride + whole * col_stride, row_stride, col_stride,
                scales_at(scales, whole), in_tile(r) + whole * strip_rows);
    };
    // Along the lines that are contiguous in memory.
    if (row_stride == 1) {
      for (std::int64_t c = 0; c < cols; c += strip) {
        for (std::int64_t r = 0; r < rows; r += strip_rows) {
          const std::int64_t count = rows - r < strip_rows ? rows - r : strip_rows;
          if (c < whole) {
            pack_columns(count, a + r + c * col_stride, col_stride, scales_at(scales, c), in_tile(r) + c * strip_rows);
          } else {
            rest_of(r, count);
          }
        }
      }
      return;
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      W *to = in_tile(r);
      for (std::int64_t c = 0; c < whole; c += strip) {
        for (int v = 0; v < vectors; ++v) {
          const std::int64_t column = c + v * width;
          put(to + c * strip_rows + v * width, get<true>(a + r * row_stride + column, scales_at(scales, column)));
        }
      }
      if (whole < cols) rest_of(r, 1);
    }
  }
};

}  // namespace

extern const StripPacks strip_packs;
const StripPacks strip_packs = {Packing<double, double>::pack, Packing<double, float>::pack,
                                Packing<float, double>::pack, Packing<float, float>::pack};

}  // namespace akr::simd::AKR_SIMD_NAME
