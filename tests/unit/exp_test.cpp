// SPDX-License-Identifier: BSD-3-Clause
// The exponentials of every instruction set against those of extended precision: at most 2 ulp in their own argument
// over the whole range, and what lies at and beyond its ends.
#include "simd/exp_kernels.hpp"

#include <cmath>
#include <limits>

#include "core_fixture.hpp"
#include "simd/tables.hpp"

namespace akr {
namespace {

using core_fixture::Numbers;

template <class T>
const simd::ExpFunctions<T> &functions(const simd::ExpKernels &table) {
  if constexpr (sizeof(T) == 8) {
    return table.f64;
  } else {
    return table.f32;
  }
}

// The distance from the right value in units in its last place, which for subnormal numbers is the least of them.
template <class T>
double ulps(T got, long double right) {
  int e = 0;
  std::frexp(right, &e);
  const int least = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  const long double ulp = std::ldexp(1.0L, std::max(e - std::numeric_limits<T>::digits, least));
  return static_cast<double>(std::fabs((static_cast<long double>(got) - right) / ulp));
}

template <class T>
void check_range() {
  const double low = sizeof(T) == 8 ? -745 : -103, high = sizeof(T) == 8 ? 709.7 : 88.7;
  Numbers random(1);
  std::vector<T> x;
  for (int i = 0; i < 40000; ++i) x.push_back(static_cast<T>(low + (high - low) * (i + 0.5) / 40000));
  for (int i = 0; i < 20000; ++i) x.push_back(static_cast<T>(random.normal()));
  for (int e = -60; e < 3; ++e) {
    x.push_back(std::ldexp(T(1.1), e));
    x.push_back(std::ldexp(T(-1.1), e));
  }
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::ExpKernels *const table = &tables.exp_kernels;
    std::vector<T> v = x;
    functions<T>(*table).exp(static_cast<std::int64_t>(v.size()), v.data());
    double worst = 0;
    for (std::size_t i = 0; i < v.size(); ++i)
      worst = std::max(worst, ulps(v[i], std::exp(static_cast<long double>(x[i]))));
    EXPECT_LE(worst, 2) << "of " << 8 * sizeof(T) << " bits";
  }
}

TEST(Exp, IsWithinTwoUlpsOverTheWholeRange) {
  check_range<double>();
  check_range<float>();
}

template <class T>
void check_ends() {
  constexpr T inf = std::numeric_limits<T>::infinity();
  constexpr T most = std::numeric_limits<T>::max();
  const T over = static_cast<T>(sizeof(T) == 8 ? 709.79 : 88.73);
  const T under = static_cast<T>(sizeof(T) == 8 ? -745.2 : -104.0);
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::ExpKernels *const table = &tables.exp_kernels;
    // Once in whole vectors, once in the rest behind them.
    for (const int copies : {1, 16}) {
      std::vector<T> v;
      for (int i = 0; i < copies; ++i) {
        for (const T x : {T(0), T(-0.0), inf, -inf, most, -most, over, under, std::numeric_limits<T>::quiet_NaN(),
                          std::numeric_limits<T>::denorm_min()})
          v.push_back(x);
      }
      functions<T>(*table).exp(static_cast<std::int64_t>(v.size()), v.data());
      for (std::size_t i = 0; i < v.size(); i += 10) {
        EXPECT_EQ(v[i], 1);
        EXPECT_EQ(v[i + 1], 1);
        EXPECT_EQ(v[i + 2], inf);
        EXPECT_EQ(v[i + 3], 0);
        EXPECT_EQ(v[i + 4], inf);
        EXPECT_EQ(v[i + 5], 0);
        EXPECT_EQ(v[i + 6], inf);
        EXPECT_EQ(v[i + 7], 0);
        EXPECT_TRUE(std::isnan(v[i + 8]));
        EXPECT_EQ(v[i + 9], 1);
      }
    }
  }
}

TEST(Exp, KnowsTheEndsOfItsRange) {
  check_ends<double>();
  check_ends<float>();
}

