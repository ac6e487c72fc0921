// SPDX-License-Identifier: BSD-3-Clause
// S A does not depend on how it is computed, and is the product with the S that the identity shows.
#include <cmath>
#include <cstdint>
#include <limits>

#include "matrix/operator.hpp"
#include "matrix/row_blocks.hpp"
#include "matrix/sparse.hpp"
#include "sketch_fixture.hpp"

namespace akr {
namespace {

using namespace sketch_fixture;  // NOLINT

TEST(SketchProducts, SIsTheSameForAnyThreadsAndPrecision) {
  for (const Size &size : sizes) {
    if (size.rows > 400) continue;
    for (const SketchSpec &spec : all_kinds(size.sketch_rows, size.rows)) {
      const Array2<double> s = sketch_of_identity<double>(spec, 1);
      for (int threads = 2; threads <= 4; ++threads) {
        EXPECT_TRUE(same_bits(s, sketch_of_identity<double>(spec, threads))) << label(spec);
      }
      EXPECT_TRUE(same_bits(s, sketch_of_identity<float>(spec, 2))) << label(spec);
    }
  }
}

TEST(SketchProducts, ProductsDoNotDependOnThreads) {
  for (const Size &size : sizes) {
    for (const std::int64_t d : {1, 3, 21}) {
      const Array2<double> a = random_matrix<double>(size.rows, d);
      const DenseMatrix<double> matrix(false, size.rows, d, a.data(), a.ld(), false);
      for (const SketchSpec &spec : all_kinds(size.sketch_rows, size.rows)) {
        const Array2<double> sa = sketch_of(spec, matrix, 1);
        for (const int threads : {2, 3, 4, 8}) {  // 21 columns for 8 threads: one by one, no longer side by side
          EXPECT_TRUE(same_bits(sa, sketch_of(spec, matrix, threads))) << label(spec) << " d " << d;
        }
      }
    }
  }
}

// Many blocks and few columns, many columns and few blocks: the two ways an SRHT is shared out.
TEST(SketchProducts, SrhtOfManyBlocksDoesNotDependOnThreads) {
  for (const std::int64_t d : {1, 2, 9}) {
    const std::int64_t n = 2048 * 70 + 11;
    const Array2<float> a = random_matrix<float>(n, d);
    const DenseMatrix<float> matrix(false, n, d, a.data(), n, false);
    const SketchSpec spec{SketchKind::srht, Transform::hadamard, 50, n, 8, 3};
    const Array2<double> sa = sketch_of(spec, matrix, 1);
    EXPECT_TRUE(same_bits(sa, sketch_of(spec, matrix, 2))) << d;
    EXPECT_TRUE(same_bits(sa, sketch_of(spec, matrix, 4))) << d;
  }
}

TEST(SketchProducts, ProductsDoNotDependOnLayoutAndLeadingDimension) {
  constexpr std::int64_t d = 37;
  for (const Size &size : sizes) {
    const std::int64_t n = size.rows;
    const Array2<double> a = random_matrix<double>(n, d);
    Buffer<double> wide((n + 3) * d, 1e300);
    Buffer<double> rows(n * (d + 5), 1e300);
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i < n; ++i) wide[i + j * (n + 3)] = rows[j + i * (d + 5)] = a(i, j);
    }
    const DenseMatrix<double> tight(false, n, d, a.data(), a.ld(), false);
    const DenseMatrix<double> loose(false, n, d, wide.data(), n + 3, false);
    const DenseMatrix<double> by_rows(true, n, d, rows.data(), d + 5, false);
    for (const SketchSpec &spec : all_kinds(size.sketch_rows, n)) {
      const Array2<double> sa = sketch_of(spec, tight, 2);
      EXPECT_TRUE(same_bits(sa, sketch_of(spec, loose, 2))) << label(spec);
      EXPECT_TRUE(same_bits(sa, sketch_of(spec, by_rows, 2))) << label(spec);
    }
  }
}

TEST(SketchProducts, ProductsDoNotDependOnHowPanelsAreCut) {
  constexpr std::int64_t n = 5000;
  constexpr std::int64_t d = 19;
  const Array2<double> a = random_matrix<double>(n, d);
  const DenseMatrix<double> matrix(false, n, d, a.data(), n, false);
  for (const SketchSpec &spec : all_kinds(130, n)) {
    const Array2<double> sa = sketch_of(spec, matrix, 1);
    const auto sketch = make_sketch(spec);
    akr::Run run(2, 0);
    for (const std::int64_t blocks : {1, 700, 1999}) {
      const std::int64_t height = sketch->row_alignment() == 1 ? blocks : sketch->row_alignment();
      Array2<double> cut(130, d, 0.0);
      for (std::int64_t first = 0; first < n; first += height) {
        const std::int64_t rows = std::min(height, n - first);
        sketch->accumulate(run, Panel<double>{a.data() + first, first, rows, d, 1, n}, cut.view());
      }
      EXPECT_TRUE(same_bits(sa, cut)) << label(spec) << " panels of " << height;
      if (sketch->row_alignment() != 1) break;
    }
  }
}

