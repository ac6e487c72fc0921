// SPDX-License-Identifier: BSD-3-Clause
// The cancel flag is raised by a signal handler of the host: at a moment of chance by a timer, and for certain by
// raise() in the progress callback.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <functional>
#include <string>

#include "problem.hpp"

namespace {

std::int32_t flag = 0;

extern "C" void raise_flag(int) { __atomic_store_n(&flag, 1, __ATOMIC_RELEASE); }

std::int32_t signal_now(void *calls, const akr_report *) {
  ++*static_cast<int *>(calls);
  std::raise(SIGALRM);
  return 0;
}

std::string text_of(const akr_report *report, const char *key) {
  char text[64] = "unset";
  std::int64_t length = 0;
  akr_report_get_str(report, key, text, sizeof text, &length);
  return text;
}

double norm(const std::vector<double> &v) {
  double sum = 0;
  for (const double e : v) sum += e * e;
  return std::sqrt(sum);
}

class CancelFromHandler : public testing::Test {
 protected:
  void SetUp() override {
    struct sigaction action = {};
    action.sa_handler = raise_flag;
    ASSERT_EQ(sigaction(SIGALRM, &action, &previous_), 0);
    akr_options *o = nullptr;
    akr_report *r = nullptr;
    akr_options_create(&o);
    akr_report_create(&r);
    options.reset(o);
    report.reset(r);
    akr_options_set_i64(o, "threads", 2);
  }
  void TearDown() override { sigaction(SIGALRM, &previous_, nullptr); }

  // solve() is a call with options and report; check() looks at what it left.
  void cancel(const std::function<akr_status()> &solve, const std::function<void()> &check) {
    akr_options_set_cancel(options.get(), nullptr);
    akr_options_set_progress(options.get(), nullptr, nullptr);
    flag = 0;
    const auto start = std::chrono::steady_clock::now();
    ASSERT_GE(solve(), 0) << akr_last_error();
    const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
    akr_options_set_cancel(options.get(), &flag);
    int cancelled = 0;
    for (int attempt = 0; attempt < 40 && cancelled < 3; ++attempt) {
      flag = 0;
      // Every tenth attempt begins to look at a quarter of the time: the first call may have been the only slow one.
      const double expected = std::ldexp(whole.count(), -2 * (attempt / 10));
      const auto after = static_cast<suseconds_t>(1e6 * expected * (attempt % 10 + 0.5) / 10);
      itimerval timer = {};
      timer.it_value.tv_sec = after / 1000000;
      timer.it_value.tv_usec = after % 1000000 + 1;
      setitimer(ITIMER_REAL, &timer, nullptr);
      const akr_status status = solve();
      timer = {};
      setitimer(ITIMER_REAL, &timer, nullptr);
      ASSERT_GE(status, 0) << akr_last_error();
      if (status != AKR_CANCELLED) continue;
      ++cancelled;
      EXPECT_EQ(text_of(report.get(), "stopped_by"), "cancel");
      check();
    }
    EXPECT_GE(cancelled, 1) << "of 40 calls, each with a signal on the way";
    int calls = 0;
    akr_options_set_progress(options.get(), signal_now, &calls);
    flag = 0;
    EXPECT_EQ(solve(), AKR_CANCELLED) << akr_last_error();
    EXPECT_EQ(text_of(report.get(), "stopped_by"), "cancel");
    EXPECT_EQ(calls, 1) << "progress was told of after the cancellation";
    check();
    akr_options_set_progress(options.get(), nullptr, nullptr);
    flag = 0;
    EXPECT_GE(solve(), 0) << "the next call";
    EXPECT_NE(text_of(report.get(), "stopped_by"), "cancel");
  }

  OptionsPtr options;
  ReportPtr report;

