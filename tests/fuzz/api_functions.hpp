// SPDX-License-Identifier: BSD-3-Clause
// The functions of akr.h by precision, under one name.
#pragma once

#include <akr.h>

namespace fuzz {

template <class T>
struct Api;

template <>
struct Api<double> {
  static constexpr auto create_dense = akr_matrix_create_dense_f64;
  static constexpr auto create_sparse = akr_matrix_create_sparse_f64;
  static constexpr auto create_callback = akr_matrix_create_callback_f64;
  static constexpr auto create_rows = akr_matrix_create_rows_f64;
  static constexpr auto precond_apply = akr_precond_apply_f64;
  static constexpr auto precond_get_r = akr_precond_get_r_f64;
  static constexpr auto lsq_solve = akr_lsq_solve_f64;
  static constexpr auto power_solve = akr_gram_power_solve_f64;
  static constexpr auto power_lsq = akr_gram_power_lsq_f64;
  static constexpr auto exp_solve = akr_gram_exp_solve_f64;
  static constexpr auto leverage = akr_leverage_scores_f64;
  static constexpr auto sketch_apply = akr_sketch_apply_f64;
  static constexpr auto sketch_dense = akr_sketch_apply_dense_f64;
  static constexpr auto kernel_create = akr_kernel_create_f64;
  static constexpr auto kernel_apply = akr_kernel_apply_f64;
  static constexpr auto kernel_solve = akr_kernel_solve_f64;
  static constexpr auto kernel_predict = akr_kernel_predict_f64;
  static constexpr auto attention = akr_attention_f64;
};

template <>
struct Api<float> {
  static constexpr auto create_dense = akr_matrix_create_dense_f32;
  static constexpr auto create_sparse = akr_matrix_create_sparse_f32;
  static constexpr auto create_callback = akr_matrix_create_callback_f32;
  static constexpr auto create_rows = akr_matrix_create_rows_f32;
  static constexpr auto precond_apply = akr_precond_apply_f32;
  static constexpr auto precond_get_r = akr_precond_get_r_f32;
  static constexpr auto lsq_solve = akr_lsq_solve_f32;
  static constexpr auto power_solve = akr_gram_power_solve_f32;
  static constexpr auto power_lsq = akr_gram_power_lsq_f32;
  static constexpr auto exp_solve = akr_gram_exp_solve_f32;
  static constexpr auto leverage = akr_leverage_scores_f32;
  static constexpr auto sketch_apply = akr_sketch_apply_f32;
  static constexpr auto sketch_dense = akr_sketch_apply_dense_f32;
  static constexpr auto kernel_create = akr_kernel_create_f32;
  static constexpr auto kernel_apply = akr_kernel_apply_f32;
  static constexpr auto kernel_solve = akr_kernel_solve_f32;
  static constexpr auto kernel_predict = akr_kernel_predict_f32;
  static constexpr auto attention = akr_attention_f32;
};

}  // namespace fuzz
