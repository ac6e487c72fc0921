// SPDX-License-Identifier: BSD-3-Clause
// Attention kernel regression, (exp(s AAᵀ) + μI) x = b: the certificate against residuals in extended precision, every
// preconditioner and storage, hard and degenerate points, scales beyond a double's range, reuse, stops.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/kernel.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr const char *kPreconds[] = {"auto", "rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"};

// What AKR_OK promises, some rounding of the products it was found with, and the error of the K that it was recomputed
// with: exponents of norm E carry (dim + 8) u E.
template <class T>
Real allowed(std::int64_t dim, Real exponent) {
  return 40 * unit_roundoff<T> + (static_cast<Real>(dim) + 8) * 0x1p-53L * exponent +
         (sizeof(T) == 4 ? 2 * unit_roundoff<T> : 0);  // x is rounded to single at the end
}

Array<double> points(std::int64_t n, std::int64_t d, double norm, std::uint64_t seed) {
  Array<double> a = Random(seed).normals(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    double square = 0;
    for (std::int64_t l = 0; l < d; ++l) square += a(i, l) * a(i, l);
    for (std::int64_t l = 0; l < d; ++l) a(i, l) *= norm / std::sqrt(square);
  }
  return a;
}

template <class T>
void expect_certified(const Array<T> &a, double scale, double ridge, const Array<T> &b, const Solution<T> &s,
                      const Report &report) {
  const Array<Real> e = exponents(a, a, scale);
  Real exponent = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) exponent = std::max(exponent, e(i, i));
  const std::vector<double> residuals = report.reals("column_residual");
  for (std::int64_t c = 0; c < b.cols(); ++c) {
    const KernelResidual r = kernel_residual(e, ridge, b, s.x, c);
    EXPECT_LE(r.residual, allowed<T>(a.cols(), exponent) * r.size) << c;
    if (sizeof(T) == 8) {
      EXPECT_NEAR(residuals[static_cast<std::size_t>(c)] / static_cast<double>(r.residual + 1e-14L * r.size), 1, 1.5)
          << "the reported residual";
    }
  }
}

TEST(KernelSolve, IsCertifiedWithEveryPreconditionerAndStorage) {
  for (const std::int64_t n : {700, 1700}) {
    const Array<double> a = points(n, 6, 1.2, 1);
    const Kernel kernel = make_kernel(a, 1);
    const Array<double> b = Random(2).normals(n, 2);
    for (const char *precond : kPreconds) {
      for (const char *storage : {"auto", "dense", "tiles"}) {
        if (n > 1000 && std::string(storage) != "auto") continue;
        for (const double ridge : {1.0, 1e-2}) {
          SCOPED_TRACE(std::to_string(n) + ", " + precond + ", " + storage + ", ridge " + std::to_string(ridge));
          Report report;
          const Options options({{"kernel.precond", precond}, {"kernel.storage", storage}});
          const Solution<double> s = solve_kernel(kernel, ridge, b, options, report.get());
          ASSERT_EQ(s.status, AKR_OK) << s.message;
          EXPECT_EQ(report.text("stopped_by"), "converged");
          if (std::string(precond) != "auto") {
            EXPECT_EQ(report.text("kernel.precond"), precond);
          }
          if (n < 1000) expect_certified(a, 1, ridge, b, s, report);
        }
      }
    }
  }
}

TEST(KernelSolve, SinglePrecisionDataAreSolvedToSinglePrecision) {
  const Array<float> a = points(500, 5, 1.0, 3).as<float>();
  const Array<float> b = Random(4).normals(500, 3).as<float>();
  for (const char *precond : kPreconds) {
    Report report;
    const Solution<float> s =
        solve_kernel(make_kernel(a, 1.5), 0.1, b, Options({{"kernel.precond", precond}}), report.get());
    ASSERT_EQ(s.status, AKR_OK) << s.message;
    expect_certified(a, 1.5, 0.1, b, s, report);
  }
}

TEST(KernelSolve, AToleranceIsKeptAndSavesIterations) {
  const Array<double> a = points(800, 6, 1.2, 5);
  const Array<double> b = Random(6).normals(800);
  std::int64_t before = 0;
  for (const char *rtol : {"1e-2", "1e-5", "1e-10"}) {
    Report report;
    const Options options({{"rtol", rtol}, {"kernel.precond", "rpcholesky"}});
    const Solution<double> s = solve_kernel(make_kernel(a, 1), 0.05, b, options, report.get());
    ASSERT_EQ(s.status, AKR_OK);
    const KernelResidual r = kernel_residual(exponents(a, a, 1), 0.05, b, s.x, 0);
    EXPECT_LE(r.residual / r.rhs, std::stod(rtol));
    EXPECT_GT(report.integer("iterations"), before);
    before = report.integer("iterations");
  }
}

