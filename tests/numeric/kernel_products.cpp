// SPDX-License-Identifier: BSD-3-Clause
// Products with K = exp(s A Aᵀ), prediction and attention against sums in extended precision.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/kernel.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr double u64 = 0x1p-53;

// What akr.h promises of an entry of K: exponents are sums of dim products, each wrong by u of the product of the
// norms, and the rounding of √s a twice; then 2 ulp, and the roundings of the sum, relative to Σ|K x|: √n of them in 2
// of the 512-row tiles' partial sums; n is never above 1200 here.
Real allowed(std::int64_t dim, Real largest_exponent) {
  return (static_cast<Real>(dim) + 8) * u64 * largest_exponent + 64 * u64;
}

template <class T>
Real roundoff() {
  return sizeof(T) == 8 ? 0 : 0x1p-24L;
}

template <class T>
void expect_product(const Array<Real> &e, const Array<T> &x, const Array<T> &y, Real relative) {
  for (std::int64_t c = 0; c < x.cols(); ++c)
    for (std::int64_t i = 0; i < e.rows(); ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t j = 0; j < e.cols(); ++j) {
        const Real term = std::exp(e(i, j)) * wide(x(j, c));
        sum += term;
        size += std::fabs(term);
      }
      ASSERT_LE(std::fabs(wide(y(i, c)) - sum), relative * size + roundoff<T>() * std::fabs(sum)) << i << ", " << c;
    }
}

Real largest_diagonal(const Array<Real> &e) {
  Real most = 0;
  for (std::int64_t i = 0; i < e.rows(); ++i) most = std::max(most, e(i, i));
  return most;
}

template <class T>
void check_products(std::int64_t n, std::int64_t d, double scale, std::int64_t k) {
  const Array<T> a = Random(1).normals(n, d).template as<T>();
  const Array<T> x = Random(2).normals(n, k).template as<T>();
  const Kernel kernel = make_kernel(a, scale);
  Array<T> y(n, k);
  Report report;
  ASSERT_EQ(apply_kernel(kernel.get(), k, x.data(), n, y.data(), n, nullptr, report.get()), AKR_OK) << akr_last_error();
  const Array<Real> e = exponents(a, a, scale);
  expect_product(e, x, y, allowed(d, largest_diagonal(e)));
  EXPECT_FALSE(report.has("kernel.log_scale"));
}

TEST(KernelProduct, IsRightForAnySizeAndNumberOfColumns) {
  for (const std::int64_t n : {1, 2, 63, 64, 511, 512, 513, 1200})
    for (const std::int64_t k : {1, 3, 5}) check_products<double>(n, 7, 0.5, k);
  check_products<double>(300, 1, 2, 1);
  check_products<double>(300, 90, 0.1, 2);
  check_products<double>(300, 5, 0, 1);
  check_products<float>(700, 7, 0.5, 1);
  check_products<float>(700, 7, 0.5, 4);
}

// Exponents beyond a double's range take the other way, which is right below it too: the largest here is some 650.
TEST(KernelProduct, LargeExponentsAreRightUpToTheRange) {
  Array<double> a = Random(3).normals(200, 6);
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    double norm = 0;
    for (std::int64_t l = 0; l < 6; ++l) norm += a(i, l) * a(i, l);
    const double wanted = 700.0 * static_cast<double>(i + 1) / 200;
    for (std::int64_t l = 0; l < 6; ++l) a(i, l) *= std::sqrt(wanted / norm);
  }
  const Array<double> x = Random(4).normals(200);
  const Kernel kernel = make_kernel(a, 1);
  Array<double> y(200);
  ASSERT_EQ(apply_kernel(kernel.get(), 1, x.data(), 200, y.data(), 200, nullptr, nullptr), AKR_OK);
  const Array<Real> e = exponents(a, a, 1);
  expect_product(e, x, y, allowed(6, largest_diagonal(e)));
}

