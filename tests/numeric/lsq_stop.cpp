// SPDX-License-Identifier: BSD-3-Clause
// Ends before the end: progress, cancel, time limit, iteration limit. x is then the best iterate, and the report true.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

#include "reference/api.hpp"

namespace {

using namespace numeric;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kRows = 1200, kCols = 24;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A matrix whose every product takes a while, so that a call can be met in the middle of its work.
class SlowMatrix {
 public:
  SlowMatrix(const Array<double> &a, double seconds) : a_(a), pause_(seconds) {
    akr_matrix *p = nullptr;
    require(akr_matrix_create_callback_f64(a.rows(), a.cols(), apply, this, nullptr, &p));
    matrix.reset(p);
  }
  SlowMatrix(const SlowMatrix &) = delete;
  SlowMatrix &operator=(const SlowMatrix &) = delete;

  Matrix matrix;
  int calls = 0;
  std::thread::id thread;

 private:
  static std::int32_t apply(void *user, std::int32_t transpose, std::int64_t ncols, const double *x, std::int64_t ldx,
                            double *y, std::int64_t ldy) {
    auto &self = *static_cast<SlowMatrix *>(user);
    ++self.calls;
    self.thread = std::this_thread::get_id();
    std::this_thread::sleep_for(self.pause_);
    const lapack_int n = narrow(self.a_.rows()), d = narrow(self.a_.cols());
    cblas_dgemm(CblasColMajor, transpose ? CblasTrans : CblasNoTrans, CblasNoTrans, transpose ? d : n, narrow(ncols),
                transpose ? n : d, 1.0, self.a_.data(), n, x, narrow(ldx), 0.0, y, narrow(ldy));
    return 0;
  }

  const Array<double> &a_;
  std::chrono::duration<double> pause_;
};

// By how much the reported backward error, in which a factor R stands for A, may differ from that of A. Let w be the
// singular values of A R⁻¹, q = ‖R‖_F/‖A‖_F, and a = min(1, q) <= phi'/phi <= max(1, q) = b for the phi made with
// ‖R‖_F. omega is rounded down by up to 2^(1/4), so
//   min(w_max⁻², a²/√2) (AᵀA + omega²) <= RᵀR + omega'² <= max(w_min⁻², b²) (AᵀA + omega²).
struct Slack {
  Real least = 1, most = 1;
};

struct Hard {
  explicit Hard(Problem<double> p) : problem(std::move(p)), reference(problem.a) {}
  Problem<double> problem;
  Reference reference;

  // For the factor that the method makes of A: sketch and gradient by the seed's sketch, which is the same for A as an
  // array and as an operator; others up to rounding that of A.
  Slack slack(const std::string &method) const {
    const bool by_sketch = method == "sketch" || method == "gradient";
    if (!by_sketch) return {0.999L, 1.001L * std::pow(2.0L, 0.25L)};
    const auto known = slacks.find(method);
    if (known != slacks.end()) return known->second;
    const Precond precond = make_precond(dense(problem.a), 0, Options({{"method", method}}));
    Array<double> r(kCols, kCols);
    require(akr_precond_get_r_f64(precond.get(), r.data(), kCols));
    const Reference ratio(right_divide(problem.a, r));
    const Real q = norm(r) / reference.frobenius(), a = std::min<Real>(1, q), b = std::max<Real>(1, q);
    Slack out;
    out.least = a / q * std::min(ratio.sigma(kCols - 1), 1 / b);
    out.most = b / q * std::max(ratio.sigma(0), std::pow(2.0L, 0.25L) / a);
    return slacks[method] = out;
  }
  mutable std::map<std::string, Slack> slacks;
};

const Hard &hard() {
  static const Hard instance{make_problem(kRows, kCols, 1e6, 1, 111)};
  return instance;
}

// What every early end promises: x is finite, no worse than x = 0 as an iterate, and the report's backward error is
// that of this x, up to Slack, above a floor of 0.2u from its evaluation; where a bound already shows it to be below u
// that bound is told.
void expect_valid(const Hard &h, const Solution<double> &solution, const Report &report) {
  for (std::int64_t i = 0; i < kCols; ++i) ASSERT_TRUE(std::isfinite(solution.x[i]));
  const Real error = h.reference.backward_error(h.problem.a, h.problem.b, solution.x);
  const Real zero = h.reference.backward_error(h.problem.a, h.problem.b, Array<double>(kCols));
  EXPECT_LE(error, 1.3L * zero);
  EXPECT_EQ(report.integer("status"), solution.status);
  if (report.has("backward_error")) {
    const double told = report.real("backward_error");
    const Slack slack = h.slack(report.text("method"));
    EXPECT_GE(told, slack.least * error - 0.2L * 0x1p-53L);
    EXPECT_LE(told, std::max(slack.most * error, 0x1p-53L) + 0.2L * 0x1p-53L);
  }
  if (report.has("residual_norm")) {
    const Real size = norm(residual(h.problem.a, h.problem.b, solution.x));
    EXPECT_NEAR(report.real("residual_norm"), static_cast<double>(size), 1e-12 * static_cast<double>(size));
  }
}

const char *const kIterative[] = {"auto", "sketch", "gradient"};

TEST(Cancel, FlagSetBeforeTheCall) {
  const std::int32_t flag = 1;
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"}) {
    SCOPED_TRACE(method);
    Report report;
    const Options options({{"method", method}});
    require(akr_options_set_cancel(options.get(), &flag));
    const Solution<double> solution = solve(hard().problem.a, hard().problem.b, options, {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_CANCELLED) << solution.message;
    EXPECT_EQ(report.text("stopped_by"), "cancel");
    expect_valid(hard(), solution, report);
  }
}

struct Progress {
  std::atomic<std::int32_t> flag{0};
  int calls = 0;
  int stop_at = -1;      // the call that stops
  bool by_flag = false;  // by raising the flag, not by the return value
  bool keys_present = true;
  std::thread::id thread;
  double seconds = 0;

