// SPDX-License-Identifier: BSD-3-Clause
// exp(t AᵀA) x = b against A's singular value decomposition in extended precision. The promise is relative to
// ‖exp(−tAᵀA)‖‖b‖: an error of at most c u (1 + |t|σ₁²) times that.
#include <gtest/gtest.h>

#include <array>

#include "reference/factor.hpp"
#include "reference/gram.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr double u = 0x1p-53;
// Both the decomposition of R and the sums behind it are backward stable with a constant of the order of √d; 26 was
// measured at d = 10 with c = 1.
Real allowed(std::int64_t d) { return 6 * std::sqrt(static_cast<Real>(d)); }

class Truth {
 public:
  explicit Truth(const Array<double> &a) : wide_(a.rows() < a.cols()), cols_(a.cols()) {
    const HouseholderQr qr(wide_ ? a.transposed().as<Real>() : a.as<Real>());
    const Svd svd = jacobi_svd(qr.r());
    sigma_ = svd.sigma;
    if (!wide_) {
      v_ = svd.v;
      return;
    }
    v_ = Array<Real>(cols_, a.rows());  // Q U
    for (std::int64_t i = 0; i < a.rows(); ++i) {
      for (std::int64_t l = 0; l < a.rows(); ++l) v_(l, i) = svd.u(l, i);
      qr.apply(v_.col(i));
    }
  }

  Real log_norm(double t) const {
    Real top = wide_ ? Real(0) : -std::numeric_limits<Real>::infinity();
    for (std::int64_t i = 0; i < sigma_.rows(); ++i) top = std::max(top, -t * sigma_[i] * sigma_[i]);
    return top;
  }
  Real largest(double t) const { return std::fabs(static_cast<Real>(t)) * sigma_[0] * sigma_[0]; }
  // exp(−tAᵀA) b · exp(−shift), computed.
  Array<Real> apply(double t, const Array<double> &b, Real shift) const {
    Array<Real> x(cols_);
    for (std::int64_t l = 0; wide_ && l < cols_; ++l) x[l] = b[l] * std::exp(-shift);
    for (std::int64_t i = 0; i < sigma_.rows(); ++i) {
      Real c = 0;
      for (std::int64_t l = 0; l < cols_; ++l) c += v_(l, i) * b[l];
      const Real factor = std::exp(-t * sigma_[i] * sigma_[i] - shift) - (wide_ ? std::exp(-shift) : Real(0));
      for (std::int64_t l = 0; l < cols_; ++l) x[l] += factor * c * v_(l, i);
    }
    return x;
  }
  Array<double> right_vector(std::int64_t i) const {
    Array<double> out(cols_);
    for (std::int64_t l = 0; l < cols_; ++l) out[l] = static_cast<double>(v_(l, i));
    return out;
  }
  Real sigma(std::int64_t i) const { return sigma_[i]; }

 private:
  bool wide_;
  std::int64_t cols_;
  Array<Real> sigma_, v_;
};

// ‖x − exp(−tAᵀA)b‖ over u(1 + |t|σ₁²)‖exp(−tAᵀA)‖‖b‖.
Real bound_ratio(const Truth &truth, double t, const Array<double> &b, const Array<double> &x) {
  const Real shift = truth.log_norm(t);
  const Array<Real> y = truth.apply(t, b, shift);
  Real gap = 0, size = 0;
  for (std::int64_t l = 0; l < b.rows(); ++l) {
    const Real difference = x[l] * std::exp(-shift) - y[l];
    gap += difference * difference;
    size += wide(b[l]) * wide(b[l]);
  }
  return std::sqrt(gap / size) / (u * (1 + truth.largest(t)));
}

