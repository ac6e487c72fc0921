// SPDX-License-Identifier: BSD-3-Clause
// S A for every kind of A.
#include <algorithm>

#include "base/memory.hpp"
#include "matrix/sparse.hpp"
#include "simd/sketch_kernels.hpp"
#include "sketch/pack.hpp"
#include "sketch/sketch.hpp"
#include "sketch/sparse_sign.hpp"

namespace akr {

namespace {

// A sparse sign sketch of a sparse matrix by A's nonzeros. A task owns some rows of S and adds the rows of A up in
// their order, into rows of SA that lie contiguous meanwhile.
template <class T>
void sum_nonzeros(Run &run, const SparseSignSketch &sketch, const SparseMatrix<T> &a, View<double> sa) {
  const std::int64_t m = sa.rows;
  const std::int64_t d = sa.cols;
  const std::int64_t in_a_row = std::max<std::int64_t>(a.nnz() / std::max<std::int64_t>(a.rows(), 1), 1);
  // About 2^16 nonzeros of A, hence in the second-level cache, but enough rows that most lists hold some.
  const std::int64_t block_rows = std::max({65536 / in_a_row, m / 8, std::int64_t{1024}});
  const std::int64_t tasks = std::min<std::int64_t>(m, 64);
  Array2<double> transposed(d, m, 0.0);
  sketch.for_each_lists(run, 0, a.rows(), block_rows, 0, [&](const SignLists *lists, std::int64_t count) {
    run.parallel(tasks, [&](std::int64_t task, int) {
      const std::int64_t end = m * (task + 1) / tasks;
      for (std::int64_t k = 0; k < count; ++k) {
        const SignLists &list = lists[k];
        for (std::int64_t o = m * task / tasks; o < end; ++o) {
          double *sum = transposed.col(o);
          for (std::uint32_t e = list.first[o]; e < list.first[o + 1]; ++e) {
            const std::uint32_t entry = list.entries[e];
            const double factor = (entry & simd::negative_bit) != 0 ? -sketch.scale() : sketch.scale();
            const std::int64_t row = list.begin + simd::entry_row(entry);
            a.for_each_row(row, row + 1, [&](std::int64_t, std::int64_t nonzeros, auto column, const T *values) {
              for (std::int64_t z = 0; z < nonzeros; ++z) sum[column(z)] += factor * static_cast<double>(values[z]);
            });
          }
        }
      }
    });
  });
  constexpr std::int64_t width = 16;
  const Panel<double> by_rows{transposed.data(), 0, m, d, d, 1};
  run.parallel((d + width - 1) / width, [&](std::int64_t group, int) {
    const std::int64_t col = group * width;
    pack_by_columns(by_rows, 0, m, col, std::min(width, d - col), sa.ld, sa.col(col));
  });
}

// An operator shows its columns only: products with columns of the identity, as many at a time as 32 MiB hold.
void sum_products(Run &run, const Sketch &sketch, const Matrix &a, View<double> sa) {
  const std::int64_t n = a.rows();
  const std::int64_t d = a.cols();
  const std::int64_t chunk =
      std::min(d, std::clamp<std::int64_t>((std::int64_t{1} << 22) / std::max<std::int64_t>(n, 1), 1, 32));
  Array2<double> identity(d, chunk, 0.0);
  Array2<double> product(n, chunk);
  for (std::int64_t col = 0; col < d; col += chunk) {
    const std::int64_t cols = std::min(chunk, d - col);
    for (std::int64_t j = 0; j < cols; ++j) identity(col + j, j) = 1;
    a.apply(run, identity.view().columns(0, cols), product.view().columns(0, cols));
    for (std::int64_t j = 0; j < cols; ++j) identity(col + j, j) = 0;
    sketch.accumulate(run, Panel<double>{product.data(), 0, n, cols, 1, product.ld()}, sa.columns(col, cols));
    run.poll();
  }
}

void sum_panels(Run &run, const Sketch &sketch, const Matrix &a, View<double> sa) {
  // Each panel costs a sparse sign sketch one reading and writing of SA: panels of a copy shall not be smaller.
  const bool by_panel = sketch.spec().kind == SketchKind::sparse_sign;
  const std::int64_t rows =
      by_panel ? std::max(sa.rows, (std::int64_t{1} << 20) / std::max<std::int64_t>(sa.cols, 1)) : 0;
  a.panels(run, sketch.row_alignment(), rows, [&](const AnyPanel &panel) { sketch.accumulate(run, panel, sa); });
}

}  // namespace

void sketch_matrix(Run &run, const Sketch &sketch, const Matrix &a, View<double> sa) {
  for (std::int64_t j = 0; j < sa.cols; ++j) std::fill_n(sa.col(j), sa.rows, 0.0);
  if (a.rows() == 0 || a.cols() == 0) return;
  const auto *signs = dynamic_cast<const SparseSignSketch *>(&sketch);
  if (!a.has_panels()) {
    sum_products(run, sketch, a, sa);
  } else if (const auto *f64 = dynamic_cast<const SparseMatrix<double> *>(&a); signs != nullptr && f64 != nullptr) {
    sum_nonzeros(run, *signs, *f64, sa);
  } else if (const auto *f32 = dynamic_cast<const SparseMatrix<float> *>(&a); signs != nullptr && f32 != nullptr) {
    sum_nonzeros(run, *signs, *f32, sa);
  } else {
    sum_panels(run, sketch, a, sa);
  }
  for (std::int64_t j = 0; j < sa.cols; ++j) run.reduction().combine(sa.col(j), sa.rows);
}

}  // namespace akr
