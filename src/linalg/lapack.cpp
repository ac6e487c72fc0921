// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/lapack.hpp"

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "linalg/sizes.hpp"
#include "linalg/small.hpp"
#include "simd/dispatch.hpp"

namespace akr::linalg {

namespace {

// Reflectors are applied in blocks of this many columns where LAPACK leaves the choice to its caller.
constexpr int block_columns = 32;

void check_info(lapack_int info, const char *routine) {
  if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR) {
    throw Error(Status::e_memory, text(routine, ": no memory for its workspace"));
  }
  if (info < 0) throw Error(Status::e_internal, text(routine, ": argument ", -info, " refused"));
  if (info > 0) throw Error(Status::e_numeric, text(routine, ": did not converge, info = ", info));
}

Buffer<double> workspace(double query) { return Buffer<double>(std::max<std::int64_t>(1, std::llround(query))); }

}  // namespace

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

// So many are one panel of dgeqrf's, and recursion ends in products too small to pay.
constexpr std::int64_t few_columns = 32;

void qr_by_columns(View<double> a, double *tau) {
  double query = 0;
  check_info(LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, blas_size(a.rows), blas_size(a.cols), a.data, blas_size(a.ld), tau,
                                 &query, -1),
             "dgeqrf");
  Buffer<double> work = workspace(query);
  check_info(LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, blas_size(a.rows), blas_size(a.cols), a.data, blas_size(a.ld), tau,
                                 work.data(), blas_size(work.size())),
             "dgeqrf");
}

}  // namespace

// Panels by recursion (Elmroth, Gustavson 2000), where dgeqrf makes them column by column, half of its flops in
// products with vectors: 2 to 3 times as quick at 100 to 300 columns, 1.25 times from 1000 on. The workspace and T
// serve all panels.
void qr(View<double> a, double *tau) {
  if (a.empty()) return;
  const std::int64_t used = std::min(a.rows, a.cols);
  if (used <= few_columns) return qr_by_columns(a, tau);
  const std::int64_t width = std::min(used, a.cols < 700 ? std::int64_t{64} : a.cols < 3000 ? 128 : 256);
  Array2<double> t(width, width), work(a.cols, width);
  for (std::int64_t j = 0; j < used; j += width) {
    const std::int64_t cols = std::min(width, used - j), rows = a.rows - j, rest = a.cols - j - cols;
    double *panel = a.col(j) + j;
    check_info(LAPACKE_dgeqrt3_work(LAPACK_COL_MAJOR, blas_size(rows), blas_size(cols), panel, blas_size(a.ld),
                                    t.data(), blas_size(width)),
               "dgeqrt3");
    for (std::int64_t i = 0; i < cols; ++i) tau[j + i] = t(i, i);
    if (rest == 0) continue;
    check_info(LAPACKE_dlarfb_work(LAPACK_COL_MAJOR, 'L', 'T', 'F', 'C', blas_size(rows), blas_size(rest),
                                   blas_size(cols), panel, blas_size(a.ld), t.data(), blas_size(width),
                                   a.col(j + cols) + j, blas_size(a.ld), work.data(), blas_size(a.cols)),
               "dlarfb");
  }
}

void apply_q(Op op, View<const double> a, const double *tau, View<double> b) {
  if (b.empty() || a.empty()) return;
  // For few reflectors LAPACK takes its unblocked path (dorm2r), which writes a 1 on their diagonal and puts the old
  // number back: two threads that share them would see, and restore, each other's. Those few are copied first; the
  // blocked path (from 33 on, by ilaenv) only reads.
  constexpr std::int64_t unblocked = 64;
  const char trans = op == Op::none ? 'N' : 'T';
  const std::int64_t used = std::min(a.rows, a.cols);
  Array2<double> copy(used <= unblocked ? a.rows : 0, used <= unblocked ? used : 0);
  for (std::int64_t j = 0; j < copy.cols(); ++j) std::copy_n(a.col(j), a.rows, copy.col(j));
  const View<const double> q = used <= unblocked ? View<const double>(copy.view()) : a;
  double query = 0;
  check_info(LAPACKE_dormqr_work(LAPACK_COL_MAJOR, 'L', trans, blas_size(b.rows), blas_size(b.cols), blas_size(used),
                                 q.data, blas_size(q.ld), tau, b.data, blas_size(b.ld), &query, -1),
             "dormqr");
  Buffer<double> work = workspace(query);
  check_info(
      LAPACKE_dormqr_work(LAPACK_COL_MAJOR, 'L', trans, blas_size(b.rows), blas_size(b.cols), blas_size(used), q.data,
                          blas_size(q.ld), tau, b.data, blas_size(b.ld), work.data(), blas_size(work.size())),
      "dormqr");
}

