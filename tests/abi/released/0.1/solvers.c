/* SPDX-License-Identifier: BSD-3-Clause
 * Another program of the time of 0.1: every other way to give A, every other solver. It is never edited. */
#include <akr.h>
#include <stdio.h>
#include <string.h>

#define ROWS 60
#define COLS 3

#define REQUIRE(holds) \
  if (!(holds)) return complain(__LINE__)

static double a[ROWS * COLS], b[ROWS];

static int complain(int line) {
  printf("solvers of 0.1: line %d; akr_last_error(): %s\n", line, akr_last_error());
  return 1;
}

/* A(i, j) = 1/(i + j + 1) + (i == j), b = A (1, 2, 3)': the condition number is below 10. */
static void fill(void) {
  int i, j;
  for (j = 0; j < COLS; ++j) {
    for (i = 0; i < ROWS; ++i) {
      a[i + j * ROWS] = 1.0 / (i + j + 1) + (i == j);
      b[i] += a[i + j * ROWS] * (j + 1);
    }
  }
}

static int is_solution(const double *x) {
  int j;
  for (j = 0; j < COLS; ++j) {
    if (!(x[j] - (j + 1) < 1e-12 && x[j] - (j + 1) > -1e-12)) return 0;
  }
  return 1;
}

static int32_t product(void *user, int32_t transpose, int64_t ncols, const double *x, int64_t ldx, double *y,
                       int64_t ldy) {
  int64_t i, j, k;
  for (k = 0; k < ncols; ++k) {
    for (i = 0; i < (transpose ? COLS : ROWS); ++i) y[i + k * ldy] = 0;
    for (j = 0; j < COLS; ++j) {
      for (i = 0; i < ROWS; ++i) {
        if (transpose) {
          y[j + k * ldy] += a[i + j * ROWS] * x[i + k * ldx];
        } else {
          y[i + k * ldy] += a[i + j * ROWS] * x[j + k * ldx];
        }
      }
    }
  }
  return user == a ? 0 : 1;
}

static int32_t read_rows(void *user, int64_t first_row, int64_t nrows, double *block, int64_t ld) {
  int64_t i, j;
  for (i = 0; i < nrows; ++i) {
    for (j = 0; j < COLS; ++j) block[i * ld + j] = a[first_row + i + j * ROWS];
  }
  return user == b ? 0 : 7;
}

/* The answer is (1, 2, 3), however A is given. */
static int solves(akr_matrix *matrix) {
  akr_precond *precond = NULL;
  double x[COLS] = {0, 0, 0};
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, NULL, NULL) == 0 && is_solution(x));
  REQUIRE(akr_precond_create(matrix, 0.0, NULL, NULL, &precond) == 0);
  REQUIRE(akr_gram_power_lsq_f64(matrix, precond, 0, 1, b, ROWS, x, COLS, NULL, NULL) == 0 && is_solution(x));
  akr_precond_destroy(precond);
  akr_matrix_destroy(matrix);
  return 0;
}

static int matrices(void) {
  static const int32_t pointers[COLS + 1] = {0, ROWS, 2 * ROWS, 3 * ROWS};
  static int32_t indices[ROWS * COLS];
  akr_matrix *matrix = NULL;
  double x[COLS];
  int i;
  for (i = 0; i < ROWS * COLS; ++i) indices[i] = i % ROWS;
  REQUIRE(akr_matrix_create_sparse_f64(0, ROWS, COLS, 32, 0, pointers, indices, a, NULL, &matrix) == 0);
  if (solves(matrix)) return 1;
  REQUIRE(akr_matrix_create_callback_f64(ROWS, COLS, product, a, NULL, &matrix) == 0);
  if (solves(matrix)) return 1;
  REQUIRE(akr_matrix_create_rows_f64(ROWS, COLS, read_rows, b, NULL, &matrix) == 0);
  if (solves(matrix)) return 1;
  REQUIRE(akr_matrix_create_rows_f64(ROWS, COLS, read_rows, a, NULL, &matrix) == 0);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, NULL, NULL) == AKR_E_CALLBACK);
  akr_matrix_destroy(matrix);
  return 0;
}

