// SPDX-License-Identifier: BSD-3-Clause
// Each micro product keeps some strips by some columns of the result in registers, at least as many as the processor
// has multiplications under way: two a cycle, four cycles each.
#include "simd/tile_kernels.hpp"

#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

template <class T>
struct Tiles {
  using V = typename Register<T>::Type;
  typedef V InMemory __attribute__((may_alias));
  typedef V Unaligned __attribute__((aligned(sizeof(T)), may_alias));
  static constexpr int lanes = lanes_of<T>;
  static constexpr std::int64_t strip = strip_width<T>;
  static constexpr int vectors = 64 / AKR_SIMD_BYTES;  // of a strip
  // Sixteen registers: 2 x 6 sums, 2 of the left tile and one of the right; thirty-two: as many of a strip more.
  static constexpr int strips = AKR_SIMD_BYTES == 64 ? 4 : 1;
  static constexpr int columns = AKR_SIMD_BYTES == 16 ? 2 : 6;

  static V get(const T *p) { return *reinterpret_cast<const InMemory *>(p); }
  static void put(T *p, V v, bool add) {
    Unaligned &at = *reinterpret_cast<Unaligned *>(p);
    at = add ? at + v : v;
  }

  // S strips from `left` on by N columns from `column` on.
  template <int S, int N>
  static void micro(std::int64_t rows, const T *left, const T *right, std::int64_t column, bool add, T *product,
                    std::int64_t ld) {
    constexpr int height = S * vectors;
    V sums[N][height];
    const T *b[N];
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      b[n] = right + strip_start<T>(column + n);
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) sums[n][v] = V{};
    }
    for (std::int64_t at = 0; at < rows * strip; at += strip) {
      V a[height];
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) {
        a[v] = get(left + at + v / vectors * strip * strip_rows + v % vectors * lanes);
      }
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) {
        const V x = b[n][at] - V{};  // which leaves a broadcast alone, as + would not
#pragma GCC unroll 8
        for (int v = 0; v < height; ++v) sums[n][v] += a[v] * x;
      }
    }
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) put(product + n * ld + v * lanes, sums[n][v], add);
    }
  }

  // The columns [first, width) of the product, S strips of it from `left` on.
  template <int S>
  static void row_block(std::int64_t rows, std::int64_t first, std::int64_t width, const T *left, const T *right,
                        bool add, T *product, std::int64_t ld) {
    std::int64_t j = first;
    for (; j + columns <= width; j += columns) micro<S, columns>(rows, left, right, j, add, product + ld * j, ld);
    if constexpr (columns > 4) {
      for (; j + 4 <= width; j += 4) micro<S, 4>(rows, left, right, j, add, product + ld * j, ld);
    }
    if constexpr (columns > 2) {
      for (; j + 2 <= width; j += 2) micro<S, 2>(rows, left, right, j, add, product + ld * j, ld);
    }
    for (; j < width; ++j) micro<S, 1>(rows, left, right, j, add, product + ld * j, ld);
  }

  // Tile by tile, and in each the strips of a row block by all columns: those stay in the first-level cache.
  static void product(std::int64_t rows, std::int64_t height, std::int64_t width, const T *left, const T *right,
                      bool add, bool upper, T *product, std::int64_t ld) {
    for (std::int64_t done = 0; done < rows; done += strip_rows) {
      const std::int64_t some = rows - done < strip_rows ? rows - done : strip_rows;
      std::int64_t i = 0;
      const auto block = [&](auto multiply, std::int64_t count) {
        multiply(some, upper ? i : 0, width, left + i * strip_rows, right, add || done > 0, product + i, ld);
        i += count;
      };
      if constexpr (strips >= 4) {
        while (i + 3 * strip < height) block(row_block<4>, 4 * strip);
      }
      if constexpr (strips >= 2) {
        while (i + strip < height) block(row_block<2>, 2 * strip);
      }
      while (i < height) block(row_block<1>, strip);
      left += tile_entries;
      right += tile_entries;
    }
  }
};

}  // namespace

extern const TileKernels tile_kernels;
const TileKernels tile_kernels = {Tiles<double>::product, Tiles<float>::product};

}  // namespace akr::simd::AKR_SIMD_NAME
