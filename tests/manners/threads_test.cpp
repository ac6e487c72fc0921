// SPDX-License-Identifier: BSD-3-Clause
// Two threads of the host inside libakr at once, each call with a team of its own. Meant for the thread sanitizer;
// without it, the answers must still be the same to the last bit.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "problem.hpp"

namespace {

constexpr std::int64_t rows = 6000;
constexpr std::int64_t cols = 24;

void on_two_threads(const std::function<void(int)> &body) {
  std::thread other([&] { body(1); });
  body(0);
  other.join();
}

OptionsPtr options_with(const char *key, const char *value) {
  akr_options *options = nullptr;
  akr_options_create(&options);
  EXPECT_EQ(akr_options_set_str(options, key, value), AKR_OK) << akr_last_error();
  EXPECT_EQ(akr_options_set_i64(options, "threads", 2), AKR_OK);
  return OptionsPtr(options);
}

class Methods : public testing::TestWithParam<const char *> {};

// Matrix, preconditioner and options are [shared]: two calls use the same ones.
TEST_P(Methods, SolveWithSharedHandles) {
  Problem<double> p(rows, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", GetParam());
  akr_precond *made = nullptr;
  ASSERT_EQ(akr_precond_create(matrix.get(), 0, options.get(), nullptr, &made), AKR_OK) << akr_last_error();
  const PrecondPtr precond(made);
  std::vector<double> x[2], again[2], scores[2];
  akr_status status[2][4];
  std::vector<double> powers[2];
  on_two_threads([&](int i) {
    x[i].resize(cols);
    again[i].resize(cols);
    scores[i].resize(rows);
    powers[i].resize(cols);
    status[i][0] = akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), rows, x[i].data(), cols,
                                     options.get(), nullptr);
    status[i][1] =
        akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), rows, again[i].data(), cols, options.get(), nullptr);
    status[i][2] = akr_leverage_scores_f64(matrix.get(), precond.get(), 0, scores[i].data(), options.get(), nullptr);
    status[i][3] = akr_gram_power_lsq_f64(matrix.get(), precond.get(), 2, 1, p.b.data(), rows, powers[i].data(), cols,
                                          options.get(), nullptr);
  });
  for (const auto &each : status) {
    for (const akr_status s : each) EXPECT_EQ(s, AKR_OK);
  }
  EXPECT_EQ(x[0], x[1]);
  EXPECT_EQ(again[0], again[1]);
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_EQ(powers[0], powers[1]);
  p.x = x[0];
  EXPECT_TRUE(p.solved());
}

// LAPACK changes some of its input arrays and restores them: two calls that share such an array race, and what is
// "restored" may be what the other had put there for good. It shows in a few of a hundred rounds, so there are many.
TEST_P(Methods, SharedPreconditionerIsNeverWritten) {
  constexpr int rounds = 150;
  const Problem<double> p(1500, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", GetParam());
  akr_precond *made = nullptr;
  ASSERT_EQ(akr_precond_create(matrix.get(), 0, options.get(), nullptr, &made), AKR_OK) << akr_last_error();
  const PrecondPtr precond(made);
  const auto solve = [&](std::vector<double> &x) {
    return akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), p.rows, x.data(), cols, options.get(),
                             nullptr);
  };
  std::vector<double> alone(cols);
  ASSERT_EQ(solve(alone), AKR_OK) << akr_last_error();
  int other_answers[2] = {0, 0};
  on_two_threads([&](int i) {
    std::vector<double> x(cols);
    for (int round = 0; round < rounds; ++round) {
      other_answers[i] += solve(x) != AKR_OK || x != alone;
    }
  });
  EXPECT_EQ(other_answers[0], 0);
  EXPECT_EQ(other_answers[1], 0);
  std::vector<double> after(cols);
  EXPECT_EQ(solve(after), AKR_OK);
  EXPECT_EQ(after, alone) << "the preconditioner has changed";
}

INSTANTIATE_TEST_SUITE_P(Threads, Methods, testing::Values("sketch", "sketch-cholqr", "cholesky", "qr"),
                         [](const testing::TestParamInfo<const char *> &which) {
                           std::string name = which.param;
                           for (char &c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// Each thread makes, uses and destroys its own; what lies between them is the process: caches, planner, error texts.
TEST(Threads, OwnHandlesOfEveryKind) {
  for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
    std::vector<double> sa[2];
    on_two_threads([&](int i) {
      Problem<double> p(rows, cols);
      const MatrixPtr matrix = dense(p);
      const OptionsPtr options = options_with("sketch.kind", kind);
      akr_sketch *made = nullptr;
      EXPECT_EQ(akr_sketch_create(100, rows, options.get(), nullptr, &made), AKR_OK);
      const SketchPtr sketch(made);
      sa[i].resize(100 * cols);
      EXPECT_EQ(akr_sketch_apply_f64(sketch.get(), matrix.get(), sa[i].data(), 100, options.get(), nullptr), AKR_OK);
    });
    EXPECT_EQ(sa[0], sa[1]) << kind;
  }
}

TEST(Threads, EachHasItsOwnErrorText) {
  std::string text[2];
  on_two_threads([&](int i) {
    akr_options *made = nullptr;
    akr_options_create(&made);
    const OptionsPtr options(made);
    for (int round = 0; round < 200; ++round) {
      akr_options_set_i64(options.get(), i == 0 ? "unknown_zero" : "unknown_one", 1);
      text[i] = akr_last_error();
      EXPECT_NE(text[i].find(i == 0 ? "unknown_zero" : "unknown_one"), std::string::npos);
    }
  });
}

struct Signals {
  std::atomic<bool> inside{false};
  std::int32_t cancel = 0;
};

// The solver waits here until the other thread has raised the flag.
std::int32_t wait_for_flag(void *user, const akr_report *) {
  auto &signals = *static_cast<Signals *>(user);
  signals.inside = true;
  while (__atomic_load_n(&signals.cancel, __ATOMIC_ACQUIRE) == 0) usleep(500);
  return 0;
}

TEST(Threads, CancelFlagFromTheOtherThread) {
  Problem<double> p(rows, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", "sketch");
  Signals signals;
  ASSERT_EQ(akr_options_set_progress(options.get(), wait_for_flag, &signals), AKR_OK);
  ASSERT_EQ(akr_options_set_cancel(options.get(), &signals.cancel), AKR_OK);
  akr_status status = -1000;
  on_two_threads([&](int i) {
    if (i == 0) {
      while (!signals.inside) usleep(500);
      __atomic_store_n(&signals.cancel, 1, __ATOMIC_RELEASE);
    } else {
      status =
          akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), rows, p.x.data(), cols, options.get(), nullptr);
    }
  });
  EXPECT_EQ(status, AKR_CANCELLED);
}

}  // namespace
