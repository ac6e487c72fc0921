// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners from the Cholesky factor of AᵀA.
#include <limits>

#include "matrix/row_blocks.hpp"
#include "matrix_kinds.hpp"
#include "precond/block_gram.hpp"
#include "precond/gram.hpp"
#include "precond_fixture.hpp"
#include "reference/problem_reference.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::departure;
using core_fixture::log_spaced;
using core_fixture::preconditioned;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;
using core_fixture::with_spectrum;
using core_fixture::Workbench;

constexpr double limit = cholesky_condition_limit;

std::optional<Precond> make(const Array<double> &a, double ridge, double cond_limit, bool peek) {
  Workbench bench(2);
  return precond_by_cholesky(bench.call, core_fixture::dense(a), ridge, CholeskyPlan{cond_limit, peek}, nullptr, {});
}

// RᵀR = DAᵀAD + E with |E| <= γ(n + d + 1)|DAᵀ||AD| (Gram matrix and Higham 2002, Theorem 10.3), so that
// ‖(AP)ᵀ(AP) - I‖ <= (n + d + 1) u ‖AD‖_F² / σ_min(R)². The estimate that m carries supposes random signs of the
// rounding errors: 4 √d u κ².
TEST(PrecondByCholesky, MakesAPNearlyOrthonormal) {
  const std::int64_t n = 600, d = 20;
  for (const double kappa : {1.0, 1e2, 1e4, 1e6, 1e7, 3e7}) {
    for (const double ridge : {0.0, 1e-3}) {
      for (const bool peek : {false, true}) {
        const Array<double> a = with_spectrum(n, log_spaced(d, kappa), 4);
        const std::optional<Precond> m = make(a, ridge, limit, peek);
        SCOPED_TRACE(testing::Message() << "kappa " << kappa << ", ridge " << ridge << ", peek " << peek);
        ASSERT_TRUE(m.has_value());
        const Array<Real> stack = core_fixture::scaled_stack(a, *m, ridge);
        const Array<Real> sigma = core_fixture::singular_values(stack);
        const Real rigorous = 1.1L * wide(n + d + 1) * u64 * norm(stack) * norm(stack) / (sigma[d - 1] * sigma[d - 1]);
        const Real actual = departure(preconditioned(a, *m, ridge));
        EXPECT_LE(actual, rigorous);
        EXPECT_LE(actual, wide(m->contraction));
        EXPECT_TRUE(m->full_rank());
        EXPECT_EQ(m->origin, PrecondOrigin::cholesky);
        // Forming ‖A‖_F² as a sum of n d squares: relative error n u on the square, d more for the diagonal's sum.
        EXPECT_NEAR(m->frobenius / static_cast<double>(norm(a)), 1, static_cast<double>(n + d) * unit_roundoff(64));
        EXPECT_LE(m->condition, sigma[0] / sigma[d - 1] * (1 + actual));
        for (std::int64_t j = 0; j < d; ++j) {
          for (std::int64_t i = j + 1; i < d; ++i) ASSERT_EQ(m->r(i, j), 0);
        }
      }
    }
  }
}

// The estimate of the condition number is at most the true one: what is refused is over the limit, and what is far over
// the limit is refused.
TEST(PrecondByCholesky, RefusesOverItsLimit) {
  const std::int64_t d = 12;
  for (const double kappa : {30.0, 3e3, 3e5}) {
    const Array<double> a = with_spectrum(400, log_spaced(d, kappa), 9);
    const std::optional<Precond> m = make(a, 0, limit, false);
    ASSERT_TRUE(m.has_value());
    const double scaled = static_cast<double>(core_fixture::condition(core_fixture::scaled_stack(a, *m, 0)));
    for (const bool peek : {false, true}) {
      EXPECT_TRUE(make(a, 0, 1.01 * scaled, peek).has_value()) << kappa;
      EXPECT_FALSE(make(a, 0, 0.5 * scaled, peek).has_value()) << kappa;
    }
  }
  for (const double kappa : {1e8, 1e9, 1e15}) {
    EXPECT_FALSE(make(with_spectrum(400, log_spaced(d, kappa), 9), 0, limit, false).has_value()) << kappa;
    EXPECT_TRUE(make(with_spectrum(400, log_spaced(d, kappa), 9), 1e-6, limit, false).has_value())
        << "ridge, " << kappa;
  }
}

