// SPDX-License-Identifier: BSD-3-Clause
// The accuracy promise of least squares: a backward error of at most 2·max(that of Householder QR on the same problem,
// u) on every combination of condition number and residual, in double and in single; and never AKR_OK for anything
// worse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 4000, kCols = 50;
constexpr Real kBound = 2;
const std::vector<double> kResiduals = {1e-14, 1e-10, 1e-6, 1e-2, 1, 1e3};
const std::vector<double> kConditions = {1, 1e2, 1e4, 1e6, 2e7, 1e8, 1e10, 1e12, 1e14, 1e15};

struct Case {
  double kappa, residual_norm;
  int seed;
};

// Solves (A, b) and answers a status.
template <class T>
using Solver = std::function<akr_status(const Array<T> &, const Array<T> &, Array<T> &x)>;

// Every problem once, with the backward error of dgels/sgels on it; all solvers are judged on the same ones.
template <class T>
class Grid {
 public:
  struct Item {
    Case c;
    const Array<T> *a;
    const Reference *reference;
    Array<T> b;
    Real allowed;  // max(backward error of QR, u)
  };

  Grid(const std::vector<double> &conditions, const std::vector<double> &residuals, int seeds) {
    for (int seed = 1; seed <= seeds; ++seed) {
      const Frame frame(kRows, kCols, static_cast<std::uint64_t>(seed));
      for (const double kappa : conditions) {
        matrices_.push_back(
            std::make_unique<Array<T>>(with_spectrum(frame, log_spaced(kCols, kappa)).template as<T>()));
        references_.push_back(std::make_unique<Reference>(*matrices_.back()));
        const Array<T> &a = *matrices_.back();
        for (const double size : residuals) {
          Array<T> b = right_side(a, frame, size);
          const Real qr = references_.back()->backward_error(a, b, gels(a, b));
          items_.push_back(Item{
              {kappa, size, seed}, &a, references_.back().get(), std::move(b), std::max<Real>(qr, unit_roundoff<T>)});
        }
      }
    }
  }
  const std::vector<Item> &items() const { return items_; }

 private:
  std::vector<std::unique_ptr<Array<T>>> matrices_;
  std::vector<std::unique_ptr<Reference>> references_;
  std::vector<Item> items_;
};

const Grid<double> &grid64() {
  static const Grid<double> grid(kConditions, kResiduals, 3);
  return grid;
}
// In single a problem of condition 10^8 and more is numerically singular.
const Grid<float> &grid32() {
  static const Grid<float> grid({1, 1e2, 1e4, 1e6, 1e8, 1e12}, {1e-6, 1e-3, 1, 1e3}, 3);
  return grid;
}

struct Verdict {
  std::map<std::pair<double, double>, Real> worst;  // over seeds, of backward error / allowed
  Real worst_of_all = 0;
  int false_ok = 0;  // AKR_OK beyond the bound
  int refused = 0;   // any other status where the problem leaves no excuse
};

// excused(kappa, status): the status is an honest answer to a problem of that condition, whatever x is worth.
using Excuse = std::function<bool(double kappa, akr_status)>;

template <class T>
Verdict judge(const Grid<T> &grid, const Solver<T> &solver, const Excuse &excused, Real bound = kBound) {
  Verdict verdict;
  for (const auto &item : grid.items()) {
    Array<T> x(kCols);
    const akr_status status = solver(*item.a, item.b, x);
    const Real ratio = item.reference->backward_error(*item.a, item.b, x) / item.allowed;
    if (status == AKR_OK && !(ratio <= bound)) ++verdict.false_ok;
    if (status != AKR_OK && excused(item.c.kappa, status)) continue;
    if (status != AKR_OK) {
      ++verdict.refused;
      std::printf("  kappa %.0e |r| %.0e seed %d: %s, ratio %.2Lf\n", item.c.kappa, item.c.residual_norm, item.c.seed,
                  akr_status_name(status), ratio);
    }
    Real &worst = verdict.worst[{item.c.kappa, item.c.residual_norm}];
    worst = std::max(worst, ratio);
    verdict.worst_of_all = std::max(verdict.worst_of_all, ratio);
  }
  return verdict;
}

void print(const std::string &title, const Verdict &verdict) {
  std::printf("%s: backward error / max(that of QR, u), worst of the seeds\n%8s", title.c_str(), "kappa");
  std::vector<double> residuals;
  for (const auto &[key, value] : verdict.worst)
    if (std::find(residuals.begin(), residuals.end(), key.second) == residuals.end()) residuals.push_back(key.second);
  std::sort(residuals.begin(), residuals.end());
  for (const double size : residuals) std::printf(" |r|=%-6.0e", size);
  double row = -1;
  for (const auto &[key, value] : verdict.worst) {
    if (key.first != row) std::printf("\n%8.0e", key.first);
    row = key.first;
    std::printf(" %10.3Lg", value);
  }
  std::printf("\n");
}

template <class T>
Solver<T> akr(const char *method) {
  return [method](const Array<T> &a, const Array<T> &b, Array<T> &x) {
    Solution<T> solution = solve(a, b, Options({{"method", method}}));
    x = std::move(solution.x);
    return solution.status;
  };
}

// What each method may say besides AKR_OK. Rank: below u^-1 no method may call the matrix deficient, except at
// kappa = 10^15, where max(5, √d/2) u·kappa is near one.
bool rank_excuse64(double kappa, akr_status status) { return kappa >= 1e15 && status == AKR_RANK_DEFICIENT; }
bool rank_excuse32(double kappa, akr_status status) { return kappa > 1e6 && status == AKR_RANK_DEFICIENT; }

