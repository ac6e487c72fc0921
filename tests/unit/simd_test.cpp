// SPDX-License-Identifier: BSD-3-Clause
// Every table of block products that this processor can run, against plain sums in extended precision and against the
// generic table. (The tables of sketch kernels have their tests beside the transforms.)
#include "simd/kernels.hpp"

#include <cstdlib>
#include <limits>

#include "core_fixture.hpp"
#include "simd/dispatch.hpp"

namespace akr::simd {
namespace generic {
extern const Kernels kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif
}  // namespace akr::simd

namespace akr {
namespace {

using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::u64;
using core_fixture::wide;

std::vector<const simd::Kernels *> tables() {
  std::vector<const simd::Kernels *> out = {&simd::generic::kernels};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(&simd::avx2::kernels);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    out.push_back(&simd::avx512::kernels);
  }
#endif
  return out;
}

template <class T>
const simd::BlockProducts<T> &products(const simd::Kernels &table) {
  if constexpr (std::is_same_v<T, double>) {
    return table.f64;
  } else {
    return table.f32;
  }
}

enum class Product { col_apply, col_adjoint, row_apply, row_adjoint };

// One product, out += sign·op(A)·in, on a block with padding of NaN between its lines and around its vectors.
template <class T>
class BlockCase {
 public:
  BlockCase(Product product, std::int64_t rows, std::int64_t cols, double sign, std::int64_t ahead)
      : product_(product), rows_(rows), cols_(cols), sign_(sign), ahead_(ahead) {
    const bool by_columns = product == Product::col_apply || product == Product::col_adjoint;
    const bool adjoint = product == Product::col_adjoint || product == Product::row_adjoint;
    lines_ = by_columns ? cols : rows;
    length_ = by_columns ? rows : cols;
    in_ = adjoint ? rows : cols;
    out_ = adjoint ? cols : rows;
    lda_ = length_ + 3;
    Numbers numbers(static_cast<std::uint64_t>(rows * 1000 + cols));
    a_.assign(static_cast<std::size_t>(lda_ * lines_ + 1), std::numeric_limits<T>::quiet_NaN());
    for (std::int64_t j = 0; j < lines_; ++j) {
      for (std::int64_t i = 0; i < length_; ++i) entry(j, i) = static_cast<T>(numbers.normal());
    }
    for (std::int64_t i = 0; i < in_; ++i) x_.push_back(numbers.normal());
    for (std::int64_t i = 0; i < out_; ++i) y_.push_back(numbers.normal());
    x_.push_back(std::nan(""));
    y_.push_back(std::nan(""));
    reference(by_columns != adjoint);
  }

  std::vector<double> run(const simd::Kernels &table) const {
    std::vector<double> y = y_;
    const simd::BlockProducts<T> &p = products<T>(table);
    const T *a = a_.data() + 1;
    switch (product_) {
      case Product::col_apply:
        p.col_apply(rows_, cols_, a, lda_, x_.data(), sign_, y.data());
        break;
      case Product::col_adjoint:
        p.col_adjoint(rows_, cols_, a, lda_, x_.data(), y.data(), ahead_);
        break;
      case Product::row_apply:
        p.row_apply(rows_, cols_, a, lda_, x_.data(), sign_, y.data());
        break;
      case Product::row_adjoint:
        p.row_adjoint(rows_, cols_, a, lda_, x_.data(), y.data());
        break;
    }
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
  T &entry(std::int64_t line, std::int64_t at) { return a_[static_cast<std::size_t>(1 + line * lda_ + at)]; }
  void reference(bool out_along_lines) {
    const bool signed_product = product_ == Product::col_apply || product_ == Product::row_apply;
    for (std::int64_t i = 0; i < out_; ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t j = 0; j < in_; ++j) {
        const Real term = wide(out_along_lines ? entry(j, i) : entry(i, j)) * wide(x_[static_cast<std::size_t>(j)]);
        sum += term;
        size += std::fabs(term);
      }
      const Real start = wide(y_[static_cast<std::size_t>(i)]);
      exact_.push_back(start + (signed_product ? wide(sign_) : 1) * sum);
      size_.push_back(std::fabs(start) + size);
    }
  }

