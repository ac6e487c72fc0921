// SPDX-License-Identifier: BSD-3-Clause
// What matrices show of themselves, and what they refuse.
#include <limits>
#include <utility>

#include "matrix_kinds.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::contains;
using core_fixture::error_text;
using core_fixture::Kind;
using core_fixture::single_numbers;

struct Shown {
  std::int64_t panels = 0;
  std::int64_t rows = 0;
  std::int64_t wrong_entries = 0;
  const void *data = nullptr;
};

Shown show(const Kind &kind, const Array<double> &a, std::int64_t alignment, std::int64_t preferred) {
  Shown out;
  akr::Run run(2, 0);
  kind.matrix->panels(run, alignment, preferred, [&](const AnyPanel &any) {
    std::visit(
        [&](const auto &p) {
          using T = std::remove_const_t<std::remove_pointer_t<decltype(p.data)>>;
          EXPECT_EQ(8 * static_cast<int>(sizeof(T)), kind.bits);
          EXPECT_EQ(p.first_row, out.rows) << "from the first row to the last";
          EXPECT_EQ(p.first_row % alignment, 0);
          EXPECT_EQ(p.cols, a.cols());
          EXPECT_TRUE(p.row_stride == 1 || p.col_stride == 1);
          const std::int64_t bound = (preferred + alignment - 1) / alignment * alignment;
          if (preferred > 0 && !kind.matrix->is_dense()) {
            EXPECT_LE(p.rows, bound);
          }
          for (std::int64_t i = 0; i < p.rows; ++i) {
            for (std::int64_t j = 0; j < p.cols; ++j) {
              out.wrong_entries += static_cast<double>(p(i, j)) == a(p.first_row + i, j) ? 0 : 1;
            }
          }
          out.rows += p.rows;
          out.data = p.data;
        },
        any);
    ++out.panels;
  });
  return out;
}

TEST(MatrixPanels, ShowAllRowsInOrder) {
  for (const std::int64_t n : {1, 7, 64, 1000}) {
    for (const std::int64_t d : {1, 2, 9, 65}) {
      const Array<double> a = single_numbers(n, d, 31, true);
      for (const Kind &kind : core_fixture::all_kinds(a)) {
        if (!kind.matrix->has_panels()) continue;
        for (const std::int64_t alignment : {1, 8, 48, 4096}) {
          for (const std::int64_t preferred : {0, 1, 50, 5000}) {
            SCOPED_TRACE(testing::Message() << kind.name << " " << n << " x " << d << ", alignment " << alignment
                                            << ", preferred " << preferred);
            const Shown shown = show(kind, a, alignment, preferred);
            EXPECT_EQ(shown.rows, n);
            EXPECT_EQ(shown.wrong_entries, 0);
            if (kind.matrix->is_dense()) {
              EXPECT_EQ(shown.panels, 1) << "the caller's own memory needs no cutting";
            }
            if (preferred == 1 && alignment == 8 && !kind.matrix->is_dense()) {
              EXPECT_EQ(shown.panels, (n + 7) / 8);
            }
          }
        }
      }
    }
  }
}

TEST(MatrixPanels, DenseShowsTheCallersMemory) {
  const Array<double> a = single_numbers(20, 3, 1, false);
  for (const bool copy : {false, true}) {
    Kind kind;
    kind.matrix = std::make_unique<DenseMatrix<double>>(false, 20, 3, a.data(), 20, copy);
    EXPECT_EQ(show(kind, a, 1, 0).data == a.data(), !copy);
  }
}

TEST(MatrixPanels, NothingToShow) {
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{0, 3}, {3, 0}, {0, 0}}) {
    const Array<double> a = single_numbers(n, d, 1, false);
    for (const Kind &kind : core_fixture::all_kinds(a)) {
      if (!kind.matrix->has_panels()) continue;
      EXPECT_EQ(show(kind, a, 8, 0).wrong_entries, 0);
      akr::Run run(1, 0);
      kind.matrix->check_finite(run);
    }
  }
}

TEST(MatrixPanels, OperatorsHaveNone) {
  const Array<double> a = single_numbers(5, 3, 1, false);
  for (const Kind &kind : core_fixture::all_kinds(a)) {
    if (kind.matrix->has_panels()) continue;
    akr::Run run(1, 0);
    error_text(Status::e_unsupported, [&] { kind.matrix->panels(run, 1, 0, [](const AnyPanel &) {}); });
  }
}

TEST(Matrix, KnowsItsSizes) {
  const Array<double> a = single_numbers(30, 4, 1, true);
  std::int64_t nonzeros = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) nonzeros += a[i] != 0 ? 1 : 0;
  for (const Kind &kind : core_fixture::all_kinds(a)) {
    EXPECT_EQ(kind.matrix->rows(), 30);
    EXPECT_EQ(kind.matrix->cols(), 4);
    EXPECT_EQ(kind.matrix->bits(), kind.bits);
    if (!kind.matrix->is_sparse()) {
      EXPECT_EQ(kind.matrix->nnz(), 120);
      EXPECT_EQ(kind.matrix->bytes(), 120 * kind.bits / 8);
    } else {
      EXPECT_EQ(kind.matrix->nnz(), nonzeros) << "entries stored twice count once";
    }
  }
}

