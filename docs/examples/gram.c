/* SPDX-License-Identifier: BSD-3-Clause
 * Gram powers from C, on a real problem: the standard errors of a regression. With A y ~ b, the covariance of y is
 * s^2 (A'A)^-1, s^2 = |b - A y|^2 / (rows - cols): one Gram power, j = 1, with the identity as its right-hand sides.
 * The data are Longley's (1967), on which many programs lost most digits; NIST certifies the results.
 *
 *   cc gram.c $(pkg-config --cflags --libs akr) -lm -o gram && ./gram
 *
 * An example, not a benchmark. */
#include <akr.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 16, COLS = 7 };

/* By rows: a constant, GNP deflator, GNP, unemployed, armed forces, population, year. */
static const double A[ROWS][COLS] = {
    {1, 83.0, 234289, 2356, 1590, 107608, 1947},  {1, 88.5, 259426, 2325, 1456, 108632, 1948},
    {1, 88.2, 258054, 3682, 1616, 109773, 1949},  {1, 89.5, 284599, 3351, 1650, 110929, 1950},
    {1, 96.2, 328975, 2099, 3099, 112075, 1951},  {1, 98.1, 346999, 1932, 3594, 113270, 1952},
    {1, 99.0, 365385, 1870, 3547, 115094, 1953},  {1, 100.0, 363112, 3578, 3350, 116219, 1954},
    {1, 101.2, 397469, 2904, 3048, 117388, 1955}, {1, 104.6, 419180, 2822, 2857, 118734, 1956},
    {1, 108.4, 442769, 2936, 2798, 120445, 1957}, {1, 110.8, 444546, 4681, 2637, 121950, 1958},
    {1, 112.6, 482704, 3813, 2552, 123366, 1959}, {1, 114.2, 502601, 3931, 2514, 125368, 1960},
    {1, 115.7, 518173, 4806, 2572, 127852, 1961}, {1, 116.9, 554894, 4007, 2827, 130081, 1962}};

/* Employment, in thousands. */
static const double B[ROWS] = {60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761,
                               66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551};

/* Every call that can fail goes through here. Positive statuses are results, not errors. */
static akr_status require(akr_status status) {
  if (status < 0) {
    fprintf(stderr, "gram: %s: %s\n", akr_status_name(status), akr_last_error());
    exit(1);
  }
  return status;
}

int main(void) {
  /* NIST StRD, Longley: standard deviations of the estimates. */
  static const double certified[COLS] = {890420.383607373,  84.9149257747669,  0.0334910077722432, 0.488399681651699,
                                         0.214274163161675, 0.226073200069370, 455.478499142212};
  double y[COLS], covariance[COLS * COLS] = {0}, x[COLS], residual = 0, error = 0, loss = 0, worst = 0, s2;
  akr_matrix *matrix = NULL;
  akr_precond *precond = NULL;
  akr_options *options = NULL;
  akr_report *report = NULL;
  akr_status status;
  int j;

  printf("libakr %d.%d.%d\n", akr_version() / 10000, akr_version() / 100 % 100, akr_version() % 100);
  require(akr_matrix_create_dense_f64(AKR_ROW_MAJOR, ROWS, COLS, &A[0][0], COLS, NULL, &matrix));
  require(akr_precond_create(matrix, 0.0, NULL, NULL, &precond));
  require(akr_report_create(&report));

  /* 1. Least squares, and (A'A)^-1 with the same preconditioner. */
  require(akr_lsq_solve_f64(matrix, precond, 0.0, 1, B, ROWS, y, COLS, NULL, report));
  require(akr_report_get_f64(report, "residual_norm", &residual));
  s2 = residual * residual / (ROWS - COLS);
  for (j = 0; j < COLS; ++j) covariance[j * COLS + j] = 1;
  status =
      require(akr_gram_power_solve_f64(matrix, precond, 1, COLS, covariance, COLS, covariance, COLS, NULL, report));
  printf("status: %s\n", akr_status_name(status));
  for (j = 0; j < COLS; ++j) {
    const double deviation = sqrt(s2 * covariance[j * COLS + j]);
    worst = fmax(worst, fabs(deviation / certified[j] - 1));
    printf("coefficient %d: %16.4f, standard error %14.4f\n", j, y[j], deviation);
  }
  printf("standard errors agree with NIST to 9 digits: %s\n", worst < 1e-9 ? "yes" : "no");

  /* 2. A power of it, as sensitive as cond(A)^4: the library says how much of the answer is left. */
  status = require(akr_gram_power_solve_f64(matrix, precond, 2, 1, y, COLS, x, COLS, NULL, report));
  require(akr_report_get_f64(report, "precision_loss", &loss));
  require(akr_report_get_f64(report, "error_estimate", &error));
  printf("(A'A)^2 x = y: %s, loss for the worst right-hand side above 1: %s, for this one below 1e-3: %s\n",
         akr_status_name(status), loss > 1 ? "yes" : "no", error < 1e-3 ? "yes" : "no");
  require(akr_options_create(&options));
  require(akr_options_set_str(options, "residual.precision", "doubled"));
  status = require(akr_gram_power_solve_f64(matrix, precond, 2, 1, y, COLS, x, COLS, options, report));
  require(akr_report_get_f64(report, "error_estimate", &error));
  printf("the same in doubled precision: %s, below 1e-12: %s\n", akr_status_name(status), error < 1e-12 ? "yes" : "no");

  /* 3. The gradient flow of least squares from 0 is y - exp(-t A'A) y at time t: early stopping. */
  status = require(akr_gram_exp_solve_f64(matrix, precond, 1e-12, 1, y, COLS, x, COLS, NULL, report));
  printf("flow at t = 1e-12: %s, GNP %.4f, armed forces %.4f\n", akr_status_name(status), y[2] - x[2], y[4] - x[4]);

  /* 4. An error. */
  status = akr_gram_power_solve_f64(matrix, precond, -1, 1, y, COLS, x, COLS, NULL, report);
  printf("error: %s: %s\n", akr_status_name(status), akr_last_error());

  akr_options_destroy(options);
  akr_report_destroy(report);
  akr_precond_destroy(precond);
  akr_matrix_destroy(matrix);
  return 0;
}
