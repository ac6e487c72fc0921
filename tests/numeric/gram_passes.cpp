// SPDX-License-Identifier: BSD-3-Clause
// The rate of the recursion: passes over A grow like (j log(2jκ/ε) + j(j−1) log κ)/log(1/η) (Song, Yin, Zhang, arXiv
// 2308.14304), counted, not timed. And what ends a solve before its end.
#include <gtest/gtest.h>

#include <atomic>

#include "reference/gram.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 4096, kCols = 32;

struct Counted {
  std::int64_t passes = 0;
  std::int64_t corrections = 0;
  double rate = 0;  // η, from the history: the factor by which a unit step reduces the error, of all stages together
  akr_status status = AKR_E_INTERNAL;
};

// By unit gradient steps with a sketch of 20 d rows, the paper's own iteration.
Counted count(const Matrix &a, std::int64_t j, double epsilon, const Array<double> &b) {
  Report report;
  const Options options({{"gram.method", "recursion"}, {"method", "gradient"}, {"rtol", std::to_string(epsilon)}});
  Counted out;
  out.status = solve_power(a, false, j, b, options, {nullptr, report.get()}).status;
  out.passes = report.integer("passes");
  out.corrections = report.integer("iterations");
  const std::vector<double> history = report.reals("history");
  // Falls within a stage; the step up to the next stage is left out.
  double logs = 0;
  int steps = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    if (!(history[i] < history[i - 1])) continue;
    logs += std::log(history[i] / history[i - 1]);
    ++steps;
  }
  out.rate = steps > 0 ? std::exp(logs / steps) : 0.5;
  return out;
}

double formula(std::int64_t j, double kappa, double epsilon, double eta) {
  const double n = static_cast<double>(j);
  return (n * std::log(2 * n * kappa / epsilon) + n * (n - 1) * std::log(kappa)) / std::log(1 / eta);
}

// The formula bounds the corrections for any b, for the start costs none. Of random b it takes no less than a half: its
// residual falls like that of the worst b but for a factor d, and the error of the start is η already. One more
// pass a stage evaluates, and the sketch and the probe of A cost two or three.
TEST(GramPasses, FollowThePapersFormula) {
  const Frame frame(kRows, kCols, 1);
  const Array<double> b = Random(2).normals(kCols);
  for (const double kappa : {4.0, 20.0, 100.0}) {
    const PaddedDense<double> held(with_spectrum(frame, log_spaced(kCols, kappa)), AKR_COL_MAJOR, 0);
    for (const double epsilon : {1e-2, 1e-4}) {
      for (const std::int64_t j : {1, 2, 3}) {
        if (std::pow(kappa, 2 * static_cast<double>(j) - 1) / epsilon > 1e13) continue;  // rounding comes before ε
        const Counted c = count(held.matrix, j, epsilon, b);
        SCOPED_TRACE("kappa " + std::to_string(kappa) + ", j " + std::to_string(j) + ", epsilon " +
                     std::to_string(epsilon));
        EXPECT_EQ(c.status, AKR_OK);
        const double expected = formula(j, kappa, epsilon, c.rate);
        const double corrections = static_cast<double>(c.corrections);
        std::printf("kappa %g j %d eps %g: eta %.3f, %g corrections, formula %.1f, passes %d\n", kappa, (int)j, epsilon,
                    c.rate, corrections, expected, (int)c.passes);
        EXPECT_LE(corrections, expected + static_cast<double>(j));
        EXPECT_GE(corrections, expected / 2 - static_cast<double>(j));
        EXPECT_LE(c.passes, c.corrections + j + 3);
      }
    }
  }
}

// The residual is what the tolerances were graded for.
TEST(GramPasses, KeepTheResidualThatWasAskedFor) {
  const Frame frame(kRows, kCols, 3);
  const Array<double> b = Random(4).normals(kCols);
  const double kappa = 20;
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, kappa));
  for (const std::int64_t j : {1, 2, 3}) {
    for (const char *method : {"gradient", "sketch"}) {
      Report report;
      const Options options({{"gram.method", "recursion"}, {"method", method}, {"rtol", "1e-3"}});
      const Solution<double> s = solve_power(dense(a), false, j, b, options, {nullptr, report.get()});
      EXPECT_EQ(s.status, AKR_OK);
      Array<double> y = s.x;
      for (std::int64_t i = 0; i < j; ++i) y = multiply(a, true, multiply(a, false, y));
      const double residual = relative_error(y, b);
      EXPECT_LE(residual, 1e-3) << method;
      EXPECT_LE(residual * static_cast<double>(norm(b)), 1.01 * report.real("residual_norm")) << method;
      EXPECT_LE(report.real("residual_norm"), 1e-3 * static_cast<double>(norm(b))) << method;
    }
  }
}

