// SPDX-License-Identifier: BSD-3-Clause
// Traps that have caught other solvers: each must end in a right answer or an honest status.
#include <gtest/gtest.h>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

const std::vector<const char *> &methods() {
  static const std::vector<const char *> names = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};
  return names;
}

// Right, or honest: AKR_OK only within the promised backward error and close to the solution; x finite always.
// `must` asks for AKR_OK, except of the gradient iteration, which may run out of iterations.
void expect_right_or_honest(const Array<double> &a, const Array<double> &b, const Solution<double> &solution,
                            const Reference &reference, bool must) {
  EXPECT_GE(solution.status, 0) << solution.message;
  for (std::int64_t i = 0; i < a.cols(); ++i) ASSERT_TRUE(std::isfinite(solution.x[i])) << i;
  if (must) {
    EXPECT_EQ(solution.status, AKR_OK);
  }
  if (solution.status != AKR_OK) return;
  const Array<Real> x = reference.solve(b, a.cols());
  EXPECT_LE(reference.backward_error(a, b, solution.x), ok_backward_error<double>);
  EXPECT_LE(distance(x, solution.x),
            reference.forward_bound(b, x, norm(residual(a, b, x)), a.cols(), 2 * ok_backward_error<double>));
}

// A = I, b = (0, 1, …), M made from diag(1, tiny, …): measured in M's norm the start is converged; it is not.
TEST(ForeignPreconditioner, DiagonalThatHidesAComponent) {
  const std::int64_t n = 64, d = 2;
  Array<double> a(n, d), other(n, d), b(n);
  a(0, 0) = a(1, 1) = 1;
  other(0, 0) = 1;
  b[1] = 1;
  const Reference reference(a);
  for (const double tiny : {0.0, 1e-300, 1e-20, 1e-8, 1e8, 1e20}) {
    other(1, 1) = tiny;
    for (const char *method : methods()) {
      SCOPED_TRACE(std::string(method) + ", diag(1, " + std::to_string(tiny) + ")");
      const Options options({{"method", method}});
      akr_precond *p = nullptr;
      const akr_status made = akr_precond_create(dense(other).get(), 0, options.get(), nullptr, &p);
      const Precond precond(p);
      if (made < 0) continue;  // refusing to make it is honest too
      expect_right_or_honest(a, b, solve(a, b, options, {0, precond.get(), nullptr}), reference, false);
    }
  }
}

// Preconditioners of unrelated, badly scaled and rank-deficient matrices.
TEST(ForeignPreconditioner, NeverAFalseOk) {
  const std::int64_t n = 600, d = 20;
  const Frame frame(n, d, 51), stranger(n, d, 52);
  Array<double> cut = log_spaced(d, 10);
  cut[d - 1] = cut[d - 2] = 0;
  const std::vector<Array<double>> others = {
      with_spectrum(stranger, log_spaced(d, 1)), with_spectrum(stranger, log_spaced(d, 1e8)),
      with_spectrum(stranger, log_spaced(d, 1e14)), with_spectrum(stranger, cut), Array<double>(n, d)};
  for (const double kappa : {10.0, 1e6, 1e12}) {
    const Array<double> a = with_spectrum(frame, log_spaced(d, kappa));
    const Array<double> b = right_side(a, frame, 0.5);
    const Reference reference(a);
    for (std::size_t i = 0; i < others.size(); ++i) {
      for (const char *method : methods()) {
        SCOPED_TRACE(std::string(method) + ", other " + std::to_string(i) + ", kappa " + std::to_string(kappa));
        const Options options({{"method", method}, {"max_iter", "200"}});
        akr_precond *p = nullptr;
        const akr_status made = akr_precond_create(dense(others[i]).get(), 0, options.get(), nullptr, &p);
        const Precond precond(p);
        if (made < 0) continue;
        expect_right_or_honest(a, b, solve(a, b, options, {0, precond.get(), nullptr}), reference, false);
      }
    }
  }
}

// Entries whose squares overflow or underflow. Scaling A by a power of two divides x by it exactly.
TEST(Scale, EntriesAtTheEndsOfTheExponentRange) {
  const std::int64_t n = 500, d = 16;
  const Frame frame(n, d, 53);
  const Array<double> even = with_spectrum(frame, log_spaced(d, 1e5));
  const Array<double> b = right_side(even, frame, 0.1);
  for (const int exponent : {512, -512, 1000, -900}) {  // 2^512 = 1.3e154
    for (const int b_exponent : {0, 400, -400}) {
      Array<double> a = even, c = b;
      for (std::int64_t i = 0; i < a.size(); ++i) a[i] = std::ldexp(a[i], exponent);
      for (std::int64_t i = 0; i < n; ++i) c[i] = std::ldexp(c[i], b_exponent);
      if (std::abs(b_exponent - exponent) > 1000) continue;  // x itself would leave the range
      const Reference reference(a);
      for (const char *method : methods()) {
        SCOPED_TRACE(std::string(method) + " A·2^" + std::to_string(exponent) + " b·2^" + std::to_string(b_exponent));
        const bool must = std::string(method) != "gradient";
        expect_right_or_honest(a, c, solve(a, c, Options({{"method", method}})), reference, must);
      }
    }
  }
}

