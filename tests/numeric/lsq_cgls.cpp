// SPDX-License-Identifier: BSD-3-Clause
// method = cgls, and auto where it begins so: the answer is as good as any other method's, the rank is proved or not
// spoken of, and a matrix that is not made for it costs a few steps.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

template <class T>
void expect_good(const Array<T> &a, const Array<T> &b, const Reference &reference, const Solution<T> &solution,
                 const Report &report) {
  ASSERT_EQ(solution.status, AKR_OK) << solution.message;
  EXPECT_EQ(report.text("stopped_by"), "converged");
  EXPECT_EQ(report.integer("rank"), a.cols());
  EXPECT_LE(reference.backward_error(a, b, solution.x), ok_backward_error<T>);
  const Real kappa = reference.sigma(0) / reference.sigma(a.cols() - 1);
  EXPECT_LE(report.real("cond_estimate"), 1.2L * kappa);  // columns scaled by powers of two
  EXPECT_GE(report.real("cond_estimate"), kappa / 3);
}

// The reported backward error is an upper bound, but for the floor of its evaluation.
TEST(Cgls, IsAsGoodAsAnyOtherInEveryStorage) {
  for (const double kappa : {1.0, 6.0, 1e3}) {
    for (const double noise : {0.0, 1e-8, 1.0}) {
      if (kappa > 100 && noise == 1e-8) continue;  // see TheCertificateHasNoFactor
      const Problem<double> p = make_problem(700, 80, kappa, noise, 301);
      const Reference reference(p.a);
      for (std::int64_t storage = 0; storage < storage_count; ++storage) {
        SCOPED_TRACE(std::string(storage_names[storage]) + ", kappa " + std::to_string(kappa) + ", noise " +
                     std::to_string(noise));
        const Lent<double> lent(p.a, storage, 1);
        Report report;
        const Solution<double> solution =
            solve(lent.matrix(), p.b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
        expect_good(p.a, p.b, reference, solution, report);
        EXPECT_EQ(report.text("method"), "cgls");
        const Real error = reference.backward_error(p.a, p.b, solution.x);
        EXPECT_GE(report.real("backward_error"), 0.8L * error - 0.2L * 0x1p-53L);  // ‖A‖_F of an operator: 80 columns
      }
    }
  }
}

// Beyond κ = √d the bound of the backward error has a factor κ to spare where the residual is small: the answer is
// good, but the method cannot prove it, and says so; auto knows beforehand.
TEST(Cgls, TheCertificateHasNoFactor) {
  const Problem<double> p = make_problem(700, 80, 1e3, 1e-8, 301);
  const Reference reference(p.a);
  const Sparse<double> a(p.a, AKR_ROW_MAJOR, 32, 0);
  Report report;
  const Solution<double> asked = solve(a.matrix, p.b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
  EXPECT_EQ(asked.status, AKR_NOT_CONVERGED);
  EXPECT_EQ(report.text("stopped_by"), "stagnation");
  EXPECT_LE(reference.backward_error(p.a, p.b, asked.x), 4 * 0x1p-53L);
  EXPECT_GE(report.real("backward_error"), 4 * 0x1p-53);
  EXPECT_EQ(solve(a.matrix, p.b, {}, {0, nullptr, report.get()}).status, AKR_OK);
  EXPECT_NE(report.text("method"), "cgls");
}

TEST(Cgls, SinglePrecision) {
  const Problem<double> wide = make_problem(700, 80, 20, 1, 302);
  const Array<float> a = wide.a.as<float>(), b = wide.b.as<float>();
  const Reference reference(a);
  for (std::int64_t storage = 0; storage < storage_count; ++storage) {
    SCOPED_TRACE(storage_names[storage]);
    const Lent<float> lent(a, storage, 0);
    Report report;
    const Solution<float> solution = solve(lent.matrix(), b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
    expect_good(a, b, reference, solution, report);
  }
}

// Graded columns, a ridge, several right-hand sides of which one is zero, a start.
TEST(Cgls, GradedColumnsRidgeAndSeveralSides) {
  Problem<double> p = make_problem(600, 70, 5, 0.1, 303);
  for (std::int64_t j = 0; j < 70; ++j)
    for (std::int64_t i = 0; i < 600; ++i) p.a(i, j) *= std::pow(10.0, static_cast<double>(j % 13) - 6);
  const Array<double> noise = Random(304).normals(600, 3);
  Array<double> b(600, 3);
  for (std::int64_t i = 0; i < 600; ++i) {
    b(i, 0) = p.b[i];
    b(i, 2) = noise(i, 2);
  }
  const Sparse<double> a(p.a, AKR_ROW_MAJOR, 32, 0);
  Report report;
  const Solution<double> solution = solve(a.matrix, b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
  ASSERT_EQ(solution.status, AKR_OK);
  const Solution<double> by_qr = solve(p.a, b, Options({{"method", "qr"}}));
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t j = 0; j < 70; ++j) {
      EXPECT_NEAR(solution.x(j, c), by_qr.x(j, c),
                  1e-10 * std::fabs(by_qr.x(j, c)) + 1e-12 * std::pow(10.0, 6 - j % 13))
          << c << ' ' << j;
    }
  }
  for (std::int64_t j = 0; j < 70; ++j) EXPECT_EQ(solution.x(j, 1), 0) << "b = 0 has the answer 0";

  const std::int64_t steps = report.integer("iterations");
  Array<double> x = solution.x;
  akr_status status = lsq_solve(a.matrix.get(), nullptr, 0, 3, b.data(), 600, x.data(), 70,
                                Options({{"method", "cgls"}, {"warm_start", "1"}}).get(), report.get());
  EXPECT_EQ(status, AKR_OK);
  EXPECT_LE(report.integer("iterations"), steps);

  for (const double ridge : {1e-6, 1.0, 1e6, 1e30}) {
    SCOPED_TRACE(ridge);
    const Solution<double> ridged = solve(a.matrix, b, Options({{"method", "cgls"}}), {ridge, nullptr, report.get()});
    EXPECT_EQ(ridged.status, AKR_OK);
    const Solution<double> other = solve(p.a, b, Options({{"method", "qr"}}), {ridge, nullptr, nullptr});
    for (std::int64_t j = 0; j < 70; ++j)
      EXPECT_NEAR(ridged.x(j, 2), other.x(j, 2), 1e-9 * std::fabs(other.x(j, 2)) + 1e-11 * std::fabs(other.x(0, 2)));
  }
}

// What b does not show: a column that is there twice. b is in the range of A, whose gradients never leave the row
// space.
TEST(Cgls, ASingularMatrixThatRightSidesDoNotShow) {
  Problem<double> p = make_problem(3000, 100, 1, 0.5, 305);
  for (std::int64_t i = 0; i < 3000; ++i) p.a(i, 99) = p.a(i, 0);
  for (const std::int64_t storage : {std::int64_t{2}, std::int64_t{4}}) {
    SCOPED_TRACE(storage_names[storage]);
    const Lent<double> lent(p.a, storage, 0);
    for (int seed = 0; seed < 5; ++seed) {
      Report report;
      const std::string number = std::to_string(seed);
      const Solution<double> chosen =
          solve(lent.matrix(), p.b, Options({{"seed", number}}), {0, nullptr, report.get()});
      EXPECT_EQ(chosen.status, AKR_RANK_DEFICIENT);
      EXPECT_EQ(report.integer("rank"), 99);
      EXPECT_NE(report.text("method"), "cgls");
      const Solution<double> asked =
          solve(lent.matrix(), p.b, Options({{"method", "cgls"}, {"seed", number}}), {0, nullptr, report.get()});
      EXPECT_EQ(asked.status, AKR_NOT_CONVERGED);
      EXPECT_EQ(report.text("stopped_by"), "stagnation");
      EXPECT_FALSE(report.has("rank"));
      // A minimiser all the same, and no worse than that of the others.
      const double size = static_cast<double>(norm(residual(p.a, p.b, chosen.x)));
      EXPECT_NEAR(static_cast<double>(norm(residual(p.a, p.b, asked.x))), size, 1e-12 * size);
    }
  }
}

// The shortest solution, though conjugate gradients in scaled variables, or the start, have reached another.
TEST(Cgls, AfterwardsTheAnswerIsTheShortest) {
  Problem<double> p = make_problem(3000, 100, 1, 0.5, 317);
  for (std::int64_t i = 0; i < 3000; ++i) p.a(i, 99) = 4 * p.a(i, 0);
  const Array<Real> shortest = Reference(p.a).solve(p.b, 99);
  for (const std::int64_t storage : {std::int64_t{2}, std::int64_t{4}}) {
    for (const char *warm : {"0", "1"}) {
      SCOPED_TRACE(std::string(storage_names[storage]) + ", warm start " + warm);
      const Lent<double> lent(p.a, storage, 0);
      Array<double> x(100);
      x[0] = 4;
      x[99] = -1;  // of the null space
      const akr_status status = lsq_solve(lent.matrix().get(), nullptr, 0, 1, p.b.data(), 3000, x.data(), 100,
                                          Options({{"warm_start", warm}}).get(), nullptr);
      EXPECT_EQ(status, AKR_RANK_DEFICIENT);
      EXPECT_LE(distance(shortest, x.as<Real>()), 1e-12L * norm(shortest));
    }
  }
}

// A preconditioner of the caller's takes the place of all that.
TEST(Cgls, APreconditionerIsUsedInstead) {
  const Problem<double> p = make_problem(3000, 100, 30, 1, 318);
  for (const std::int64_t storage : {std::int64_t{2}, std::int64_t{4}}) {
    const Lent<double> lent(p.a, storage, 0);
    for (const char *method : {"sketch", "cholesky"}) {
      SCOPED_TRACE(std::string(storage_names[storage]) + ", " + method);
      const Precond m = make_precond(lent.matrix(), 0, Options({{"method", method}}));
      Report report;
      EXPECT_EQ(solve(lent.matrix(), p.b, {}, {0, m.get(), report.get()}).status, AKR_OK);
      EXPECT_EQ(report.text("method"), method);
    }
  }
}

// What is not known stays unset; what follows from the ridge alone is known.
TEST(Cgls, ReportsWhatItKnows) {
  const Problem<double> p = make_problem(700, 80, 1e3, 1, 319);
  const Sparse<double> a(p.a, AKR_ROW_MAJOR, 32, 0);
  Report report;
  EXPECT_EQ(solve(a.matrix, p.b, Options({{"method", "cgls"}, {"max_iter", "5"}}), {0, nullptr, report.get()}).status,
            AKR_NOT_CONVERGED);
  EXPECT_FALSE(report.has("cond_estimate"));
  EXPECT_FALSE(report.has("rank"));
  EXPECT_EQ(report.reals("history").size(), 5u);
  // b = 0 is solved at once; the rank is not known after three steps.
  const Array<double> zero(700);
  EXPECT_EQ(solve(a.matrix, zero, Options({{"method", "cgls"}, {"max_iter", "3"}}), {0, nullptr, report.get()}).status,
            AKR_NOT_CONVERGED);
  EXPECT_EQ(report.text("stopped_by"), "max_iter");
  EXPECT_EQ(report.integer("iterations"), 3);
  EXPECT_EQ(solve(a.matrix, zero, Options({{"method", "cgls"}}), {0, nullptr, report.get()}).status, AKR_OK);
  for (const char *method : {"auto", "cgls"}) {
    const Solution<double> drowned = solve(a.matrix, p.b, Options({{"method", method}}), {1e80, nullptr, report.get()});
    EXPECT_EQ(drowned.status, AKR_OK);
    EXPECT_EQ(report.integer("rank"), 80);
    EXPECT_EQ(report.real("cond_estimate"), 1);
  }
}

// A dependent column whose entries are rounded, and b in the range: nothing but roundoff is left to iterate on, and
// that grows in the null space when it is not left alone.
TEST(Cgls, ASingularMatrixAndAConsistentRightSide) {
  for (int seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(400 + static_cast<std::uint64_t>(seed));
    Array<double> a = random.normals(90, 30);
    for (std::int64_t i = 0; i < 90; ++i) a(i, 29) = 0.3 * a(i, 0) + 0.7 * a(i, 1) - 0.4 * a(i, 2);
    Array<double> minus = random.normals(30);
    const Real size = norm(minus);
    const Array<double> b = residual(a, Array<double>(90), minus).as<double>();  // 0 − A(−x)
    Report report;
    const Solution<double> solution = solve(a, b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_NOT_CONVERGED);
    EXPECT_LE(norm(residual(a, b, solution.x)), 1e-11L * norm(b));
    EXPECT_LE(norm(solution.x), 100 * size);
    EXPECT_LE(report.integer("iterations"), 300);
    // Beside others, which take more steps.
    Array<double> sides(90, 3);
    const Array<double> other = random.normals(90, 2);
    for (std::int64_t i = 0; i < 90; ++i) {
      sides(i, 0) = b[i];
      sides(i, 1) = other(i, 0);
      sides(i, 2) = other(i, 1);
    }
    const Solution<double> three = solve(a, sides, Options({{"method", "cgls"}}));
    const Solution<double> third = solve(a, other.column(1), Options({{"method", "qr"}}));
    EXPECT_LE(norm(residual(a, b, three.x.column(0))), 1e-11L * norm(b));
    EXPECT_NEAR(static_cast<double>(norm(residual(a, other.column(1), three.x.column(2)))),
                static_cast<double>(norm(residual(a, other.column(1), third.x))), 1e-10);
  }
}

// Well-conditioned but for one direction, which b does not show either: κ is not told wrongly, nor is the rank.
TEST(Cgls, ANearlySingularMatrixThatRightSidesDoNotShow) {
  Problem<double> p = make_problem(3000, 100, 1, 0.5, 306);
  const Array<double> away = Random(307).normals(3000);
  for (std::int64_t i = 0; i < 3000; ++i) p.a(i, 99) = p.a(i, 0) + 1e-7 * away[i] / std::sqrt(3000.0);
  const Reference reference(p.a);
  const Sparse<double> a(p.a, AKR_ROW_MAJOR, 32, 0);
  Report report;
  const Solution<double> solution = solve(a.matrix, p.b, {}, {0, nullptr, report.get()});
  ASSERT_EQ(solution.status, AKR_OK);
  EXPECT_EQ(report.integer("rank"), 100);
  EXPECT_NE(report.text("method"), "cgls");
  EXPECT_GE(report.real("cond_estimate"), 1e6);
  EXPECT_LE(reference.backward_error(p.a, p.b, solution.x), ok_backward_error<double>);
}

// CSR of `per_row` normal numbers a row at random columns. With apart > 0 columns come in pairs, the second being the
// first plus `apart` times another: cond(A) is some 2/apart.
struct RandomRows {
  RandomRows(std::int64_t n, std::int64_t d, std::int64_t per_row, std::uint64_t seed, double apart = 0)
      : rows(n), cols(d) {
    Random random(seed);
    pointers.push_back(0);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t q = 0; q < per_row; ++q) {
        std::int64_t column = random.below(d / per_row) + q * (d / per_row);
        if (apart > 0) column -= column % 2;
        indices.push_back(static_cast<std::int32_t>(column));
        values.push_back(random.normal());
        if (apart == 0) continue;
        indices.push_back(static_cast<std::int32_t>(column) + 1);
        values.push_back(values.back() + apart * random.normal());
      }
      pointers.push_back(static_cast<std::int32_t>(indices.size()));
    }
    akr_matrix *p = nullptr;
    require(create_sparse(AKR_ROW_MAJOR, n, d, 32, 0, pointers.data(), indices.data(), values.data(), nullptr, &p));
    matrix.reset(p);
  }
  // ‖Aᵀ(b − A x)‖ in extended precision.
  Real gradient(const Array<double> &b, const Array<double> &x) const {
    Array<Real> g(cols);
    for (std::int64_t i = 0; i < rows; ++i) {
      Real r = b[i];
      const auto begin = static_cast<std::size_t>(pointers[static_cast<std::size_t>(i)]);
      const auto end = static_cast<std::size_t>(pointers[static_cast<std::size_t>(i) + 1]);
      for (std::size_t q = begin; q < end; ++q) r -= static_cast<Real>(values[q]) * x[indices[q]];
      for (std::size_t q = begin; q < end; ++q) g[indices[q]] += static_cast<Real>(values[q]) * r;
    }
    return norm(g);
  }
  Real frobenius() const {
    Real sum = 0;
    for (const double v : values) sum += static_cast<Real>(v) * v;
    return std::sqrt(sum);
  }

  std::int64_t rows, cols;
  std::vector<std::int32_t> pointers, indices;
  std::vector<double> values;
  Matrix matrix;
};

