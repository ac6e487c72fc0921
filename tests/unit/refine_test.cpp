// SPDX-License-Identifier: BSD-3-Clause
// The loop of refinement: which columns it works on, which iterate it keeps, what it tells.
#include "solve/refine.hpp"

#include "linalg/blas.hpp"
#include "matrix_kinds.hpp"
#include "precond_fixture.hpp"
#include "solve/conjugate_gradients.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;
using core_fixture::with_spectrum;
using core_fixture::Workbench;

constexpr std::int64_t n = 300, d = 12;

// A matrix that notes how many columns each pass is asked for, and may raise a flag in one of them.
class NotingMatrix final : public Matrix {
 public:
  explicit NotingMatrix(const Matrix &inner) : Matrix(inner.rows(), inner.cols(), inner.bits()), inner_(inner) {}
  void add_pass(akr::Run &run, const PassRequest &request) const override {
    widths.push_back(request.b != nullptr ? request.b->cols() : request.x.cols);
    if (static_cast<int>(widths.size()) == stop_in_pass) stop = 1;
    inner_.pass(run, request);
    run.poll();
  }
  void apply(akr::Run &run, View<const double> x, View<double> y) const override { inner_.apply(run, x, y); }
  void panels(akr::Run &run, std::int64_t alignment, std::int64_t preferred,
              const std::function<void(const AnyPanel &)> &visit) const override {
    inner_.panels(run, alignment, preferred, visit);
  }
  void check_finite(akr::Run &run) const override { inner_.check_finite(run); }
  bool is_dense() const noexcept override { return pretends_to_be_in_memory; }
  mutable std::vector<std::int64_t> widths;
  bool pretends_to_be_in_memory = true;
  int stop_in_pass = 0;
  mutable std::int32_t stop = 0;

 private:
  const Matrix &inner_;
};

// One problem with three right-hand sides: 0 and 2 start at their solutions (2 is b = 0), 1 starts at zero.
class Refining {
 public:
  explicit Refining(double kappa = 1e4)
      : a(with_spectrum(n, log_spaced(d, kappa), 51)), inner(core_fixture::dense(a)), matrix(inner), b(n, 3), x(d, 3) {
    const Array<double> random = Numbers(2).normals(n, 2);
    std::copy_n(random.data(), 2 * n, b.data());
    reference = std::make_unique<numeric::Reference>(a);
    for (std::int64_t c = 0; c < 3; ++c) rhs.push_back(static_cast<double>(norm(b.column(c))));
  }

  Array<Real> solution(std::int64_t c) const { return reference->solve(b.column(c), d); }
  void start_at(std::int64_t c, const Precond &m, double factor = 1) {
    const Array<Real> exact = solution(c);
    for (std::int64_t j = 0; j < d; ++j) x(j, c) = factor * static_cast<double>(exact[j]) / m.scale[j];
  }
  RefineResult run(Workbench &bench, const Precond &m, const RefinePlan &plan) {
    const RightSides sides{core_fixture::view(std::as_const(b))};
    LeastSquaresProblem problem(bench.run, matrix, m.ridge, sides, m);
    return refine(bench.call, problem, m, plan, rhs, core_fixture::view(x));
  }
  Precond sketched(Workbench &bench) const { return precond_by_sketch(bench.call, inner, 0, 8); }
  Precond exact(Workbench &bench) const { return core_fixture::made_by_qr(bench, inner); }

  Array<double> a;
  DenseMatrix<double> inner;
  NotingMatrix matrix;
  Array<double> b, x;
  std::vector<double> rhs;
  std::unique_ptr<numeric::Reference> reference;
};

// A rounded solution has a backward error of at most u; the residual that certifies it adds a little.
RefinePlan plan_to(double target) {
  RefinePlan plan;
  plan.target = target;
  plan.acceptable = 2 * target;
  return plan;
}