TEST(PrecondByCholesky, RefusesWhatCannotBeScaled) {
  Array<double> a = core_fixture::Numbers(1).normals(50, 3);
  for (std::int64_t i = 0; i < 50; ++i) a(i, 1) = 0;
  EXPECT_FALSE(make(a, 0, limit, false).has_value()) << "zero column";
  EXPECT_TRUE(make(a, 0.5, limit, false).has_value()) << "zero column, ridge";
  for (const double size : {1e-140, 1e140, 1e200}) {
    for (std::int64_t i = 0; i < 50; ++i) a(i, 1) = size * (1 + static_cast<double>(i % 7));
    EXPECT_FALSE(make(a, 0, limit, false).has_value()) << "squares of " << size;
  }
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    a(13, 1) = bad;
    Workbench bench;
    const DenseMatrix<double> matrix = core_fixture::dense(a);
    core_fixture::error_text(Status::e_not_finite, [&] {
      if (!precond_by_cholesky(bench.call, matrix, 0, CholeskyPlan{limit, false}, nullptr, {}))
        matrix.check_finite(bench.run);
    });
  }
}

// Columns of very different size are no reason to refuse: D takes them out.
TEST(PrecondByCholesky, GradedColumns) {
  Array<double> a = core_fixture::Numbers(2).normals(300, 10);
  for (std::int64_t j = 0; j < 10; ++j) {
    for (std::int64_t i = 0; i < 300; ++i) a(i, j) *= std::ldexp(1.0, static_cast<int>(-40 * j));
  }
  const std::optional<Precond> m = make(a, 0, limit, true);
  ASSERT_TRUE(m.has_value());
  const Array<Real> scaled = core_fixture::scaled_stack(a, *m, 0);
  const Real sigma = core_fixture::singular_values(scaled)[9];
  EXPECT_LE(departure(preconditioned(a, *m)), 1.1L * wide(311) * u64 * norm(scaled) * norm(scaled) / (sigma * sigma));
  EXPECT_LE(m->condition, 2.5) << "of A D, where that of A is 2^360";
  for (std::int64_t j = 0; j < 10; ++j) {
    Real square = 0;
    for (std::int64_t i = 0; i < 300; ++i) square += wide(a(i, j)) * wide(a(i, j));
    const Real size = std::sqrt(square) * wide(m->scale[j]);
    EXPECT_TRUE(size >= 1 && size < 2) << "a power of two brings the norm to [1, 2)";
  }
}

// All ways to hold A give the same factor: sums of n products in another order, see above.
TEST(PrecondByCholesky, EveryKindOfMatrix) {
  const std::int64_t n = 300, d = 9;
  const Array<double> a = core_fixture::single_numbers(n, d, 41, true);
  for (const core_fixture::Kind &kind : core_fixture::all_kinds(a)) {
    Workbench bench(2);
    const std::optional<Precond> m =
        precond_by_cholesky(bench.call, *kind.matrix, 0.25, CholeskyPlan{limit, true}, nullptr, {});
    ASSERT_TRUE(m.has_value()) << kind.name;
    const Array<Real> stack = core_fixture::scaled_stack(a, *m, 0.25);
    const Array<Real> sigma = core_fixture::singular_values(stack);
    // An operator of single precision rounds A's products: 2u of it come on top.
    const Real u = (kind.products_in_single ? 2.1L * core_fixture::u32 : 0) + 1.1L * wide(n + d + 1) * u64;
    EXPECT_LE(departure(preconditioned(a, *m, 0.25)), u * norm(stack) * norm(stack) / (sigma[d - 1] * sigma[d - 1]))
        << kind.name;
    EXPECT_EQ(m->bits, kind.bits);
  }
}

