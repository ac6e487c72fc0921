// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners from a sketch, and what randomised Cholesky QR makes of them.
#include <map>

#include "linalg/lapack.hpp"
#include "matrix_kinds.hpp"
#include "precond_fixture.hpp"
#include "sketch/choose.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::departure;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::preconditioned;
using core_fixture::product;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;
using core_fixture::with_spectrum;
using core_fixture::Workbench;

Precond make(const Array<double> &a, double ridge, SketchChoice kind, std::int64_t seed, double factor,
             std::string *used = nullptr) {
  Workbench bench(2);
  bench.options.seed = seed;
  bench.options.sketch_kind = static_cast<std::int64_t>(kind);
  Precond m = precond_by_sketch(bench.call, core_fixture::dense(a), ridge, factor);
  if (used != nullptr) *used = std::get<std::string>(bench.report.get(Key::sketch_kind));
  return m;
}

// With A = Q T and S A = Q' R the singular values of A R⁻¹ are the reciprocals of those of S Q. For a Gaussian S they
// lie in [1 - η - t, 1 + η + t], η = √(d/m), save with probability 2 exp(-m t²/2), and the means of the extreme ones in
// [1 - η, 1 + η] with standard deviations of at most 1/√m (Davidson, Szarek 2001, Theorem II.13); the structured
// sketches are held to the same.
struct Extremes {
  std::vector<double> largest, smallest;  // singular values of A P, one pair a seed
};

// t leaves a failure probability of 10⁻⁵ a seed; three standard deviations of a mean, one of 10⁻³.
bool as_theory_says(const Extremes &seen, double d, double m) {
  const double eta = std::sqrt(d / m), t = std::sqrt(2 * std::log(2e5) / m);
  const double count = static_cast<double>(seen.largest.size());
  double mean_high = 0, mean_low = 0;
  for (std::size_t i = 0; i < seen.largest.size(); ++i) {
    const double high = 1 / seen.smallest[i], low = 1 / seen.largest[i];
    if (!(high <= 1 + eta + t && low >= 1 - eta - t)) return false;
    mean_high += high / count;
    mean_low += low / count;
  }
  const double margin = 3 / std::sqrt(m * count);
  return mean_high <= 1 + eta + margin && mean_low >= 1 - eta - margin;
}

TEST(PrecondBySketch, ConditionAsTheoryPromises) {
  constexpr std::int64_t n = 500, d = 24, seeds = 8;
  for (const double kappa : {10.0, 1e12}) {
    const Array<double> a = with_spectrum(n, log_spaced(d, kappa), 3);
    for (const auto kind : {SketchChoice::sparse_sign, SketchChoice::srht, SketchChoice::gaussian}) {
      for (const double factor : {8.0, 20.0}) {
        Extremes seen, wrong;
        for (std::int64_t seed = 1; seed <= seeds; ++seed) {
          const Precond m = make(a, 0, kind, seed, factor);
          EXPECT_EQ(m.start->spec.sketch_rows, static_cast<std::int64_t>(factor) * d);
          EXPECT_TRUE(m.full_rank());
          const Array<Real> sigma = core_fixture::singular_values(preconditioned(a, m));
          seen.largest.push_back(static_cast<double>(sigma[0]));
          seen.smallest.push_back(static_cast<double>(sigma[d - 1]));
          wrong.largest.push_back(2 * seen.largest.back());
          wrong.smallest.push_back(2 * seen.smallest.back());
          // ‖S A‖_F² has mean ‖A‖_F² and, with one large singular value, a relative variance of 2/m.
          EXPECT_NEAR(m.frobenius / static_cast<double>(norm(a)), 1, 5 / std::sqrt(factor * d));
        }
        SCOPED_TRACE(testing::Message() << "kappa " << kappa << ", kind " << static_cast<int>(kind)
                                        << ", m = " << factor << " d");
        EXPECT_TRUE(as_theory_says(seen, d, factor * d));
        EXPECT_FALSE(as_theory_says(wrong, d, factor * d)) << "negative control: S scaled by 1/2";
      }
    }
  }
}

