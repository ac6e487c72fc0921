// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners from Householder QR, for another ridge, and for whom they are.
#include <limits>

#include "matrix_kinds.hpp"
#include "precond_fixture.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::copied;
using core_fixture::departure;
using core_fixture::log_spaced;
using core_fixture::made_by_qr;
using core_fixture::Numbers;
using core_fixture::preconditioned;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;
using core_fixture::with_spectrum;
using core_fixture::Workbench;

// R is the exact factor of A + ΔA with ‖ΔA‖_F <= γ̃(n d)‖A‖_F (Higham 2002, Theorem 19.4; column by column, so scaling
// does not matter), so ‖(AP)ᵀ(AP) - I‖ <= 2 n d u ‖AD‖_F/σ_min. The estimate that m carries is
// (4√d + √h/4) u κ, h the rows of a block.
TEST(PrecondByQr, MakesAPOrthonormal) {
  struct Shape {
    std::int64_t n, d;
  };
  for (const Shape &shape : {Shape{1, 1}, {5, 5}, {100, 10}, {121, 10}, {4000, 6}, {40, 30}}) {
    for (const double kappa : {1.0, 1e6, 1e12}) {
      for (const double ridge : {0.0, 1e-6}) {
        const Array<double> a = with_spectrum(shape.n, log_spaced(shape.d, kappa), 2);
        Workbench bench(2);
        const DenseMatrix<double> matrix = core_fixture::dense(a);
        const Precond m = made_by_qr(bench, matrix, ridge);
        SCOPED_TRACE(testing::Message() << shape.n << " x " << shape.d << ", kappa " << kappa << ", ridge " << ridge);
        ASSERT_TRUE(m.full_rank());
        EXPECT_EQ(m.origin, PrecondOrigin::qr);
        EXPECT_LE(departure(preconditioned(a, m, ridge)), wide(m.contraction));
        EXPECT_NEAR(m.frobenius / static_cast<double>(norm(a)), 1,
                    static_cast<double>(shape.n * shape.d) * unit_roundoff(64));
        const Array<Real> sigma = core_fixture::singular_values(core_fixture::scaled_stack(a, m, ridge));
        EXPECT_NEAR(m.condition / static_cast<double>(sigma[0] / sigma[shape.d - 1]), 1, 0.1);
      }
    }
  }
}

// However the rows arrive, the stack fills in the same steps: the same bits from panels of any size.
TEST(PrecondByQr, SameBitsFromEveryKind) {
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{50, 8}, {5000, 8}, {1033, 3}}) {
    const Array<double> a = core_fixture::single_numbers(n, d, 3, true);
    const Array<double> b = Numbers(5).normals(n, 2);
    const RightSides sides{core_fixture::view(b)};
    Array<double> r, x;
    for (const core_fixture::Kind &kind : core_fixture::all_kinds(a)) {
      if (!kind.matrix->has_panels()) continue;
      Workbench bench(2);
      Array<double> solution(d, 2);
      const Precond m = precond_by_qr(bench.call, *kind.matrix, 0.5, &sides, core_fixture::view(solution));
      if (r.size() == 0) {
        r = copied(m.r.view());
        x = solution;
      }
      EXPECT_TRUE(copied(m.r.view()) == r) << kind.name << " " << n << " x " << d;
      EXPECT_TRUE(solution == x) << kind.name << " " << n << " x " << d;
    }
  }
}

// Blocks (here 5 of them) and all rows at once both solve the problem to first order in u:
// ‖x̂ - x‖ <= (first-order bound with backward error n d u).
TEST(PrecondByQr, SolvesByBlocksAsByTheWhole) {
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{70, 6}, {5000, 6}}) {
    for (const double ridge : {0.0, 0.3}) {
      const Array<double> a = with_spectrum(n, log_spaced(d, 1e5), 12);
      const Array<double> b = Numbers(5).normals(n);
      const RightSides sides{core_fixture::view(b)};
      Workbench bench;
      const DenseMatrix<double> matrix = core_fixture::dense(a);
      Array<double> x(d);
      const Precond m = precond_by_qr(bench.call, matrix, ridge, &sides, core_fixture::view(x));
      for (std::int64_t j = 0; j < d; ++j) x[j] *= m.scale[j];
      const numeric::Reference reference(numeric::stacked(a, ridge));
      const Array<double> padded = numeric::padded(b, d);
      const Array<Real> exact = reference.solve(padded, d);
      const Real r = norm(residual(numeric::stacked(a, ridge), padded, exact));
      EXPECT_LE(distance(x, exact), reference.forward_bound(padded, exact, r, d, wide(n * d) * u64))
          << n << ", " << ridge;
    }
  }
}

