// SPDX-License-Identifier: BSD-3-Clause
// qr() is ours: dgeqrf makes its panels column by column, half of its flops in products with vectors that the BLAS
// hands to its threads. Here panels are split by recursion (Elmroth, Gustavson 2000) down to `base_columns`, which the
// library's vectorised kernels do in cache. The block reflector of k columns is I − V T Vᵀ with
// T⁻¹ = striu(VᵀV) + diag(1/τ) (Joffrain, Low, Quintana-Ortí, van de Geijn, Van Zee 2006): products with T are
// triangular solves with inner products of V, and V is kept with its ones and zeros written out, so that the rest are
// products of full matrices, where dlarfb has four of triangular ones. On a Zen 3 with 2 threads, of the time of
// dgeqrf: 0.4 with 10 columns, 0.9 with 100 to 1000, 0.65 at 8000 x 4000.
#include "linalg/qr.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/lapack_calls.hpp"
#include "linalg/sizes.hpp"
#include "linalg/small.hpp"
#include "simd/dispatch.hpp"

namespace akr::linalg {

namespace {

constexpr std::int64_t base_columns = 16;

// Reflectors are applied in blocks of this many columns where LAPACK leaves the choice to its caller.
constexpr int block_columns = 32;

std::int64_t panel_columns(std::int64_t columns) { return columns <= 128 ? 32 : columns < 700 ? 64 : 128; }

// Sizes of which the reciprocal and the difference from another are numbers, with room to spare.
constexpr double least_size = 0x1p-900, most_size = 0x1p+1000;

// The reflector that takes x[0..n) to (β, 0, …, 0): x[0] becomes β, the rest v without its leading 1. Returns τ; NaN,
// as β is then, where entries are not finite.
double reflect(double *x, std::int64_t n) {
  double tail = norm2(x + 1, n - 1), size = std::hypot(x[0], tail), scale = 1;
  if (tail == 0) return 0;
  if (!(size >= least_size && size <= most_size)) {  // scaled by a power of two it is the same reflector
    scale = size < least_size ? 0x1p+600 : 0x1p-100;
    for (std::int64_t i = 0; i < n; ++i) x[i] *= scale;
    tail = norm2(x + 1, n - 1);
    size = std::hypot(x[0], tail);
    if (!(size <= most_size)) return x[0] = std::numeric_limits<double>::quiet_NaN();
  }
  const double alpha = x[0], beta = -std::copysign(size, alpha), factor = 1 / (alpha - beta);
  for (std::int64_t i = 1; i < n; ++i) x[i] *= factor;
  x[0] = beta / scale;
  return (beta - alpha) / beta;
}

// y += Vᵀx, by blocks of rows: the kernel's sums go over all it is given, and errors of one sign add up in them.
constexpr std::int64_t rows_at_once = 4096;
void add_products(View<const double> v, const double *x, double *y) {
  for (std::int64_t i = 0; i < v.rows; i += rows_at_once) {
    const std::int64_t count = std::min(rows_at_once, v.rows - i);
    simd::block_products<double>().dot_lines(count, v.cols, v.data + i, v.ld, x + i, 1.0, y, {});
  }
}

// Column by column, each after those before it have been applied. V as it is kept and T⁻¹ for them alone.
void factor_columns(View<double> a, View<double> v, View<double> t_inverse, double *tau) {
  double w[base_columns];
  for (std::int64_t j = 0; j < a.cols; ++j) {
    double *x = a.col(j);
    if (j > 0) {
      std::fill_n(w, j, 0.0);
      add_products(v.columns(0, j), x, w);
      for (std::int64_t i = 0; i < j; ++i) {  // w = Tᵀ w
        for (std::int64_t k = 0; k < i; ++k) w[i] -= t_inverse(k, i) * w[k];
        w[i] /= t_inverse(i, i);
      }
      simd::block_products<double>().add_lines(a.rows, j, v.data, v.ld, w, -1.0, x, {});
    }
    tau[j] = reflect(x + j, a.rows - j);
    double *column = v.col(j);
    std::fill_n(column, j, 0.0);
    std::fill_n(t_inverse.col(j), j, 0.0);
    if (tau[j] == 0) {  // H = I: a column of zeros stands for it
      std::fill_n(column + j, a.rows - j, 0.0);
      t_inverse(j, j) = 1;
      continue;
    }
    column[j] = 1;
    std::copy_n(x + j + 1, a.rows - j - 1, column + j + 1);
    if (j > 0) add_products(v.block(j, a.rows - j, 0, j), column + j, t_inverse.col(j));
    t_inverse(j, j) = 1 / tau[j];
  }
}

// B = Qᵀ B = B − V Tᵀ Vᵀ B; w is for Vᵀ B.
void apply_block(View<const double> v, View<const double> t_inverse, View<double> b, View<double> w) {
  gemm(Op::transpose, Op::none, 1.0, v, View<const double>(b), 0.0, w);
  trsm_left_upper(Op::transpose, t_inverse, w);
  gemm(Op::none, Op::none, -1.0, v, View<const double>(w), 1.0, b);
}

// rows >= cols. The zeros of V above its diagonal are written too; T⁻¹ on and above it.
void factor_panel(View<double> a, View<double> v, View<double> t_inverse, double *tau) {
  if (a.cols <= base_columns) return factor_columns(a, v, t_inverse, tau);
  // Halves of whole bases.
  const std::int64_t left = std::max(base_columns, a.cols / 2 / base_columns * base_columns), right = a.cols - left;
  factor_panel(a.columns(0, left), v.columns(0, left), t_inverse.block(0, left, 0, left), tau);
  const View<double> between = t_inverse.block(0, left, left, right);
  apply_block(v.columns(0, left), t_inverse.block(0, left, 0, left), a.columns(left, right), between);
  const View<double> below = v.block(left, v.rows - left, left, right);
  for (std::int64_t j = 0; j < right; ++j) std::fill_n(v.col(left + j), left, 0.0);
  factor_panel(a.block(left, a.rows - left, left, right), below, t_inverse.block(left, right, left, right), tau + left);
  gemm(Op::transpose, Op::none, 1.0, View<const double>(v.block(left, v.rows - left, 0, left)),
       View<const double>(below), 0.0, between);
}

// A few columns beyond the cache are read from memory again for each of them, which the threads of the BLAS do better,
// and V would be as large as they are.
constexpr std::int64_t few_columns = 32;
constexpr std::int64_t most_cached_entries = 1 << 19;

void qr_by_columns(View<double> a, double *tau) {
  double query = 0;
  const auto call = [&](double *work, int size) {
    check_info(LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, blas_size(a.rows), blas_size(a.cols), a.data, blas_size(a.ld), tau,
                                   work, size),
               "dgeqrf");
  };
  call(&query, -1);
  Buffer<double> work = workspace(query);
  call(work.data(), blas_size(work.size()));
}

}  // namespace

void qr(View<double> a, double *tau) {
  if (a.empty()) return;
  if (a.cols <= few_columns && a.rows * a.cols > most_cached_entries) return qr_by_columns(a, tau);
  const std::int64_t used = std::min(a.rows, a.cols), width = std::min(used, panel_columns(a.cols));
  Array2<double> all_v(a.rows, width), all_t(width, width), all_w(width, a.cols - width);
  for (std::int64_t j = 0; j < used; j += width) {
    const std::int64_t cols = std::min(width, used - j), rows = a.rows - j, rest = a.cols - j - cols;
    const View<double> v = all_v.view().block(0, rows, 0, cols), t_inverse = all_t.view().block(0, cols, 0, cols);
    factor_panel(a.block(j, rows, j, cols), v, t_inverse, tau + j);
    if (rest == 0) continue;
    apply_block(v, t_inverse, a.block(j, rows, j + cols, rest), all_w.view().block(0, cols, 0, rest));
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

}  // namespace akr::linalg