static int what_there_is(void) {
  int64_t i;
  REQUIRE(strncmp(akr_build_info(), "libakr ", 7) == 0);
  for (i = 0; i < akr_option_count(); ++i) REQUIRE(akr_option_info(akr_option_key(i), "help") != NULL);
  REQUIRE(akr_option_key(akr_option_count()) == NULL && strcmp(akr_option_info("seed", "type"), "i64") == 0);
  return 0;
}

static int the_rest(void) {
  static double sa[4 * COLS], y[ROWS], weights[ROWS], out[ROWS], scores[ROWS];
  akr_matrix *matrix = NULL;
  akr_sketch *sketch = NULL;
  akr_kernel *kernel = NULL;
  double atb[COLS] = {0, 0, 0}, x[COLS], back[COLS], sum = 0;
  int i, j;
  REQUIRE(akr_matrix_create_dense_f64(AKR_COL_MAJOR, ROWS, COLS, a, ROWS, NULL, &matrix) == 0);
  for (j = 0; j < COLS; ++j) {
    for (i = 0; i < ROWS; ++i) atb[j] += a[i + j * ROWS] * b[i];
  }
  REQUIRE(akr_gram_power_solve_f64(matrix, NULL, 1, 1, atb, COLS, x, COLS, NULL, NULL) == 0 && is_solution(x));
  REQUIRE(akr_gram_exp_solve_f64(matrix, NULL, 0.5, 1, x, COLS, back, COLS, NULL, NULL) == 0);
  REQUIRE(akr_gram_exp_solve_f64(matrix, NULL, -0.5, 1, back, COLS, x, COLS, NULL, NULL) == 0 && is_solution(x));
  REQUIRE(akr_leverage_scores_f64(matrix, NULL, 0.0, scores, NULL, NULL) == 0);
  for (i = 0; i < ROWS; ++i) sum += scores[i];
  REQUIRE(sum > 2.999999 && sum < 3.000001);
  REQUIRE(akr_sketch_create(4, ROWS, NULL, NULL, &sketch) == 0);
  REQUIRE(akr_sketch_apply_f64(sketch, matrix, sa, 4, NULL, NULL) == 0 && sa[0] == sa[0]);
  REQUIRE(akr_sketch_apply_dense_f64(sketch, 1, 1, sa, 4, y, ROWS, NULL, NULL) == 0);
  akr_sketch_destroy(sketch);
  akr_matrix_destroy(matrix);
  REQUIRE(akr_kernel_create_f64(AKR_COL_MAJOR, ROWS, COLS, 1.0, a, ROWS, NULL, &kernel) == 0);
  REQUIRE(akr_kernel_solve_f64(kernel, NULL, 1.0, 1, b, ROWS, weights, ROWS, NULL, NULL) == 0);
  REQUIRE(akr_kernel_apply_f64(kernel, 1, weights, ROWS, y, ROWS, NULL, NULL) == 0);
  for (i = 0; i < ROWS; ++i) REQUIRE(y[i] + weights[i] - b[i] < 1e-9 && y[i] + weights[i] - b[i] > -1e-9);
  for (i = 0; i < ROWS; ++i) y[i] = 1;
  REQUIRE(akr_kernel_predict_f64(kernel, 1, AKR_COL_MAJOR, ROWS, a, ROWS, 1, y, ROWS, out, ROWS, NULL, NULL) == 0);
  REQUIRE(out[5] > 0.999999 && out[5] < 1.000001);
  akr_kernel_destroy(kernel);
  REQUIRE(akr_attention_f64(AKR_COL_MAJOR, ROWS, ROWS, COLS, 1, 1.0, 0, a, ROWS, a, ROWS, y, ROWS, out, ROWS, NULL,
                            NULL) == 0);
  REQUIRE(out[7] > 0.999999 && out[7] < 1.000001);
  return 0;
}

int main(void) {
  fill();
  return what_there_is() || matrices() || the_rest();
}
