// SPDX-License-Identifier: BSD-3-Clause
// Each micro product keeps some strips by some columns of the result in registers, at least as many as the processor
// has multiplications under way: two a cycle, four cycles each. Where its operands lie, and how the result is put
// away, is a Form's: known when this is compiled for two tiles, strides for strips of right-hand sides.
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

  // Both factors are tiles; the product is a part of a matrix.
  struct TileForm {
    static constexpr std::int64_t left_apart = strip * strip_rows, row_step = strip, product_apart = strip;
    std::int64_t ld;
    bool add;
    static const T *column(const T *right, std::int64_t j) { return right + strip_start<T>(j); }
    std::int64_t column_step() const { return ld; }
  };
  // Left factor and product are strips; the right factor is any matrix.
  struct StripForm {
    std::int64_t left_apart, row_step, col_step, product_apart;
    static constexpr bool add = true;
    const T *column(const T *right, std::int64_t j) const { return right + j * col_step; }
    static constexpr std::int64_t column_step() { return strip; }
  };

  // S strips from `left` on by N columns from `column` on.
  template <int S, int N, class Form>
  static void micro(const Form &form, std::int64_t rows, const T *left, const T *right, std::int64_t column,
                    T *product) {
    constexpr int height = S * vectors;
    V sums[N][height];
    const T *b[N];
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      b[n] = form.column(right, column + n);
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) sums[n][v] = V{};
    }
    std::int64_t at = 0;
    for (const T *end = left + rows * strip; left != end; left += strip, at += form.row_step) {
      V a[height];
#pragma GCC unroll 8
      for (int v = 0; v < height; ++v) a[v] = get(left + v / vectors * form.left_apart + v % vectors * lanes);
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
      for (int v = 0; v < height; ++v) {
        put(product + n * form.column_step() + v / vectors * form.product_apart + v % vectors * lanes, sums[n][v],
            form.add);
      }
    }
  }

  // The columns [first, width) of the product, S strips of it from `left` on.
  template <int S, class Form>
  static void row_block(const Form &form, std::int64_t rows, std::int64_t first, std::int64_t width, const T *left,
                        const T *right, T *product) {
    std::int64_t j = first;
    const auto at = [&] { return product + form.column_step() * j; };
    for (; j + columns <= width; j += columns) micro<S, columns>(form, rows, left, right, j, at());
    if constexpr (columns > 4) {
      for (; j + 4 <= width; j += 4) micro<S, 4>(form, rows, left, right, j, at());
    }
    if constexpr (columns > 2) {
      for (; j + 2 <= width; j += 2) micro<S, 2>(form, rows, left, right, j, at());
    }
    for (; j < width; ++j) micro<S, 1>(form, rows, left, right, j, at());
  }

  // Tile by tile, and in each the strips of a row block by all columns: those stay in the first-level cache.
  static void product(std::int64_t rows, std::int64_t height, std::int64_t width, const T *left, const T *right,
                      bool add, bool upper, T *product, std::int64_t ld) {
    for (std::int64_t done = 0; done < rows; done += strip_rows) {
      const std::int64_t some = rows - done < strip_rows ? rows - done : strip_rows;
      const TileForm form = {ld, add || done > 0};
      std::int64_t i = 0;
      const auto block = [&](auto multiply) {
        multiply(form, some, upper ? i : 0, width, left + i * strip_rows, right, product + i);
      };
      if constexpr (strips >= 4) {
        for (; i + 3 * strip < height; i += 4 * strip) block(row_block<4, TileForm>);
      }
      if constexpr (strips >= 2) {
        for (; i + strip < height; i += 2 * strip) block(row_block<2, TileForm>);
      }
      for (; i < height; i += strip) block(row_block<1, TileForm>);
      left += tile_entries;
      right += tile_entries;
    }
  }

  // The rows that a micro product takes at once stay, with S strips of them, in the first-level cache.
  static void strip_product(std::int64_t rows, std::int64_t count, std::int64_t width, const T *left,
                            std::int64_t left_apart, const T *right, std::int64_t row_step, std::int64_t col_step,
                            T *product, std::int64_t product_apart) {
    constexpr std::int64_t rows_at_once = strips >= 4 ? 64 : 128;
    const StripForm form = {left_apart, row_step, col_step, product_apart};
    for (std::int64_t done = 0; done < rows; done += rows_at_once) {
      const std::int64_t some = rows - done < rows_at_once ? rows - done : rows_at_once;
      std::int64_t s = 0;
      const auto block = [&](auto multiply) {
        multiply(form, some, 0, width, left + s * left_apart + done * strip, right + done * row_step,
                 product + s * product_apart);
      };
      if constexpr (strips >= 4) {
        for (; s + 4 <= count; s += 4) block(row_block<4, StripForm>);
      }
      if constexpr (strips >= 2) {
        for (; s + 2 <= count; s += 2) block(row_block<2, StripForm>);
      }
      for (; s < count; ++s) block(row_block<1, StripForm>);
    }
  }
};

}  // namespace

extern const TileKernels tile_kernels;
const TileKernels tile_kernels = {Tiles<double>::product, Tiles<float>::product, Tiles<double>::strip_product};

}  // namespace akr::simd::AKR_SIMD_NAME
