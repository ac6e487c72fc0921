// SPDX-License-Identifier: BSD-3-Clause
// Kernels and attention at the ends of the range of floating point: powers of two cost no digits, no column is lost
// beside another, finite answers come of values whose sums are not, ridges and norms of any size.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/kernel.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr const char *kPreconds[] = {"auto", "rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"};

Array<double> on_sphere(std::int64_t n, std::int64_t d, double square, std::uint64_t seed) {
  Array<double> a = Random(seed).normals(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::int64_t l = 0; l < d; ++l) sum += a(i, l) * a(i, l);
    for (std::int64_t l = 0; l < d; ++l) a(i, l) *= std::sqrt(square / sum);
  }
  return a;
}

Array<double> times_power(const Array<double> &x, int e) {
  Array<double> out = x;
  for (std::int64_t i = 0; i < x.size(); ++i) out[i] = std::ldexp(x[i], e);
  return out;
}

// Bit by bit: what is asked of all digits needs no bound.
TEST(KernelRange, PowersOfTwoAreExact) {
  const std::int64_t n = 40;
  const Array<double> a = Random(1).normals(n, 3), q = Random(2).normals(30, 3), x = Random(3).normals(n, 2);
  const Kernel kernel = make_kernel(a, 0.5);
  const auto apply = [&](const Array<double> &in) {
    Array<double> y(n, 2);
    EXPECT_EQ(apply_kernel(kernel.get(), 2, in.data(), n, y.data(), n, nullptr, nullptr), AKR_OK);
    return y;
  };
  const auto predict = [&](const Array<double> &in, int normalize) {
    Array<double> y(30, 2);
    EXPECT_EQ(predict_kernel(kernel.get(), normalize, AKR_COL_MAJOR, 30, q.data(), 30, 2, in.data(), n, y.data(), 30,
                             nullptr, nullptr),
              AKR_OK);
    return y;
  };
  const auto solve = [&](const Array<double> &in) {
    const Solution<double> s = solve_kernel(kernel, 0.5, in);
    EXPECT_EQ(s.status, AKR_OK) << s.message;
    return s.x;
  };
  for (const int e : {-980, -500, -125, -1, 125, 500, 980}) {
    SCOPED_TRACE(e);
    const Array<double> far = times_power(x, e);
    EXPECT_TRUE(apply(far) == times_power(apply(x), e));
    EXPECT_TRUE(predict(far, 0) == times_power(predict(x, 0), e));
    EXPECT_TRUE(predict(far, 1) == times_power(predict(x, 1), e));
    EXPECT_TRUE(solve(far) == times_power(solve(x), e));
  }
}

// ‖b − (K + μI) e^L x‖ over its size, x and b scaled by 2^−e beforehand.
Real relative_residual(const Array<Real> &e, double ridge, const Array<double> &b, const Array<double> &x,
                       std::int64_t c, Real log_scale) {
  Real residual = 0, rhs = 0, norm = 0, most = 0;
  for (std::int64_t i = 0; i < e.rows(); ++i) {
    Real sum = wide(b(i, c)) - static_cast<Real>(ridge) * wide(x(i, c)) * std::exp(log_scale);
    for (std::int64_t j = 0; j < e.cols(); ++j) sum -= std::exp(e(i, j) + log_scale) * wide(x(j, c));
    residual += sum * sum;
    rhs += wide(b(i, c)) * wide(b(i, c));
    norm += wide(x(i, c)) * wide(x(i, c));
    most = std::max(most, std::exp(e(i, i) + log_scale));
  }
  return std::sqrt(residual) /
         ((most + static_cast<Real>(ridge) * std::exp(log_scale)) * std::sqrt(norm) + std::sqrt(rhs));
}

// With s‖a‖² = 500 x is about e^−500 of b. 10⁻³⁰⁰ b can be told with the same factor, 10³⁰⁰ b and 10⁻³⁰⁰ b cannot.
TEST(KernelRange, NoColumnOfASolutionIsLost) {
  const std::int64_t n = 20;
  const Array<double> a = on_sphere(n, 2, 500, 4), one = Random(5).normals(n);
  const Kernel kernel = make_kernel(a, 1);
  const Array<Real> e = exponents(a, a, 1);
  for (const bool far : {false, true}) {
    Array<double> b(n, 3);  // the last one is zeros
    for (std::int64_t i = 0; i < n; ++i) {
      b(i, 0) = far ? 1e300 * one[i] : one[i];
      b(i, 1) = 1e-300 * one[i];
    }
    Report report;
    const Solution<double> s = solve_kernel(kernel, 1e-3, b, {}, report.get());
    ASSERT_EQ(s.status, AKR_PRECISION_LIMIT) << s.message;
    const std::vector<double> log_scale = report.reals("column_log_scale");
    ASSERT_EQ(log_scale.size(), 3U);
    EXPECT_EQ(report.has("kernel.log_scale"), !far);
    if (far) {
      EXPECT_EQ(log_scale[0], 0);
      EXPECT_LT(log_scale[1], -1000);
    } else {
      EXPECT_EQ(log_scale[0], report.real("kernel.log_scale"));
      EXPECT_EQ(log_scale[1], report.real("kernel.log_scale"));
    }
    for (std::int64_t c = 0; c < 2; ++c) {
      EXPECT_LE(relative_residual(e, 1e-3, b, s.x, c, log_scale[static_cast<std::size_t>(c)]),
                (32 + 10 * 500) * 0x1p-53L)
          << c;
    }
    for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(s.x(i, 2), 0);
  }
}