// A hopeless A is given up after the first rows, not after the last: a reader is asked for one block.
TEST(PrecondByCholesky, PeekEndsTheReading) {
  const std::int64_t n = 200000, d = 16;
  for (const bool peek : {true, false}) {
    std::int64_t read = 0;
    const RowBlockMatrix<double> a(n, d, [&](std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
      read += count;
      for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t j = 0; j < d; ++j) block[i * ld + j] = static_cast<double>((first + i) * (j + 3) % 101 - 50);
        block[i * ld + 1] = block[i * ld] * (1 + ((first + i) % 2 == 0 ? 1e-9 : -1e-9));
      }
    });
    Workbench bench;
    EXPECT_FALSE(precond_by_cholesky(bench.call, a, 0, CholeskyPlan{limit, peek}, nullptr, {}).has_value());
    if (peek) {
      EXPECT_LT(read, n / 2);
      EXPECT_GE(read, 4 * d);
    } else {
      EXPECT_EQ(read, n);
    }
  }
}

// Peeking at a healthy A costs no second reading and leaves the same Gram matrix, up to the order of its sums.
TEST(PrecondByCholesky, PeekReadsOnce) {
  const std::int64_t n = 100000, d = 16;
  std::int64_t read = 0;
  const RowBlockMatrix<double> a(n, d, [&](std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
    read += count;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < d; ++j) block[i * ld + j] = (first + i) % d == j ? 1.0 : 0.125;
    }
  });
  Workbench bench;
  EXPECT_TRUE(precond_by_cholesky(bench.call, a, 0, CholeskyPlan{limit, true}, nullptr, {}).has_value());
  EXPECT_EQ(read, n);
}

// Of 350 rows of 130 columns 100 are seen, 25 from each quarter, of half of the columns up to whole tiles; the other
// columns of these rows come after that.
TEST(GramMatrix, GlimpseSeesRowsFromAllOfA) {
  constexpr std::int64_t n = 350, d = 130;
  const Array<double> a = core_fixture::Numbers(5).normals(n, d);
  ASSERT_EQ(leading_gram_columns(d), 128);
  for (const bool go_on : {false, true}) {
    Workbench bench(2);
    Array<double> g(d, d), seen(d, d);
    GramRequest request;
    request.glimpse = [&](View<const double> partial) {
      for (std::int64_t j = 0; j < d; ++j) std::copy_n(partial.col(j), j + 1, &seen(0, j));
      return go_on ? GramStep::in_double : GramStep::stop;
    };
    EXPECT_EQ(gram_matrix(bench.run, core_fixture::dense(a), View<double>(g.data(), d, d, d), request), go_on);
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i <= j; ++i) {
        Real some = 0, all = 0, size = 0;
        for (std::int64_t r = 0; r < n; ++r) {
          const Real term = wide(a(r, i)) * wide(a(r, j));
          if (j < 128 && r % (n / 4) < 25 && r < n / 4 * 4) some += term;
          all += term;
          size += std::fabs(term);
        }
        ASSERT_LE(std::fabs(wide(seen(i, j)) - some), n * u64 * size) << i << ", " << j;
        if (go_on) {
          ASSERT_LE(std::fabs(wide(g(i, j)) - all), n * u64 * size);
        }
      }
    }
  }
}