TEST(Refine, RetiresColumnsSeparately) {
  for (const bool by_sketch : {true, false}) {
    Refining problem;
    Workbench bench;
    const Precond m = by_sketch ? problem.sketched(bench) : problem.exact(bench);
    problem.start_at(0, m);
    const Array<double> before = problem.x;
    const RefineResult result = problem.run(bench, m, plan_to(2 * u64));
    ASSERT_EQ(result.columns.size(), 3u);
    for (const ColumnResult &column : result.columns) {
      EXPECT_TRUE(column.converged);
      EXPECT_LE(column.backward_error, 4 * u64);
    }
    EXPECT_STREQ(result.stopped_by, "converged");
    ASSERT_GE(problem.matrix.widths.size(), 2u);
    EXPECT_EQ(problem.matrix.widths[0], 3);
    for (std::size_t i = 1; i < problem.matrix.widths.size(); ++i) {
      EXPECT_EQ(problem.matrix.widths[i], 1) << "only column 1 is still at work, pass " << i;
    }
    for (const std::int64_t c : {0, 2}) EXPECT_TRUE(problem.x.column(c) == before.column(c)) << "done before it began";
    EXPECT_EQ(static_cast<std::size_t>(result.iterations), result.history.size());
    EXPECT_GE(result.iterations, 1);

    Array<double> x = problem.x.column(1);
    for (std::int64_t j = 0; j < d; ++j) x[j] *= m.scale[j];
    const Array<Real> exact = problem.solution(1);
    const Real r = norm(residual(problem.a, problem.b.column(1), exact));
    EXPECT_LE(distance(x, exact), problem.reference->forward_bound(problem.b.column(1), exact, r, d, 5.2L * u64));
    // The norms told are those of the best iterate: the residual to the accuracy of a sum of n squares, the gradient as
    // the backward error says, ‖g‖ <= BE ‖A‖_F ‖(AᵀA + ω²I)^(1/2)‖/φ with ω = φ‖r‖, φ⁻² = (‖b‖/‖A‖_F)² + ‖x‖².
    EXPECT_NEAR(result.columns[1].residual / static_cast<double>(r), 1, static_cast<double>(n + d) * unit_roundoff(64));
    const Real size = norm(problem.a), inverse_phi = std::hypot(wide(problem.rhs[1]) / size, norm(x));
    EXPECT_LE(result.columns[1].gradient,
              1.01L * wide(result.columns[1].backward_error) * size * std::hypot(size * inverse_phi, r));
  }
}

// Cancelled in each pass of the solve in turn, the first check, CG steps and the later checks. In memory every iterate
// is judged, by one more pass where it had none; else A is not read again, and of an iterate without a check nothing is
// told. Either way it is the latest: what CG has reached is kept.
TEST(Refine, AnInterruptionCertifiesInMemoryOnly) {
  for (const bool in_memory : {true, false}) {
    Real previous = std::numeric_limits<Real>::infinity();
    for (int pass = 1; pass <= 12; ++pass) {
      SCOPED_TRACE(std::string(in_memory ? "in memory" : "on disk") + ", pass " + std::to_string(pass));
      Refining problem;
      Workbench bench;
      const Precond m = problem.sketched(bench);
      problem.matrix.pretends_to_be_in_memory = in_memory;
      problem.matrix.stop_in_pass = pass;
      bench.run.monitor().set_cancel_flag(&problem.matrix.stop);
      const RefineResult result = problem.run(bench, m, plan_to(u64));
      ASSERT_TRUE(result.cancelled);
      EXPECT_STREQ(result.stopped_by, "cancel");
      EXPECT_EQ(problem.matrix.widths.size(), static_cast<std::size_t>(in_memory && pass != 2 ? pass + 1 : pass));
      EXPECT_EQ(result.iterations, std::max(0, pass - 2)) << "a pass that is not finished is no iteration";
      Array<double> x = problem.x.column(1);
      for (std::int64_t j = 0; j < d; ++j) x[j] *= m.scale[j];
      const ColumnResult &column = result.columns[1];
      EXPECT_EQ(std::isfinite(column.backward_error), in_memory || pass == 2);
      EXPECT_EQ(std::isnan(column.residual), !(in_memory || pass == 2));
      EXPECT_EQ(std::isnan(column.gradient), !(in_memory || pass == 2));
      const Array<Real> r = residual(problem.a, problem.b.column(1), x);
      if (in_memory) {
        EXPECT_NEAR(column.residual / static_cast<double>(norm(r)), 1, static_cast<double>(n + d) * unit_roundoff(64));
      }
      const Real error = distance(residual(problem.a, problem.b.column(1), problem.solution(1)), r);
      if (pass > 2) {
        EXPECT_LE(error, 1.001L * previous);
      }
      if (pass == 12) {
        EXPECT_LE(error, 1e-3L * norm(problem.b.column(1)));
      }
      previous = error;
      EXPECT_EQ(result.columns[2].converged, in_memory || pass >= 2) << "b = 0 was done in the first check";
    }
  }
}

