// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/small.hpp"

#include <lapacke.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/memory.hpp"
#include "linalg/blas.hpp"
#include "linalg/sizes.hpp"
#include "simd/dispatch.hpp"

namespace akr::linalg {

namespace {

// OpenBLAS factors up to 63 columns on one thread.
constexpr std::int64_t step = 48;

int potrf(View<double> a) {
  return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', blas_size(a.cols), a.data, blas_size(a.ld));
}
int potrf(View<float> a) {
  return LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', blas_size(a.cols), a.data, blas_size(a.ld));
}

// Block row by block row:  R_kkᵀ R_kj = A_kj − Σ_{p<k} R_pkᵀ R_pj.
template <class T>
bool cholesky(View<T> a) {
  const std::int64_t d = a.cols;
  std::array<T, static_cast<std::size_t>(step * step)> memory;
  for (std::int64_t k = 0; k < d; k += step) {
    const std::int64_t height = std::min(step, d - k);
    const View<const T> left = a.block(0, k, k, height);
    for (std::int64_t j = k; j < d; j += step) {
      const std::int64_t width = std::min(step, d - j);
      const View<T> target = a.block(k, height, j, width);
      if (k > 0) {
        const View<T> product(memory.data(), height, width, step);
        gemm_in_task(Op::transpose, Op::none, T(1), left, View<const T>(a.block(0, k, j, width)), T(0), product);
        for (std::int64_t c = 0; c < width; ++c) {
          const std::int64_t end = j == k ? c + 1 : height;  // what is below the diagonal is nobody's
          for (std::int64_t r = 0; r < end; ++r) target(r, c) -= product(r, c);
        }
      }
      if (j == k) {
        if (potrf(target) != 0) return false;
      } else {
        const View<const T> triangle = a.block(k, height, k, height);
        for (std::int64_t c = 0; c < width; ++c) trsm_left_upper(Op::transpose, triangle, target.columns(c, 1));
      }
    }
  }
  return true;
}

}  // namespace

bool small_cholesky_upper(View<double> a) { return cholesky(a); }
bool small_cholesky_upper(View<float> a) { return cholesky(a); }

// A Householder reflector a column: of R only its diagonal entry takes part, of B the rows down to its own.
void small_qr_append_triangular(View<double> r, View<double> b) {
  const auto &products = simd::block_products<double>();
  const std::int64_t d = r.cols;
  Buffer<double> dots(std::max<std::int64_t>(d, 1));
  for (std::int64_t k = 0; k < d; ++k) {
    double *v = b.col(k);
    const std::int64_t length = k + 1, rest = d - length;
    const double norm = norm2(v, length);
    if (norm == 0) continue;
    const double alpha = r(k, k);
    const double beta = -std::copysign(std::hypot(alpha, norm), alpha);
    const double tau = (beta - alpha) / beta;
    for (std::int64_t i = 0; i < length; ++i) v[i] /= alpha - beta;
    r(k, k) = beta;
    if (rest == 0) break;
    for (std::int64_t j = 0; j < rest; ++j) dots[j] = r(k, length + j);
    products.dot_lines(length, rest, b.col(length), b.ld, v, 1.0, dots.data(), {});
    for (std::int64_t j = 0; j < rest; ++j) {
      const double weight = tau * dots[j];
      r(k, length + j) -= weight;
      products.add_lines(length, 1, v, length, &weight, -1.0, b.col(length + j), {});
    }
  }
}

}  // namespace akr::linalg