  static std::int32_t call(void *user, const akr_report *now) {
    auto &self = *static_cast<Progress *>(user);
    self.thread = std::this_thread::get_id();
    std::int64_t length = 0;
    double seconds = -1;
    self.keys_present = self.keys_present && akr_report_get_str(now, "phase", nullptr, 0, &length) == AKR_OK &&
                        akr_report_get_f64(now, "seconds", &seconds) == AKR_OK && seconds >= self.seconds;
    self.seconds = seconds;
    if (self.calls++ != self.stop_at) return 0;
    if (self.by_flag) self.flag.store(1);
    return self.by_flag ? 0 : 1;
  }
};

static_assert(sizeof(std::atomic<std::int32_t>) == sizeof(std::int32_t));

TEST(Cancel, FromTheProgressCallback) {
  SlowMatrix slow(hard().problem.a, 0.03);
  for (const char *method : kIterative) {
    for (const bool by_flag : {false, true}) {
      for (const int stop_at : {0, 3}) {
        SCOPED_TRACE(std::string(method) + (by_flag ? " flag" : " return value") + " at " + std::to_string(stop_at));
        Progress progress;
        progress.stop_at = stop_at;
        progress.by_flag = by_flag;
        Options options({{"method", method}, {"max_iter", "40"}});
        require(akr_options_set_progress(options.get(), Progress::call, &progress));
        require(akr_options_set_cancel(options.get(), reinterpret_cast<const std::int32_t *>(&progress.flag)));
        Report report;
        const Solution<double> solution = solve(slow.matrix, hard().problem.b, options, {0, nullptr, report.get()});
        EXPECT_GT(progress.calls, 0);
        EXPECT_TRUE(progress.keys_present);
        EXPECT_EQ(progress.thread, std::this_thread::get_id());
        EXPECT_EQ(slow.thread, std::this_thread::get_id());
        if (progress.calls <= stop_at) continue;  // done before it could be stopped
        if (!by_flag) {
          EXPECT_EQ(progress.calls, stop_at + 1) << "called again after it had asked to stop";
        }
        EXPECT_EQ(solution.status, AKR_CANCELLED) << solution.message;
        expect_valid(hard(), solution, report);
      }
    }
  }
}

TEST(Cancel, FromAnotherThread) {
  SlowMatrix slow(hard().problem.a, 0.02);
  for (const char *method : kIterative) {
    SCOPED_TRACE(method);
    std::atomic<std::int32_t> flag{0};
    Options options({{"method", method}, {"max_iter", "1000"}});
    require(akr_options_set_cancel(options.get(), reinterpret_cast<const std::int32_t *>(&flag)));
    std::thread other([&flag] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      flag.store(1);
    });
    Report report;
    const auto start = Clock::now();
    const Solution<double> solution = solve(slow.matrix, hard().problem.b, options, {0, nullptr, report.get()});
    other.join();
    EXPECT_EQ(solution.status, AKR_CANCELLED) << solution.message;
    EXPECT_LT(seconds_since(start), 3);  // some products more at 20 ms each, certificate included
    expect_valid(hard(), solution, report);
  }
}