// s‖a‖² = 2000: K x is about e^2000. The numbers come with their scale.
TEST(KernelProduct, BeyondTheRangeTheScaleIsTold) {
  for (const bool single : {false, true}) {
    Array<double> a = Random(5).normals(60, 4);
    const double target = single ? 120 : 2000;
    for (std::int64_t i = 0; i < 60; ++i) {
      double norm = 0;
      for (std::int64_t l = 0; l < 4; ++l) norm += a(i, l) * a(i, l);
      for (std::int64_t l = 0; l < 4; ++l) a(i, l) *= std::sqrt(target / norm);
    }
    const Array<float> a32 = a.as<float>();
    if (single) a = a32.as<double>();
    const Array<double> x = Random(6).normals(60);
    Array<double> y(60);
    Array<float> y32(60);
    Report report;
    const Kernel kernel = single ? make_kernel(a32, 1) : make_kernel(a, 1);
    const akr_status status =
        single ? apply_kernel(kernel.get(), 1, x.as<float>().data(), 60, y32.data(), 60, nullptr, report.get())
               : apply_kernel(kernel.get(), 1, x.data(), 60, y.data(), 60, nullptr, report.get());
    ASSERT_EQ(status, AKR_PRECISION_LIMIT);
    if (single) y = y32.as<double>();
    const Real scale = report.real("kernel.log_scale");
    EXPECT_NEAR(static_cast<double>(scale), target, 10);
    const Array<Real> e = exponents(a, a, 1);
    for (std::int64_t i = 0; i < 60; ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t j = 0; j < 60; ++j) {
        const Real term = std::exp(e(i, j) - scale) * (single ? wide(static_cast<float>(x[j])) : wide(x[j]));
        sum += term;
        size += std::fabs(term);
      }
      // The scale itself is a rounded number of that size.
      EXPECT_LE(std::fabs(wide(y[i]) - sum),
                (allowed(4, target) + 4 * u64 * target) * size + (single ? 0x1p-24L * std::fabs(sum) : 0));
    }
  }
}

TEST(KernelProduct, OddPoints) {
  // Far apart: K is diagonal. Identical: rank one. One point. No dimension: all ones.
  Array<double> far(3, 1), same(4, 2, 0.5), one(1, 2, 1.0), none(5, 0), zero(0, 2);
  for (std::int64_t i = 0; i < 3; ++i) far[i] = std::pow(-1.0, static_cast<double>(i)) * (i == 2 ? 0 : 20);
  const Array<double> x3 = Random(7).normals(3);
  Array<double> y(5);
  ASSERT_EQ(apply_kernel(make_kernel(far, 1).get(), 1, x3.data(), 3, y.data(), 3, nullptr, nullptr), AKR_OK);
  EXPECT_NEAR(y[0] / (std::exp(400.0) * x3[0]), 1, 1e-12);
  EXPECT_NEAR(y[2], x3[0] + x3[1] + x3[2], 1e-14);
  const Array<double> x4 = Random(8).normals(4);
  ASSERT_EQ(apply_kernel(make_kernel(same, 2).get(), 1, x4.data(), 4, y.data(), 4, nullptr, nullptr), AKR_OK);
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_NEAR(y[i], std::exp(1.0) * (x4[0] + x4[1] + x4[2] + x4[3]), 1e-13);
  ASSERT_EQ(apply_kernel(make_kernel(one, 1).get(), 1, x3.data(), 1, y.data(), 1, nullptr, nullptr), AKR_OK);
  EXPECT_NEAR(y[0], std::exp(2.0) * x3[0], 1e-14 * std::fabs(y[0]));
  const Array<double> ones(5, 1, 1.0);
  ASSERT_EQ(apply_kernel(make_kernel(none, 1).get(), 1, ones.data(), 5, y.data(), 5, nullptr, nullptr), AKR_OK);
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_EQ(y[i], 5);
  EXPECT_EQ(akr_kernel_apply_f64(make_kernel(zero, 1).get(), 1, nullptr, 1, nullptr, 1, nullptr, nullptr), AKR_OK);
  EXPECT_EQ(akr_kernel_apply_f64(make_kernel(one, 1).get(), 0, nullptr, 1, nullptr, 1, nullptr, nullptr), AKR_OK);
}