// Of 8 d to 64 d rows a peek at 4 d of them comes after the glimpse, which may end it before. AᵀB beside it.
template <class T>
void glimpse_comes_before_a_peek(bool by_rows) {
  constexpr std::int64_t d = 256, sides = 2;
  struct Case {
    std::int64_t rows;
    bool goes_on;
    int glimpses, peeks;
  };
  for (const Case &one : {Case{2100, true, 1, 1}, Case{2100, false, 1, 0}, Case{16384, false, 0, 1}}) {
    SCOPED_TRACE(testing::Message() << one.rows << " rows, " << sizeof(T) << " bytes, by rows: " << by_rows);
    const Array<T> values = core_fixture::Numbers(5).normals(one.rows, d).template as<T>();
    const Array<T> stored = by_rows ? values.transposed() : values;
    const DenseMatrix<T> a(by_rows, one.rows, d, stored.data(), by_rows ? d : one.rows, false);
    const Array<double> b = core_fixture::Numbers(6).normals(one.rows, sides);
    RightSides right;
    right.data = View<const double>(b.data(), one.rows, sides, one.rows);
    Workbench bench(2);
    Array<double> g(d, d), atb(d, sides);
    GramRequest request;
    request.b = &right;
    request.atb = View<double>(atb.data(), d, sides, d);
    int glimpses = 0, peeks = 0;
    request.glimpse = [&](View<const double> partial) {
      ++glimpses;
      EXPECT_NE(partial(127, 127), 0);
      EXPECT_EQ(partial(128, 128), 0);
      return one.goes_on ? GramStep::in_double : GramStep::stop;
    };
    // The diagonal of 4 d rows, 64 from each sixteenth.
    request.peek = [&](View<const double> partial) {
      ++peeks;
      for (const std::int64_t j : {std::int64_t{0}, std::int64_t{64}, d - 1}) {
        Real some = 0;
        for (std::int64_t r = 0; r < one.rows / 16 * 16; ++r) {
          if (r % (one.rows / 16) < 64) some += wide(values(r, j)) * wide(values(r, j));
        }
        EXPECT_NEAR(partial(j, j) / static_cast<double>(some), 1, 1e-12);
      }
      return GramStep::in_double;
    };
    const bool ends = one.glimpses > 0 && !one.goes_on;
    EXPECT_EQ(gram_matrix(bench.run, a, View<double>(g.data(), d, d, d), request), !ends);
    EXPECT_EQ(glimpses, one.glimpses);
    EXPECT_EQ(peeks, one.peeks);
    const auto expect_sum = [&](double found, std::int64_t i, const auto &v, std::int64_t j) {
      Real all = 0, size = 0;
      for (std::int64_t r = 0; r < one.rows; ++r) {
        all += wide(values(r, i)) * wide(v(r, j));
        size += std::fabs(wide(values(r, i)) * wide(v(r, j)));
      }
      ASSERT_LE(std::fabs(wide(found) - all), wide(one.rows) * u64 * size) << i << ", " << j;
    };
    for (std::int64_t i = 0; i < d && !ends; i += 17) {
      for (std::int64_t j = i; j < d; j += 14) expect_sum(g(i, j), i, values, j);
      for (std::int64_t c = 0; c < sides; ++c) expect_sum(atb(i, c), i, b, c);
    }
  }
}

TEST(GramMatrix, AGlimpseComesBeforeAPeek) {
  for (const bool by_rows : {false, true}) {
    glimpse_comes_before_a_peek<double>(by_rows);
    glimpse_comes_before_a_peek<float>(by_rows);
  }
}

// After a glimpse the sum may go on in single precision; 32 rows from each quarter are in it when it is to be
// confirmed.
TEST(GramMatrix, SinglePrecisionAfterAGlimpseIsConfirmed) {
  constexpr std::int64_t n = 300, d = 64;
  const Array<double> a = core_fixture::Numbers(5).normals(n, d);
  const Buffer<double> scale(d, 0.125);
  for (const bool go_on : {false, true}) {
    Workbench bench(2);
    Array<double> g(d, d), seen(d, d);
    GramRequest request;
    request.glimpse = [](View<const double>) { return GramStep::in_single; };
    request.rescale = [](View<const double>) { return true; };
    request.confirm = [&](View<const double> partial) {
      for (std::int64_t j = 0; j < d; ++j) std::copy_n(partial.col(j), j + 1, &seen(0, j));
      return go_on;
    };
    request.scale = scale.data();
    EXPECT_EQ(gram_matrix(bench.run, core_fixture::dense(a), View<double>(g.data(), d, d, d), request), go_on);
    Real worst = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i <= j; ++i) {
        Real some = 0, all = 0, size = 0;
        for (std::int64_t r = 0; r < n; ++r) {
          const Real term = wide(a(r, i)) * wide(a(r, j));
          if (r % (n / 4) < 32) some += term;
          all += term;
          size += std::fabs(term);
        }
        ASSERT_LE(std::fabs(wide(seen(i, j)) - some), n * core_fixture::u32 * size);
        if (!go_on) continue;
        worst = std::max(worst, std::fabs(wide(g(i, j)) - all) / size);
      }
    }
    if (go_on) {
      EXPECT_LE(worst, n * core_fixture::u32);
      EXPECT_GT(worst, 1e-9L) << "in single precision";
    }
  }
}

