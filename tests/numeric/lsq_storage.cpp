// SPDX-License-Identifier: BSD-3-Clause
// The same problem in every storage, and the shapes at the edge of what is legal.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 1500, kCols = 30;

// A quarter of the entries are not zero; condition about 10^3 through column scales.
template <class T>
Problem<T> sparse_problem() {
  Random random(31);
  Array<double> a(kRows, kCols);
  for (std::int64_t j = 0; j < kCols; ++j)
    for (std::int64_t i = 0; i < kRows; ++i)
      if (random.uniform() < 0.25) a(i, j) = random.normal() * std::pow(10.0, -3.0 * static_cast<double>(j) / kCols);
  return {a.as<T>(), random.normals(kRows).as<T>()};
}

template <class T>
struct Expected {
  explicit Expected(const Problem<T> &p)
      : problem(p), reference(p.a), x(reference.solve(p.b, p.a.cols())), residual_norm(norm(residual(p.a, p.b, x))) {}

  // The products of a callback are not exact, as those of an array are: their rounding, at most n u ‖A‖_F‖x‖ for naive
  // sums but in practice √n u, belongs to the answer's backward error.
  void check(const Solution<T> &solution, Real extra = 0) const {
    EXPECT_EQ(solution.status, AKR_OK) << solution.message;
    const Real error = reference.backward_error(problem.a, problem.b, solution.x);
    EXPECT_LE(error, ok_backward_error<T> + extra * unit_roundoff<T>);
    EXPECT_LE(distance(x, solution.x), reference.forward_bound(problem.b, x, residual_norm, problem.a.cols(),
                                                               2 * (ok_backward_error<T> + extra * unit_roundoff<T>)));
  }

  const Problem<T> &problem;
  Reference reference;
  Array<Real> x;
  Real residual_norm;
};

template <class T>
class Storage : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(Storage, Precisions);

TYPED_TEST(Storage, AllGiveTheSameAnswer) {
  using T = TypeParam;
  const Problem<T> p = sparse_problem<T>();
  const Expected<T> expected(p);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    const Options options({{"method", method}});
    for (const std::int32_t layout : {AKR_COL_MAJOR, AKR_ROW_MAJOR}) {
      for (const std::int64_t padding : {0, 3, 17}) {
        SCOPED_TRACE(std::string(method) + " dense, layout " + std::to_string(layout) + " +" + std::to_string(padding));
        expected.check(solve(PaddedDense<T>(p.a, layout, padding).matrix, p.b, options));
      }
      for (const std::int32_t bits : {32, 64})
        for (const std::int32_t base : {0, 1}) {
          SCOPED_TRACE(std::string(method) + " sparse, layout " + std::to_string(layout) + ' ' + std::to_string(bits) +
                       " bits from " + std::to_string(base));
          expected.check(solve(Sparse<T>(p.a, layout, bits, base).matrix, p.b, options));
        }
    }
    const Callback<T> rows(p.a, true);
    SCOPED_TRACE(std::string(method) + " rows");
    expected.check(solve(rows.matrix, p.b, options));
    EXPECT_GT(rows.calls, 0);
  }
}

// Products alone do not show the rows that a direct method needs: such a method is refused or serves, and what serves
// is right.
TYPED_TEST(Storage, Products) {
  using T = TypeParam;
  const Problem<T> p = sparse_problem<T>();
  const Expected<T> expected(p);
  for (const char *method : {"auto", "sketch", "gradient", "sketch-cholqr", "cholesky", "qr"}) {
    SCOPED_TRACE(method);
    const bool iterative =
        std::string(method) == "auto" || std::string(method) == "sketch" || std::string(method) == "gradient";
    const Callback<T> callback(p.a, false);
    const Solution<T> solution = solve(callback.matrix, p.b, Options({{"method", method}}));
    if (!iterative && solution.status == AKR_E_UNSUPPORTED) continue;
    expected.check(solution, std::sqrt(Real(kRows)));
    EXPECT_GT(callback.calls, 0);
  }
}

