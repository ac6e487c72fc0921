// SPDX-License-Identifier: BSD-3-Clause
// Clouds of points on which kernels have been seen to fail: regression with ridges from 0 to 10²⁰⁰ by every
// preconditioner and storage, products, and attention with scales of both signs. A right answer by the kernel in
// extended precision, or a status that says it is none.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "reference/kernel_judge.hpp"

namespace {

using namespace numeric;

constexpr const char *kPreconds[] = {"auto", "rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"};
constexpr const char *kStorages[] = {"auto", "dense", "tiles"};
constexpr std::int64_t kPoints = 40, kDim = 4;

KernelAnswer answer(akr_status status, const Report &report, const char *key = "kernel.log_scale") {
  KernelAnswer is;
  is.status = status;
  if (report.has("stopped_by")) is.converged = report.text("stopped_by") == "converged";
  if (report.has(key)) is.log_scale = report.real(key);
  return is;
}

template <class T>
void check_regression(const Cloud &cloud, Random &random, std::map<std::string, std::int64_t> &counts) {
  const Array<T> a = cloud.a.as<T>();
  const std::int64_t n = a.rows();
  const KernelJudge<T> judge(a, cloud.scale);
  const Kernel kernel = make_kernel(a, cloud.scale);
  const Array<T> any = random.normals(n).as<T>(), image = judge.product(random.normals(n)).template as<T>();
  std::int64_t turn = 0;
  for (const double ridge : {0.0, 1e-300, 1e-16, 1e-8, 1e-2, 1.0, 1e6, sizeof(T) == 8 ? 1e200 : 1e30}) {
    for (const char *precond : kPreconds) {
      for (const Array<T> *b : {&any, &image}) {
        const char *storage = kStorages[turn++ % 3];
        Report report;
        const Options options({{"kernel.precond", precond}, {"kernel.storage", storage}});
        const Solution<T> s = solve_kernel(kernel, ridge, *b, options, report.get());
        ++counts[akr_status_name(s.status)];
        EXPECT_EQ(judge.solve_lie(ridge, *b, s.x, answer(s.status, report)), "")
            << "ridge " << ridge << ", " << precond << ", " << storage << ", b " << (b == &any ? "any" : "in the range")
            << ": " << s.message;
      }
    }
  }
}

class KernelAdversaries : public testing::TestWithParam<std::int64_t> {};

TEST_P(KernelAdversaries, RegressionIsRightOrHonest) {
  Random random(600 + static_cast<std::uint64_t>(GetParam()));
  std::map<std::string, std::int64_t> counts;
  for (const std::int64_t n : {kPoints, kPoints / 4}) {
    check_regression<double>(make_cloud(GetParam(), n, kDim, false, random), random, counts);
    check_regression<float>(make_cloud(GetParam(), n, kDim, true, random), random, counts);
  }
  for (const auto &[status, times] : counts) std::printf("%-20s %lld\n", status.c_str(), static_cast<long long>(times));
}

template <class T>
void check_products(const Cloud &cloud, Random &random) {
  const Array<T> a = cloud.a.as<T>();
  const std::int64_t n = a.rows();
  const Kernel kernel = make_kernel(a, cloud.scale);
  const KernelJudge<T> judge(a, cloud.scale);
  for (const double size : {1.0, sizeof(T) == 8 ? 1e200 : 1e20, sizeof(T) == 8 ? 1e-200 : 1e-20}) {
    Array<T> x = random.normals(n).as<T>(), y(n);
    for (std::int64_t i = 0; i < n; ++i) x[i] = static_cast<T>(size * static_cast<double>(x[i]));
    for (const bool predict : {false, true}) {
      Report report;
      const akr_status status = predict
                                    ? predict_kernel(kernel.get(), 0, AKR_COL_MAJOR, n, a.data(), n, 1, x.data(), n,
                                                     y.data(), n, nullptr, report.get())
                                    : apply_kernel(kernel.get(), 1, x.data(), n, y.data(), n, nullptr, report.get());
      ASSERT_TRUE(status == AKR_OK || status == AKR_PRECISION_LIMIT) << akr_last_error();
      EXPECT_EQ(judge.product_lie(x, y, answer(status, report)), "") << "x of size " << size << ", predict " << predict;
    }
  }
}

TEST_P(KernelAdversaries, ProductsAreRight) {
  Random random(700 + static_cast<std::uint64_t>(GetParam()));
  check_products<double>(make_cloud(GetParam(), kPoints, kDim, false, random), random);
  check_products<float>(make_cloud(GetParam(), kPoints, kDim, true, random), random);
}

// Each row of softmax(s Q Kᵀ) V in extended precision. Its error is at most ((dim + 2) E + n + 20) u max |v|, E the
// largest |s|‖q‖‖k‖; where that says nothing it is still a mean of values.
template <class T>
void check_attention(const Cloud &cloud, double sign, int causal, Random &random) {
  const Array<T> k = cloud.a.as<T>();
  const std::int64_t n = k.rows(), m = n / 2, d = k.cols();
  Array<T> q(m, d);
  for (std::int64_t l = 0; l < d; ++l)
    for (std::int64_t i = 0; i < m; ++i) q(i, l) = k((7 * i + 3) % n, l);
  const double scale = sign * cloud.scale;
  const Array<T> v = random.normals(n, 2).as<T>();
  Array<T> out(m, 2);
  ASSERT_EQ(attend<T>(AKR_COL_MAJOR, m, n, d, 2, scale, causal, q.data(), m, k.data(), n, v.data(), n, out.data(), m,
                      nullptr, nullptr),
            AKR_OK)
      << akr_last_error();
  const Array<Real> e = exponents(q, k, scale);
  Real longest_q = 0, longest_k = 0, most = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    Real of_k = 0, of_q = 0;
    for (std::int64_t l = 0; l < d; ++l) {
      of_k = std::hypot(of_k, wide(k(i, l)));
      if (i < m) of_q = std::hypot(of_q, wide(q(i, l)));
    }
    longest_k = std::max(longest_k, of_k);
    longest_q = std::max(longest_q, of_q);
    for (std::int64_t c = 0; c < 2; ++c) most = std::max(most, std::fabs(wide(v(i, c))));
  }
  const Real exponent = std::fabs(static_cast<Real>(scale)) * longest_q * longest_k;
  const Real relative = ((static_cast<Real>(d) + 2) * exponent + static_cast<Real>(n) + 20) * unit_roundoff<T>;
  for (std::int64_t i = 0; i < m; ++i) {
    const std::int64_t keys = causal != 0 ? i + n - m + 1 : n;
    Real top = e(i, 0);
    for (std::int64_t j = 0; j < keys; ++j) top = std::max(top, e(i, j));
    for (std::int64_t c = 0; c < 2; ++c) {
      Real sum = 0, weight = 0;
      for (std::int64_t j = 0; j < keys; ++j) {
        weight += std::exp(e(i, j) - top);
        sum += std::exp(e(i, j) - top) * wide(v(j, c));
      }
      EXPECT_LE(std::fabs(wide(out(i, c)) - sum / weight), relative * most) << "query " << i << ", scale " << scale;
      EXPECT_LE(std::fabs(wide(out(i, c))), most * (1 + static_cast<Real>(n + 20) * unit_roundoff<T>));
    }
  }
}

