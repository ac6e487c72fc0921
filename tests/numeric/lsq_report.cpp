// SPDX-License-Identifier: BSD-3-Clause
// A report says what was found and nothing else: keys whose value nobody has found are not set, and a norm is that of
// the x that is returned, whatever the scale of the numbers.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

#include "reference/api.hpp"

namespace {

using namespace numeric;

void expect_unset(const Report &report, std::initializer_list<const char *> keys) {
  for (const char *key : keys) {
    EXPECT_FALSE(report.has(key)) << key;
    double value = -7;
    EXPECT_EQ(akr_report_get_f64(report.get(), key, &value), AKR_E_NO_VALUE) << key;
    EXPECT_EQ(value, -7) << key;
  }
}

// Before there is a preconditioner nothing is known of A. x = 0 has the residual b; of a warm start not even that is
// known.
TEST(NotFound, StoppedBeforeThereIsAPreconditioner) {
  const Problem<double> tall = make_problem(300, 12, 10, 1, 151);
  const Array<double> flat = Random(152).normals(12, 30), rhs = Random(153).normals(12);
  const std::int32_t flag = 1;
  for (const bool wide_matrix : {false, true}) {
    const Array<double> &a = wide_matrix ? flat : tall.a, &b = wide_matrix ? rhs : tall.b;
    SCOPED_TRACE(wide_matrix ? "wide" : "tall");
    Options options;
    require(akr_options_set_cancel(options.get(), &flag));
    Report report;
    const Solution<double> solution = solve(a, b, options, {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_CANCELLED);
    EXPECT_EQ(norm(solution.x), 0);
    expect_unset(report, {"rank", "rank_gap", "cond_estimate", "backward_error", "gradient_norm"});
    EXPECT_NEAR(report.real("residual_norm"), static_cast<double>(norm(b)), 1e-14 * static_cast<double>(norm(b)));
    EXPECT_EQ(report.integers("column_status"), std::vector<std::int64_t>{AKR_CANCELLED});
  }
  Options options({{"warm_start", "1"}});
  require(akr_options_set_cancel(options.get(), &flag));
  Report report;
  Array<double> x(12, 1, 1.0);
  const Matrix matrix = dense(tall.a);
  EXPECT_EQ(
      akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, tall.b.data(), 300, x.data(), 12, options.get(), report.get()),
      AKR_CANCELLED);
  EXPECT_TRUE(x == Array<double>(12, 1, 1.0));
  expect_unset(report, {"rank", "cond_estimate", "backward_error", "gradient_norm", "residual_norm"});
  ASSERT_EQ(report.reals("column_residual").size(), 1u);
  EXPECT_TRUE(std::isnan(report.reals("column_residual")[0]));
}

TEST(NotFound, NoRightHandSides) {
  const Array<double> a = Random(154).normals(40, 6);
  const Matrix matrix = dense(a);
  Report report;
  EXPECT_EQ(akr_lsq_solve_f64(matrix.get(), nullptr, 0, 0, nullptr, 40, nullptr, 6, nullptr, report.get()), AKR_OK);
  EXPECT_EQ(report.text("method"), "none");
  EXPECT_TRUE(report.integers("column_status").empty());
  expect_unset(report, {"rank", "cond_estimate", "backward_error", "gradient_norm", "residual_norm"});
}

// Without rows, or without columns, A is zero: its rank is 0, that of [A; sqrt(ridge) I] is d.
TEST(NotFound, EmptyMatrices) {
  const Array<double> none(0, 6), thin(40, 0), b = Random(155).normals(40), empty(0, 1);
  for (const double ridge : {0.0, 1.0}) {
    Report report;
    solve(none, empty, {}, {ridge, nullptr, report.get()});
    EXPECT_EQ(report.integer("rank"), ridge > 0 ? 6 : 0);
    EXPECT_EQ(report.real("residual_norm"), 0);
    solve(thin, b, {}, {ridge, nullptr, report.get()});
    EXPECT_EQ(report.integer("rank"), 0);
    EXPECT_NEAR(report.real("residual_norm"), static_cast<double>(norm(b)), 1e-14 * static_cast<double>(norm(b)));
    expect_unset(report, {"cond_estimate"});
  }
}

// One gradient step leaves a gradient far above rounding, ‖A'r‖ ≈ 10^-3 ‖A‖‖r‖: the reported one agrees to 10^-12
// (rounding: 50 u ‖A‖‖r‖) at every scale of A and b, or is beyond the range of a double and not set.
TEST(Norms, AreRightAtEveryScale) {
  const Problem<double> p = make_problem(400, 10, 10, 1, 156);
  struct Scale {
    int a, b;
    bool representable;
  };
  for (const Scale s :
       {Scale{0, 0, true}, {930, 0, true}, {930, 80, true}, {930, 200, false}, {-900, 0, true}, {-450, -450, true}}) {
    SCOPED_TRACE(std::to_string(s.a) + ' ' + std::to_string(s.b));
    Array<double> a = p.a, b = p.b;
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] = std::ldexp(a[i], s.a);
    for (std::int64_t i = 0; i < b.size(); ++i) b[i] = std::ldexp(b[i], s.b);
    Report report;
    const Solution<double> solution =
        solve(a, b, Options({{"method", "gradient"}, {"max_iter", "1"}}), {0, nullptr, report.get()});
    ASSERT_GE(solution.status, 0) << solution.message;
    const Array<Real> r = residual(a, b, solution.x), g = gradient(a, r);
    EXPECT_NEAR(static_cast<double>(report.real("residual_norm") / norm(r)), 1, 1e-12);
    if (!s.representable) {
      EXPECT_GT(norm(g), 0x1p1024L);
      expect_unset(report, {"gradient_norm"});
      continue;
    }
    EXPECT_NEAR(static_cast<double>(report.real("gradient_norm") / norm(g)), 1, 1e-12);
  }
}

// Wide A with a ridge: x = A'z/√ridge holds only before x is rounded, and in single that rounding is what is left of
// the gradient. It must be that of the x in the caller's hands: A'(b - A x) - ridge x, in which the computed double
// precision products err by n u64, far below u32.
TEST(Norms, WideRidgeGradientIsThatOfTheReturnedX) {
  const Array<float> a = Random(157).normals(12, 30).as<float>(), b = Random(158).normals(12).as<float>();
  for (const double ridge : {1e-2, 1.0, 1e4, 1e8}) {
    SCOPED_TRACE(ridge);
    Report report;
    const Solution<float> solution = solve(a, b, {}, {ridge, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_OK);
    Array<Real> g = gradient(a, residual(a, b, solution.x));
    for (std::int64_t j = 0; j < g.rows(); ++j) g[j] -= wide(ridge) * wide(solution.x[j]);
    EXPECT_NEAR(static_cast<double>(report.real("gradient_norm") / norm(g)), 1, 1e-5);
  }
}

}  // namespace