// A hundred thousand columns in 64 MB: d x d numbers would be 80 GB. auto finds that out by itself.
TEST(Cgls, ManyColumnsNeedNoSquareOfThem) {
  const RandomRows a(300000, 100000, 5, 308);
  const Array<double> b = Random(309).normals(300000);
  Report report;
  const Solution<double> solution =
      solve(a.matrix, b, Options({{"memory_limit", "64000000"}}), {0, nullptr, report.get()});
  ASSERT_EQ(solution.status, AKR_OK) << solution.message;
  EXPECT_EQ(report.text("method"), "cgls");
  EXPECT_EQ(report.integer("rank"), 100000);
  EXPECT_LE(report.integer("peak_bytes"), 64000000);
  const double size = report.real("residual_norm");
  // ‖g‖ <= 2u ‖A‖_F ‖r‖ is Stewart's form of the promise; 0.2 u for the evaluation of ours.
  EXPECT_LE(a.gradient(b, solution.x), 2.2L * 0x1p-53L * a.frobenius() * size);
  std::printf("300000 x 100000: %d steps, cond %.2f, peak %.1f MB\n", static_cast<int>(report.integer("iterations")),
              report.real("cond_estimate"), static_cast<double>(report.integer("peak_bytes")) / 1e6);

  const Solution<double> factored = solve(a.matrix, b, Options({{"memory_limit", "64000000"}, {"method", "cholesky"}}));
  EXPECT_EQ(factored.status, AKR_E_MEMORY);
}