void form_q(View<double> a, const double *tau) {
  if (a.empty()) return;
  const int rows = blas_size(a.rows);
  const int cols = blas_size(a.cols);
  double query = 0;
  check_info(LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, rows, cols, cols, a.data, blas_size(a.ld), tau, &query, -1),
             "dorgqr");
  Buffer<double> work = workspace(query);
  check_info(LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, rows, cols, cols, a.data, blas_size(a.ld), tau, work.data(),
                                 blas_size(work.size())),
             "dorgqr");
}

void qr_append(View<double> r, View<double> b, bool triangular) {
  if (r.empty() || b.empty()) return;
  if (triangular && r.cols <= small_cols) return small_qr_append_triangular(r, b);
  const int cols = blas_size(r.cols);
  const int rows = blas_size(b.rows);
  const int block = std::min(block_columns, cols);
  Array2<double> t(block, cols);
  Buffer<double> work(static_cast<std::int64_t>(block) * cols);
  check_info(LAPACKE_dtpqrt_work(LAPACK_COL_MAJOR, rows, cols, triangular ? rows : 0, block, r.data, blas_size(r.ld),
                                 b.data, blas_size(b.ld), t.data(), block, work.data()),
             "dtpqrt");
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
    double sum = 0;  // x·0 is 0 for finite x and NaN otherwise
    for (std::int64_t i = 0; i < a.rows; ++i) sum += a(i, j) * 0.0;
    if (sum != 0) return false;
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
void triangle_apply(View<const double> r, const double *x, double *y) {
  std::fill_n(y, r.cols, 0.0);
  for (std::int64_t j = 0; j < r.cols; j += triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    simd::block_products<double>().add_lines(j, end - j, r.col(j), r.ld, x + j, 1.0, y, {});
    for (std::int64_t c = j; c < end; ++c) {
      for (std::int64_t i = j; i <= c; ++i) y[i] += r(i, c) * x[c];
    }
  }
}

// y = Rᵀ x.
void triangle_adjoint(View<const double> r, const double *x, double *y) {
  std::fill_n(y, r.cols, 0.0);
  for (std::int64_t j = 0; j < r.cols; j += triangle_step) {
    const std::int64_t end = std::min(j + triangle_step, r.cols);
    simd::block_products<double>().dot_lines(j, end - j, r.col(j), r.ld, x, 1.0, y + j, {});
    for (std::int64_t c = j; c < end; ++c) {
      for (std::int64_t i = j; i <= c; ++i) y[c] += r(i, c) * x[i];
    }
  }
}

}  // namespace

double ExtremeSingularValues::condition() const {
  return smallest > 0 ? largest / smallest : std::numeric_limits<double>::infinity();
}

ExtremeSingularValues estimate_singular_values(View<const double> r, int steps) {
  const std::int64_t d = r.cols;
  ExtremeSingularValues out;
  if (d == 0) return {1, 1};
  for (std::int64_t j = 0; j < d; ++j) {
    if (r(j, j) == 0) return {norm2(r.col(d - 1), d), 0};
  }
  const RandomStream random(0, Purpose::probe);
  Array2<double> v(d, 1);
  auto restart = [&] {
    for (std::int64_t i = 0; i < d; ++i) v(i, 0) = random.normals(static_cast<std::uint64_t>(i))[0];
  };
  auto normalise = [&] {
    const double norm = norm2(v.data(), d);
    for (std::int64_t i = 0; i < d; ++i) v(i, 0) /= norm;
  };
  restart();
  Array2<double> w(d, 1);
  for (int step = 0; step < steps; ++step) {
    normalise();
    triangle_apply(r, v.data(), w.data());
    out.largest = norm2(w.data(), d);  // ‖R v‖ with ‖v‖ = 1
    triangle_adjoint(r, w.data(), v.data());
  }
  restart();
  for (int step = 0; step < steps; ++step) {
    normalise();
    trsm_left_upper(Op::transpose, r, v.view());
    const double inverse = norm2(v.data(), d);  // ‖R⁻ᵀ v‖ with ‖v‖ = 1
    if (!(inverse <= std::numeric_limits<double>::max())) {
      out.smallest = 0;
      return out;
    }
    out.smallest = 1 / inverse;
    normalise();
    trsm_left_upper(Op::none, r, v.view());
    if (!all_finite(v.view())) {
      out.smallest = 0;
      return out;
    }
  }
  return out;
}

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
