// SPDX-License-Identifier: BSD-3-Clause
// The library's functions of both precisions under one name each.
#pragma once

#include <akr.h>

#include <cstdint>

namespace akr::cli {

template <class T>
using RowsCallback = std::int32_t (*)(void *user, std::int64_t first_row, std::int64_t nrows, T *block,
                                      std::int64_t ld);

inline akr_status create_dense(std::int32_t layout, std::int64_t rows, std::int64_t cols, const double *a,
                               std::int64_t lda, const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_dense_f64(layout, rows, cols, a, lda, options, out);
}
inline akr_status create_dense(std::int32_t layout, std::int64_t rows, std::int64_t cols, const float *a,
                               std::int64_t lda, const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_dense_f32(layout, rows, cols, a, lda, options, out);
}

// Compressed rows, indices from 0.
inline akr_status create_sparse(std::int64_t rows, std::int64_t cols, std::int32_t index_bits, const void *ptr,
                                const void *index, const double *values, const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, rows, cols, index_bits, 0, ptr, index, values, options, out);
}
inline akr_status create_sparse(std::int64_t rows, std::int64_t cols, std::int32_t index_bits, const void *ptr,
                                const void *index, const float *values, const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_sparse_f32(AKR_ROW_MAJOR, rows, cols, index_bits, 0, ptr, index, values, options, out);
}

inline akr_status create_rows(std::int64_t rows, std::int64_t cols, RowsCallback<double> read, void *user,
                              const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_rows_f64(rows, cols, read, user, options, out);
}
inline akr_status create_rows(std::int64_t rows, std::int64_t cols, RowsCallback<float> read, void *user,
                              const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_rows_f32(rows, cols, read, user, options, out);
}

inline akr_status lsq_solve(const akr_matrix *matrix, double ridge, std::int64_t nrhs, const double *b,
                            std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *options,
                            akr_report *report) {
  return akr_lsq_solve_f64(matrix, nullptr, ridge, nrhs, b, ldb, x, ldx, options, report);
}
inline akr_status lsq_solve(const akr_matrix *matrix, double ridge, std::int64_t nrhs, const float *b, std::int64_t ldb,
                            float *x, std::int64_t ldx, const akr_options *options, akr_report *report) {
  return akr_lsq_solve_f32(matrix, nullptr, ridge, nrhs, b, ldb, x, ldx, options, report);
}

inline akr_status power_solve(const akr_matrix *matrix, std::int64_t j, std::int64_t nrhs, const double *b,
                              std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *options,
                              akr_report *report) {
  return akr_gram_power_solve_f64(matrix, nullptr, j, nrhs, b, ldb, x, ldx, options, report);
}
inline akr_status power_solve(const akr_matrix *matrix, std::int64_t j, std::int64_t nrhs, const float *b,
                              std::int64_t ldb, float *x, std::int64_t ldx, const akr_options *options,
                              akr_report *report) {
  return akr_gram_power_solve_f32(matrix, nullptr, j, nrhs, b, ldb, x, ldx, options, report);
}

inline akr_status power_lsq(const akr_matrix *matrix, std::int64_t j, std::int64_t nrhs, const double *b,
                            std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *options,
                            akr_report *report) {
  return akr_gram_power_lsq_f64(matrix, nullptr, j, nrhs, b, ldb, x, ldx, options, report);
}
inline akr_status power_lsq(const akr_matrix *matrix, std::int64_t j, std::int64_t nrhs, const float *b,
                            std::int64_t ldb, float *x, std::int64_t ldx, const akr_options *options,
                            akr_report *report) {
  return akr_gram_power_lsq_f32(matrix, nullptr, j, nrhs, b, ldb, x, ldx, options, report);
}

inline akr_status exp_solve(const akr_matrix *matrix, double t, std::int64_t nrhs, const double *b, std::int64_t ldb,
                            double *x, std::int64_t ldx, const akr_options *options, akr_report *report) {
  return akr_gram_exp_solve_f64(matrix, nullptr, t, nrhs, b, ldb, x, ldx, options, report);
}
inline akr_status exp_solve(const akr_matrix *matrix, double t, std::int64_t nrhs, const float *b, std::int64_t ldb,
                            float *x, std::int64_t ldx, const akr_options *options, akr_report *report) {
  return akr_gram_exp_solve_f32(matrix, nullptr, t, nrhs, b, ldb, x, ldx, options, report);
}

}  // namespace akr::cli