// The steps are those of the theory, 2((κ − 1)/(κ + 1))^k = u, and auto gives up after few where there are too many.
TEST(Cgls, AutoTakesItWhereFewStepsDo) {
  const RandomRows a(40000, 2000, 10, 310);
  const Array<double> b = Random(311).normals(40000);
  Report report;
  ASSERT_EQ(solve(a.matrix, b, {}, {0, nullptr, report.get()}).status, AKR_OK);
  EXPECT_EQ(report.text("method"), "cgls");
  const double kappa = report.real("cond_estimate");
  const double steps = std::log(2 / 0x1p-53) / std::log((kappa + 1) / (kappa - 1));
  EXPECT_LE(static_cast<double>(report.integer("iterations")), steps + 3);
  EXPECT_LE(report.integer("passes"), report.integer("iterations") + 4);
  // max_iter is for those who count steps: they get a preconditioner.
  ASSERT_GE(solve(a.matrix, b, Options({{"max_iter", "3"}}), {0, nullptr, report.get()}).status, 0);
  EXPECT_NE(report.text("method"), "cgls");

  const RandomRows hard(12000, 600, 10, 310, 1e-3);
  const Array<double> c = Random(311).normals(12000);
  ASSERT_GE(solve(hard.matrix, c, {}, {0, nullptr, report.get()}).status, 0);
  const std::string method = report.text("method");
  const std::int64_t passes = report.integer("passes");
  EXPECT_NE(method, "cgls");
  ASSERT_GE(solve(hard.matrix, c, Options({{"method", method}}), {0, nullptr, report.get()}).status, 0);
  EXPECT_LE(passes, report.integer("passes") + 12);
}

