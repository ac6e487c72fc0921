/* SPDX-License-Identifier: BSD-3-Clause
 * A host that plans transforms with the shared FFTW in one thread while libakr, in another, makes plans of its own with
 * the same FFTW. FFTW's planner is not re-entrant: both hold the lock of akr_set_planner_lock.
 *
 * The planning functions that libakr calls are this program's, so that a plan made without the lock is seen for
 * certain, not only when the two threads happen to meet. `planner unlocked` is the negative control: libakr is not
 * given the lock, and the program must end with 1. (Host and libakr then take turns, since FFTW would crash.) */
#define _GNU_SOURCE
#include <akr.h>
#include <dlfcn.h>
#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 14, ROWS = 5000, COLS = 20 };

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int held; /* does this thread hold it? */
static atomic_int plans_of_libakr, plans_without_lock, plans_of_host, finished;

static void lock(void *user) {
  pthread_mutex_lock(user);
  held = 1;
}

static void unlock(void *user) {
  held = 0;
  pthread_mutex_unlock(user);
}

static void count(void) {
  atomic_fetch_add(&plans_of_libakr, 1);
  if (!held) atomic_fetch_add(&plans_without_lock, 1);
}

/* In libakr's way to FFTW. */
fftw_plan fftw_plan_r2r_1d(int n, double *in, double *out, fftw_r2r_kind kind, unsigned flags) {
  fftw_plan (*real)(int, double *, double *, fftw_r2r_kind, unsigned);
  *(void **)&real = dlsym(RTLD_NEXT, "fftw_plan_r2r_1d");
  count();
  return real(n, in, out, kind, flags);
}

fftwf_plan fftwf_plan_r2r_1d(int n, float *in, float *out, fftwf_r2r_kind kind, unsigned flags) {
  fftwf_plan (*real)(int, float *, float *, fftwf_r2r_kind, unsigned);
  *(void **)&real = dlsym(RTLD_NEXT, "fftwf_plan_r2r_1d");
  count();
  return real(n, in, out, kind, flags);
}

static void require(int holds, const char *what) {
  if (holds) return;
  printf("planner: %s; akr_last_error(): %s\n", what, akr_last_error());
  exit(1);
}

/* Plans, of lengths of all kinds in both precisions, are made and thrown away; a cosine comes back as two spikes. */
static void *host(void *unused) {
  static fftw_complex x[400], y[400];
  static fftwf_complex xf[400], yf[400];
  for (int n = 8; !atomic_load(&finished) || n < 40; n = n < 400 ? n + 1 : 8) {
    lock(&planner);
    fftw_plan plan = fftw_plan_dft_1d(n, x, y, FFTW_FORWARD, n % 8 == 0 ? FFTW_MEASURE : FFTW_ESTIMATE);
    fftwf_plan planf = fftwf_plan_dft_1d(n, xf, yf, FFTW_FORWARD, FFTW_ESTIMATE);
    unlock(&planner);
    for (int i = 0; i < n; ++i) {
      x[i][0] = xf[i][0] = (float)cos(6.283185307179586 * i / n);
      x[i][1] = xf[i][1] = 0;
    }
    fftw_execute(plan);
    fftwf_execute(planf);
    require(fabs(y[1][0] - n / 2.0) < 1e-4 * n && fabs(yf[1][0] - n / 2.0) < 1e-4 * n, "the host's transform is wrong");
    lock(&planner);
    fftw_destroy_plan(plan);
    fftwf_destroy_plan(planf);
    unlock(&planner);
    atomic_fetch_add(&plans_of_host, 1);
  }
  return unused;
}

/* An SRHT of r rows out of r, a power of two, is orthonormal: S'S x = x, in each transform with a rounding error of
 * some u log2(r) at most, of which 100 u is ample for both. */