Real worst64 = 0, worst32 = 0;

class Accuracy : public testing::TestWithParam<const char *> {};

TEST_P(Accuracy, Double) {
  const Verdict verdict = judge<double>(grid64(), akr<double>(GetParam()), rank_excuse64);
  print(std::string("f64 ") + GetParam(), verdict);
  EXPECT_EQ(verdict.false_ok, 0);
  EXPECT_EQ(verdict.refused, 0);
  EXPECT_LE(verdict.worst_of_all, kBound);
  worst64 = std::max(worst64, verdict.worst_of_all);
}

TEST_P(Accuracy, Single) {
  const Verdict verdict = judge<float>(grid32(), akr<float>(GetParam()), rank_excuse32);
  print(std::string("f32 ") + GetParam(), verdict);
  EXPECT_EQ(verdict.false_ok, 0);
  EXPECT_EQ(verdict.refused, 0);
  EXPECT_LE(verdict.worst_of_all, kBound);
  worst32 = std::max(worst32, verdict.worst_of_all);
}

std::string method_name(const testing::TestParamInfo<const char *> &method) {
  std::string name = method.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Method, Accuracy, testing::Values("auto", "sketch", "sketch-cholqr", "cholesky", "qr"),
                         method_name);

// kappa = 10^15 answered with RANK_DEFICIENT is still held to the bound: cutting singular values of 5u changes A by 5u,
// which the backward error sees as at most that much, and usually not at all.
TEST(AccuracyAtTheEdge, TruncatedAnswersAreBackwardStable) {
  for (const auto &item : grid64().items()) {
    if (item.c.kappa < 1e15) continue;
    const Solution<double> solution = solve(*item.a, item.b);
    const Real error = item.reference->backward_error(*item.a, item.b, solution.x);
    EXPECT_LE(error, kBound * item.allowed)
        << item.c.residual_norm << " seed " << item.c.seed << ' ' << akr_status_name(solution.status);
  }
}

// The Cholesky factor of AᵀA serves at 2·10⁷ too, whatever the residual: by a few passes, where a sketch takes 15 and
// more.
TEST(AccuracyOfCholesky, IsTheChoiceBeyondTenToTheSeventh) {
  for (const auto &item : grid64().items()) {
    if (item.c.kappa != 2e7) continue;
    const Report report;
    SolveArguments arguments;
    arguments.report = report.get();
    ASSERT_EQ(solve(*item.a, item.b, Options(), arguments).status, AKR_OK);
    EXPECT_EQ(report.text("method"), "cholesky") << item.c.residual_norm << " seed " << item.c.seed;
    EXPECT_LE(report.integer("passes"), 10) << item.c.residual_norm << " seed " << item.c.seed;
  }
}

// The paper's iteration converges slowly and has no second chance at a large condition number, but it stops honestly:
// AKR_OK only within what AKR_OK means everywhere.
TEST(AccuracyOfGradient, NeverAFalseOk) {
  const Verdict verdict = judge<double>(
      grid64(), akr<double>("gradient"),
      [](double, akr_status status) { return status == AKR_NOT_CONVERGED || status == AKR_RANK_DEFICIENT; },
      ok_backward_error<double> / unit_roundoff<double>);
  print("f64 gradient", verdict);
  EXPECT_EQ(verdict.false_ok, 0);
  EXPECT_EQ(verdict.refused, 0);
}

// The test must be able to fail: QR itself passes it, the normal equations fail it from kappa = 10^8 on, and so does an
// answer off in the ninth digit.
TEST(NegativeControl, QrPasses) {
  const Verdict verdict = judge<double>(
      grid64(),
      [](const Array<double> &a, const Array<double> &b, Array<double> &x) {
        x = gels(a, b);
        return akr_status(AKR_OK);
      },
      rank_excuse64);
  EXPECT_EQ(verdict.false_ok, 0);
  EXPECT_LE(verdict.worst_of_all, 1);
}

TEST(NegativeControl, NormalEquationsFail) {
  const Verdict verdict = judge<double>(
      grid64(),
      [](const Array<double> &a, const Array<double> &b, Array<double> &x) {
        x = normal_equations(a, b);
        return akr_status(AKR_OK);
      },
      rank_excuse64);
  print("normal equations (must fail)", verdict);
  for (const double kappa : kConditions) {
    Real worst = 0;
    for (const double size : kResiduals) worst = std::max(worst, verdict.worst.at({kappa, size}));
    if (kappa >= 1e8) {
      EXPECT_GT(worst, 100) << kappa;
    }
  }
}

TEST(NegativeControl, NinthDigitFails) {
  const Verdict verdict = judge<double>(
      grid64(),
      [](const Array<double> &a, const Array<double> &b, Array<double> &x) {
        x = gels(a, b);
        for (std::int64_t i = 0; i < x.size(); ++i) x[i] *= 1 + (i % 2 == 0 ? 1e-9 : -1e-9);
        return akr_status(AKR_OK);
      },
      rank_excuse64);
  EXPECT_EQ(verdict.false_ok, static_cast<int>(grid64().items().size()));
}

// The figures that the documentation quotes, after all tests.
class Summary : public testing::Environment {
 public:
  void TearDown() override { std::printf("worst ratio f64 = %.3Lf, f32 = %.3Lf\n", worst64, worst32); }
};
const testing::Environment *const summary = testing::AddGlobalTestEnvironment(new Summary);

}  // namespace