// Where κ is too large for few steps and there is no room for a factor the steps are taken all the same.
TEST(Cgls, AutoGoesOnWhereNothingElseFits) {
  const RandomRows a(12000, 600, 10, 320, 0.03);
  const Array<double> b = Random(321).normals(12000);
  Report report;
  ASSERT_EQ(solve(a.matrix, b, Options({{"memory_limit", "2000000"}}), {0, nullptr, report.get()}).status, AKR_OK);
  EXPECT_EQ(report.text("method"), "cgls");
  std::printf("cond %.1f, %d steps\n", report.real("cond_estimate"), static_cast<int>(report.integer("iterations")));
}

// Cancelled while a factor is made: what conjugate gradients had reached is returned and judged.
TEST(Cgls, ACancelInTheFactorLosesNothing) {
  const RandomRows a(150000, 1600, 10, 322, 1e-3);
  const Array<double> b = Random(323).normals(150000);
  for (const char *warm : {"0", "1"}) {
    Options options({{"warm_start", warm}});
    require(akr_options_set_progress(
        options.get(),
        [](void *, const akr_report *now) -> std::int32_t {
          char phase[32];
          std::int64_t length = 0;
          return akr_report_get_str(now, "phase", phase, sizeof phase, &length) == AKR_OK &&
                 std::string(phase) == "gram";
        },
        nullptr));
    Report report;
    Array<double> x(1600);
    const akr_status status =
        lsq_solve(a.matrix.get(), nullptr, 0, 1, b.data(), 150000, x.data(), 1600, options.get(), report.get());
    if (status == AKR_OK) continue;  // a machine that makes the factor between two reports
    EXPECT_EQ(status, AKR_CANCELLED);
    EXPECT_TRUE(report.has("backward_error"));
    EXPECT_LT(report.real("residual_norm"), static_cast<double>(norm(b)));
    EXPECT_GT(norm(x), 0);
  }
}