TEST(KernelProduct, TheSameBitsForAnyNumberOfThreads) {
  const Array<double> a = Random(9).normals(1100, 5);
  const Array<double> x = Random(10).normals(1100, 2);
  const Kernel kernel = make_kernel(a, 0.3);
  Array<double> first;
  for (const char *threads : {"1", "2", "5"}) {
    Array<double> y(1100, 2);
    ASSERT_EQ(
        apply_kernel(kernel.get(), 2, x.data(), 1100, y.data(), 1100, Options({{"threads", threads}}).get(), nullptr),
        AKR_OK);
    if (first.size() == 0) first = y;
    EXPECT_TRUE(y == first) << threads;
  }
}

// Layout, padding and normalisation.
template <class T>
void check_prediction(std::int32_t layout, bool normalize, double scale) {
  const std::int64_t n = 600, m = 300, d = 4, k = 2;
  const Array<T> a = Random(11).normals(n, d).template as<T>();
  const Array<T> q = Random(12).normals(m, d).template as<T>();
  const Array<T> x = Random(13).normals(n, k).template as<T>();
  const std::int64_t ldq = (layout == AKR_ROW_MAJOR ? d : m) + 3;
  Array<T> padded(ldq, layout == AKR_ROW_MAJOR ? m : d, std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t l = 0; l < d; ++l) padded[layout == AKR_ROW_MAJOR ? i * ldq + l : i + l * ldq] = q(i, l);
  const Kernel kernel = make_kernel(a, scale);
  Array<T> y(m, k);
  Report report;
  ASSERT_EQ(predict_kernel(kernel.get(), normalize, layout, m, padded.data(), ldq, k, x.data(), n, y.data(), m, nullptr,
                           report.get()),
            AKR_OK)
      << akr_last_error();
  const Array<Real> e = exponents(q, a, scale);
  Real most = 0;
  for (std::int64_t i = 0; i < e.size(); ++i) most = std::max(most, std::fabs(e[i]));
  for (std::int64_t c = 0; c < k; ++c)
    for (std::int64_t i = 0; i < m; ++i) {
      Real sum = 0, size = 0, total = 0, top = -std::numeric_limits<Real>::infinity();
      for (std::int64_t j = 0; j < n; ++j) top = std::max(top, e(i, j));
      const Real shift = normalize ? top : 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const Real weight = std::exp(e(i, j) - shift);
        sum += weight * wide(x(j, c));
        size += weight * std::fabs(wide(x(j, c)));
        total += weight;
      }
      const Real divisor = normalize ? total : 1;
      // The norms of √s q and √s a, not their product, bound the exponents' errors: at most 6 times as much here.
      ASSERT_LE(std::fabs(wide(y(i, c)) - sum / divisor),
                6 * allowed(d, most) * size / divisor + roundoff<T>() * std::fabs(sum / divisor));
    }
}

TEST(KernelPrediction, IsRightPlainAndNormalised) {
  for (const std::int32_t layout : {AKR_ROW_MAJOR, AKR_COL_MAJOR}) {
    for (const bool normalize : {false, true}) {
      check_prediction<double>(layout, normalize, 0.7);
      check_prediction<float>(layout, normalize, 0.7);
    }
    check_prediction<double>(layout, true, 4000);  // exponents of ±10⁵
  }
}

TEST(KernelPrediction, AtTheKernelsOwnPointsItIsTheProduct) {
  const Array<double> a = Random(14).normals(300, 4), x = Random(15).normals(300);
  const Kernel kernel = make_kernel(a, 0.5);
  Array<double> y(300), z(300);
  ASSERT_EQ(apply_kernel(kernel.get(), 1, x.data(), 300, y.data(), 300, nullptr, nullptr), AKR_OK);
  ASSERT_EQ(predict_kernel(kernel.get(), 0, AKR_COL_MAJOR, 300, a.data(), 300, 1, x.data(), 300, z.data(), 300, nullptr,
                           nullptr),
            AKR_OK);
  Real gap = 0;
  for (std::int64_t i = 0; i < 300; ++i) gap = std::max(gap, std::fabs(wide(y[i]) - wide(z[i])));
  EXPECT_LE(gap, 1e-12 * norm(y));
}