// Smooth features of few dimensions: a small rank is enough, and auto finds it without a dense factor.
TEST(KernelSolve, EasyProblemsTakeASmallRankAndFewIterations) {
  const std::int64_t n = 2000;
  Array<double> a(n, 10);
  Random random(7);
  for (std::int64_t i = 0; i < n; ++i) {
    const double u = random.uniform(), v = random.uniform();
    for (std::int64_t l = 0; l < 10; ++l) {
      const double k = static_cast<double>(l + 1) / 4;
      a(i, l) = 0.4 * (l % 2 == 0 ? std::cos(3 * k * u + v) : std::sin(2 * k * v - u));
    }
  }
  const Array<double> b = Random(8).normals(n);
  for (const char *precond : {"rpcholesky", "auto"}) {
    Report report;
    const Options options({{"kernel.precond", precond}, {"rtol", "1e-10"}});
    const Solution<double> s = solve_kernel(make_kernel(a, 1), 0.01, b, options, report.get());
    ASSERT_EQ(s.status, AKR_OK);
    EXPECT_LE(report.integer("iterations"), 10);
    EXPECT_LE(report.integer("kernel.rank"), n / 4);
  }
}

// Norms spread over D² = 1 … 10¹²: the ridge form knows nothing of what the factor leaves of the small rows.
TEST(KernelSolve, TheDiagonalFormStandsSpreadNorms) {
  const std::int64_t n = 600;
  Array<double> a = points(n, 6, 1, 9);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t l = 0; l < 6; ++l) a(i, l) *= std::sqrt(27.6 * static_cast<double>(i) / static_cast<double>(n));
  const Kernel kernel = make_kernel(a, 1);
  const Array<double> b = Random(10).normals(n);
  std::int64_t iterations[2] = {0, 0};
  int at = 0;
  for (const char *precond : {"rpcholesky-diag", "rpcholesky"}) {
    Report report;
    const Options options({{"kernel.precond", precond}, {"kernel.rank", "100"}});
    const Solution<double> s = solve_kernel(kernel, 0.1, b, options, report.get());
    EXPECT_TRUE(s.status == AKR_OK || at == 1) << s.message;
    if (s.status == AKR_OK) expect_certified(a, 1, 0.1, b, s, report);
    iterations[at++] = report.integer("iterations");
  }
  EXPECT_LT(2 * iterations[0], iterations[1]);
  Report report;
  const Solution<double> s = solve_kernel(kernel, 0.1, b, {}, report.get());
  ASSERT_EQ(s.status, AKR_OK);
  expect_certified(a, 1, 0.1, b, s, report);
}

TEST(KernelSolve, DegeneratePointsGetARightAnswerOrAnHonestStatus) {
  struct Case {
    const char *name;
    Array<double> a;
    double scale;
  };
  std::vector<Case> cases;
  cases.push_back({"one", Array<double>(1, 3, 0.7), 1});
  cases.push_back({"identical", Array<double>(40, 3, 0.7), 1});
  Array<double> far(40, 40);
  for (std::int64_t i = 0; i < 40; ++i) far(i, i) = 3;
  cases.push_back({"orthogonal", far, 2});
  Array<double> apart(30, 1);
  for (std::int64_t i = 0; i < 30; ++i) apart[i] = 0.7 * static_cast<double>(i - 15);
  cases.push_back({"on a line", apart, 1});
  Array<double> twice = points(60, 4, 1, 11);
  for (std::int64_t i = 30; i < 60; ++i)
    for (std::int64_t l = 0; l < 4; ++l) twice(i, l) = twice(i - 30, l);
  cases.push_back({"repeated", twice, 1});
  cases.push_back({"zero scale", points(20, 2, 1, 12), 0});
  for (const Case &c : cases) {
    const std::int64_t n = c.a.rows();
    const Kernel kernel = make_kernel(c.a, c.scale);
    // A right-hand side in the range of K, and any.
    const Array<double> x0 = Random(13).normals(n);
    Array<double> image(n);
    require(apply_kernel(kernel.get(), 1, x0.data(), n, image.data(), n, nullptr, nullptr));
    const Array<double> any = Random(14).normals(n);
    for (const double ridge : {0.1, 1e-8, 0.0}) {
      for (const char *precond : kPreconds) {
        for (const Array<double> *b : {static_cast<const Array<double> *>(&image), &any}) {
          SCOPED_TRACE(std::string(c.name) + ", ridge " + std::to_string(ridge) + ", " + precond +
                       (b == &any ? ", any b" : ", b in the range"));
          Report report;
          const Solution<double> s =
              solve_kernel(kernel, ridge, *b, Options({{"kernel.precond", precond}}), report.get());
          for (std::int64_t i = 0; i < n; ++i) ASSERT_TRUE(std::isfinite(s.x[i]));
          ASSERT_TRUE(s.status == AKR_OK || s.status == AKR_NOT_CONVERGED) << s.message;
          if (s.status == AKR_OK) expect_certified(c.a, c.scale, ridge, *b, s, report);
          if (ridge == 0.1 && std::string(precond) != "rpcholesky") {
            EXPECT_EQ(s.status, AKR_OK);
          }
        }
      }
    }
  }
  const Solution<double> none = solve_kernel(make_kernel(Array<double>(0, 3), 1), 1, Array<double>(0, 1));
  EXPECT_EQ(none.status, AKR_OK);
  const Solution<double> zero = solve_kernel(make_kernel(points(9, 3, 1, 15), 1), 1, Array<double>(9, 2));
  EXPECT_EQ(zero.status, AKR_OK);
  for (std::int64_t i = 0; i < 18; ++i) EXPECT_EQ(zero.x[i], 0);
}

