// SPDX-License-Identifier: BSD-3-Clause
// A host with an FFTW of its own plans, executes and destroys in one thread while two others solve by sketches. The
// default build has a private copy of FFTW: two of them are at work in the process, and neither may meet the other's
// planner. Where libakr is linked with the host's FFTW (AKR_FFTW=shared), the host gives its planner lock.
#include <akr.h>
#include <fftw3.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <thread>

#include "problem.hpp"

namespace {

std::mutex planning;
int planned_by_akr = 0;
void lock(void *) {
  planning.lock();
  ++planned_by_akr;
}
void unlock(void *) { planning.unlock(); }

// Planning by measurement takes FFTW's planner long enough to be met there by others.
// The transform of a unit impulse at k is exp(-2πi j k/n): as good as the sines that it is compared with.
bool transforms(int n, int k, bool locked) {
  auto *x = static_cast<double *>(fftw_malloc(sizeof(double) * static_cast<std::size_t>(n)));
  auto *y = static_cast<fftw_complex *>(fftw_malloc(sizeof(fftw_complex) * static_cast<std::size_t>(n / 2 + 1)));
  if (locked) planning.lock();
  const fftw_plan plan = fftw_plan_dft_r2c_1d(n, x, y, FFTW_MEASURE);
  if (locked) planning.unlock();
  for (int i = 0; i < n; ++i) x[i] = i == k ? 1 : 0;
  fftw_execute(plan);
  double error = 0;
  for (int j = 0; j <= n / 2; ++j) {
    const double angle = 2 * M_PI * static_cast<double>(static_cast<long>(j) * k % n) / n;
    error = std::max({error, std::fabs(y[j][0] - std::cos(angle)), std::fabs(y[j][1] + std::sin(angle))});
  }
  if (locked) planning.lock();
  fftw_destroy_plan(plan);
  if (locked) planning.unlock();
  fftw_free(x);
  fftw_free(y);
  return error < 1e-13;
}

// Sketches of many sizes, so that plans of many sizes are made meanwhile; then a solve of each kind.
std::vector<double> sketch_and_solve(const char *transform, int *failures) {
  std::vector<double> all;
  akr_options *made = nullptr;
  *failures += akr_options_create(&made) != AKR_OK;
  const OptionsPtr options(made);
  akr_options_set_str(made, "method", "sketch");
  akr_options_set_str(made, "sketch.kind", "srht");
  akr_options_set_str(made, "sketch.transform", transform);
  akr_options_set_i64(made, "threads", 2);
  for (std::int64_t rows = 40; rows < 40000; rows *= 2) {
    const std::vector<double> x(static_cast<std::size_t>(rows), 1.0);
    const std::vector<float> x_f32(x.size(), 1.0F);
    std::vector<double> y(16);
    std::vector<float> y_f32(16);
    akr_sketch *s = nullptr;
    *failures += akr_sketch_create(16, rows, made, nullptr, &s) != AKR_OK;
    const SketchPtr sketch(s);
    *failures += akr_sketch_apply_dense_f64(s, 0, 1, x.data(), rows, y.data(), 16, made, nullptr) != AKR_OK;
    *failures += akr_sketch_apply_dense_f32(s, 0, 1, x_f32.data(), rows, y_f32.data(), 16, made, nullptr) != AKR_OK;
    all.insert(all.end(), y.begin(), y.end());
    all.insert(all.end(), y_f32.begin(), y_f32.end());
  }
  Problem<double> p(6000, 20);
  const MatrixPtr matrix = dense(p);
  *failures +=
      akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, made, nullptr) != AKR_OK ||
      !p.solved();
  all.insert(all.end(), p.x.begin(), p.x.end());
  return all;
}

TEST(Fftw, OfTheHostAtWorkMeanwhile) {
  if (std::strstr(akr_build_info(), "FFTW") == nullptr) {
    std::puts("skipped: this build has no FFTW");
    GTEST_SKIP();
  }
  const bool one_fftw = std::strstr(akr_build_info(), "(shared)") != nullptr;
  if (one_fftw) akr_set_planner_lock(lock, unlock, nullptr);
  constexpr int rounds = 10;
  const char *const transforms_of_ours[2] = {"hartley", "cosine"};
  std::atomic<bool> enough{false};
  int host_rounds = 0, host_wrong = 0, failures[2] = {0, 0};
  std::vector<double> results[2][rounds];
  std::thread host([&] {
    for (; !enough; ++host_rounds) host_wrong += !transforms(30 + host_rounds % 90, host_rounds % 30, one_fftw);
  });
  const auto solve = [&](int i) {
    for (auto &result : results[i]) result = sketch_and_solve(transforms_of_ours[i], &failures[i]);
  };
  std::thread other([&] { solve(1); });
  solve(0);
  other.join();
  enough = true;
  host.join();
  EXPECT_GT(host_rounds, 10);
  if (one_fftw) {
    EXPECT_GT(planned_by_akr, 10) << "the host's lock was not used";
  }
  EXPECT_EQ(host_wrong, 0) << "of the host's transforms";
  for (int i = 0; i < 2; ++i) {
    int alone_failures = 0;
    const std::vector<double> alone = sketch_and_solve(transforms_of_ours[i], &alone_failures);
    EXPECT_EQ(failures[i] + alone_failures, 0) << transforms_of_ours[i];
    for (const auto &result : results[i]) EXPECT_EQ(result, alone) << transforms_of_ours[i];
  }
  if (one_fftw) akr_set_planner_lock(nullptr, nullptr, nullptr);
}

}  // namespace
