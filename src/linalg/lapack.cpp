// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/lapack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "linalg/lapack_calls.hpp"
#include "linalg/sizes.hpp"
#include "linalg/small.hpp"
#include "simd/dispatch.hpp"

namespace akr::linalg {

bool cholesky_upper(View<double> a) {
  if (a.empty()) return true;
  if (a.cols <= small_cols) return small_cholesky_upper(a);
  const lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', blas_size(a.cols), a.data, blas_size(a.ld));
  if (info < 0) check_info(info, "dpotrf");
  return info == 0;
}

bool cholesky_upper(View<float> a) {
  if (a.empty()) return true;
  if (a.cols <= small_cols) return small_cholesky_upper(a);
  const lapack_int info = LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', blas_size(a.cols), a.data, blas_size(a.ld));
  if (info < 0) check_info(info, "spotrf");
  return info == 0;
}

namespace {

// dgesdd refuses a NaN as an argument of ours that is wrong, which it is not.
void check_finite(View<const double> a) {
  if (!all_finite(a)) {
    throw Error(Status::e_numeric,
                "A: the matrix of a singular value decomposition is not finite: A has entries that are not, or that "
                "overflow");
  }
}

}  // namespace

Svd svd(View<double> a) {
  const int n = blas_size(a.cols);
  Svd out;
  out.u = Array2<double>(n, n);
  out.vt = Array2<double>(n, n);
  out.s = Buffer<double>(n);
  if (n == 0) return out;
  check_finite(a);
  Buffer<lapack_int> iwork(8 * static_cast<std::int64_t>(n));
  double query = 0;
  check_info(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'A', n, n, a.data, blas_size(a.ld), out.s.data(), out.u.data(), n,
                                 out.vt.data(), n, &query, -1, iwork.data()),
             "dgesdd");
  Buffer<double> work = workspace(query);
  check_info(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'A', n, n, a.data, blas_size(a.ld), out.s.data(), out.u.data(), n,
                                 out.vt.data(), n, work.data(), blas_size(work.size()), iwork.data()),
             "dgesdd");
  return out;
}

RightVectors right_vectors(View<double> a) {
  const int n = blas_size(a.cols);
  RightVectors out{Buffer<double>(n), Array2<double>(n, n)};
  if (n == 0) return out;
  check_finite(a);
  if (n <= jacobi_cols) {
    Array2<double> rotated(n, n);
    for (int j = 0; j < n; ++j) std::copy_n(a.col(j), n, rotated.col(j));
    Buffer<double> work(std::max(6, 2 * n));
    work[0] = 1;
    const lapack_int info = LAPACKE_dgesvj_work(LAPACK_COL_MAJOR, 'G', 'N', 'V', n, n, rotated.data(), n, out.s.data(),
                                                0, out.v.data(), n, work.data(), blas_size(work.size()));
    if (info == 0) {
      for (int i = 0; i < n; ++i) out.s[i] *= work[0];  // values that would not fit come scaled
      return out;
    }
  }
  Svd all = svd(a);
  out.s = std::move(all.s);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) out.v(j, i) = all.vt(i, j);
  }
  return out;
}

Eigen tridiagonal_eigen(const std::vector<double> &diagonal, const std::vector<double> &off_diagonal) {
  const int n = blas_size(static_cast<std::int64_t>(diagonal.size()));
  Eigen out{Buffer<double>(n), Array2<double>(n, n)};
  std::copy(diagonal.begin(), diagonal.end(), out.values.data());
  Buffer<double> off(n);
  std::copy(off_diagonal.begin(), off_diagonal.end(), off.data());
  Buffer<double> work(std::max(1, 2 * n - 2));
  check_info(
      LAPACKE_dstev_work(LAPACK_COL_MAJOR, 'V', n, out.values.data(), off.data(), out.vectors.data(), n, work.data()),
      "dstev");
  return out;
}

Buffer<double> singular_values(View<double> a) {
  const int n = blas_size(a.cols);
  Buffer<double> s(n);
  if (n == 0) return s;
  check_finite(a);
  Buffer<lapack_int> iwork(8 * static_cast<std::int64_t>(n));
  double query = 0;
  check_info(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data, blas_size(a.ld), s.data(), nullptr, 1, nullptr, 1,
                                 &query, -1, iwork.data()),
             "dgesdd");
  Buffer<double> work = workspace(query);
  check_info(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', n, n, a.data, blas_size(a.ld), s.data(), nullptr, 1, nullptr, 1,
                                 work.data(), blas_size(work.size()), iwork.data()),
             "dgesdd");
  return s;
}

void clear_lower(View<double> a) {
  for (std::int64_t j = 0; j < a.cols; ++j) {
    for (std::int64_t i = j + 1; i < a.rows; ++i) a(i, j) = 0;
  }
}

bool all_finite(View<const double> a) {
  for (std::int64_t j = 0; j < a.cols; ++j) {
    if (!simd::block_products<double>().all_finite(a.rows, a.col(j))) return false;
  }
  return true;
}

bool all_finite_upper(View<const double> a) {
  for (std::int64_t j = 0; j < a.cols; ++j) {
    if (!all_finite(a.block(0, std::min(j + 1, a.rows), j, 1))) return false;
  }
  return true;
}

