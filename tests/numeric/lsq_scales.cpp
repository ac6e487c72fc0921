// SPDX-License-Identifier: BSD-3-Clause
// Numbers at the ends of the exponent range, where squares and products leave it: a start far off, a preconditioner
// that is another's, columns of zeros, a ridge that drowns A, answers that no precision holds.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr const char *methods[] = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};

Array<double> times(Array<double> a, double factor) {
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] *= factor;
  return a;
}

akr_status warm_solve(const Matrix &a, const Array<double> &b, Array<double> &x, Options &options,
                      akr_report *report = nullptr) {
  options.set("warm_start", "1");
  return akr_lsq_solve_f64(a.get(), nullptr, 0, b.cols(), b.data(), b.rows(), x.data(), x.rows(), options.get(),
                           report);
}

// ‖b − A x‖² overflows, or Aᵀ(b − A x) underflows, at the start: neither may certify it. Such a start is dropped.
TEST(WarmStart, FarFromTheAnswerCostsTimeOnly) {
  struct Case {
    double a, b, start;
  };
  const Array<double> even = Random(1).normals(100, 3), right = Random(2).normals(100);
  for (const Case c : {Case{1, 1e-160, 1}, Case{1, 1, 1e160}, Case{1, 1, 1e200}, Case{1, 1e-300, 1}, Case{1e-194, 0, 2},
                       Case{1e-160, 0, 2}, Case{1, 0, 1}, Case{1, 0, 1e-170}, Case{1e150, 1, 1}, Case{1e200, 1e-100, 1},
                       Case{1, 1e-10, 1}, Case{1, 1e-15, 1}, Case{1e300, 1e300, 1e300}, Case{1e-250, 1e-200, 1e60}}) {
    const Array<double> a = times(even, c.a), b = times(right, c.b);
    const Reference reference(a);
    const Callback<double> products(a, false);
    const Sparse<double> sparse(a, AKR_ROW_MAJOR, 64, 0);
    const Matrix columns = dense(a);
    for (const char *method : methods) {
      for (const Matrix *matrix : {&columns, &sparse.matrix, &products.matrix}) {
        if (std::string(method) == "qr" && matrix == &products.matrix) continue;
        SCOPED_TRACE(std::string(method) + " A " + std::to_string(std::log10(c.a)) + " b " +
                     std::to_string(std::log10(c.b)) + " start " + std::to_string(std::log10(c.start)));
        Array<double> x(3, 1, c.start);
        Options options({{"method", method}});
        EXPECT_EQ(warm_solve(*matrix, b, x, options), AKR_OK) << akr_last_error();
        EXPECT_LE(reference.backward_error(a, b, x), ok_backward_error<double>);
        if (c.b == 0) {
          EXPECT_EQ(norm(x), 0);
        }
      }
    }
  }
}

// The answer to b = 0 is 0 whatever the start, and spoils nothing for the columns beside it.
TEST(WarmStart, AColumnOfZerosBesideOthers) {
  const Array<double> a = Random(3).normals(100, 3);
  Array<double> b = Random(4).normals(100, 3);
  std::fill_n(b.col(1), 100, 0.0);
  for (const char *method : methods) {
    Array<double> x(3, 3, 1.0);
    Options options({{"method", method}});
    const Report report;
    EXPECT_EQ(warm_solve(dense(a), b, x, options, report.get()), AKR_OK) << method;
    EXPECT_EQ(norm(x.column(1)), 0) << method;
    EXPECT_EQ(report.integers("column_status"), std::vector<std::int64_t>(3, AKR_OK)) << method;
  }
}

// AᵀA w of entries of 10^-165 is zero in a double, whatever A is.
TEST(ForeignPreconditioner, OfTinyAndHugeMatrices) {
  const std::int64_t n = 400, d = 6;
  const Array<double> even = Random(5).normals(n, d), b = Random(6).normals(n);
  for (const double scale : {1e-165, 1e-200, 1e160, 1e200}) {
    const Array<double> regular = times(even, scale);
    Array<double> singular = regular;
    std::copy_n(singular.col(0), n, singular.col(d - 1));
    const Matrix a = dense(singular), own = dense(regular);
    for (const char *method : {"sketch", "sketch-cholqr", "qr"}) {
      SCOPED_TRACE(std::string(method) + ' ' + std::to_string(std::log10(scale)));
      const Options options({{"method", method}});
      const Precond m = make_precond(own, 0, options);
      const Report report;
      EXPECT_EQ(solve(a, b, options, {0, m.get(), report.get()}).status, AKR_RANK_DEFICIENT);
      EXPECT_EQ(report.integer("rank"), d - 1);
      Array<double> scores(n);
      EXPECT_EQ(akr_leverage_scores_f64(a.get(), m.get(), 0, scores.data(), options.get(), nullptr),
                AKR_RANK_DEFICIENT);
      double sum = 0;
      for (std::int64_t i = 0; i < n; ++i) sum += scores[i];
      EXPECT_NEAR(sum, static_cast<double>(d - 1), 1e-10);
      // Its own serves, and saves the pass or more that making one takes.
      EXPECT_EQ(solve(own, b, options, {0, m.get(), report.get()}).status, AKR_OK);
      const std::int64_t with = report.integer("passes");
      EXPECT_EQ(solve(own, b, options, {0, nullptr, report.get()}).status, AKR_OK);
      EXPECT_LE(with, report.integer("passes") + 1);
    }
  }
}