// The glimpsed rows are summed again from the start then, once each, and AᵀB with them; the diagonal that the scales
// are made of is that of all columns of those rows, 36 from each quarter. Without scales all goes on in double.
template <class T>
void single_precision_sums_rows_once(bool by_rows, bool scaled) {
  SCOPED_TRACE(testing::Message() << (by_rows ? "by rows" : "by columns") << ", f" << 8 * sizeof(T)
                                  << (scaled ? ", scaled" : ", not scaled"));
  constexpr std::int64_t n = 1000, d = 192, sides = 2, slice = 3 * d / 4 / 4;
  const Array<T> values = core_fixture::Numbers(6).normals(n, d).template as<T>();
  const Array<T> stored = by_rows ? values.transposed() : values;
  const DenseMatrix<T> a(by_rows, n, d, stored.data(), by_rows ? d : n, false);
  const Array<double> b = core_fixture::Numbers(7).normals(n, sides);
  RightSides right;
  right.data = View<const double>(b.data(), n, sides, n);
  const Buffer<double> scale(d, 0.03125);
  Workbench bench(2);
  Array<double> g(d, d), atb(d, sides);
  GramRequest request;
  request.b = &right;
  request.atb = View<double>(atb.data(), d, sides, d);
  request.scale = scale.data();
  request.glimpse = [](View<const double>) { return GramStep::in_single; };
  request.rescale = [&](View<const double> partial) {
    for (std::int64_t j = 0; j < d; ++j) {
      Real some = 0;
      for (std::int64_t r = 0; r < n; ++r) {
        if (r % (n / 4) < slice) some += wide(values(r, j)) * wide(values(r, j));
      }
      EXPECT_NEAR(partial(j, j) / static_cast<double>(some), 1, 1e-12) << j;
    }
    return scaled;
  };
  request.confirm = [](View<const double>) { return true; };
  EXPECT_TRUE(gram_matrix(bench.run, a, View<double>(g.data(), d, d, d), request));
  const Real u = scaled ? core_fixture::u32 : u64;
  const auto expect_sum = [&](double found, std::int64_t i, const auto &v, std::int64_t j) {
    Real all = 0, size = 0;
    for (std::int64_t r = 0; r < n; ++r) {
      all += wide(values(r, i)) * wide(v(r, j));
      size += std::fabs(wide(values(r, i)) * wide(v(r, j)));
    }
    ASSERT_LE(std::fabs(wide(found) - all), n * u * size) << i << ", " << j;
  };
  for (std::int64_t i = 0; i < d; i += 11) {
    for (std::int64_t j = i; j < d; j += 14) expect_sum(g(i, j), i, values, j);
    for (std::int64_t c = 0; c < sides; ++c) expect_sum(atb(i, c), i, b, c);
  }
}

TEST(GramMatrix, SinglePrecisionAfterAGlimpseSumsRowsOnce) {
  for (const bool by_rows : {false, true}) {
    for (const bool scaled : {false, true}) {
      single_precision_sums_rows_once<double>(by_rows, scaled);
      single_precision_sums_rows_once<float>(by_rows, scaled);
    }
  }
}

