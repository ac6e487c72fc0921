// SPDX-License-Identifier: BSD-3-Clause
// The functions of akr.h under one name for both precisions, and a problem's matrix in every storage.
#pragma once

#include <string>
#include <vector>

#include "problem.hpp"

template <class T>
struct Akr;

template <>
struct Akr<double> {
  static constexpr auto dense = akr_matrix_create_dense_f64;
  static constexpr auto sparse = akr_matrix_create_sparse_f64;
  static constexpr auto products = akr_matrix_create_callback_f64;
  static constexpr auto rows = akr_matrix_create_rows_f64;
  static constexpr auto precond_apply = akr_precond_apply_f64;
  static constexpr auto get_r = akr_precond_get_r_f64;
  static constexpr auto lsq = akr_lsq_solve_f64;
  static constexpr auto even_power = akr_gram_power_solve_f64;
  static constexpr auto odd_power = akr_gram_power_lsq_f64;
  static constexpr auto exponential = akr_gram_exp_solve_f64;
  static constexpr auto leverage = akr_leverage_scores_f64;
  static constexpr auto sketch = akr_sketch_apply_f64;
  static constexpr auto sketch_dense = akr_sketch_apply_dense_f64;
  static constexpr auto kernel = akr_kernel_create_f64;
  static constexpr auto kernel_apply = akr_kernel_apply_f64;
  static constexpr auto kernel_solve = akr_kernel_solve_f64;
  static constexpr auto predict = akr_kernel_predict_f64;
  static constexpr auto attention = akr_attention_f64;
};

template <>
struct Akr<float> {
  static constexpr auto dense = akr_matrix_create_dense_f32;
  static constexpr auto sparse = akr_matrix_create_sparse_f32;
  static constexpr auto products = akr_matrix_create_callback_f32;
  static constexpr auto rows = akr_matrix_create_rows_f32;
  static constexpr auto precond_apply = akr_precond_apply_f32;
  static constexpr auto get_r = akr_precond_get_r_f32;
  static constexpr auto lsq = akr_lsq_solve_f32;
  static constexpr auto even_power = akr_gram_power_solve_f32;
  static constexpr auto odd_power = akr_gram_power_lsq_f32;
  static constexpr auto exponential = akr_gram_exp_solve_f32;
  static constexpr auto leverage = akr_leverage_scores_f32;
  static constexpr auto sketch = akr_sketch_apply_f32;
  static constexpr auto sketch_dense = akr_sketch_apply_dense_f32;
  static constexpr auto kernel = akr_kernel_create_f32;
  static constexpr auto kernel_apply = akr_kernel_apply_f32;
  static constexpr auto kernel_solve = akr_kernel_solve_f32;
  static constexpr auto predict = akr_kernel_predict_f32;
  static constexpr auto attention = akr_attention_f32;
};

constexpr const char *storages[] = {"columns", "rows", "CSR", "CSC", "operator", "row blocks"};
constexpr int storage_count = 6;

// storages[which] of the matrix of p, which must outlive it: nothing is copied. NULL where it cannot be made.
template <class T>
MatrixPtr stored(const Problem<T> &p, int which, const akr_options *options = nullptr) {
  akr_matrix *made = nullptr;
  void *user = const_cast<Problem<T> *>(&p);  // read only
  const std::int64_t n = p.rows, d = p.cols;
  switch (which) {
    case 0:
      Akr<T>::dense(AKR_COL_MAJOR, n, d, p.a.data(), n, options, &made);
      break;
    case 1:
      Akr<T>::dense(AKR_ROW_MAJOR, n, d, p.by_rows.data(), d, options, &made);
      break;
    case 2:
      Akr<T>::sparse(AKR_ROW_MAJOR, n, d, 64, 0, p.row_start.data(), p.column.data(), p.by_rows.data(), options, &made);
      break;
    case 3: {
      std::vector<std::int32_t> start, row;
      for (std::int64_t j = 0; j < d; ++j) {
        start.push_back(static_cast<std::int32_t>(j * n + 1));
        for (std::int64_t i = 0; i < n; ++i) row.push_back(static_cast<std::int32_t>(i + 1));
      }
      start.push_back(static_cast<std::int32_t>(d * n + 1));
      Akr<T>::sparse(AKR_COL_MAJOR, n, d, 32, 1, start.data(), row.data(), p.a.data(), options, &made);
      break;
    }
    case 4:
      Akr<T>::products(n, d, Problem<T>::products, user, options, &made);
      break;
    default:
      Akr<T>::rows(n, d, Problem<T>::read_rows, user, options, &made);
  }
  return MatrixPtr(made);
}