// Against S·A in extended precision with the S that the identity shows. A product sums at most n terms of size
// |s_ij a_jk|; each sum, and each transform of log₂ r stages, loses at most a few units per stage: the bound
// (n + 20)·u·Σ_j |s_ij||a_jk| is Higham's γ_n for the plain sums; a transform's error is bounded by its norm instead,
// 7(log₂ r + 2)·u·‖column‖ per block.
TEST(SketchProducts, ProductsAreThoseOfS) {
  constexpr std::int64_t d = 11;
  constexpr long double u = 0x1p-53L;
  for (const Size &size : sizes) {
    const std::int64_t n = size.rows;
    if (n > 400) continue;
    const Array2<double> a = random_matrix<double>(n, d);
    const DenseMatrix<double> matrix(false, n, d, a.data(), a.ld(), false);
    for (const SketchSpec &spec : all_kinds(size.sketch_rows, n)) {
      const Array2<double> s = sketch_of_identity<double>(spec, 1);
      const Array2<double> sa = sketch_of(spec, matrix, 2);
      for (std::int64_t k = 0; k < d; ++k) {
        long double norm = 0;
        for (std::int64_t j = 0; j < n; ++j)
          norm += static_cast<long double>(a(j, k)) * static_cast<long double>(a(j, k));
        norm = std::sqrt(norm);
        for (std::int64_t i = 0; i < spec.sketch_rows; ++i) {
          long double exact = 0;
          long double size_of_terms = 0;
          for (std::int64_t j = 0; j < n; ++j) {
            const long double term = static_cast<long double>(s(i, j)) * static_cast<long double>(a(j, k));
            exact += term;
            size_of_terms += std::abs(term);
          }
          const long double bound = u * (static_cast<long double>(n + 20) * size_of_terms + 7 * 13 * norm);
          ASSERT_LE(std::abs(static_cast<long double>(sa(i, k)) - exact), bound) << label(spec) << " " << i << " " << k;
        }
      }
    }
  }
}

// <S x, y> = <x, Sᵀ y> to (n + m)·u times the sum of the terms' sizes, for which ‖S‖_F ‖x‖ ‖y‖ ≥ Σ|s_ij x_j y_i| and
// ‖S‖_F ≤ √(2n) serve (the expectation of ‖S‖²_F is n; a Gaussian's m·n entries stay far below twice that).
TEST(SketchProducts, InnerProductsShowTheTranspose) {
  for (const Size &size : sizes) {
    const Array2<double> x = random_matrix<double>(size.rows, 3, 2);
    const Array2<double> y = random_matrix<double>(size.sketch_rows, 3, 3);
    for (const SketchSpec &spec : all_kinds(size.sketch_rows, size.rows)) {
      const auto sketch = make_sketch(spec);
      akr::Run run(3, 0);
      Array2<double> sx(spec.sketch_rows, 3);
      Array2<double> sty(spec.rows, 3, 99.0);
      sketch_right_sides(run, *sketch, RightSides{x.view()}, sx.view());
      sketch->apply_transpose(run, y.view(), sty.view());
      for (std::int64_t k = 0; k < 3; ++k) {
        long double left = 0;
        long double right = 0;
        long double xx = 0;
        long double yy = 0;
        for (std::int64_t i = 0; i < spec.sketch_rows; ++i) {
          left += static_cast<long double>(sx(i, k)) * static_cast<long double>(y(i, k));
          yy += static_cast<long double>(y(i, k)) * static_cast<long double>(y(i, k));
        }
        for (std::int64_t j = 0; j < spec.rows; ++j) {
          right += static_cast<long double>(sty(j, k)) * static_cast<long double>(x(j, k));
          xx += static_cast<long double>(x(j, k)) * static_cast<long double>(x(j, k));
        }
        const auto terms = static_cast<long double>(spec.rows + spec.sketch_rows + 100);
        const long double frobenius = std::sqrt(2 * static_cast<long double>(spec.rows)) + 1;
        EXPECT_LE(std::abs(left - right), 0x1p-53L * terms * frobenius * std::sqrt(xx * yy)) << label(spec);
      }
    }
  }
}

