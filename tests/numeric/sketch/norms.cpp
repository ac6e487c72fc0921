// SPDX-License-Identifier: BSD-3-Clause
// E‖S x‖² = ‖x‖², and the random parts are as uniform as they claim.
#include <gtest/gtest.h>

#include "statistics.hpp"

namespace akr {
namespace {

constexpr std::int64_t seeds = 400;
constexpr std::int64_t m = 64;

// The variance of ‖S x‖² for a unit vector x. Sparse sign: ‖S x‖² − 1 = Σ_{i≠j} x_i x_j ⟨s_i, s_j⟩, and the columns'
// products have mean 0, variance 1/m and no correlation: at most 2/m. Gaussian: 2/m. Block SRHT: within a block
// (r/m)·Σ y_k² over m sampled entries, where E y_k⁴ ≤ 3 E(Σ_j h_kj² x_j²)² ≤ 4.5/r² (the mean of h⁴ is 1/r² for
// Hadamard, 1.5/r² for Hartley and cosine), so at most 3.5/m; between blocks at most 2/m, the shares adding up to one.
const double most_variance = 3.5 / m;

// Five standard deviations of the mean over the seeds: by the central limit theorem exceeded with probability 6·10⁻⁷.
const double tolerance = 5 * std::sqrt(most_variance / seeds);

double mean_square(const SketchSpec &spec, View<const double> x, double scale) {
  akr::Run run(2, 0);
  double sum = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Array2<double> sx = statistics::product(run, spec, seed, x);
    for (std::int64_t i = 0; i < m; ++i) sum += scale * scale * sx(i, 0) * sx(i, 0);
  }
  return sum / seeds;
}

class MeanSquare : public testing::TestWithParam<std::int64_t> {};

// Spread over all rows; a run of few rows; two equal entries in one block; one entry. n = 300: one short block;
// 5000: three blocks, the last short.
TEST_P(MeanSquare, IsThatOfX) {
  const std::int64_t n = GetParam();
  Array2<double> x(n, 4, 0.0);
  const Array2<double> spread = statistics::normals(n, 1, 1);
  std::copy_n(spread.data(), n, x.col(0));
  for (std::int64_t i = 0; i < 7; ++i) x(i + 20, 1) = static_cast<double>(1 + i);
  x(3, 2) = x(4, 2) = 1;
  x(n - 1, 3) = 1;
  for (std::int64_t k = 0; k < 4; ++k) {
    const double norm = linalg::norm2(x.col(k), n);
    for (std::int64_t i = 0; i < n; ++i) x(i, k) /= norm;
    for (const SketchSpec &spec : statistics::all_kinds(m, n, n <= 300)) {
      const View<const double> column(x.col(k), n, 1, n);
      EXPECT_NEAR(mean_square(spec, column, 1.0), 1.0, tolerance) << sketch_kind_name(spec) << " x " << k;
      // The control: the same statistic must refuse a sketch that is a tenth too large.
      EXPECT_GT(std::abs(mean_square(spec, column, 1.1) - 1.0), tolerance) << sketch_kind_name(spec) << " x " << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, MeanSquare, testing::Values(300, 5000));

// χ² of counts with equal expectations. Its mean is the number of cells less one (less still where drawing without
// replacement evens the counts out) and its standard deviation √(2·that); six of them are exceeded with probability
// below 10⁻⁶ (the Wilson–Hilferty normal approximation gives 3·10⁻⁷ at 63 degrees of freedom).
double chi_square(const std::vector<std::int64_t> &counts) {
  double total = 0;
  for (const std::int64_t c : counts) total += static_cast<double>(c);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::int64_t c : counts) sum += std::pow(static_cast<double>(c) - expected, 2) / expected;
  return sum;
}
double chi_square_limit(std::size_t cells) {
  const auto freedom = static_cast<double>(cells - 1);
  return freedom + 6 * std::sqrt(2 * freedom);
}

// Rows of S in which columns have their nonzeros, signs by row, and how often two given rows meet in a column.
TEST(SparseSign, PositionsAndSignsAreUniform) {
  constexpr std::int64_t n = 20000;
  SketchSpec spec{SketchKind::sparse_sign, Transform::hadamard, m, n, 8, 99};
  akr::Run run(2, 0);
  Array2<double> unit(m, m, 0.0);
  for (std::int64_t i = 0; i < m; ++i) unit(i, i) = 1;
  Array2<double> s(n, m);  // Sᵀ
  make_sketch(spec)->apply_transpose(run, unit.view(), s.view());
  std::vector<std::int64_t> positions(m);
  std::vector<std::int64_t> signs(2 * m);
  std::vector<std::int64_t> meetings(m - 1);
  for (std::int64_t j = 0; j < n; ++j) {
    for (std::int64_t i = 0; i < m; ++i) {
      if (s(j, i) == 0) continue;
      ++positions[static_cast<std::size_t>(i)];
      ++signs[static_cast<std::size_t>(2 * i + (s(j, i) < 0 ? 1 : 0))];
      if (i > 0 && s(j, 0) != 0) ++meetings[static_cast<std::size_t>(i - 1)];
    }
  }
  EXPECT_LT(chi_square(positions), chi_square_limit(positions.size()));
  EXPECT_LT(chi_square(signs), chi_square_limit(signs.size()));
  EXPECT_LT(chi_square(meetings), chi_square_limit(meetings.size()));
  // The control: two rows taken a fifth more often than the others are seen.
  std::vector<std::int64_t> biased = positions;
  biased[5] += biased[5] / 5;
  biased[9] += biased[9] / 5;
  EXPECT_GT(chi_square(biased), chi_square_limit(biased.size()));
}

// The Gaussian's entries: mean, variance and kurtosis of N(0, 1/m), each within five standard deviations
// (1/√N, √(2/N), √(96/N) for N standard normals): exceeded with probability 6·10⁻⁷ each.
TEST(Gaussian, MomentsAreThoseOfTheNormalDistribution) {
  constexpr std::int64_t n = 2000;
  SketchSpec spec{SketchKind::gaussian, Transform::hadamard, m, n, 8, 4};
  akr::Run run(2, 0);
  Array2<double> unit(m, m, 0.0);
  for (std::int64_t i = 0; i < m; ++i) unit(i, i) = 1;
  Array2<double> s(n, m);
  make_sketch(spec)->apply_transpose(run, unit.view(), s.view());
  double moments[5] = {};
  const double count = n * m;
  for (std::int64_t i = 0; i < n * m; ++i) {
    const double z = s.data()[i] * std::sqrt(static_cast<double>(m));
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(z, k) / count;
  }
  EXPECT_NEAR(moments[1], 0, 5 / std::sqrt(count));
  EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2 / count));
  EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15 / count));
  EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96 / count));
}

}  // namespace
}  // namespace akr