TEST(Cgls, MaxIterEndsItWithTheBestIterate) {
  const Problem<double> p = make_problem(700, 80, 1e3, 1, 312);
  Report report;
  double before = 1e300;
  for (const char *most : {"5", "50", "150"}) {
    const Solution<double> solution =
        solve(p.a, p.b, Options({{"method", "cgls"}, {"max_iter", most}}), {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_NOT_CONVERGED);
    EXPECT_EQ(report.text("stopped_by"), "max_iter");
    EXPECT_EQ(std::to_string(report.integer("iterations")), most);
    const double size = static_cast<double>(norm(residual(p.a, p.b, solution.x)));
    EXPECT_LT(size, before);
    before = size;
  }
}

// Raises the flag in its n-th product.
struct Cancelling {
  const Array<double> &a;
  int calls_left;
  std::int32_t flag = 0;

  static std::int32_t apply(void *user, std::int32_t transpose, std::int64_t ncols, const double *x, std::int64_t ldx,
                            double *y, std::int64_t ldy) {
    auto &self = *static_cast<Cancelling *>(user);
    if (--self.calls_left == 0) self.flag = 1;
    const std::int64_t in = transpose ? self.a.rows() : self.a.cols(), out = transpose ? self.a.cols() : self.a.rows();
    for (std::int64_t c = 0; c < ncols; ++c) {
      Array<double> column(in);
      for (std::int64_t i = 0; i < in; ++i) column[i] = x[i + c * ldx];
      const Array<double> product = multiply(self.a, transpose != 0, column);
      for (std::int64_t i = 0; i < out; ++i) y[i + c * ldy] = product[i];
    }
    return 0;
  }
};

// What an unfinished round has reached is kept; conjugate gradients never lose ground.
TEST(Cgls, ACancelKeepsWhatWasReached) {
  const Problem<double> p = make_problem(700, 80, 100, 0.1, 316);
  const Reference reference(p.a);
  const Array<Real> optimal = residual(p.a, p.b, reference.solve(p.b, 80));
  Real before = 1.1L;  // ‖A x*‖ is at most 1
  for (const int calls : {4, 20, 100, 400}) {
    SCOPED_TRACE(calls);
    Cancelling product{p.a, calls};
    akr_matrix *handle = nullptr;
    require(create_callback(700, 80, &Cancelling::apply, &product, &handle));
    const Matrix a(handle);
    Options options({{"method", "cgls"}});
    require(akr_options_set_cancel(options.get(), &product.flag));
    Report report;
    const Solution<double> solution = solve(a, p.b, options, {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_CANCELLED);
    EXPECT_EQ(report.text("method"), "cgls");
    EXPECT_EQ(report.text("stopped_by"), "cancel");
    EXPECT_FALSE(report.has("rank"));
    const Real error = distance(optimal, residual(p.a, p.b, solution.x));
    EXPECT_LE(error, before);
    before = error;
  }
  EXPECT_LE(before, 1e-6L);
}

TEST(Cgls, MakesNoPreconditioner) {
  const Problem<double> p = make_problem(100, 10, 2, 1, 313);
  const Matrix a = dense(p.a);
  const Options options({{"method", "cgls"}});
  akr_precond *m = nullptr;
  EXPECT_EQ(akr_precond_create(a.get(), 0, options.get(), nullptr, &m), AKR_E_UNSUPPORTED);
  EXPECT_EQ(m, nullptr);
  EXPECT_STREQ(akr_last_error(),
               "akr_precond_create: method = cgls: makes no preconditioner; it serves akr_lsq_solve alone");
  Array<double> x(10), b = Random(314).normals(10), scores(100);
  EXPECT_EQ(akr_gram_power_solve_f64(a.get(), nullptr, 2, 1, b.data(), 10, x.data(), 10, options.get(), nullptr),
            AKR_E_UNSUPPORTED);
  EXPECT_EQ(akr_gram_power_lsq_f64(a.get(), nullptr, 1, 1, p.b.data(), 100, x.data(), 10, options.get(), nullptr),
            AKR_E_UNSUPPORTED);
  EXPECT_EQ(akr_leverage_scores_f64(a.get(), nullptr, 0, scores.data(), options.get(), nullptr), AKR_E_UNSUPPORTED);
  // With a preconditioner at hand least squares does not need to make any.
  const Precond given = make_precond(a);
  EXPECT_EQ(solve(a, p.b, options, {0, given.get(), nullptr}).status, AKR_OK);
}

// Norms whose squares leave the range, and nothing at all.
TEST(Cgls, ExtremesGoToAnotherMethodOrSaySo) {
  Problem<double> p = make_problem(300, 70, 3, 1, 315);
  for (std::int64_t i = 0; i < p.a.size(); ++i) p.a[i] *= 1e-200;
  Report report;
  EXPECT_EQ(solve(p.a, p.b, Options({{"method", "cgls"}}), {0, nullptr, report.get()}).status, AKR_OK);
  EXPECT_EQ(report.text("method"), "sketch-cholqr");
  Array<double> zero(300, 70);
  const Solution<double> nothing = solve(zero, p.b, Options({{"method", "cgls"}}), {0, nullptr, report.get()});
  EXPECT_EQ(nothing.status, AKR_NOT_CONVERGED);
  EXPECT_EQ(norm(nothing.x), 0);
}

}  // namespace
