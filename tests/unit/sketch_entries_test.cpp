// SPDX-License-Identifier: BSD-3-Clause
// Random numbers, and what S looks like entry by entry.
#include <array>
#include <cmath>
#include <cstdint>
#include <set>

#include "base/status.hpp"
#include "sketch/choose.hpp"
#include "sketch/srht.hpp"
#include "sketch_fixture.hpp"

namespace akr {
namespace {

using namespace sketch_fixture;  // NOLINT

// The answers that the Random123 distribution publishes (kat_vectors, philox4x32 10).
TEST(Random, PhiloxKnownAnswers) {
  using Words = std::array<std::uint32_t, 4>;
  // Counter words: index low, index high, block, purpose. Key words: seed low, seed high.
  EXPECT_EQ(RandomStream(0, static_cast<Purpose>(0), 0).words(0),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(RandomStream(~std::uint64_t{0}, static_cast<Purpose>(0xffffffff), 0xffffffff).words(~std::uint64_t{0}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(RandomStream(0x299f31d0a4093822, static_cast<Purpose>(0x03707344), 0x13198a2e).words(0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, BoundsAndUniformsStayInRange) {
  EXPECT_EQ(RandomStream::below(0, 7), 0u);
  EXPECT_EQ(RandomStream::below(0xffffffff, 7), 6u);
  EXPECT_GT(RandomStream::uniform(0, 0), 0.0);
  EXPECT_LT(RandomStream::uniform(0xffffffff, 0xffffffff), 1.0);
}

TEST(SketchEntries, SparseSignColumnsHaveDistinctSignedNonzeros) {
  for (const int nonzeros : {1, 3, 8, 20}) {
    const SketchSpec spec{SketchKind::sparse_sign, Transform::hadamard, 20, 300, nonzeros, 11};
    const Array2<double> s = sketch_of_identity<double>(spec, 2);
    const double value = 1 / std::sqrt(static_cast<double>(nonzeros));
    for (std::int64_t j = 0; j < spec.rows; ++j) {
      std::int64_t count = 0;
      for (std::int64_t i = 0; i < spec.sketch_rows; ++i) {
        if (s(i, j) == 0) continue;
        ++count;
        ASSERT_EQ(std::abs(s(i, j)), value);
      }
      ASSERT_EQ(count, nonzeros);
    }
  }
}

// √m·S of a Hadamard sketch holds signs alone, and its rows within one block are rows of a permuted Hadamard matrix:
// orthogonal to one another.
TEST(SketchEntries, SrhtRowsWithinABlockAreOrthogonal) {
  const SketchSpec spec{SketchKind::srht, Transform::hadamard, 24, 64, 8, 5};
  const Array2<double> s = sketch_of_identity<double>(spec, 1);
  const double value = 1 / std::sqrt(24.0);
  for (std::int64_t i = 0; i < 24; ++i) {
    for (std::int64_t k = 0; k <= i; ++k) {
      std::int64_t product = 0;
      for (std::int64_t j = 0; j < 64; ++j) {
        ASSERT_NEAR(std::abs(s(i, j)), value, 1e-15);
        product += (s(i, j) > 0) == (s(k, j) > 0) ? 1 : -1;
      }
      ASSERT_EQ(product, i == k ? 64 : 0) << i << " " << k;
    }
  }
}

TEST(SketchEntries, BlockSizeFollowsTheRule) {
  EXPECT_EQ(SrhtSketch::block_rows(10, 1000000), 2048);
  EXPECT_EQ(SrhtSketch::block_rows(2048, 1000000), 2048);
  EXPECT_EQ(SrhtSketch::block_rows(2049, 1000000), 4096);
  EXPECT_EQ(SrhtSketch::block_rows(1000000, 1000000), 16384);
  EXPECT_EQ(SrhtSketch::block_rows(10, 100), 128);
  EXPECT_EQ(SrhtSketch::block_rows(6000, 3000), 4096);
  EXPECT_EQ(SrhtSketch::block_rows(5, 1), 1);
  EXPECT_EQ(SrhtSketch::block_rows(5, 0), 1);
}

// Where the nonzeros are and which are negative: a change here changes every user's numbers.
std::uint64_t fingerprint(const Array2<double> &s) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (std::int64_t j = 0; j < s.cols(); ++j) {
    for (std::int64_t i = 0; i < s.rows(); ++i) {
      hash = (hash ^ (s(i, j) == 0 ? 0u : s(i, j) < 0 ? 1u : 2u)) * 1099511628211u;
    }
  }
  return hash;
}

TEST(SketchEntries, FingerprintsOfSAreFrozen) {
  const auto print = [](SketchKind kind, std::int64_t sketch_rows) {
    return fingerprint(sketch_of_identity<double>({kind, Transform::hadamard, sketch_rows, 200, 8, 12345}, 1));
  };
  EXPECT_EQ(print(SketchKind::sparse_sign, 40), 12042071874305913428u);
  EXPECT_EQ(print(SketchKind::srht, 40), 1657895129890801601u);
  EXPECT_EQ(print(SketchKind::srht, 600), 14808533352071095733u);  // three copies of 200 rows
  EXPECT_EQ(print(SketchKind::gaussian, 40), 946708198755980800u);
}

TEST(SketchEntries, SeedsAndKindsGiveOtherSketches) {
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {0u, 1u, 2u}) {
    for (const SketchSpec &spec : all_kinds(40, 200, seed))
      seen.insert(fingerprint(sketch_of_identity<double>(spec, 1)));
  }
  EXPECT_EQ(seen.size(), 3 * all_kinds(40, 200).size());
}

TEST(SketchEntries, RefusesImpossibleSizes) {
  const auto refused = [](const SketchSpec &spec) {
    try {
      make_sketch(spec);
    } catch (const Error &e) {
      return e.status();
    }
    return Status::ok;
  };
  EXPECT_EQ(refused({SketchKind::srht, Transform::hadamard, 0, 10, 8, 0}), Status::e_argument);
  EXPECT_EQ(refused({SketchKind::gaussian, Transform::hadamard, -5, 10, 8, 0}), Status::e_argument);
  EXPECT_EQ(refused({SketchKind::sparse_sign, Transform::hadamard, 10, -1, 8, 0}), Status::e_argument);
  EXPECT_EQ(refused({SketchKind::sparse_sign, Transform::hadamard, 5, 10, 8, 0}), Status::e_argument);
  EXPECT_EQ(refused({SketchKind::sparse_sign, Transform::hadamard, 5, 10, 0, 0}), Status::e_argument);
  EXPECT_EQ(refused({SketchKind::sparse_sign, Transform::hadamard, std::int64_t{1} << 31, 10, 8, 0}),
            Status::e_argument);
  if (!has_transform(TransformKind::hartley)) {
    EXPECT_EQ(refused({SketchKind::srht, Transform::hartley, 5, 10, 8, 0}), Status::e_unsupported);
    EXPECT_EQ(refused({SketchKind::srht, Transform::cosine, 5, 10, 8, 0}), Status::e_unsupported);
  }
}

TEST(ChooseSketch, HonoursTheOptions) {
  const Array2<double> a(1000, 50, 1.0);
  const DenseMatrix<double> matrix(false, 1000, 50, a.data(), 1000, false);
  Options options;
  EXPECT_EQ(choose_sketch(options, matrix, 8).sketch_rows, 400);
  EXPECT_STREQ(sketch_kind_name(choose_sketch(options, matrix, 8)), "srht-hadamard");
  EXPECT_STREQ(sketch_kind_name(choose_sketch(options, matrix, 1000)), "sparse-sign");  // over 2^14 rows
  EXPECT_STREQ(sketch_kind_name(choose_sketch(options, 77, 1000)), "sparse-sign");
  EXPECT_EQ(choose_sketch(options, matrix, 1).sketch_rows, 82);  // d + 32
  options.sketch_factor = 2.5;
  EXPECT_EQ(choose_sketch(options, matrix, 8).sketch_rows, 125);
  options.sketch_factor = 0.5;
  EXPECT_EQ(choose_sketch(options, matrix, 8).sketch_rows, 50);
  set_option(options, "sketch.kind", std::string_view("srht"));
  set_option(options, "sketch.transform", std::string_view("cosine"));
  set_option(options, "seed", std::int64_t{-3});
  const SketchSpec srht = choose_sketch(options, 77, 1000);
  EXPECT_EQ(srht.kind, SketchKind::srht);
  EXPECT_EQ(srht.transform, Transform::cosine);
  EXPECT_EQ(srht.sketch_rows, 77);
  EXPECT_EQ(srht.rows, 1000);
  EXPECT_EQ(srht.seed, static_cast<std::uint64_t>(-3));
  EXPECT_STREQ(sketch_kind_name(srht), "srht-cosine");
  set_option(options, "sketch.kind", std::string_view("sparse-sign"));
  set_option(options, "sketch.nonzeros", std::int64_t{5});
  EXPECT_EQ(choose_sketch(options, 77, 1000).nonzeros, 5);
  EXPECT_EQ(choose_sketch(options, 3, 1000).nonzeros, 3);
  EXPECT_STREQ(sketch_kind_name(choose_sketch(options, 77, 1000)), "sparse-sign");
  set_option(options, "sketch.kind", std::string_view("gaussian"));
  EXPECT_STREQ(sketch_kind_name(choose_sketch(options, 77, 1000)), "gaussian");
}

}  // namespace
}  // namespace akr
