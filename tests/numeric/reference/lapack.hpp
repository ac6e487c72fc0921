// SPDX-License-Identifier: BSD-3-Clause
// The solvers libakr is compared with, from LAPACK, in both precisions, and small LAPACK jobs of the generators.
#pragma once

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "reference/array.hpp"

namespace numeric {

inline lapack_int narrow(std::int64_t n) { return static_cast<lapack_int>(n); }

inline void expect_success(lapack_int info, const char *routine) {
  if (info != 0) throw std::runtime_error(std::string(routine) + " failed, info = " + std::to_string(info));
}

// Householder QR: dgels / sgels. The first cols(A) entries of what it leaves in b.
inline Array<double> gels(Array<double> a, Array<double> b) {
  expect_success(LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', narrow(a.rows()), narrow(a.cols()), narrow(b.cols()), a.data(),
                               narrow(a.rows()), b.data(), narrow(b.rows())),
                 "dgels");
  Array<double> x(a.cols(), b.cols());
  for (std::int64_t j = 0; j < b.cols(); ++j) std::copy_n(b.col(j), a.cols(), x.col(j));
  return x;
}
inline Array<float> gels(Array<float> a, Array<float> b) {
  expect_success(LAPACKE_sgels(LAPACK_COL_MAJOR, 'N', narrow(a.rows()), narrow(a.cols()), narrow(b.cols()), a.data(),
                               narrow(a.rows()), b.data(), narrow(b.rows())),
                 "sgels");
  Array<float> x(a.cols(), b.cols());
  for (std::int64_t j = 0; j < b.cols(); ++j) std::copy_n(b.col(j), a.cols(), x.col(j));
  return x;
}

// The normal equations by Cholesky: loses kappa^2 u, which a test that means anything must notice.
inline Array<double> normal_equations(const Array<double> &a, const Array<double> &b) {
  const lapack_int n = narrow(a.rows()), d = narrow(a.cols());
  Array<double> gram(d, d), x(d);
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, d, n, 1.0, a.data(), n, 0.0, gram.data(), d);
  cblas_dgemv(CblasColMajor, CblasTrans, n, d, 1.0, a.data(), n, b.data(), 1, 0.0, x.data(), 1);
  if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', d, gram.data(), d) != 0) return Array<double>(d);
  expect_success(LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', d, 1, gram.data(), d, x.data(), d), "dpotrs");
  return x;
}

// The orthonormal factor of A = Q R, with the signs that make Q of a Gaussian A uniformly distributed (Mezzadri 2007).
inline Array<double> orthonormal(Array<double> a) {
  const lapack_int n = narrow(a.rows()), d = narrow(a.cols());
  Array<double> tau(d), sign(d);
  expect_success(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, n, d, a.data(), n, tau.data()), "dgeqrf");
  for (std::int64_t j = 0; j < d; ++j) sign[j] = a(j, j) < 0 ? -1 : 1;
  expect_success(LAPACKE_dorgqr(LAPACK_COL_MAJOR, n, d, d, a.data(), n, tau.data()), "dorgqr");
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t i = 0; i < n; ++i) a(i, j) *= sign[j];
  return a;
}

inline Array<double> singular_values(Array<double> a) {
  const std::int64_t k = std::min(a.rows(), a.cols());
  Array<double> sigma(k), work(k);
  expect_success(LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'N', 'N', narrow(a.rows()), narrow(a.cols()), a.data(),
                                narrow(a.rows()), sigma.data(), nullptr, 1, nullptr, 1, work.data()),
                 "dgesvd");
  return sigma;
}

// op(A) B.
inline Array<double> multiply(const Array<double> &a, bool transpose, const Array<double> &b) {
  const std::int64_t rows = transpose ? a.cols() : a.rows();
  Array<double> out(rows, b.cols());
  cblas_dgemm(CblasColMajor, transpose ? CblasTrans : CblasNoTrans, CblasNoTrans, narrow(rows), narrow(b.cols()),
              narrow(b.rows()), 1.0, a.data(), narrow(a.rows()), b.data(), narrow(b.rows()), 0.0, out.data(),
              narrow(rows));
  return out;
}

}  // namespace numeric