// s‖a‖² = 2000: K is about e^2000, x about e^−2000.
TEST(KernelSolve, BeyondTheRangeTheScaleIsTold) {
  const std::int64_t n = 80;
  const Array<double> a = points(n, 5, std::sqrt(2000.0), 16);
  const Array<double> b = Random(17).normals(n);
  for (const char *precond : kPreconds) {
    Report report;
    const Solution<double> s =
        solve_kernel(make_kernel(a, 1), 0.5, b, Options({{"kernel.precond", precond}}), report.get());
    ASSERT_EQ(s.status, AKR_PRECISION_LIMIT) << s.message;
    const Real scale = report.real("kernel.log_scale");
    EXPECT_LT(static_cast<double>(scale), -1900);
    const Array<Real> e = exponents(a, a, 1);
    Real residual = 0, rhs = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      Real sum = wide(b[i]) - 0.5L * std::exp(scale) * wide(s.x[i]);
      for (std::int64_t j = 0; j < n; ++j) sum -= std::exp(e(i, j) + scale) * wide(s.x[j]);
      residual += sum * sum;
      rhs += wide(b[i]) * wide(b[i]);
    }
    EXPECT_LE(std::sqrt(residual / rhs), 1e-9) << precond;  // (dim + 8) u 2000 and the scale's own rounding, u 2000
  }
  Array<double> spread(3, 1);
  spread[0] = 0.1;
  spread[1] = 30;
  spread[2] = 40;
  const Solution<double> s = solve_kernel(make_kernel(spread, 1), 0.5, Array<double>(3, 1, 1.0));
  EXPECT_EQ(s.status, AKR_E_NUMERIC);
  EXPECT_NE(s.message.find("must not spread by more than 300"), std::string::npos) << s.message;
}