// After a glimpse in doubt a peek sees 32 rows from each quarter, of all columns, and decides; below 4 d rows there is
// none.
TEST(GramMatrix, ADoubtfulGlimpseIsFollowedByAPeek) {
  constexpr std::int64_t d = 64;
  for (const std::int64_t n : {std::int64_t{300}, std::int64_t{200}}) {
    const Array<double> a = core_fixture::Numbers(5).normals(n, d);
    for (const bool go_on : {false, true}) {
      Workbench bench(2);
      Array<double> g(d, d), seen(d, d);
      GramRequest request;
      int peeks = 0;
      request.glimpse = [](View<const double>) { return GramStep::in_doubt; };
      request.peek = [&](View<const double> partial) {
        ++peeks;
        for (std::int64_t j = 0; j < d; ++j) std::copy_n(partial.col(j), j + 1, &seen(0, j));
        return go_on ? GramStep::in_double : GramStep::stop;
      };
      const bool complete = go_on || n < 4 * d;
      EXPECT_EQ(gram_matrix(bench.run, core_fixture::dense(a), View<double>(g.data(), d, d, d), request), complete);
      EXPECT_EQ(peeks, n < 4 * d ? 0 : 1);
      for (std::int64_t j = 0; j < d; ++j) {
        for (std::int64_t i = 0; i <= j; ++i) {
          Real some = 0, all = 0, size = 0;
          for (std::int64_t r = 0; r < n; ++r) {
            const Real term = wide(a(r, i)) * wide(a(r, j));
            if (r % (n / 4) < 32) some += term;
            all += term;
            size += std::fabs(term);
          }
          if (peeks > 0) {
            ASSERT_LE(std::fabs(wide(seen(i, j)) - some), n * u64 * size);
          }
          if (complete) {
            ASSERT_LE(std::fabs(wide(g(i, j)) - all), n * u64 * size);
          }
        }
      }
    }
  }
}

// Singular values that fall evenly to 10⁻⁶, hidden by three directions that all columns have in common, make the guess
// from half of the columns a thousand times κ: where there are 4 d rows AᵀA is summed all the same.
TEST(PrecondByCholesky, CommonDirectionsDoNotKeepItFromAFactor) {
  constexpr std::int64_t d = 200;
  for (const std::int64_t n : {5 * d, 3 * d}) {
    core_fixture::Numbers numbers(8);
    Array<double> a = numbers.normals(n, d);
    for (std::int64_t j = 0; j < d; ++j) {
      const double fall = std::pow(1e-6, static_cast<double>(j) / static_cast<double>(d - 1));
      for (std::int64_t i = 0; i < n; ++i) a(i, j) *= fall;
    }
    for (int times = 0; times < 3; ++times) {  // A (I − 2wwᵀ/wᵀw)
      const Array<double> w = numbers.normals(d, 1);
      double square = 0;
      for (std::int64_t j = 0; j < d; ++j) square += w(j, 0) * w(j, 0);
      for (std::int64_t i = 0; i < n; ++i) {
        double product = 0;
        for (std::int64_t j = 0; j < d; ++j) product += a(i, j) * w(j, 0);
        for (std::int64_t j = 0; j < d; ++j) a(i, j) -= 2 * product / square * w(j, 0);
      }
    }
    Workbench bench(2);
    const auto m = precond_by_cholesky(bench.call, core_fixture::dense(a), 0,
                                       CholeskyPlan{cholesky_condition_limit, true}, nullptr, {});
    EXPECT_EQ(m.has_value(), n >= 4 * d) << n;
    if (m) {
      EXPECT_GT(m->condition, 1e5);
      EXPECT_LT(m->condition, cholesky_condition_limit);
    }
  }
}

// One dependence, κ about 10⁵, is not seen in half of the columns: single precision is begun, and given up in time.
TEST(PrecondByCholesky, SinglePrecisionAfterAGlimpse) {
  const std::int64_t n = 6200, d = 1500;
  Array<double> a = core_fixture::Numbers(6).normals(n, d);
  for (const bool dependent : {false, true}) {
    for (std::int64_t i = 0; i < n && dependent; ++i) a(i, d - 1) = a(i, d - 2) + 1e-5 * a(i, d - 1);
    Workbench bench(2);
    int again = 0;
    bench.run.monitor().set_log(
        [&](int, const char *line) { again += core_fixture::contains(line, "summed again in double") ? 1 : 0; }, 2);
    std::int64_t passes = 0;
    CholeskyPlan plan{limit, true, 1e3};
    plan.passes = &passes;
    const auto m = precond_by_cholesky(bench.call, core_fixture::dense(a), 0, plan, nullptr, {});
    ASSERT_TRUE(m.has_value());
    EXPECT_EQ(again, dependent ? 1 : 0);
    EXPECT_EQ(passes, dependent ? 2 : 1);
    EXPECT_EQ(m->contraction, cholesky_contraction(d, dependent ? 64 : 32, m->condition));
  }
}

