// SPDX-License-Identifier: BSD-3-Clause
// method = gradient: the unit-step iteration x += P Pᵀ Aᵀ(b - A x) of Song, Yin, Zhang (arXiv 2308.14304) contracts by
// rho = (2 eta - eta²)/(1 - eta)², eta = √(d/m), because the singular values of the sketched orthonormal basis of A lie
// in [1 - eta, 1 + eta], so those of (A P)ᵀ(A P) in [(1 + eta)⁻², (1 - eta)⁻²].
#include <gtest/gtest.h>

#include <cstdio>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 4000, kCols = 40;
constexpr int kSeeds = 4;

struct Rate {
  double mean = 0;   // geometric mean over the iterations above the noise, averaged over seeds
  double bound = 0;  // rho
  double iterations = 0;
};

// With A orthonormal (kappa = 1) the backward error of the history is a constant times ‖A(x - x*)‖, the norm in which
// the contraction is exact; rounding shows below about 10 u, where the ratios are no longer taken.
Rate measure(const char *kind, const char *factor) {
  Rate rate;
  const Frame frame(kRows, kCols, 71);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 1));
  const Array<double> b = right_side(a, frame, 1.0);
  for (int seed = 0; seed < kSeeds; ++seed) {
    Report report;
    const Solution<double> solution = solve(
        a, b,
        Options(
            {{"method", "gradient"}, {"sketch.kind", kind}, {"sketch.factor", factor}, {"seed", std::to_string(seed)}}),
        {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_OK) << kind << ' ' << seed;
    EXPECT_EQ(report.text("method"), "gradient");
    std::vector<double> history = report.reals("history");
    while (!history.empty() && history.back() < 10 * 0x1p-53) history.pop_back();
    EXPECT_GE(history.size(), 8u) << "too short to measure a rate";
    if (history.size() < 2) return rate;
    const double steps = static_cast<double>(history.size() - 1);
    rate.mean += std::pow(history.back() / history.front(), 1 / steps) / kSeeds;
    rate.iterations += static_cast<double>(report.integer("iterations")) / kSeeds;
    const std::int64_t m = report.integer("sketch.rows");
    EXPECT_GE(m, 20 * kCols);
    const double eta = std::sqrt(static_cast<double>(kCols) / static_cast<double>(m));
    rate.bound = (2 * eta - eta * eta) / ((1 - eta) * (1 - eta));
  }
  std::printf("%-12s factor %-4s rate %.3f, rho %.3f, iterations %.1f\n", kind, factor, rate.mean, rate.bound,
              rate.iterations);
  return rate;
}

class Gradient : public testing::TestWithParam<const char *> {};

// For a Gaussian sketch the expected smallest singular value is at least 1 - eta (Gordon), so the mean rate over seeds
// keeps below rho; the mean over iterations only lowers it.
TEST_P(Gradient, ContractsAsTheTheorySays) {
  const Rate chosen = measure(GetParam(), "0");
  EXPECT_LE(chosen.mean, chosen.bound);
  EXPECT_GE(chosen.mean, chosen.bound / 4) << "a rate this good means that something else was iterated";
  const Rate wide_sketch = measure(GetParam(), "40");
  EXPECT_LE(wide_sketch.mean, wide_sketch.bound);
  EXPECT_LT(wide_sketch.mean, chosen.mean) << "a larger sketch must converge faster";
}

std::string kind_name(const testing::TestParamInfo<const char *> &kind) {
  std::string name = kind.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sketch, Gradient, testing::Values("srht", "sparse-sign", "gaussian"), kind_name);

// A smaller sketch than 20 d, where the unit step would diverge (m < 11.7 d), is not taken silently: the iteration
// converges all the same, or the call says that it did not.
TEST(GradientSketch, TooSmallIsNotFollowedIntoDivergence) {
  const Problem<double> p = make_problem(kRows, kCols, 100, 1, 72);
  const Reference reference(p.a);
  for (const char *factor : {"2", "6", "12"}) {
    const Solution<double> solution =
        solve(p.a, p.b, Options({{"method", "gradient"}, {"sketch.factor", factor}, {"max_iter", "2000"}}));
    EXPECT_TRUE(solution.status == AKR_OK || solution.status == AKR_NOT_CONVERGED) << solution.message;
    const Real error = reference.backward_error(p.a, p.b, solution.x);
    if (solution.status == AKR_OK) {
      EXPECT_LE(error, ok_backward_error<double>) << factor;
    }
    EXPECT_LE(error, 1) << "the best iterate is never worse than x = 0, factor " << factor;
  }
}

// Where rounding of the gradient cannot matter (see below) it is as accurate as the other methods.
TEST(GradientAccuracy, ModerateConditionIsOk) {
  for (const double kappa : {1.0, 10.0, 100.0, 1000.0}) {
    const Problem<double> p = make_problem(3000, 30, kappa, 1, 73);
    const Solution<double> solution = solve(p.a, p.b, Options({{"method", "gradient"}}));
    EXPECT_EQ(solution.status, AKR_OK) << kappa;
    EXPECT_LE(Reference(p.a).backward_error(p.a, p.b, solution.x), ok_backward_error<double>) << kappa;
  }
}

// Beyond, the literal iteration cannot be backward stable (as with sketching and unit steps in general: Epperly, Meier,
// Nakatsukasa, arXiv 2406.03468, section 3), and no stopping rule mends that. Each step adds P Pᵀ dg, ‖dg‖ ≈ u ‖A‖‖r‖.
// With an exact P that changes the gradient by dg and no more. With a sketch's it adds ((A P)ᵀ(A P) - I) Pᵀdg to the
// preconditioned gradient, up to rho of ‖Pᵀdg‖ ≈ 0.04 u kappa ‖r‖ (the constant measured there, section 4) and in any
// direction, those of large singular values included, where it weighs fully; summed over the steps, rho/(1 - rho) = 1.3
// times. Here phi/‖A‖_F ≈ 1/2 and about a tenth of the squared length lies above omega: 0.04 · 1.3 · 0.5 · 0.3 ≈ 0.008,
// so a floor of at most 0.01 u kappa (measured over four seeds: below 0.0004 from kappa = 10^4 on).
// On the way there lies a plateau: the start has ‖x‖ ≈ eta kappa ‖r‖, and while ‖x‖ and the gradient shrink alike the
// backward error stands still. That is no stagnation.
TEST(GradientAccuracy, LargeConditionReachesItsFloor) {
  for (const double kappa : {1e4, 1e6, 1e8}) {
    const Problem<double> p = make_problem(1200, 24, kappa, 1, 111);
    const Reference reference(p.a);
    const Solution<double> solution = solve(p.a, p.b, Options({{"method", "gradient"}}));
    EXPECT_GE(solution.status, 0) << solution.message;
    const Real error = reference.backward_error(p.a, p.b, solution.x);
    EXPECT_LE(error, 0.01L * wide(kappa) * 0x1p-53L) << kappa;
    if (solution.status == AKR_OK) {
      EXPECT_LE(error, ok_backward_error<double>) << kappa;
    }
  }
}

}  // namespace