TYPED_TEST(Storage, CopyOptionFreesTheCallersArray) {
  using T = TypeParam;
  const Problem<T> p = sparse_problem<T>();
  Array<T> lent = p.a;
  akr_matrix *handle = nullptr;
  const Options copy({{"copy", "1"}});
  require(create_dense(AKR_COL_MAJOR, kRows, kCols, lent.data(), kRows, copy.get(), &handle));
  const Matrix matrix(handle);
  for (std::int64_t i = 0; i < lent.size(); ++i) lent[i] = std::numeric_limits<T>::quiet_NaN();
  Expected<T>(p).check(solve(matrix, p.b));
}

// Duplicate entries of a sparse matrix add up, as in every sparse library; unsorted indices are legal.
TEST(SparseEntries, DuplicatesAddAndOrderIsFree) {
  const std::vector<std::int64_t> ptr = {0, 3, 4, 6, 7}, index = {1, 0, 1, 0, 1, 0, 1};
  const std::vector<double> values = {1, 2, 3, -1, 5, 2, 1};
  Array<double> a(4, 2), b(4);
  a(0, 0) = 2, a(0, 1) = 4, a(1, 0) = -1, a(2, 1) = 5, a(2, 0) = 2, a(3, 1) = 1;
  b[0] = 1, b[1] = 2, b[2] = 3, b[3] = 4;
  akr_matrix *handle = nullptr;
  const akr_status status =
      create_sparse(AKR_ROW_MAJOR, 4, 2, 64, 0, ptr.data(), index.data(), values.data(), nullptr, &handle);
  const Matrix matrix(handle);
  ASSERT_EQ(status, AKR_OK) << akr_last_error();
  const Solution<double> solution = solve(matrix, b);
  EXPECT_EQ(solution.status, AKR_OK);
  EXPECT_LE(distance(Reference(a).solve(b, 2), solution.x), 1e-14);
}

// x and b with leading dimensions beyond the need: what lies between the columns stays as it was.
TEST(Strides, OfRightSidesAndAnswers) {
  const Problem<double> p = make_problem(200, 12, 100, 1, 32);
  const std::int64_t nrhs = 5, ldb = 207, ldx = 19;
  Array<double> b(ldb, nrhs, std::numeric_limits<double>::quiet_NaN()), x(ldx, nrhs, -7.0);
  for (std::int64_t j = 0; j < nrhs; ++j)
    for (std::int64_t i = 0; i < 200; ++i) b(i, j) = p.b[i] * static_cast<double>(j + 1);
  const Matrix matrix = dense(p.a);
  ASSERT_EQ(akr_lsq_solve_f64(matrix.get(), nullptr, 0, nrhs, b.data(), ldb, x.data(), ldx, nullptr, nullptr), AKR_OK);
  const Reference reference(p.a);
  const Array<Real> expected = reference.solve(p.b, 12);
  for (std::int64_t j = 0; j < nrhs; ++j) {
    Array<Real> scaled(12);
    for (std::int64_t i = 0; i < 12; ++i) scaled[i] = wide(x(i, j)) / static_cast<Real>(j + 1);
    EXPECT_LE(distance(expected, scaled), reference.forward_bound(p.b, expected, 1, 12, 2 * ok_backward_error<double>));
    for (std::int64_t i = 12; i < ldx; ++i) EXPECT_EQ(x(i, j), -7.0);
  }
}

