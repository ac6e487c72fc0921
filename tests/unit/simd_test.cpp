// SPDX-License-Identifier: BSD-3-Clause
// Every table of block products that this processor can run, against plain sums in extended precision and against the
// generic table. (The tables of sketch kernels have their tests beside the transforms.)
#include "simd/kernels.hpp"

#include <cstdlib>
#include <limits>

#include "core_fixture.hpp"
#include "simd/dispatch.hpp"
#include "simd/tables.hpp"

namespace akr {
namespace {

using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;

template <class T>
const simd::BlockProducts<T> &products(const simd::Kernels &table) {
  if constexpr (std::is_same_v<T, double>) {
    return table.f64;
  } else {
    return table.f32;
  }
}

enum class Product { add_lines, dot_lines };

// One product, y += sign·Σ x[j]·line j or y[j] += sign·(line j)·x, on a block with padding of NaN between its lines and
// around its vectors.
template <class T>
class BlockCase {
 public:
  BlockCase(Product product, std::int64_t length, std::int64_t lines, double sign)
      : product_(product), length_(length), lines_(lines), sign_(sign), stride_(length + 3) {
    in_ = product == Product::add_lines ? lines : length;
    out_ = product == Product::add_lines ? length : lines;
    Numbers numbers(static_cast<std::uint64_t>(length * 1000 + lines));
    a_.assign(static_cast<std::size_t>(stride_ * lines_ + 1), std::numeric_limits<T>::quiet_NaN());
    for (std::int64_t j = 0; j < lines_; ++j) {
      for (std::int64_t i = 0; i < length_; ++i) entry(j, i) = static_cast<T>(numbers.normal());
    }
    for (std::int64_t i = 0; i < in_; ++i) x_.push_back(numbers.normal());
    for (std::int64_t i = 0; i < out_; ++i) y_.push_back(numbers.normal());
    x_.push_back(std::nan(""));
    y_.push_back(std::nan(""));
    reference();
  }

  // fetch: its first piece is given as an offset from the block's first number.
  std::vector<double> run(const simd::Kernels &table, simd::Fetch<T> fetch = {}, std::int64_t offset = 0) const {
    std::vector<double> y = y_;
    const simd::BlockProducts<T> &p = products<T>(table);
    const T *a = a_.data() + 1;
    if (fetch.length > 0) fetch.first = a + offset;
    const auto kernel = product_ == Product::add_lines ? p.add_lines : p.dot_lines;
    kernel(length_, lines_, a, stride_, x_.data(), sign_, y.data(), fetch);
    return y;
  }

  // y + Σ of p products in any order, with or without fused multiply-adds: error at most γ(p + 1)(|y| + Σ|a||x|).
  void check(const std::vector<double> &y) const {
    ASSERT_TRUE(std::isnan(y.back())) << "one past the end is left alone";
    for (std::int64_t i = 0; i < out_; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      const Real bound = 1.01L * wide(in_ + 1) * u64 * size_[at];
      ASSERT_LE(std::fabs(wide(y[at]) - exact_[at]), bound) << "entry " << i;
    }
  }
  // Two such sums differ by at most twice the bound.
  void compare(const std::vector<double> &y, const std::vector<double> &z) const {
    for (std::int64_t i = 0; i < out_; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      ASSERT_LE(std::fabs(wide(y[at]) - wide(z[at])), 2.02L * wide(in_ + 1) * u64 * size_[at]) << "entry " << i;
    }
  }

 private:
  // The data start one entry late, so that no line begins at a multiple of a vector.
  T &entry(std::int64_t line, std::int64_t at) { return a_[static_cast<std::size_t>(1 + line * stride_ + at)]; }
  void reference() {
    for (std::int64_t i = 0; i < out_; ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t j = 0; j < in_; ++j) {
        const T a = product_ == Product::add_lines ? entry(j, i) : entry(i, j);
        const Real term = wide(a) * wide(x_[static_cast<std::size_t>(j)]);
        sum += term;
        size += std::fabs(term);
      }
      const Real start = wide(y_[static_cast<std::size_t>(i)]);
      exact_.push_back(start + wide(sign_) * sum);
      size_.push_back(std::fabs(start) + size);
    }
  }

  Product product_;
  std::int64_t length_, lines_;
  double sign_;
  std::int64_t stride_, in_ = 0, out_ = 0;
  std::vector<T> a_;
  std::vector<double> x_, y_;
  std::vector<Real> exact_, size_;
};

template <class T>
void check_all_tables(Product product, std::int64_t length, std::int64_t lines, double sign) {
  const BlockCase<T> block(product, length, lines, sign);
  const std::vector<double> generic = block.run(simd::runnable_tables().front().kernels);
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::Kernels *const table = &tables.kernels;
    SCOPED_TRACE(testing::Message() << table->name << ", product " << static_cast<int>(product) << ", " << lines
                                    << " lines of " << length << ", f" << 8 * sizeof(T) << ", sign " << sign);
    const std::vector<double> y = block.run(*table);
    block.check(y);
    block.compare(y, generic);
    EXPECT_TRUE(core_fixture::same_bits(y.data(), block.run(*table).data(), static_cast<std::int64_t>(y.size()) - 1));
  }
}

constexpr Product all_products[] = {Product::add_lines, Product::dot_lines};

