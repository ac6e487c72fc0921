// SPDX-License-Identifier: BSD-3-Clause
// The Hadamard transform and the signed sums of rows that sparse sign sketches are made of.
#include "simd/sketch_kernels.hpp"

#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

// Rows of a row-major matrix that are fetched ahead: they are far apart, which no processor foresees.
constexpr std::int64_t rows_ahead = 16;
// Numbers of each of eight columns that are fetched ahead.
constexpr std::int64_t column_ahead = 128;

template <class T>
struct Hadamard {
  using V = typename Register<T>::Type;
  typedef V Unaligned __attribute__((aligned(sizeof(T)), may_alias));
  static constexpr int width = lanes_of<T>;
  static constexpr std::int64_t base = 8 * width;                                     // one pass of contiguous()
  static constexpr std::int64_t tile = 16384 / static_cast<std::int64_t>(sizeof(T));  // half an L1 cache

  static V get(const T *p) { return *reinterpret_cast<const Unaligned *>(p); }
  static void put(T *p, V v) { *reinterpret_cast<Unaligned *>(p) = v; }

  // The stage of stride S inside a register: lane i becomes x_i + x_{i+S} or, where i has bit S, x_{i−S} − x_i.
  template <int S, int... I>
  static V stage(V v, Lanes<I...>) {
    const V swapped = __builtin_shufflevector(v, v, (I ^ S)...);
    const V sign = {static_cast<T>((I & S) != 0 ? -1 : 1)...};
    return swapped + sign * v;
  }
  static V within(V v) {
    using All = typename MakeLanes<width>::Type;
    v = stage<1>(v, All());
    if constexpr (width > 2) v = stage<2>(v, All());
    if constexpr (width > 4) v = stage<4>(v, All());
    if constexpr (width > 8) v = stage<8>(v, All());
    return v;
  }

  static void butterfly(V &a, V &b) {
    const V sum = a + b;
    b = a - b;
    a = sum;
  }
  // All butterflies of a few registers, by templates rather than loops, so that the registers stay registers.
  template <int S, int I>
  static void one(V *v) {
    if constexpr ((I & S) == 0) butterfly(v[I], v[I + S]);
  }
  template <int S, int... I>
  static void stages(V *v, Lanes<I...> all) {
    (one<S, I>(v), ...);
    if constexpr (2 * S < static_cast<int>(sizeof...(I))) stages<2 * S>(v, all);
  }

  // All stages of strides below 8·width, on 8·width contiguous numbers.
  static void contiguous(T *x) {
    V v[8];
    for (int i = 0; i < 8; ++i) v[i] = within(get(x + i * width));
    stages<1>(v, typename MakeLanes<8>::Type());
    for (int i = 0; i < 8; ++i) put(x + i * width, v[i]);
  }

  // The stages of strides s, 2s, … radix·s/2 on radix·s contiguous numbers.
  template <int radix>
  static void pass(std::int64_t s, T *x) {
    pass_by(s, x, typename MakeLanes<radix>::Type());
  }
  template <int... I>
  static void pass_by(std::int64_t s, T *x, Lanes<I...> all) {
    for (std::int64_t j = 0; j < s; j += width) {
      V v[] = {get(x + I * s + j)...};
      stages<1>(v, all);
      (put(x + I * s + j, v[I]), ...);
    }
  }

  // The stages of strides from `s` to below r, on r contiguous numbers.
  static void passes(std::int64_t s, std::int64_t r, T *x) {
    while (s < r) {
      const std::int64_t left = r / s;
      const std::int64_t radix = left >= 8 ? 8 : left;
      for (std::int64_t i = 0; i < r; i += radix * s) {
        if (radix == 8) pass<8>(s, x + i);
        if (radix == 4) pass<4>(s, x + i);
        if (radix == 2) pass<2>(s, x + i);
      }
      s *= radix;
    }
  }

  static void transform(std::int64_t r, T *x) {
    if (r < base) {
      for (std::int64_t s = 1; s < r; s *= 2) {
        for (std::int64_t i = 0; i < r; ++i) {
          if ((i & s) != 0) continue;
          const T a = x[i], b = x[i + s];
          x[i] = a + b;
          x[i + s] = a - b;
        }
      }
      return;
    }
    const std::int64_t part = r < tile ? r : tile;
    for (std::int64_t first = 0; first < r; first += part) {
      for (std::int64_t i = 0; i < part; i += base) contiguous(x + first + i);
      passes(base, part, x + first);
    }
    passes(part, r, x);
  }

  // Stages above those of a part that stays in the first-level cache: as many at once as there are registers for.
  static constexpr std::int64_t most_radix = AKR_SIMD_BYTES == 64 ? 16 : 8;

