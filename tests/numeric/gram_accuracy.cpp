// SPDX-License-Identifier: BSD-3-Clause
// Gram powers against solutions in 460-bit arithmetic (tests/data/gram/generate.py): n = 2000, d = 40, κ from 1 to 10⁶,
// j = 1 to 5, both parities, random b and b = (AᵀA)ʲ x_true, by every route.
#include <gtest/gtest.h>

#include "reference/gram.hpp"

namespace {

using namespace numeric;

constexpr double u = 0x1p-53;
// AKR_PRECISION_LIMIT is said where the estimate exceeds it.
constexpr double limit = 1e-3;
// How pessimistic the estimate may be: it is a first-order bound with norms for all inner products. 200 was the most
// over this grid.
constexpr double pessimism = 1000;

struct Way {
  const char *name;
  std::vector<std::pair<const char *, std::string>> settings;

  Options options() const {
    Options out;
    for (const auto &[key, value] : settings) out.set(key, value);
    return out;
  }
};

const Way kWays[] = {
    {"auto", {}},
    {"factor, sketch-cholqr", {{"gram.method", "factor"}, {"method", "sketch-cholqr"}}},
    {"factor, qr", {{"gram.method", "factor"}, {"method", "qr"}}},
    {"factor, cholesky", {{"gram.method", "factor"}, {"method", "cholesky"}}},
    {"recursion, cholesky", {{"gram.method", "recursion"}, {"method", "cholesky"}}},
    {"recursion, sketch", {{"gram.method", "recursion"}, {"method", "sketch"}}},
    {"recursion, qr", {{"gram.method", "recursion"}, {"method", "qr"}}},
};

// The typical error of the route over Householder's R: with so many digits lost an error is one random number, that
// along the last singular vector, and of two such numbers one is over ten times the other in a sixteenth of all cases.
// Hence the root mean square over several orders of the rows, each with roundoff of its own.
class TypicalHouseholder {
 public:
  explicit TypicalHouseholder(const Array<double> &a) {
    for (int k = 0; k < kOrders; ++k) routes_.emplace_back(in_order(k, a));
  }
  double error(const GramCase &c) const {
    double square = 0;
    for (int k = 0; k < kOrders; ++k) {
      const Array<double> x = routes_[static_cast<std::size_t>(k)].solve(c.odd, c.j, c.odd ? in_order(k, c.b) : c.b);
      square += std::pow(relative_error(x, c.x), 2);
    }
    return std::sqrt(square / kOrders);
  }