TEST(GramExponential, MeetsItsBoundForBothSignsAndAnyShape) {
  const Frame frame(300, 20, 1), square(20, 20, 2);
  std::vector<Array<double>> all;
  for (const double kappa : {1.0, 1e3, 1e8}) all.push_back(with_spectrum(frame, log_spaced(20, kappa)));
  all.push_back(with_spectrum(frame, log_spaced(20, 10)).transposed());
  all.push_back(with_spectrum(square, log_spaced(20, 10)));
  Array<double> deficient = log_spaced(20, 10);
  deficient[18] = deficient[19] = 0;
  all.push_back(with_spectrum(frame, deficient));
  Real worst = 0;
  for (const Array<double> &a : all) {
    const Truth truth(a);
    const Matrix matrix = dense(a);
    const Array<double> b = Random(3).normals(a.cols());
    for (const double t : {1e-3, 1.0, 30.0, 1e4, 1e7, -1e-3, -1.0, -30.0, -600.0}) {
      if (truth.log_norm(t) < -600) continue;  // below the range of a double, which is an error
      for (const char *route : {"factor", "krylov", "auto"}) {
        SCOPED_TRACE(std::to_string(a.rows()) + " x " + std::to_string(a.cols()) + ", t " + std::to_string(t) + ", " +
                     route);
        Report report;
        const Options options({{"gram.method", route}});
        const Solution<double> s = solve_exponential(matrix, t, b, options, {nullptr, report.get()});
        EXPECT_EQ(s.status, AKR_OK) << s.message;
        const Real ratio = bound_ratio(truth, t, b, s.x);
        worst = std::max(worst, ratio);
        EXPECT_LE(ratio, allowed(a.cols()));
        if (report.text("gram.method") == "factor") {
          EXPECT_LE(report.real("backward_error"), 16 * u);
        }
        EXPECT_GE(report.real("growth"), 1 - 1e-9);
      }
    }
  }
  std::printf("worst ratio to the bound with c = 1: %.1Lf\n", worst);
}

TEST(GramExponential, TheTwoSignsUndoEachOther) {
  const Frame frame(300, 20, 4);
  const Array<double> a = with_spectrum(frame, log_spaced(20, 10));
  const Array<double> b = Random(5).normals(20, 3);
  for (const char *route : {"factor", "krylov"}) {
    const Options options({{"gram.method", route}});
    const Solution<double> there = solve_exponential(dense(a), 2, b, options);
    const Solution<double> back = solve_exponential(dense(a), -2, there.x, options);
    ASSERT_EQ(back.status, AKR_OK);
    EXPECT_LT(relative_error(back.x, b), 1e-13);  // e² c u
  }
}

TEST(GramExponential, SaysWhenNoDigitOfXIsLeft) {
  const Frame frame(300, 20, 6);
  const Array<double> a = with_spectrum(frame, log_spaced(20, 10));
  const Truth truth(a);
  const Array<double> first = truth.right_vector(0);
  for (const char *route : {"factor", "krylov"}) {
    const Options options({{"gram.method", route}});
    Report report;
    // x = e⁻¹⁰⁰ v₁, beside e⁻¹ of the rounding error in v₁ along v_d.
    Solution<double> s = solve_exponential(dense(a), 100, first, options, {nullptr, report.get()});
    EXPECT_EQ(s.status, AKR_PRECISION_LIMIT) << route;
    EXPECT_GT(report.real("error_estimate"), 1e-3);
    EXPECT_GT(report.real("growth"), 1e10);
    // The same b is harmless with the other sign, and a little of it is with this one.
    s = solve_exponential(dense(a), -100, first, options, {nullptr, report.get()});
    EXPECT_EQ(s.status, AKR_OK) << route;
    EXPECT_LE(bound_ratio(truth, -100, first, s.x), allowed(20));
    s = solve_exponential(dense(a), 10, first, options);
    EXPECT_EQ(s.status, AKR_OK) << route;
  }
  // u |t|σ₁² above 10⁻³: nothing is certain for any b.
  const Solution<double> s = solve_exponential(dense(a), 1e14, Random(7).normals(20));
  EXPECT_TRUE(s.status == AKR_PRECISION_LIMIT || s.status == AKR_E_NUMERIC);
}

// ‖exp(−tAᵀA)‖ = e^{1000} has no place in a double, but the answer has: b is tiny, or has no part of v₁.
TEST(GramExponential, OverflowsOnlyWhereTheAnswerDoes) {
  const Frame frame(300, 6, 8);
  Array<double> sigma(6);
  for (std::int64_t i = 0; i < 6; ++i) sigma[i] = std::sqrt(10.0 - static_cast<double>(i));
  const Array<double> a = with_spectrum(frame, sigma);
  const Truth truth(a);
  Array<double> b = Random(9).normals(6);
  for (std::int64_t i = 0; i < 6; ++i) b[i] *= 1e-250;
  for (const char *route : {"factor", "krylov"}) {
    const Options options({{"gram.method", route}});
    const Solution<double> s = solve_exponential(dense(a), -100, b, options);  // e^{1000} 10^{−250} = 10^{184}
    EXPECT_EQ(s.status, AKR_OK) << s.message;
    EXPECT_LE(bound_ratio(truth, -100, b, s.x), allowed(6)) << route;
    Array<double> large = Random(10).normals(6);
    const Solution<double> over = solve_exponential(dense(a), -100, large, options);
    EXPECT_EQ(over.status, AKR_E_NUMERIC);
    EXPECT_NE(over.message.find("outside the range of a double"), std::string::npos) << over.message;
  }
}

