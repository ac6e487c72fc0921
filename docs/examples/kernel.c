/* SPDX-License-Identifier: BSD-3-Clause
 * Attention kernel regression from C, on measured data: the map of a radio signal in an office. A place (x, y) is told
 * by cosines and sines, a = (cos(kx/20), sin(kx/20), cos(ky/20), sin(ky/20), k = 1, 2); the signal there is fitted by
 * sum_i exp(scale a.a_i) c_i with (exp(scale A A') + ridge I) c = signal - mean.
 *
 *   cc kernel.c $(pkg-config --cflags --libs akr) -lm -o kernel
 *   ./kernel data/radiomap_train.csv data/radiomap_test.csv
 *
 * An example, not a benchmark. */
#include <akr.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 200, DIM = 8 };

/* Every call that can fail goes through here. Positive statuses are results, not errors. */
static akr_status require(akr_status status) {
  if (status < 0) {
    fprintf(stderr, "kernel: %s: %s\n", akr_status_name(status), akr_last_error());
    exit(1);
  }
  return status;
}

/* Lines of x,y,signal: the number of them. */
static int64_t read_places(const char *path, double *features, double *signal) {
  FILE *file = fopen(path, "r");
  double x, y, s;
  int64_t count = 0;
  int k;
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  while (count < MOST && fscanf(file, "%lf,%lf,%lf", &x, &y, &s) == 3) {
    for (k = 1; k <= 2; ++k) {
      *features++ = cos(k * x / 20);
      *features++ = sin(k * x / 20);
      *features++ = cos(k * y / 20);
      *features++ = sin(k * y / 20);
    }
    signal[count++] = s;
  }
  fclose(file);
  return count;
}

static double error_of(const double *predicted, double mean, const double *signal, int64_t count) {
  double square = 0;
  int64_t i;
  for (i = 0; i < count; ++i) square += pow(predicted[i] + mean - signal[i], 2);
  return sqrt(square / (double)count);
}

int main(int argc, char **argv) {
  static double train[MOST * DIM], test[MOST * DIM];
  double signal[MOST], right[MOST], c[MOST], predicted[MOST] = {0};
  double mean = 0, norm = 0, residual = 0;
  int64_t points, queries, rank = 0, i;
  char precond[32];
  akr_kernel *kernel = NULL, *sharp = NULL, *none = NULL;
  akr_report *report = NULL;
  akr_status status;

  if (argc != 3) {
    fprintf(stderr, "usage: %s TRAIN.csv TEST.csv\n", argv[0]);
    return 2;
  }
  points = read_places(argv[1], train, signal);
  for (i = 0; i < points; ++i) mean += signal[i] / (double)points;
  for (i = 0; i < points; ++i) right[i] = signal[i] - mean;
  for (i = 0; i < points; ++i) norm = hypot(norm, right[i]);
  queries = read_places(argv[2], test, signal);

  printf("libakr %d.%d.%d\n", akr_version() / 10000, akr_version() / 100 % 100, akr_version() % 100);
  printf("places: %d to fit, %d to test\n", (int)points, (int)queries);
  require(akr_report_create(&report));

  /* 1. Fit: a place a row, exp(1.0 A A') + 50 I. */
  require(akr_kernel_create_f64(AKR_ROW_MAJOR, points, DIM, 1.0, train, DIM, NULL, &kernel));
  status = require(akr_kernel_solve_f64(kernel, NULL, 50.0, 1, right, points, c, points, NULL, report));
  require(akr_report_get_f64(report, "residual_norm", &residual));
  require(akr_report_get_str(report, "kernel.precond", precond, sizeof precond, NULL));
  require(akr_report_get_i64(report, "kernel.rank", &rank));
  printf("status: %s, residual below 1e-12 of the right-hand side: %s\n", akr_status_name(status),
         residual < 1e-12 * norm ? "yes" : "no");
  printf("preconditioner: %s, rank %d\n", precond, (int)rank);

  /* 2. Predict at places that were not fitted. */
  printf("test error of a constant: %.2f dB\n", error_of(predicted, mean, signal, queries));
  require(akr_kernel_predict_f64(kernel, 0, AKR_ROW_MAJOR, queries, test, DIM, 1, c, points, predicted, queries, NULL,
                                 report));
  printf("test error of kernel regression: %.2f dB\n", error_of(predicted, mean, signal, queries));

  /* 3. Softmax-normalised, with the signals themselves for coefficients: attention, a mean of the places near by. */
  require(akr_kernel_create_f64(AKR_ROW_MAJOR, points, DIM, 20.0, train, DIM, NULL, &sharp));
  require(akr_kernel_predict_f64(sharp, 1, AKR_ROW_MAJOR, queries, test, DIM, 1, right, points, predicted, queries,
                                 NULL, report));
  printf("test error of attention: %.2f dB\n", error_of(predicted, mean, signal, queries));

  /* 4. An error. */
  status = akr_kernel_create_f64(AKR_ROW_MAJOR, points, DIM, -1.0, train, DIM, NULL, &none);
  printf("error: %s: %s\n", akr_status_name(status), akr_last_error());

  akr_report_destroy(report);
  akr_kernel_destroy(sharp);
  akr_kernel_destroy(kernel);
  return 0;
}
