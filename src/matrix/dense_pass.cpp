// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/dense_pass.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/long_sum.hpp"
#include "base/text.hpp"
#include "matrix/panel_block.hpp"
#include "matrix/tile_pass.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

// From this many right-hand sides on, two matrix products on a block beat column-by-column products from cache.
constexpr std::int64_t gemm_columns = 6;
// A column-major block, and the next one on its way, stay within an L2 cache of 512 KiB or more.
constexpr std::int64_t column_block_bytes = 192 << 10;
constexpr std::int64_t row_block_bytes = 24 << 10;
constexpr std::int64_t most_rows_added = 64;  // one after the other, in plain sums
constexpr std::int64_t gemm_block_bytes = 4 << 20;
// A chunk of the reduction holds at least this many entries of A; there are at most so many chunks.
constexpr std::int64_t least_chunk_entries = 1 << 16;
constexpr std::int64_t most_chunks = 32;

std::int64_t request_cols(const PassRequest &r) { return r.b != nullptr ? r.b->cols() : r.x.cols; }

RowChunks chunks_of(std::int64_t rows, std::int64_t cols) {
  return RowChunks::split(rows, std::max<std::int64_t>(64, least_chunk_entries / std::max<std::int64_t>(cols, 1)),
                          most_chunks);
}

template <class T>
std::int64_t block_rows(const Panel<T> &p) {
  const std::int64_t row_bytes = std::max<std::int64_t>(1, p.cols) * static_cast<std::int64_t>(sizeof(T));
  if (p.row_major()) return std::clamp<std::int64_t>(row_block_bytes / row_bytes / 4 * 4, 8, most_rows_added);
  return std::clamp<std::int64_t>(column_block_bytes / row_bytes / 16 * 16, 32, 2048);
}

// The block that comes next, of which one half is fetched during A x and the other during Aᵀ y: memory would rest
// during one of them else, and a piece of some dozens of numbers of each column is too short for the processor to see
// by itself what comes.
template <class T>
struct NextBlock {
  simd::Fetch<T> during_apply, during_adjoint;

  NextBlock() = default;
  NextBlock(const Panel<T> &block, std::int64_t rows) {
    if (block.row_major()) {
      if (rows < block.rows) return;  // pieces are counted for a block as high as this one
      const T *first = &block(0, 0) + block.rows * block.row_stride;
      const std::int64_t half = block.rows / 4 * 2;
      during_apply = {first, 2, block.cols, block.row_stride};
      during_adjoint = {first + half * block.row_stride, 2, block.cols, block.row_stride};
    } else {
      const T *first = &block(0, 0) + block.rows;
      const std::int64_t half = rows / 2;
      during_apply = {first, 4, half, block.col_stride};
      during_adjoint = {first + half, 4, rows - half, block.col_stride};
    }
  }
};

// y = gain·(b − A x) on one block for one right-hand side, then g += Aᵀ y. Returns Σ (b − A x)².
template <class T>
double block_pass(const Panel<T> &block, const NextBlock<T> &next, const PassRequest &request, std::int64_t column,
                  double *y, double *g) {
  const auto &products = simd::block_products<T>();
  const bool has_x = request.x.data != nullptr;
  if (request.b != nullptr) {
    request.b->load(block.first_row, block.rows, column, y);
  } else {
    std::fill(y, y + block.rows, 0.0);
  }
  const double sign = request.b != nullptr ? -1.0 : 1.0;
  if (has_x && block.row_major()) {
    products.dot_lines(block.cols, block.rows, block.data, block.row_stride, request.x.col(column), sign, y,
                       next.during_apply);
  } else if (has_x) {
    products.add_lines(block.rows, block.cols, block.data, block.col_stride, request.x.col(column), sign, y,
                       next.during_apply);
  }
  const double square = simd::sum_of_squares(block.rows, y);
  if (g == nullptr) return square;
  if (request.gain != 1) {
    for (std::int64_t i = 0; i < block.rows; ++i) y[i] *= request.gain;
  }
  if (block.row_major()) {
    products.add_lines(block.cols, block.rows, block.data, block.row_stride, y, 1.0, g, next.during_adjoint);
  } else {
    products.dot_lines(block.rows, block.cols, block.data, block.col_stride, y, 1.0, g, next.during_adjoint);
  }
  return square;
}

template <class T>
void pass_by_columns(Run &run, const Panel<T> &panel, const PassRequest &request) {
  const std::int64_t k = request_cols(request);
  const std::int64_t d = panel.cols;
  const bool wants_z = request.z.data != nullptr;
  const std::int64_t width = (wants_z ? d * k : 0) + k;  // partial sums: Z, then sumsq
  Buffer<double> total(width, 0.0);
  const std::int64_t height = block_rows(panel);
  run.reduction().sum(run.team(), chunks_of(panel.rows, d), width, total.data(),
                      [&](std::int64_t begin, std::int64_t end, double *partial) {
                        Buffer<double> y(height);
                        LongSums sums(width, partial);
                        for (std::int64_t i = begin; i < end; i += height) {
                          const Panel<T> block = panel.row_block(i, std::min(height, end - i));
                          const std::int64_t left = std::min(height, end - i - block.rows);
                          const NextBlock<T> next = left > 0 ? NextBlock<T>(block, left) : NextBlock<T>();
                          for (std::int64_t c = 0; c < k; ++c) {
                            const bool last_use = c + 1 == k;
                            sums.terms()[width - k + c] =
                                block_pass(block, last_use ? next : NextBlock<T>(), request, c, y.data(),
                                           wants_z ? sums.terms() + c * d : nullptr);
                          }
                          sums.take();
                        }
                        sums.finish();
                      });
  for (std::int64_t c = 0; c < k; ++c) {
    if (wants_z) {
      for (std::int64_t j = 0; j < d; ++j) request.z(j, c) += total[c * d + j];
    }
    if (request.sumsq != nullptr) request.sumsq[c] += total[width - k + c];
  }
}

