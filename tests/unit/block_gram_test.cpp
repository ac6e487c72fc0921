// SPDX-License-Identifier: BSD-3-Clause
// AᵀA by products of 64 x 64 columns, by the BLAS and by our own kernels, whichever the library would take here.
#include "precond/block_gram.hpp"

#include "core_fixture.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::Real;
using core_fixture::wide;
using core_fixture::Workbench;

struct Shape {
  std::int64_t rows, cols, all_rows;  // all_rows: what the sum is told to expect
};

// By parts of rows, with sums of their own, where many rows are expected of few columns; by tiles of G elsewhere.
const Shape kShapes[] = {{1300, 48, 100000}, {700, 64, 100000}, {900, 100, 20000}, {513, 256, 100000},
                         {300, 70, 300},     {64, 257, 5000},   {450, 330, 5000},  {1, 100, 20000},
                         {2001, 10, 100000}, {650, 1, 650},     {333, 31, 3000}};

template <class T>
class Sum {
 public:
  Sum(const Shape &s, bool by_rows)
      : shape_(s), by_rows_(by_rows), values_(core_fixture::Numbers(7).normals(s.rows, s.cols).template as<T>()) {
    stored_ = by_rows ? values_.transposed() : values_;
    for (std::int64_t j = 0; j < s.cols; ++j) scale_.push_back(std::ldexp(1.0, static_cast<int>(j % 7) - 3));
  }
  // In three additions, looked at after the first.
  Array<double> of(TileProducts products, int threads, bool single) const {
    Workbench bench(threads);
    Array<double> g(shape_.cols, shape_.cols);
    BlockGram sum(bench.run, View<double>(g.data(), shape_.cols, shape_.cols, shape_.cols), shape_.all_rows, products);
    const std::int64_t across = by_rows_ ? shape_.cols : 1, down = by_rows_ ? 1 : shape_.rows;
    const AnyPanel panel = Panel<T>{stored_.data(), 0, shape_.rows, shape_.cols, across, down};
    const std::int64_t cuts[] = {0, shape_.rows / 3, shape_.rows / 2, shape_.rows};
    for (int k = 0; k < 3; ++k) {
      sum.add(panel, cuts[k], cuts[k + 1] - cuts[k], single ? scale_.data() : nullptr);
      if (k == 0) sum.flush();
    }
    sum.flush();
    return g;
  }
  // The largest error over u‖a_i‖‖a_j‖.
  Real error(const Array<double> &g, Real u) const {
    Real worst = 0;
    for (std::int64_t j = 0; j < shape_.cols; ++j) {
      for (std::int64_t i = 0; i <= j; ++i) {
        Real right = 0, left_square = 0, right_square = 0;
        for (std::int64_t r = 0; r < shape_.rows; ++r) {
          right += wide(values_(r, i)) * wide(values_(r, j));
          left_square += wide(values_(r, i)) * wide(values_(r, i));
          right_square += wide(values_(r, j)) * wide(values_(r, j));
        }
        worst = std::max(worst, std::fabs(wide(g(i, j)) - right) / (u * std::sqrt(left_square * right_square)));
      }
    }
    return worst;
  }

 private:
  Shape shape_;
  bool by_rows_;
  Array<T> values_, stored_;
  std::vector<double> scale_;
};

template <class T>
void check_sum(const Sum<T> &sum, const Shape &s, TileProducts products, bool single) {
  const Array<double> g = sum.of(products, 1, single);
  // Σ|a_ri a_rj| ≤ ‖a_i‖‖a_j‖: one rounding a term and addition, and two of each factor where it is rounded. Random
  // signs make it the root of that; 4 is for the largest of so many.
  const Real n = static_cast<Real>(s.rows);
  EXPECT_LE(sum.error(g, single ? core_fixture::u32 : core_fixture::u64), 4 * std::sqrt(n) + 2);
  EXPECT_TRUE(sum.of(products, 3, single) == g);
  for (std::int64_t j = 0; j < s.cols; ++j) {
    for (std::int64_t i = j + 1; i < s.cols; ++i) ASSERT_EQ(g(i, j), 0) << "below the diagonal";
  }
}

template <class T>
void check(bool single) {
  for (const Shape &s : kShapes) {
    for (const bool by_rows : {false, true}) {
      const Sum<T> sum(s, by_rows);
      for (const TileProducts products : {TileProducts::blas, TileProducts::strips}) {
        SCOPED_TRACE(std::to_string(s.rows) + " x " + std::to_string(s.cols) + (by_rows ? ", by rows" : "") +
                     (products == TileProducts::strips ? ", strips" : ""));
        check_sum(sum, s, products, single);
      }
    }
  }
}

TEST(BlockGram, IsTheGramMatrixInEitherLayoutAndPrecision) {
  check<double>(false);
  check<float>(false);
}

TEST(BlockGram, FormsProductsInSinglePrecisionOfScaledColumns) {
  check<double>(true);
  check<float>(true);
}

}  // namespace
}  // namespace akr
