// SPDX-License-Identifier: BSD-3-Clause
// AᵀA of sparse rows. The entries are small integers, so that every sum is exact and any difference is a mistake.
#include "precond/sparse_gram.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "core_fixture.hpp"

namespace akr {
namespace {

template <class T, class Index>
struct Rows {
  std::int64_t cols = 0;
  int base = 0;
  std::vector<Index> ptr, index;
  std::vector<T> values;

  Rows(std::int64_t all_cols, int index_base) : cols(all_cols), base(index_base), ptr{Index(index_base)} {}
  void add(std::vector<Index> columns, std::mt19937_64 &engine) {
    for (const Index j : columns) {
      index.push_back(static_cast<Index>(j + base));
      values.push_back(static_cast<T>(static_cast<int>(engine() % 15) - 7));
    }
    ptr.push_back(static_cast<Index>(ptr.back() + static_cast<Index>(columns.size())));
  }
  std::int64_t rows() const { return static_cast<std::int64_t>(ptr.size()) - 1; }
  SparseMatrix<T> matrix() const {
    typename SparseMatrix<T>::Arrays arrays;
    arrays.index_bits = 8 * sizeof(Index);
    arrays.index_base = base;
    arrays.ptr = ptr.data();
    arrays.index = index.data();
    arrays.values = values.data();
    return SparseMatrix<T>(rows(), cols, arrays, false);
  }
};

template <class T, class Index>
void expect_exact(const Rows<T, Index> &rows) {
  const SparseMatrix<T> a = rows.matrix();
  const std::int64_t d = rows.cols;
  Array2<double> exact(d, d, 1.0), g(d, d, 1.0);  // it adds to what is there
  for (std::size_t i = 0; i + 1 < rows.ptr.size(); ++i) {
    for (auto p = rows.ptr[i] - rows.base; p < rows.ptr[i + 1] - rows.base; ++p) {
      for (auto q = rows.ptr[i] - rows.base; q < rows.ptr[i + 1] - rows.base; ++q) {
        const auto at = static_cast<std::size_t>(p), with = static_cast<std::size_t>(q);
        exact(rows.index[at] - rows.base, rows.index[with] - rows.base) +=
            static_cast<double>(rows.values[at]) * static_cast<double>(rows.values[with]);
      }
    }
  }
  for (const int threads : {1, 3}) {
    Run run(threads, 0);
    g.fill(1);
    add_sparse_gram(run, a, g.view());
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i < d; ++i) ASSERT_EQ(g(i, j), i <= j ? exact(i, j) : 1.0) << i << ", " << j;
    }
  }
}

// Rows of 0 to `most` entries, sorted or as they come.
template <class T, class Index>
Rows<T, Index> random_rows(std::int64_t n, std::int64_t d, std::int64_t most, int base, bool sorted) {
  std::mt19937_64 engine(static_cast<std::uint64_t>(n + d));
  Rows<T, Index> rows(d, base);
  std::vector<Index> all(static_cast<std::size_t>(d));
  for (std::size_t j = 0; j < all.size(); ++j) all[j] = static_cast<Index>(j);
  for (std::int64_t i = 0; i < n; ++i) {
    std::shuffle(all.begin(), all.end(), engine);
    std::vector<Index> some(all.begin(),
                            all.begin() + static_cast<std::ptrdiff_t>(engine() % static_cast<std::uint64_t>(most + 1)));
    if (sorted) std::sort(some.begin(), some.end());
    rows.add(some, engine);
  }
  return rows;
}

TEST(SparseGram, IsExactForIntegers) {
  expect_exact(random_rows<double, std::int32_t>(50, 7, 7, 0, true));
  expect_exact(random_rows<double, std::int64_t>(50, 1, 1, 1, true));
  // More rows than are taken at once, an eighth of A's entries: a quarter of a million of them; more columns than the
  // square of which sets that share.
  expect_exact(random_rows<double, std::int32_t>(20000, 40, 25, 1, true));
  expect_exact(random_rows<float, std::int64_t>(20000, 40, 25, 0, true));
  expect_exact(random_rows<double, std::int32_t>(3000, 1200, 12, 0, true));
}

TEST(SparseGram, TakesRowsInAnyOrderOfColumns) {
  expect_exact(random_rows<double, std::int32_t>(3000, 60, 60, 0, false));
  expect_exact(random_rows<float, std::int64_t>(3000, 60, 20, 1, false));
}

TEST(SparseGram, EmptyRowsAndNothingAtAll) {
  expect_exact(random_rows<double, std::int32_t>(1000, 20, 0, 0, true));
  std::mt19937_64 engine(1);
  Rows<double, std::int32_t> rows(30, 0);
  for (int i = 0; i < 4000; ++i) rows.add({}, engine);
  rows.add({3, 29}, engine);
  for (int i = 0; i < 4000; ++i) rows.add({}, engine);
  rows.add({0, 1, 2}, engine);
  expect_exact(rows);
}

// The cancel flag is read at least once for 2¹⁷ entries, a thirteenth of them here. With values of 1 an entry
// of the diagonal counts rows.
TEST(SparseGram, EndsSoonAfterACancel) {
  constexpr std::int64_t n = 40000, d = 64, in_a_row = 40;
  std::mt19937_64 engine(1);
  Rows<double, std::int64_t> rows(d, 0);
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<std::int64_t> columns;
    for (std::int64_t k = 0; k < in_a_row; ++k) columns.push_back((i + k) % d);
    rows.add(columns, engine);
  }
  std::fill(rows.values.begin(), rows.values.end(), 1.0);
  const SparseMatrix<double> a = rows.matrix();
  for (const std::int32_t cancel : {0, 1}) {
    for (const int threads : {1, 2}) {
      akr::Run run(threads, 0);
      run.monitor().set_cancel_flag(&cancel);
      Array2<double> g(d, d, 0.0);
      double bound = static_cast<double>(n * in_a_row / d);  // all
      if (cancel == 0) {
        add_sparse_gram(run, a, g.view());
        EXPECT_EQ(g(0, 0), bound);
      } else {
        EXPECT_THROW(add_sparse_gram(run, a, g.view()), Interrupted) << threads;
        bound = 8.0 * (1 << 14) / d;
      }
      for (std::int64_t j = 0; j < d; ++j) EXPECT_LE(g(j, j), bound) << threads;
    }
  }
}

TEST(SparseMatrix, RowsWithSoManyEntries) {
  std::mt19937_64 engine(1);
  Rows<double, std::int32_t> rows(9, 1);
  for (int i = 0; i < 4; ++i) rows.add({0, 4, 8}, engine);
  rows.add({}, engine);
  rows.add({0, 1, 2, 3, 4, 5, 6}, engine);
  const SparseMatrix<double> a = rows.matrix();
  EXPECT_EQ(a.first_entry(0), 0);
  EXPECT_EQ(a.first_entry(6), 19);
  EXPECT_EQ(a.rows_with(0, 6), 2);
  EXPECT_EQ(a.rows_with(0, 8), 2);
  EXPECT_EQ(a.rows_with(0, 12), 5);  // with the empty row
  EXPECT_EQ(a.rows_with(1, 100), 6);
  EXPECT_EQ(a.rows_with(5, 3), 6);  // one row at least
}

}  // namespace
}  // namespace akr