// The ridge is stacked unsketched: it can only help.
TEST(PrecondBySketch, Ridge) {
  const Array<double> a = with_spectrum(400, log_spaced(16, 1e10), 5);
  for (const double ridge : {1e-12, 1e-4, 1.0, 1e6}) {
    const Precond m = make(a, ridge, SketchChoice::sparse_sign, 2, 8);
    EXPECT_EQ(m.ridge, ridge);
    const Array<Real> sigma = core_fixture::singular_values(preconditioned(a, m, ridge));
    // η and t as above.
    const Real spread = std::sqrt(1 / 8.0L) + std::sqrt(2 * std::log(2e5L) / 128);
    EXPECT_LE(sigma[0], 1 / (1 - spread));
    EXPECT_GE(sigma[15], 1 / (1 + spread));
  }
}

Array<double> deficient(std::int64_t n, std::int64_t d, std::int64_t rank) {
  std::vector<double> sigma = log_spaced(d, 1e3);
  for (std::int64_t j = rank; j < d; ++j) sigma[static_cast<std::size_t>(j)] = 0;
  return with_spectrum(n, sigma, 6);
}

// Exact rank k plus the rounding of the entries: √(n d) u at most, far below the tolerance of 5u where spread over the
// d - k directions, so that k is found; N spans the null space to that accuracy.
TEST(PrecondBySketch, TruncatesAtTheNumericalRank) {
  constexpr std::int64_t n = 300, d = 14;
  for (const std::int64_t rank : {1, 9, 13}) {
    const Array<double> a = deficient(n, d, rank);
    for (const auto kind : {SketchChoice::sparse_sign, SketchChoice::srht}) {
      const Precond m = make(a, 0, kind, 1, 8);
      SCOPED_TRACE(testing::Message() << "rank " << rank);
      ASSERT_EQ(m.rank, rank);
      ASSERT_EQ(m.truncated.cols(), rank);
      ASSERT_EQ(m.null_basis.cols(), d - rank);
      const Array<Real> sigma = core_fixture::singular_values(preconditioned(a, m));
      const double spread = std::sqrt(1 / 8.0) + std::sqrt(2 * std::log(2e5) / (8 * d));
      EXPECT_LE(sigma[0] / sigma[rank - 1], (1 + spread) / (1 - spread));
      const Array<double> basis = core_fixture::copied(m.null_basis.view());
      Array<Real> gram = product(basis.transposed(), basis);
      for (std::int64_t j = 0; j < d - rank; ++j) gram(j, j) -= 1;
      EXPECT_LE(norm(gram), 8 * wide(d * d) * u64);
      EXPECT_LE(norm(product(a, basis)), 64 * wide(d) * u64 * norm(a));
      EXPECT_LE(m.dropped, 5 * u64);
      EXPECT_GT(m.kept, 1e-5);
      // A ridge fills the rank.
      EXPECT_TRUE(make(a, 1e-8, kind, 1, 8).full_rank());
    }
  }
}

// x loses its part in the null space and nothing else: A D x stays, Nᵀ D x goes.
TEST(Precond, RemovesTheNullPart) {
  constexpr std::int64_t n = 200, d = 10, rank = 6;
  Array<double> a = deficient(n, d, rank);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) a(i, j) *= std::ldexp(1.0, static_cast<int>(j % 4));
  }
  const Precond m = make(a, 0, SketchChoice::sparse_sign, 1, 8);
  ASSERT_EQ(m.rank, rank);
  const Array<double> before = Numbers(7).normals(d, 2);
  Array<double> after = before;
  m.remove_null_part(core_fixture::view(after));
  Array<Real> x0 = before.as<Real>(), x1 = after.as<Real>();
  for (std::int64_t j = 0; j < 2; ++j) {
    for (std::int64_t i = 0; i < d; ++i) {
      x0(i, j) *= wide(m.scale[i]);
      x1(i, j) *= wide(m.scale[i]);
    }
  }
  const Array<double> basis = core_fixture::copied(m.null_basis.view());
  EXPECT_LE(norm(product(basis.transposed(), x1)), 8 * wide(d) * u64 * norm(x0));
  EXPECT_GT(norm(product(basis.transposed(), x0)), 0.1L * norm(x0)) << "there was something to remove";
  EXPECT_LE(distance(product(a, x1), product(a, x0)), 64 * wide(d) * u64 * norm(a) * norm(x0));
  Array<double> again = after;
  m.remove_null_part(core_fixture::view(again));
  EXPECT_LE(distance(again, after), 8 * wide(d) * u64 * norm(after));

  const Precond full = make(with_spectrum(n, log_spaced(d, 10), 1), 0, SketchChoice::sparse_sign, 1, 8);
  Array<double> kept = before;
  full.remove_null_part(core_fixture::view(kept));
  EXPECT_TRUE(kept == before) << "nothing to do at full rank";
}