TEST(KernelPrecond, IsReusedAndKnowsItsKernel) {
  const std::int64_t n = 400;
  const Array<double> a = points(n, 5, 1.1, 18), other = points(n, 5, 1.1, 19);
  const Kernel kernel = make_kernel(a, 1), stranger = make_kernel(other, 1);
  const Array<double> b = Random(20).normals(n);
  for (const char *precond : {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"}) {
    SCOPED_TRACE(precond);
    akr_precond *raw = nullptr;
    Report made;
    const Options options({{"kernel.precond", precond}});
    require(akr_kernel_precond_create(kernel.get(), 0.1, options.get(), made.get(), &raw));
    const Precond m(raw);
    EXPECT_EQ(made.text("kernel.precond"), precond);
    std::int64_t value = 0;
    require(akr_precond_get_i64(m.get(), "rank", &value));
    EXPECT_EQ(value, made.integer("kernel.rank"));
    Report report;
    const Solution<double> s = solve_kernel(kernel, 0.1, b, {}, report.get(), m.get());
    ASSERT_EQ(s.status, AKR_OK);
    expect_certified(a, 1, 0.1, b, s, report);
    EXPECT_EQ(report.text("kernel.precond"), precond);
    EXPECT_FALSE(report.has("seconds.factor"));
    for (const double ridge : {0.1, 0.2}) {  // of another kernel, of another ridge: set aside
      Report again;
      const Solution<double> t = solve_kernel(ridge == 0.1 ? stranger : kernel, ridge, b, {}, again.get(), m.get());
      ASSERT_EQ(t.status, AKR_OK);
      EXPECT_TRUE(again.has("seconds.factor"));
    }
    // FULL is an approximate inverse; the others it has not.
    Array<double> y(n), back(n);
    require(akr_precond_apply_f64(m.get(), AKR_PRECOND_FULL, 0, 1, b.data(), n, y.data(), n, nullptr, nullptr));
    const KernelResidual r = kernel_residual(exponents(a, a, 1), 0.1, b, y, 0);
    EXPECT_LT(r.residual / r.rhs, std::string(precond) == "dense" ? 1e-3 : 100);
    EXPECT_EQ(akr_precond_apply_f64(m.get(), AKR_PRECOND_RIGHT, 0, 1, b.data(), n, y.data(), n, nullptr, nullptr),
              AKR_E_UNSUPPORTED);
    Array<double> factor(n, n);
    EXPECT_EQ(akr_precond_get_r_f64(m.get(), factor.data(), n), AKR_E_UNSUPPORTED);
    const Matrix square = dense(factor);
    EXPECT_EQ(akr_lsq_solve_f64(square.get(), m.get(), 0, 1, b.data(), n, back.data(), n, nullptr, nullptr),
              AKR_E_ARGUMENT);
    EXPECT_STREQ(akr_last_error(), "akr_lsq_solve_f64: precond: was made for a kernel, not for a matrix");
  }
  const Array<double> entries = Random(21).normals(n, 3);
  const Matrix tall = dense(entries);
  const Precond of_matrix = make_precond(tall);
  EXPECT_EQ(solve_kernel(kernel, 0.1, b, {}, nullptr, of_matrix.get()).message,
            "akr_kernel_solve_f64: precond: was made for a matrix, not for a kernel");
}

// A column that is done at once says nothing about the progress of the others.
TEST(KernelSolve, AColumnOfZerosDoesNotEndTheIterationsOfTheOthers) {
  const std::int64_t n = 1200;
  const Array<double> a = points(n, 4, 1.5, 41);
  const Kernel kernel = make_kernel(a, 1);
  const Array<double> b = Random(42).normals(n);
  Array<double> both(n, 2);
  std::copy_n(b.col(0), n, both.col(1));
  const Options options({{"kernel.precond", "rpcholesky"}, {"kernel.rank", "5"}});
  Report alone, beside;
  ASSERT_EQ(solve_kernel(kernel, 1e-2, b, options, alone.get()).status, AKR_OK);
  ASSERT_GT(alone.integer("iterations"), 150) << "the problem is too easy to tell";
  EXPECT_EQ(solve_kernel(kernel, 1e-2, both, options, beside.get()).status, AKR_OK);
  EXPECT_LT(static_cast<double>(beside.integer("iterations")), 1.1 * static_cast<double>(alone.integer("iterations")))
      << "they were begun again";
}

TEST(KernelStop, LimitsAndCancelEndWithTheBestIterate) {
  const std::int64_t n = 1800;
  const Array<double> a = points(n, 6, 1.8, 22);
  const Kernel kernel = make_kernel(a, 1);
  const Array<double> b = Random(23).normals(n);
  Report report;
  Solution<double> s =
      solve_kernel(kernel, 1e-3, b, Options({{"kernel.precond", "rpcholesky"}, {"max_iter", "5"}}), report.get());
  EXPECT_EQ(s.status, AKR_NOT_CONVERGED);
  EXPECT_EQ(report.text("stopped_by"), "max_iter");
  EXPECT_EQ(report.integer("iterations"), 5);
  s = solve_kernel(kernel, 1e-3, b, Options({{"time_limit", "1e-9"}}), report.get());
  EXPECT_EQ(s.status, AKR_NOT_CONVERGED);
  EXPECT_EQ(report.text("stopped_by"), "time_limit");
  std::int32_t flag = 1;
  Options options;
  require(akr_options_set_cancel(options.get(), &flag));
  s = solve_kernel(kernel, 1e-3, b, options, report.get());
  EXPECT_EQ(s.status, AKR_CANCELLED);
  for (std::int64_t i = 0; i < n; ++i) ASSERT_TRUE(std::isfinite(s.x[i]));
  // In the middle: the third time progress is told.
  struct Counter {
    int calls = 0;
    static std::int32_t stop(void *user, const akr_report *) { return ++static_cast<Counter *>(user)->calls >= 3; }
  } counter;
  Options watched({{"kernel.precond", "rpcholesky"}, {"kernel.storage", "tiles"}});
  require(akr_options_set_progress(watched.get(), Counter::stop, &counter));
  s = solve_kernel(kernel, 1e-3, b, watched, report.get());
  EXPECT_EQ(s.status, AKR_CANCELLED);
  EXPECT_TRUE(report.has("residual_norm"));
}

TEST(KernelSolve, TheSameBitsForAnyNumberOfThreads) {
  const Array<double> a = points(700, 5, 1.2, 24), b = Random(25).normals(700);
  for (const char *precond : {"rpcholesky", "nystrom", "tensor-sketch", "dense"}) {
    Array<double> first;
    for (const char *threads : {"1", "2", "5"}) {
      const Options options({{"threads", threads}, {"kernel.precond", precond}});
      const Solution<double> s = solve_kernel(make_kernel(a, 1), 0.1, b, options);
      if (first.size() == 0) first = s.x;
      EXPECT_TRUE(s.x == first) << threads;
    }
  }
}

// Kept in single precision where rounding G changes it by less than a thirtieth of the least μ e^(−s‖a‖²), in double
// where not: half the memory, and a few iterations more for the outer rounds, to the same certificate.
TEST(KernelSolve, SinglePrecisionIsKeptWhereTheRidgeAllowsIt) {
  const std::int64_t n = 1600;
  const Array<double> a = points(n, 6, 1.5, 28), b = Random(29).normals(n);
  const Kernel kernel = make_kernel(a, 1);
  double largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    double square = 0;
    for (std::int64_t j = 0; j < 6; ++j) square += a(i, j) * a(i, j);
    largest = std::max(largest, square);
  }
  const double least = 30 * 0x1p-24 * std::sqrt(double(n)) * std::exp(largest);
  for (const bool allowed : {true, false}) {
    SCOPED_TRACE(allowed);
    std::int64_t bytes[2], iterations[2];
    for (const bool kept : {false, true}) {
      Report report;
      const Options options({{"kernel.precond", "rpcholesky"},
                             {"kernel.rank", "100"},
                             {"max_iter", "5000"},
                             {"kernel.storage", kept ? "dense" : "tiles"}});
      const double ridge = allowed ? 1.01 * least : 0.99 * least;
      const Solution<double> s = solve_kernel(kernel, ridge, b, options, report.get());
      ASSERT_EQ(s.status, AKR_OK);
      expect_certified(a, 1, ridge, b, s, report);
      bytes[kept] = report.integer("peak_bytes");
      iterations[kept] = report.integer("iterations");
    }
    std::printf("%s: %d iterations, %d with G kept\n", allowed ? "single" : "double", static_cast<int>(iterations[0]),
                static_cast<int>(iterations[1]));
    // Four 512-tiles a side: ten of them, less the one that tiles need for themselves too.
    const double tile = 512.0 * 512.0;
    EXPECT_LE(static_cast<double>(bytes[1] - bytes[0]), (allowed ? 4 : 8) * 10 * tile);
    EXPECT_GE(static_cast<double>(bytes[1] - bytes[0]), allowed ? 0 : 4 * 10 * tile);
    EXPECT_LE(iterations[1], allowed ? 2 * iterations[0] : iterations[0] + iterations[0] / 4 + 2);
  }
}

TEST(KernelSolve, MemoryLimitAndRankAreKept) {
  const Array<double> a = points(1600, 5, 1.2, 26), b = Random(27).normals(1600);
  const Kernel kernel = make_kernel(a, 1);
  Report report;
  Solution<double> s =
      solve_kernel(kernel, 0.1, b, Options({{"memory_limit", "9000000"}, {"kernel.rank", "40"}}), report.get());
  EXPECT_EQ(s.status, AKR_OK) << s.message;
  EXPECT_EQ(report.integer("kernel.rank"), 40);
  EXPECT_LE(report.integer("peak_bytes"), 9000000);
  s = solve_kernel(kernel, 0.1, b, Options({{"memory_limit", "9000000"}, {"kernel.storage", "dense"}}));
  EXPECT_EQ(s.status, AKR_E_MEMORY);
  EXPECT_NE(s.message.find("kernel.storage = dense needs"), std::string::npos) << s.message;
}

}  // namespace
