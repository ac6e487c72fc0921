// SPDX-License-Identifier: BSD-3-Clause
// Matrix-vector products with a block of A in cache. A pass over A calls apply and then adjoint on each block: the
// first streams the block from memory, the second finds it in cache, so that the pair costs one reading of A.
#include "simd/kernels.hpp"
#include "simd/vector.hpp"

namespace akr::simd::AKR_SIMD_NAME {

namespace {

constexpr std::int64_t group = 4;  // columns, or rows, that share the loads and stores of a vector

template <class T>
void col_apply(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *x, double sign,
               double *y) {
  std::int64_t j = 0;
  for (; j + group <= cols; j += group) {
    const T *c = a + j * lda;
    const double x0 = sign * x[j], x1 = sign * x[j + 1], x2 = sign * x[j + 2], x3 = sign * x[j + 3];
    const Vec v0 = splat(x0), v1 = splat(x1), v2 = splat(x2), v3 = splat(x3);
    std::int64_t i = 0;
    for (; i + lanes <= rows; i += lanes) {
      Vec s = load(y + i) + v0 * load(c + i);
      Vec t = v1 * load(c + lda + i);
      s = s + v2 * load(c + 2 * lda + i);
      t = t + v3 * load(c + 3 * lda + i);
      store(y + i, s + t);
    }
    for (; i < rows; ++i) {
      y[i] += (x0 * static_cast<double>(c[i]) + x1 * static_cast<double>(c[lda + i])) +
              (x2 * static_cast<double>(c[2 * lda + i]) + x3 * static_cast<double>(c[3 * lda + i]));
    }
  }
  for (; j < cols; ++j) {
    const T *c = a + j * lda;
    const double x0 = sign * x[j];
    const Vec v0 = splat(x0);
    std::int64_t i = 0;
    for (; i + lanes <= rows; i += lanes) store(y + i, load(y + i) + v0 * load(c + i));
    for (; i < rows; ++i) y[i] += x0 * static_cast<double>(c[i]);
  }
}

template <class T>
void col_adjoint(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *y, double *g,
                 std::int64_t ahead) {
  constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));
  std::int64_t j = 0;
  for (; j + group <= cols; j += group) {
    const T *c = a + j * lda;
    if (ahead > 0) {
      for (std::int64_t i = 0; i < rows; i += line) {
        __builtin_prefetch(c + ahead + i, 0, 2);
        __builtin_prefetch(c + lda + ahead + i, 0, 2);
        __builtin_prefetch(c + 2 * lda + ahead + i, 0, 2);
        __builtin_prefetch(c + 3 * lda + ahead + i, 0, 2);
      }
    }
    Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
    std::int64_t i = 0;
    for (; i + lanes <= rows; i += lanes) {
      const Vec v = load(y + i);
      s0 = s0 + v * load(c + i);
      s1 = s1 + v * load(c + lda + i);
      s2 = s2 + v * load(c + 2 * lda + i);
      s3 = s3 + v * load(c + 3 * lda + i);
    }
    double t0 = sum(s0), t1 = sum(s1), t2 = sum(s2), t3 = sum(s3);
    for (; i < rows; ++i) {
      t0 += y[i] * static_cast<double>(c[i]);
      t1 += y[i] * static_cast<double>(c[lda + i]);
      t2 += y[i] * static_cast<double>(c[2 * lda + i]);
      t3 += y[i] * static_cast<double>(c[3 * lda + i]);
    }
    g[j] += t0;
    g[j + 1] += t1;
    g[j + 2] += t2;
    g[j + 3] += t3;
  }
  for (; j < cols; ++j) {
    const T *c = a + j * lda;
    Vec s0 = {};
    std::int64_t i = 0;
    for (; i + lanes <= rows; i += lanes) s0 = s0 + load(y + i) * load(c + i);
    double t0 = sum(s0);
    for (; i < rows; ++i) t0 += y[i] * static_cast<double>(c[i]);
    g[j] += t0;
  }
}

template <class T>
void row_apply(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *x, double sign,
               double *y) {
  std::int64_t i = 0;
  for (; i + group <= rows; i += group) {
    const T *r = a + i * lda;
    Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
    std::int64_t j = 0;
    for (; j + lanes <= cols; j += lanes) {
      const Vec v = load(x + j);
      s0 = s0 + v * load(r + j);
      s1 = s1 + v * load(r + lda + j);
      s2 = s2 + v * load(r + 2 * lda + j);
      s3 = s3 + v * load(r + 3 * lda + j);
    }
    double t0 = sum(s0), t1 = sum(s1), t2 = sum(s2), t3 = sum(s3);
    for (; j < cols; ++j) {
      t0 += x[j] * static_cast<double>(r[j]);
      t1 += x[j] * static_cast<double>(r[lda + j]);
      t2 += x[j] * static_cast<double>(r[2 * lda + j]);
      t3 += x[j] * static_cast<double>(r[3 * lda + j]);
    }
    y[i] += sign * t0;
    y[i + 1] += sign * t1;
    y[i + 2] += sign * t2;
    y[i + 3] += sign * t3;
  }
  for (; i < rows; ++i) {
    const T *r = a + i * lda;
    Vec s0 = {};
    std::int64_t j = 0;
    for (; j + lanes <= cols; j += lanes) s0 = s0 + load(x + j) * load(r + j);
    double t0 = sum(s0);
    for (; j < cols; ++j) t0 += x[j] * static_cast<double>(r[j]);
    y[i] += sign * t0;
  }
}

template <class T>
void row_adjoint(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *y, double *g) {
  col_apply(cols, rows, a, lda, y, 1.0, g);  // Aᵀ of a row-major block is a column-major block
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
    {col_apply<double>, col_adjoint<double>, row_apply<double>, row_adjoint<double>, all_finite<double>},
    {col_apply<float>, col_adjoint<float>, row_apply<float>, row_adjoint<float>, all_finite<float>},
};

}  // namespace akr::simd::AKR_SIMD_NAME