// Singular values that fall from column to column: κ is 10⁶ for half of them and 10¹² for all. One dependence that half
// of the columns do not show is found at the end.
void half_foretells(std::int64_t n, std::int64_t d) {
  const double factor = std::pow(10, 12.8 / static_cast<double>(d));
  const Array<double> normal = core_fixture::Numbers(6).normals(n, d);
  enum { well, falling, one_dependence };
  for (const int kind : {well, falling, one_dependence}) {
    Array<double> a = normal;
    for (std::int64_t j = 1; j < d && kind == falling; ++j) {
      for (std::int64_t i = 0; i < n; ++i) a(i, j) += factor * a(i, j - 1);
    }
    for (std::int64_t i = 0; i < n && kind == one_dependence; ++i) a(i, d - 1) = a(i, d - 2) * (1 + 1e-12);
    for (const bool asks : {false, true}) {
      Workbench bench(2);
      int foretold = 0;
      bench.run.monitor().set_log(
          [&](int, const char *line) { foretold += core_fixture::contains(line, "foretell") ? 1 : 0; }, 2);
      const auto m = precond_by_cholesky(bench.call, core_fixture::dense(a), 0, CholeskyPlan{limit, asks}, nullptr, {});
      EXPECT_EQ(m.has_value(), kind == well) << kind;
      EXPECT_EQ(foretold, asks && kind == falling ? 1 : 0) << kind;
    }
  }
}

TEST(PrecondByCholesky, HalfOfTheColumnsForetellTheWhole) {
  half_foretells(4000, 1000);
  half_foretells(500, 100);
  half_foretells(110, 64);
  half_foretells(2600, 256);  // before a peek
}

// Of the first 20 columns each has a one in every twentieth row of a sixteenth of A: a glimpse sees fifteen of them, a
// peek all.
TEST(PrecondByCholesky, ColumnsThatAGlimpseFindsEmptyArePeekedAt) {
  constexpr std::int64_t n = 4000, d = 300, dummies = 20;
  Array<double> a = core_fixture::Numbers(8).normals(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < dummies; ++j) a(i, j) = i % (n / 16) % dummies == j ? 1 : 0;
  }
  Workbench bench(2);
  EXPECT_TRUE(
      precond_by_cholesky(bench.call, core_fixture::dense(a), 0, CholeskyPlan{limit, true}, nullptr, {}).has_value());
}

// What the certificate may take over: RᵀR but for the rounding of Cholesky's factor, (d + 1) u ‖r_i‖‖r_j‖.
TEST(PrecondByCholesky, KeepsTheNormalMatrixWhereAsked) {
  const Array<double> a = with_spectrum(200, log_spaced(20, 1e3), 3);
  Workbench bench;
  Array2<double> normal;
  CholeskyPlan plan;
  plan.normal = &normal;
  for (const double ridge : {0.0, 0.1}) {
    const auto m = precond_by_cholesky(bench.call, core_fixture::dense(a), ridge, plan, nullptr, {});
    ASSERT_TRUE(m.has_value());
    ASSERT_EQ(normal.cols(), 20);
    for (std::int64_t j = 0; j < 20; ++j) {
      for (std::int64_t i = 0; i <= j; ++i) {
        Real sum = 0;
        for (std::int64_t r = 0; r <= i; ++r) sum += wide(m->r(r, i)) * wide(m->r(r, j));
        const Real size = std::sqrt(wide(normal(i, i)) * wide(normal(j, j)));
        ASSERT_LE(std::fabs(wide(normal(i, j)) - sum), 21 * u64 * size);
      }
    }
  }
  plan.limit = 1;
  EXPECT_FALSE(precond_by_cholesky(bench.call, core_fixture::dense(a), 0, plan, nullptr, {}).has_value());
  EXPECT_TRUE(normal.empty()) << "of no use without a factor";
}

