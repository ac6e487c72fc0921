// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/blas.hpp"

#include <cblas.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "linalg/info.hpp"
#include "linalg/sizes.hpp"
#include "simd/dispatch.hpp"

namespace akr::linalg {

namespace {

CBLAS_TRANSPOSE flag(Op op) { return op == Op::none ? CblasNoTrans : CblasTrans; }

}  // namespace

const char *blas_name() noexcept { return openblas_get_config(); }

namespace {

// Whether the BLAS's kernels are those of one of these cores, as it names them: in capitals where it was built for one.
template <std::size_t N>
bool core_is_one_of(const std::array<const char *, N> &names) noexcept {
  const char *core = openblas_get_corename();
  const auto same = [&](const char *name) { return strcasecmp(core, name) == 0; };
  return core != nullptr && std::any_of(names.begin(), names.end(), same);
}

}  // namespace

bool blas_has_avx512() noexcept {
  constexpr std::array<const char *, 3> wide = {"SkylakeX", "Cooperlake", "SapphireRapids"};
  return core_is_one_of(wide);
}

double blas_speed() noexcept {
  // Kernels of 16-byte vectors (SSE3), and of 32-byte vectors without fused multiply-add. 0.38 was measured for dsyrk
  // and 0.37 for dgeqrf with the former on a processor with AVX-512.
  constexpr std::array<const char *, 12> narrow = {"Prescott",  "Core2",   "Penryn",    "Dunnington",
                                                   "Nehalem",   "Atom",    "Katmai",    "Coppermine",
                                                   "Northwood", "Opteron", "Barcelona", "Bobcat"};
  constexpr std::array<const char *, 4> unfused = {"Sandybridge", "Bulldozer", "Piledriver", "Steamroller"};
  if (core_is_one_of(narrow)) return 0.37;
  if (core_is_one_of(unfused)) return 0.6;
  return 1;
}

void gemm(Op op_a, Op op_b, double alpha, View<const double> a, View<const double> b, double beta, View<double> c) {
  if (c.empty()) return;
  const std::int64_t inner = op_a == Op::none ? a.cols : a.rows;
  cblas_dgemm(CblasColMajor, flag(op_a), flag(op_b), blas_size(c.rows), blas_size(c.cols), blas_size(inner), alpha,
              a.data, blas_size(a.ld), b.data, blas_size(b.ld), beta, c.data, blas_size(c.ld));
}

void gemm(Op op_a, Op op_b, float alpha, View<const float> a, View<const float> b, float beta, View<float> c) {
  if (c.empty()) return;
  const std::int64_t inner = op_a == Op::none ? a.cols : a.rows;
  cblas_sgemm(CblasColMajor, flag(op_a), flag(op_b), blas_size(c.rows), blas_size(c.cols), blas_size(inner), alpha,
              a.data, blas_size(a.ld), b.data, blas_size(b.ld), beta, c.data, blas_size(c.ld));
}

namespace {

template <class T>
void gemm_in_pieces(Op op_a, Op op_b, T alpha, View<const T> a, View<const T> b, T beta, View<T> c) {
  const std::int64_t inner = op_a == Op::none ? a.cols : a.rows;
  const auto piece = [](Op op, bool left, View<const T> m, std::int64_t first, std::int64_t count) {
    return (op == Op::none) == left ? m.columns(first, count) : m.block(first, count, 0, m.cols);
  };
  std::int64_t first = 0;
  do {
    const std::int64_t count = std::min(task_gemm_size, inner - first);
    gemm(op_a, op_b, alpha, piece(op_a, true, a, first, count), piece(op_b, false, b, first, count), beta, c);
    beta = 1;
    first += count;
  } while (first < inner);
}

}  // namespace

void gemm_in_task(Op op_a, Op op_b, double alpha, View<const double> a, View<const double> b, double beta,
                  View<double> c) {
  gemm_in_pieces(op_a, op_b, alpha, a, b, beta, c);
}
void gemm_in_task(Op op_a, Op op_b, float alpha, View<const float> a, View<const float> b, float beta, View<float> c) {
  gemm_in_pieces(op_a, op_b, alpha, a, b, beta, c);
}

void syrk_upper(Op op, double alpha, View<const double> a, double beta, View<double> c) {
  if (c.empty()) return;
  const std::int64_t inner = op == Op::none ? a.cols : a.rows;
  cblas_dsyrk(CblasColMajor, CblasUpper, flag(op), blas_size(c.rows), blas_size(inner), alpha, a.data, blas_size(a.ld),
              beta, c.data, blas_size(c.ld));
}

void syrk_upper(Op op, float alpha, View<const float> a, float beta, View<float> c) {
  if (c.empty()) return;
  const std::int64_t inner = op == Op::none ? a.cols : a.rows;
  cblas_ssyrk(CblasColMajor, CblasUpper, flag(op), blas_size(c.rows), blas_size(inner), alpha, a.data, blas_size(a.ld),
              beta, c.data, blas_size(c.ld));
}

void trsm_left_upper(Op op, View<const double> r, View<double> b) {
  if (b.empty()) return;
  if (b.cols == 1) {
    cblas_dtrsv(CblasColMajor, CblasUpper, flag(op), CblasNonUnit, blas_size(b.rows), r.data, blas_size(r.ld), b.data,
                1);
    return;
  }
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, flag(op), CblasNonUnit, blas_size(b.rows), blas_size(b.cols), 1.0,
              r.data, blas_size(r.ld), b.data, blas_size(b.ld));
}

