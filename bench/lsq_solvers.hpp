// SPDX-License-Identifier: BSD-3-Clause
// The contestants of akr_bench_lsq in either precision: libakr, LAPACK's Householder QR, the normal equations; and the
// backward error that judges all of them.
#pragma once

#include <akr.h>
#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "handles.hpp"
#include "harness.hpp"
#include "problem.hpp"

namespace bench {

inline int gels(int n, int d, int k, double *a, double *b) {
  return LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', n, d, k, a, n, b, n);
}
inline int gels(int n, int d, int k, float *a, float *b) {
  return LAPACKE_sgels(LAPACK_COL_MAJOR, 'N', n, d, k, a, n, b, n);
}
inline void gram(int n, int d, const double *a, double *g) {
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, d, n, 1, a, n, 0, g, d);
}
inline void gram(int n, int d, const float *a, float *g) {
  cblas_ssyrk(CblasColMajor, CblasUpper, CblasTrans, d, n, 1, a, n, 0, g, d);
}
// X = AᵀB.
inline void adjoint(int n, int d, int k, const double *a, const double *b, double *x) {
  if (k == 1) return cblas_dgemv(CblasColMajor, CblasTrans, n, d, 1, a, n, b, 1, 0, x, 1);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, d, k, n, 1, a, n, b, n, 0, x, d);
}
inline void adjoint(int n, int d, int k, const float *a, const float *b, float *x) {
  if (k == 1) return cblas_sgemv(CblasColMajor, CblasTrans, n, d, 1, a, n, b, 1, 0, x, 1);
  cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, d, k, n, 1, a, n, b, n, 0, x, d);
}
inline bool solve_gram(int d, int k, double *g, double *x) {
  return LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', d, g, d) == 0 &&
         LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', d, k, g, d, x, d) == 0;
}
inline bool solve_gram(int d, int k, float *g, float *x) {
  return LAPACKE_spotrf(LAPACK_COL_MAJOR, 'U', d, g, d) == 0 &&
         LAPACKE_spotrs(LAPACK_COL_MAJOR, 'U', d, k, g, d, x, d) == 0;
}
inline akr_status solve(const akr_matrix *m, int n, int d, int k, const double *b, double *x, const akr_options *o,
                        akr_report *r) {
  return akr_lsq_solve_f64(m, nullptr, 0, k, b, n, x, d, o, r);
}
inline akr_status solve(const akr_matrix *m, int n, int d, int k, const float *b, float *x, const akr_options *o,
                        akr_report *r) {
  return akr_lsq_solve_f32(m, nullptr, 0, k, b, n, x, d, o, r);
}

// A problem as T, and as double what T made of it.
template <class T>
struct Data {
  explicit Data(Problem &from) : p(from), a(from.a.begin(), from.a.end()), b(from.b.begin(), from.b.end()) {
    std::copy(a.begin(), a.end(), from.a.begin());
    std::copy(b.begin(), b.end(), from.b.begin());
  }
  const Problem &p;
  std::vector<T> a, b;
};

// libakr with one method. Its time includes making the matrix handle, which looks for NaN.
template <class T>
class Ours {
 public:
  Ours(const Data<T> &data, std::string method, int threads)
      : data_(data), method_(std::move(method)), x_(count(data.p.d, data.p.k)) {
    handles_.set("method", method_);
    handles_.set("threads", std::to_string(threads));
  }

  Contestant contestant() {
    return {"akr " + method_,
            nullptr,
            [this] {
              const Problem &p = data_.p;
              const akr_matrix *a = handles_.open(p.n, p.d, data_.a.data());
              status_ = solve(a, p.n, p.d, p.k, data_.b.data(), x_.data(), handles_.options(), handles_.report());
            },
            {}};
  }
  const std::vector<T> &x() const { return x_; }
  akr_status status() const { return status_; }
  const Handles &report() const { return handles_; }

 private:
  const Data<T> &data_;
  std::string method_;
  std::vector<T> x_;
  Handles handles_;
  akr_status status_ = AKR_E_INTERNAL;
};