namespace {

// Columns of R that are taken together: the rectangle above their diagonal block by the vectorised kernel, the block
// itself entry by entry. The BLAS would give such products to its threads, which wait for a core that ours hold.
constexpr std::int64_t triangle_step = 8;

// y = R x for an upper triangular R; what is below its diagonal is not read.
template <class T>
void triangle_apply(View<const T> r, const double *x, double *y) {
  std::fill_n(y, r.cols, 0.0);
  for (std::int64_t j = 0; j < r.cols; j += triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    simd::block_products<T>().add_lines(j, end - j, r.col(j), r.ld, x + j, 1.0, y, {});
    for (std::int64_t c = j; c < end; ++c) {
      for (std::int64_t i = j; i <= c; ++i) y[i] += static_cast<double>(r(i, c)) * x[c];
    }
  }
}

// y = Rᵀ x.
template <class T>
void triangle_adjoint(View<const T> r, const double *x, double *y) {
  std::fill_n(y, r.cols, 0.0);
  for (std::int64_t j = 0; j < r.cols; j += triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    simd::block_products<T>().dot_lines(j, end - j, r.col(j), r.ld, x, 1.0, y + j, {});
    for (std::int64_t c = j; c < end; ++c) {
      for (std::int64_t i = j; i <= c; ++i) y[c] += static_cast<double>(r(i, c)) * x[i];
    }
  }
}

// x = R⁻¹ x.
template <class T>
void triangle_solve(View<const T> r, double *x) {
  for (std::int64_t j = (r.cols - 1) / triangle_step * triangle_step; j >= 0; j -= triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    for (std::int64_t c = end - 1; c >= j; --c) {
      x[c] /= static_cast<double>(r(c, c));
      for (std::int64_t i = j; i < c; ++i) x[i] -= static_cast<double>(r(i, c)) * x[c];
    }
    simd::block_products<T>().add_lines(j, end - j, r.col(j), r.ld, x + j, -1.0, x, {});
  }
}

// x = R⁻ᵀ x.
template <class T>
void triangle_solve_adjoint(View<const T> r, double *x) {
  for (std::int64_t j = 0; j < r.cols; j += triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    simd::block_products<T>().dot_lines(j, end - j, r.col(j), r.ld, x, -1.0, x + j, {});
    for (std::int64_t c = j; c < end; ++c) {
      for (std::int64_t i = j; i < c; ++i) x[c] -= static_cast<double>(r(i, c)) * x[i];
      x[c] /= static_cast<double>(r(c, c));
    }
  }
}

template <class T>
ExtremeSingularValues estimate(View<const T> r, int steps) {
  const std::int64_t d = r.cols;
  ExtremeSingularValues out;
  if (d == 0) return {1, 1};
  Array2<double> v(d, 1), w(d, 1);
  for (std::int64_t j = 0; j < d; ++j) {
    if (r(j, j) != 0) continue;
    std::copy_n(r.col(d - 1), d, w.data());
    return {norm2(w.data(), d), 0};
  }
  const RandomStream random(0, Purpose::probe);
  auto restart = [&] {
    for (std::int64_t i = 0; i < d; ++i) v(i, 0) = random.normals(static_cast<std::uint64_t>(i))[0];
  };
  auto normalise = [&] {
    const double norm = norm2(v.data(), d);
    for (std::int64_t i = 0; i < d; ++i) v(i, 0) /= norm;
  };
  restart();
  for (int step = 0; step < steps; ++step) {
    normalise();
    triangle_apply(r, v.data(), w.data());
    out.largest = norm2(w.data(), d);  // ‖R v‖ with ‖v‖ = 1
    triangle_adjoint(r, w.data(), v.data());
  }
  restart();
  for (int step = 0; step < steps; ++step) {
    normalise();
    triangle_solve_adjoint(r, v.data());
    const double inverse = norm2(v.data(), d);  // ‖R⁻ᵀ v‖ with ‖v‖ = 1
    if (!(inverse <= std::numeric_limits<double>::max())) {
      out.smallest = 0;
      return out;
    }
    out.smallest = 1 / inverse;
    normalise();
    triangle_solve(r, v.data());
    if (!all_finite(v.view())) {
      out.smallest = 0;
      return out;
    }
  }
  return out;
}

}  // namespace

double ExtremeSingularValues::condition() const {
  return smallest > 0 ? largest / smallest : std::numeric_limits<double>::infinity();
}

ExtremeSingularValues estimate_singular_values(View<const double> r, int steps) { return estimate(r, steps); }
ExtremeSingularValues estimate_singular_values(View<const float> r, int steps) { return estimate(r, steps); }

void triangle_gram(View<const double> r, View<double> g) {
  constexpr std::int64_t width = 256;
  for (std::int64_t j = 0; j < r.cols; j += width) {
    const std::int64_t cols = std::min(width, r.cols - j);
    for (std::int64_t i = 0; i <= j; i += width) {
      const std::int64_t rows = std::min(width, r.cols - i);
      gemm(Op::transpose, Op::none, 1.0, r.block(0, i + rows, i, rows), r.block(0, i + rows, j, cols), 0.0,
           g.block(i, rows, j, cols));
    }
  }
}

}  // namespace akr::linalg
