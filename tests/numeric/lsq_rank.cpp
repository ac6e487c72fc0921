// SPDX-License-Identifier: BSD-3-Clause
// Rank-deficient and wide problems: AKR_RANK_DEFICIENT, the minimum-norm answer, rank and gap told; never AKR_OK.
#include <gtest/gtest.h>

#include <limits>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 1200, kCols = 24;

const std::vector<const char *> &methods() {
  static const std::vector<const char *> names = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};
  return names;
}

struct Deficient {
  const char *name;
  Array<double> a;
  std::int64_t rank;
};

std::vector<Deficient> deficient_matrices() {
  const Frame frame(kRows, kCols, 11);
  std::vector<Deficient> out;
  Array<double> sigma = log_spaced(kCols, 1e3);
  sigma[kCols - 1] = 0;
  out.push_back({"rank d-1", with_spectrum(frame, sigma), kCols - 1});
  for (std::int64_t i = kCols / 2; i < kCols; ++i) sigma[i] = 0;
  out.push_back({"rank d/2", with_spectrum(frame, sigma), kCols / 2});
  const Array<double> regular = with_spectrum(frame, log_spaced(kCols, 1e3));
  Array<double> repeated = regular;
  std::copy_n(regular.col(2), kRows, repeated.col(7));
  std::copy_n(regular.col(2), kRows, repeated.col(20));
  out.push_back({"repeated columns", repeated, kCols - 2});
  Array<double> zeros = regular;
  std::fill_n(zeros.col(0), kRows, 0.0);
  std::fill_n(zeros.col(13), kRows, 0.0);
  out.push_back({"zero columns", zeros, kCols - 2});
  Array<double> multiple = regular;  // a column that is the sum of two others, of very different size
  for (std::int64_t i = 0; i < kRows; ++i) multiple(i, 5) = 1e-8 * multiple(i, 9) + multiple(i, 3);
  out.push_back({"a combination", multiple, kCols - 1});
  out.push_back({"rank 0", Array<double>(kRows, kCols), 0});
  return out;
}

class RankDeficient : public testing::TestWithParam<const char *> {};

template <class T>
void check(const char *method, const Deficient &c, double residual_norm) {
  SCOPED_TRACE(std::string(method) + ", " + c.name + ", |r| = " + std::to_string(residual_norm));
  const Array<T> a = c.a.as<T>();
  const Frame frame(kRows, kCols, 12);
  const Array<T> b = right_side(a, frame, residual_norm);
  Report report;
  const Solution<T> solution = solve(a, b, Options({{"method", method}}), {0, nullptr, report.get()});
  if (std::string(method) == "gradient" && solution.status == AKR_NOT_CONVERGED) return;  // slow, and says so
  ASSERT_EQ(solution.status, AKR_RANK_DEFICIENT) << solution.message;
  EXPECT_EQ(report.integer("rank"), c.rank);
  if (c.rank == 0) {
    EXPECT_EQ(norm(solution.x), 0);
    return;
  }
  // The smallest kept singular value, at least 10^-3 of the largest, over rounding noise below the truncation.
  ASSERT_TRUE(report.has("rank_gap"));
  EXPECT_GE(report.real("rank_gap"), 1e-4L / truncation<T>(kCols));
  const Reference reference(a);
  const Array<Real> x = reference.solve(b, c.rank);
  const Real epsilon = ok_backward_error<T> + 2 * truncation<T>(kCols);
  EXPECT_LE(distance(x, solution.x), reference.forward_bound(b, x, norm(residual(a, b, x)), c.rank, epsilon));
  EXPECT_LE(norm(solution.x), norm(x) * (1 + 1e-3L));
}

TEST_P(RankDeficient, MinimumNormInDouble) {
  for (const Deficient &c : deficient_matrices())
    for (const double residual_norm : {0.0, 1e-8, 1.0, 1e3}) check<double>(GetParam(), c, residual_norm);
}

TEST_P(RankDeficient, MinimumNormInSingle) {
  for (const Deficient &c : deficient_matrices())
    if (std::string(c.name) == "repeated columns" || std::string(c.name) == "zero columns" || c.rank == 0)
      for (const double residual_norm : {0.0, 1.0}) check<float>(GetParam(), c, residual_norm);
}

std::string method_name(const testing::TestParamInfo<const char *> &method) {
  std::string name = method.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Method, RankDeficient, testing::ValuesIn(methods()), method_name);