// Copies that it needs because it overwrites A and b are not counted.
template <class T>
struct Householder {
  explicit Householder(const Data<T> &from) : data(from) {}
  Contestant contestant() {
    return {sizeof(T) == 8 ? "dgels" : "sgels",
            [this] { a = data.a, x = data.b; },
            [this] { check(gels(data.p.n, data.p.d, data.p.k, a.data(), x.data()) == 0, "gels"); },
            {}};
  }
  const Data<T> &data;
  std::vector<T> a, x;  // x: columns n apart
};

template <class T>
struct NormalEquations {
  explicit NormalEquations(const Data<T> &from)
      : data(from), g(count(from.p.d, from.p.d)), x(count(from.p.d, from.p.k)) {}
  Contestant contestant() {
    return {"normal equations",
            nullptr,
            [this] {
              const Problem &p = data.p;
              gram(p.n, p.d, data.a.data(), g.data());
              adjoint(p.n, p.d, p.k, data.a.data(), data.b.data(), x.data());
              broke_down = !solve_gram(p.d, p.k, g.data(), x.data());
            },
            {}};
  }
  const Data<T> &data;
  std::vector<T> g, x;
  bool broke_down = false;
};

// Karlson and Waldén's backward error of the first column over ‖A‖_F in units of u = 2⁻⁵³ or 2⁻²⁴:
// ‖T⁻ᵀ Aᵀr‖/√(‖b‖²/‖A‖² + ‖x‖²)/‖A‖, TᵀT = RᵀR + omega² I, with R from one QR of A. Evaluated in double its floor is
// about 0.2 · 2⁻⁵³.
class BackwardError {
 public:
  BackwardError(const Problem &p, double roundoff) : p_(p), r_(count(p.d, p.d)), roundoff_(roundoff) {
    Vector a = p.a, tau(static_cast<std::size_t>(p.d));
    check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, p.n, p.d, a.data(), p.n, tau.data()) == 0, "dgeqrf");
    for (int j = 0; j < p.d; ++j)
      for (int i = 0; i <= j; ++i)
        r_[count(j, p.d) + static_cast<std::size_t>(i)] = a[count(j, p.n) + static_cast<std::size_t>(i)];
    frobenius_ = cblas_dnrm2(p.d * p.d, r_.data(), 1);
  }
  template <class T>
  double operator()(const std::vector<T> &solution) const {
    const Vector x(solution.begin(), solution.begin() + p_.d);
    Vector r(p_.b.begin(), p_.b.begin() + p_.n), g(static_cast<std::size_t>(p_.d));
    cblas_dgemv(CblasColMajor, CblasNoTrans, p_.n, p_.d, -1.0, p_.a.data(), p_.n, x.data(), 1, 1.0, r.data(), 1);
    cblas_dgemv(CblasColMajor, CblasTrans, p_.n, p_.d, 1.0, p_.a.data(), p_.n, r.data(), 1, 0.0, g.data(), 1);
    const double weight = std::hypot(cblas_dnrm2(p_.n, p_.b.data(), 1) / frobenius_, cblas_dnrm2(p_.d, x.data(), 1));
    const double omega = cblas_dnrm2(p_.n, r.data(), 1) / weight;
    const int rows = 2 * p_.d;
    Vector t(count(rows, p_.d)), tau(static_cast<std::size_t>(p_.d));
    for (int j = 0; j < p_.d; ++j) {
      std::copy_n(r_.data() + count(j, p_.d), p_.d, t.data() + count(j, rows));
      t[count(j, rows) + static_cast<std::size_t>(p_.d + j)] = omega;
    }
    check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, rows, p_.d, t.data(), rows, tau.data()) == 0, "dgeqrf");
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, p_.d, t.data(), rows, g.data(), 1);
    return cblas_dnrm2(p_.d, g.data(), 1) / weight / frobenius_ / roundoff_;
  }

 private:
  const Problem &p_;
  Vector r_;
  double roundoff_;
  double frobenius_ = 0;
};

}  // namespace bench