void trsm_left_upper(Op op, View<const float> r, View<float> b) {
  if (b.empty()) return;
  if (b.cols == 1) {
    cblas_strsv(CblasColMajor, CblasUpper, flag(op), CblasNonUnit, blas_size(b.rows), r.data, blas_size(r.ld), b.data,
                1);
    return;
  }
  cblas_strsm(CblasColMajor, CblasLeft, CblasUpper, flag(op), CblasNonUnit, blas_size(b.rows), blas_size(b.cols), 1.0F,
              r.data, blas_size(r.ld), b.data, blas_size(b.ld));
}

void trsm_right_upper(View<const double> r, View<double> b) {
  if (b.empty()) return;
  cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, blas_size(b.rows), blas_size(b.cols),
              1.0, r.data, blas_size(r.ld), b.data, blas_size(b.ld));
}

void trsm_right_upper(View<const float> r, View<float> b) {
  if (b.empty()) return;
  cblas_strsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, blas_size(b.rows), blas_size(b.cols),
              1.0F, r.data, blas_size(r.ld), b.data, blas_size(b.ld));
}

void trmm_left_upper(View<const double> r, View<double> b) {
  if (b.empty()) return;
  cblas_dtrmm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, blas_size(b.rows), blas_size(b.cols),
              1.0, r.data, blas_size(r.ld), b.data, blas_size(b.ld));
}

double norm2(const double *x, std::int64_t n) {
  // OpenBLAS sums squares in extended precision, a nanosecond a number. Between these their sum neither overflows nor
  // loses more than n 2⁻¹²² of itself to squares that vanish. By blocks: errors of one sign add up in each.
  constexpr double least = 0x1p-900, most = 0x1p+1000;
  constexpr std::int64_t block = 4096;
  double sum = 0;
  for (std::int64_t i = 0; i < n; i += block) sum += simd::sum_of_squares(std::min(block, n - i), x + i);
  return sum >= least && sum <= most ? std::sqrt(sum) : cblas_dnrm2(blas_size(n), x, 1);
}

double dot(const double *x, const double *y, std::int64_t n) { return cblas_ddot(blas_size(n), x, 1, y, 1); }

void axpy(double alpha, const double *x, double *y, std::int64_t n) { cblas_daxpy(blas_size(n), alpha, x, 1, y, 1); }

}  // namespace akr::linalg