// The position and the value are named, wherever the entry is: first, last, in the middle, behind many chunks.
TEST(MatrixCheckFinite, NamesTheEntry) {
  struct Place {
    std::int64_t n, d, i, j;
  };
  for (const Place &at : {Place{1, 1, 0, 0},
                          {9, 5, 0, 4},
                          {9, 5, 8, 0},
                          {64, 65, 63, 64},
                          {9000, 17, 8999, 16},
                          {9000, 17, 4321, 0},
                          {2, 1000, 1, 999}}) {
    Array<double> a = single_numbers(at.n, at.d, 3, true);
    for (const Kind &kind : core_fixture::all_kinds(a)) {
      akr::Run run(2, 0);
      kind.matrix->check_finite(run);
    }
    const std::string place = "A(" + std::to_string(at.i) + ", " + std::to_string(at.j) + ") = ";
    for (const auto &[value, name] : {std::pair<double, const char *>{std::nan(""), "nan"},
                                      {std::numeric_limits<double>::infinity(), "inf"},
                                      {-std::numeric_limits<double>::infinity(), "-inf"}}) {
      a(at.i, at.j) = value;
      for (const Kind &kind : core_fixture::all_kinds(a)) {
        akr::Run run(2, 0);
        const std::string text = error_text(Status::e_not_finite, [&] { kind.matrix->check_finite(run); });
        EXPECT_TRUE(contains(text, place + name)) << kind.name << " " << at.n << " x " << at.d << ": " << text;
      }
    }
  }
}

TEST(MatrixCheckFinite, LargestNumbersAreFinite) {
  Array<double> a = single_numbers(40, 3, 3, false);
  for (std::int64_t i = 0; i < a.size(); ++i)
    a[i] = i % 2 == 0 ? 3e38 : -3e38;  // their sum is not, in single precision
  for (const Kind &kind : core_fixture::all_kinds(a)) {
    akr::Run run(2, 0);
    kind.matrix->check_finite(run);
  }
}

template <class Index>
std::string refusal(std::int64_t rows, std::int64_t cols, bool by_columns, int base, const std::vector<Index> &ptr,
                    const std::vector<Index> &index) {
  const std::vector<double> values(index.size(), 1.0);
  SparseMatrix<double>::Arrays arrays;
  arrays.by_columns = by_columns;
  arrays.index_bits = 8 * static_cast<int>(sizeof(Index));
  arrays.index_base = base;
  arrays.ptr = ptr.data();
  arrays.index = index.data();
  arrays.values = values.data();
  return error_text(Status::e_argument, [&] { SparseMatrix<double>(rows, cols, arrays, false); });
}

TEST(SparseMatrix, RefusesWrongArrays) {
  using I = std::int32_t;
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 0, {1, 2, 3}, {0, 1, 2}), "ptr[0] = 1: must be index_base = 0"));
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 1, {0, 2, 3}, {0, 1, 2}), "ptr[0] = 0: must be index_base = 1"));
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 0, {0, 2, 1}, {0, 1}), "ptr[2] = 1: must be at least ptr[1] = 2"));
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 0, {0, 1, 2}, {0, 3}), "index[1] = 3 (row 1): must be in [0, 2]"));
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 1, {1, 2, 3}, {0, 3}), "index[0] = 0 (row 0): must be in [1, 3]"));
  EXPECT_TRUE(contains(refusal<I>(2, 3, false, 0, {0, 1, 2}, {-1, 0}), "index[0] = -1"));
  EXPECT_TRUE(contains(refusal<std::int64_t>(2, 3, true, 0, {0, 1, 1, 2}, {0, 2}),
                       "index[1] = 2 (column 2): must be in [0, 1]"));
}

// A reader's failure goes through the pass untouched; what was asked covers the rows once, in order.
TEST(RowBlockMatrix, AsksForEveryRowOnce) {
  std::int64_t next = 0;
  const RowBlockMatrix<double> a(100000, 40,
                                 [&](std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
                                   EXPECT_EQ(first, next);
                                   EXPECT_GE(ld, 40);
                                   next += count;
                                   for (std::int64_t i = 0; i < count; ++i) std::fill_n(block + i * ld, 40, 1.0);
                                   if (next == 100000) throw CallbackError(42, "disk");
                                 });
  akr::Run run(2, 0);
  Array<double> x(40, 1, 1.0), z(40);
  PassRequest request;
  request.x = core_fixture::view(std::as_const(x));
  request.z = core_fixture::view(z);
  try {
    a.pass(run, request);
    ADD_FAILURE() << "the reader's failure was lost";
  } catch (const CallbackError &error) {
    EXPECT_EQ(error.code(), 42);
  }
  EXPECT_EQ(next, 100000);
  EXPECT_LT(run.memory().peak(), 16 << 20) << "a block at a time";
}

}  // namespace
}  // namespace akr
