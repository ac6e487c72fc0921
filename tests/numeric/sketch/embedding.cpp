// SPDX-License-Identifier: BSD-3-Clause
// The singular values of S·Q for orthonormal Q: what a preconditioner made of the sketch lives on.
#include <gtest/gtest.h>

#include "statistics.hpp"

namespace akr {
namespace {

constexpr std::int64_t seeds = 200;
constexpr std::int64_t d = 32;
constexpr std::int64_t m = 4 * d;
constexpr std::int64_t n = 4096;
const double eta = std::sqrt(static_cast<double>(d) / static_cast<double>(m));

// For a Gaussian S, E s_min ≥ 1 − η and E s_max ≤ 1 + η (Gordon), and both are Lipschitz functions of S√m with constant
// 1/√m, hence
//   - of variance at most 1/m: the mean over the seeds is beyond them by five of its standard deviations with
//     probability below 10⁻⁶;
//   - P(s_min < 1 − η − t), P(s_max > 1 + η + t) ≤ exp(−m t²/2): for no seed at all beyond t = √(2 ln(2·seeds/10⁻³)/m),
//     with probability 10⁻³.
// The others match Gaussian theory on everything tried, and are held to it.
const double mean_margin = 5 / std::sqrt(static_cast<double>(m * seeds));
const double single_margin = std::sqrt(2 * std::log(2 * static_cast<double>(seeds) / 1e-3) / static_cast<double>(m));

struct Summary {
  double mean_smallest = 0;
  double mean_largest = 0;
  double least = 1e300;
  double most = 0;
  std::int64_t singular = 0;

  void add(const statistics::Extremes &e) {
    mean_smallest += e.smallest / seeds;
    mean_largest += e.largest / seeds;
    least = std::min(least, e.smallest);
    most = std::max(most, e.largest);
    if (e.smallest < 1e-8) ++singular;
  }
  bool embeds(double scale) const {
    return scale * mean_smallest >= 1 - eta - mean_margin && scale * mean_largest <= 1 + eta + mean_margin &&
           scale * least >= 1 - eta - single_margin && scale * most <= 1 + eta + single_margin;
  }
};

Summary summarise(const SketchSpec &spec, View<const double> q) {
  akr::Run run(2, 0);
  Summary summary;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Array2<double> sq = statistics::product(run, spec, 1000 + seed, q);
    summary.add(statistics::singular_values(sq.view()));
  }
  return summary;
}

void expect_embedding(View<const double> q) {
  for (const SketchSpec &spec : statistics::all_kinds(m, n, false)) {
    const Summary summary = summarise(spec, q);
    EXPECT_TRUE(summary.embeds(1.0)) << sketch_kind_name(spec) << ": smallest mean " << summary.mean_smallest
                                     << ", least " << summary.least << "; largest mean " << summary.mean_largest
                                     << ", most " << summary.most;
    // The control: a sketch a tenth too large must be refused.
    EXPECT_FALSE(summary.embeds(1.1)) << sketch_kind_name(spec);
  }
}

TEST(Embedding, IncoherentBasis) {
  Array2<double> q = statistics::normals(n, d, 2);
  std::vector<double> tau(d);
  linalg::qr(q.view(), tau.data());
  linalg::form_q(q.view(), tau.data());
  expect_embedding(q.view());
}

Array2<double> unit_vectors(std::int64_t stride) {
  Array2<double> q(n, d, 0.0);
  for (std::int64_t j = 0; j < d; ++j) q(j * stride, j) = 1;
  return q;
}

TEST(Embedding, IdentityAboveZeros) { expect_embedding(unit_vectors(1).view()); }
TEST(Embedding, StridedUnitVectors) { expect_embedding(unit_vectors(n / d).view()); }
TEST(Embedding, EveryOtherUnitVector) { expect_embedding(unit_vectors(2).view()); }

// The SRHT without its permutation on [I; 0]: column j < d = 2^k of P H D has the entries (−1)^popcount(p & j), which
// depend on p modulo d alone. Unless the m sampled rows meet all d residues the product is singular. By the coupon
// collector's bound a residue is missed with probability 1 − (1 − (1 − 1/d)^m)^d = 0.42: fewer than 50 of 200 seeds
// have probability below 10⁻⁶. It shows that the tests above would notice.
TEST(Embedding, ControlWithoutThePermutationIsSingular) {
  Summary summary;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const RandomStream stream(seed, Purpose::probe, 8);
    std::vector<std::int64_t> rows(n);
    for (std::int64_t i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
    Array2<double> sq(m, d);
    for (std::int64_t i = 0; i < m; ++i) {
      const auto words = stream.words(static_cast<std::uint64_t>(i));
      const std::int64_t other = i + RandomStream::below(words[0], static_cast<std::uint32_t>(n - i));
      std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(other)]);
      const std::int64_t p = rows[static_cast<std::size_t>(i)];
      for (std::int64_t j = 0; j < d; ++j) {
        const bool odd = __builtin_popcountll(static_cast<unsigned long long>(p & j)) % 2 != 0;
        sq(i, j) = (odd ? -1 : 1) / std::sqrt(static_cast<double>(m));
      }
    }
    summary.add(statistics::singular_values(sq.view()));
  }
  EXPECT_GE(summary.singular, 50);
  EXPECT_FALSE(summary.embeds(1.0));
}

}  // namespace
}  // namespace akr
