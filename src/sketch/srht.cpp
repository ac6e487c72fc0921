// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/srht.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "simd/sketch_kernels.hpp"
#include "sketch/pack.hpp"

namespace akr {

using simd::negative_bit;

namespace {

constexpr std::int64_t most_copied = std::int64_t{1} << 21;  // doubles of products kept apart: 16 MiB

// ±x, the sign taken from the topmost bit of a word; a NaN stays one.
inline double with_sign(double x, std::uint32_t word) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  bits ^= static_cast<std::uint64_t>(word & negative_bit) << 32;
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}
inline std::int64_t place(std::uint32_t word) noexcept { return static_cast<std::int64_t>(word & ~negative_bit); }

// Columns of a block copied at a time, each `padding` numbers further than a power of two: columns a power of two apart
// would all fall into the same few lines of the first-level cache.
constexpr std::int64_t padding = 16;
// Rows that are taken at a time. Of a row-major panel, whose rows lie in a page each, several groups of eight columns
// are taken while the processor knows where their pages are.
constexpr std::int64_t strip_rows = 64;
constexpr std::int64_t slabs_of_rows = 2;

}  // namespace

// sum[0..m) += S_block·column for a column of `rows` ≤ r numbers; scratch: r numbers, aligned. The column is read in
// its order, as memory likes it, and scattered. The scale is applied first, so that nothing overflows that is not out
// of range itself.
template <class T>
void SrhtSketch::add_column(const T *column, std::int64_t rows, const Tables &tables, std::int64_t block,
                            double *scratch, double *sum) const {
  const std::int64_t local = block - tables.first_block;
  const std::uint32_t *outputs = tables.outputs.data() + local * spec().sketch_rows;
  const double factors[2] = {scale_, -scale_};
  for (std::int64_t copy = 0; copy < copies_; ++copy) {
    const std::uint32_t *inputs = tables.inputs.data() + (local * copies_ + copy) * r_;
    if (rows < r_) std::fill(scratch, scratch + r_, 0.0);
    for (std::int64_t j = 0; j < rows; ++j) {
      scratch[place(inputs[j])] = factors[inputs[j] >> 31] * static_cast<double>(column[j]);
    }
    transform_.forward_unscaled(scratch);
    const std::int64_t end = copy_begin(copy + 1);
    for (std::int64_t k = copy_begin(copy); k < end; ++k) sum[k] += with_sign(scratch[place(outputs[k])], outputs[k]);
  }
}

