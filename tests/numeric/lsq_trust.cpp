// SPDX-License-Identifier: BSD-3-Clause
// Cases in which an answer once looked right and was not: preconditioners of nearly the same matrix, thin sketches,
// ridges beyond the norm of A, answers below the normal range.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t n = 400, d = 12;

Array<double> gaussian(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Random random(seed);
  Array<double> a(rows, cols);
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] = random.normal();
  return a;
}

Matrix dense(const Array<double> &a) {
  akr_matrix *out = nullptr;
  require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, a.rows(), a.cols(), a.data(), a.rows(), nullptr, &out));
  return Matrix(out);
}

Precond precond(const Matrix &a, double ridge, const Options &options) {
  akr_precond *out = nullptr;
  require(akr_precond_create(a.get(), ridge, options.get(), nullptr, &out));
  return Precond(out);
}

akr_status lsq(const Matrix &a, const akr_precond *m, double ridge, const Array<double> &b, Array<double> &x,
               const Options &options, const Report &report) {
  return akr_lsq_solve_f64(a.get(), m, ridge, b.cols(), b.data(), b.rows(), x.data(), x.rows(), options.get(),
                           report.get());
}

// The last column of A repeats the first, that of B nearly does (or is as small as `size` says): a probe that compared
// with a tolerance took one for the other, and the rank with it.
TEST(NearlyTheSameMatrix, ItsPreconditionerIsNotTrusted) {
  struct Case {
    double size, noise;
  };
  for (const Case c : {Case{1e-12, 1}, Case{1, 1e-11}, Case{1, 1e-14}}) {
    Array<double> singular = gaussian(n, d, 1);
    const Array<double> other = gaussian(n, 1, 2), b = gaussian(n, 1, 3);
    Array<double> regular = singular;
    for (std::int64_t i = 0; i < n; ++i) {
      singular(i, d - 1) = c.size * singular(i, 0);
      regular(i, d - 1) = c.size * (c.noise == 1 ? other[i] : singular(i, 0) + c.noise * other[i]);
    }
    const Matrix a = dense(singular), nearly = dense(regular);
    const Options options;
    const Precond m = precond(nearly, 0, options);
    Array<double> with(d), without(d);
    Report report;
    EXPECT_EQ(lsq(a, nullptr, 0, b, without, options, report), AKR_RANK_DEFICIENT);
    EXPECT_EQ(lsq(a, m.get(), 0, b, with, options, report), AKR_RANK_DEFICIENT) << c.size << ' ' << c.noise;
    EXPECT_EQ(report.integer("rank"), d - 1);
    EXPECT_EQ(with, without);
  }
}

TEST(RankTolerance, IsThatOfTheSolveNotOfThePreconditioner) {
  Array<double> a = gaussian(n, d, 4);
  const Array<double> other = gaussian(n, 1, 5), b = gaussian(n, 1, 6);
  for (std::int64_t i = 0; i < n; ++i) a(i, d - 1) = a(i, 0) + 1e-3 * other[i];
  const Matrix matrix = dense(a);
  const Options plain, loose({{"rank.tol", "1e-2"}});
  const Precond tight_m = precond(matrix, 0, plain), loose_m = precond(matrix, 0, loose);
  Array<double> x(d);
  Report report;
  EXPECT_EQ(lsq(matrix, loose_m.get(), 0, b, x, plain, report), AKR_OK);
  EXPECT_EQ(lsq(matrix, tight_m.get(), 0, b, x, loose, report), AKR_RANK_DEFICIENT);
}

// A = [I; 0] is perfectly conditioned; a sketch of one nonzero a column maps several of its rows to one.
TEST(ThinSketch, DoesNotMakeARankDeficiency) {
  Array<double> a(n, 50);
  for (std::int64_t j = 0; j < 50; ++j) a(j, j) = 1;
  const Array<double> b = gaussian(n, 1, 7);
  const Matrix matrix = dense(a);
  for (const char *factor : {"1", "2", "8"}) {
    for (const char *nonzeros : {"1", "2"}) {
      const Options options({{"method", "sketch"},
                             {"sketch.kind", "sparse-sign"},
                             {"sketch.factor", factor},
                             {"sketch.nonzeros", nonzeros}});
      Array<double> x(50);
      Report report;
      EXPECT_EQ(lsq(matrix, nullptr, 0, b, x, options, report), AKR_OK) << factor << ' ' << nonzeros;
      EXPECT_EQ(report.integer("rank"), 50);
    }
  }
}