// Lengths and lines in every residue of the widest vector (8 lanes) and of the groups of 4.
TEST(BlockProducts, AllTails) {
  for (const Product product : all_products) {
    for (std::int64_t length = 0; length <= 18; ++length) {
      for (std::int64_t lines = 0; lines <= 18; ++lines) {
        for (const double sign : {1.0, -1.0}) {
          check_all_tables<double>(product, length, lines, sign);
          check_all_tables<float>(product, length, lines, sign);
        }
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(BlockProducts, LongAndWide) {
  for (const Product product : all_products) {
    for (const auto &[length, lines] :
         {std::pair<std::int64_t, std::int64_t>{1001, 3}, {3, 1001}, {67, 130}, {256, 64}}) {
      check_all_tables<double>(product, length, lines, -1);
      check_all_tables<float>(product, length, lines, 1);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// Fetching changes no bit, whether it goes along the lines, to other lines or beyond the array.
TEST(BlockProducts, FetchingIsOnlyAHint) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::Kernels *const table = &tables.kernels;
    for (const Product product : all_products) {
      const BlockCase<double> block(product, 65, 9, 1);
      const std::vector<double> plain = block.run(*table);
      const std::int64_t out = static_cast<std::int64_t>(plain.size()) - 1;
      const simd::Fetch<double> along{nullptr, 4, 65, 68}, others{nullptr, 2, 65, 68};
      EXPECT_TRUE(core_fixture::same_bits(plain.data(), block.run(*table, along, 65).data(), out)) << table->name;
      EXPECT_TRUE(core_fixture::same_bits(plain.data(), block.run(*table, others, 9 * 68).data(), out)) << table->name;
    }
  }
}

// Two blocks at once are what the two products give one after the other, to the last bit, whatever is fetched.
template <class T>
void check_together(const simd::Kernels &table, std::int64_t rows, std::int64_t before, std::int64_t cols) {
  const std::int64_t next = 5, stride = before + rows + next;
  Numbers numbers(static_cast<std::uint64_t>(rows * 10000 + before * 100 + cols));
  std::vector<T> a(static_cast<std::size_t>(stride * cols + 1));
  for (T &value : a) value = static_cast<T>(numbers.normal());
  const auto vector = [&](std::int64_t size) {
    std::vector<double> out(static_cast<std::size_t>(size + 1));
    for (double &value : out) value = numbers.normal();
    return out;
  };
  const std::vector<double> x = vector(cols), w = vector(before);
  std::vector<double> y = vector(rows), z = vector(cols), y1 = y, z1 = z;
  const simd::BlockProducts<T> &p = products<T>(table);
  const T *above = a.data() + 1, *block = above + before;
  p.add_lines(rows, cols, block, stride, x.data(), -1.0, y1.data(), {});
  p.dot_lines(before, cols, above, stride, w.data(), 1.0, z1.data(), {});
  for (const std::int64_t fetched : {std::int64_t{0}, next}) {
    std::vector<double> y2 = y, z2 = z;
    p.apply_and_adjoint(rows, cols, block, stride, x.data(), -1.0, y2.data(), before, w.data(), z2.data(), fetched);
    ASSERT_TRUE(core_fixture::same_bits(y1.data(), y2.data(), rows + 1))
        << table.name << ", " << rows << " rows, " << before << " before, " << cols << " columns";
    ASSERT_TRUE(core_fixture::same_bits(z1.data(), z2.data(), cols + 1))
        << table.name << ", " << rows << " rows, " << before << " before, " << cols << " columns";
  }
}

TEST(BlockProducts, TwoBlocksAtOnce) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::Kernels *const table = &tables.kernels;
    for (const std::int64_t rows : {0, 1, 4, 7, 8, 9, 16, 23, 32, 48}) {
      for (const std::int64_t before : {0, 1, 8, 15, 16, 17, 32, 48}) {
        for (const std::int64_t cols : {0, 1, 3, 4, 5, 8, 19, 20, 22, 25, 40}) {
          check_together<double>(*table, rows, before, cols);
          check_together<float>(*table, rows, before, cols);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

// Infinities and NaN go through, so that they are found in the results.
TEST(BlockProducts, KeepNonFiniteNumbers) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::Kernels *const table = &tables.kernels;
    for (std::int64_t bad = 0; bad < 11; ++bad) {
      std::vector<double> a(11, 1.0), y(11, 0.0), g(1, 0.0);
      a[static_cast<std::size_t>(bad)] = std::numeric_limits<double>::infinity();
      const double x = 1;
      table->f64.add_lines(11, 1, a.data(), 11, &x, 1.0, y.data(), {});
      for (std::int64_t i = 0; i < 11; ++i)
        EXPECT_EQ(std::isinf(y[static_cast<std::size_t>(i)]), i == bad) << table->name;
      const std::vector<double> ones(11, 1.0);
      table->f64.dot_lines(11, 1, a.data(), 11, ones.data(), 1.0, g.data(), {});
      EXPECT_TRUE(std::isinf(g[0])) << table->name;
    }
  }
}

TEST(Dispatch, ChoosesATableOfThisProcessor) {
  const simd::Kernels *chosen = &simd::kernels();
  bool known = false;
  for (const simd::Tables &tables : simd::runnable_tables()) known = known || &tables.kernels == chosen;
  EXPECT_TRUE(known);
  EXPECT_STREQ(simd::isa_name(), chosen->name);
  EXPECT_STREQ(simd::runnable_tables().front().kernels.name, "generic");
  if (std::getenv("AKR_ISA") == nullptr) {
    EXPECT_EQ(chosen, &simd::runnable_tables().back().kernels) << "the widest there is";
  }
}

}  // namespace
}  // namespace akr