// Very tall: the sums over the rows of A are so long that their rounding errors could pass for singular values. A is
// the product of small integers, so that its rank is exactly `kept`. Methods that took an artefact for rank 6 would
// differ in ‖x‖ by many orders.
TEST(Tall, RoundingOfLongSumsIsNoRank) {
  constexpr std::int64_t d = 8, kept = 5;
  for (const std::int64_t n : {20000, 200000}) {
    Random random(77);
    Array<double> x(n, kept), y(kept, d), a(n, d), b(n, 1);
    for (std::int64_t j = 0; j < kept; ++j)
      for (std::int64_t i = 0; i < n; ++i) x(i, j) = static_cast<double>(random.below(2001) - 1000);
    for (std::int64_t j = 0; j < d; ++j)
      for (std::int64_t i = 0; i < kept; ++i) y(i, j) = static_cast<double>(random.below(2001) - 1000);
    for (std::int64_t j = 0; j < d; ++j)
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t l = 0; l < kept; ++l) a(i, j) += x(i, l) * y(l, j);
    for (std::int64_t i = 0; i < n; ++i) b[i] = random.uniform() + a(i, 0) / 1e6;
    struct Way {
      const char *method, *sketch;
    };
    const Way ways[] = {{"auto", "auto"},          {"sketch", "auto"},
                        {"sketch", "sparse-sign"}, {"sketch", "gaussian"},
                        {"sketch-cholqr", "auto"}, {"sketch-cholqr", "sparse-sign"},
                        {"cholesky", "auto"},      {"qr", "auto"}};
    const Matrix matrix = dense(a);
    double least = std::numeric_limits<double>::infinity(), largest = 0;
    for (const Way &way : ways) {
      SCOPED_TRACE(std::to_string(n) + " rows, " + way.method + ", " + way.sketch);
      Report report;
      const Solution<double> solution =
          solve(matrix, b, Options({{"method", way.method}, {"sketch.kind", way.sketch}}), {0, nullptr, report.get()});
      EXPECT_EQ(solution.status, AKR_RANK_DEFICIENT) << solution.message;
      EXPECT_EQ(report.integer("rank"), kept);
      least = std::min(least, static_cast<double>(norm(solution.x)));
      largest = std::max(largest, static_cast<double>(norm(solution.x)));
    }
    EXPECT_NEAR(least / largest, 1, 1e-10) << "all of them the answer of minimum norm";
  }
}

// Columns of norm 2^0 … 2^-60 (10^-18) of a matrix that is otherwise well conditioned: full rank, and each coefficient
// is as accurate as if the columns were scaled, because powers of two scale without rounding.
TEST(GradedColumns, AreFullRankAndColumnwiseAccurate) {
  const Frame frame(kRows, kCols, 13);
  const Array<double> even = with_spectrum(frame, log_spaced(kCols, 10));
  const Array<double> b = right_side(even, frame, 1e-3);
  Array<double> graded = even;
  Array<int> exponent(kCols);
  for (std::int64_t j = 0; j < kCols; ++j) {
    exponent[j] = -static_cast<int>(60 * j / (kCols - 1));
    for (std::int64_t i = 0; i < kRows; ++i) graded(i, j) = std::ldexp(even(i, j), exponent[j]);
  }
  const Reference reference(even);
  const Array<Real> x = reference.solve(b, kCols);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    SCOPED_TRACE(method);
    const Solution<double> solution = solve(graded, b, Options({{"method", method}}));
    EXPECT_EQ(solution.status, AKR_OK);
    Array<Real> scaled(kCols);
    for (std::int64_t j = 0; j < kCols; ++j) scaled[j] = std::ldexp(wide(solution.x[j]), exponent[j]);
    EXPECT_LE(distance(x, scaled), reference.forward_bound(b, x, 1e-3L, kCols, ok_backward_error<double>));
  }
}