  // The stages of strides from `s` to below r, on r contiguous numbers, parts that fit into a cache first.
  static void upper(std::int64_t s, std::int64_t r, T *x) {
    if (r <= tile) {
      for (std::int64_t radix = 0; s < r; s *= radix) {
        radix = r / s < most_radix ? r / s : most_radix;
        for (std::int64_t i = 0; i < r; i += radix * s) pass_of(radix, s, x + i);
      }
      return;
    }
    const std::int64_t radix = r / tile < most_radix ? r / tile : most_radix;
    const std::int64_t part = r / radix;
    for (std::int64_t i = 0; i < r; i += part) upper(s, part, x + i);
    pass_of(radix, part, x);
  }
  static void pass_of(std::int64_t radix, std::int64_t s, T *x) {
    if (radix == 16) pass<16>(s, x);
    if (radix == 8) pass<8>(s, x);
    if (radix == 4) pass<4>(s, x);
    if (radix == 2) pass<2>(s, x);
  }

  // The transform of eight columns side by side.
  static void transform_rows(std::int64_t r, T *x) { upper(transform_width, transform_width * r, x); }
};

std::int64_t place(std::uint32_t word) { return static_cast<std::int64_t>(word & ~negative_bit); }

template <class T>
void scatter_rows(std::int64_t rows, const T *a, std::int64_t stride, const std::uint32_t *places, double scale,
                  double *x) {
  const double factors[2] = {scale, -scale};
  for (std::int64_t i = 0; i < rows; ++i) {
    const T *row = a + i * stride;
    __builtin_prefetch(row + rows_ahead * stride);
    const Vec factor = splat(factors[places[i] >> 31]);
    double *to = x + transform_width * place(places[i]);
    for (int c = 0; c < transform_width; c += lanes) store(to + c, factor * load(row + c));
  }
}

template <class T>
void scatter_columns(std::int64_t rows, const T *a, std::int64_t stride, const std::uint32_t *places, double scale,
                     double *x) {
  const double factors[2] = {scale, -scale};
  std::int64_t i = 0;
  for (; i + lanes <= rows; i += lanes) {
    for (int c = 0; c < transform_width; c += lanes) {
      Vec v[lanes];
      for (int k = 0; k < lanes; ++k) {
        const T *column = a + i + (c + k) * stride;
        __builtin_prefetch(column + column_ahead);
        v[k] = load(column);
      }
      transpose<double>(v);
      for (int k = 0; k < lanes; ++k) {
        const std::uint32_t word = places[i + k];
        store(x + transform_width * place(word) + c, splat(factors[word >> 31]) * v[k]);
      }
    }
  }
  for (; i < rows; ++i) {
    double *to = x + transform_width * place(places[i]);
    for (int c = 0; c < transform_width; ++c) {
      to[c] = factors[places[i] >> 31] * static_cast<double>(a[i + c * stride]);
    }
  }
}

void gather_columns(std::int64_t count, std::int64_t cols, const std::uint32_t *places, const double *x, double *sums,
                    std::int64_t stride) {
  const double factors[2] = {1, -1};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::int64_t c = 0; c < cols; c += lanes) {
      Vec v[lanes];
      for (int k = 0; k < lanes; ++k) {
        const std::uint32_t word = places[i + k];
        v[k] = splat(factors[word >> 31]) * load(x + transform_width * place(word) + c);
      }
      transpose<double>(v);
      for (int k = 0; k < lanes && c + k < cols; ++k) {
        double *sum = sums + i + (c + k) * stride;
        store(sum, load(sum) + v[k]);
      }
    }
  }
  for (; i < count; ++i) {
    const double *from = x + transform_width * place(places[i]);
    for (std::int64_t c = 0; c < cols; ++c) sums[i + c * stride] += factors[places[i] >> 31] * from[c];
  }
}

template <class T, int width>
void signed_sums(std::int64_t count, const std::uint32_t *entries, const T *block, double scale, double *sums) {
  constexpr int registers = width / lanes;
  static_assert(registers * lanes == width, "a row is a whole number of registers");
  const double factors[2] = {scale, -scale};  // a branch on the sign would be mispredicted every other time
  for (std::int64_t e = 0; e < count; ++e) {
    const std::uint32_t entry = entries[e];
    const Vec factor = splat(factors[entry >> 31]);
    const T *row = block + static_cast<std::int64_t>(entry_row(entry)) * width;
    double *sum = sums + static_cast<std::int64_t>(entry_sum(entry)) * width;
    for (int i = 0; i < registers; ++i) {
      store(sum + i * lanes, load(sum + i * lanes) + factor * load(row + i * lanes));
    }
  }
}

}  // namespace

extern const SketchKernels sketch_kernels;
const SketchKernels sketch_kernels = {
    Hadamard<double>::transform,
    Hadamard<float>::transform,
    {signed_sums<double, 8>, signed_sums<double, 16>},
    {signed_sums<float, 8>, signed_sums<float, 16>},
    Hadamard<double>::transform_rows,
    {scatter_rows<double>, scatter_columns<double>},
    {scatter_rows<float>, scatter_columns<float>},
    gather_columns,
};

}  // namespace akr::simd::AKR_SIMD_NAME