// P twice too large: each unit step x += 4 (AᵀA)⁻¹g turns the error e into -3e. The start stays the best.
TEST(Refine, KeepsTheBestIterate) {
  Refining problem;
  Workbench bench;
  Precond m = problem.exact(bench);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < d; ++i) m.r(i, j) /= 2;
  }
  for (const std::int64_t c : {0, 1}) problem.start_at(c, m, 1.001);
  const Array<double> before = problem.x;
  RefinePlan plan = plan_to(u64);
  plan.gradient_steps = true;
  plan.max_iterations = 5;
  const RefineResult result = problem.run(bench, m, plan);
  EXPECT_TRUE(problem.x == before);
  EXPECT_STREQ(result.stopped_by, "max_iter");
  EXPECT_EQ(result.iterations, 5);
  ASSERT_EQ(result.history.size(), 5u);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_NEAR(result.history[i] / result.history[i - 1], 3, 1e-6);
  EXPECT_FALSE(result.columns[0].converged);
  EXPECT_TRUE(result.columns[2].converged) << "b = 0";
  const Real r = norm(residual(problem.a, problem.b.column(0), problem.solution(0)));
  EXPECT_NEAR(result.columns[0].residual / static_cast<double>(r), 1, 1e-3) << "of the start, not of the last iterate";
}

// The same P taken for an exact one: after a step that made it worse, conjugate gradients, which do not mind the
// factor.
TEST(Refine, TurnsToConjugateGradients) {
  Refining problem;
  Workbench bench;
  Precond m = problem.exact(bench);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < d; ++i) m.r(i, j) /= 2;
  }
  const RefineResult result = problem.run(bench, m, plan_to(4 * u64));
  for (const ColumnResult &column : result.columns) EXPECT_TRUE(column.converged);
  EXPECT_EQ(static_cast<std::size_t>(result.iterations), result.history.size());
}

// Column 1 is at its solution and stops at the noise of its gradient, the others go on, each as if alone.
TEST(Refine, AColumnAtItsFloorLeavesTheOthersAlone) {
  Refining problem;
  Workbench bench;
  const Precond m = problem.sketched(bench);
  const Array<double> random = Numbers(4).normals(n, 1);
  std::copy_n(random.data(), n, &problem.b(0, 2));
  problem.rhs[2] = static_cast<double>(norm(problem.b.column(2)));
  problem.start_at(1, m);
  const auto steps_of = [&](const std::vector<std::int64_t> &columns) {
    const std::int64_t k = static_cast<std::int64_t>(columns.size());
    const RightSides sides{core_fixture::view(std::as_const(problem.b))};
    LeastSquaresProblem least_squares(bench.run, problem.matrix, 0, sides, m);
    Array2<double> x(d, k), g(d, k), step(d, k);
    std::vector<double> residuals(columns.size()), weights(columns.size());
    CgRound round;
    for (std::int64_t i = 0; i < k; ++i) {
      std::copy_n(&problem.x(0, columns[static_cast<std::size_t>(i)]), d, x.col(i));
      round.rhs.push_back(problem.rhs[static_cast<std::size_t>(columns[static_cast<std::size_t>(i)])]);
    }
    least_squares.gradient(columns, x.view(), g.view(), residuals.data(), weights.data());
    for (const double w : weights) round.weight.push_back(std::sqrt(w));
    round.x = x.view();
    round.g = g.view();
    round.max_iterations = 80;
    round.target = 2 * u64;
    round.first = true;
    BackwardError error(m);
    RefineResult result;
    conjugate_gradient_round(bench.call, least_squares, m, error, round, step.view(), result);
    return step;
  };
  const Array2<double> together = steps_of({0, 1, 2});
  for (const std::int64_t c : {0, 1, 2}) {
    const Array2<double> alone = steps_of({c});
    for (std::int64_t j = 0; j < d; ++j) {
      EXPECT_NEAR(together(j, c), alone(j, 0), 1e-9 * linalg::norm2(alone.col(0), d)) << "column " << c << ", " << j;
    }
  }
}