// Two equal columns among graded ones. The null vector is (e_3 - e_23)/√2 in the scaled variables and, as the two have
// the same scale, in the caller's. It is computed with an error of u in each component, which unscaling would multiply
// by up to 2^range; components that are no more than that error are taken for the zeros they are (precond/rank.cpp). So
// the coefficient is shared evenly, and every coefficient is as accurate as in the problem without the repeated column
// and without grading, over any range.
TEST(GradedColumns, RepeatedOneIsFoundAndShared) {
  for (const std::uint64_t seed : {14, 15, 16}) {
    const Frame frame(kRows, kCols, seed);
    const Array<double> even = with_spectrum(frame, log_spaced(kCols, 10));
    for (const int range : {8, 30, 60, 200}) {
      Array<double> a(kRows, kCols), alone(kRows, kCols - 1);
      Array<int> exponent(kCols);
      for (std::int64_t j = 0; j < kCols; ++j) {
        const std::int64_t from = j + 1 == kCols ? 3 : j;
        exponent[j] = -static_cast<int>(range * from / (kCols - 1));
        for (std::int64_t i = 0; i < kRows; ++i) a(i, j) = std::ldexp(even(i, from), exponent[j]);
        if (j + 1 < kCols) std::copy_n(even.col(j), kRows, alone.col(j));
      }
      const Array<double> b = right_side(a, frame, 1e-3);
      const Reference reference(alone);
      const Array<Real> y = reference.solve(b, kCols - 1);
      const Real epsilon = ok_backward_error<double> + truncation<double>(kCols);
      const Real bound = reference.forward_bound(b, y, 1e-3L, kCols - 1, epsilon);
      for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
        SCOPED_TRACE(std::string(method) + " range 2^" + std::to_string(range) + " seed " + std::to_string(seed));
        Report report;
        const Solution<double> solution = solve(a, b, Options({{"method", method}}), {0, nullptr, report.get()});
        ASSERT_EQ(solution.status, AKR_RANK_DEFICIENT);
        EXPECT_EQ(report.integer("rank"), kCols - 1);
        for (std::int64_t j = 0; j < kCols; ++j) {
          const Real expected = j == 3 || j + 1 == kCols ? y[3] / 2 : y[j];
          EXPECT_LE(std::abs(std::ldexp(wide(solution.x[j]), exponent[j]) - expected), bound) << j;
        }
      }
    }
  }
}