template <class T>
void expect_told(double least, double small) {
  const Array<T> origin(2, 1), query(1, 1);
  const Kernel kernel = make_kernel(origin, 1);  // K is all ones
  Array<T> x(2, 3), y(2, 3);
  for (std::int64_t i = 0; i < 2; ++i) {
    x(i, 0) = 1;
    x(i, 1) = static_cast<T>(least);
    x(i, 2) = static_cast<T>(small);
  }
  const auto check = [&](akr_status status, const Report &report, std::int64_t rows, double factor) {
    ASSERT_EQ(status, AKR_PRECISION_LIMIT);
    EXPECT_FALSE(report.has("kernel.log_scale"));
    const std::vector<double> log_scale = report.reals("column_log_scale");
    ASSERT_EQ(log_scale.size(), 3U);
    for (std::int64_t i = 0; i < rows; ++i) {
      EXPECT_EQ(y[i], factor);
      for (std::int64_t c = 1; c < 3; ++c) {
        const Real right = static_cast<Real>(factor) * wide(x(0, c));
        const Real told = wide(y[i + 2 * c]) * std::exp(static_cast<Real>(log_scale[static_cast<std::size_t>(c)]));
        EXPECT_NEAR(static_cast<double>(told / right), 1, 1e-6) << c;
      }
    }
    EXPECT_EQ(log_scale[0], 0);
    EXPECT_EQ(log_scale[1], 0);
    EXPECT_LT(log_scale[2], std::log(static_cast<double>(std::numeric_limits<T>::min())));
  };
  Report report;
  akr_status status = apply_kernel(kernel.get(), 3, x.data(), 2, y.data(), 2, nullptr, report.get());
  check(status, report, 2, 2);
  for (const int normalize : {0, 1}) {
    Report again;
    status = predict_kernel(kernel.get(), normalize, AKR_COL_MAJOR, 1, query.data(), 1, 3, x.data(), 2, y.data(), 2,
                            nullptr, again.get());
    check(status, again, 1, normalize != 0 ? 1 : 2);
  }
}

TEST(KernelRange, NoColumnOfAProductIsLostBesideAnother) {
  expect_told<double>(0x1p-1022, 0x1p-1060);
  expect_told<float>(0x1p-126, 0x1p-145);
}

// (dim + 8) u s‖a‖² of K's own entries is a part of the promise, and the largest one from s‖a‖² = 4 on.
TEST(KernelRange, TheCertificateCountsTheErrorOfTheKernelItself) {
  const std::int64_t n = 200;
  for (const std::int64_t d : {3, 60}) {
    for (const double square : {10.0, 98.0, 244.0, 610.0}) {
      SCOPED_TRACE(std::to_string(d) + ", " + std::to_string(square));
      const Array<double> a = on_sphere(n, d, square, 6), b = Random(7).normals(n);
      const Solution<double> s = solve_kernel(make_kernel(a, 1), 0.1, b);
      ASSERT_EQ(s.status, AKR_OK) << s.message;
      const KernelResidual r = kernel_residual(exponents(a, a, 1), 0.1, b, s.x, 0);
      EXPECT_LE(r.residual, (32 + (static_cast<Real>(d) + 8) * static_cast<Real>(square)) * 0x1p-53L * r.size);
    }
  }
}

TEST(KernelRange, AnyRidge) {
  const std::int64_t n = 60;
  const Array<double> a = Random(8).normals(n, 3), b = Random(9).normals(n);
  for (const char *precond : kPreconds) {
    for (const double ridge : {1e20, 1e60, 1e100, 1e150, 1e200, 1e300}) {
      SCOPED_TRACE(std::string(precond) + ", " + std::to_string(std::log10(ridge)));
      const Solution<double> s = solve_kernel(make_kernel(a, 1), ridge, b, Options({{"kernel.precond", precond}}));
      ASSERT_EQ(s.status, AKR_OK) << s.message;
      // Within the certificate: 32 u (μ‖x‖ + ‖b‖) over μ.
      Real gap = 0;
      for (std::int64_t i = 0; i < n; ++i)
        gap = std::max(gap, std::fabs(wide(s.x[i]) * static_cast<Real>(ridge) - wide(b[i])));
      EXPECT_LE(gap, (64 * 0x1p-53L + 1e5L / static_cast<Real>(ridge)) * norm(b));
    }
  }
  const Array<float> a32 = a.as<float>(), b32 = b.as<float>();
  const Solution<float> s = solve_kernel(make_kernel(a32, 1), 1e30, b32);
  ASSERT_EQ(s.status, AKR_OK);
  for (std::int64_t i = 0; i < n; ++i)
    EXPECT_NEAR(static_cast<double>(s.x[i]) * 1e30 / static_cast<double>(b32[i]), 1, 1e-5);
}