// Two steps of a running softmax against the sums over all columns at once.
template <class T>
void check_fold() {
  constexpr T nothing = std::numeric_limits<T>::lowest();
  const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::ExpKernels *const table = &tables.exp_kernels;
    for (const int rows : {16, 32, 48, 64, 80}) {
      for (const int cols : {1, 7, 8, 9, 64}) {
        SCOPED_TRACE(rows * 1000 + cols);
        Numbers random(2);
        const int ld = rows + 3;
        const auto at = [&](int i, int k) { return static_cast<std::size_t>(k * ld + i); };
        std::vector<T> first(static_cast<std::size_t>(ld * cols)), second(first.size());
        for (T &x : first) x = static_cast<T>(3 * random.normal());
        for (T &x : second) x = static_cast<T>(3 * random.normal());
        const std::vector<T> a = first, b = second;
        std::vector<T> maximum(static_cast<std::size_t>(rows), nothing), shrink(maximum.size());
        std::vector<double> total(maximum.size(), 0.0);
        EXPECT_TRUE(functions<T>(*table).softmax_fold(rows, cols, first.data(), ld, maximum.data(), shrink.data(),
                                                      total.data()));
        for (const T f : shrink) EXPECT_EQ(f, 0);
        const std::vector<T> before = maximum;
        functions<T>(*table).softmax_fold(rows, cols, second.data(), ld, maximum.data(), shrink.data(), total.data());
        for (int i = 0; i < rows; ++i) {
          const auto row = static_cast<std::size_t>(i);
          T most = nothing;
          for (int k = 0; k < cols; ++k) most = std::max({most, a[at(i, k)], b[at(i, k)]});
          EXPECT_EQ(maximum[row], most);
          EXPECT_LE(ulps(shrink[row], std::exp(static_cast<long double>(before[row] - most))), 2);
          long double right = 0;
          for (int k = 0; k < cols; ++k) {
            const long double e = std::exp(static_cast<long double>(b[at(i, k)] - most));
            EXPECT_LE(ulps(second[at(i, k)], e), 2);
            EXPECT_LE(ulps(first[at(i, k)], std::exp(static_cast<long double>(a[at(i, k)] - before[row]))), 2);
            right += e + std::exp(static_cast<long double>(a[at(i, k)]) - most);
          }
          // Of each term 2 ulp, that is 4u, the rounding of its argument, of at most 25, and a sum of 8 in this type;
          // the first half's terms carry a shrink of the same kind besides.
          EXPECT_LE(std::fabs(static_cast<long double>(total[row]) / right - 1), (2 * (4 + 25) + 8) * u);
        }
        for (int k = 0; k < cols; ++k) {  // what lies between the columns is not ours
          for (int i = rows; i < ld; ++i) EXPECT_EQ(second[at(i, k)], b[at(i, k)]);
        }
        const T large = maximum[5];
        second = b;
        second[at(5, cols - 1)] = std::numeric_limits<T>::quiet_NaN();
        functions<T>(*table).softmax_fold(rows, cols, second.data(), ld, maximum.data(), shrink.data(), total.data());
        EXPECT_TRUE(std::isnan(total[5]));
        EXPECT_EQ(maximum[5], large);
        EXPECT_FALSE(std::isnan(total[4]));
        EXPECT_FALSE(
            functions<T>(*table).softmax_fold(rows, 0, second.data(), ld, maximum.data(), shrink.data(), total.data()));
        std::fill(second.begin(), second.end(), -std::numeric_limits<T>::infinity());
        second[at(6, 0)] = std::numeric_limits<T>::infinity();
        const double kept = total[4];
        functions<T>(*table).softmax_fold(rows, cols, second.data(), ld, maximum.data(), shrink.data(), total.data());
        EXPECT_TRUE(std::isnan(total[6]));
        EXPECT_EQ(total[4], kept);
      }
    }
  }
}

TEST(Exp, FoldsARunningSoftmax) {
  check_fold<double>();
  check_fold<float>();
}

TEST(Exp, GaussianColumnsNeverExceedOne) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::ExpKernels *const table = &tables.exp_kernels;
    std::vector<double> h, x;
    for (int i = 0; i < 37; ++i) {
      x.push_back(0.1 * i);
      h.push_back(0.05 * i + 0.3);
    }
    std::vector<double> v = x;
    table->gaussian(37, v.data(), h.data(), 0.9);
    for (std::size_t i = 0; i < v.size(); ++i) {
      EXPECT_LE(v[i], 1);
      EXPECT_LE(ulps(v[i], std::exp(static_cast<long double>(std::min((x[i] - h[i]) - 0.9, 0.0)))), 2);
    }
  }
}

}  // namespace
}  // namespace akr