TEST(PrecondByQr, RankDeficientSolutionIsInTheRowSpace) {
  std::vector<double> sigma = log_spaced(9, 100);
  sigma[7] = sigma[8] = 0;
  const std::int64_t n = 60;
  const Array<double> a = with_spectrum(n, sigma, 4), b = Numbers(6).normals(n);
  const RightSides sides{core_fixture::view(b)};
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  Array<double> x(9);
  const Precond m = precond_by_qr(bench.call, matrix, 0, &sides, core_fixture::view(x));
  ASSERT_EQ(m.rank, 7);
  m.remove_null_part(core_fixture::view(x));
  for (std::int64_t j = 0; j < 9; ++j) x[j] *= m.scale[j];
  const numeric::Reference reference(a);
  const Array<Real> exact = reference.solve(b, 7);
  const Real r = norm(residual(a, b, exact));
  EXPECT_LE(distance(x, exact), reference.forward_bound(b, exact, r, 7, wide(n * 9) * u64));
}

TEST(PrecondByQr, NamesWhatIsNotFinite) {
  Array<double> a = Numbers(1).normals(40, 4);
  a(17, 2) = std::numeric_limits<double>::quiet_NaN();
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const std::string text = core_fixture::error_text(Status::e_not_finite, [&] { made_by_qr(bench, matrix); });
  EXPECT_TRUE(core_fixture::contains(text, "A(17, 2)")) << text;
}

// RᵀR = D(AᵀA + μ I)D for the new μ. What comes from an exact factor stays exact to 2 (n + d) d u κ of the new stack.
TEST(AdaptRidge, ToALargerOne) {
  constexpr std::int64_t n = 80, d = 8;
  const Array<double> a = with_spectrum(n, log_spaced(d, 1e4), 2);
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  for (const double from : {0.0, 1e-6, 1.0}) {
    Workbench bench;
    const Precond m = made_by_qr(bench, matrix, from);
    for (const double to : {0.0, 1e-6, 0.5, 1.0, 1e8}) {
      const std::optional<Precond> adapted = adapt_ridge(bench.options, m, to);
      SCOPED_TRACE(testing::Message() << "from " << from << " to " << to);
      ASSERT_EQ(adapted.has_value(), to >= from) << "a smaller ridge would subtract";
      if (!adapted) continue;
      EXPECT_EQ(adapted->ridge, to);
      const Array<Real> stack = core_fixture::scaled_stack(a, *adapted, to);
      const Array<Real> sigma = core_fixture::singular_values(stack);
      // √to - √from and their squares round once each: hence 2 u more.
      const Real bound = (2 * wide((n + d) * d) + 2) * u64 * norm(stack) / sigma[d - 1];
      EXPECT_LE(departure(preconditioned(a, *adapted, to)), bound);
      for (std::int64_t j = 0; j < d; ++j) EXPECT_EQ(adapted->scale[j], m.scale[j]);
    }
  }
}

TEST(AdaptRidge, FillsTheRank) {
  std::vector<double> sigma = log_spaced(8, 10);
  sigma[7] = 0;
  const Array<double> a = with_spectrum(50, sigma, 2);
  Workbench bench;
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  const Precond m = made_by_qr(bench, matrix);
  ASSERT_EQ(m.rank, 7);
  const std::optional<Precond> adapted = adapt_ridge(bench.options, m, 1e-4);
  ASSERT_TRUE(adapted && adapted->full_rank());
  const Array<Real> stack = core_fixture::scaled_stack(a, *adapted, 1e-4);
  EXPECT_LE(departure(preconditioned(a, *adapted, 1e-4)),
            2 * wide(58 * 8 + 1) * u64 * norm(stack) / core_fixture::singular_values(stack)[7]);
}

