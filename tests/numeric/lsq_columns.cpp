// SPDX-License-Identifier: BSD-3-Clause
// Many right-hand sides, a status for each, and warm starts.
#include <gtest/gtest.h>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 2000, kCols = 40;

const std::vector<const char *> &methods() {
  static const std::vector<const char *> names = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"};
  return names;
}

// Columns of very different kinds: random, exact (r = 0), zero, one huge residual, one of tiny entries.
Array<double> assorted(const Array<double> &a, const Frame &frame, std::int64_t nrhs) {
  Random random(41);
  Array<double> b(kRows, nrhs);
  for (std::int64_t j = 0; j < nrhs; ++j) {
    Array<double> column = random.normals(kRows);
    if (j % 8 == 1) column = right_side(a, frame, 0.0);
    if (j % 8 == 2) column = Array<double>(kRows);
    if (j % 8 == 3) column = right_side(a, frame, 1e3);
    for (std::int64_t i = 0; i < kRows; ++i) b(i, j) = j % 8 == 5 ? 1e-150 * column[i] : column[i];
  }
  return b;
}

class Columns : public testing::TestWithParam<std::int64_t> {};

TEST_P(Columns, EachIsSolved) {
  const std::int64_t nrhs = GetParam();
  const Frame frame(kRows, kCols, 42);
  for (const double kappa : {1e2, 1e9}) {
    const Array<double> a = with_spectrum(frame, log_spaced(kCols, kappa));
    const Array<double> b = assorted(a, frame, nrhs);
    const Reference reference(a);
    for (const char *method : methods()) {
      Report report;
      const Solution<double> solution = solve(a, b, Options({{"method", method}}), {0, nullptr, report.get()});
      EXPECT_EQ(solution.status, AKR_OK) << method << ' ' << solution.message;
      const std::vector<std::int64_t> status = report.integers("column_status");
      const std::vector<double> size = report.reals("column_residual");
      ASSERT_EQ(static_cast<std::int64_t>(status.size()), nrhs);
      ASSERT_EQ(static_cast<std::int64_t>(size.size()), nrhs);
      for (std::int64_t j = 0; j < nrhs; ++j) {
        SCOPED_TRACE(std::string(method) + " column " + std::to_string(j) + " kappa " + std::to_string(kappa));
        const Array<double> bj = b.column(j), x = solution.x.column(j);
        EXPECT_EQ(status[static_cast<std::size_t>(j)], AKR_OK);
        EXPECT_LE(reference.backward_error(a, bj, x), ok_backward_error<double>);
        if (norm(bj) == 0) {
          EXPECT_EQ(norm(x), 0);
        }
        // Computed in double: n u (‖A‖‖x‖ + ‖b‖) is far above what sums in blocks leave.
        EXPECT_NEAR(size[static_cast<std::size_t>(j)], static_cast<double>(norm(residual(a, bj, x))),
                    100 * 0x1p-53 * static_cast<double>(reference.frobenius() * norm(x) + norm(bj)));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Number, Columns, testing::Values(1, 3, 8, 64));

// A column never changes its neighbours: the answer of column j is that of b_j alone, to the promised accuracy. And one
// that has converged must not hide one that has not: with too few iterations the status of the hard one says so.
TEST(ColumnStatus, OneConvergedDoesNotHideAnother) {
  const Frame frame(kRows, kCols, 43);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 1e6));
  Array<double> b(kRows, 3);  // the first is zero, so any iterate from zero is exact; the second hard; the third zero
  const Array<double> hard = right_side(a, frame, 1.0);
  std::copy_n(hard.data(), kRows, b.col(1));
  const Reference reference(a);
  for (const char *method : {"sketch", "gradient"}) {
    Report report;
    const Solution<double> solution =
        solve(a, b, Options({{"method", method}, {"max_iter", "1"}}), {0, nullptr, report.get()});
    const std::vector<std::int64_t> status = report.integers("column_status");
    ASSERT_EQ(status.size(), 3u) << method;
    const Real error = reference.backward_error(a, hard, solution.x.column(1));
    ASSERT_GT(error, 100 * ok_backward_error<double>) << "one iteration must not suffice, or this tests nothing";
    EXPECT_EQ(status[0], AKR_OK) << method;
    EXPECT_EQ(status[1], AKR_NOT_CONVERGED) << method;
    EXPECT_EQ(status[2], AKR_OK) << method;
    EXPECT_EQ(solution.status, AKR_NOT_CONVERGED) << method;
    EXPECT_EQ(report.integer("status"), AKR_NOT_CONVERGED) << method;
  }
}

TEST(WarmStart, FromTheAnswerTakesNoMorePassesAndStaysThere) {
  const Frame frame(kRows, kCols, 44);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 1e4));
  const Array<double> b = right_side(a, frame, 1.0);
  const Reference reference(a);
  const Array<double> exact = reference.solve(b, kCols).as<double>();
  const Matrix matrix = dense(a);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "gradient"}) {
    SCOPED_TRACE(method);
    Report cold, warm;
    Options options({{"method", method}});
    const Precond precond = make_precond(matrix, 0, options);
    const akr_status first = solve(matrix, b, options, {0, precond.get(), cold.get()}).status;
    options.set("warm_start", "1");
    Array<double> x = exact;
    const akr_status status = akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, b.data(), kRows, x.data(), kCols,
                                                options.get(), warm.get());
    EXPECT_EQ(status, AKR_OK);
    EXPECT_LE(reference.backward_error(a, b, x), ok_backward_error<double>);
    if (first == AKR_OK) {
      EXPECT_LE(warm.integer("passes"), cold.integer("passes"));
    }
  }
}

