// SPDX-License-Identifier: BSD-3-Clause
// The dense kernels of BLAS on views. Sizes are checked against the 32-bit integers of Debian's BLAS; shapes are the
// caller's business. Never call these from inside Team tasks, but for gemm_in_task(): the BLAS has threads of its own.
#pragma once

#include <cstdint>

#include "base/view.hpp"

namespace akr::linalg {

enum class Op { none, transpose };

// C = alpha op(A) op(B) + beta C
void gemm(Op op_a, Op op_b, double alpha, View<const double> a, View<const double> b, double beta, View<double> c);
void gemm(Op op_a, Op op_b, float alpha, View<const float> a, View<const float> b, float beta, View<float> c);

// The same for C of at most task_gemm_size rows and columns, on the calling thread. OpenBLAS keeps a product of at most
// 64³ multiplications to itself (65536 times its GEMM_MULTITHREAD_THRESHOLD of 4), and has kernels for small ones;
// longer inner dimensions are taken in pieces.
constexpr std::int64_t task_gemm_size = 64;
void gemm_in_task(Op op_a, Op op_b, double alpha, View<const double> a, View<const double> b, double beta,
                  View<double> c);
void gemm_in_task(Op op_a, Op op_b, float alpha, View<const float> a, View<const float> b, float beta, View<float> c);

// Upper triangle of C = alpha op(A) op(A)ᵀ + beta C; op = transpose: AᵀA.
void syrk_upper(Op op, double alpha, View<const double> a, double beta, View<double> c);
void syrk_upper(Op op, float alpha, View<const float> a, float beta, View<float> c);

// B = op(R)⁻¹ B, R upper triangular.
void trsm_left_upper(Op op, View<const double> r, View<double> b);
void trsm_left_upper(Op op, View<const float> r, View<float> b);
// B = B R⁻¹, R upper triangular.
void trsm_right_upper(View<const double> r, View<double> b);
void trsm_right_upper(View<const float> r, View<float> b);
// B = R B, R upper triangular.
void trmm_left_upper(View<const double> r, View<double> b);

double norm2(const double *x, std::int64_t n);  // without needless over- or underflow
double dot(const double *x, const double *y, std::int64_t n);
void axpy(double alpha, const double *x, double *y, std::int64_t n);

}  // namespace akr::linalg