TEST(BelongsTo, ItsOwnMatrixOnly) {
  const Array<double> a = core_fixture::single_numbers(300, 7, 4, true);
  Array<double> other = a;
  other(299, 6) += 0.01;
  const std::vector<core_fixture::Kind> same = core_fixture::all_kinds(a), others = core_fixture::all_kinds(other);
  for (std::size_t i = 0; i < same.size(); ++i) {
    Workbench bench(2);
    Precond m;
    m.rows = 300;
    m.cols = m.rank = 7;
    m.probe = probe_matrix(bench.run, *same[i].matrix, probe_gain(m));
    EXPECT_TRUE(belongs_to(bench.run, m, *same[i].matrix)) << same[i].name;
    if (!same[i].products_in_single) {  // that rounding would hide a change so small
      EXPECT_FALSE(belongs_to(bench.run, m, *others[i].matrix)) << same[i].name;
    }
  }
}

// ‖A‖_F without the ridge, however much that drowns A: (n + d)u for the sums of squares of qr and cholesky. Of a sketch
// of m rows the square has a relative standard deviation of at most about √(2/m), the norm half of that; four of them
// are allowed.
TEST(PrecondFrobenius, IsThatOfAAlone) {
  const std::int64_t n = 500, d = 10;
  const Array<double> a = core_fixture::with_spectrum(n, log_spaced(d, 1e3), 71);
  const double exact = static_cast<double>(norm(a));
  const auto matrix = core_fixture::dense(a);
  for (const double ridge : {0.0, 1e-3, 1.0, 1e12, 1e24}) {
    SCOPED_TRACE(ridge);
    Workbench bench;
    const double rounding = static_cast<double>(n + d) * unit_roundoff(64);
    EXPECT_NEAR(made_by_qr(bench, matrix, ridge).frobenius / exact, 1, rounding);
    const auto gram = [&] {
      CholeskyPlan plan;
      plan.limit = 1e7;
      return precond_by_cholesky(bench.call, matrix, ridge, plan, nullptr, View<double>());
    }();
    ASSERT_TRUE(gram.has_value());
    EXPECT_NEAR(gram->frobenius / exact, 1, rounding);
    const Precond sketch = precond_by_sketch(bench.call, matrix, ridge, 8);
    const double rows = static_cast<double>(sketch.start->spec.sketch_rows);
    EXPECT_NEAR(sketch.frobenius / exact, 1, 4 * std::sqrt(0.5 / rows));
  }
}

TEST(PowerOfTwoScale, BringsNormsToOne) {
  for (const double norm : {1.0, 1.99, 2.0, 3e-300, 1e300, 0x1p-1022, 0x1.8p1022, 0.75}) {
    const double scaled = norm * power_of_two_scale(norm);
    EXPECT_TRUE(scaled >= 1 && scaled < 2) << norm;
    int exponent = 0;
    EXPECT_EQ(std::frexp(power_of_two_scale(norm), &exponent), 0.5);
  }
  EXPECT_EQ(power_of_two_scale(5e-324), 0x1p1022) << "no further than scale and inverse are normal numbers";
  EXPECT_EQ(power_of_two_scale(0x1p1023), 0x1p-1022);
  EXPECT_EQ(power_of_two_scale(0), 1);
  EXPECT_EQ(power_of_two_scale(std::nan("")), 1);
  EXPECT_EQ(power_of_two_scale(std::numeric_limits<double>::infinity()), 1);
}

TEST(RankTolerance, FollowsPrecisionSizeAndOption) {
  Options options;
  EXPECT_EQ(rank_tolerance(options, 10, 64), 5 * 0x1p-53);
  EXPECT_EQ(rank_tolerance(options, 10, 32), 5 * 0x1p-24);
  EXPECT_EQ(rank_tolerance(options, 400, 64), 10 * 0x1p-53);
  options.rank_tol = 1e-3;
  EXPECT_EQ(rank_tolerance(options, 400, 64), 1e-3);
}

}  // namespace
}  // namespace akr