static void orthonormal(const akr_options *options, int64_t r) {
  static double x[LARGEST], sx[LARGEST], back[LARGEST];
  static float xf[LARGEST], sxf[LARGEST], backf[LARGEST];
  akr_sketch *sketch = NULL;
  double error = 0, errorf = 0, norm = 0;
  for (int64_t i = 0; i < r; ++i) x[i] = xf[i] = (float)(i % 17) - 5.5f;
  require(akr_sketch_create(r, r, options, NULL, &sketch) == AKR_OK &&
              akr_sketch_apply_dense_f64(sketch, 0, 1, x, r, sx, r, options, NULL) == AKR_OK &&
              akr_sketch_apply_dense_f64(sketch, 1, 1, sx, r, back, r, options, NULL) == AKR_OK &&
              akr_sketch_apply_dense_f32(sketch, 0, 1, xf, r, sxf, r, options, NULL) == AKR_OK &&
              akr_sketch_apply_dense_f32(sketch, 1, 1, sxf, r, backf, r, options, NULL) == AKR_OK,
          "a sketch");
  for (int64_t i = 0; i < r; ++i) {
    norm += x[i] * x[i];
    error += (back[i] - x[i]) * (back[i] - x[i]);
    errorf += ((double)backf[i] - x[i]) * ((double)backf[i] - x[i]);
  }
  require(sqrt(error) <= 100 * 0x1p-53 * sqrt(norm) && sqrt(errorf) <= 100 * 0x1p-24 * sqrt(norm), "S'S x is not x");
  akr_sketch_destroy(sketch);
}

/* b = A (1, 2, ...)'; A(i, j) = 1/(1 + |i - 250 j|/100) has a condition number below 100, so 1e-12 is 100 times c u. */
static void solve(const akr_options *options) {
  static double a[ROWS * COLS], b[ROWS], x[COLS];
  akr_matrix *matrix = NULL;
  memset(b, 0, sizeof b);
  for (int j = 0; j < COLS; ++j) {
    for (int i = 0; i < ROWS; ++i) {
      a[i + j * ROWS] = 1 / (1 + fabs(i - 250.0 * j) / 100);
      b[i] += (j + 1) * a[i + j * ROWS];
    }
  }
  require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, ROWS, COLS, a, ROWS, options, &matrix) == AKR_OK &&
              akr_lsq_solve_f64(matrix, NULL, 0, 1, b, ROWS, x, COLS, options, NULL) == AKR_OK,
          "least squares");
  for (int j = 0; j < COLS; ++j) require(fabs(x[j] - (j + 1)) < 1e-10, "x is not (1, 2, ...)");
  akr_matrix_destroy(matrix);
}

int main(int argc, char **argv) {
  const int locked = argc < 2 || strcmp(argv[1], "unlocked") != 0;
  static const char *const transforms[] = {"hartley", "cosine"};
  pthread_t thread;
  require(strstr(akr_build_info(), "(shared)") != NULL, akr_build_info());
  if (locked) {
    akr_set_planner_lock(lock, unlock, &planner);
    require(pthread_create(&thread, NULL, host, NULL) == 0, "no thread");
  }
  for (int t = 0; t < 2; ++t) {
    akr_options *options = NULL;
    require(akr_options_create(&options) == AKR_OK && akr_options_set_str(options, "method", "sketch") == AKR_OK &&
                akr_options_set_str(options, "sketch.kind", "srht") == AKR_OK &&
                akr_options_set_str(options, "sketch.transform", transforms[t]) == AKR_OK,
            "options");
    for (int64_t r = 1; r <= LARGEST; r *= 2) {
      orthonormal(options, r);
      if (r % 64 == 0) solve(options);
    }
    akr_options_destroy(options);
  }
  atomic_store(&finished, 1);
  if (locked) pthread_join(thread, NULL);
  printf("%d plans of libakr's, %d of the host's\n", plans_of_libakr, plans_of_host);
  require(plans_of_libakr >= 40, "libakr has hardly made plans"); /* of 45: 3 kinds, 15 sizes */
  require(plans_without_lock == 0, "libakr has planned without the lock");
  return 0;
}
