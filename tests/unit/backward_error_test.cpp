// SPDX-License-Identifier: BSD-3-Clause
// The certificate's estimate against the formula of Karlson and Waldén, evaluated by an SVD in extended precision.
#include "solve/backward_error.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "linalg/lapack.hpp"
#include "precond_fixture.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::wide;
using core_fixture::with_spectrum;
using core_fixture::Workbench;

// The estimate rounds ω down to a power of 2^(1/4), which makes it larger by at most that. R has a backward error of
// n d u ‖A‖ (n d = 480), so that what R says may be off by 480 u κ relative, 6·10⁻⁵ at κ = 10⁹; the rounding of x~, g~
// and norms is far less.
constexpr Real largest_growth = 1.18920711500272106672L;
constexpr Real rounding = 1e-4L;
constexpr std::int64_t n = 60, d = 8;

// The exact numbers of one candidate x, and the point that the solver would hand over.
struct Candidate {
  Candidate(const Array<double> &a, const Precond &m, double ridge, const Array<double> &b, const Array<double> &x) {
    const Array<Real> stack = numeric::stacked(a, ridge);
    const Array<double> padded = numeric::padded(b, d);
    const Array<Real> r = numeric::residual(stack, padded, x);
    const Array<Real> g = numeric::gradient(stack, r);
    Array<Real> scaled = stack;
    for (std::int64_t j = 0; j < d; ++j) {
      scaled_x.push_back(x[j] / m.scale[j]);
      scaled_g.push_back(static_cast<double>(g[j] * wide(m.scale[j])));
      for (std::int64_t i = 0; i < n + d; ++i) scaled(i, j) *= wide(m.scale[j]);
    }
    point = {scaled_x.data(), scaled_g.data(), static_cast<double>(norm(r)), static_cast<double>(norm(b))};
    Array<double> xt(d);
    std::copy_n(scaled_x.data(), d, xt.data());
    plain = numeric::Reference(stack).backward_error(stack, padded, x);
    in_scaled = numeric::Reference(scaled).backward_error(scaled, padded, xt);
    double least = m.scale[0], most = m.scale[0];
    for (std::int64_t j = 0; j < d; ++j) {
      least = std::min(least, m.scale[j]);
      most = std::max(most, m.scale[j]);
    }
    graded = most > 16 * least;
  }
  Candidate(const Candidate &) = delete;
  Candidate &operator=(const Candidate &) = delete;
  // Where the scales differ by more than 16, the larger of both.
  Real exact() const { return graded ? std::max(plain, in_scaled) : plain; }

  std::vector<double> scaled_x, scaled_g;
  BackwardError::Point point{};
  Real plain = 0, in_scaled = 0;
  bool graded = false;
};

void check(const Precond &m, const Candidate &c, std::int64_t normal_from, Real slack,
           Array2<double> normal = Array2<double>()) {
  const Real exact = c.exact();
  BackwardError error(m, normal_from, std::move(normal));
  const Real estimate = wide(error.evaluate(c.point, 0));
  EXPECT_GE(estimate, (1 - slack) * exact);
  EXPECT_LE(estimate, (1 + slack) * largest_growth * exact);
  EXPECT_EQ(wide(error.evaluate(c.point, 0)), estimate) << "the same from a factor that was kept";
  // Without the factorisation, and where a bound suffices: upper bounds.
  BackwardError::Point bounded = c.point;
  bounded.exact = false;
  EXPECT_GE(wide(error.evaluate(bounded, 0)), (1 - slack) * exact);
  EXPECT_GE(wide(error.evaluate(c.point, 1e300)), (1 - slack) * exact);
  // Small enough is recognised, by a bound or by the estimate.
  const double enough = static_cast<double>(1.25L * exact);
  EXPECT_LE(error.evaluate(c.point, enough), enough);
  EXPECT_GT(error.evaluate(c.point, static_cast<double>(0.9L * exact)), static_cast<double>(0.9L * exact));
}

// By QR of [R; ωD] throughout, and by Cholesky of RᵀR + ω²D² where that is off by less than a hundredth, RᵀR formed
// here or by somebody else.
void check(const Precond &m, const Candidate &c) {
  check(m, c, BackwardError::least_normal_cols, rounding);
  check(m, c, 0, 0.01L + rounding);
  Array2<double> normal(d, d);
  linalg::triangle_gram(m.r.view(), normal.view());
  check(m, c, 0, 0.01L + rounding, std::move(normal));
}