 private:
  static constexpr int kOrders = 8;
  // Row i goes to row 7ᵏi mod n: one to one, as n = 2000 has no factor 7.
  static Array<double> in_order(int k, const Array<double> &a) {
    Array<double> out(a.rows(), a.cols());
    std::int64_t step = 1;
    for (int i = 0; i < k; ++i) step = 7 * step % a.rows();
    for (std::int64_t c = 0; c < a.cols(); ++c) {
      for (std::int64_t i = 0; i < a.rows(); ++i) out(i * step % a.rows(), c) = a(i, c);
    }
    return out;
  }
  std::vector<HouseholderPowers> routes_;
};

const std::vector<GramMatrix> &matrices() {
  static const std::vector<GramMatrix> all = load_gram_powers();
  return all;
}

std::string describe(const GramCase &c, const char *way) {
  std::ostringstream out;
  out << "kappa " << c.kappa << ", " << (c.odd ? "odd" : "even") << " j = " << c.j << ", "
      << (c.image ? "b = (A'A)^j x_true" : "random b") << ", " << way;
  return out.str();
}

TEST(GramAccuracy, TheDataAreWhatTheyShouldBe) {
  ASSERT_EQ(matrices().size(), 9U);
  for (const GramMatrix &m : matrices()) {
    const Array<double> sigma = singular_values(m.a);
    EXPECT_NEAR(sigma[0] / sigma[39] / m.kappa, 1, 0.05);
    EXPECT_NEAR(sigma[0], 1, 1e-9);
  }
}

// An error is a random number, so that one order of the rows says little: with stages ended at u/4 instead of u/8 the
// worst of these sixteen is 23 times Householder's.
TEST(GramAccuracy, NoWorseInAnyOrderOfTheRows) {
  for (const GramMatrix &m : matrices()) {
    if (std::fabs(std::log10(m.kappa) - 6) > 0.1) continue;
    const TypicalHouseholder householder(m.a);
    for (const GramCase &c : m.cases) {
      if (c.odd || c.image) continue;
      for (const int step : {1, 3, 7, 9, 11, 13, 17, 19, 21, 23, 27, 29, 31, 33, 37, 39}) {
        Array<double> rows(m.a.rows(), m.a.cols());
        for (std::int64_t j = 0; j < rows.cols(); ++j) {
          for (std::int64_t i = 0; i < rows.rows(); ++i) rows(i * step % rows.rows(), j) = m.a(i, j);
        }
        const Solution<double> s = solve_power(dense(rows), c.odd, c.j, c.b, Options(), {});
        EXPECT_EQ(s.status, AKR_OK) << s.message;
        EXPECT_LE(relative_error(s.x, c.x), 10 * std::max(householder.error(c), u))
            << "j = " << c.j << ", step " << step;
      }
    }
  }
}

TEST(GramAccuracy, NoWorseThanTenTimesHouseholdersRouteAndNeverSilentlyWrong) {
  int limited = 0;
  double worst = 0;
  for (const GramMatrix &m : matrices()) {
    const TypicalHouseholder householder(m.a);
    const Matrix a = dense(m.a);
    for (const GramCase &c : m.cases) {
      const double theirs = householder.error(c);
      for (const Way &way : kWays) {
        SCOPED_TRACE(describe(c, way.name));
        Report report;
        const Solution<double> s = solve_power(a, c.odd, c.j, c.b, way.options(), {nullptr, report.get()});
        const double error = relative_error(s.x, c.x);
        const double estimate = report.has("error_estimate") ? report.real("error_estimate") : 0;
        if (s.status == AKR_PRECISION_LIMIT) {
          ++limited;
          EXPECT_GT(estimate, limit);
          EXPECT_GT(theirs, limit / pessimism) << "a right answer was refused";
          continue;
        }
        EXPECT_EQ(s.status, AKR_OK) << s.message;
        EXPECT_LE(estimate, limit);
        EXPECT_LE(error, estimate) << "a wrong answer was not noticed";
        EXPECT_LE(error, 10 * std::max(theirs, u));
        worst = std::max(worst, error / std::max(theirs, u));
      }
    }
  }
  RecordProperty("worst_ratio", std::to_string(worst));
  std::printf("worst ratio to Householder's route: %.2f; AKR_PRECISION_LIMIT %d times\n", worst, limited);
  EXPECT_GT(limited, 0);
}

// κ²ʲu, from an estimate of κ that is within five per cent.
TEST(GramAccuracy, ReportsTheWorstCaseLoss) {
  for (const GramMatrix &m : matrices()) {
    const Matrix a = dense(m.a);
    for (const GramCase &c : m.cases) {
      if (c.image) continue;
      SCOPED_TRACE(describe(c, "auto"));
      Report report;
      solve_power(a, c.odd, c.j, c.b, {}, {nullptr, report.get()});
      const double power = 2.0 * static_cast<double>(c.j) + (c.odd ? 1 : 0);
      EXPECT_NEAR(std::log(report.real("precision_loss") / u) / power, std::log(m.kappa), 0.1);
    }
  }
}

TEST(GramAccuracy, RandomRightSidesKeepTheirDigitsAtHugeConditionNumbers) {
  for (const GramMatrix &m : matrices()) {
    for (const GramCase &c : m.cases) {
      if (m.kappa != 1e6 || c.image || c.odd || c.j != 3) continue;
      Report report;
      const Solution<double> s = solve_power(dense(m.a), false, 3, c.b, {}, {nullptr, report.get()});
      EXPECT_EQ(s.status, AKR_OK);
      EXPECT_GT(report.real("precision_loss"), 1e19);
      EXPECT_LT(relative_error(s.x, c.x), 1e-9);  // 2j uκ = 7e-10
    }
  }
}

// κ²ʲ = 10¹⁸ and 10²⁴: nothing of b = (AᵀA)ʲ x_true is left in double. In pairs all digits are found of a random b, and
// of such an image all that the estimate promises: the 2⁻¹⁰⁴ of one stage meet the κ² of the next. Of the last bits it
// depends on the roundings of R, and so on the kernels of the BLAS, how many there are: 1 to 10 u were found.
TEST(GramAccuracy, DoubledPrecisionFindsAllDigits) {
  int found = 0;
  for (const GramMatrix &m : matrices()) {
    const Matrix a = dense(m.a);
    for (const GramCase &c : m.cases) {
      const double exponent = 2 * static_cast<double>(c.j) * std::log10(m.kappa);
      if (c.odd || !(std::fabs(exponent - 18) < 0.1 || std::fabs(exponent - 24) < 0.1)) continue;
      SCOPED_TRACE(describe(c, "doubled"));
      ++found;
      const Options doubled({{"residual.precision", "doubled"}});
      Report report;
      const Solution<double> s = solve_power(a, false, c.j, c.b, doubled, {nullptr, report.get()});
      EXPECT_EQ(s.status, AKR_OK) << s.message;
      const double estimate = report.real("error_estimate");
      EXPECT_LE(relative_error(s.x, c.x), std::max(u, estimate));
      EXPECT_LT(estimate, c.image ? 2e-14 : u);
      if (!c.image) continue;
      const Solution<double> plain = solve_power(a, false, c.j, c.b);
      EXPECT_EQ(plain.status, AKR_PRECISION_LIMIT);
      EXPECT_GT(relative_error(plain.x, c.x), 0.1);
    }
  }
  EXPECT_EQ(found, 14);
}

// The same bound for both: what a stage loses is 2⁻¹⁰⁴ in the place of u. Odd ones with a large residual lose κ^(2j+2).
TEST(GramAccuracy, DoubledPrecisionIsNeverSilentlyWrong) {
  for (const GramMatrix &m : matrices()) {
    const Matrix a = dense(m.a);
    for (const GramCase &c : m.cases) {
      SCOPED_TRACE(describe(c, "doubled"));
      Report report;
      const Options doubled({{"residual.precision", "doubled"}});
      const Solution<double> s = solve_power(a, c.odd, c.j, c.b, doubled, {nullptr, report.get()});
      if (s.status == AKR_PRECISION_LIMIT) {
        EXPECT_GE(std::pow(m.kappa, 2 * static_cast<double>(c.j) + 2), 1e24);
        continue;
      }
      EXPECT_EQ(s.status, AKR_OK);
      EXPECT_LE(relative_error(s.x, c.x), std::max(2 * u, report.real("error_estimate")));
    }
  }
}

TEST(GramAccuracy, SinglePrecisionDataGiveWhatDoubleGivesRounded) {
  for (const GramMatrix &m : matrices()) {
    if (m.kappa > 1e4) continue;
    const Array<float> single = m.a.as<float>();
    const Array<double> same = single.as<double>();
    const Matrix a32 = dense(single), a64 = dense(same);
    for (const bool odd : {false, true}) {
      const GramCase &c = *std::find_if(m.cases.begin(), m.cases.end(),
                                        [&](const GramCase &k) { return k.odd == odd && !k.image && k.j == 2; });
      const Array<float> b32 = c.b.as<float>();
      const Solution<float> s32 = solve_power(a32, odd, 2, b32);
      const Solution<double> s64 = solve_power(a64, odd, 2, b32.as<double>());
      ASSERT_EQ(s32.status, AKR_OK) << s32.message;
      ASSERT_EQ(s64.status, AKR_OK);
      EXPECT_LT(relative_error(s32.x, s64.x), 0x1p-24 + 1e-10);
    }
  }
}

}  // namespace
