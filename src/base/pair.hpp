// SPDX-License-Identifier: BSD-3-Clause
// Unevaluated sums of two doubles, some 106 bits (Dekker 1971; Joldes, Muller, Popescu, ACM TOMS 44, 2017): for vectors
// of few entries. The loops over A are in simd/pair_kernels.hpp.
#pragma once

#include <cmath>

#include "base/memory.hpp"

namespace akr {

struct Pair {
  double hi = 0;
  double lo = 0;
};

// a + b, exactly.
inline Pair two_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
// The same for |a| >= |b|.
inline Pair quick_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}
inline Pair two_product(double a, double b) {
  const double p = a * b;
  return {p, std::fma(a, b, -p)};
}
inline Pair operator+(const Pair &a, const Pair &b) {
  Pair s = two_sum(a.hi, b.hi);
  const Pair t = two_sum(a.lo, b.lo);
  s = quick_two_sum(s.hi, s.lo + t.hi);
  return quick_two_sum(s.hi, s.lo + t.lo);
}
inline Pair operator-(const Pair &a) { return {-a.hi, -a.lo}; }
inline Pair operator-(const Pair &a, const Pair &b) { return a + (-b); }
inline Pair operator*(const Pair &a, double b) {
  const Pair p = two_product(a.hi, b);
  return quick_two_sum(p.hi, p.lo + a.lo * b);
}

// Columns of pairs as two arrays, as the kernels want them.
struct PairArray {
  Array2<double> hi;
  Array2<double> lo;

  PairArray() = default;
  PairArray(std::int64_t rows, std::int64_t cols) : hi(rows, cols, 0.0), lo(rows, cols, 0.0) {}

  Pair operator()(std::int64_t i, std::int64_t j) const { return {hi(i, j), lo(i, j)}; }
  void set(std::int64_t i, std::int64_t j, const Pair &value) {
    hi(i, j) = value.hi;
    lo(i, j) = value.lo;
  }
  std::int64_t rows() const { return hi.rows(); }
  std::int64_t cols() const { return hi.cols(); }
  PairArray clone() const {
    PairArray out;
    out.hi = hi.clone();
    out.lo = lo.clone();
    return out;
  }
};

}  // namespace akr