TEST(TimeLimit, EndsWithTheBestIterate) {
  SlowMatrix slow(hard().problem.a, 0.02);
  for (const char *method : kIterative) {
    for (const char *limit : {"0.01", "0.3"}) {
      SCOPED_TRACE(std::string(method) + ' ' + limit);
      Report report;
      const auto start = Clock::now();
      const Solution<double> solution =
          solve(slow.matrix, hard().problem.b, Options({{"method", method}, {"time_limit", limit}}),
                {0, nullptr, report.get()});
      const double seconds = seconds_since(start);
      EXPECT_LT(seconds, std::stod(limit) + 3);
      if (solution.status == AKR_OK) {
        EXPECT_LT(seconds, std::stod(limit) + 1);  // it was done in time, or nearly
        continue;
      }
      EXPECT_EQ(solution.status, AKR_NOT_CONVERGED) << solution.message;
      EXPECT_EQ(report.text("stopped_by"), "time_limit");
      expect_valid(hard(), solution, report);
    }
  }
}

// The condition number at which the gradient iteration, too, reaches AKR_OK.
const Hard &mild() {
  static const Hard instance{make_problem(kRows, kCols, 100, 1, 112)};
  return instance;
}

// More iterations bring the returned iterate nearer, and enough of them end with AKR_OK. Nearness is ‖A(x - x*)‖, which
// both iterations reduce from step to step; a backward error would call a huge iterate good.
TEST(MaxIter, BestIterateImproves) {
  for (const char *method : {"sketch", "gradient"}) {
    const Slack slack = hard().slack(method);
    std::printf("  %s: reported over exact backward error is within %.2Lf ... %.2Lf\n", method, slack.least,
                slack.most);
    EXPECT_GT(slack.least, 0.5L);
    EXPECT_LT(slack.most, 2.5L);  // a sketch of 6 d rows: (1 - 0.41)⁻¹ = 1.7 on average
  }
  for (const char *method : {"sketch", "gradient"}) {
    const Hard &h = std::string(method) == "sketch" ? hard() : mild();
    const Array<Real> exact = h.reference.solve(h.problem.b, kCols);
    const Array<Real> at_solution = residual(h.problem.a, h.problem.b, exact);
    Real previous = std::numeric_limits<Real>::infinity();
    akr_status last = AKR_NOT_CONVERGED;
    for (const int limit : {1, 2, 4, 8, 16, 64, 512}) {
      SCOPED_TRACE(std::string(method) + ' ' + std::to_string(limit));
      Report report;
      const Solution<double> solution =
          solve(h.problem.a, h.problem.b, Options({{"method", method}, {"max_iter", std::to_string(limit)}}),
                {0, nullptr, report.get()});
      last = solution.status;
      EXPECT_LE(report.integer("iterations"), limit);
      if (last == AKR_NOT_CONVERGED) {
        EXPECT_EQ(report.text("stopped_by"), "max_iter");
      }
      expect_valid(h, solution, report);
      if (last == AKR_OK) {
        EXPECT_LE(h.reference.backward_error(h.problem.a, h.problem.b, solution.x), ok_backward_error<double>);
      }
      const Real error = distance(at_solution, residual(h.problem.a, h.problem.b, solution.x));
      EXPECT_LE(error, 1.1L * previous + 1e-9L);  // the floor is u kappa ‖r‖
      previous = error;
    }
    EXPECT_EQ(last, AKR_OK) << method;
  }
}

// A looser rtol ends earlier and keeps its promise: the backward error is at most rtol.
TEST(Tolerance, IsKeptAndSavesWork) {
  const Hard &h = mild();
  std::int64_t previous = std::numeric_limits<std::int64_t>::max();
  for (const auto &[text, rtol] :
       {std::pair<const char *, Real>{"0", 0}, {"1e-12", 1e-12L}, {"1e-8", 1e-8L}, {"1e-4", 1e-4L}}) {
    Report report;
    const Solution<double> solution =
        solve(h.problem.a, h.problem.b, Options({{"method", "gradient"}, {"rtol", text}}), {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_OK) << text;
    EXPECT_LE(h.reference.backward_error(h.problem.a, h.problem.b, solution.x),
              std::max(1.25L * rtol, ok_backward_error<double>))
        << text;
    EXPECT_LE(report.integer("iterations"), previous) << text;
    previous = report.integer("iterations");
  }
  EXPECT_LT(previous, 20);
}

// Progress comes at least every 0.1 s or iteration, whichever is later: here every product takes 0.03 s.
TEST(ProgressCalls, ComeOftenEnough) {
  SlowMatrix slow(hard().problem.a, 0.03);
  Progress progress;
  Options options({{"method", "gradient"}, {"max_iter", "20"}});
  require(akr_options_set_progress(options.get(), Progress::call, &progress));
  const auto start = Clock::now();
  solve(slow.matrix, hard().problem.b, options);
  const double seconds = seconds_since(start);
  EXPECT_GE(progress.calls, static_cast<int>(seconds / 0.1 / 3)) << seconds;
  EXPECT_LE(progress.calls, static_cast<int>(seconds / 0.1) + 2) << seconds;
}

}  // namespace