// The zero matrix's preconditioner has a probe of zeros, as many matrices have.
TEST(ForeignPreconditioner, OfTheZeroMatrix) {
  const Array<double> a = times(Random(7).normals(50, 3), 1e-170), zero(50, 3), b = Random(8).normals(50);
  const Precond m = make_precond(dense(zero));
  EXPECT_EQ(solve(a, b, {}, {0, m.get(), nullptr}).status, AKR_OK);
}

// Scaling A by a power of two divides x by it exactly, zero columns and repeated ones included.
TEST(ZeroColumns, MinimumNormAtAnyScale) {
  const std::int64_t n = 114, d = 9;
  for (const bool repeated : {false, true}) {
    Array<double> even = Random(9).normals(n, d);
    const Array<double> b = Random(10).normals(n);
    for (const std::int64_t j : {1, 4, 7}) std::fill_n(even.col(j), n, 0.0);
    if (repeated) std::copy_n(even.col(0), n, even.col(8));
    const std::int64_t rank = repeated ? 5 : 6;
    const Array<Real> right = Reference(even).solve(b, rank);
    for (const char *method : methods) {
      for (const int exponent : {0, 33, -33, 110, -110, 130, -130, 800, -800}) {
        SCOPED_TRACE(std::string(method) + " 2^" + std::to_string(exponent) + (repeated ? ", repeated" : ""));
        const Array<double> a = times(even, std::ldexp(1.0, exponent));
        for (const bool sparse : {false, true}) {
          const Sparse<double> csc(a, AKR_COL_MAJOR, 32, 0);
          const Matrix columns = dense(a);
          Solution<double> s = solve(sparse ? csc.matrix : columns, b, Options({{"method", method}}));
          EXPECT_EQ(s.status, AKR_RANK_DEFICIENT);
          for (std::int64_t j = 0; j < d; ++j) s.x[j] = std::ldexp(s.x[j], exponent);
          EXPECT_LE(distance(right, s.x), 1e-12L * norm(right));  // well-conditioned but for the zeros
        }
        if (std::abs(exponent) > 300) continue;
        Array<double> x(d);
        EXPECT_EQ(akr_gram_power_lsq_f64(dense(a).get(), nullptr, 1, 1, b.data(), n, x.data(), d, nullptr, nullptr),
                  AKR_RANK_DEFICIENT);
        for (std::int64_t j = 0; j < d; ++j) x[j] = std::ldexp(x[j], 3 * exponent);
        static Array<double> first;
        if (exponent == 0) first = x;
        EXPECT_LE(distance(first.as<Real>(), x), 1e-12L * norm(first));
      }
    }
  }
}

// The same for rows of zeros of a wide A.
TEST(ZeroColumns, RowsOfAWideMatrix) {
  Array<double> even = Random(11).normals(6, 20);
  const Array<double> b = Random(12).normals(6);
  for (std::int64_t j = 0; j < 20; ++j) even(2, j) = even(4, j) = 0;
  const Array<Real> right = Reference(even).solve(b, 4);
  for (const int exponent : {0, 130, -130, 800, -800}) {
    Solution<double> s = solve(times(even, std::ldexp(1.0, exponent)), b);
    EXPECT_EQ(s.status, AKR_RANK_DEFICIENT) << exponent;
    for (std::int64_t j = 0; j < 20; ++j) s.x[j] = std::ldexp(s.x[j], exponent);
    EXPECT_LE(distance(right, s.x), 1e-12L * norm(right)) << exponent;
  }
}

TEST(Range, AnAnswerThatUnderflowsIsAnErrorOfWideMatricesToo) {
  const double a[] = {1e206, 2e206, -1e206, 3e206, 1e206, 2e206}, b[] = {1e-145, 2e-145};
  for (const bool flat : {true, false}) {
    const std::int64_t n = flat ? 2 : 3, d = flat ? 3 : 2;
    const double c[] = {1e-145, 2e-145, 3e-145};
    double x[] = {7, 7, 7};
    akr_matrix *p = nullptr;
    require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, n, d, a, n, nullptr, &p));
    const Matrix matrix(p);
    EXPECT_EQ(akr_lsq_solve_f64(p, nullptr, 0, 1, flat ? b : c, n, x, d, nullptr, nullptr), AKR_E_NUMERIC);
    for (const double v : x) EXPECT_EQ(v, 7);
  }
}