// A = diag(sigma) over two rows of zeros, b = (1, 1, 1): x is known for any t.
struct Diagonal {
  Array<double> a;
  Array<double> b = Array<double>(3, 1, 1.0);

  explicit Diagonal(std::initializer_list<double> sigma) : a(5, 3) {
    std::int64_t i = 0;
    for (const double s : sigma) {
      a(i, i) = s;
      ++i;
    }
  }
  Solution<double> solve(double t, const char *route, const Report &report) const {
    return solve_exponential(dense(a), t, b, Options({{"gram.method", route}}), {nullptr, report.get()});
  }
};

// exp of what no double holds is still known to overflow or to vanish.
TEST(GramExponential, ExponentsBeyondADoubleAreErrorsNotZeros) {
  const Diagonal graded{1e10, 1, 1e-10}, large{1e150, 1e150, 1e150}, largest{1e300, 1e300, 1e300};
  for (const char *route : {"factor", "krylov", "auto"}) {
    for (const auto &[what, t] : {std::pair(&graded, -1e308), std::pair(&large, 1e308), std::pair(&large, -1e308),
                                  std::pair(&large, 1.0), std::pair(&largest, 1e-100), std::pair(&largest, -1e308)}) {
      const Report report;
      const Solution<double> s = what->solve(t, route, report);
      EXPECT_EQ(s.status, AKR_E_NUMERIC) << route << ", t " << t << ": " << s.message;
      EXPECT_NE(s.message.find("outside the range of a double"), std::string::npos) << s.message;
    }
  }
}

// The largest eigenvalues are gone, and the rounding errors beside them would be as large: what belongs to small ones
// is there all the same, with nothing certain where u|t|σ₁² says so.
TEST(GramExponential, SmallEigenvaluesAreLeftByLargeTimes) {
  const struct {
    Diagonal d;
    double t;
    std::array<double, 3> x;
    double within;
  } cases[] = {{Diagonal{1e10, 1, 1e-10}, 1, {0, std::exp(-1.0), 1}, 1},
               {Diagonal{1, 0.5, 0}, 1e308, {0, 0, 1}, 1e-14},
               {Diagonal{1e200, 1e200, 0}, 1, {0, 0, 1}, 1e-14},
               {Diagonal{1e-150, 1e-150, 1e-160}, 1e300, {std::exp(-1.0), std::exp(-1.0), 1}, 1e-13},
               {Diagonal{1e-150, 1e-150, 1e-160}, -1e300, {std::exp(1.0), std::exp(1.0), 1}, 1e-13}};
  for (const auto &test : cases) {
    for (const char *route : {"factor", "krylov"}) {
      SCOPED_TRACE(std::string(route) + ", t = " + std::to_string(test.t));
      const Report report;
      const Solution<double> s = test.d.solve(test.t, route, report);
      const bool uncertain = test.t * test.d.a(0, 0) * test.d.a(0, 0) > 1e13;
      EXPECT_EQ(s.status, uncertain ? AKR_PRECISION_LIMIT : AKR_OK) << s.message;
      for (std::int64_t i = 0; i < 3; ++i) EXPECT_NEAR(s.x[i], test.x[static_cast<std::size_t>(i)], test.within) << i;
    }
  }
}

// Of rank-deficient matrices as they come: the singular values that should be 0 are some u, and t makes much of it.
TEST(GramExponential, ARankDeficientMatrixKeepsItsNullSpaceForAnyTime) {
  const Frame frame(300, 20, 17);
  Array<double> sigma = log_spaced(20, 10);
  sigma[18] = sigma[19] = 0;
  const Array<double> a = with_spectrum(frame, sigma);
  const Array<double> b = Random(18).normals(20, 2);
  Array<double> c = multiply(frame.v, true, b);
  for (std::int64_t l = 0; l < 2; ++l)
    for (std::int64_t i = 0; i < 18; ++i) c(i, l) = 0;
  const Array<double> x = multiply(frame.v, false, c);
  for (const char *route : {"factor", "krylov"}) {
    for (const double t : {1e20, 1e40, 1e308}) {  // 10²⁰ (16u)² = 3·10⁻¹⁰
      const Solution<double> s = solve_exponential(dense(a), t, b, Options({{"gram.method", route}}));
      EXPECT_EQ(s.status, AKR_PRECISION_LIMIT) << route << ", " << t << ": " << s.message;
      EXPECT_LT(relative_error(s.x, x), 1e-9) << route << ", " << t;
    }
  }
}