void pass_by_gemm(Run &run, const AnyPanel &panel, const PassRequest &request) {
  using linalg::Op;
  const std::int64_t k = request_cols(request);
  const auto [rows, d, first_row] = std::visit(
      [](const auto &p) {
        return std::array<std::int64_t, 3>{p.rows, p.cols, p.first_row};
      },
      panel);
  const std::int64_t row_bytes = std::max<std::int64_t>(1, d + k) * 8;
  const std::int64_t height =
      std::clamp<std::int64_t>(gemm_block_bytes / row_bytes, 64, std::max<std::int64_t>(rows, 64));
  Array2<double> y(std::min(height, rows), k);
  PanelBlock block;
  for (std::int64_t i = 0; i < rows; i += height) {
    const std::int64_t count = std::min(height, rows - i);
    block.load(run, panel, i, count);
    View<double> v(y.data(), count, k, y.ld());
    if (request.b != nullptr) {
      for (std::int64_t c = 0; c < k; ++c) request.b->load(first_row + i, count, c, v.col(c));
    }
    if (request.x.data != nullptr) {
      linalg::gemm(block.op(), Op::none, request.b != nullptr ? -1.0 : 1.0, block.view(), request.x,
                   request.b != nullptr ? 1.0 : 0.0, v);
    }
    for (std::int64_t c = 0; c < k; ++c) {
      double square = 0;
      for (std::int64_t q = 0; q < count; ++q) square += v(q, c) * v(q, c);
      if (request.sumsq != nullptr) request.sumsq[c] += square;
      if (request.gain != 1) {
        for (std::int64_t q = 0; q < count; ++q) v(q, c) *= request.gain;
      }
    }
    if (request.z.data != nullptr) {
      const Op adjoint = block.op() == Op::none ? Op::transpose : Op::none;
      linalg::gemm(adjoint, Op::none, 1.0, block.view(), View<const double>(v), 1.0, request.z);
    }
    run.poll();
  }
}

}  // namespace

void add_panel_pass(Run &run, const AnyPanel &panel, const PassRequest &request) {
  const std::int64_t k = request_cols(request);
  if (k < gemm_columns) {
    std::visit([&](const auto &p) { pass_by_columns(run, p, request); }, panel);
  } else if (tile_pass_pays(std::visit([](const auto &p) { return p.rows; }, panel), k)) {
    add_tile_pass(run, panel, request);
  } else {
    pass_by_gemm(run, panel, request);
  }
}

void apply_panel(Run &run, const AnyPanel &panel, View<const double> x, View<double> y) {
  std::visit(
      [&](const auto &p) {
        using T = std::remove_cv_t<std::remove_pointer_t<decltype(p.data)>>;
        const auto &products = simd::block_products<T>();
        const RowChunks chunks = chunks_of(p.rows, p.cols);
        run.parallel(chunks.count, [&](std::int64_t chunk, int) {
          const auto part = p.row_block(chunks.begin(chunk), chunks.end(chunk) - chunks.begin(chunk));
          for (std::int64_t c = 0; c < x.cols; ++c) {
            double *target = y.col(c) + part.first_row;
            std::fill_n(target, part.rows, 0.0);
            if (part.row_major()) {
              products.dot_lines(part.cols, part.rows, part.data, part.row_stride, x.col(c), 1.0, target, {});
            } else {
              products.add_lines(part.rows, part.cols, part.data, part.col_stride, x.col(c), 1.0, target, {});
            }
          }
        });
      },
      panel);
}

void check_panel_finite(Run &run, const AnyPanel &panel) {
  std::visit(
      [&](const auto &p) {
        const auto &products = simd::block_products<std::decay_t<decltype(*p.data)>>();
        const bool row_major = p.row_major();
        const std::int64_t lines = row_major ? p.rows : p.cols;
        const std::int64_t length = row_major ? p.cols : p.rows;
        const std::int64_t stride = row_major ? p.row_stride : p.col_stride;
        const RowChunks chunks = RowChunks::split(
            lines, std::max<std::int64_t>(1, least_chunk_entries / std::max<std::int64_t>(length, 1)), most_chunks);
        run.parallel(chunks.count, [&](std::int64_t chunk, int) {
          for (std::int64_t j = chunks.begin(chunk); j < chunks.end(chunk); ++j) {
            const auto *line = p.data + j * stride;
            if (products.all_finite(length, line)) continue;
            const std::int64_t at = std::find_if(line, line + length, [](auto v) { return !std::isfinite(v); }) - line;
            throw Error(Status::e_not_finite, text("A(", p.first_row + (row_major ? j : at), ", ", row_major ? at : j,
                                                   ") = ", static_cast<double>(line[at]),
                                                   ": must be finite (rows and columns count from 0)"));
          }
        });
      },
      panel);
}

}  // namespace akr
