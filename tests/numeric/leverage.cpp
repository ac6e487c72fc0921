// SPDX-License-Identifier: BSD-3-Clause
// (Ridge) leverage scores l_i = a_iᵀ (AᵀA + ridge I)⁺ a_i against the rows of A V Σ⁻¹ in extended precision.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 1500, kCols = 30;

akr_status leverage_scores(const akr_matrix *a, const akr_precond *m, double ridge, double *l, akr_report *report) {
  return akr_leverage_scores_f64(a, m, ridge, l, nullptr, report);
}
akr_status leverage_scores(const akr_matrix *a, const akr_precond *m, double ridge, float *l, akr_report *report) {
  return akr_leverage_scores_f32(a, m, ridge, l, nullptr, report);
}

// V and Σ of the stacked matrix, cut to rank k.
template <class T>
Array<Real> exact_scores(const Array<T> &a, double ridge, std::int64_t k) {
  const Svd svd = jacobi_svd(HouseholderQr(stacked(a, ridge)).r());
  Array<Real> scores(a.rows());
  for (std::int64_t q = 0; q < k; ++q) {
    Array<Real> column(a.rows());
    for (std::int64_t j = 0; j < a.cols(); ++j)
      for (std::int64_t i = 0; i < a.rows(); ++i) column[i] += wide(a(i, j)) * svd.v(j, q);
    for (std::int64_t i = 0; i < a.rows(); ++i) scores[i] += column[i] / svd.sigma[q] * (column[i] / svd.sigma[q]);
  }
  return scores;
}

// With R a factor of a matrix within d u ‖A‖ of A, row i of A R⁻¹ is off by at most d u kappa times its own length, and
// the substitution adds as much: each score has a relative error of at most 4 d u kappa, to first order.
template <class T>
Real relative_bound(Real kappa) {
  return 4 * kCols * unit_roundoff<T> * kappa;
}

template <class T>
void check(const Array<T> &a, const Matrix &matrix, const akr_precond *m, double ridge, double kappa,
           std::int64_t rank) {
  Array<T> scores(a.rows(), 1, std::numeric_limits<T>::quiet_NaN());
  const akr_status status = leverage_scores(matrix.get(), m, ridge, scores.data(), nullptr);
  ASSERT_EQ(status, rank < a.cols() && ridge == 0 ? AKR_RANK_DEFICIENT : AKR_OK) << akr_last_error();
  const Array<Real> exact = exact_scores(a, ridge, ridge > 0 ? a.cols() : rank);
  Real worst = 0, sum = 0, exact_sum = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    worst = std::max(worst, std::abs(wide(scores[i]) - exact[i]) / exact[i]);
    sum += wide(scores[i]);
    exact_sum += exact[i];
    EXPECT_GE(scores[i], 0);
  }
  EXPECT_LE(worst, relative_bound<T>(wide(kappa)));
  EXPECT_LE(std::abs(sum - exact_sum), relative_bound<T>(wide(kappa)) * static_cast<Real>(rank));
  if (ridge == 0) {
    EXPECT_NEAR(static_cast<double>(exact_sum), static_cast<double>(rank), 1e-3);  // the reference itself
    EXPECT_LE(std::abs(sum - static_cast<Real>(rank)),
              relative_bound<T>(wide(kappa)) * static_cast<Real>(rank) + 1e-10L);
  }
}

TEST(LeverageScores, OfEveryCondition) {
  for (const double kappa : {1.0, 1e3, 1e6, 1e9}) {
    const Array<double> a = with_spectrum(Frame(kRows, kCols, 101), log_spaced(kCols, kappa));
    const Matrix matrix = dense(a);
    SCOPED_TRACE(kappa);
    check(a, matrix, nullptr, 0, kappa, kCols);
    // The ridge bounds the condition number of the stacked matrix.
    for (const double ridge : {1e-8, 1.0}) {
      SCOPED_TRACE(ridge);
      check(a, matrix, nullptr, ridge, std::min(kappa, std::sqrt(1 / ridge + 1)), kCols);
    }
  }
}

TEST(LeverageScores, InSinglePrecision) {
  for (const double kappa : {1.0, 1e2, 1e4}) {
    const Array<float> a = with_spectrum(Frame(kRows, kCols, 102), log_spaced(kCols, kappa)).as<float>();
    check(a, dense(a), nullptr, 0, kappa, kCols);
    check(a, dense(a), nullptr, 1.0, 2, kCols);
  }
}

TEST(LeverageScores, OfCoherentRows) {
  Array<double> a(kRows, kCols);
  for (std::int64_t j = 0; j < kCols; ++j) a(50 * j, j) = std::pow(10.0, static_cast<double>(-j) / 5);
  Array<double> scores(kRows);
  ASSERT_EQ(akr_leverage_scores_f64(dense(a).get(), nullptr, 0, scores.data(), nullptr, nullptr), AKR_OK);
  for (std::int64_t i = 0; i < kRows; ++i) EXPECT_NEAR(scores[i], i % 50 == 0 && i < 50 * kCols ? 1 : 0, 1e-8) << i;
}