 private:
  struct sigaction previous_ = {};
};

// The residual of the best iterate is at most that of x = 0; rounding is far below the factor.
constexpr double no_worse = 1 + 1e-6;

TEST_F(CancelFromHandler, LeastSquares) {
  Problem<double> p(30000, 40);
  const MatrixPtr matrix = dense(p);
  for (const char *method : {"cholesky", "sketch", "sketch-cholqr", "qr", "gradient", "cgls"}) {
    SCOPED_TRACE(method);
    akr_options_set_str(options.get(), "method", method);
    cancel(
        [&] {
          std::fill(p.x.begin(), p.x.end(), NAN);
          return akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, options.get(),
                                   report.get());
        },
        [&] {
          std::vector<double> residual = p.b, product(p.b.size());
          Problem<double>::products(&p, 0, 1, p.x.data(), p.cols, product.data(), p.rows);
          for (std::size_t i = 0; i < residual.size(); ++i) residual[i] -= product[i];
          EXPECT_LE(norm(residual), no_worse * norm(p.b));
          double told = 0;
          ASSERT_EQ(akr_report_get_f64(report.get(), "residual_norm", &told), AKR_OK);
          EXPECT_NEAR(told, norm(residual), 1e-10 * norm(p.b));
        });
    EXPECT_TRUE(p.solved()) << "by the next call";
  }
}

TEST_F(CancelFromHandler, GramPowers) {
  Problem<double> p(30000, 40);
  const MatrixPtr matrix = dense(p);
  std::vector<double> x(40);
  const auto finite = [&] { EXPECT_TRUE(std::isfinite(norm(x))); };
  for (const char *method : {"recursion", "factor"}) {
    SCOPED_TRACE(method);
    akr_options_set_str(options.get(), "gram.method", method);
    cancel(
        [&] {
          std::fill(x.begin(), x.end(), NAN);
          return akr_gram_power_solve_f64(matrix.get(), nullptr, 2, 1, p.b.data(), 40, x.data(), 40, options.get(),
                                          report.get());
        },
        finite);
    cancel(
        [&] {
          std::fill(x.begin(), x.end(), NAN);
          return akr_gram_power_lsq_f64(matrix.get(), nullptr, 1, 1, p.b.data(), p.rows, x.data(), 40, options.get(),
                                        report.get());
        },
        finite);
  }
}

TEST_F(CancelFromHandler, Kernels) {
  const Problem<double> p(1000, 12);
  constexpr double ridge = 0.01;
  akr_kernel *made = nullptr;
  ASSERT_EQ(akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 1, p.a.data(), p.rows, nullptr, &made), AKR_OK);
  const KernelPtr kernel(made);
  std::vector<double> x(p.b.size()), product(p.b.size());
  for (const char *precond : {"rpcholesky", "nystrom", "dense"}) {
    SCOPED_TRACE(precond);
    akr_options_set_str(options.get(), "kernel.precond", precond);
    cancel(
        [&] {
          std::fill(x.begin(), x.end(), NAN);
          return akr_kernel_solve_f64(kernel.get(), nullptr, ridge, 1, p.b.data(), p.rows, x.data(), p.rows,
                                      options.get(), report.get());
        },
        [&] {
          ASSERT_EQ(akr_kernel_apply_f64(kernel.get(), 1, x.data(), p.rows, product.data(), p.rows, nullptr, nullptr),
                    AKR_OK);
          for (std::size_t i = 0; i < x.size(); ++i) product[i] = p.b[i] - product[i] - ridge * x[i];
          EXPECT_LE(norm(product), no_worse * norm(p.b));
        });
  }
}

// A function that has no best iterate to give.
TEST_F(CancelFromHandler, OthersEndWithAnErrorAndUntouchedOutputs) {
  Problem<double> p(30000, 40);
  const MatrixPtr matrix = dense(p);
  akr_options_set_cancel(options.get(), &flag);
  int calls = 0;
  akr_options_set_progress(options.get(), signal_now, &calls);
  std::vector<double> scores(p.b.size(), 7.0);
  EXPECT_EQ(akr_leverage_scores_f64(matrix.get(), nullptr, 0, scores.data(), options.get(), report.get()),
            AKR_E_CANCELLED);
  EXPECT_EQ(scores, std::vector<double>(p.b.size(), 7.0));
  akr_precond *none = nullptr;
  flag = 0;
  EXPECT_EQ(akr_precond_create(matrix.get(), 0, options.get(), report.get(), &none), AKR_E_CANCELLED);
  EXPECT_EQ(none, nullptr);
}

}  // namespace
