// SPDX-License-Identifier: BSD-3-Clause
// Arithmetic in pairs of doubles: single operations, the kernels of every instruction set, passes over A; against 113
// bits, whose own rounding is 2⁻¹¹³.
#include "base/pair.hpp"

#include <algorithm>
#include <cmath>

#include "core_fixture.hpp"
#include "matrix/dense.hpp"
#include "matrix/pair_pass.hpp"
#include "simd/pair_kernels.hpp"
#include "simd/tables.hpp"

namespace akr {
namespace {

#if defined(__SIZEOF_FLOAT128__)
using Quad = __float128;
#else
using Quad = long double;  // of 113 bits there
#endif
using core_fixture::Numbers;

Quad exact(const Pair &p) { return static_cast<Quad>(p.hi) + p.lo; }
double magnitude(Quad v) { return std::fabs(static_cast<double>(v)); }

// A product or sum of a pair loses 2⁻¹⁰⁴ at most (Joldes, Muller, Popescu 2017); a sum of n terms so much of the sum of
// the absolute values, and √n more by accumulation, as the roundings have random signs.
constexpr double one_rounding = 0x1p-104;

Pair random_pair(Numbers &random) {
  const double hi = random.normal();
  return quick_two_sum(hi, random.normal() * 0x1p-54);
}

TEST(Pair, SumsAndProductsAreRightToTheirLastBits) {
  Numbers random(1);
  for (int i = 0; i < 2000; ++i) {
    const Pair a = random_pair(random), b = random_pair(random);
    EXPECT_EQ(magnitude(exact(two_sum(a.hi, b.hi)) - (static_cast<Quad>(a.hi) + b.hi)), 0);
    EXPECT_EQ(magnitude(exact(two_product(a.hi, b.hi)) - static_cast<Quad>(a.hi) * b.hi), 0);
    EXPECT_LE(magnitude(exact(a + b) - (exact(a) + exact(b))), one_rounding * magnitude(exact(a) + exact(b)) + 1e-40);
    EXPECT_LE(magnitude(exact(a * b.hi) - exact(a) * b.hi), one_rounding * magnitude(exact(a) * b.hi));
  }
}

TEST(PairKernels, DotAndAxpyLoseNoMoreThanPairsDo) {
  Numbers random(2);
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::PairKernels *const table = &tables.pair_kernels;
    for (const int n : {1, 3, 8, 17, 64, 1000}) {
      std::vector<double> a, hi, lo, y_hi, y_lo;
      std::vector<Quad> y(static_cast<std::size_t>(n), 0), size(static_cast<std::size_t>(n), 0);
      for (int i = 0; i < n; ++i) {
        const Pair x = random_pair(random);
        a.push_back(random.normal());
        hi.push_back(x.hi);
        lo.push_back(x.lo);
      }
      y_hi.assign(a.size(), 0);
      y_lo.assign(a.size(), 0);
      double s[2] = {0, 0};
      table->f64.dot(n, a.data(), hi.data(), lo.data(), s);
      Quad sum = 0, absolute = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        const Quad term = a[i] * (static_cast<Quad>(hi[i]) + lo[i]);
        sum += term;
        absolute += term < 0 ? -term : term;
      }
      const double terms = std::sqrt(static_cast<double>(n)) + 1;
      EXPECT_LE(magnitude(static_cast<Quad>(s[0]) + s[1] - sum), terms * one_rounding * magnitude(absolute)) << n;
      for (int round = 0; round < 30; ++round) {
        const Pair x = random_pair(random);
        table->f64.axpy(n, a.data(), x.hi, x.lo, y_hi.data(), y_lo.data());
        for (std::size_t i = 0; i < a.size(); ++i) {
          const Quad term = a[i] * exact(x);
          y[i] += term;
          size[i] += term < 0 ? -term : term;
        }
      }
      for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_LE(magnitude(static_cast<Quad>(y_hi[i]) + y_lo[i] - y[i]), 7 * one_rounding * magnitude(size[i])) << n;
      }
    }
  }
}

// r = b − A x and z = Aᵀ r in both layouts and precisions, for x that nearly solves the system: r cancels.
template <class T>
void check_pass(bool row_major, int threads) {
  const std::int64_t n = 700, d = 9, k = 2;
  Numbers random(3);
  std::vector<T> a(static_cast<std::size_t>(n * d));
  for (T &v : a) v = static_cast<T>(random.normal());
  const DenseMatrix<T> matrix(row_major, n, d, a.data(), row_major ? d : n, false);
  const auto entry = [&](std::int64_t i, std::int64_t j) {
    return static_cast<Quad>(a[static_cast<std::size_t>(row_major ? i * d + j : i + j * n)]);
  };
  PairArray x(d, k), z(d, k), v(n, k);
  Array2<double> b(n, k);
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) x.set(j, c, random_pair(random));
    for (std::int64_t i = 0; i < n; ++i) {
      Quad sum = 0;
      for (std::int64_t j = 0; j < d; ++j) sum += entry(i, j) * exact(x(j, c));
      b(i, c) = static_cast<double>(sum);
    }
  }
  Run run(threads, 0);
  const View<const double> view = b.view();
  const RightSides sides{view};
  PairPassRequest request;
  request.b = &sides;
  request.x = &x;
  request.z = &z;
  request.v = &v;
  std::vector<double> square(k);
  request.sumsq = square.data();
  pair_pass(run, matrix, request);
  for (std::int64_t c = 0; c < k; ++c) {
    std::vector<Quad> g(static_cast<std::size_t>(d), 0), size(static_cast<std::size_t>(d), 0);
    Quad total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      Quad r = b(i, c), absolute = magnitude(b(i, c));
      for (std::int64_t j = 0; j < d; ++j) {
        const Quad term = entry(i, j) * exact(x(j, c));
        r -= term;
        absolute += term < 0 ? -term : term;
      }
      total += r * r;
      EXPECT_LE(magnitude(exact(v(i, c)) - r), 5 * one_rounding * magnitude(absolute));
      for (std::int64_t j = 0; j < d; ++j) {
        g[static_cast<std::size_t>(j)] += entry(i, j) * r;
        size[static_cast<std::size_t>(j)] += magnitude(entry(i, j)) * (absolute + magnitude(r));
      }
    }
    EXPECT_NEAR(square[static_cast<std::size_t>(c)] / static_cast<double>(total), 1, 1e-12);
    for (std::int64_t j = 0; j < d; ++j) {
      const std::size_t at = static_cast<std::size_t>(j);
      EXPECT_LE(magnitude(exact(z(j, c)) - g[at]), one_rounding * magnitude(size[at]));
    }
  }
}

TEST(PairPass, ResidualAndGradientAreExactToTheirLastBits) {
  for (const bool row_major : {false, true}) {
    for (const int threads : {1, 2}) {
      check_pass<double>(row_major, threads);
      check_pass<float>(row_major, threads);
    }
  }
}

}  // namespace
}  // namespace akr