// A task owns some columns and takes the blocks in order.
template <class T>
void SrhtSketch::accumulate_by_columns(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const {
  const std::int64_t offset = tables.first_block * r_ - panel.first_row;
  const std::int64_t widest = panel.row_major() ? 64 : 8;
  const std::int64_t even = (panel.cols + 4 * run.team().size() - 1) / (4 * run.team().size());
  const std::int64_t width =
      std::clamp<std::int64_t>(even, std::min<std::int64_t>(widest, panel.row_major() ? 8 : 1), widest);
  const std::int64_t ld = r_ + padding;
  run.parallel((panel.cols + width - 1) / width, [&](std::int64_t group, int) {
    const std::int64_t col = group * width;
    const std::int64_t cols = std::min(width, panel.cols - col);
    Buffer<double> scratch(r_);
    const bool in_place = panel.row_stride == 1;
    Buffer<T> copied(in_place ? 0 : ld * cols);
    for (std::int64_t i = 0; i < tables.blocks; ++i) {
      const std::int64_t begin = offset + i * r_;
      const std::int64_t rows = std::min(r_, panel.rows - begin);
      if (!in_place) pack_by_columns(panel, begin, rows, col, cols, ld, copied.data());
      for (std::int64_t c = 0; c < cols; ++c) {
        const T *column = in_place ? &panel(begin, col + c) : copied.data() + c * ld;
        add_column(column, rows, tables, tables.first_block + i, scratch.data(), sa.col(col + c));
      }
    }
  });
}

// Eight columns side by side: what permutes, transforms and samples one number takes as many instructions for eight,
// and the order of additions in each column, so every bit, is that of accumulate_by_columns. A task owns some columns.
template <class T>
void SrhtSketch::accumulate_side_by_side(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const {
  constexpr std::int64_t width = simd::transform_width;
  const simd::SketchKernels &kernels = simd::sketch_kernels();
  const std::int64_t offset = tables.first_block * r_ - panel.first_row;
  const std::int64_t m = spec().sketch_rows;
  const std::int64_t group = panel.row_major() ? slabs_of_rows * width : width;
  run.parallel((panel.cols + group - 1) / group, [&](std::int64_t task, int) {
    const std::int64_t col = task * group;
    const std::int64_t slabs = (std::min(group, panel.cols - col) + width - 1) / width;
    Buffer<double> scratch(slabs * r_ * width);
    Buffer<T> copied(panel.cols < col + slabs * width ? strip_rows * width : 0);
    for (std::int64_t i = 0; i < tables.blocks; ++i) {
      const std::int64_t begin = offset + i * r_;
      const std::int64_t rows = std::min(r_, panel.rows - begin);
      const std::uint32_t *outputs = tables.outputs.data() + i * m;
      for (std::int64_t copy = 0; copy < copies_; ++copy) {
        const std::uint32_t *inputs = tables.inputs.data() + (i * copies_ + copy) * r_;
        if (rows < r_) scratch.fill(0.0);
        for (std::int64_t k = 0; k < rows; k += strip_rows) {
          const Panel<T> strip = panel.row_block(begin + k, std::min(strip_rows, rows - k));
          for (std::int64_t s = 0; s < slabs; ++s) {
            scatter(strip, col + s * width, inputs + k, copied, scratch.data() + s * r_ * width);
          }
        }
        const std::int64_t first = copy_begin(copy);
        for (std::int64_t s = 0; s < slabs; ++s) {
          const std::int64_t c = col + s * width;
          kernels.hadamard_rows(r_, scratch.data() + s * r_ * width);
          kernels.gather_columns(copy_begin(copy + 1) - first, std::min(width, panel.cols - c), outputs + first,
                                 scratch.data() + s * r_ * width, sa.col(c) + first, sa.ld);
        }
      }
    }
  });
}

// Eight columns of some rows, scaled, to their places; of fewer columns a copy with zeros beside them.
template <class T>
void SrhtSketch::scatter(const Panel<T> &rows, std::int64_t col, const std::uint32_t *inputs, Buffer<T> &copied,
                         double *out) const {
  constexpr std::int64_t width = simd::transform_width;
  const simd::Scatters<T> &kernels = simd::scatters<T>();
  if (col + width > rows.cols) {
    pack_by_rows(rows, 0, rows.rows, col, rows.cols - col, width, copied.data());
    kernels.row_major(rows.rows, copied.data(), width, inputs, scale_, out);
  } else if (rows.row_major()) {
    kernels.row_major(rows.rows, &rows(0, col), rows.row_stride, inputs, scale_, out);
  } else {
    kernels.column_major(rows.rows, &rows(0, col), rows.col_stride, inputs, scale_, out);
  }
}

// Only where there are tasks enough for the threads.
bool SrhtSketch::side_by_side(Run &run, std::int64_t cols) const {
  return spec().transform == Transform::hadamard && 2 * cols > simd::transform_width * run.team().size();
}

// For few columns: the blocks' products are formed side by side and then added in the order of the blocks, which gives
// the bits of accumulate_by_columns.
template <class T>
void SrhtSketch::accumulate_by_blocks(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const {
  const std::int64_t m = spec().sketch_rows;
  const std::int64_t offset = tables.first_block * r_ - panel.first_row;
  const std::int64_t batch = std::clamp<std::int64_t>(most_copied / (m * panel.cols), 1, tables.blocks);
  Buffer<double> products(checked_product(batch * panel.cols, m));
  for (std::int64_t first = 0; first < tables.blocks; first += batch) {
    const std::int64_t count = std::min(batch, tables.blocks - first);
    run.parallel(count * panel.cols, [&](std::int64_t task, int) {
      const std::int64_t block = first + task / panel.cols;
      const std::int64_t col = task % panel.cols;
      const std::int64_t begin = offset + block * r_;
      const std::int64_t rows = std::min(r_, panel.rows - begin);
      Buffer<double> scratch(r_);
      Buffer<T> copied(rows);
      pack_by_columns(panel, begin, rows, col, 1, rows, copied.data());
      double *product = products.data() + task * m;
      std::fill(product, product + m, 0.0);
      add_column(copied.data(), rows, tables, tables.first_block + block, scratch.data(), product);
    });
    run.parallel(panel.cols, [&](std::int64_t col, int) {
      double *sum = sa.col(col);
      for (std::int64_t i = 0; i < count; ++i) {
        const double *product = products.data() + (i * panel.cols + col) * m;
        for (std::int64_t k = 0; k < m; ++k) sum[k] += product[k];
      }
    });
  }
}

template <class T>
void SrhtSketch::accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const {
  const std::int64_t first = panel.first_row / r_;
  const std::int64_t end = first + (panel.rows + r_ - 1) / r_;
  Tables tables = make_tables(end - first);
  const std::int64_t held = tables.blocks;
  for (std::int64_t block = first; block < end; block += held) {
    fill_tables(run, block, std::min(held, end - block), tables);
    if (panel.cols < 2 * run.team().size() && tables.blocks > 1) {
      accumulate_by_blocks(run, panel, tables, sa);
    } else if (side_by_side(run, panel.cols)) {
      accumulate_side_by_side(run, panel, tables, sa);
    } else {
      accumulate_by_columns(run, panel, tables, sa);
    }
  }
}

void SrhtSketch::accumulate(Run &run, const AnyPanel &panel, View<double> sa) const {
  std::visit(
      [&](const auto &p) {
        if (p.rows > 0 && p.cols > 0) accumulate_panel(run, p, sa);
      },
      panel);
}

// y_block = Σ over copies of Πᵀ D Hᵀ Pᵀ D̃ x, scaled.
void SrhtSketch::apply_transpose(Run &run, View<const double> x, View<double> y) const {
  if (y.empty()) return;
  const std::int64_t end = (y.rows + r_ - 1) / r_;
  Tables tables = make_tables(end);
  const std::int64_t held = tables.blocks;
  for (std::int64_t first = 0; first < end; first += held) {
    fill_tables(run, first, std::min(held, end - first), tables);
    run.parallel(tables.blocks * y.cols, [&](std::int64_t task, int) {
      const std::int64_t local = task / y.cols;
      const double *in = x.col(task % y.cols);
      const std::int64_t begin = (first + local) * r_;
      const std::int64_t rows = std::min(r_, y.rows - begin);
      double *out = y.col(task % y.cols) + begin;
      const std::uint32_t *outputs = tables.outputs.data() + local * spec().sketch_rows;
      Buffer<double> scratch(r_);
      std::fill(out, out + rows, 0.0);
      for (std::int64_t copy = 0; copy < copies_; ++copy) {
        const std::uint32_t *inputs = tables.inputs.data() + (local * copies_ + copy) * r_;
        scratch.fill(0.0);
        for (std::int64_t k = copy_begin(copy); k < copy_begin(copy + 1); ++k) {
          scratch[place(outputs[k])] = scale_ * with_sign(in[k], outputs[k]);
        }
        transform_.transpose_unscaled(scratch.data());
        for (std::int64_t j = 0; j < rows; ++j) out[j] += with_sign(scratch[place(inputs[j])], inputs[j]);
      }
    });
  }
}

}  // namespace akr