TEST(GramExponential, OperatorsAreServedByKrylovWithAnErrorEstimate) {
  const std::int64_t d = 120;
  const Frame frame(400, d, 11);
  const Array<double> a = with_spectrum(frame, log_spaced(d, 1e3));
  const Truth truth(a);
  const Callback<double> product(a, false);
  const Array<double> b = Random(12).normals(d, 2);
  for (const double t : {1.0, 100.0, -5.0}) {
    Report report;
    const Solution<double> s = solve_exponential(product.matrix, t, b, {}, {nullptr, report.get()});
    ASSERT_EQ(s.status, AKR_OK) << s.message;
    EXPECT_EQ(report.text("gram.method"), "krylov");
    EXPECT_LT(report.integer("passes"), d / 2);
    for (const std::int64_t c : {0, 1}) EXPECT_LE(bound_ratio(truth, t, b.column(c), s.x.column(c)), allowed(d));
    // A tolerance saves passes, and is kept.
    Report rough;
    const Solution<double> r =
        solve_exponential(product.matrix, t, b, Options({{"rtol", "1e-4"}}), {nullptr, rough.get()});
    EXPECT_EQ(r.status, AKR_OK);
    EXPECT_LT(rough.integer("passes"), report.integer("passes"));
    for (const std::int64_t c : {0, 1}) {
      EXPECT_LE(bound_ratio(truth, t, b.column(c), r.x.column(c)) * u * (1 + truth.largest(t)), 1e-4);
    }
    const Solution<double> f = solve_exponential(product.matrix, t, b, Options({{"gram.method", "factor"}}));
    EXPECT_EQ(f.status, AKR_OK) << f.message;
    for (const std::int64_t c : {0, 1}) EXPECT_LE(bound_ratio(truth, t, b.column(c), f.x.column(c)), allowed(d));
    Report few;
    const Solution<double> limited =
        solve_exponential(product.matrix, t, b, Options({{"max_iter", "3"}}), {nullptr, few.get()});
    EXPECT_EQ(limited.status, AKR_NOT_CONVERGED);
    EXPECT_EQ(few.text("stopped_by"), "max_iter");
  }
}

TEST(GramExponential, TrivialProblemsCopyTheirRightSides) {
  const Array<double> b = Random(13).normals(4);
  const Array<double> none(0, 4);
  EXPECT_TRUE(solve_exponential(dense(none), 3, b).x == b);
  const Array<double> zero(9, 4);
  for (const char *route : {"factor", "krylov"}) {
    const Solution<double> s = solve_exponential(dense(zero), 3, b, Options({{"gram.method", route}}));
    EXPECT_EQ(s.status, AKR_OK);
    EXPECT_LT(relative_error(s.x, b), 4 * u);
  }
  const Frame frame(30, 4, 14);
  const Array<double> a = with_spectrum(frame, log_spaced(4, 2));
  EXPECT_TRUE(solve_exponential(dense(a), 0, b).x == b);
  const Solution<double> s = solve_exponential(dense(a), 1, Array<double>(4));
  EXPECT_EQ(s.status, AKR_OK);
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(s.x[i], 0);
}

TEST(GramExponential, APreconditionerWithAnAccurateRIsUsed) {
  const Frame frame(300, 20, 15);
  const Array<double> a = with_spectrum(frame, log_spaced(20, 100));
  const Truth truth(a);
  const Matrix matrix = dense(a);
  const Array<double> b = Random(16).normals(20);
  for (const char *method : {"qr", "sketch-cholqr", "cholesky", "sketch"}) {
    const Precond m = make_precond(matrix, 0, Options({{"method", method}}));
    const Solution<double> s = solve_exponential(matrix, 1, b, {}, {m.get(), nullptr});
    EXPECT_EQ(s.status, AKR_OK);
    EXPECT_LE(bound_ratio(truth, 1, b, s.x), allowed(20)) << method;
  }
}

}  // namespace