// A start with a tiny gradient but far from good enough, a huge start, and a start with NaN.
TEST(WarmStart, BadStartsDoNoHarm) {
  const Frame frame(kRows, kCols, 45);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 1e8));
  const Array<double> b = right_side(a, frame, 1e-6);
  const Reference reference(a);
  const Array<double> exact = reference.solve(b, kCols).as<double>();
  const Matrix matrix = dense(a);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    const Options options({{"method", method}, {"warm_start", "1"}});
    for (const double offset : {1e-3, 1.0, 1e8, 1e150}) {
      SCOPED_TRACE(std::string(method) + " offset " + std::to_string(offset));
      // Along the last right singular vector, where A^T A is 10^-16: the gradient hardly sees it.
      Array<double> x = exact;
      for (std::int64_t i = 0; i < kCols; ++i) x[i] += offset * frame.v(i, kCols - 1);
      const akr_status status =
          akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, b.data(), kRows, x.data(), kCols, options.get(), nullptr);
      const Real error = reference.backward_error(a, b, x);
      EXPECT_GE(status, 0) << akr_last_error();
      if (status == AKR_OK) {
        EXPECT_LE(error, ok_backward_error<double>);
        // ‖x‖ = 10^150 makes any x pass a backward-error test; the answer must be of the problem's own size.
        EXPECT_LE(distance(exact, x),
                  reference.forward_bound(b, exact.as<Real>(), 1e-6L, kCols, 2 * ok_backward_error<double>));
      }
      if (offset <= 1.0) {
        EXPECT_EQ(status, AKR_OK);
      }
    }
    Array<double> x(kCols, 1, std::numeric_limits<double>::quiet_NaN());
    const akr_status status =
        akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, b.data(), kRows, x.data(), kCols, options.get(), nullptr);
    EXPECT_EQ(status, AKR_E_NOT_FINITE) << method;
  }
}

// x that is output only may hold anything.
TEST(WarmStart, WithoutItXIsOutputOnly) {
  const Problem<double> p = make_problem(500, 20, 100, 1, 46);
  const Matrix matrix = dense(p.a);
  Array<double> x(20, 1, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), 500, x.data(), 20, nullptr, nullptr), AKR_OK);
  EXPECT_TRUE(x == solve(matrix, p.b).x);
}

}  // namespace
