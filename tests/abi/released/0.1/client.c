/* SPDX-License-Identifier: BSD-3-Clause
 * A program of the time of 0.1: handles, options, least squares, report, callbacks, error texts. It is never edited,
 * nor is client.o. Prints nothing and ends with 0, or tells the first thing that is
 * not as it was. */
#include <akr.h>
#include <stdio.h>
#include <string.h>

#define ROWS 60
#define COLS 3

#define REQUIRE(holds) \
  if (!(holds)) return complain(__LINE__)

static double a[ROWS * COLS], b[ROWS];
static float a32[ROWS * COLS], b32[ROWS];
static int32_t calls;

static int complain(int line) {
  printf("client of 0.1: line %d; akr_last_error(): %s\n", line, akr_last_error());
  return 1;
}

/* A(i, j) = 1/(i + j + 1) + (i == j), b = A (1, 2, 3)': the condition number is below 10. */
static void fill(void) {
  int i, j;
  for (j = 0; j < COLS; ++j) {
    for (i = 0; i < ROWS; ++i) {
      a[i + j * ROWS] = 1.0 / (i + j + 1) + (i == j);
      b[i] += a[i + j * ROWS] * (j + 1);
      a32[i + j * ROWS] = (float)a[i + j * ROWS];
    }
  }
  for (i = 0; i < ROWS; ++i) b32[i] = (float)b[i];
}

static int is_solution(const double *x) {
  int j;
  for (j = 0; j < COLS; ++j) {
    if (!(x[j] - (j + 1) < 1e-12 && x[j] - (j + 1) > -1e-12)) return 0;
  }
  return 1;
}

static int32_t stop(void *user, const akr_report *now) {
  double seconds = -1;
  if (user == &calls && akr_report_get_f64(now, "seconds", &seconds) == AKR_OK && seconds >= 0) ++calls;
  return 1;
}

static void hear(void *user, int32_t level, const char *utf8) {
  if (user == &calls && level >= AKR_LOG_WARN && level <= AKR_LOG_DEBUG && utf8[0] != 0) ++calls;
}

static int options_and_errors(void) {
  akr_options *options = NULL, *copy = NULL;
  int64_t number = 0;
  double real = 0;
  char text[64];
  REQUIRE(akr_version() >= 100);
  REQUIRE(strcmp(akr_status_name(-2), "AKR_E_OPTION") == 0 && strcmp(akr_status_name(3), "AKR_RANK_DEFICIENT") == 0);
  REQUIRE(akr_options_create(&options) == 0 && options != NULL);
  REQUIRE(akr_options_set_i64(options, "seed", 42) == 0 && akr_options_set_f64(options, "rtol", 1e-15) == 0);
  REQUIRE(akr_options_set_str(options, "method", "qr") == 0 && akr_options_set_str(options, "max_iter", "17") == 0);
  REQUIRE(akr_options_clone(options, &copy) == 0);
  akr_options_destroy(options);
  REQUIRE(akr_options_get_i64(copy, "max_iter", &number) == 0 && number == 17);
  REQUIRE(akr_options_get_f64(copy, "rtol", &real) == 0 && real == 1e-15);
  REQUIRE(akr_options_get_str(copy, "method", text, 64, &number) == 0 && number == 2 && strcmp(text, "qr") == 0);
  REQUIRE(akr_options_set_i64(copy, "seeed", 1) == -2 && strstr(akr_last_error(), "akr_options_set_i64") != NULL);
  REQUIRE(strstr(akr_last_error(), "seeed") != NULL);
  akr_options_destroy(copy);
  akr_options_destroy(NULL);
  return 0;
}

static int solves(akr_matrix *matrix, const akr_options *options, akr_report *report) {
  akr_precond *precond = NULL;
  double x[COLS] = {0, 0, 0}, real = -1, residual[1] = {-1};
  int64_t number = -1;
  REQUIRE(matrix != NULL && akr_matrix_get_i64(matrix, "rows", &number) == 0 && number == ROWS);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, options, report) == 0 && is_solution(x));
  REQUIRE(akr_report_get_i64(report, "status", &number) == 0 && number == 0 && akr_report_count(report) > 5);
  REQUIRE(akr_report_get_f64(report, "residual_norm", &real) == 0 && real >= 0 && real < 1e-12);
  REQUIRE(akr_report_get_array_f64(report, "column_residual", residual, 1, &number) == 0 && residual[0] == real);
  REQUIRE(akr_report_get_i64(report, "callback_code", &number) == AKR_E_NO_VALUE);
  REQUIRE(akr_report_get_i64(report, "no such key", &number) == AKR_E_OPTION);
  REQUIRE(akr_report_to_json(report, NULL, 0, &number) == 0 && number > 50);
  REQUIRE(akr_precond_create(matrix, 0.0, options, report, &precond) == 0);
  REQUIRE(akr_lsq_solve_f64(matrix, precond, 0.0, 1, b, ROWS, x, COLS, options, NULL) == 0 && is_solution(x));
  akr_precond_destroy(precond);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS - 1, x, COLS, options, report) == AKR_E_ARGUMENT);
  REQUIRE(is_solution(x) && strstr(akr_last_error(), "ldb = 59") != NULL);
  akr_matrix_destroy(matrix);
  return 0;
}

static int dense(void) {
  akr_options *options = NULL;
  akr_report *report = NULL;
  akr_matrix *matrix = NULL;
  double x[COLS];
  float x32[COLS];
  REQUIRE(akr_options_create(&options) == 0 && akr_report_create(&report) == 0);
  REQUIRE(akr_matrix_create_dense_f64(0, ROWS, COLS, a, ROWS, options, &matrix) == 0);
  if (solves(matrix, options, report)) return 1;
  REQUIRE(akr_matrix_create_dense_f32(AKR_COL_MAJOR, ROWS, COLS, a32, ROWS, NULL, &matrix) == 0);
  REQUIRE(akr_lsq_solve_f32(matrix, NULL, 0.0, 1, b32, ROWS, x32, COLS, NULL, NULL) == 0);
  REQUIRE(x32[2] > 2.999f && x32[2] < 3.001f);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, NULL, NULL) == AKR_E_ARGUMENT);
  REQUIRE(strstr(akr_last_error(), "f32") != NULL);
  akr_matrix_destroy(matrix);
  REQUIRE(akr_matrix_create_dense_f64(AKR_COL_MAJOR, ROWS, COLS, a, ROWS, options, &matrix) == 0);
  REQUIRE(akr_options_set_log(options, hear, &calls) == 0 && akr_options_set_i64(options, "log_level", 3) == 0);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, options, report) == 0 && calls > 0);
  calls = 0;
  REQUIRE(akr_options_set_log(options, NULL, NULL) == 0 && akr_options_set_progress(options, stop, &calls) == 0);
  REQUIRE(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, ROWS, x, COLS, options, report) == AKR_CANCELLED && calls == 1);
  akr_options_destroy(options);
  akr_matrix_destroy(matrix);
  akr_report_destroy(report);
  return 0;
}

int main(void) {
  fill();
  return options_and_errors() || dense();
}