// Zero sizes are legal. Nothing to do is AKR_OK; of a matrix without rows the minimum-norm answer is 0.
TEST(ZeroSizes, AreLegal) {
  const Array<double> a = Random(33).normals(40, 6), none(0, 6), thin(40, 0);
  const Array<double> b = Random(34).normals(40), empty(0, 1);
  Array<double> x(6, 1, 5.0);
  EXPECT_EQ(akr_lsq_solve_f64(dense(a).get(), nullptr, 0, 0, nullptr, 40, nullptr, 6, nullptr, nullptr), AKR_OK)
      << akr_last_error();
  EXPECT_EQ(akr_lsq_solve_f64(dense(thin).get(), nullptr, 0, 1, b.data(), 40, nullptr, 1, nullptr, nullptr), AKR_OK)
      << akr_last_error();
  const Solution<double> no_rows = solve(none, empty);
  EXPECT_TRUE(no_rows.status == AKR_OK || no_rows.status == AKR_RANK_DEFICIENT) << no_rows.message;
  EXPECT_EQ(norm(no_rows.x), 0);
  const Solution<double> ridged = solve(none, empty, {}, {1.0, nullptr, nullptr});
  EXPECT_EQ(ridged.status, AKR_OK) << ridged.message;
  EXPECT_EQ(norm(ridged.x), 0);
}

TEST(SmallShapes, OneColumnOneRowAndSquare) {
  for (const auto &[n, d] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {2, 1}, {1000, 1}, {8, 8}, {9, 8}, {33, 32}}) {
    SCOPED_TRACE(std::to_string(n) + " x " + std::to_string(d));
    const Array<double> a = Random(35).normals(n, d), b = Random(36).normals(n);
    const Reference reference(a);
    const Solution<double> solution = solve(a, b);
    EXPECT_EQ(solution.status, AKR_OK) << solution.message;
    EXPECT_LE(reference.backward_error(a, b, solution.x), ok_backward_error<double>);
  }
}

// A sketch of as many rows as A has columns is a poor preconditioner: after the iterations that auto allows it, a
// sparse A gets a larger sketch, not the flops of a dense factorisation.
TEST(SparseMatrix, PoorSketchIsReplacedByALargerOne) {
  constexpr std::int64_t n = 10000, d = 500, half = d / 2, in_a_row = 6;
  Random random(38);
  Array<double> a(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < in_a_row; ++k) {
      const std::int64_t j = random.below(half);
      a(i, j) = random.normal();
      a(i, half + j) = a(i, j) + std::pow(1e-9, static_cast<double>(j) / half) * random.normal();  // kappa about 10^9
    }
  }
  const Array<double> b = random.normals(n);
  const Sparse<double> sparse(a, AKR_ROW_MAJOR, 32, 0);
  int replaced = 0;
  for (int seed = 0; seed < 3; ++seed) {  // how poor it is depends on the seed
    std::string log;
    Options options({{"sketch.factor", "1"}, {"seed", std::to_string(seed)}});
    const auto append = [](void *user, std::int32_t, const char *line) { *static_cast<std::string *>(user) += line; };
    require(akr_options_set_log(options.get(), append, &log));
    Report report;
    const Solution<double> solution = solve(sparse.matrix, b, options, {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_OK);
    EXPECT_EQ(report.text("method"), "sketch") << log;
    if (log.find("going on with a larger sketch") == std::string::npos) continue;
    ++replaced;
    EXPECT_GE(report.integer("sketch.rows"), 4 * d);
  }
  EXPECT_GE(replaced, 1);
}

// At a fixed seed the answer is the same bits for any number of our threads, and from call to call.
TEST(Reproducibility, ThreadsDoNotChangeTheAnswer) {
  const Problem<double> p = make_problem(20000, 40, 1e9, 1, 37);
  for (const char *method : {"auto", "sketch", "sketch-cholqr"}) {
    const Solution<double> one = solve(p.a, p.b, Options({{"method", method}, {"threads", "1"}}));
    for (const char *threads : {"1", "2", "3"}) {
      const Solution<double> more = solve(p.a, p.b, Options({{"method", method}, {"threads", threads}}));
      EXPECT_TRUE(one.x == more.x) << method << ' ' << threads << " threads";
    }
  }
}

}  // namespace
