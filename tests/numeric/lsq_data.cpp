// SPDX-License-Identifier: BSD-3-Clause
// Data with known answers: NIST's certified regressions, Saunders' sparse problems, and an airfoil's noise.
#include <gtest/gtest.h>

#include <cstdio>

#include "reference/bounds.hpp"
#include "reference/files.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

const std::vector<const char *> &methods() {
  static const std::vector<const char *> names = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"};
  return names;
}

// --- NIST ------------------------------------------------------------------------------------------------------------

struct NistProblem {
  const char *file;
  bool intercept;
  int degree;  // powers of the one predictor; 1 takes all predictors as they are
};

Problem<double> design(const NistFile &file, const NistProblem &p) {
  const std::int64_t n = file.rows.rows(), predictors = file.rows.cols() - 1;
  const std::int64_t first = p.intercept ? 1 : 0;
  const std::int64_t d = first + (p.degree > 1 ? p.degree : predictors);
  Problem<double> out{Array<double>(n, d), file.rows.column(0)};
  for (std::int64_t i = 0; i < n; ++i) {
    if (p.intercept) out.a(i, 0) = 1;
    double power = 1;
    for (std::int64_t j = first; j < d; ++j) {
      power = p.degree > 1 ? power * file.rows(i, 1) : file.rows(i, 1 + j - first);
      out.a(i, j) = power;
    }
  }
  return out;
}

// NIST's measure: correct decimal digits of the worst coefficient, at most the 15 that are certified.
Real log_relative_error(const Array<double> &x, const std::vector<Real> &certified) {
  Real worst = 15;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const Real c = certified[static_cast<std::size_t>(i)];
    const Real error = std::abs(wide(x[i]) - c) / (c != 0 ? std::abs(c) : 1);
    if (error > 0) worst = std::min(worst, -std::log10(error));
  }
  return worst;
}

class Nist : public testing::TestWithParam<NistProblem> {};

TEST_P(Nist, IsWithinOneDigitOfHouseholderQr) {
  const NistFile file = read_nist(GetParam().file);
  const Problem<double> p = design(file, GetParam());
  ASSERT_EQ(p.a.cols(), static_cast<std::int64_t>(file.coefficients.size()));
  const Real qr = log_relative_error(gels(p.a, p.b), file.coefficients);
  // The design and the certified values belong together.
  EXPECT_GE(log_relative_error(Reference(p.a).solve(p.b, p.a.cols()).as<double>(), file.coefficients), 9);
  for (const char *method : methods()) {
    const Solution<double> solution = solve(p.a, p.b, Options({{"method", method}}));
    EXPECT_EQ(solution.status, AKR_OK) << method << ' ' << solution.message;
    const Real ours = log_relative_error(solution.x, file.coefficients);
    std::printf("  %-13s %-14s digits %4.1Lf, Householder QR %4.1Lf\n", GetParam().file, method, ours, qr);
    EXPECT_GE(ours, qr - 1) << method;
    const Real sum = norm(residual(p.a, p.b, solution.x));
    EXPECT_NEAR(static_cast<double>(sum * sum), static_cast<double>(file.residual_sum_of_squares),
                1e-9 * static_cast<double>(file.residual_sum_of_squares) + 1e-12 * static_cast<double>(norm(p.b)))
        << method;
  }
}

std::string nist_name(const testing::TestParamInfo<NistProblem> &p) {
  return std::string(p.param.file, std::string(p.param.file).find('.'));
}
INSTANTIATE_TEST_SUITE_P(Sets, Nist,
                         testing::Values(NistProblem{"Norris.dat", true, 1}, NistProblem{"Pontius.dat", true, 2},
                                         NistProblem{"NoInt1.dat", false, 1}, NistProblem{"Longley.dat", true, 1},
                                         NistProblem{"Wampler1.dat", true, 5}, NistProblem{"Wampler4.dat", true, 5}),
                         nist_name);

// --- well1033 and illc1033 -------------------------------------------------------------------------------------------

class Saunders : public testing::TestWithParam<const char *> {};