// rank.tol decides what counts as zero: singular values 1 … 10^-6 cut at 10^-3.
TEST(RankTolerance, CutsWhereItIsTold) {
  const Frame frame(kRows, 7, 15);
  Array<double> sigma(7);
  for (std::int64_t i = 0; i < 7; ++i) sigma[i] = i < 4 ? 1.0 / static_cast<double>(i + 1) : 1e-6;
  const Array<double> a = with_spectrum(frame, sigma);
  const Array<double> b = right_side(a, frame, 0.1);
  for (const char *method : {"auto", "sketch", "qr"}) {
    Report report;
    const Solution<double> solution =
        solve(a, b, Options({{"method", method}, {"rank.tol", "1e-3"}}), {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_RANK_DEFICIENT) << method;
    EXPECT_EQ(report.integer("rank"), 4) << method;
    const Reference reference(a);
    // Cutting in scaled variables moves the cut subspace by about the cut values.
    EXPECT_LE(distance(reference.solve(b, 4), solution.x), 1e-4) << method;
    EXPECT_EQ(solve(a, b, Options({{"method", method}})).status, AKR_OK) << method;
  }
}

// The largest singular value is not below itself: at rank.tol = 1 it counts, and what is left is the best answer of
// rank one (or of as many as are equal to it); only a zero matrix has rank 0.
TEST(RankTolerance, OneKeepsTheLargest) {
  Array<double> a(kRows, 3), column(kRows, 1, 2.0), wide_a(2, 5), zero(kRows, 3);
  for (std::int64_t i = 0; i < kRows; ++i) {
    a(i, 0) = a(i, 1) = 1;  // sigma = √2, 1, 0 of the scaled columns
    a(i, 2) = i % 2 == 0 ? 1 : -1;
  }
  wide_a(0, 0) = wide_a(0, 1) = 1;
  wide_a(1, 0) = 1;
  const Array<double> b = Random(23).normals(kRows), two = Random(24).normals(2);
  Real mean = 0;
  for (std::int64_t i = 0; i < kRows; ++i) mean += wide(b[i]) / kRows;
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    SCOPED_TRACE(method);
    const Options options({{"method", method}, {"rank.tol", "1"}});
    Report report;
    const Solution<double> solution = solve(a, b, options, {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_RANK_DEFICIENT);
    EXPECT_EQ(report.integer("rank"), 1);
    // Of an exact factor; a sketch's singular vectors are its own.
    if (std::string(method) == "qr") {
      EXPECT_NEAR(solution.x[0], static_cast<double>(mean / 2), 1e-12);
      EXPECT_NEAR(solution.x[1], static_cast<double>(mean / 2), 1e-12);
      EXPECT_NEAR(solution.x[2], 0, 1e-12);
    }
    EXPECT_EQ(solve(column, b, options, {0, nullptr, report.get()}).status, AKR_OK);
    EXPECT_EQ(report.integer("rank"), 1);
    EXPECT_EQ(solve(zero, b, options, {0, nullptr, report.get()}).status, AKR_RANK_DEFICIENT);
    EXPECT_EQ(report.integer("rank"), 0);
  }
  Report report;
  EXPECT_EQ(solve(wide_a, two, Options({{"rank.tol", "1"}}), {0, nullptr, report.get()}).status, AKR_RANK_DEFICIENT);
  EXPECT_EQ(report.integer("rank"), 1);
}

// Fewer rows than columns: the minimum-norm solution, which for full row rank reproduces b.
TEST(Wide, MinimumNorm) {
  for (const std::int64_t n : {1, 5, 30, 59}) {
    const std::int64_t d = 60;
    for (const double kappa : {1.0, 1e6}) {
      SCOPED_TRACE(std::to_string(n) + " rows, kappa " + std::to_string(kappa));
      const Frame frame(d, n, 16);
      const Array<double> a = with_spectrum(frame, log_spaced(n, kappa)).transposed();
      const Array<double> b = Random(17).normals(n);
      const Reference reference(a);
      const Array<Real> x = reference.solve(b, n);
      Report report;
      const Solution<double> solution = solve(a, b, {}, {0, nullptr, report.get()});
      // Whether a wide A is called deficient or solved is a matter of words; the answer is not.
      EXPECT_TRUE(solution.status == AKR_OK || solution.status == AKR_RANK_DEFICIENT) << solution.message;
      EXPECT_LE(distance(x, solution.x), reference.forward_bound(b, x, 0, n, 50 * 0x1p-53L));
      const Solution<float> single = solve(a.as<float>(), b.as<float>());
      EXPECT_TRUE(single.status >= 0) << single.message;
      if (kappa == 1) {
        EXPECT_LE(distance(x, single.x), reference.forward_bound(b, x, 0, n, 50 * 0x1p-24L));
      }
    }
  }
}

TEST(Wide, RankDeficientToo) {
  const Frame frame(50, 20, 18);
  Array<double> sigma = log_spaced(20, 100);
  for (std::int64_t i = 12; i < 20; ++i) sigma[i] = 0;
  const Array<double> a = with_spectrum(frame, sigma).transposed();
  const Array<double> b = Random(19).normals(20);
  const Reference reference(a);
  const Array<Real> x = reference.solve(b, 12);
  Report report;
  const Solution<double> solution = solve(a, b, {}, {0, nullptr, report.get()});
  EXPECT_EQ(solution.status, AKR_RANK_DEFICIENT) << solution.message;
  EXPECT_EQ(report.integer("rank"), 12);
  EXPECT_LE(distance(x, solution.x), reference.forward_bound(b, x, norm(residual(a, b, x)), 12, 50 * 0x1p-53L));
}

// A ridge makes every problem full rank: AKR_OK, and the unique answer.
TEST(Ridge, OfARankDeficientMatrixIsOk) {
  for (const Deficient &c : deficient_matrices()) {
    for (const char *method : methods()) {
      for (const double ridge : {1e-4, 1.0}) {
        SCOPED_TRACE(std::string(c.name) + ' ' + method + ' ' + std::to_string(ridge));
        const Frame frame(kRows, kCols, 20);
        const Array<double> b = right_side(c.a, frame, 1.0);
        const Array<Real> matrix = stacked(c.a, ridge);
        const Array<double> rhs = padded(b, kCols);
        const Reference reference(matrix);
        const Array<Real> x = reference.solve(rhs, kCols);
        const Solution<double> solution = solve(c.a, b, Options({{"method", method}}), {ridge, nullptr, nullptr});
        if (std::string(method) == "gradient" && solution.status == AKR_NOT_CONVERGED) continue;
        EXPECT_EQ(solution.status, AKR_OK) << solution.message;
        EXPECT_LE(distance(x, solution.x),
                  reference.forward_bound(rhs, x, norm(residual(matrix, rhs, x)), kCols, ok_backward_error<double>));
      }
    }
  }
}

// Tall, square and wide, ridge from negligible to dominant, against the stacked problem in extended precision.
TEST(Ridge, MatchesTheStackedProblem) {
  for (const std::int64_t n : {std::int64_t(10), std::int64_t(24), std::int64_t(400)}) {
    for (const double ridge : {1e-12, 1e-6, 1.0, 1e6}) {
      SCOPED_TRACE(std::to_string(n) + " rows, ridge " + std::to_string(ridge));
      const Array<double> a = n >= kCols ? with_spectrum(Frame(n, kCols, 21), log_spaced(kCols, 1e4))
                                         : with_spectrum(Frame(kCols, n, 21), log_spaced(n, 1e4)).transposed();
      const Array<double> b = Random(22).normals(n);
      const Array<Real> matrix = stacked(a, ridge);
      const Array<double> rhs = padded(b, kCols);
      const Reference reference(matrix);
      const Array<Real> x = reference.solve(rhs, kCols);
      const Solution<double> solution = solve(a, b, {}, {ridge, nullptr, nullptr});
      EXPECT_EQ(solution.status, AKR_OK) << solution.message;
      EXPECT_LE(distance(x, solution.x),
                reference.forward_bound(rhs, x, norm(residual(matrix, rhs, x)), kCols, ok_backward_error<double>));
    }
  }
}

}  // namespace