TEST(Refine, StopsAtMaxIter) {
  for (const std::int64_t most : {1, 3, 7}) {
    Refining problem;
    Workbench bench;
    const Precond m = problem.sketched(bench);
    RefinePlan plan = plan_to(u64);
    plan.max_iterations = most;
    const RefineResult result = problem.run(bench, m, plan);
    EXPECT_EQ(result.iterations, most);
    EXPECT_EQ(result.history.size(), static_cast<std::size_t>(most));
    EXPECT_STREQ(result.stopped_by, "max_iter");
    EXPECT_FALSE(result.columns[0].converged);
    // A gradient before, a product for each iteration, a gradient after.
    EXPECT_EQ(problem.matrix.widths.size(), static_cast<std::size_t>(most) + 2);
  }
}

// A target that no double reaches: it stops by itself, with the best it found, and does not call that converged.
TEST(Refine, NoticesStagnation) {
  for (const bool by_sketch : {true, false}) {
    Refining problem;
    Workbench bench;
    const Precond m = by_sketch ? problem.sketched(bench) : problem.exact(bench);
    const RefineResult result = problem.run(bench, m, plan_to(1e-40));
    EXPECT_STREQ(result.stopped_by, "stagnation");
    EXPECT_FALSE(result.columns[0].converged || result.columns[1].converged);
    EXPECT_LE(result.columns[0].backward_error, 4 * u64) << "and what it found is good";
    EXPECT_LE(result.columns[1].backward_error, 4 * u64);
  }
}

TEST(Refine, EndsWithTheBestIterateWhenStopped) {
  for (const bool by_time : {false, true}) {
    Refining problem;
    Workbench bench;
    const Precond m = problem.sketched(bench);
    const std::int32_t flag = 1;
    if (by_time) {
      bench.run.monitor().set_time_limit(1e-9);
    } else {
      bench.run.monitor().set_cancel_flag(&flag);
    }
    problem.start_at(0, m, 1.5);
    const Array<double> before = problem.x;
    const RefineResult result = problem.run(bench, m, plan_to(u64));
    EXPECT_EQ(result.cancelled, !by_time);
    EXPECT_EQ(result.out_of_time, by_time);
    EXPECT_STREQ(result.stopped_by, by_time ? "time_limit" : "cancel");
    EXPECT_TRUE(problem.x == before);
    EXPECT_EQ(result.iterations, 0);
    EXPECT_NEAR(result.columns[1].residual / problem.rhs[1], 1, static_cast<double>(n) * unit_roundoff(64))
        << "certified all the same: x = 0";
    EXPECT_TRUE(result.columns[2].converged);
  }
}

TEST(Refine, AnswersInSinglePrecision) {
  Refining problem(100);
  Workbench bench;
  const Precond m = problem.exact(bench);
  RefinePlan plan = plan_to(core_fixture::u32);
  plan.out_bits = 32;
  const RefineResult result = problem.run(bench, m, plan);
  for (const ColumnResult &column : result.columns) EXPECT_TRUE(column.converged);
  for (std::int64_t i = 0; i < problem.x.size(); ++i) {
    EXPECT_EQ(problem.x[i], static_cast<double>(static_cast<float>(problem.x[i])));
  }
}

}  // namespace
}  // namespace akr