// The published solution solves the problem as it is written in decimals; reading it into double changes A and b by u,
// and AKR_OK promises ok_backward_error: the sum, propagated to first order through kappa and kappa²·‖r‖, is the bound.
TEST_P(Saunders, MatchesTheKnownSolution) {
  const std::string name = std::string("saunders/") + GetParam();
  const Array<double> a = read_matrix_market(name + ".mtx", true), b = read_matrix_market(name + "_rhs1.mtx", false);
  const Array<Real> x = read_numbers(name + "_solution.txt");
  ASSERT_EQ(x.size(), a.cols());
  const Array<double> sigma = singular_values(a);  // good to u ‖A‖: ten digits of the smallest
  const Real smallest = wide(sigma[a.cols() - 1]), kappa = wide(sigma[0]) / smallest;
  EXPECT_NEAR(static_cast<double>(kappa), GetParam() == std::string("well1033") ? 166.1 : 1.889e4,
              0.001 * static_cast<double>(kappa));
  const Real residual_norm = norm(residual(a, b, x));
  const Real bound = first_order_bound(norm(a), smallest, norm(b), norm(x), residual_norm, true,
                                       unit_roundoff<double> + ok_backward_error<double>);
  std::printf("  %s: kappa %.4Lg, ‖r‖ %.4Lg, bound %.2Le relative, dgels %.2Le\n", GetParam(), kappa, residual_norm,
              bound / norm(x), distance(x, gels(a, b)) / norm(x));
  const Sparse<double> csr(a, AKR_ROW_MAJOR, 32, 0), csc(a, AKR_COL_MAJOR, 64, 1);
  EXPECT_GT(csr.values().size(), 4700u);  // 4732 entries, a few of them written as zero
  const Matrix full = dense(a);
  for (const char *method : methods()) {
    for (const auto &[storage, matrix] : {std::pair{"CSR", &csr.matrix}, {"CSC", &csc.matrix}, {"dense", &full}}) {
      const Solution<double> solution = solve(*matrix, b, Options({{"method", method}}));
      EXPECT_EQ(solution.status, AKR_OK) << method << ' ' << storage << ' ' << solution.message;
      const Real error = distance(x, solution.x);
      std::printf("  %-14s %-5s relative error %.2Le\n", method, storage, error / norm(x));
      EXPECT_LE(error, bound) << method << ' ' << storage;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Sets, Saunders, testing::Values("well1033", "illc1033"));

// --- airfoil ---------------------------------------------------------------------------------------------------------

struct Split {
  Problem<double> train, test;
};

// All monomials of degree up to two of the five features: columns from 1 to 10^6 in size, as users bring them.
Split airfoil_split(std::int64_t split) {
  const Array<double> data = read_csv("airfoil/data.csv"), mask = read_csv("airfoil/test_mask.csv");
  const std::int64_t n = data.rows(), p = data.cols() - 1, d = 1 + p + p * (p + 1) / 2;
  std::int64_t tests = 0;
  for (std::int64_t i = 0; i < n; ++i) tests += mask(i, split) > 0 ? 1 : 0;
  Split out{{Array<double>(n - tests, d), Array<double>(n - tests)}, {Array<double>(tests, d), Array<double>(tests)}};
  std::int64_t row[2] = {0, 0};
  for (std::int64_t i = 0; i < n; ++i) {
    const bool testing_row = mask(i, split) > 0;
    Problem<double> &to = testing_row ? out.test : out.train;
    const std::int64_t r = row[testing_row]++;
    std::int64_t j = 0;
    to.a(r, j++) = 1;
    for (std::int64_t k = 0; k < p; ++k) to.a(r, j++) = data(i, k);
    for (std::int64_t k = 0; k < p; ++k)
      for (std::int64_t l = k; l < p; ++l) to.a(r, j++) = data(i, k) * data(i, l);
    to.b[r] = data(i, p);
  }
  return out;
}

template <class T>
Real root_mean_square_error(const Problem<double> &p, const Array<T> &x) {
  return norm(residual(p.a, p.b, x)) / std::sqrt(static_cast<Real>(p.b.size()));
}

TEST(Airfoil, PlainAndRidgeAgreeWithTheReference) {
  for (const std::int64_t split : {0, 1, 2}) {
    const Split data = airfoil_split(split);
    const std::int64_t d = data.train.a.cols();
    for (const double ridge : {0.0, 1e-2, 1e4}) {
      const Array<Real> matrix = ridge > 0 ? stacked(data.train.a, ridge) : data.train.a.as<Real>();
      const Array<double> rhs = ridge > 0 ? padded(data.train.b, d) : data.train.b;
      const Reference reference(matrix);
      const Array<Real> x = reference.solve(rhs, d);
      const Real bound = reference.forward_bound(rhs, x, norm(residual(matrix, rhs, x)), d, ok_backward_error<double>);
      const Real expected = root_mean_square_error(data.test, x);
      for (const char *method : methods()) {
        const Solution<double> solution =
            solve(data.train.a, data.train.b, Options({{"method", method}}), {ridge, nullptr, nullptr});
        EXPECT_EQ(solution.status, AKR_OK) << method << ' ' << solution.message;
        EXPECT_LE(distance(x, solution.x), bound) << method << " ridge " << ridge << " split " << split;
        const Real ours = root_mean_square_error(data.test, solution.x);
        // The prediction moves by at most ‖A_test‖‖x̂ - x‖/√n.
        EXPECT_NEAR(static_cast<double>(ours), static_cast<double>(expected),
                    static_cast<double>(norm(data.test.a) * bound))
            << method;
        if (std::string(method) == "auto")
          std::printf("  airfoil split %d, ridge %-5g: test RMSE %.6Lf dB (reference %.6Lf), kappa %.1Le\n",
                      static_cast<int>(split), ridge, ours, expected, reference.sigma(0) / reference.sigma(d - 1));
      }
    }
    // Far better than predicting the mean, or the columns were shuffled.
    EXPECT_LT(root_mean_square_error(data.test, solve(data.train.a, data.train.b).x),
              0.8L * root_mean_square_error(data.test, Array<double>(d)));
  }
}

}  // namespace