// Sparse A with entries at random places, in both orders and index widths, against the same A stored dense.
TEST(SketchProducts, SparseMatricesGiveTheSketchOfTheirDenseForm) {
  constexpr std::int64_t n = 3000;
  constexpr std::int64_t d = 23;
  const RandomStream stream(9, Purpose::probe, 6);
  Array2<double> dense(n, d, 0.0);
  std::vector<std::int32_t> ptr = {1};
  std::vector<std::int32_t> index;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j) {
      const auto words = stream.words(static_cast<std::uint64_t>(i * d + j));
      if (words[0] % 5 != 0) continue;
      dense(i, j) = static_cast<double>(words[1]) * 0x1p-32 - 0.5;
      index.push_back(static_cast<std::int32_t>(j + 1));
      values.push_back(dense(i, j));
    }
    ptr.push_back(static_cast<std::int32_t>(values.size() + 1));
  }
  SparseMatrix<double>::Arrays arrays;
  arrays.index_base = 1;
  arrays.ptr = ptr.data();
  arrays.index = index.data();
  arrays.values = values.data();
  const SparseMatrix<double> sparse(n, d, arrays, false);
  const DenseMatrix<double> matrix(false, n, d, dense.data(), n, false);
  for (const SketchSpec &spec : all_kinds(70, n)) {
    const Array2<double> expected = sketch_of(spec, matrix, 1);
    const Array2<double> one = sketch_of(spec, sparse, 1);
    EXPECT_TRUE(same_bits(one, sketch_of(spec, sparse, 3))) << label(spec);
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i < 70; ++i) {
        // Both add the same products in the same order; a fused multiply-add may round one of them once less.
        ASSERT_NEAR(one(i, j), expected(i, j), 0x1p-53 * n * 20) << label(spec);
      }
    }
  }
}

TEST(SketchProducts, OperatorsAndRowBlocksGiveTheSketchOfTheirDenseForm) {
  constexpr std::int64_t n = 4500;
  constexpr std::int64_t d = 40;
  const Array2<double> a = random_matrix<double>(n, d);
  const DenseMatrix<double> dense(false, n, d, a.data(), n, false);
  const OperatorMatrix<double> op(
      n, d, [&](bool, std::int64_t cols, const double *x, std::int64_t ldx, double *y, std::int64_t ldy) {
        for (std::int64_t c = 0; c < cols; ++c) {
          for (std::int64_t i = 0; i < n; ++i) {
            double sum = 0;
            for (std::int64_t j = 0; j < d; ++j) {
              if (x[j + c * ldx] != 0) sum += a(i, j) * x[j + c * ldx];
            }
            y[i + c * ldy] = sum;
          }
        }
      });
  const RowBlockMatrix<double> blocks(n, d, [&](std::int64_t first, std::int64_t rows, double *block, std::int64_t ld) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < d; ++j) block[i * ld + j] = a(first + i, j);
    }
  });
  for (const SketchSpec &spec : all_kinds(90, n)) {
    const Array2<double> expected = sketch_of(spec, dense, 2);
    EXPECT_TRUE(same_bits(expected, sketch_of(spec, op, 2))) << label(spec);
    EXPECT_TRUE(same_bits(expected, sketch_of(spec, blocks, 2))) << label(spec);
  }
}

TEST(SketchProducts, NaNAndInfinityReachTheSketch) {
  constexpr std::int64_t n = 3000;
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const bool row_major : {false, true}) {
      Array2<double> a(n, 20, 1.0);
      a.data()[row_major ? 20 * 2999 + 4 : 2999 + n * 4] = bad;
      const DenseMatrix<double> matrix(row_major, n, 20, a.data(), row_major ? 20 : n, false);
      for (const SketchSpec &spec : all_kinds(50, n)) {
        const Array2<double> sa = sketch_of(spec, matrix, 2);
        std::int64_t seen = 0;
        for (std::int64_t j = 0; j < 20; ++j) {
          for (std::int64_t i = 0; i < 50; ++i) {
            if (std::isfinite(sa(i, j))) continue;
            ++seen;
            ASSERT_EQ(j, 4) << label(spec);
          }
        }
        EXPECT_EQ(seen, spec.kind == SketchKind::sparse_sign ? 8 : 50) << label(spec);
      }
    }
  }
}

TEST(SketchProducts, EmptyMatricesGiveZeros) {
  for (const SketchSpec &spec : all_kinds(6, 0)) {
    const DenseMatrix<double> a(false, 0, 4, nullptr, 1, false);
    const Array2<double> sa = sketch_of(spec, a, 2);
    for (std::int64_t i = 0; i < 24; ++i) EXPECT_EQ(sa.data()[i], 0.0);
    const DenseMatrix<double> none(false, 0, 0, nullptr, 1, false);
    sketch_of(spec, none, 2);
    akr::Run run(2, 0);
    Array2<double> x(6, 2, 1.0);
    Array2<double> y(0, 2);
    make_sketch(spec)->apply_transpose(run, x.view(), y.view());
  }
}

}  // namespace
}  // namespace akr
