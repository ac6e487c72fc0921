// SPDX-License-Identifier: BSD-3-Clause
// Gram powers by every route, storage, shape and rank; many right-hand sides, reused preconditioners, large powers, the
// ends of the exponent range; and the two routes against each other.
#include <gtest/gtest.h>

#include "reference/gram.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr double u = 0x1p-53;
constexpr std::int64_t kRows = 400, kCols = 24;

// Routes differ by what each loses: 2j uκ for random b, with √d for the Frobenius norm in the certificate.
double agreement(double kappa, std::int64_t factors) {
  return 4 * std::sqrt(static_cast<double>(kCols)) * static_cast<double>(factors) * u * kappa;
}

// ((AᵀA)⁺)ʲ b, or with A⁺ before it, from A = U diag(sigma) Vᵀ; zeros in sigma stay zero.
Array<double> exact(const Frame &f, const Array<double> &sigma, bool odd, std::int64_t j, const Array<double> &b) {
  Array<double> c = multiply(odd ? f.u : f.v, true, b);
  for (std::int64_t l = 0; l < c.cols(); ++l)
    for (std::int64_t i = 0; i < c.rows(); ++i)
      c(i, l) = sigma[i] > 0 ? c(i, l) * std::pow(sigma[i], -2.0 * static_cast<double>(j) - (odd ? 1 : 0)) : 0;
  return multiply(f.v, false, c);
}

const char *const kRoutes[][2] = {{"recursion", "cholesky"},   {"recursion", "sketch"}, {"recursion", "sketch-cholqr"},
                                  {"recursion", "qr"},         {"factor", "cholesky"},  {"factor", "sketch"},
                                  {"factor", "sketch-cholqr"}, {"factor", "qr"},        {"auto", "auto"}};

