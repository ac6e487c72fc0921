// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners as objects: their factor, their products, their reuse.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 3000, kCols = 40;

Array<double> factor(const Precond &precond) {
  Array<double> r(kCols, kCols, std::numeric_limits<double>::quiet_NaN());
  require(akr_precond_get_r_f64(precond.get(), r.data(), kCols));
  return r;
}

Array<double> apply(const Precond &precond, std::int32_t part, std::int32_t transpose, const Array<double> &x) {
  Array<double> y(x.rows(), x.cols(), std::numeric_limits<double>::quiet_NaN());
  require(akr_precond_apply_f64(precond.get(), part, transpose, x.cols(), x.data(), x.rows(), y.data(), y.rows(),
                                nullptr, nullptr));
  return y;
}

Array<double> identity(std::int64_t d) {
  Array<double> eye(d, d);
  for (std::int64_t j = 0; j < d; ++j) eye(j, j) = 1;
  return eye;
}

// B X for B in any precision.
template <class T, class U>
Array<Real> product(const Array<T> &b, const Array<U> &x) {
  Array<Real> out(b.rows(), x.cols());
  for (std::int64_t j = 0; j < x.cols(); ++j)
    for (std::int64_t k = 0; k < b.cols(); ++k)
      for (std::int64_t i = 0; i < b.rows(); ++i) out(i, j) += wide(b(i, k)) * wide(x(k, j));
  return out;
}

// max |sigma_i(Q) - 1|: how far Q is from orthonormal columns.
Real departure(const Array<Real> &q) {
  const Reference reference(q);
  return std::max(reference.sigma(0) - 1, 1 - reference.sigma(q.cols() - 1));
}

struct Making {
  const char *method;
  double ridge;
};

class Factor : public testing::TestWithParam<Making> {};

// How near A P (and A R⁻¹; of the stacked matrix with a ridge) must be to orthonormal:
//   qr, sketch-cholqr   4 d u kappa: R is that of a matrix within d u ‖A‖
//   cholesky, auto      4 d u kappa²: so is RᵀR, of AᵀA
//   sketch              (1 - eta')⁻¹ - 1 with eta' = √(d/m) + 0.15: the singular values of the sketched basis leave
//                       [1 - eta - t, 1 + eta + t] with probability 2 exp(-m t²/2), 10⁻³ at m = 12 d
Real allowed_departure(const char *method, Real kappa, std::int64_t sketch_rows) {
  const std::string name = method;
  const Real roundoff = 4 * kCols * unit_roundoff<double>;
  if (name == "qr" || name == "sketch-cholqr") return roundoff * kappa;
  if (name == "sketch") {
    const Real eta = std::sqrt(static_cast<Real>(kCols) / static_cast<Real>(sketch_rows)) + 0.15L;
    return 1 / (1 - eta) - 1;
  }
  return roundoff * kappa * kappa;
}

TEST_P(Factor, IsNearlyThatOfTheMatrix) {
  const auto [method, ridge] = GetParam();
  for (const double kappa : {10.0, 1e5}) {
    SCOPED_TRACE(kappa);
    const Array<double> a = with_spectrum(Frame(kRows, kCols, 81), log_spaced(kCols, kappa));
    const Array<Real> matrix = stacked(a, ridge);
    Report report;
    const Precond precond = make_precond(dense(a), ridge, Options({{"method", method}}), &report);
    const std::int64_t m = report.has("sketch.rows") ? report.integer("sketch.rows") : 0;
    const Real allowed = allowed_departure(method, wide(kappa), m);
    std::int64_t value = 0;
    for (const auto &[key, expected] :
         {std::pair<const char *, std::int64_t>{"rows", kRows}, {"cols", kCols}, {"rank", kCols}, {"bits", 64}}) {
      EXPECT_EQ(akr_precond_get_i64(precond.get(), key, &value), AKR_OK);
      EXPECT_EQ(value, expected) << key;
    }
    EXPECT_EQ(akr_precond_get_i64(precond.get(), "bytes", &value), AKR_OK);
    EXPECT_GE(value, kCols * kCols * 8);

    const Array<double> r = factor(precond);
    for (std::int64_t j = 0; j < kCols; ++j)
      for (std::int64_t i = j + 1; i < kCols; ++i) EXPECT_EQ(r(i, j), 0);
    EXPECT_LE(departure(right_divide(matrix, r)), allowed);

    const Array<double> p = apply(precond, AKR_PRECOND_RIGHT, 0, identity(kCols));
    // Applying P to the unit vectors rounds once more, by d u kappa relative to orthonormal columns.
    EXPECT_LE(departure(product(matrix, p)), allowed + 4 * kCols * 0x1p-53L * wide(kappa));
    const Array<double> x = Random(82).normals(kCols, 3);
    const Real rounding = 10 * kCols * 0x1p-53L * norm(p) * norm(x);
    EXPECT_LE(distance(apply(precond, AKR_PRECOND_RIGHT, 0, x), product(p, x)), rounding);
    EXPECT_LE(distance(apply(precond, AKR_PRECOND_RIGHT, 1, x), product(p.transposed(), x)), rounding);
    const Array<Real> full = product(p, product(p.transposed(), x));
    for (const std::int32_t transpose : {0, 1})  // symmetric
      EXPECT_LE(distance(apply(precond, AKR_PRECOND_FULL, transpose, x), full), 2 * rounding * norm(p));
  }
}