// The rank of S A for the SRHT that `spec` means.
std::int64_t sketched_rank(const SketchSpec &spec, const Array<double> &a) {
  akr::Run run(1, 0);
  Array<double> sa(spec.sketch_rows, a.cols());
  sketch_matrix(run, *make_sketch(spec), core_fixture::dense(a), core_fixture::view(sa));
  const Array<Real> sigma = core_fixture::singular_values(sa);
  std::int64_t rank = 0;
  while (rank < a.cols() && sigma[rank] > 1e-12L * sigma[0]) ++rank;
  return rank;
}

// A = [I; 0] with as few rows in the sketch as A has columns: some SRHTs lose rank that A has. Before a deficiency is
// believed, A is sketched again with sparse signs.
TEST(PrecondBySketch, CoherentMatrixIsSketchedAgain) {
  constexpr std::int64_t n = 16, d = 8;
  Array<double> a(n, d);
  for (std::int64_t j = 0; j < d; ++j) a(j, j) = 1;
  std::map<std::string, int> used;
  for (std::int64_t seed = 0; seed < 30; ++seed) {
    Workbench bench;
    bench.options.seed = seed;
    bench.options.sketch_kind = static_cast<std::int64_t>(SketchChoice::srht);
    bench.options.sketch_transform = static_cast<std::int64_t>(TransformChoice::hadamard);
    bench.options.sketch_factor = 1;
    const DenseMatrix<double> matrix = core_fixture::dense(a);
    const bool loses_rank = sketched_rank(choose_sketch(bench.options, matrix, 8), a) < d;
    const Precond m = precond_by_sketch(bench.call, matrix, 0, 8);
    const std::string kind = std::get<std::string>(bench.report.get(Key::sketch_kind));
    EXPECT_EQ(kind, loses_rank ? "sparse-sign" : "srht-hadamard") << "seed " << seed;
    EXPECT_EQ(std::get<std::int64_t>(bench.report.get(Key::sketch_rows)), loses_rank ? 4 * d + 32 : d);
    EXPECT_EQ(m.start->spec.kind, loses_rank ? SketchKind::sparse_sign : SketchKind::srht) << "the start's sketch too";
    ++used[kind];
  }
  EXPECT_GE(used["sparse-sign"], 3);
  EXPECT_GE(used["srht-hadamard"], 3);
}