// Column norms, and sums of products with reflectors, that overflow: that is said, whatever the shape.
TEST(Scale, NormsThatOverflowAreAnError) {
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{40, 3}, {400, 40}, {3, 40}, {64, 64}}) {
    const Array<double> b = Random(55).normals(n);
    Array<double> a(n, d);
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] = 1e308 * (i % 7 == 3 ? 0.5 : 1);
    for (const char *method : methods()) {
      SCOPED_TRACE(std::string(method) + ", " + std::to_string(n) + " x " + std::to_string(d));
      const akr_status status = solve(a, b, Options({{"method", method}})).status;
      EXPECT_TRUE(status == AKR_E_NUMERIC || status == AKR_RANK_DEFICIENT || status == AKR_NOT_CONVERGED ||
                  status == AKR_E_UNSUPPORTED)
          << status;
    }
  }
}

TEST(Scale, SinglePrecisionToo) {
  const std::int64_t n = 500, d = 16;
  const Frame frame(n, d, 54);
  const Array<double> even = with_spectrum(frame, log_spaced(d, 100));
  for (const int exponent : {80, -80, 120}) {  // squares leave the range of single
    Array<float> a = even.as<float>();
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] = std::ldexp(a[i], exponent);
    const Array<float> b = right_side(even, frame, 0.1).as<float>();
    const Reference reference(a);
    for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
      SCOPED_TRACE(std::string(method) + " 2^" + std::to_string(exponent));
      const Solution<float> solution = solve(a, b, Options({{"method", method}}));
      EXPECT_EQ(solution.status, AKR_OK) << solution.message;
      EXPECT_LE(reference.backward_error(a, b, solution.x), ok_backward_error<float>);
    }
  }
}

// One column is exactly or nearly dependent and b is such that an untruncated solver returns ‖x‖ ~ 10^16, which any
// backward-error test accepts: the status may not be AKR_OK.
TEST(HugeSolution, IsNotCertified) {
  const std::int64_t n = 800, d = 20;
  const Frame frame(n, d, 55);
  for (const double last : {0.0, 1e-17, 1e-16}) {
    Array<double> sigma = log_spaced(d, 10);
    sigma[d - 1] = last;
    const Array<double> a = with_spectrum(frame, sigma);
    const Array<double> b = Random(56).normals(n);
    for (const char *method : methods()) {
      const Solution<double> solution = solve(a, b, Options({{"method", method}}));
      EXPECT_TRUE(solution.status == AKR_RANK_DEFICIENT ||
                  (std::string(method) == "gradient" && solution.status == AKR_NOT_CONVERGED))
          << method << ' ' << akr_status_name(solution.status) << ' ' << last;
      EXPECT_LE(norm(solution.x), 100 * norm(b)) << method;
    }
  }
}

// b orthogonal to the range of A: x = 0 up to rounding and the gradient is nothing but noise.
TEST(TinyGradient, OfAnOrthogonalRightSide) {
  const std::int64_t n = 1000, d = 12;
  const Frame frame(n, d, 57);
  for (const double kappa : {1.0, 1e7}) {
    const Array<double> a = with_spectrum(frame, log_spaced(d, kappa));
    Array<double> b = frame.noise;
    const Reference reference(a);
    for (const char *method : methods()) {
      SCOPED_TRACE(std::string(method) + " kappa " + std::to_string(kappa));
      expect_right_or_honest(a, b, solve(a, b, Options({{"method", method}})), reference,
                             std::string(method) != "gradient");
    }
  }
}

// A small residual must not be needed to see a large one: rows of very different weight.
TEST(RowScales, HugeAndTinyRows) {
  const std::int64_t n = 900, d = 10;
  Random random(58);
  Array<double> a = random.normals(n, d), b = random.normals(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double weight = i % 3 == 0 ? 1e10 : i % 3 == 1 ? 1 : 1e-10;
    for (std::int64_t j = 0; j < d; ++j) a(i, j) *= weight;
    b[i] *= weight;
  }
  const Reference reference(a);
  for (const char *method : methods())
    expect_right_or_honest(a, b, solve(a, b, Options({{"method", method}})), reference,
                           std::string(method) != "gradient");
}

}  // namespace
