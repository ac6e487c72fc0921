// SPDX-License-Identifier: BSD-3-Clause
// Attention kernels in extended precision, entry by entry, and akr.h's functions for both precisions under one name.
#pragma once

#include <limits>

#include "reference/api.hpp"

namespace numeric {

struct DestroyKernel {
  void operator()(akr_kernel *p) const { akr_kernel_destroy(p); }
};
using Kernel = std::unique_ptr<akr_kernel, DestroyKernel>;

inline akr_status create_kernel(std::int32_t layout, std::int64_t n, std::int64_t d, double scale, const double *a,
                                std::int64_t lda, const akr_options *o, akr_kernel **out) {
  return akr_kernel_create_f64(layout, n, d, scale, a, lda, o, out);
}
inline akr_status create_kernel(std::int32_t layout, std::int64_t n, std::int64_t d, double scale, const float *a,
                                std::int64_t lda, const akr_options *o, akr_kernel **out) {
  return akr_kernel_create_f32(layout, n, d, scale, a, lda, o, out);
}
inline akr_status apply_kernel(const akr_kernel *k, std::int64_t nrhs, const double *x, std::int64_t ldx, double *y,
                               std::int64_t ldy, const akr_options *o, akr_report *r) {
  return akr_kernel_apply_f64(k, nrhs, x, ldx, y, ldy, o, r);
}
inline akr_status apply_kernel(const akr_kernel *k, std::int64_t nrhs, const float *x, std::int64_t ldx, float *y,
                               std::int64_t ldy, const akr_options *o, akr_report *r) {
  return akr_kernel_apply_f32(k, nrhs, x, ldx, y, ldy, o, r);
}
inline akr_status predict_kernel(const akr_kernel *k, int normalize, std::int32_t layout, std::int64_t m,
                                 const double *q, std::int64_t ldq, std::int64_t nrhs, const double *x,
                                 std::int64_t ldx, double *y, std::int64_t ldy, const akr_options *o, akr_report *r) {
  return akr_kernel_predict_f64(k, normalize, layout, m, q, ldq, nrhs, x, ldx, y, ldy, o, r);
}
inline akr_status predict_kernel(const akr_kernel *k, int normalize, std::int32_t layout, std::int64_t m,
                                 const float *q, std::int64_t ldq, std::int64_t nrhs, const float *x, std::int64_t ldx,
                                 float *y, std::int64_t ldy, const akr_options *o, akr_report *r) {
  return akr_kernel_predict_f32(k, normalize, layout, m, q, ldq, nrhs, x, ldx, y, ldy, o, r);
}
template <class T>
akr_status attend(std::int32_t layout, std::int64_t m, std::int64_t n, std::int64_t d, std::int64_t w, double scale,
                  int causal, const T *q, std::int64_t ldq, const T *k, std::int64_t ldk, const T *v, std::int64_t ldv,
                  T *out, std::int64_t ldout, const akr_options *o, akr_report *r) {
  if constexpr (sizeof(T) == 8) {
    return akr_attention_f64(layout, m, n, d, w, scale, causal, q, ldq, k, ldk, v, ldv, out, ldout, o, r);
  } else {
    return akr_attention_f32(layout, m, n, d, w, scale, causal, q, ldq, k, ldk, v, ldv, out, ldout, o, r);
  }
}

// Column-major points, a row each.
template <class T>
Kernel make_kernel(const Array<T> &a, double scale, const Options &options = {}) {
  akr_kernel *p = nullptr;
  require(create_kernel(AKR_COL_MAJOR, a.rows(), a.cols(), scale, a.data(), a.rows() > 0 ? a.rows() : 1, options.get(),
                        &p));
  return Kernel(p);
}

// scale <q_i, a_j> in extended precision.
template <class T>
Array<Real> exponents(const Array<T> &q, const Array<T> &a, double scale) {
  Array<Real> e(q.rows(), a.rows());
  for (std::int64_t i = 0; i < q.rows(); ++i)
    for (std::int64_t j = 0; j < a.rows(); ++j) {
      Real sum = 0;
      for (std::int64_t l = 0; l < q.cols(); ++l) sum += wide(q(i, l)) * wide(a(j, l));
      e(i, j) = scale * sum;
    }
  return e;
}

inline akr_status solve_kernel(const akr_kernel *k, const akr_precond *m, double ridge, std::int64_t nrhs,
                               const double *b, std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *o,
                               akr_report *r) {
  return akr_kernel_solve_f64(k, m, ridge, nrhs, b, ldb, x, ldx, o, r);
}
inline akr_status solve_kernel(const akr_kernel *k, const akr_precond *m, double ridge, std::int64_t nrhs,
                               const float *b, std::int64_t ldb, float *x, std::int64_t ldx, const akr_options *o,
                               akr_report *r) {
  return akr_kernel_solve_f32(k, m, ridge, nrhs, b, ldb, x, ldx, o, r);
}

template <class T>
Solution<T> solve_kernel(const Kernel &kernel, double ridge, const Array<T> &b, const Options &options = {},
                         akr_report *report = nullptr, const akr_precond *m = nullptr) {
  Solution<T> out;
  out.x = Array<T>(b.rows(), b.cols());
  const std::int64_t ld = std::max<std::int64_t>(b.rows(), 1);
  out.status = solve_kernel(kernel.get(), m, ridge, b.cols(), b.data(), ld, out.x.data(), ld, options.get(), report);
  if (out.status < 0) out.message = akr_last_error();
  return out;
}

// ‖b − e^shift (K + μI)x‖ and max K ‖x‖ + μ‖x‖ + ‖b‖ of a column, in extended precision: exponents less 2·shift where
// the numbers would not fit.
struct KernelResidual {
  Real residual = 0, size = 0, rhs = 0;
};
template <class T>
KernelResidual kernel_residual(const Array<Real> &e, double ridge, const Array<T> &b, const Array<T> &x,
                               std::int64_t c) {
  Real residual = 0, rhs = 0, norm = 0, most = 0, rows = 0;
  for (std::int64_t i = 0; i < e.rows(); ++i) {
    Real sum = wide(b(i, c)) - static_cast<Real>(ridge) * wide(x(i, c));
    Real row = 0;
    for (std::int64_t j = 0; j < e.cols(); ++j) {
      const Real k = std::exp(e(i, j));
      sum -= k * wide(x(j, c));
      row += k;
    }
    rows += row * row;
    residual += sum * sum;
    rhs += wide(b(i, c)) * wide(b(i, c));
    norm += wide(x(i, c)) * wide(x(i, c));
    most = std::max(most, std::exp(e(i, i)));
  }
  return {std::sqrt(residual),
          (std::max(most, std::sqrt(rows / static_cast<Real>(e.rows()))) + static_cast<Real>(ridge)) * std::sqrt(norm) +
              std::sqrt(rhs),
          std::sqrt(rhs)};
}

}  // namespace numeric