// The start solves min ‖S(Ax - b)‖: its residual is within (1 + η + t)/(1 - η - t) of the least one, and exact where b
// is in the range of A, up to 10 d u κ ‖x‖ for κ(A) = 10.
TEST(PrecondBySketch, SketchedStart) {
  constexpr std::int64_t n = 400, d = 10;
  for (const std::int64_t rank : {d, std::int64_t{7}}) {
    const Array<double> a = rank == d ? with_spectrum(n, log_spaced(d, 10), 2) : deficient(n, d, rank);
    const Precond m = make(a, 0, SketchChoice::sparse_sign, 1, 8);
    ASSERT_EQ(m.rank, rank);
    Array<double> b(n, 2);
    const Array<double> x = Numbers(9).normals(d), noise = Numbers(10).normals(n);
    const Array<Real> inside = product(a, x);
    for (std::int64_t i = 0; i < n; ++i) {
      b(i, 0) = static_cast<double>(inside[i]);
      b(i, 1) = noise[i];
    }
    const RightSides sides{core_fixture::view(std::as_const(b))};
    Array<double> start(d, 2);
    akr::Run run(1, 0);
    ASSERT_TRUE(m.sketched_start(run, sides, core_fixture::view(start)));
    for (std::int64_t j = 0; j < 2; ++j) {
      for (std::int64_t i = 0; i < d; ++i) start(i, j) *= m.scale[i];
    }
    EXPECT_LE(norm(residual(a, b.column(0), start.column(0))), 1000 * wide(d) * u64 * norm(b.column(0)));
    const numeric::Reference reference(a);
    const Array<Real> best = reference.solve(b.column(1), rank);
    const Real spread = std::sqrt(wide(rank) / 80) + std::sqrt(2 * std::log(2e5L) / 80);
    EXPECT_LE(norm(residual(a, b.column(1), start.column(1))),
              (1 + spread) / (1 - spread) * norm(residual(a, b.column(1), best)));
  }
}

// ‖(AP)ᵀ(AP) - I‖ <= 4 √d u κ, what contraction says, from κ = 1 to 10¹⁴; panels, sparse or not, and products alike.
TEST(Orthonormalise, ToRoundoffTimesCondition) {
  constexpr std::int64_t n = 400, d = 20;
  for (const double kappa : {1.0, 1e3, 1e7, 1e10, 1e14}) {
    for (const double ridge : {0.0, 1e-2}) {
      const Array<double> a = with_spectrum(n, log_spaced(d, kappa), 8);
      std::vector<core_fixture::Kind> kinds;
      kinds.push_back(core_fixture::detail::dense_kind<double>(a, true, 2, false));
      kinds.push_back(core_fixture::detail::sparse_kind<double, std::int32_t>(a, false, 0, false));
      kinds.push_back(core_fixture::detail::operator_kind<double>(a));
      for (const core_fixture::Kind &kind : kinds) {
        Workbench bench(2);
        Precond m = precond_by_sketch(bench.call, *kind.matrix, ridge, 8);
        const Real before = departure(preconditioned(a, m, ridge));
        ASSERT_TRUE(orthonormalise(bench.call, *kind.matrix, m));
        const Real after = departure(preconditioned(a, m, ridge));
        EXPECT_LE(after, wide(m.contraction)) << kind.name << ", kappa " << kappa << ", ridge " << ridge;
        EXPECT_GT(before, 0.05L) << "there was something to do";
        EXPECT_LE(m.contraction, 4.1 * std::sqrt(20.0) * unit_roundoff(64) * 7 * kappa) << "u kappa(S A), no more";
        EXPECT_EQ(m.origin, PrecondOrigin::sketch_cholqr);
      }
    }
  }
}

TEST(Orthonormalise, TruncatedFactor) {
  const Array<double> a = deficient(300, 12, 7);
  Workbench bench(2);
  const DenseMatrix<double> matrix = core_fixture::dense(a);
  Precond m = precond_by_sketch(bench.call, matrix, 0, 8);
  ASSERT_EQ(m.rank, 7);
  ASSERT_TRUE(orthonormalise(bench.call, matrix, m));
  EXPECT_LE(departure(preconditioned(a, m)), wide(m.contraction));
}

// A preconditioner of another matrix, under which A P is singular: refused, and left as it was.
TEST(Orthonormalise, RefusesSingularProducts) {
  const Array<double> a = with_spectrum(100, log_spaced(6, 10), 1);
  Array<double> singular = a;
  for (std::int64_t i = 0; i < 100; ++i) singular(i, 3) = 0;
  Workbench bench;
  Precond m = precond_by_sketch(bench.call, core_fixture::dense(a), 0, 8);
  const Array<double> r = core_fixture::copied(m.r.view());
  EXPECT_FALSE(orthonormalise(bench.call, core_fixture::dense(singular), m));
  EXPECT_TRUE(core_fixture::copied(m.r.view()) == r);
  EXPECT_EQ(m.origin, PrecondOrigin::sketch);
}

}  // namespace
}  // namespace akr
