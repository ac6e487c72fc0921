/* SPDX-License-Identifier: BSD-3-Clause
 * A plug-in that has libakr.a inside: nothing of libakr is seen from outside, and all of it goes with the plug-in. */
#include <akr.h>

enum { ROWS = 2000, COLS = 10 };

__attribute__((visibility("default"))) int plugin_solves(void) {
  static double a[ROWS * COLS], b[ROWS], x[COLS];
  akr_options *options = 0;
  akr_matrix *matrix = 0;
  int i, j, good;
  for (i = 0; i < ROWS; ++i) {
    b[i] = 0;
    for (j = 0; j < COLS; ++j) b[i] += a[i * COLS + j] = (i % COLS == j) + 0.01;
  }
  /* By a sketch with a transform: FFTW makes plans, and its lock gets handlers for fork. */
  good = akr_options_create(&options) == AKR_OK && akr_options_set_str(options, "method", "sketch") == AKR_OK &&
         akr_options_set_str(options, "sketch.kind", "srht") == AKR_OK &&
         akr_options_set_i64(options, "threads", 2) == AKR_OK &&
         akr_matrix_create_dense_f64(AKR_ROW_MAJOR, ROWS, COLS, a, COLS, options, &matrix) == AKR_OK &&
         akr_lsq_solve_f64(matrix, 0, 0, 1, b, ROWS, x, COLS, options, 0) == AKR_OK;
  for (j = 0; j < COLS; ++j) good = good && x[j] - 1 < 1e-10 && 1 - x[j] < 1e-10;
  akr_matrix_destroy(matrix);
  good = good && akr_matrix_create_dense_f64(7, ROWS, COLS, a, COLS, options, &matrix) == AKR_E_ARGUMENT;
  akr_options_destroy(options);
  return good && akr_last_error()[0] != '\0';
}