TEST(GramStop, IterationLimitLeavesTheBestIterate) {
  const Frame frame(kRows, kCols, 5);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 100));
  const Array<double> b = Random(6).normals(kCols);
  const Array<double> right = solve_power(dense(a), false, 2, b).x;
  double last = 1;
  for (const char *limit : {"1", "8", "24", "100"}) {
    Report report;
    const Options options({{"gram.method", "recursion"}, {"method", "sketch"}, {"max_iter", limit}});
    const Solution<double> s = solve_power(dense(a), false, 2, b, options, {nullptr, report.get()});
    const double error = relative_error(s.x, right);
    const bool enough = std::string(limit) == "100";
    EXPECT_EQ(s.status, enough ? AKR_OK : AKR_NOT_CONVERGED) << limit;
    EXPECT_EQ(report.text("stopped_by"), enough ? "converged" : "max_iter");
    EXPECT_LE(report.integer("iterations"), std::stoi(limit));
    EXPECT_LT(error, last) << limit;
    last = std::max(error, 1e-12);
  }
}

// A behind products that raise the flag in the n-th of them.
TEST(GramStop, ACancelAnywhereEndsInOrder) {
  const Frame frame(600, 12, 7);
  const Array<double> a = with_spectrum(frame, log_spaced(12, 10));
  const Array<double> b = Random(8).normals(12);
  struct Cancelling {
    const Array<double> &a;
    std::int32_t flag = 0;
    int calls = 0;
    int stop_at = 0;
    static std::int32_t apply(void *user, std::int32_t transpose, std::int64_t k, const double *x, std::int64_t ldx,
                              double *y, std::int64_t ldy) {
      auto &self = *static_cast<Cancelling *>(user);
      if (++self.calls == self.stop_at) self.flag = 1;
      const lapack_int n = narrow(self.a.rows()), d = narrow(self.a.cols());
      cblas_dgemm(CblasColMajor, transpose ? CblasTrans : CblasNoTrans, CblasNoTrans, transpose ? d : n, narrow(k),
                  transpose ? n : d, 1.0, self.a.data(), n, x, narrow(ldx), 0.0, y, narrow(ldy));
      return 0;
    }
  } user{a};
  akr_matrix *raw = nullptr;
  require(akr_matrix_create_callback_f64(600, 12, Cancelling::apply, &user, nullptr, &raw));
  const Matrix matrix(raw);
  for (const char *route : {"recursion", "factor", "krylov"}) {
    Options options({{"gram.method", route}});
    require(akr_options_set_cancel(options.get(), &user.flag));
    const bool krylov = std::string(route) == "krylov";
    int seen = 0;
    for (user.stop_at = 1;; ++user.stop_at) {
      user.calls = 0;
      user.flag = 0;
      Report report;
      const Solution<double> s = krylov ? solve_exponential(matrix, 1, b, options, {nullptr, report.get()})
                                        : solve_power(matrix, false, 2, b, options, {nullptr, report.get()});
      for (std::int64_t i = 0; i < 12; ++i) ASSERT_TRUE(std::isfinite(s.x[i]));
      if (user.calls < user.stop_at) {
        EXPECT_EQ(s.status, AKR_OK);
        break;
      }
      if (s.status == AKR_OK) continue;  // in the last product: nothing was left to stop
      ++seen;
      EXPECT_EQ(s.status, AKR_CANCELLED) << route << " at " << user.stop_at;
      EXPECT_EQ(report.text("stopped_by"), "cancel");
    }
    EXPECT_GT(seen, 5) << route;
  }
}

TEST(GramStop, ATimeLimitEndsWithWhatThereIs) {
  const Frame frame(600, 12, 9);
  const Array<double> a = with_spectrum(frame, log_spaced(12, 10));
  const Array<double> b = Random(10).normals(12);
  for (const char *route : {"recursion", "factor"}) {
    Report report;
    const Options options({{"gram.method", route}, {"time_limit", "1e-9"}});
    const Solution<double> s = solve_power(dense(a), false, 3, b, options, {nullptr, report.get()});
    EXPECT_EQ(s.status, AKR_NOT_CONVERGED);
    EXPECT_EQ(report.text("stopped_by"), "time_limit");
  }
}

TEST(GramStop, AFailingCallbackIsToldByItsCode) {
  const Frame frame(600, 12, 11);
  const Array<double> a = with_spectrum(frame, log_spaced(12, 10));
  const Array<double> b = Random(12).normals(12);
  for (const std::int64_t at : {0, 4, 9}) {
    Callback<double> product(a, false);
    product.fail_at = at;
    product.fail_with = 77;
    Report report;
    const Solution<double> s = solve_power(product.matrix, false, 2, b, {}, {nullptr, report.get()});
    EXPECT_EQ(s.status, AKR_E_CALLBACK);
    EXPECT_EQ(report.integer("callback_code"), 77);
  }
}

}  // namespace
