// SPDX-License-Identifier: BSD-3-Clause
#include "base/reduce.hpp"

#include <cmath>

#include "base/long_sum.hpp"
#include "base/monitor.hpp"
#include "core_fixture.hpp"

namespace akr {
namespace {

using core_fixture::Numbers;
using core_fixture::same_bits;

void check_chunks(std::int64_t rows, std::int64_t least, std::int64_t most) {
  const RowChunks chunks = RowChunks::split(rows, least, most);
  SCOPED_TRACE(testing::Message() << rows << " rows, least " << least << ", most " << most);
  ASSERT_GE(chunks.count, 1);
  ASSERT_LE(chunks.count, most);
  EXPECT_EQ(chunks.begin(0), 0);
  EXPECT_EQ(chunks.end(chunks.count - 1), rows);
  for (std::int64_t c = 0; c < chunks.count; ++c) {
    ASSERT_LE(chunks.begin(c), chunks.end(c));
    ASSERT_EQ(chunks.begin(c) % 8, 0) << "vector kernels meet whole vectors";
    if (c + 1 < chunks.count) {
      ASSERT_EQ(chunks.end(c), chunks.begin(c + 1));
    }
    // Rounding to 8 rows takes at most 7 of those asked for.
    if (chunks.count > 1) {
      ASSERT_GT(chunks.end(c) - chunks.begin(c), least - 8);
    }
  }
}

TEST(RowChunks, CoverAllRowsOnce) {
  for (std::int64_t rows = 0; rows <= 200; ++rows) {
    for (const std::int64_t least : {0, 1, 7, 8, 64}) {
      for (const std::int64_t most : {1, 2, 3, 16, 33}) check_chunks(rows, least, most);
    }
  }
  for (const std::int64_t rows : {1000, 1023, 1024, 65537, 1000003}) check_chunks(rows, 64, 32);
  check_chunks(std::int64_t{1} << 40, 1 << 16, 32);
}

TEST(RowChunks, CountDependsOnSizes) {
  EXPECT_EQ(RowChunks::split(1000, 100, 32).count, 10);
  EXPECT_EQ(RowChunks::split(1000, 1001, 32).count, 1);
  EXPECT_EQ(RowChunks::split(1 << 20, 64, 32).count, 32);
}

// Σ over rows of row·(1, row, 1/3): integers below 2^53 are exact whatever the order, the third has rounding errors
// that show the order.
std::vector<double> sums(int threads, const std::vector<double> &values, std::int64_t least, std::int64_t most) {
  const std::int64_t rows = static_cast<std::int64_t>(values.size());
  Monitor monitor;
  Team team(threads, monitor);
  std::vector<double> out = {1000, 0, 0.5};
  RowReduction().sum(team, RowChunks::split(rows, least, most), 3, out.data(),
                     [&](std::int64_t begin, std::int64_t end, double *partial) {
                       for (std::int64_t i = begin; i < end; ++i) {
                         partial[0] += 1;
                         partial[1] += static_cast<double>(i);
                         partial[2] += values[static_cast<std::size_t>(i)];
                       }
                     });
  return out;
}

TEST(RowReduction, AddsEveryRowOnce) {
  for (const std::int64_t rows : {0, 1, 7, 8, 9, 63, 64, 65, 1000, 4099}) {
    std::vector<double> values;
    Numbers numbers(3);
    for (std::int64_t i = 0; i < rows; ++i) values.push_back(numbers.normal());
    const std::vector<double> out = sums(3, values, 8, 16);
    EXPECT_EQ(out[0], 1000 + static_cast<double>(rows)) << "adds to what is there";
    EXPECT_EQ(out[1], 0.5 * static_cast<double>(rows) * static_cast<double>(rows - 1));
    core_fixture::Real exact = 0.5L;
    core_fixture::Real size = 0.5L;
    for (const double v : values) {
      exact += core_fixture::wide(v);
      size += std::fabs(core_fixture::wide(v));
    }
    // Recursive summation of n + 1 numbers errs by at most n u Σ|v| (Higham 2002, 4.4); partial sums add 16 more steps.
    EXPECT_LE(std::fabs(core_fixture::wide(out[2]) - exact),
              1.01L * core_fixture::wide(rows + 16) * core_fixture::u64 * size);
  }
}

TEST(RowReduction, SameBitsForAnyNumberOfThreads) {
  Numbers numbers(4);
  for (const std::int64_t rows : {65, 1000, 10007}) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < rows; ++i) values.push_back(numbers.normal());
    const std::vector<double> one = sums(1, values, 8, 32);
    for (int threads = 2; threads <= 8; ++threads) {
      for (int again = 0; again < 5; ++again) {
        const std::vector<double> many = sums(threads, values, 8, 32);
        EXPECT_TRUE(same_bits(one.data(), many.data(), 3)) << threads << " threads";
      }
    }
  }
}

// A million times 0.1 in groups of 64: 64/2 u relative at most, where one running sum is off by thousands.
TEST(LongSums, AreAsGoodAsShortOnes) {
  constexpr std::int64_t groups = 1 << 14;
  Buffer<double> high(2, 0.0);
  LongSums sums(2, high.data());
  double plain = 0;
  for (std::int64_t g = 0; g < groups; ++g) {
    for (int i = 0; i < 64; ++i) {
      sums.terms()[0] += 0.1;
      sums.terms()[1] -= 0.1;
      plain += 0.1;
    }
    sums.take();
  }
  sums.finish();
  const double exact = 0.1 * 64 * groups;  // a power of two times the double 0.1
  EXPECT_LE(std::fabs(high[0] - exact), 32 * 0x1p-53 * exact);
  EXPECT_EQ(high[1], -high[0]);
  EXPECT_GT(std::fabs(plain - exact), 1000 * 0x1p-53 * exact) << "the control";
}

}  // namespace
}  // namespace akr
