/* SPDX-License-Identifier: BSD-3-Clause
 * Least squares from C: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the report, provoke an
 * error, cancel a solve.
 *
 *   cc lsq.c $(pkg-config --cflags --libs akr) -lm -o lsq && ./lsq data/well1033.mtx data/well1033_rhs1.mtx
 *
 * An example, not a benchmark. */
#include <akr.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A matrix by rows: row i holds the entries start[i] ... start[i + 1] - 1 of column and value, counted from 0. */
typedef struct {
  int64_t rows, cols, count;
  int64_t *start, *column;
  double *value;
} sparse;

static void stop(const char *what) {
  fprintf(stderr, "lsq: %s\n", what);
  exit(1);
}

/* Every call that can fail goes through here. Positive statuses are results, not errors. */
static akr_status require(akr_status status) {
  if (status < 0) {
    fprintf(stderr, "lsq: %s: %s\n", akr_status_name(status), akr_last_error());
    exit(1);
  }
  return status;
}

static void *allocate(int64_t count, size_t size) {
  void *p = calloc(count > 0 ? (size_t)count : 1, size);
  if (p == NULL) stop("out of memory");
  return p;
}

/* Opens a Matrix Market file and stands behind its comments. */
static FILE *open_market(const char *path) {
  FILE *file = fopen(path, "r");
  int c;
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  while ((c = getc(file)) == '%')
    while (c != '\n' && c != EOF) c = getc(file);
  ungetc(c, file);
  return file;
}

/* The entries come column by column; two passes put them in order of rows. */
static sparse read_matrix(const char *path) {
  sparse a;
  FILE *file = open_market(path);
  long long rows, cols, count, i, j;
  int64_t k, *row, *column;
  double *value;
  if (fscanf(file, "%lld %lld %lld", &rows, &cols, &count) != 3) stop("the matrix has no size line");
  a.rows = rows;
  a.cols = cols;
  a.count = count;
  row = allocate(count, sizeof *row);
  column = allocate(count, sizeof *column);
  value = allocate(count, sizeof *value);
  a.start = allocate(rows + 2, sizeof *a.start);
  a.column = allocate(count, sizeof *a.column);
  a.value = allocate(count, sizeof *a.value);
  for (k = 0; k < count; ++k) {
    if (fscanf(file, "%lld %lld %lf", &i, &j, &value[k]) != 3) stop("the matrix ends early");
    if (i < 1 || i > rows || j < 1 || j > cols) stop("an entry lies outside the matrix");
    row[k] = i - 1;
    column[k] = j - 1;
    ++a.start[i + 1];
  }
  for (i = 2; i <= rows + 1; ++i) a.start[i] += a.start[i - 1];
  for (k = 0; k < count; ++k) {
    const int64_t place = a.start[row[k] + 1]++;
    a.column[place] = column[k];
    a.value[place] = value[k];
  }
  fclose(file);
  free(row);
  free(column);
  free(value);
  return a;
}

static double *read_vector(const char *path, int64_t rows) {
  FILE *file = open_market(path);
  double *b = allocate(rows, sizeof *b);
  long long n, one;
  int64_t i;
  if (fscanf(file, "%lld %lld", &n, &one) != 2 || n != rows) stop("the right-hand side does not fit the matrix");
  for (i = 0; i < rows; ++i)
    if (fscanf(file, "%lf", &b[i]) != 1) stop("the right-hand side ends early");
  fclose(file);
  return b;
}

static int32_t cancel_at_once(void *user, const akr_report *now) {
  (void)now; /* has the keys phase, iterations, fraction, residual_norm, seconds */
  ++*(int *)user;
  return 1;
}

static void print_report(const akr_report *report) {
  char stopped_by[32];
  double residual = 0, error = 0;
  int64_t rank = 0, length = 0;
  require(akr_report_get_str(report, "stopped_by", stopped_by, sizeof stopped_by, &length));
  require(akr_report_get_f64(report, "residual_norm", &residual));
  require(akr_report_get_f64(report, "backward_error", &error));
  require(akr_report_get_i64(report, "rank", &rank));
  printf("stopped by: %s\n", stopped_by);
  printf("residual norm: %.6f\n", residual);
  printf("backward error below 1e-14: %s\n", error < 1e-14 ? "yes" : "no");
  printf("rank: %lld\n", (long long)rank);
}

int main(int argc, char **argv) {
  sparse a;
  double *b, *x;
  double norm = 0;
  akr_matrix *matrix = NULL;
  akr_options *options = NULL;
  akr_report *report = NULL;
  akr_status status;
  int64_t i;
  int calls = 0;

  if (argc != 3) stop("usage: lsq MATRIX.mtx RIGHT_HAND_SIDE.mtx");
  printf("libakr %d.%d.%d\n", akr_version() / 10000, akr_version() / 100 % 100, akr_version() % 100);
  a = read_matrix(argv[1]);
  b = read_vector(argv[2], a.rows);
  x = allocate(a.cols, sizeof *x);
  printf("matrix: %lld x %lld, %lld entries\n", (long long)a.rows, (long long)a.cols, (long long)a.count);

  /* 1. Solve. The matrix borrows the arrays: they stay as they are until it is destroyed. */
  require(
      akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, a.rows, a.cols, 64, 0, a.start, a.column, a.value, NULL, &matrix));
  require(akr_report_create(&report));
  status = require(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, a.rows, x, a.cols, NULL, report));
  for (i = 0; i < a.cols; ++i) norm += x[i] * x[i];
  printf("status: %s\n", akr_status_name(status));
  print_report(report);
  printf("solution norm: %.4f, first: %.5f, last: %.5f\n", sqrt(norm), x[0], x[a.cols - 1]);

  /* 2. An error: the status says what kind, the text what exactly. x is left as it was. */
  status = akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, a.rows, x, a.cols - 1, NULL, report);
  printf("error: %s: %s\n", akr_status_name(status), akr_last_error());

  /* 3. A solve that the progress callback cancels. */
  require(akr_options_create(&options));
  require(akr_options_set_progress(options, cancel_at_once, &calls));
  status = require(akr_lsq_solve_f64(matrix, NULL, 0.0, 1, b, a.rows, x, a.cols, options, report));
  printf("cancelled: %s, after calls: %d\n", akr_status_name(status), calls);

  akr_options_destroy(options);
  akr_report_destroy(report);
  akr_matrix_destroy(matrix);
  free(a.start);
  free(a.column);
  free(a.value);
  free(b);
  free(x);
  return 0;
}