// x at various distances from the solution, residuals of all sizes.
void sweep(const Array<double> &a, double ridge) {
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix, ridge);
  ASSERT_TRUE(m.full_rank());
  Numbers numbers(77);
  const numeric::Reference reference(numeric::stacked(a, ridge));
  for (const double residual : {1e-12, 1e-6, 1.0, 1e4}) {
    Array<double> b = core_fixture::product(a, numbers.normals(d)).as<double>();
    for (std::int64_t i = 0; i < n; ++i) b[i] += residual * numbers.normal();
    const Array<Real> solution = reference.solve(numeric::padded(b, d), d);
    for (const double off : {1e-14, 1e-9, 1e-3, 1.0}) {
      Array<double> x(d);
      for (std::int64_t j = 0; j < d; ++j) x[j] = static_cast<double>(solution[j]) * (1 + off * numbers.normal());
      SCOPED_TRACE(testing::Message() << "ridge " << ridge << ", residual " << residual << ", off by " << off);
      check(m, Candidate(a, m, ridge, b, x));
    }
    // Off in the direction of the smallest singular value, where RᵀR is wrong first.
    const Array<Real> along = reference.solve(numeric::padded(numbers.normals(n), d), d);
    for (const double off : {1e-9, 1e-3}) {
      Array<double> x(d);
      const Real length = wide(off) * norm(solution) / norm(along);
      for (std::int64_t j = 0; j < d; ++j) x[j] = static_cast<double>(solution[j] + length * along[j]);
      SCOPED_TRACE(testing::Message() << "ridge " << ridge << ", residual " << residual << ", off along by " << off);
      check(m, Candidate(a, m, ridge, b, x));
    }
    SCOPED_TRACE(testing::Message() << "x = 0, residual " << residual);
    check(m, Candidate(a, m, ridge, b, Array<double>(d)));
  }
}

TEST(BackwardError, AgreesWithKarlsonWalden) {
  for (const double kappa : {1.0, 1e3, 1e6, 1e9}) {
    for (const double ridge : {0.0, 1e-8, 1.0}) {
      SCOPED_TRACE(testing::Message() << "kappa " << kappa);
      sweep(with_spectrum(n, log_spaced(d, kappa), 31), ridge);
    }
  }
}

// Points of many ω, some of them the same, in an order in which no two neighbours share a factor; graded, so that there
// are two factors for each.
TEST(BackwardError, ManyPointsAreJudgedAsEachAlone) {
  Array<double> a = with_spectrum(n, log_spaced(d, 1e3), 35);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) a(i, j) = std::ldexp(a(i, j), static_cast<int>(-j));
  }
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix, 0);
  Numbers numbers(78);
  std::vector<std::unique_ptr<Candidate>> candidates;
  std::vector<BackwardError::Point> points;
  for (const double residual : {1e-6, 1.0, 1e-3, 1e2, 1e-6, 1.0, 1e-3, 1e2}) {
    const Array<double> solution = numbers.normals(d);
    Array<double> b = core_fixture::product(a, solution).as<double>();
    for (std::int64_t i = 0; i < n; ++i) b[i] += residual * numbers.normal();
    Array<double> x = solution;
    for (std::int64_t j = 0; j < d; ++j) x[j] *= 1 + 1e-4 * numbers.normal();
    candidates.push_back(std::make_unique<Candidate>(a, m, 0, b, x));
    points.push_back(candidates.back()->point);
    points.back().exact = points.size() != 3;
  }
  BackwardError together(m);
  const std::vector<double> errors = together.evaluate(points, 0);
  ASSERT_EQ(errors.size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    BackwardError alone(m);
    const double expected = alone.evaluate(points[i], 0);
    EXPECT_NEAR(errors[i], expected, 1e-9 * expected) << "point " << i;
    if (points[i].exact) {
      EXPECT_GE(errors[i], static_cast<double>((1 - rounding) * candidates[i]->exact())) << "point " << i;
    }
  }
  EXPECT_TRUE(together.evaluate(std::vector<BackwardError::Point>(), 0).empty());

  // Some are done by a bound, some have no ω, one has left the range.
  std::vector<double> sorted = errors;
  std::sort(sorted.begin(), sorted.end());
  const double enough = sorted[sorted.size() / 2];
  const std::vector<double> zero(static_cast<std::size_t>(d), 0.0);
  points[1].residual = 0;
  points[4].residual = std::numeric_limits<double>::infinity();
  points[6].g = zero.data();
  const std::vector<double> mixed = together.evaluate(points, enough);
  for (std::size_t i = 0; i < points.size(); ++i) {
    BackwardError alone(m);
    const double expected = alone.evaluate(points[i], enough);
    EXPECT_TRUE(mixed[i] == expected || std::fabs(mixed[i] - expected) <= 1e-9 * expected) << "point " << i;
  }
  EXPECT_TRUE(std::isinf(mixed[4]));
  EXPECT_EQ(mixed[6], 0);
}