std::string making_name(const testing::TestParamInfo<Making> &making) {
  std::string name = making.param.method;
  std::replace(name.begin(), name.end(), '-', '_');
  return name + (making.param.ridge > 0 ? "_ridge" : "");
}
INSTANTIATE_TEST_SUITE_P(Method, Factor,
                         testing::Values(Making{"auto", 0}, Making{"auto", 1e-3}, Making{"sketch", 0},
                                         Making{"sketch", 1e-3}, Making{"sketch-cholqr", 0},
                                         Making{"sketch-cholqr", 1e-3}, Making{"cholesky", 0}, Making{"cholesky", 1e-3},
                                         Making{"qr", 0}, Making{"qr", 1e-3}),
                         making_name);

// x may be y, as in every product whose shapes agree.
TEST(Products, InPlace) {
  const Array<double> a = Random(83).normals(kRows, kCols);
  const Precond precond = make_precond(dense(a));
  const Array<double> x = Random(84).normals(kCols, 2);
  for (const std::int32_t part : {AKR_PRECOND_FULL, AKR_PRECOND_RIGHT}) {
    Array<double> y = x;
    require(akr_precond_apply_f64(precond.get(), part, 0, 2, y.data(), kCols, y.data(), kCols, nullptr, nullptr));
    EXPECT_TRUE(y == apply(precond, part, 0, x));
  }
}

TEST(Products, SinglePrecisionHandle) {
  const Array<float> a = Random(85).normals(kRows, kCols).as<float>();
  const Precond precond = make_precond(dense(a));
  Array<float> r(kCols, kCols), y(kCols);
  const Array<float> x = Random(86).normals(kCols).as<float>();
  ASSERT_EQ(akr_precond_get_r_f32(precond.get(), r.data(), kCols), AKR_OK);
  EXPECT_LE(departure(right_divide(a, r.as<double>())), 0.5);
  ASSERT_EQ(
      akr_precond_apply_f32(precond.get(), AKR_PRECOND_FULL, 0, 1, x.data(), kCols, y.data(), kCols, nullptr, nullptr),
      AKR_OK);
  Array<double> wrong(kCols, kCols);
  EXPECT_EQ(akr_precond_get_r_f64(precond.get(), wrong.data(), kCols), AKR_E_ARGUMENT);
}

// One preconditioner, many calls: the same answer as without, no factorisation, and not more passes over A. Of method
// qr M keeps R but not Q: where the factorisation itself ends with x = R⁻¹Qᵀb, backward stable, a solve with M starts
// from R⁻¹R⁻ᵀAᵀb, which is off by u kappa². A correction contracts by about u kappa (Björck's corrected seminormal
// equations), so up to kappa = 10¹⁰ one of them, a pass and the pass that checks it, makes up for it, in place of 2 n
// d² flops.
TEST(Reuse, SameAnswerFewerPasses) {
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    for (const double kappa : {1e2, 1e10}) {
      if (kappa > 1e6 && std::string(method) == "cholesky") continue;  // made without, too: tested by the accuracy grid
      SCOPED_TRACE(std::string(method) + " kappa " + std::to_string(kappa));
      const Frame frame(kRows, kCols, 87);
      const Array<double> a = with_spectrum(frame, log_spaced(kCols, kappa));
      const Reference reference(a);
      const Matrix matrix = dense(a);
      const Options options({{"method", method}});
      const Precond precond = make_precond(matrix, 0, options);
      for (const double size : {1e-8, 1.0}) {
        const Array<double> b = right_side(a, frame, size);
        Report with, without;
        const Solution<double> reused = solve(matrix, b, options, {0, precond.get(), with.get()});
        EXPECT_EQ(reused.status, AKR_OK) << reused.message;
        EXPECT_EQ(solve(matrix, b, options, {0, nullptr, without.get()}).status, AKR_OK);
        EXPECT_LE(reference.backward_error(a, b, reused.x), ok_backward_error<double>);
        EXPECT_LE(with.integer("passes"), without.integer("passes") + (without.text("method") == "qr" ? 2 : 0));
        EXPECT_FALSE(with.has("seconds.factor"));
        EXPECT_TRUE(without.has("seconds.factor"));
      }
    }
  }
}