template <class T>
akr_status attend_rows(std::int64_t m, std::int64_t n, double scale, const Array<T> &q, const Array<T> &k,
                       const Array<T> &v, Array<T> &out, const Options &options = {}) {
  return attend<T>(AKR_COL_MAJOR, m, n, q.cols(), v.cols(), scale, 0, q.data(), m, k.data(), n, v.data(), n, out.data(),
                   m, options.get(), nullptr);
}

// Of equal keys the mean, though the sum is beyond the range; of the largest number the number itself.
template <class T>
void check_large_values(std::int64_t m, std::int64_t n) {
  const T most = std::numeric_limits<T>::max();
  const Array<T> q(m, 2), k(n, 2);
  Array<T> v(n, 4), out(m, 4);
  Real mean = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    v(j, 0) = most;
    v(j, 1) = j % 2 == 0 ? most : -most;
    v(j, 2) = static_cast<T>(j % 3) / 2 * most;
    v(j, 3) = 1;
    mean += wide(v(j, 2)) / static_cast<Real>(n);
  }
  ASSERT_EQ(attend_rows<T>(m, n, 1, q, k, v, out), AKR_OK) << akr_last_error();
  const Real bound = (static_cast<Real>(n) + 20) * unit_roundoff<T>;
  for (std::int64_t i = 0; i < m; ++i) {
    EXPECT_LE(std::fabs(wide(out(i, 0)) / wide(most) - 1), bound);
    EXPECT_LE(std::fabs(wide(out(i, 1)) / wide(most) - static_cast<Real>(n % 2) / static_cast<Real>(n)), bound);
    EXPECT_LE(std::fabs(wide(out(i, 2)) - mean) / wide(most), bound);
    EXPECT_LE(std::fabs(wide(out(i, 3)) - 1), bound);
  }
}

TEST(AttentionRange, MeansOfTheLargestNumbersAreFinite) {
  for (const std::int64_t n : {2, 4, 5, 4096}) {
    for (const std::int64_t m : {1, 3, 200}) {
      check_large_values<double>(m, n);
      check_large_values<float>(m, n);
    }
  }
}

// Values times a power of two give out times that power, up to roundings; and the same bits for any threads.
TEST(AttentionRange, LargeValuesAreWeighedLikeOthers) {
  const std::int64_t m = 70, n = 5000;
  const Array<float> q = Random(10).normals(m, 4).as<float>(), k = Random(11).normals(n, 4).as<float>();
  Array<float> v = Random(12).normals(n, 3).as<float>(), large = v;
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t c = 0; c < 3; ++c) {
      v(j, c) = std::fabs(v(j, c));
      large(j, c) = std::ldexp(v(j, c), 124);
    }
  Array<float> out(m, 3), first;
  ASSERT_EQ(attend_rows<float>(m, n, 1, q, k, v, out), AKR_OK);
  for (const char *threads : {"1", "2", "5"}) {
    Array<float> got(m, 3);
    ASSERT_EQ(attend_rows<float>(m, n, 1, q, k, large, got, Options({{"threads", threads}})), AKR_OK);
    for (std::int64_t i = 0; i < got.size(); ++i) ASSERT_NEAR(std::ldexp(got[i], -124), out[i], 1e-5);
    if (first.size() == 0) first = got;
    EXPECT_TRUE(got == first) << threads;
  }
}

// q, k and their product are beyond the range, the exponent is 1; or q times the scale is, and the exponent is not.
TEST(AttentionRange, AnyScaleWhoseExponentsFit) {
  const double right = 1 / (1 + std::exp(-2.0));
  const auto check32 = [&](double scale, float query, float key, double expected) {
    Array<float> q(1, 1, query), k(2, 1, key), v(2, 1), out(1);
    k[1] = -key;
    v[0] = 1;
    ASSERT_EQ(attend_rows<float>(1, 2, scale, q, k, v, out), AKR_OK) << akr_last_error();
    EXPECT_NEAR(out[0], expected, 1e-6) << scale;
  };
  check32(1e-50, 1e25F, 1e25F, right);
  check32(-1e-50, 1e25F, 1e25F, 1 - right);
  check32(1e-38, 1e19F, 1e19F, right);
  check32(1e38, 1e-19F, 1e-19F, right);
  check32(1e30, 1e15F, 1e-45F, 1 / (1 + std::exp(-2 * static_cast<double>(1e-45F) * 1e45)));
  check32(0, 1e30F, 1e30F, 0.5);
  Array<double> q(1, 1, 1e200), k(2, 1, 1e200), v(2, 1), out(1);
  k[1] = -1e200;
  v[0] = 1;
  ASSERT_EQ(attend_rows<double>(1, 2, 0, q, k, v, out), AKR_OK);
  EXPECT_EQ(out[0], 0.5);
  q[0] = 1e120;
  ASSERT_EQ(attend_rows<double>(1, 2, 1e-320, q, k, v, out), AKR_OK);
  EXPECT_NEAR(out[0], right, 1e-3);  // of 10⁻³²⁰ a double has three digits
}

}  // namespace
