// SPDX-License-Identifier: BSD-3-Clause
// The judges judged: the references of the other numeric tests against LAPACK and against closed forms.
#include <gtest/gtest.h>

#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

// The backward error by its definition (Waldén, Karlson, Sun 1995):
// min(omega, sigma_min [A, omega (I - r r^T/‖r‖²)]) / ‖A‖_F with omega as in Reference::backward_error, for x ≠ 0.
Real optimal_backward_error(const Array<double> &a, const Array<double> &b, const Array<double> &x) {
  const std::int64_t n = a.rows(), d = a.cols();
  const Array<Real> r = residual(a, b, x);
  const Real length = norm(r);
  const Real omega = length / std::hypot(norm(b) / norm(a), norm(x));
  Array<Real> wide_matrix(n, d + n);
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t i = 0; i < n; ++i) wide_matrix(i, j) = wide(a(i, j));
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      wide_matrix(i, d + j) = omega * ((i == j ? 1 : 0) - r[i] / length * (r[j] / length));
  return std::min(omega, Reference(wide_matrix).sigma(n - 1)) / norm(a);
}

TEST(References, SingularValuesAreThoseOfTheGenerator) {
  const Problem<double> p = make_problem(300, 20, 1e8, 1, 1);
  const Reference reference(p.a);
  // Weyl: each differs by at most the rounding of the generator, a few u ‖A‖_F√d.
  for (std::int64_t i = 0; i < 20; ++i)
    EXPECT_NEAR(static_cast<double>(reference.sigma(i)), std::pow(1e8, -static_cast<double>(i) / 19), 20 * 0x1p-53L);
}

TEST(References, SolutionHasZeroGradient) {
  for (const double kappa : {1.0, 1e6, 1e12}) {
    const Problem<double> p = make_problem(200, 15, kappa, 1, 2);
    const Reference reference(p.a);
    const Array<Real> x = reference.solve(p.b, 15);
    // Backward stable in extended precision.
    EXPECT_LE(reference.backward_error(p.a, p.b, x), 50 * std::numeric_limits<Real>::epsilon()) << kappa;
    EXPECT_LE(distance(x, gels(p.a, p.b)), reference.forward_bound(p.b, x, 1, 15, 20 * 0x1p-53L)) << kappa;
  }
}

TEST(References, MinimumNormSolutionIsThatOfGelsd) {
  for (const std::int64_t rank : {std::int64_t(4), std::int64_t(9)}) {
    const Frame frame(60, 10, 3);
    Array<double> sigma = log_spaced(10, 100);
    for (std::int64_t i = rank; i < 10; ++i) sigma[i] = 0;
    for (const bool transpose : {false, true}) {
      const Array<double> tall = with_spectrum(frame, sigma);
      const Array<double> a = transpose ? tall.transposed() : tall;
      const Array<double> b = Random(4).normals(a.rows());
      const Reference reference(a);
      ASSERT_EQ(reference.rank(1e-12L), rank);
      const Array<Real> x = reference.solve(b, rank);
      Array<double> copy = a, y = padded(b, std::max(a.rows(), a.cols()) - a.rows()), s(10);
      lapack_int found = 0;
      ASSERT_EQ(LAPACKE_dgelsd(LAPACK_COL_MAJOR, narrow(a.rows()), narrow(a.cols()), 1, copy.data(), narrow(a.rows()),
                               y.data(), narrow(y.rows()), s.data(), 1e-12, &found),
                0);
      EXPECT_LE(distance(x, y), reference.forward_bound(b, x, norm(b), rank, 50 * 0x1p-53L)) << rank << transpose;
    }
  }
}

TEST(References, BackwardErrorIsWithinSqrt2OfTheOptimalOne) {
  Random random(5);
  for (const double kappa : {1.0, 1e3, 1e6}) {
    for (const double residual_norm : {1e-6, 1.0, 1e3}) {
      const Problem<double> p = make_problem(12, 4, kappa, residual_norm, 6);
      const Reference reference(p.a);
      const Array<Real> exact = reference.solve(p.b, 4);
      for (const double size : {1e-12, 1e-6, 1e-1}) {
        Array<double> x = exact.as<double>();
        for (std::int64_t i = 0; i < 4; ++i) x[i] += size * random.normal();
        const Real ratio = optimal_backward_error(p.a, p.b, x) / reference.backward_error(p.a, p.b, x);
        EXPECT_GE(ratio, 0.999L) << kappa << ' ' << residual_norm << ' ' << size;
        EXPECT_LE(ratio, 1.415L) << kappa << ' ' << residual_norm << ' ' << size;
      }
    }
  }
}

TEST(References, BackwardErrorAtItsEdges) {
  const Problem<double> p = make_problem(30, 5, 10, 1, 7);
  const Reference reference(p.a);
  const Array<double> zero(30), null(5);
  Array<double> some(5, 1, 1e-3);
  EXPECT_EQ(reference.backward_error(p.a, zero, null), 0);
  EXPECT_GT(reference.backward_error(p.a, p.b, null), 1e-3L);
  // b = 0: any x ≠ 0 is wrong, however small, since b's error is relative to b.
  EXPECT_GT(reference.backward_error(p.a, zero, some), 1e-3L);
  some[0] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(reference.backward_error(p.a, p.b, some) <= 1);
}

}  // namespace
