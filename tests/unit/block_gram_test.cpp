// SPDX-License-Identifier: BSD-3-Clause
// AᵀA and AᵀB by products of 64 x 64 columns, at sizes where the library would take them and others.
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
  std::int64_t sides = 2;             // column by column, and from 6 on by tiles
};

// 16 parts of the rows with sums of their own where many rows are expected of few columns, fewer parts by groups of
// columns elsewhere: 4 by 2 at 700 x 130, 1 by 6 at 450 x 330.
const Shape kShapes[] = {{1300, 48, 100000, 6}, {700, 64, 100000, 64},  {900, 100, 20000},      {513, 256, 100000},
                         {300, 70, 300, 9},     {64, 257, 5000},        {450, 330, 5000, 130},  {1, 100, 20000, 65},
                         {2001, 10, 100000},    {650, 1, 650, 7},       {333, 31, 3000, 65},    {700, 130, 11000, 17},
                         {1900, 20, 1900},      {1300, 103, 20000, 64}, {2001, 64, 100000, 100}};

template <class T>
class Sum {
 public:
  Sum(const Shape &s, bool by_rows)
      : shape_(s), by_rows_(by_rows), values_(core_fixture::Numbers(7).normals(s.rows, s.cols).template as<T>()) {
    stored_ = by_rows ? values_.transposed() : values_;
    sides_ = core_fixture::Numbers(8).normals(s.rows, s.sides).template as<T>().template as<double>();
    for (std::int64_t j = 0; j < s.cols; ++j) scale_.push_back(std::ldexp(1.0, static_cast<int>(j % 7) - 3));
  }
  struct Sums {
    Array<double> g, atb;
    bool operator==(const Sums &other) const { return g == other.g && atb == other.atb; }
  };
  // In three additions, looked at after the first, which is in double in any case and in two halves of the columns.
  Sums of(int threads, bool single) const {
    Workbench bench(threads);
    const std::int64_t d = shape_.cols;
    Sums sums{Array<double>(d, d), Array<double>(d, shape_.sides)};
    RightSides sides;
    sides.data = View<const double>(sides_.data(), shape_.rows, shape_.sides, shape_.rows);
    BlockGram sum(bench.run, View<double>(sums.g.data(), d, d, d), &sides,
                  View<double>(sums.atb.data(), d, shape_.sides, d), shape_.all_rows);
    const std::int64_t across = by_rows_ ? d : 1, down = by_rows_ ? 1 : shape_.rows;
    const AnyPanel panel = Panel<T>{stored_.data(), 0, shape_.rows, d, across, down};
    const std::int64_t cuts[] = {0, shape_.rows / 3, shape_.rows / 2, shape_.rows};
    for (int k = 0; k < 3; ++k) {
      // One range, or two of which the second begins elsewhere.
      const std::int64_t count = cuts[k + 1] - cuts[k], some = k == 2 ? count / 3 : 0;
      const std::vector<RowRange> rows = {{cuts[k] + some, count - some}, {cuts[k], some}};
      if (k > 0) {
        sum.add(panel, rows, single ? scale_.data() : nullptr);
        continue;
      }
      sum.add(panel, rows, nullptr, GramColumns::leading);
      sum.add(panel, rows, nullptr, GramColumns::rest);
      sum.flush();
    }
    sum.flush();
    return sums;
  }
  // The largest error of a column of products over u‖a_i‖‖v_j‖, v_j: the columns of A (and i <= j) or B.
  Real error(const Array<double> &result, const Array<T> &v, bool upper, Real u) const {
    Real worst = 0;
    for (std::int64_t j = 0; j < v.cols(); ++j) {
      for (std::int64_t i = 0; i < (upper ? j + 1 : shape_.cols); ++i) {
        Real right = 0, left_square = 0, right_square = 0;
        for (std::int64_t r = 0; r < shape_.rows; ++r) {
          right += wide(values_(r, i)) * wide(v(r, j));
          left_square += wide(values_(r, i)) * wide(values_(r, i));
          right_square += wide(v(r, j)) * wide(v(r, j));
        }
        worst = std::max(worst, std::fabs(wide(result(i, j)) - right) / (u * std::sqrt(left_square * right_square)));
      }
    }
    return worst;
  }
  Real error_of_g(const Array<double> &g, Real u) const { return error(g, values_, true, u); }
  Real error_of_atb(const Array<double> &atb, Real u) const { return error(atb, sides_.template as<T>(), false, u); }

 private:
  Shape shape_;
  bool by_rows_;
  Array<T> values_, stored_;
  Array<double> sides_;
  std::vector<double> scale_;
};

template <class T>
void check_sum(const Sum<T> &sum, const Shape &s, bool single) {
  const auto sums = sum.of(1, single);
  // Σ|a_ri a_rj| ≤ ‖a_i‖‖a_j‖: one rounding a term and addition, and two of each factor where it is rounded. Random
  // signs make it the root of that; 4 is for the largest of so many.
  const Real bound = 4 * std::sqrt(static_cast<Real>(s.rows)) + 2;
  EXPECT_LE(sum.error_of_g(sums.g, single ? core_fixture::u32 : core_fixture::u64), bound);
  EXPECT_LE(sum.error_of_atb(sums.atb, core_fixture::u64), bound) << "always in double";
  EXPECT_TRUE(sum.of(3, single) == sums) << "whatever the threads";
  for (std::int64_t j = 0; j < s.cols; ++j) {
    for (std::int64_t i = j + 1; i < s.cols; ++i) ASSERT_EQ(sums.g(i, j), 0) << "below the diagonal";
  }
}

template <class T>
void check(bool single) {
  for (const Shape &s : kShapes) {
    for (const bool by_rows : {false, true}) {
      SCOPED_TRACE(std::to_string(s.rows) + " x " + std::to_string(s.cols) + (by_rows ? ", by rows" : ""));
      check_sum(Sum<T>(s, by_rows), s, single);
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