TEST(GramRoutes, AgreeWithTheSpectrumAndSayWhatTheyAre) {
  const Frame frame(kRows, kCols, 1);
  const Array<double> sigma = log_spaced(kCols, 100);
  const PaddedDense<double> held_a(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
  const Matrix &a = held_a.matrix;
  for (const bool odd : {false, true}) {
    const Array<double> b = Random(2).normals(odd ? kRows : kCols, 3);
    for (const std::int64_t j : {1, 2, 3}) {
      const Array<double> x = exact(frame, sigma, odd, j, b);
      for (const auto &route : kRoutes) {
        SCOPED_TRACE(std::string(route[0]) + ", " + route[1] + ", j = " + std::to_string(j));
        Report report;
        const Options options({{"gram.method", route[0]}, {"method", route[1]}});
        const Solution<double> s = solve_power(a, odd, j, b, options, {nullptr, report.get()});
        ASSERT_EQ(s.status, AKR_OK) << s.message;
        EXPECT_LT(relative_error(s.x, x), agreement(100, 2 * j + 1));
        EXPECT_LE(report.real("backward_error"), 2 * u);
        if (std::string(route[0]) != "auto") {
          EXPECT_EQ(report.text("gram.method"), route[0]);
        }
        EXPECT_EQ(report.integer("rank"), kCols);
        EXPECT_EQ(report.text("stopped_by"), "converged");
        EXPECT_EQ(report.integers("column_status"), std::vector<std::int64_t>(3, AKR_OK));
      }
    }
  }
}

TEST(GramRoutes, EveryStorageOfAGivesTheSame) {
  const Frame frame(kRows, kCols, 3);
  const Array<double> sigma = log_spaced(kCols, 50);
  const Array<double> a = with_spectrum(frame, sigma);
  const Array<double> b = Random(4).normals(kCols);
  const Array<double> c = Random(5).normals(kRows);
  const PaddedDense<double> rows(a, AKR_ROW_MAJOR, 3), columns(a, AKR_COL_MAJOR, 5);
  const Sparse<double> csr(a, AKR_ROW_MAJOR, 32, 1), csc(a, AKR_COL_MAJOR, 64, 0);
  const Callback<double> product(a, false), blocks(a, true);
  const Matrix *all[] = {&rows.matrix, &columns.matrix, &csr.matrix, &csc.matrix, &product.matrix, &blocks.matrix};
  for (const Matrix *matrix : all) {
    for (const char *route : {"auto", "recursion", "factor"}) {
      const Options options({{"gram.method", route}});
      const Solution<double> even = solve_power(*matrix, false, 2, b, options);
      ASSERT_EQ(even.status, AKR_OK) << even.message;
      EXPECT_LT(relative_error(even.x, exact(frame, sigma, false, 2, b)), agreement(50, 4));
      const Solution<double> odd = solve_power(*matrix, true, 1, c, options);
      ASSERT_EQ(odd.status, AKR_OK) << odd.message;
      EXPECT_LT(relative_error(odd.x, exact(frame, sigma, true, 1, c)), agreement(50, 3) * 20);  // ‖r‖ ≫ ‖Ax‖
    }
    const Solution<double> pairs = solve_power(*matrix, false, 2, b, Options({{"residual.precision", "doubled"}}));
    if (matrix == &product.matrix) {
      EXPECT_EQ(pairs.status, AKR_E_UNSUPPORTED);
      EXPECT_NE(pairs.message.find("residual.precision = doubled"), std::string::npos) << pairs.message;
    } else {
      ASSERT_EQ(pairs.status, AKR_OK) << pairs.message;
      EXPECT_LT(relative_error(pairs.x, exact(frame, sigma, false, 2, b)), agreement(50, 4));
    }
  }
}

TEST(GramRoutes, APreconditionerIsReusedWhateverMadeIt) {
  const Frame frame(kRows, kCols, 6);
  const Array<double> sigma = log_spaced(kCols, 1e3);
  const PaddedDense<double> held_a(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
  const Matrix &a = held_a.matrix;
  const PaddedDense<double> held_other(with_spectrum(Frame(kRows, kCols, 7), sigma), AKR_COL_MAJOR, 0);
  const Matrix &other = held_other.matrix;
  const Array<double> b = Random(8).normals(kCols);
  const Array<double> x = exact(frame, sigma, false, 2, b);
  for (const char *method : {"cholesky", "sketch", "sketch-cholqr", "qr"}) {
    for (const char *route : {"auto", "recursion", "factor"}) {
      SCOPED_TRACE(std::string(method) + ", " + route);
      const Precond m = make_precond(a, 0, Options({{"method", method}}));
      const Precond stranger = make_precond(other, 0, Options({{"method", method}}));
      const Options options({{"gram.method", route}});
      Report report;
      const Solution<double> s = solve_power(a, false, 2, b, options, {m.get(), report.get()});
      ASSERT_EQ(s.status, AKR_OK) << s.message;
      EXPECT_LT(relative_error(s.x, x), agreement(1e3, 4));
      EXPECT_FALSE(report.has("seconds.sketch")) << "it was made again";
      const Solution<double> t = solve_power(a, false, 2, b, options, {stranger.get(), nullptr});
      ASSERT_EQ(t.status, AKR_OK);
      EXPECT_LT(relative_error(t.x, x), agreement(1e3, 4));
    }
  }
  const Precond ridged = make_precond(a, 0.1);
  const Solution<double> s = solve_power(a, false, 2, b, {}, {ridged.get(), nullptr});
  ASSERT_EQ(s.status, AKR_OK);
  EXPECT_LT(relative_error(s.x, x), agreement(1e3, 4));
}

TEST(GramRoutes, AColumnDoesNotDependOnItsNeighbours) {
  const Frame frame(kRows, kCols, 9);
  const Array<double> sigma = log_spaced(kCols, 1e3);
  const PaddedDense<double> held_a(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
  const Matrix &a = held_a.matrix;
  Array<double> b = Random(10).normals(kCols, 4);
  for (std::int64_t i = 0; i < kCols; ++i) {
    b(i, 1) = 0;
    b(i, 2) *= 1e200;
    b(i, 3) *= 1e-200;
  }
  for (const char *route : {"recursion", "factor"}) {
    const Solution<double> s = solve_power(a, false, 2, b, Options({{"gram.method", route}}));
    ASSERT_EQ(s.status, AKR_OK) << s.message;
    const Array<double> x = exact(frame, sigma, false, 2, b);
    for (const std::int64_t c : {0, 2, 3}) {
      EXPECT_LT(relative_error(s.x.column(c), x.column(c)), agreement(1e3, 4)) << c;
    }
    for (std::int64_t i = 0; i < kCols; ++i) EXPECT_EQ(s.x(i, 1), 0);
  }
}

// σ^{2j} up to 10^±1200: between the stages nothing may leave the range of a double.
TEST(GramRoutes, ExtremeScalesCancel) {
  const Frame frame(kRows, kCols, 11);
  for (const double scale : {1e150, 1e-150, 1e70, 1e-70}) {
    Array<double> sigma = log_spaced(kCols, 10);
    Array<double> a = with_spectrum(frame, sigma);
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] *= scale;
    const Array<double> b = Random(12).normals(kCols);
    const Array<double> x = exact(frame, sigma, false, 1, b);
    for (const char *route : {"recursion", "factor"}) {
      const Options options({{"gram.method", route}});
      Array<double> c = b;
      for (std::int64_t i = 0; i < kCols; ++i) c[i] = b[i] * (scale > 1 ? 1e10 : 1e-10);
      Solution<double> s = solve_power(dense(a), false, 1, c, options);
      if (scale == 1e70 || scale == 1e-70) {
        ASSERT_EQ(s.status, AKR_OK) << scale << s.message;
        for (std::int64_t i = 0; i < kCols; ++i) s.x[i] = s.x[i] / (scale > 1 ? 1e10 : 1e-10) * scale * scale;
        EXPECT_LT(relative_error(s.x, x), agreement(10, 4)) << scale;
      }
      s = solve_power(dense(a), false, 4, c, options);
      EXPECT_EQ(s.status, AKR_E_NUMERIC) << scale;
      EXPECT_NE(s.message.find("outside the range of a double"), std::string::npos) << s.message;
    }
  }
}

// Orthogonal columns of norms σ: x_i = b_i σ_i^(−2j), for j far beyond what could be solved stage by stage.
TEST(GramRoutes, LargePowersGoByTheSpectrum) {
  const Frame frame(200, 6, 13);
  Array<double> sigma(6);
  for (std::int64_t i = 0; i < 6; ++i) sigma[i] = 1 + 0.01 * static_cast<double>(6 - i);
  const PaddedDense<double> held_a(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
  const Matrix &a = held_a.matrix;
  const Array<double> b = Random(14).normals(6);
  for (const std::int64_t j : {50, 1000, 5000}) {
    Report report;
    const Options options({{"gram.method", "factor"}});
    const Solution<double> s = solve_power(a, false, j, b, options, {nullptr, report.get()});
    ASSERT_EQ(s.status, AKR_OK) << s.message;
    // Singular values carry an error of a few u, which the power multiplies by 2j.
    EXPECT_LT(relative_error(s.x, exact(frame, sigma, false, j, b)), 40 * static_cast<double>(j) * u) << j;
    if (j > 100) {
      EXPECT_LE(report.integer("passes"), 4);
    }
  }
  // The same stage by stage.
  const Solution<double> stages = solve_power(a, false, 50, b, Options({{"gram.method", "recursion"}}));
  ASSERT_EQ(stages.status, AKR_OK);
  EXPECT_LT(relative_error(stages.x, exact(frame, sigma, false, 50, b)), 40 * 50 * u);
}

// The largest j there is: A's columns are orthonormal, so that x = b on their span for any j.
TEST(GramRoutes, AnyPowerOfAnOrthonormalMatrix) {
  constexpr std::int64_t largest = std::int64_t{1} << 40;
  Array<double> eye(3, 2), deficient(3, 2);
  eye(0, 0) = eye(1, 1) = deficient(0, 0) = 1;
  const Array<double> b = Random(27).normals(2, 4), c = Random(28).normals(3, 4);
  for (const char *route : {"factor", "auto"}) {
    for (const bool odd : {false, true}) {
      for (const bool full : {true, false}) {
        SCOPED_TRACE(std::string(route) + (odd ? ", odd" : ", even") + (full ? "" : ", rank 1"));
        for (const std::int64_t j : {std::int64_t{1000}, std::int64_t{1000000}, largest}) {
          Report report;
          const Options options({{"gram.method", route}, {"memory_limit", "100000000"}});
          const Solution<double> s =
              solve_power(dense(full ? eye : deficient), odd, j, odd ? c : b, options, {nullptr, report.get()});
          EXPECT_EQ(s.status, full ? AKR_OK : AKR_RANK_DEFICIENT) << s.message;
          for (std::int64_t l = 0; l < 4; ++l)
            for (std::int64_t i = 0; i < 2; ++i)
              EXPECT_NEAR(s.x(i, l), full || i == 0 ? (odd ? c : b)(i, l) : 0,
                          4e-3 * static_cast<double>(j) / largest + 1e-11);
          // ê counts 2j roundings, and one or two more of a least-squares stage.
          EXPECT_NEAR(report.real("error_estimate") / (2 * static_cast<double>(j) * u), 1, 0.03);
        }
      }
    }
  }
}

TEST(GramRoutes, PowersThatNoDigitSurvivesAreRefused) {
  Array<double> a(3, 2);
  a(0, 0) = 1;
  const Matrix matrix = dense(a);
  const Array<double> b(2, 4, 1.0);
  for (const std::int64_t j : {(std::int64_t{1} << 40) + 1, std::int64_t{1} << 61, std::int64_t{1} << 62,
                               std::numeric_limits<std::int64_t>::max()}) {
    for (const char *route : {"factor", "recursion", "auto"}) {
      const Options options({{"gram.method", route}});
      Array<double> x(2, 4, 7.0);
      EXPECT_EQ(akr_gram_power_solve_f64(matrix.get(), nullptr, j, 4, b.data(), 2, x.data(), 2, options.get(), nullptr),
                AKR_E_ARGUMENT);
      EXPECT_NE(std::string(akr_last_error()).find("j = " + std::to_string(j) + ": must be at most 2^40"),
                std::string::npos)
          << akr_last_error();
      for (std::int64_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i], 7.0);
    }
  }
}

// j stages that no time would suffice for: the call ends soon after its time limit, and its memory does not grow.
TEST(GramRoutes, ATimeLimitEndsAnyNumberOfStages) {
  const Frame frame(60, 5, 29);
  Array<double> ones(5, 1, 1.0), deficient = ones;
  deficient[4] = 0;
  const Array<double> b = Random(30).normals(5, 2);
  const struct {
    const char *route, *precision;
    bool full;
  } cases[] = {{"recursion", "working", true}, {"recursion", "working", false}, {"auto", "doubled", true}};
  for (const auto &test : cases) {
    SCOPED_TRACE(std::string(test.route) + ", " + test.precision + (test.full ? "" : ", deficient"));
    Report report;
    const Options options({{"gram.method", test.route},
                           {"residual.precision", test.precision},
                           {"time_limit", "0.2"},
                           {"memory_limit", "1000000"}});
    const Array<double> a = with_spectrum(frame, test.full ? ones : deficient);
    const Solution<double> s = solve_power(dense(a), false, std::int64_t{1} << 36, b, options, {nullptr, report.get()});
    EXPECT_EQ(s.status, AKR_NOT_CONVERGED) << s.message;
    EXPECT_EQ(report.text("stopped_by"), "time_limit");
    EXPECT_FALSE(report.has("backward_error"));
    EXPECT_LT(report.real("seconds"), 2);
    EXPECT_LT(report.integer("peak_bytes"), 1000000);
    // Singular values are 1 but for some u, the power 2³⁷.
    EXPECT_LT(relative_error(s.x, exact(frame, test.full ? ones : deficient, false, 1, b)), 1e-2);
  }
}

// Stages by an accurate R that one pass does not certify all of: two at a time for 30 columns.
TEST(GramRoutes, ManyStagesOfManyColumnsAreCertifiedInTurn) {
  Frame frame(kRows, kCols, 31);
  Array<double> sigma(kCols);
  for (std::int64_t i = 0; i < kCols; ++i) sigma[i] = 1 + 0.01 * static_cast<double>(kCols - i);
  const Array<double> b = Random(32).normals(kCols, 30);
  for (const bool exactly : {false, true}) {
    if (exactly) {
      for (std::int64_t c = 0; c < kCols; ++c) {
        for (std::int64_t i = 0; i < kRows; ++i) frame.u(i, c) = i == c ? 1 : 0;
        for (std::int64_t i = 0; i < kCols; ++i) frame.v(i, c) = i == c ? 1 : 0;
        sigma[c] = c % 2 == 0 ? 1 : 0.5;
      }
    }
    const PaddedDense<double> held(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
    for (const std::int64_t j : {2, 3, 15}) {
      Report report;
      const Options options({{"gram.method", "factor"}, {"method", "qr"}});
      const Solution<double> s = solve_power(held.matrix, false, j, b, options, {nullptr, report.get()});
      ASSERT_EQ(s.status, AKR_OK) << s.message;
      EXPECT_LT(relative_error(s.x, exact(frame, sigma, false, j, b)), agreement(2, 2 * j));
      if (exactly) {  // no stage falls short
        EXPECT_EQ(report.integer("passes"), 1 + (j + 1) / 2);
      }
      EXPECT_EQ(report.integers("column_status"), std::vector<std::int64_t>(30, AKR_OK));
    }
  }
}

TEST(GramRoutes, WideMatricesGiveTheMinimumNormAnswer) {
  const Frame frame(kRows, kCols, 15);
  const Array<double> sigma = log_spaced(kCols, 30);
  const Array<double> tall = with_spectrum(frame, sigma);
  const Array<double> a = tall.transposed();  // V Σ Uᵀ
  Frame turned = frame;
  std::swap(turned.u, turned.v);
  const PaddedDense<double> rows(a, AKR_ROW_MAJOR, 1);
  const Sparse<double> csr(a, AKR_ROW_MAJOR, 64, 0);
  const Callback<double> product(a, false);
  const Matrix columns = dense(a);
  for (const Matrix *matrix : {&columns, &rows.matrix, &csr.matrix, &product.matrix}) {
    for (const bool odd : {false, true}) {
      const Array<double> b = Random(16).normals(odd ? kCols : kRows, 2);
      for (const std::int64_t j : {1, 2}) {
        for (const char *precision : {"working", "doubled"}) {
          Report report;
          const Options options({{"residual.precision", precision}});
          const Solution<double> s = solve_power(*matrix, odd, j, b, options, {nullptr, report.get()});
          ASSERT_EQ(s.status, AKR_OK) << s.message;
          EXPECT_LT(relative_error(s.x, exact(turned, sigma, odd, j, b)), 20 * agreement(30, 2 * j + 2));
          EXPECT_EQ(report.integer("rank"), kCols);
        }
      }
    }
  }
}

TEST(GramRoutes, RankDeficientMatricesHaveTheirPseudoInverse) {
  const Frame frame(kRows, kCols, 17);
  Array<double> sigma = log_spaced(kCols, 100);
  for (std::int64_t i = kCols - 4; i < kCols; ++i) sigma[i] = 0;
  const PaddedDense<double> held_a(with_spectrum(frame, sigma), AKR_COL_MAJOR, 0);
  const Matrix &a = held_a.matrix;
  for (const auto &route : kRoutes) {
    for (const bool odd : {false, true}) {
      SCOPED_TRACE(std::string(route[0]) + ", " + route[1] + (odd ? ", odd" : ", even"));
      const Array<double> b = Random(18).normals(odd ? kRows : kCols, 2);
      Report report;
      const Options options({{"gram.method", route[0]}, {"method", route[1]}});
      const Solution<double> s = solve_power(a, odd, 2, b, options, {nullptr, report.get()});
      EXPECT_EQ(s.status, AKR_RANK_DEFICIENT) << s.message;
      EXPECT_EQ(report.integer("rank"), kCols - 4);
      EXPECT_GT(report.real("rank_gap"), 1e6);
      // Truncation moves the row space by some u‖A‖/σ_k.
      EXPECT_LT(relative_error(s.x, exact(frame, sigma, odd, 2, b)), 100 * agreement(100, 5));
    }
  }
  const Solution<double> s =
      solve_power(a, false, 2, Random(19).normals(kCols), Options({{"residual.precision", "doubled"}}));
  EXPECT_EQ(s.status, AKR_E_UNSUPPORTED);
  EXPECT_NE(s.message.find("rank 20"), std::string::npos) << s.message;
}

TEST(GramRoutes, EmptyAndTrivialProblems) {
  const Array<double> none(0, 3);
  const Matrix no_rows = dense(none);
  const Array<double> b = Random(20).normals(3);
  Report report;
  Solution<double> s = solve_power(no_rows, false, 2, b, {}, {nullptr, report.get()});
  EXPECT_EQ(s.status, AKR_OK);
  EXPECT_EQ(report.integer("rank"), 0);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(s.x[i], 0);
  const Frame frame(kRows, 3, 21);
  const Array<double> entries = with_spectrum(frame, log_spaced(3, 2));
  const Matrix a = dense(entries);
  s = solve_power(a, false, 0, b);
  EXPECT_EQ(s.status, AKR_OK);
  EXPECT_TRUE(s.x == b);
  const Array<double> c = Random(22).normals(kRows);
  s = solve_power(a, true, 0, c);
  EXPECT_EQ(s.status, AKR_OK);
  EXPECT_LT(relative_error(s.x, gels(entries, c)), 1e-14);
  const Array<double> zero(kRows, 3);
  s = solve_power(dense(zero), false, 2, b);
  EXPECT_EQ(s.status, AKR_RANK_DEFICIENT);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(s.x[i], 0);
  s = solve_power(a, false, 2, Array<double>(3, 0));
  EXPECT_EQ(s.status, AKR_OK);
}

// x over b, in one array.
TEST(GramRoutes, AnswersMayOverwriteTheirRightSides) {
  const Frame frame(kRows, kCols, 23);
  const Array<double> sigma = log_spaced(kCols, 10);
  const Array<double> entries = with_spectrum(frame, sigma);
  const Matrix a = dense(entries);
  const Array<double> b = Random(24).normals(kCols, 2);
  Array<double> x = b;
  EXPECT_EQ(akr_gram_power_solve_f64(a.get(), nullptr, 2, 2, x.data(), kCols, x.data(), kCols, nullptr, nullptr),
            AKR_OK);
  EXPECT_LT(relative_error(x, exact(frame, sigma, false, 2, b)), agreement(10, 4));
}

TEST(GramRoutes, BadInputIsRefusedByName) {
  const Frame frame(kRows, kCols, 25);
  Array<double> entries = with_spectrum(frame, log_spaced(kCols, 10));
  const Matrix a = dense(entries);
  Array<double> b = Random(26).normals(kCols);
  Array<double> x(kCols, 1, 7.0);
  const auto even = [&](std::int64_t j, std::int64_t ldb, const Options &options = {}) {
    return akr_gram_power_solve_f64(a.get(), nullptr, j, 1, b.data(), ldb, x.data(), kCols, options.get(), nullptr);
  };
  EXPECT_EQ(even(-1, kCols), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_gram_power_solve_f64: j = -1: must be at least 0");
  EXPECT_EQ(even(1, kCols - 1), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_gram_power_solve_f64: ldb = 23: must be at least cols(A) = 24");
  EXPECT_EQ(even(1, kCols, Options({{"gram.method", "krylov"}})), AKR_E_UNSUPPORTED);
  EXPECT_STREQ(akr_last_error(),
               "akr_gram_power_solve_f64: gram.method = krylov: serves akr_gram_exp_solve only; powers have recursion "
               "and factor");
  EXPECT_EQ(
      akr_gram_exp_solve_f64(a.get(), nullptr, std::nan(""), 1, b.data(), kCols, x.data(), kCols, nullptr, nullptr),
      AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_gram_exp_solve_f64: t = nan: must be a finite number");
  EXPECT_EQ(akr_gram_exp_solve_f64(a.get(), nullptr, 1, 1, b.data(), kCols, x.data(), kCols,
                                   Options({{"gram.method", "recursion"}}).get(), nullptr),
            AKR_E_UNSUPPORTED);
  b[3] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(even(1, kCols), AKR_E_NOT_FINITE);
  EXPECT_NE(std::string(akr_last_error()).find("b(3, 0)"), std::string::npos) << akr_last_error();
  for (std::int64_t i = 0; i < kCols; ++i) EXPECT_EQ(x[i], 7.0) << "x was touched";
}

}  // namespace