// "M never changes the answer, only the time: made for another ridge it is adapted."
TEST(Reuse, MadeForAnotherRidge) {
  const Frame frame(kRows, kCols, 88);
  const Array<double> a = with_spectrum(frame, log_spaced(kCols, 1e5));
  const Array<double> b = right_side(a, frame, 1.0), rhs = padded(b, kCols);
  const Matrix matrix = dense(a);
  for (const double made_for : {0.0, 1e-6, 1.0}) {
    const Precond precond = make_precond(matrix, made_for);
    for (const double ridge : {0.0, 1e-8, 1e-3, 1e3}) {
      SCOPED_TRACE("made for " + std::to_string(made_for) + ", used with " + std::to_string(ridge));
      const Array<Real> target = stacked(a, ridge);
      const Reference reference(target);
      const Array<Real> x = reference.solve(rhs, kCols);
      const Solution<double> solution = solve(matrix, b, {}, {ridge, precond.get(), nullptr});
      EXPECT_EQ(solution.status, AKR_OK) << solution.message;
      EXPECT_LE(distance(x, solution.x),
                reference.forward_bound(rhs, x, norm(residual(target, rhs, x)), kCols, ok_backward_error<double>));
    }
  }
}

// Of a rank-deficient matrix, with a ridge added later.
TEST(Reuse, TruncatedOneForARidge) {
  const Frame frame(kRows, kCols, 89);
  Array<double> sigma = log_spaced(kCols, 100);
  for (std::int64_t i = kCols - 5; i < kCols; ++i) sigma[i] = 0;
  const Array<double> a = with_spectrum(frame, sigma), b = right_side(a, frame, 1.0), rhs = padded(b, kCols);
  const Matrix matrix = dense(a);
  const Precond precond = make_precond(matrix);
  std::int64_t rank = 0;
  EXPECT_EQ(akr_precond_get_i64(precond.get(), "rank", &rank), AKR_OK);
  EXPECT_EQ(rank, kCols - 5);
  Array<double> r(kCols, kCols);
  EXPECT_EQ(akr_precond_get_r_f64(precond.get(), r.data(), kCols), AKR_E_UNSUPPORTED);
  const Reference plain(a);
  const Solution<double> same = solve(matrix, b, {}, {0, precond.get(), nullptr});
  EXPECT_EQ(same.status, AKR_RANK_DEFICIENT);
  const Array<Real> least = plain.solve(b, kCols - 5);
  EXPECT_LE(distance(least, same.x), plain.forward_bound(b, least, norm(residual(a, b, least)), kCols - 5,
                                                         ok_backward_error<double> + 2 * truncation<double>(kCols)));
  for (const double ridge : {1e-6, 1.0}) {
    const Array<Real> target = stacked(a, ridge);
    const Reference reference(target);
    const Array<Real> x = reference.solve(rhs, kCols);
    const Solution<double> solution = solve(matrix, b, {}, {ridge, precond.get(), nullptr});
    EXPECT_EQ(solution.status, AKR_OK) << ridge << ' ' << solution.message;
    EXPECT_LE(distance(x, solution.x),
              reference.forward_bound(rhs, x, norm(residual(target, rhs, x)), kCols, ok_backward_error<double>));
  }
}

// Of a matrix without columns there is nothing to find out: it crashed where rank.tol made every matrix suspect.
TEST(WithoutColumns, APreconditionerIsMadeAllTheSame) {
  const Matrix a = dense(Array<double>(7, 0));
  for (const char *tolerance : {"0", "0.1", "1"}) {
    const Precond m = make_precond(a, 0, Options({{"rank.tol", tolerance}}));
    std::int64_t rank = -1;
    require(akr_precond_get_i64(m.get(), "rank", &rank));
    EXPECT_EQ(rank, 0);
  }
}

TEST(Reuse, OtherSizeOrPrecisionIsRefused) {
  const Array<double> a = Random(90).normals(100, 8), other = Random(91).normals(100, 9), b = Random(92).normals(100);
  const Array<float> single = a.as<float>();
  const Precond wrong_size = make_precond(dense(other)), wrong_bits = make_precond(dense(single));
  Array<double> x(8, 1, -3.0);
  for (const Precond *precond : {&wrong_size, &wrong_bits}) {
    EXPECT_EQ(akr_lsq_solve_f64(dense(a).get(), precond->get(), 0, 1, b.data(), 100, x.data(), 8, nullptr, nullptr),
              AKR_E_ARGUMENT);
    EXPECT_TRUE(x == Array<double>(8, 1, -3.0));
  }
}

}  // namespace