// In single precision the errors are those of u₃₂. The lower bound tells that single precision was used at all: with
// AᵀA in double, 1e-9 is out of reach from below (the test above).
TEST(PrecondByCholesky, SinglePrecisionWhereTheConditionAllows) {
  const std::int64_t n = 3000, d = 20;
  for (const double kappa : {1.0, 1e2, 1e3, 1e5}) {
    for (const bool row_major : {false, true}) {
      const Array<double> a = with_spectrum(n, log_spaced(d, kappa), 5);
      const Array<double> shown = row_major ? a.transposed() : a;
      const DenseMatrix<double> matrix(row_major, n, d, shown.data(), row_major ? d : n, false);
      Workbench bench(2);
      const std::optional<Precond> m =
          precond_by_cholesky(bench.call, matrix, 0, CholeskyPlan{limit, true, 1e4}, nullptr, {});
      SCOPED_TRACE(testing::Message() << "kappa " << kappa << ", row-major " << row_major);
      ASSERT_TRUE(m.has_value());
      const Real actual = departure(preconditioned(a, *m));
      EXPECT_LE(actual, wide(m->contraction));
      if (kappa <= 1e3) {
        EXPECT_GT(actual, 1e-9L);
        EXPECT_LT(m->contraction, 0.2) << "the unit step would not be used";
      } else {
        EXPECT_LT(actual, 1e-4L) << "over the limit: double";
      }
    }
  }
}

// Columns whose squares single precision cannot hold are scaled before they are rounded.
TEST(PrecondByCholesky, SinglePrecisionOfGradedColumns) {
  const std::int64_t n = 2000, d = 8;
  Array<double> a = core_fixture::Numbers(3).normals(n, d);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) a(i, j) *= std::ldexp(1.0, static_cast<int>(80 - 40 * j));
  }
  Workbench bench(2);
  const std::optional<Precond> m =
      precond_by_cholesky(bench.call, core_fixture::dense(a), 0, CholeskyPlan{limit, true, 1e3}, nullptr, {});
  ASSERT_TRUE(m.has_value());
  const Real actual = departure(preconditioned(a, *m));
  EXPECT_GT(actual, 1e-9L);
  EXPECT_LE(actual, wide(m->contraction));
}

// The start that comes with it solves the normal equations with RᵀR in place of (AD)ᵀAD: with u = R x~,
//   u − u* = (I − R⁻ᵀ(AD)ᵀAD R⁻¹) u* + R⁻ᵀδ,  δ the rounding of (AD)ᵀb: at most (γ + √n u κ)‖b‖.
TEST(PrecondByCholesky, BringsAStart) {
  const std::int64_t n = 2000, d = 12;
  const Array<double> a = with_spectrum(n, log_spaced(d, 1e3), 6);
  for (const std::int64_t k : {1, 3, 9}) {
    const Array<double> b = core_fixture::Numbers(7).normals(n, k);
    for (const double single : {0.0, 1e4}) {
      for (const bool row_major : {false, true}) {
        const Array<double> shown = row_major ? a.transposed() : a;
        const DenseMatrix<double> matrix(row_major, n, d, shown.data(), row_major ? d : n, false);
        RightSides sides;
        sides.data = View<const double>(b.data(), n, k, n);
        Array2<double> x(d, k);
        Workbench bench(2);
        const std::optional<Precond> m =
            precond_by_cholesky(bench.call, matrix, 0, CholeskyPlan{limit, true, single}, &sides, x.view());
        ASSERT_TRUE(m.has_value());
        const Real gamma = wide(m->contraction);
        const numeric::Reference reference(core_fixture::scaled_stack(a, *m, 0));
        for (std::int64_t c = 0; c < k; ++c) {
          Array<Real> side(n);
          for (std::int64_t i = 0; i < n; ++i) side[i] = wide(b(i, c));
          const Array<Real> expected = reference.solve(side, d);
          Real square = 0, size = 0;
          for (std::int64_t i = 0; i < d; ++i) {
            Real difference = 0;
            for (std::int64_t j = i; j < d; ++j) difference += wide(m->r(i, j)) * (wide(x(j, c)) - expected[j]);
            square += difference * difference;
          }
          for (std::int64_t i = 0; i < n; ++i) size += wide(b(i, c)) * wide(b(i, c));
          const Real rounding = std::sqrt(wide(n)) * u64 * 1e3L;
          EXPECT_LE(std::sqrt(square), (gamma + rounding) * std::sqrt(size)) << k << " sides, single to " << single;
        }
      }
    }
  }
}

}  // namespace
}  // namespace akr