  Product product_;
  std::int64_t rows_, cols_;
  double sign_;
  std::int64_t ahead_;
  std::int64_t lines_ = 0, length_ = 0, in_ = 0, out_ = 0, lda_ = 0;
  std::vector<T> a_;
  std::vector<double> x_, y_;
  std::vector<Real> exact_, size_;
};

template <class T>
void check_all_tables(Product product, std::int64_t rows, std::int64_t cols, double sign, std::int64_t ahead) {
  const BlockCase<T> block(product, rows, cols, sign, ahead);
  const std::vector<double> generic = block.run(simd::generic::kernels);
  for (const simd::Kernels *table : tables()) {
    SCOPED_TRACE(testing::Message() << table->name << ", product " << static_cast<int>(product) << ", " << rows << " x "
                                    << cols << ", f" << 8 * sizeof(T) << ", sign " << sign);
    const std::vector<double> y = block.run(*table);
    block.check(y);
    block.compare(y, generic);
    EXPECT_TRUE(core_fixture::same_bits(y.data(), block.run(*table).data(), static_cast<std::int64_t>(y.size()) - 1));
  }
}

constexpr Product all_products[] = {Product::col_apply, Product::col_adjoint, Product::row_apply, Product::row_adjoint};

// Rows and columns in every residue of the widest vector (8 lanes) and of the groups of 4.
TEST(BlockProducts, AllTails) {
  for (const Product product : all_products) {
    for (std::int64_t rows = 0; rows <= 18; ++rows) {
      for (std::int64_t cols = 0; cols <= 18; ++cols) {
        check_all_tables<double>(product, rows, cols, 1, 0);
        check_all_tables<float>(product, rows, cols, -1, 0);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(BlockProducts, LongAndWide) {
  for (const Product product : all_products) {
    for (const auto &[rows, cols] : {std::pair<std::int64_t, std::int64_t>{1001, 3}, {3, 1001}, {67, 130}, {256, 64}}) {
      check_all_tables<double>(product, rows, cols, -1, 0);
      check_all_tables<float>(product, rows, cols, 1, 0);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// Fetching ahead changes no bit; it may point past the array.
TEST(BlockProducts, FetchingAheadIsOnlyAHint) {
  for (const simd::Kernels *table : tables()) {
    const std::vector<double> plain = BlockCase<double>(Product::col_adjoint, 65, 9, 1, 0).run(*table);
    const std::vector<double> ahead = BlockCase<double>(Product::col_adjoint, 65, 9, 1, 65).run(*table);
    EXPECT_TRUE(core_fixture::same_bits(plain.data(), ahead.data(), 9)) << table->name;
  }
}

// Infinities and NaN go through, so that they are found in the results.
TEST(BlockProducts, KeepNonFiniteNumbers) {
  for (const simd::Kernels *table : tables()) {
    for (std::int64_t bad = 0; bad < 11; ++bad) {
      std::vector<double> a(11, 1.0), y(11, 0.0), g(1, 0.0);
      a[static_cast<std::size_t>(bad)] = std::numeric_limits<double>::infinity();
      const double x = 1;
      table->f64.col_apply(11, 1, a.data(), 11, &x, 1.0, y.data());
      for (std::int64_t i = 0; i < 11; ++i)
        EXPECT_EQ(std::isinf(y[static_cast<std::size_t>(i)]), i == bad) << table->name;
      const std::vector<double> ones(11, 1.0);
      table->f64.col_adjoint(11, 1, a.data(), 11, ones.data(), g.data(), 0);
      EXPECT_TRUE(std::isinf(g[0])) << table->name;
    }
  }
}

TEST(Dispatch, ChoosesATableOfThisProcessor) {
  const simd::Kernels *chosen = &simd::kernels();
  bool known = false;
  for (const simd::Kernels *table : tables()) known = known || table == chosen;
  EXPECT_TRUE(known);
  EXPECT_STREQ(simd::isa_name(), chosen->name);
  EXPECT_STREQ(simd::generic::kernels.name, "generic");
  if (std::getenv("AKR_ISA") == nullptr) {
    EXPECT_EQ(chosen, tables().back()) << "the widest there is";
  }
}

}  // namespace
}  // namespace akr
