// SPDX-License-Identifier: BSD-3-Clause
// The table of hand-vectorised kernels. Each is written once, in simd/kernels/, and compiled for every instruction set;
// dispatch.cpp picks one table when the library is first used. Includes <cstdint> alone: see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

// Loops over a block of A that sits in cache: products with vectors in double, entries of type T.
template <class T>
struct BlockProducts {
  // y[0..rows) += sign·A x for a column-major block (columns lda apart).
  void (*col_apply)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *x, double sign,
                    double *y);
  // g[0..cols) += Aᵀ y. ahead > 0: meanwhile fetches the rows that lie `ahead` rows further into cache.
  void (*col_adjoint)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *y, double *g,
                      std::int64_t ahead);
  // The same for a row-major block (rows lda apart).
  void (*row_apply)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *x, double sign,
                    double *y);
  void (*row_adjoint)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda, const double *y, double *g);
  // Whether none of a[0..count) is a NaN or an infinity.
  bool (*all_finite)(std::int64_t count, const T *a);
};

struct Kernels {
  const char *name;
  BlockProducts<double> f64;
  BlockProducts<float> f32;
};

}  // namespace akr::simd