// Equal columns of equal numbers: rounding errors of one sign add up to more than the tolerance, and QR saw rank 2 in a
// matrix of rank 1. A rank of one less than the truth would be as wrong: the last column differs by 10⁻¹³.
TEST(EqualColumns, AreOneWhateverRoundingMakesOfThem) {
  for (const std::int64_t rows : {64, 300, 630, 1000, 2500}) {
    for (const double entry : {3.0, 1.0 / 3, -0.7}) {
      Array<double> equal(rows, 3, entry);
      Array<double> nearly = equal;
      for (std::int64_t i = 0; i < rows; ++i) {
        equal(i, 2) = nearly(i, 2) = i % 2 == 0 ? 1 : -1;
        nearly(i, 1) *= i % 3 == 0 ? 1 + 1e-13 : 1;
      }
      const Array<double> b = gaussian(rows, 1, 11);
      for (const char *method : {"auto", "qr", "sketch", "sketch-cholqr", "cholesky"}) {
        for (const char *kind : {"srht", "gaussian"}) {
          const Options options({{"method", method}, {"sketch.kind", kind}});
          Array<double> x(3);
          Report report;
          EXPECT_EQ(lsq(dense(equal), nullptr, 0, b, x, options, report), AKR_RANK_DEFICIENT)
              << rows << ' ' << entry << ' ' << method << ' ' << kind;
          EXPECT_EQ(report.integer("rank"), 2);
          EXPECT_EQ(lsq(dense(nearly), nullptr, 0, b, x, options, report), AKR_OK)
              << rows << ' ' << entry << ' ' << method << ' ' << kind;
        }
      }
    }
  }
}

// 300000 rows of three kinds: the rounding errors of Aᵀr all have one sign, and summed row by row they were 17 u where
// the certificate saw 0.7 u.
TEST(EqualRows, DoNotDeceiveTheCertificate) {
  constexpr std::int64_t rows = 300000;
  Array<double> by_rows(3, rows), a(rows, 3), b(rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    a(i, 0) = 3;
    a(i, 1) = i % 2 == 0 ? 0.31 : 0.3;
    a(i, 2) = 1.0 / 3 + static_cast<double>(i % 3) * 0.1;
    b[i] = 9.7 + static_cast<double>(i % 5) * 0.1;
    for (std::int64_t j = 0; j < 3; ++j) by_rows(j, i) = a(i, j);
  }
  const double size = static_cast<double>(norm(a)), ridge = 0.1 * size * size;
  const Array<Real> stack = stacked(a, ridge), rhs = padded(b.as<Real>(), 3);
  const Reference reference(stack);
  const std::vector<std::int64_t> start = [] {
    std::vector<std::int64_t> p;
    for (std::int64_t i = 0; i <= rows; ++i) p.push_back(3 * i);
    return p;
  }();
  std::vector<std::int64_t> index;
  for (std::int64_t i = 0; i < 3 * rows; ++i) index.push_back(i % 3);
  for (const char *method : {"qr", "sketch"}) {
    for (int form = 0; form < 3; ++form) {
      akr_matrix *p = nullptr;
      if (form < 2) {
        require(akr_matrix_create_dense_f64(form == 0 ? AKR_COL_MAJOR : AKR_ROW_MAJOR, rows, 3,
                                            form == 0 ? a.data() : by_rows.data(), form == 0 ? rows : 3, nullptr, &p));
      } else {
        require(akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, rows, 3, 64, 0, start.data(), index.data(), by_rows.data(),
                                             nullptr, &p));
      }
      const Matrix matrix(p);
      Array<double> x(3);
      Report report;
      EXPECT_EQ(lsq(matrix, nullptr, ridge, b, x, Options({{"method", method}}), report), AKR_OK)
          << method << ' ' << form;
      EXPECT_LE(reference.backward_error(stack, rhs, x), ok_backward_error<double>) << method << ' ' << form;
    }
  }
}

