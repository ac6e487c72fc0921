// SPDX-License-Identifier: BSD-3-Clause
// Sketches of tensor powers: unbiased for every degree, with the variance that their rows promise, and nothing left
// when the two sides are sketched apart.
#include "sketch/tensor_sketch.hpp"

#include <cmath>

#include "core_fixture.hpp"

namespace akr {
namespace {

constexpr int kSeeds = 600;
constexpr std::int64_t kDim = 5;
constexpr std::int64_t kDegrees = 9;  // 16 leaves: every mixture of both kinds of leaves occurs
constexpr std::int64_t kRows = 40;

struct Moments {
  double mean[kDegrees + 1] = {};
  double square[kDegrees + 1] = {};
};

// Of ⟨T_l x, T_l y⟩ over the seeds; y is sketched with seeds of its own where `apart`.
Moments moments(View<const double> x, View<const double> y, bool apart) {
  core_fixture::Workbench bench;
  Moments out;
  std::vector<std::int64_t> rows(kDegrees + 1, kRows);
  rows[0] = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TensorSketch first(seed, kDim, rows), second(apart ? seed + 100000 : seed, kDim, rows);
    Array2<double> u(first.rows(), 1), v(first.rows(), 1);
    first.apply(bench.run, x, u.view());
    second.apply(bench.run, y, v.view());
    for (std::int64_t l = 1; l <= kDegrees; ++l) {
      double product = 0;
      for (std::int64_t k = 0; k < kRows; ++k) product += u((l - 1) * kRows + k, 0) * v((l - 1) * kRows + k, 0);
      out.mean[l] += product / kSeeds;
      out.square[l] += product * product / kSeeds;
    }
  }
  return out;
}

TEST(TensorSketch, IsUnbiasedForEveryDegree) {
  Array2<double> x(kDim, 1), y(kDim, 1);
  double xy = 0;
  for (std::int64_t k = 0; k < kDim; ++k) {
    x(k, 0) = static_cast<double>(k + 1) / std::sqrt(55.0);
    y(k, 0) = static_cast<double>(k == 2 ? -1 : k + 2) / std::sqrt(4 + 9 + 1 + 25 + 36.0);
    xy += x(k, 0) * y(k, 0);
  }
  ASSERT_GT(xy, 0.8);
  const Moments together = moments(x.view(), y.view(), false), apart = moments(x.view(), y.view(), true);
  for (std::int64_t l = 1; l <= kDegrees; ++l) {
    SCOPED_TRACE(l);
    const double expected = std::pow(xy, static_cast<double>(l));
    const double deviation = std::sqrt(together.square[l] - together.mean[l] * together.mean[l]);
    EXPECT_LE(std::fabs(together.mean[l] - expected), 4.5 * deviation / std::sqrt(double(kSeeds)));
    // Of unit vectors a pair of entries of a node has a second moment of at most (1 + 2)² = 9 against a mean square of
    // 1: m pairs make a factor of 1 + 8/m. The root has kRows pairs, or samples as many entries of one vector, which
    // make less; of the nodes below, of 128 pairs, l − 1 at most have an x on both sides.
    EXPECT_LE(deviation * deviation,
              (1 + 8.0 / kRows) * std::pow(1 + 8.0 / 128, static_cast<double>(l - 1)) - expected * expected);
    const double spread = std::sqrt(apart.square[l]);
    EXPECT_LE(std::fabs(apart.mean[l]), 4.5 * spread / std::sqrt(double(kSeeds)));
  }
  // Negative control: sketched apart, degree 1 is far from what it should be.
  EXPECT_GT(std::fabs(apart.mean[1] - xy), 0.5);
}

TEST(TensorSketch, IsTheSameForAnyCutOfTheVectors) {
  core_fixture::Workbench bench;
  Array2<double> x(3, 70);
  for (std::int64_t c = 0; c < 70; ++c) {
    for (std::int64_t k = 0; k < 3; ++k) x(k, c) = std::sin(static_cast<double>(3 * c + k));
  }
  const TensorSketch sketch(7, 3, {0, 4, 0, 6, 5});
  EXPECT_EQ(sketch.rows(), 15);
  Array2<double> all(15, 70), one(15, 1);
  sketch.apply(bench.run, x.view(), all.view());
  for (std::int64_t c = 0; c < 70; ++c) {
    sketch.apply(bench.run, View<const double>(x.view()).columns(c, 1), one.view());
    for (std::int64_t k = 0; k < 15; ++k) EXPECT_EQ(one(k, 0), all(k, c));
  }
}

}  // namespace
}  // namespace akr