TEST_P(KernelAdversaries, AttentionIsRightForBothSigns) {
  Random random(800 + static_cast<std::uint64_t>(GetParam()));
  for (const double sign : {1.0, -1.0, 1e-3, -50.0}) {
    for (const int causal : {0, 1}) {
      check_attention<double>(make_cloud(GetParam(), kPoints, kDim, false, random), sign, causal, random);
      check_attention<float>(make_cloud(GetParam(), kPoints, kDim, true, random), sign, causal, random);
    }
  }
}

// exp(s AAᵀ) with s < 0 is no kernel: it is refused, not solved.
TEST(KernelAdversariesSigns, ANegativeScaleIsNoKernel) {
  const Array<double> a = Random(1).normals(9, 3);
  akr_kernel *kernel = nullptr;
  EXPECT_EQ(create_kernel(AKR_COL_MAJOR, 9, 3, -1.0, a.data(), 9, nullptr, &kernel), AKR_E_ARGUMENT);
  EXPECT_EQ(kernel, nullptr);
}

INSTANTIATE_TEST_SUITE_P(All, KernelAdversaries, testing::Range<std::int64_t>(0, cloud_count),
                         [](const testing::TestParamInfo<std::int64_t> &kind) {
                           std::string name = cloud_names[kind.param];
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

// Controls: the judge finds what it is there for.
TEST(KernelJudges, CanFind) {
  Random random(9);
  const Cloud cloud = make_cloud(0, 30, 3, false, random);
  const KernelJudge<double> judge(cloud.a, cloud.scale);
  const Array<double> b = random.normals(30);
  Solution<double> s = solve_kernel(make_kernel(cloud.a, cloud.scale), 0.1, b);
  KernelAnswer is;
  EXPECT_EQ(judge.solve_lie(0.1, b, s.x, is), "");
  EXPECT_NE(judge.solve_lie(0.1 + 1e-12, b, s.x, is), "") << "another ridge";
  is.status = AKR_PRECISION_LIMIT;
  is.log_scale = 1e-3;
  EXPECT_NE(judge.solve_lie(0.1, b, s.x, is), "") << "a scale";
  is.status = AKR_E_NUMERIC;
  EXPECT_NE(judge.solve_lie(0.1, b, s.x, is), "") << "a needless refusal";
  is = KernelAnswer();
  s.x[2] *= 1 + 1e-11;
  EXPECT_NE(judge.solve_lie(0.1, b, s.x, is), "") << "a wrong eleventh digit";
}

}  // namespace