TEST(KernelPrediction, WithoutPointsThereIsNothingToSay) {
  const Array<double> a(0, 3), q = Random(16).normals(4, 3);
  for (const int normalize : {0, 1}) {
    Array<double> y(4, 1, 7.0);
    EXPECT_EQ(predict_kernel(make_kernel(a, 1).get(), normalize, AKR_COL_MAJOR, 4, q.data(), 4, 1, nullptr, 1, y.data(),
                             4, nullptr, nullptr),
              AKR_OK);
    for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(y[i], 0);
  }
}

// softmax(scale Q Kᵀ) V in extended precision.
template <class T>
void check_attention(std::int64_t m, std::int64_t n, std::int64_t d, std::int64_t w, double scale, bool causal,
                     std::int32_t layout) {
  SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(d) + " x " + std::to_string(w) +
               (causal ? ", causal" : ""));
  const Array<T> q = Random(20).normals(m, d).template as<T>(), k = Random(21).normals(n, d).template as<T>();
  const Array<T> v = Random(22).normals(n, w).template as<T>();
  const bool rows = layout == AKR_ROW_MAJOR;
  const auto stored = [&](const Array<T> &a) { return rows ? a.transposed() : a; };
  const Array<T> qs = stored(q), ks = stored(k), vs = stored(v);
  Array<T> out(rows ? w : m, rows ? m : w, T(7));
  const auto ld = [](const Array<T> &a) { return std::max<std::int64_t>(a.rows(), 1); };
  ASSERT_EQ(attend<T>(layout, m, n, d, w, scale, causal, qs.data(), ld(qs), ks.data(), ld(ks), vs.data(), ld(vs),
                      out.data(), ld(out), nullptr, nullptr),
            AKR_OK)
      << akr_last_error();
  const Array<Real> e = exponents(q, k, scale);
  const Array<T> got = rows ? out.transposed() : out;
  Real norms_q = 0, norms_k = 0, most = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    Real square = 0;
    for (std::int64_t l = 0; l < d; ++l) square += wide(q(i, l)) * wide(q(i, l));
    norms_q = std::max(norms_q, std::sqrt(square));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    Real square = 0;
    for (std::int64_t l = 0; l < d; ++l) square += wide(k(i, l)) * wide(k(i, l));
    norms_k = std::max(norms_k, std::sqrt(square));
    for (std::int64_t c = 0; c < w; ++c) most = std::max(most, std::fabs(wide(v(i, c))));
  }
  const Real exponent = std::fabs(scale) * norms_q * norms_k;
  const Real bound =
      (2 * exponent + static_cast<Real>(d) * exponent + static_cast<Real>(n) + 20) * unit_roundoff<T> * most;
  Real worst = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    const std::int64_t keys = causal ? std::clamp<std::int64_t>(i + 1 + n - m, 0, n) : n;
    Real top = -std::numeric_limits<Real>::infinity(), total = 0;
    for (std::int64_t j = 0; j < keys; ++j) top = std::max(top, e(i, j));
    for (std::int64_t j = 0; j < keys; ++j) total += std::exp(e(i, j) - top);
    for (std::int64_t c = 0; c < w; ++c) {
      Real sum = 0;
      for (std::int64_t j = 0; j < keys; ++j) sum += std::exp(e(i, j) - top) * wide(v(j, c));
      const Real right = keys > 0 ? sum / total : 0;
      worst = std::max(worst, std::fabs(wide(got(i, c)) - right));
    }
  }
  EXPECT_LE(worst, bound);
  if (n > 100) {
    EXPECT_LE(worst, bound / 8) << "akr.h speaks of a tenth";
  }
}