// x = Aᵀb/μ where μ is far above ‖A‖²: the exact answer is known to all digits.
TEST(Range, ARidgeThatDrownsA) {
  struct Case {
    double a, ridge, b;
  };
  for (const Case c : {Case{1e-300, 1e150, 1e300}, Case{1e-20, 1e300, 1e100}, Case{1e-60, 1e250, 1e200},
                       Case{1e-150, 1e150, 1e100}, Case{1e-170, 1e-100, 1}, Case{1, 1e80, 1}, Case{1, 1e300, 1}}) {
    for (const bool flat : {false, true}) {
      const Array<double> a = times(flat ? Random(13).normals(20, 60) : Random(13).normals(60, 20), c.a);
      const Array<double> b = times(Random(14).normals(a.rows()), c.b);
      Array<Real> right(a.cols());
      for (std::int64_t j = 0; j < a.cols(); ++j) {
        for (std::int64_t i = 0; i < a.rows(); ++i) right[j] += static_cast<Real>(a(i, j)) * static_cast<Real>(b[i]);
        right[j] /= static_cast<Real>(c.ridge);
      }
      for (const char *method : methods) {
        SCOPED_TRACE(std::string(method) + " A " + std::to_string(std::log10(c.a)) + " ridge " +
                     std::to_string(std::log10(c.ridge)) + (flat ? " wide" : " tall"));
        const Report report;
        const Solution<double> s = solve(a, b, Options({{"method", method}}), {c.ridge, nullptr, report.get()});
        EXPECT_EQ(s.status, AKR_OK) << s.message;
        // A sum of n terms, and two roundings.
        const Real bound = static_cast<Real>(a.rows() + 2) * unit_roundoff<double>;
        EXPECT_LE(distance(right, s.x), bound * norm(a) * norm(b) / static_cast<Real>(c.ridge));
        EXPECT_LE(report.real("backward_error"), 0x1p-52);
        if (s.status == AKR_OK) {
          EXPECT_NEAR(report.real("residual_norm") / static_cast<double>(norm(b)), 1, 1e-14);
        }
      }
    }
  }
}

TEST(Range, WhatLeavesItIsAnErrorOfTheOtherFunctions) {
  for (const double scale : {1e-300, 1e300}) {
    const Array<double> a = times(Random(15).normals(60, 4), scale);
    const Precond m = make_precond(dense(a));
    const Array<double> x = Random(16).normals(4);
    Array<double> y(4, 1, 7.0);
    EXPECT_EQ(akr_precond_apply_f64(m.get(), AKR_PRECOND_FULL, 0, 1, x.data(), 4, y.data(), 4, nullptr, nullptr),
              AKR_E_NUMERIC);
    EXPECT_EQ(y, Array<double>(4, 1, 7.0));
    EXPECT_EQ(akr_precond_apply_f64(m.get(), AKR_PRECOND_RIGHT, 0, 1, x.data(), 4, y.data(), 4, nullptr, nullptr),
              AKR_OK);
    Array<double> r(4, 4, 7.0);
    EXPECT_EQ(akr_precond_get_r_f64(m.get(), r.data(), 4), AKR_OK);
  }
  Array<float> a = Random(17).normals(60, 3).as<float>();
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] = std::copysign(3e38F, a[i]);
  const Matrix matrix = dense(a);
  const Precond m = make_precond(matrix);
  Array<float> r(3, 3, 7.0F);
  EXPECT_EQ(akr_precond_get_r_f32(m.get(), r.data(), 3), AKR_E_NUMERIC);
  EXPECT_EQ(r, Array<float>(3, 3, 7.0F));
  for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
    akr_sketch *p = nullptr;
    require(akr_sketch_create(12, 60, Options({{"sketch.kind", kind}}).get(), nullptr, &p));
    const std::unique_ptr<akr_sketch, void (*)(akr_sketch *)> sketch(p, akr_sketch_destroy);
    Array<float> sa(12, 3, 7.0F);
    EXPECT_EQ(akr_sketch_apply_f32(p, matrix.get(), sa.data(), 12, nullptr, nullptr), AKR_E_NUMERIC) << kind;
    EXPECT_EQ(akr_sketch_apply_dense_f32(p, 0, 3, a.data(), 60, sa.data(), 12, nullptr, nullptr), AKR_E_NUMERIC);
    EXPECT_EQ(sa, Array<float>(12, 3, 7.0F));
    Array<float> odd = a;
    odd[5] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(akr_sketch_apply_dense_f32(p, 0, 3, odd.data(), 60, sa.data(), 12, nullptr, nullptr), AKR_OK);
    EXPECT_FALSE(std::isfinite(norm(sa)));
  }
}

}  // namespace
