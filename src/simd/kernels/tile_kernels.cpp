// SPDX-License-Identifier: BSD-3-Clause
// Each micro product keeps some strips by some columns of the result in registers, at least as many as the processor
// has multiplications under way: two a cycle, four cycles each.
#include "simd/tile_kernels.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

template <class T>
struct Register;
template <>
struct Register<double> {
  typedef double Type __attribute__((vector_size(AKR_SIMD_BYTES)));
};
template <>
struct Register<float> {
  typedef float Type __attribute__((vector_size(AKR_SIMD_BYTES)));
};

template <class T>
struct Tiles {
  using V = typename Register<T>::Type;
  typedef V InMemory __attribute__((may_alias));
  typedef V Unaligned __attribute__((aligned(sizeof(T)), may_alias));
  static constexpr int lanes = AKR_SIMD_BYTES / static_cast<int>(sizeof(T));
  static constexpr std::int64_t strip = strip_width<T>;
  static constexpr int vectors = 64 / AKR_SIMD_BYTES;  // of a strip
  // Sixteen registers: 2 x 6 sums, 2 of the left tile and one of the right; thirty-two: as many of a strip more.
  static constexpr int strips = AKR_SIMD_BYTES == 64 ? 2 : 1;
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
    std::int64_t tile = 0;
    for (std::int64_t done = 0; done < rows; done += strip_rows, tile += tile_entries) {
      const std::int64_t some = rows - done < strip_rows ? rows - done : strip_rows;
      for (std::int64_t at = tile; at < tile + some * strip; at += strip) {
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
    }
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) put(product + n * ld + v * lanes, sums[n][v], add);
    }
  }

  template <int N>
  static void column_block(std::int64_t rows, std::int64_t height, const T *left, const T *right, std::int64_t column,
                           bool add, T *product, std::int64_t ld) {
    std::int64_t i = 0;
    if constexpr (strips == 2) {
      for (; i + strip < height; i += 2 * strip) {
        micro<2, N>(rows, left + i * strip_rows, right, column, add, product + i, ld);
      }
    }
    for (; i < height; i += strip) micro<1, N>(rows, left + i * strip_rows, right, column, add, product + i, ld);
  }

  static void product(std::int64_t rows, std::int64_t height, std::int64_t width, const T *left, const T *right,
                      bool add, bool upper, T *product, std::int64_t ld) {
    std::int64_t j = 0;
    const auto block = [&](auto multiply, std::int64_t count) {
      const std::int64_t most = upper && j + count < height ? j + count : height;
      multiply(rows, most, left, right, j, add, product + ld * j, ld);
      j += count;
    };
    while (j + columns <= width) block(column_block<columns>, columns);
    if constexpr (columns > 4) {
      if (j + 4 <= width) block(column_block<4>, 4);
    }
    if constexpr (columns > 2) {
      if (j + 2 <= width) block(column_block<2>, 2);
    }
    if (j < width) block(column_block<1>, 1);
  }
};

}  // namespace

extern const TileKernels tile_kernels;
const TileKernels tile_kernels = {Tiles<double>::product, Tiles<float>::product};

}  // namespace akr::simd::AKR_SIMD_NAME
