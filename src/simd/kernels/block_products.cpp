// SPDX-License-Identifier: BSD-3-Clause
// Matrix-vector products with a block of A in cache, for passes that use A twice and read it once. Memory is kept busy
// all the time: row-major, half of the next block is fetched during each of the two products; column-major, one product
// of a block runs together with the other one of the block above, which it has left in cache.
#include "simd/kernels.hpp"
#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

constexpr std::int64_t group = 4;  // lines that share the loads and stores of a vector

// Numbers of a line of the cache.
template <class T>
constexpr std::int64_t cache_line = 64 / static_cast<std::int64_t>(sizeof(T));

template <class T>
inline void fetch_pieces(const T *first, const Fetch<T> &fetch) {
  for (std::int64_t p = 0; p < fetch.lines; ++p) {
    const T *piece = first + p * fetch.stride;
    for (std::int64_t i = 0; i < fetch.length; i += cache_line<T>) __builtin_prefetch(piece + i, 0, 3);
  }
}

template <class T>
void add_lines(std::int64_t length, std::int64_t lines, const T *a, std::int64_t stride, const double *x, double sign,
               double *y, const Fetch<T> &fetch) {
  const T *next = fetch.first;
  std::int64_t j = 0;
  for (; j + group <= lines; j += group) {
    const T *c = a + j * stride;
    if (next != nullptr) {
      fetch_pieces(next, fetch);
      next += fetch.lines * fetch.stride;
    }
    const double x0 = sign * x[j], x1 = sign * x[j + 1], x2 = sign * x[j + 2], x3 = sign * x[j + 3];
    const Vec v0 = splat(x0), v1 = splat(x1), v2 = splat(x2), v3 = splat(x3);
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes) {
      const Vec s = multiply_add(v0, load(c + i), load(y + i));
      const Vec t = multiply_add(v1, load(c + stride + i), v3 * load(c + 3 * stride + i));
      store(y + i, multiply_add(v2, load(c + 2 * stride + i), s) + t);
    }
    for (; i < length; ++i) {
      y[i] += (x0 * static_cast<double>(c[i]) + x1 * static_cast<double>(c[stride + i])) +
              (x2 * static_cast<double>(c[2 * stride + i]) + x3 * static_cast<double>(c[3 * stride + i]));
    }
  }
  for (; j < lines; ++j) {
    const T *c = a + j * stride;
    const double x0 = sign * x[j];
    const Vec v0 = splat(x0);
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes) store(y + i, load(y + i) + v0 * load(c + i));
    for (; i < length; ++i) y[i] += x0 * static_cast<double>(c[i]);
  }
}

template <class T>
void dot_lines(std::int64_t length, std::int64_t lines, const T *a, std::int64_t stride, const double *x, double sign,
               double *y, const Fetch<T> &fetch) {
  const T *next = fetch.first;
  std::int64_t j = 0;
  for (; j + group <= lines; j += group) {
    const T *c = a + j * stride;
    if (next != nullptr) {
      fetch_pieces(next, fetch);
      next += fetch.lines * fetch.stride;
    }
    Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes) {
      const Vec v = load(x + i);
      s0 = s0 + v * load(c + i);
      s1 = s1 + v * load(c + stride + i);
      s2 = s2 + v * load(c + 2 * stride + i);
      s3 = s3 + v * load(c + 3 * stride + i);
    }
    double t0 = sum(s0), t1 = sum(s1), t2 = sum(s2), t3 = sum(s3);
    for (; i < length; ++i) {
      t0 += x[i] * static_cast<double>(c[i]);
      t1 += x[i] * static_cast<double>(c[stride + i]);
      t2 += x[i] * static_cast<double>(c[2 * stride + i]);
      t3 += x[i] * static_cast<double>(c[3 * stride + i]);
    }
    y[j] += sign * t0;
    y[j + 1] += sign * t1;
    y[j + 2] += sign * t2;
    y[j + 3] += sign * t3;
  }
  for (; j < lines; ++j) {
    const T *c = a + j * stride;
    Vec s0 = {};
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes) s0 = s0 + load(x + i) * load(c + i);
    double t0 = sum(s0);
    for (; i < length; ++i) t0 += x[i] * static_cast<double>(c[i]);
    y[j] += sign * t0;
  }
}

// So many columns ahead their pieces are fetched; that is far enough for memory, and near enough for the first-level
// cache.
constexpr std::int64_t columns_ahead = 16;