TEST(LeverageScores, OfARankDeficientMatrixSumToTheRank) {
  const Frame frame(kRows, kCols, 103);
  Array<double> sigma = log_spaced(kCols, 10);
  for (std::int64_t i = 20; i < kCols; ++i) sigma[i] = 0;
  const Array<double> a = with_spectrum(frame, sigma);
  Array<double> scores(kRows);
  Report report;
  EXPECT_EQ(akr_leverage_scores_f64(dense(a).get(), nullptr, 0, scores.data(), nullptr, report.get()),
            AKR_RANK_DEFICIENT);
  EXPECT_EQ(report.integer("rank"), 20);
  const Array<Real> exact = exact_scores(a, 0, 20);
  Real sum = 0;
  for (std::int64_t i = 0; i < kRows; ++i) {
    sum += wide(scores[i]);
    // The kept subspace is known to truncation·kappa: an angle of at most 10·5u·√d, absolute in a score of order d/n.
    EXPECT_NEAR(scores[i], static_cast<double>(exact[i]), 1e-12) << i;
  }
  EXPECT_NEAR(static_cast<double>(sum), 20, 1e-11);
}

// A sketch-only or Cholesky preconditioner is not accurate enough for scores: it must be improved before use.
TEST(LeverageScores, WithAReusedPreconditioner) {
  const double kappa = 1e5;
  const Array<double> a = with_spectrum(Frame(kRows, kCols, 104), log_spaced(kCols, kappa));
  const Matrix matrix = dense(a);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    SCOPED_TRACE(method);
    const Precond precond = make_precond(matrix, 0, Options({{"method", method}}));
    check(a, matrix, precond.get(), 0, kappa, kCols);
    check(a, matrix, precond.get(), 1e-4, 101, kCols);
  }
}

// The report is the same kind of report with and without M. Passes: M's probe and the scores, one more where M must be
// sharpened; M of another matrix or of another rank.tol (which shows before A is read) is not used.
TEST(LeverageScores, TheReportTellsHow) {
  const Array<double> a = with_spectrum(Frame(kRows, kCols, 106), log_spaced(kCols, 10));
  const Array<double> other = with_spectrum(Frame(kRows, kCols, 107), log_spaced(kCols, 10));
  const Matrix matrix = dense(a), another = dense(other);
  Array<double> scores(kRows);
  for (const auto &[method, passes] :
       {std::pair<const char *, std::int64_t>{"sketch", 3}, {"cholesky", 3}, {"qr", 2}}) {
    SCOPED_TRACE(method);
    const Options options({{"method", method}}), tolerant({{"method", method}, {"rank.tol", "1e-6"}});
    const Precond m = make_precond(matrix, 0, options), foreign = make_precond(another, 0, options);
    Report with, without, with_foreign, with_other_rule;
    require(akr_leverage_scores_f64(matrix.get(), m.get(), 0, scores.data(), options.get(), with.get()));
    require(akr_leverage_scores_f64(matrix.get(), nullptr, 0, scores.data(), options.get(), without.get()));
    require(akr_leverage_scores_f64(matrix.get(), foreign.get(), 0, scores.data(), options.get(), with_foreign.get()));
    require(akr_leverage_scores_f64(matrix.get(), m.get(), 0, scores.data(), tolerant.get(), with_other_rule.get()));
    for (const Report *report : {&with, &without, &with_foreign, &with_other_rule}) {
      EXPECT_EQ(report->text("method"), std::string(method) == "sketch" ? "sketch-cholqr" : method);
      EXPECT_EQ(report->integer("rank"), kCols);
      EXPECT_NEAR(std::log10(report->real("cond_estimate")), 1, 0.5);
      EXPECT_GE(report->real("seconds.iterate"), 0);
    }
    EXPECT_EQ(with.integer("passes"), passes);
    EXPECT_GT(without.integer("passes"), passes);
    EXPECT_EQ(with_foreign.integer("passes"), without.integer("passes") + 1);
    EXPECT_EQ(with_other_rule.integer("passes"), without.integer("passes"));
  }
  Report empty;
  EXPECT_EQ(akr_leverage_scores_f64(dense(Array<double>(0, 3)).get(), nullptr, 0, nullptr, nullptr, empty.get()),
            AKR_OK);
  EXPECT_EQ(empty.text("method"), "none");
  EXPECT_EQ(empty.integer("passes"), 0);
  EXPECT_EQ(empty.integer("rank"), 0);
}

TEST(LeverageScores, OfEveryStorage) {
  Array<double> a = with_spectrum(Frame(kRows, kCols, 105), log_spaced(kCols, 100));
  for (const std::int32_t layout : {AKR_ROW_MAJOR, AKR_COL_MAJOR}) {
    check(a, PaddedDense<double>(a, layout, 5).matrix, nullptr, 0, 100, kCols);
    check(a, Sparse<double>(a, layout, 32, 1).matrix, nullptr, 0, 100, kCols);
  }
  const Callback<double> rows(a, true), products(a, false);
  check(a, rows.matrix, nullptr, 0, 100, kCols);
  check(a, products.matrix, nullptr, 0, 100, kCols);
}

}  // namespace