TEST(Attention, IsExactInBothPrecisionsAndLayouts) {
  for (const std::int32_t layout : {AKR_ROW_MAJOR, AKR_COL_MAJOR}) {
    for (const bool causal : {false, true}) {
      check_attention<double>(700, 700, 16, 8, 0.25, causal, layout);
      check_attention<float>(700, 700, 16, 8, 0.25, causal, layout);
      check_attention<double>(300, 900, 5, 3, -0.5, causal, layout);
      check_attention<float>(513, 200, 5, 3, 2, causal, layout);  // with causal the first 313 queries see no key
      // Few queries: the keys are split. More than 64 coordinates and values.
      check_attention<double>(5, 5000, 70, 3, 0.1, causal, layout);
      check_attention<float>(5, 5000, 3, 70, 0.5, causal, layout);
      check_attention<float>(200, 2500, 129, 66, 0.1, causal, layout);
      check_attention<double>(1, 1, 1, 1, 1, causal, layout);
      check_attention<double>(5, 0, 3, 2, 1, causal, layout);
      check_attention<double>(0, 5, 3, 2, 1, causal, layout);
      check_attention<double>(4, 5, 0, 2, 1, causal, layout);
      check_attention<double>(4, 5, 3, 0, 1, causal, layout);
      check_attention<double>(50, 60, 8, 2, 300, causal, layout);  // exponents of ±5000
      check_attention<float>(50, 60, 8, 2, 300, causal, layout);
    }
  }
}

TEST(Attention, HasTheSameBitsForAnyNumberOfThreads) {
  for (const std::int64_t queries : {7, 300}) {
    const Array<float> q = Random(23).normals(queries, 10).as<float>(), k = Random(24).normals(9000, 10).as<float>();
    const Array<float> v = Random(25).normals(9000, 4).as<float>();
    Array<float> first;
    for (const char *threads : {"1", "2", "5"}) {
      Array<float> out(queries, 4);
      ASSERT_EQ(attend<float>(AKR_COL_MAJOR, queries, 9000, 10, 4, 0.4, 0, q.data(), queries, k.data(), 9000, v.data(),
                              9000, out.data(), queries, Options({{"threads", threads}}).get(), nullptr),
                AKR_OK);
      if (first.size() == 0) first = out;
      EXPECT_TRUE(out == first) << threads;
    }
  }
}

// The softmax of one huge exponent is that key's value.
TEST(Attention, IsStableAtAnyScale) {
  Array<float> q(1, 1, 1e10F), k(3, 1), v(3, 1), out(1);
  k[0] = 1;
  k[1] = 2;
  k[2] = -5;
  v[0] = 10;
  v[1] = 20;
  v[2] = 30;
  ASSERT_EQ(attend<float>(AKR_COL_MAJOR, 1, 3, 1, 1, 1e15, 0, q.data(), 1, k.data(), 3, v.data(), 3, out.data(), 1,
                          nullptr, nullptr),
            AKR_OK);
  EXPECT_EQ(out[0], 20);
  ASSERT_EQ(attend<float>(AKR_COL_MAJOR, 1, 3, 1, 1, 1e30, 0, q.data(), 1, k.data(), 3, v.data(), 3, out.data(), 1,
                          nullptr, nullptr),
            AKR_E_NUMERIC);
  EXPECT_NE(std::string(akr_last_error()).find("overflows"), std::string::npos);
}

