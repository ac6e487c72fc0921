// SPDX-License-Identifier: BSD-3-Clause
// The table of hand-vectorised kernels. Each is written once, in simd/kernels/, and compiled for every instruction set;
// dispatch.cpp picks one table when the library is first used. Includes <cstdint> alone: see instruction_sets.cmake.
#pragma once

#include <cstdint>

namespace akr::simd {

// What a product fetches into cache meanwhile: with each four lines the next `lines` pieces of
// `length` numbers, the first piece at `first`, each `stride` numbers after the one before. A hint, and by default
// none.
template <class T>
struct Fetch {
  const T *first = nullptr;
  std::int64_t lines = 0, length = 0, stride = 0;
};

// Loops over a block of A that sits in cache: lines of entries of type T, `stride` apart, with vectors in double. The
// lines are columns for A x by add_lines and Aᵀ y by dot_lines, or rows, and then it is the other way round.
template <class T>
struct BlockProducts {
  // y[0..length) += sign·Σ x[j]·line j.
  void (*add_lines)(std::int64_t length, std::int64_t lines, const T *a, std::int64_t stride, const double *x,
                    double sign, double *y, const Fetch<T> &fetch);
  // y[j] += sign·(line j)·x for j < lines.
  void (*dot_lines)(std::int64_t length, std::int64_t lines, const T *a, std::int64_t stride, const double *x,
                    double sign, double *y, const Fetch<T> &fetch);
  // A column-major block and the one above it at once: y[0..rows) += sign·A x, and z += Bᵀ w, where A is `rows` rows
  // from `a` on and B the `before` rows above them. A streams from memory while B is in cache; `next` rows below A are
  // fetched towards the end.
  void (*apply_and_adjoint)(std::int64_t rows, std::int64_t cols, const T *a, std::int64_t stride, const double *x,
                            double sign, double *y, std::int64_t before, const double *w, double *z, std::int64_t next);
  // Whether none of a[0..count) is a NaN or an infinity.
  bool (*all_finite)(std::int64_t count, const T *a);
};

struct Kernels {
  const char *name;
  int lanes;  // doubles of a vector
  BlockProducts<double> f64;
  BlockProducts<float> f32;
};

}  // namespace akr::simd
