// SPDX-License-Identifier: BSD-3-Clause
// The Hadamard transform and the signed sums of rows that sparse sign sketches are made of.
#include "simd/sketch_kernels.hpp"

#include "simd/vector.hpp"

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
struct Hadamard {
  using V = typename Register<T>::Type;
  typedef V Unaligned __attribute__((aligned(sizeof(T)), may_alias));
  static constexpr int width = AKR_SIMD_BYTES / static_cast<int>(sizeof(T));
  static constexpr std::int64_t base = 8 * width;                                     // one pass of contiguous()
  static constexpr std::int64_t tile = 16384 / static_cast<std::int64_t>(sizeof(T));  // half an L1 cache

  static V get(const T *p) { return *reinterpret_cast<const Unaligned *>(p); }
  static void put(T *p, V v) { *reinterpret_cast<Unaligned *>(p) = v; }

  template <int... I>
  struct Lanes {};
  template <int N, int... I>
  struct MakeLanes : MakeLanes<N - 1, N - 1, I...> {};
  template <int... I>
  struct MakeLanes<0, I...> {
    using Type = Lanes<I...>;
  };

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
  static void radix8(V *v) {
    for (int s = 1; s < 8; s *= 2) {
      for (int i = 0; i < 8; ++i) {
        if ((i & s) == 0) butterfly(v[i], v[i + s]);
      }
    }
  }

  // All stages of strides below 8·width, on 8·width contiguous numbers.
  static void contiguous(T *x) {
    V v[8];
    for (int i = 0; i < 8; ++i) v[i] = within(get(x + i * width));
    radix8(v);
    for (int i = 0; i < 8; ++i) put(x + i * width, v[i]);
  }

  // The stages of strides s, 2s, … radix·s/2 on radix·s contiguous numbers.
  template <int radix>
  static void pass(std::int64_t s, T *x) {
    for (std::int64_t j = 0; j < s; j += width) {
      V v[radix];
      for (int i = 0; i < radix; ++i) v[i] = get(x + i * s + j);
      for (int stride = 1; stride < radix; stride *= 2) {
        for (int i = 0; i < radix; ++i) {
          if ((i & stride) == 0) butterfly(v[i], v[i + stride]);
        }
      }
      for (int i = 0; i < radix; ++i) put(x + i * s + j, v[i]);
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
};

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
};

}  // namespace akr::simd::AKR_SIMD_NAME