TEST(KernelInput, IsRefusedByName) {
  Array<double> a = Random(30).normals(5, 2), x = Random(31).normals(5), y(5, 1, 7.0);
  akr_kernel *raw = nullptr;
  EXPECT_EQ(create_kernel(AKR_COL_MAJOR, 5, 2, -1, a.data(), 5, nullptr, &raw), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_kernel_create_f64: scale = -1: must be at least 0 and finite");
  EXPECT_EQ(raw, nullptr);
  EXPECT_EQ(create_kernel(AKR_COL_MAJOR, 5, 2, 1, a.data(), 4, nullptr, &raw), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_kernel_create_f64: lda = 4: must be at least points = 5");
  const Kernel kernel = make_kernel(a, 1);
  EXPECT_EQ(akr_kernel_apply_f32(kernel.get(), 1, nullptr, 5, nullptr, 5, nullptr, nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_kernel_apply_f32: kernel: the kernel is f64, the function is f32");
  EXPECT_EQ(apply_kernel(kernel.get(), 1, x.data(), 5, x.data(), 5, nullptr, nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_kernel_apply_f64: y: overlaps x");
  EXPECT_EQ(
      predict_kernel(kernel.get(), 2, AKR_COL_MAJOR, 5, a.data(), 5, 1, x.data(), 5, y.data(), 5, nullptr, nullptr),
      AKR_E_ARGUMENT);
  EXPECT_EQ(attend<double>(AKR_COL_MAJOR, 5, 5, 2, 1, std::nan(""), 0, a.data(), 5, a.data(), 5, x.data(), 5, y.data(),
                           5, nullptr, nullptr),
            AKR_E_ARGUMENT);
  x[3] = std::nan("");
  EXPECT_EQ(apply_kernel(kernel.get(), 1, x.data(), 5, y.data(), 5, nullptr, nullptr), AKR_E_NOT_FINITE);
  EXPECT_STREQ(akr_last_error(), "akr_kernel_apply_f64: x(3, 0) = nan: must be finite");
  a(2, 1) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(create_kernel(AKR_COL_MAJOR, 5, 2, 1, a.data(), 5, nullptr, &raw), AKR_E_NOT_FINITE);
  EXPECT_STREQ(akr_last_error(),
               "akr_kernel_create_f64: a(2, 1) = inf: must be finite (rows and columns count from 0)");
  EXPECT_EQ(attend<double>(AKR_COL_MAJOR, 5, 5, 2, 1, 1, 0, a.data(), 5, a.data(), 5, y.data(), 5, x.data(), 5, nullptr,
                           nullptr),
            AKR_E_NOT_FINITE);
  a(2, 1) = 1e200;
  EXPECT_EQ(create_kernel(AKR_COL_MAJOR, 5, 2, 1, a.data(), 5, nullptr, &raw), AKR_E_NUMERIC);
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_EQ(y[i], 7.0);
}

// Once the points are taken, the caller's array is his again.
TEST(KernelInput, PointsAreCopied) {
  Array<double> a = Random(32).normals(50, 3), x = Random(33).normals(50), y(50), z(50);
  const Kernel kernel = make_kernel(a, 1);
  ASSERT_EQ(apply_kernel(kernel.get(), 1, x.data(), 50, y.data(), 50, nullptr, nullptr), AKR_OK);
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] = 0;
  ASSERT_EQ(apply_kernel(kernel.get(), 1, x.data(), 50, z.data(), 50, nullptr, nullptr), AKR_OK);
  EXPECT_TRUE(y == z);
}

// A product function has no iterate: it ends with an error.
TEST(KernelStop, CancelAndTimeLimit) {
  const Array<double> a = Random(34).normals(1500, 3), x = Random(35).normals(1500);
  const Kernel kernel = make_kernel(a, 1);
  Array<double> y(1500);
  std::int32_t flag = 1;
  Options options;
  require(akr_options_set_cancel(options.get(), &flag));
  EXPECT_EQ(apply_kernel(kernel.get(), 1, x.data(), 1500, y.data(), 1500, options.get(), nullptr), AKR_E_CANCELLED);
  EXPECT_EQ(
      apply_kernel(kernel.get(), 1, x.data(), 1500, y.data(), 1500, Options({{"time_limit", "1e-9"}}).get(), nullptr),
      AKR_E_CANCELLED);
  EXPECT_EQ(attend<double>(AKR_COL_MAJOR, 1500, 1500, 3, 1, 1, 0, a.data(), 1500, a.data(), 1500, x.data(), 1500,
                           y.data(), 1500, options.get(), nullptr),
            AKR_E_CANCELLED);
}

}  // namespace