// Columns from 1 down to 2^-70: the plain estimate sees the large ones alone, the scaled one all of them.
TEST(BackwardError, GradedColumns) {
  Array<double> a = with_spectrum(n, log_spaced(d, 100), 32);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) a(i, j) *= std::ldexp(1.0, static_cast<int>(-10 * j));
  }
  sweep(a, 0);
  sweep(a, 1e-10);

  // The last coefficient is all wrong: invisible in the plain norm, plain to see in the scaled one.
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix);
  const Array<double> b = Numbers(1).normals(n);
  Array<double> x = numeric::Reference(a).solve(b, d).as<double>();
  x[d - 1] *= 2;
  const Candidate c(a, m, 0, b, x);
  ASSERT_TRUE(c.graded);
  EXPECT_GT(c.in_scaled, 1e3L * c.plain);
  check(m, c);
}

TEST(BackwardError, ColumnsOfLikeSizeAreNotGraded) {
  Array<double> a = with_spectrum(n, log_spaced(d, 10), 33);
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix);
  const BackwardError error(m);
  const Array<Real> scaled = core_fixture::scaled_stack(a, m, 0);
  EXPECT_NEAR(error.norm() / static_cast<double>(norm(a)), 1, static_cast<double>(n * d) * unit_roundoff(64));
  EXPECT_NEAR(error.scaled_norm() / static_cast<double>(norm(scaled)), 1,
              static_cast<double>(n * d) * unit_roundoff(64));
}

// R is nearly singular, so the bound by R⁻ᵀ is no use; [R; ωI] is not.
TEST(BackwardError, RankDeficient) {
  std::vector<double> sigma = log_spaced(d, 50);
  sigma[d - 1] = sigma[d - 2] = 0;
  const Array<double> a = with_spectrum(n, sigma, 34);
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix);
  ASSERT_EQ(m.rank, d - 2);
  Numbers numbers(5);
  for (const double residual : {1e-3, 1.0}) {
    Array<double> b = core_fixture::product(a, numbers.normals(d)).as<double>();
    for (std::int64_t i = 0; i < n; ++i) b[i] += residual * numbers.normal();
    const Array<Real> solution = numeric::Reference(a).solve(b, d - 2);
    for (const double off : {1e-9, 1e-2}) {
      Array<double> x(d);
      for (std::int64_t j = 0; j < d; ++j) x[j] = static_cast<double>(solution[j]) * (1 + off * numbers.normal());
      check(m, Candidate(a, m, 0, b, x));
    }
  }
}

// A sum of squares that overflows made ‖g‖/‖r‖ zero, and A's own tiny numbers made Aᵀr zero.
TEST(BackwardError, WhatLeavesTheRangeCertifiesNothing) {
  Workbench bench;
  const double infinite = std::numeric_limits<double>::infinity();
  for (const int exponent : {0, -1000, 990}) {
    Array<double> a = with_spectrum(n, log_spaced(d, 10), 36);
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] = std::ldexp(a[i], exponent);
    const DenseMatrix<double> matrix = core_fixture::dense(a);
    const Precond m = core_fixture::made_by_qr(bench, matrix);
    BackwardError error(m);
    const std::vector<double> one(d, 1.0), small(d, 1e-20), beyond(d, infinite);
    const auto evaluate = [&](const std::vector<double> &x, const std::vector<double> &g, double r) {
      return error.evaluate(BackwardError::Point{x.data(), g.data(), r, 1.0}, 1e-8);
    };
    EXPECT_EQ(evaluate(one, one, infinite), infinite);
    EXPECT_EQ(evaluate(one, beyond, 1), infinite);
    EXPECT_EQ(evaluate(beyond, one, 1), infinite);
    EXPECT_GT(evaluate(one, one, 1), 1e-2);
    EXPECT_GT(evaluate(one, small, 1e-20), 1e-24) << "a gradient as large as the residual";
  }
}

TEST(BackwardError, NothingToImprove) {
  Workbench bench;
  const Array<double> a = with_spectrum(n, log_spaced(d, 10), 35);
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = core_fixture::made_by_qr(bench, matrix);
  BackwardError error(m);
  const std::vector<double> zero(d, 0.0), one(d, 1.0);
  EXPECT_EQ(error.evaluate(BackwardError::Point{one.data(), zero.data(), 3.0, 5.0}, 0), 0) << "no gradient";
  EXPECT_EQ(error.evaluate(BackwardError::Point{zero.data(), zero.data(), 0.0, 0.0}, 0), 0) << "b = 0, x = 0";
  // r = 0 beside a gradient (of the recurrence): what R alone says.
  EXPECT_GT(error.evaluate(BackwardError::Point{one.data(), one.data(), 0.0, 5.0}, 0), 0);
}

}  // namespace
}  // namespace akr