template <class T>
void apply_and_adjoint(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t stride, const double *x,
                       double sign, double *y, std::int64_t before, const double *w, double *z, std::int64_t next) {
  const std::int64_t both = rows < before ? rows : before;
  std::int64_t j = 0;
  for (; j + group <= cols; j += group) {
    const T *c = a + j * stride;
    const T *b = c - before;
    // Where the last columns have nothing ahead of them, the first columns of the rows below.
    const T *ahead = c;
    if (j + columns_ahead + group <= cols) {
      ahead = c + columns_ahead * stride;
    } else if (next >= rows && cols >= columns_ahead + group) {
      ahead = a + rows + (j + columns_ahead - cols) / group * group * stride;
    }
    const double x0 = sign * x[j], x1 = sign * x[j + 1], x2 = sign * x[j + 2], x3 = sign * x[j + 3];
    const Vec v0 = splat(x0), v1 = splat(x1), v2 = splat(x2), v3 = splat(x3);
    Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
    const auto apply = [&](std::int64_t i) {
      const Vec s = multiply_add(v0, load(c + i), load(y + i));
      const Vec t = multiply_add(v1, load(c + stride + i), v3 * load(c + 3 * stride + i));
      store(y + i, multiply_add(v2, load(c + 2 * stride + i), s) + t);
    };
    const auto adjoint = [&](std::int64_t i) {
      const Vec v = load(w + i);
      s0 = s0 + v * load(b + i);
      s1 = s1 + v * load(b + stride + i);
      s2 = s2 + v * load(b + 2 * stride + i);
      s3 = s3 + v * load(b + 3 * stride + i);
    };
    std::int64_t i = 0;
    for (; i + cache_line<T> <= both; i += cache_line<T>) {
      for (std::int64_t p = 0; p < group; ++p) __builtin_prefetch(ahead + p * stride + i, 0, 3);
      for (std::int64_t l = i; l < i + cache_line<T>; l += lanes) {
        apply(l);
        adjoint(l);
      }
    }
    std::int64_t k = i;
    for (; i + lanes <= rows; i += lanes) apply(i);
    for (; i < rows; ++i) {
      y[i] += (x0 * static_cast<double>(c[i]) + x1 * static_cast<double>(c[stride + i])) +
              (x2 * static_cast<double>(c[2 * stride + i]) + x3 * static_cast<double>(c[3 * stride + i]));
    }
    for (; k + lanes <= before; k += lanes) adjoint(k);
    double t0 = sum(s0), t1 = sum(s1), t2 = sum(s2), t3 = sum(s3);
    for (; k < before; ++k) {
      t0 += w[k] * static_cast<double>(b[k]);
      t1 += w[k] * static_cast<double>(b[stride + k]);
      t2 += w[k] * static_cast<double>(b[2 * stride + k]);
      t3 += w[k] * static_cast<double>(b[3 * stride + k]);
    }
    z[j] += t0;
    z[j + 1] += t1;
    z[j + 2] += t2;
    z[j + 3] += t3;
  }
  add_lines(rows, cols - j, a + j * stride, stride, x + j, sign, y, Fetch<T>());
  dot_lines(before, cols - j, a + j * stride - before, stride, w, 1.0, z + j, Fetch<T>());
}

// x·0 is 0 for finite x and NaN otherwise.
template <class T>
bool all_finite(std::int64_t count, const T *a) {
  const Vec zero = {};
  Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
  std::int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    s0 = s0 + zero * load(a + i);
    s1 = s1 + zero * load(a + i + lanes);
    s2 = s2 + zero * load(a + i + 2 * lanes);
    s3 = s3 + zero * load(a + i + 3 * lanes);
  }
  double rest = 0;
  for (; i < count; ++i) rest += 0.0 * static_cast<double>(a[i]);
  return sum((s0 + s1) + (s2 + s3)) + rest == 0;
}

}  // namespace

extern const Kernels kernels;
const Kernels kernels = {
#define AKR_TEXT_(name) #name
#define AKR_TEXT(name) AKR_TEXT_(name)
    AKR_TEXT(AKR_SIMD_NAME),
    lanes,
    {add_lines<double>, dot_lines<double>, apply_and_adjoint<double>, all_finite<double>},
    {add_lines<float>, dot_lines<float>, apply_and_adjoint<float>, all_finite<float>},
};

}  // namespace akr::simd::AKR_SIMD_NAME
