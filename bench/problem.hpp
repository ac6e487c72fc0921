// SPDX-License-Identifier: BSD-3-Clause
// The tall matrices that the solvers are raced on.
#pragma once

#include <cblas.h>
#include <lapacke.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace bench {

using Vector = std::vector<double>;

inline void check(bool good, const std::string &what) {
  if (good) return;
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

struct Problem {
  int n = 0, d = 0, k = 1;  // rows, columns, right-hand sides
  Vector a;                 // column-major
  Vector b;
};

inline std::size_t count(int rows, int cols) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols); }

// Irwin–Hall sums of four uniforms: close enough to normal for a benchmark and much cheaper.
inline void fill_normal(Vector &v, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  for (double &value : v) {
    const std::uint64_t w = engine();
    value = 0;
    for (int k = 0; k < 64; k += 16) value += static_cast<double>((w >> k) & 0xffff);
    value = (value / 65535.0 - 2) * std::sqrt(3.0);
  }
}

// Columns of normal numbers made orthogonal, for n ≥ d.
inline void orthogonalise(Vector &g, int n, int d) {
  Vector tau(static_cast<std::size_t>(d));
  check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, n, d, g.data(), n, tau.data()) == 0, "dgeqrf");
  check(LAPACKE_dorgqr(LAPACK_COL_MAJOR, n, d, d, g.data(), n, tau.data()) == 0, "dorgqr");
}

// A = G B: G close to orthonormal·√n for n ≫ d, B = diag(sigma) Q with log-spaced sigma, so kappa(A) is about kappa
// times (1 + √(d/n))/(1 - √(d/n)). Near to square, where that is large, G is orthonormal.
inline Problem make_problem(int n, int d, double kappa, int k = 1) {
  check(n >= d, "a matrix of fewer rows than columns: n must be at least d");
  Problem p{n, d, k, Vector(count(n, d)), Vector(count(n, k))};
  Vector g(count(n, d)), q(count(d, d));
  fill_normal(g, 1);
  fill_normal(q, 2);
  if (n < 2 * d) orthogonalise(g, n, d);
  orthogonalise(q, d, d);
  for (int i = 0; i < d; ++i)
    cblas_dscal(d, d > 1 ? std::pow(kappa, -static_cast<double>(i) / (d - 1)) : 1, q.data() + i, d);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, d, d, 1.0, g.data(), n, q.data(), d, 0.0, p.a.data(), n);
  // B = A X + noise of a hundredth of its size.
  Vector x(count(d, k));
  fill_normal(x, 3);
  fill_normal(p.b, 4);
  for (int c = 0; c < k; ++c) {
    double *b = p.b.data() + count(c, n);
    cblas_dscal(n, 0.01 * std::sqrt(static_cast<double>(n)) / cblas_dnrm2(n, b, 1), b, 1);
    cblas_dgemv(CblasColMajor, CblasNoTrans, n, d, 1.0, p.a.data(), n, x.data() + count(c, d), 1, 1.0, b, 1);
  }
  return p;
}

}  // namespace bench