// The first rows of A are well conditioned, and one that comes later makes κ = 10⁶: AᵀA in single precision, chosen for
// what was seen first, is noise in the small direction, and so was the certificate's R.
TEST(OneHugeRow, MakesSinglePrecisionUnfit) {
  for (const std::int64_t row : {3, 60, 120}) {
    Array<float> a = gaussian(131, 2, 12).as<float>();
    for (std::int64_t j = 0; j < 2; ++j) a(row, j) *= 1e8F;
    const Array<float> b = gaussian(131, 1, 13).as<float>();
    const double ridge = 1e4;
    const Solution<float> s = solve(a, b, Options({{"method", "cholesky"}}), {ridge, nullptr, nullptr});
    ASSERT_EQ(s.status, AKR_OK) << row;
    const Array<Real> stack = stacked(a, ridge), rhs = padded(b.as<Real>(), 2);
    EXPECT_LE(Reference(stack).backward_error(stack, rhs, s.x), ok_backward_error<float>) << row;
  }
}

// For ridge ≫ ‖A‖² the answer is Aᵀb/ridge to first order in ‖A‖²/ridge, far below roundoff here; n u bounds the error
// of forming Aᵀb. Relative to the norm of the stacked matrix x = 0 would be as good.
TEST(HugeRidge, GivesTheAnswerNotZero) {
  const Array<double> tall = gaussian(n, d, 8), wide = tall.transposed();
  for (const auto *a : {&tall, &wide}) {
    const Array<double> b = gaussian(a->rows(), 1, 9);
    const Matrix matrix = dense(*a);
    for (const double ridge : {1e30, 1e32, 1e34, 1e60, 1e200, 1e290}) {
      for (const char *method : {"auto", "sketch", "sketch-cholqr", "qr"}) {
        Array<double> x(a->cols());
        Report report;
        EXPECT_EQ(lsq(matrix, nullptr, ridge, b, x, Options({{"method", method}}), report), AKR_OK) << ridge;
        for (std::int64_t j = 0; j < a->cols(); ++j) {
          Real expected = 0, size = 0;
          for (std::int64_t i = 0; i < a->rows(); ++i) {
            expected += numeric::wide((*a)(i, j)) * numeric::wide(b[i]);
            size += std::abs(numeric::wide((*a)(i, j)) * numeric::wide(b[i]));
          }
          EXPECT_LE(std::abs(numeric::wide(x[j]) * numeric::wide(ridge) - expected), 4 * n * 0x1p-53L * size)
              << method << ' ' << ridge << ' ' << j;
        }
      }
    }
  }
}

TEST(BelowTheNormalRange, IsAnError) {
  Array<double> a = gaussian(n, d, 10), b = gaussian(n, 1, 11);
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] *= 1e280;
  for (std::int64_t i = 0; i < n; ++i) b[i] *= 1e-41;
  Array<double> x(d, 1, 7.0);
  const Array<double> before = x;
  Report report;
  EXPECT_EQ(lsq(dense(a), nullptr, 0, b, x, Options(), report), AKR_E_NUMERIC);
  EXPECT_EQ(x, before);
}

// A truncated preconditioner keeps the R of its sketch; adapted to a ridge it must not pass for an orthonormal one.
TEST(LeverageScores, OfATruncatedPreconditionerWithARidge) {
  Array<double> a = gaussian(n, d, 12);
  for (std::int64_t i = 0; i < n; ++i) a(i, d - 1) = a(i, 0);
  const Matrix matrix = dense(a);
  const Precond m = precond(matrix, 0, Options({{"method", "sketch-cholqr"}}));
  std::vector<double> with(n), without(n);
  require(akr_leverage_scores_f64(matrix.get(), nullptr, 0.1, without.data(), nullptr, nullptr));
  require(akr_leverage_scores_f64(matrix.get(), m.get(), 0.1, with.data(), nullptr, nullptr));
  // Each is good to 4 d u κ of its own size (see leverage.cpp); κ of the stacked matrix is below 1e3 here.
  for (std::size_t i = 0; i < with.size(); ++i) EXPECT_NEAR(with[i] / without[i], 1, 8 * d * 0x1p-53 * 1e3);
}

}  // namespace
