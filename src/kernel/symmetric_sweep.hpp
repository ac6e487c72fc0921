// SPDX-License-Identifier: BSD-3-Clause
// Y = S X for a symmetric n x n matrix S of which only blocks of the upper triangle are made, each once, and used for
// its mirror image too while it is in cache. The order of all sums is fixed by n alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "linalg/blas.hpp"
#include "simd/dispatch.hpp"

namespace akr {

// A task's share of S: a tile of so many rows and columns, in blocks that stay in the first-level cache.
constexpr std::int64_t sweep_tile = 512;
constexpr std::int64_t sweep_block = linalg::task_gemm_size;

namespace detail {

struct Tile {
  std::int64_t i, rows, j, cols;
};

// Products of a block with few columns of X; with more, matrix products pay.
constexpr std::int64_t sweep_gemm_columns = 4;

template <class T>
void add_block(View<const T> s, bool mirrored, View<const double> x_rows, View<const double> x_cols,
               View<double> y_rows, View<double> y_cols, double *wide) {
  if (x_cols.cols < sweep_gemm_columns) {
    const auto &products = simd::block_products<T>();
    for (std::int64_t c = 0; c < x_cols.cols; ++c) {
      products.add_lines(s.rows, s.cols, s.data, s.ld, x_cols.col(c), 1.0, y_rows.col(c), {});
      if (mirrored) products.dot_lines(s.rows, s.cols, s.data, s.ld, x_rows.col(c), 1.0, y_cols.col(c), {});
    }
    return;
  }
  View<const double> block;
  if constexpr (std::is_same_v<T, double>) {
    block = s;
  } else {
    for (std::int64_t c = 0; c < s.cols; ++c) std::copy_n(s.col(c), s.rows, wide + c * s.rows);
    block = View<const double>(wide, s.rows, s.cols, s.rows);
  }
  using linalg::Op;
  for (std::int64_t c = 0; c < x_cols.cols; c += sweep_block) {
    const std::int64_t k = std::min(sweep_block, x_cols.cols - c);
    linalg::gemm_in_task(Op::none, Op::none, 1.0, block, x_cols.columns(c, k), 1.0, y_rows.columns(c, k));
    if (!mirrored) continue;
    linalg::gemm_in_task(Op::transpose, Op::none, 1.0, block, x_rows.columns(c, k), 1.0, y_cols.columns(c, k));
  }
}

}  // namespace detail

// make(i, rows, j, cols, scratch) is the block of S at (i, j), i ≤ j, whole where i = j, at most sweep_block a side;
// scratch has room for one. Called from several threads at once. advance(fraction) is called now and then on this
// thread.
template <class T, class Make, class Advance>
void symmetric_sweep(Run &run, std::int64_t n, View<const double> x, View<double> y, const Make &make,
                     const Advance &advance) {
  for (std::int64_t c = 0; c < y.cols; ++c) std::fill_n(y.col(c), n, 0.0);
  const std::int64_t k = x.cols;
  if (n == 0 || k == 0) return;
  const std::int64_t side = std::min(sweep_tile, n);
  const std::int64_t across = (n + sweep_tile - 1) / sweep_tile;
  const std::int64_t total = across * (across + 1) / 2;
  // Enough tasks between two meetings of the threads; how many makes no difference to the sums.
  const std::int64_t batch = std::min(total, std::max<std::int64_t>(16, 256 / k));
  Array2<double> shares(side, 2 * k * batch);
  std::vector<detail::Tile> tiles;
  std::int64_t done = 0;
  const auto flush = [&] {
    run.parallel(static_cast<std::int64_t>(tiles.size()), [&](std::int64_t task, int) {
      const detail::Tile &t = tiles[static_cast<std::size_t>(task)];
      const View<double> rows = shares.view().block(0, t.rows, 2 * k * task, k);
      const View<double> cols = shares.view().block(0, t.cols, 2 * k * task + k, k);
      for (std::int64_t c = 0; c < k; ++c) {
        std::fill_n(rows.col(c), t.rows, 0.0);
        std::fill_n(cols.col(c), t.cols, 0.0);
      }
      alignas(64) std::array<T, static_cast<std::size_t>(sweep_block * sweep_block)> scratch;
      alignas(64) std::array<double, static_cast<std::size_t>(sweep_block * sweep_block)> wide;
      for (std::int64_t q = 0; q < t.cols; q += sweep_block) {
        const std::int64_t width = std::min(sweep_block, t.cols - q);
        const std::int64_t end = t.i == t.j ? q + width : t.rows;
        for (std::int64_t p = 0; p < end; p += sweep_block) {
          const std::int64_t height = std::min(sweep_block, end - p);
          const bool mirrored = t.i + p != t.j + q;
          detail::add_block(View<const T>(make(t.i + p, height, t.j + q, width, scratch.data())), mirrored,
                            x.block(t.i + p, height, 0, k), x.block(t.j + q, width, 0, k), rows.block(p, height, 0, k),
                            cols.block(q, width, 0, k), wide.data());
        }
      }
    });
    for (std::size_t task = 0; task < tiles.size(); ++task) {
      const detail::Tile &t = tiles[task];
      for (std::int64_t c = 0; c < k; ++c) {
        const std::int64_t at = 2 * k * static_cast<std::int64_t>(task) + c;
        linalg::axpy(1.0, shares.col(at), y.col(c) + t.i, t.rows);
        linalg::axpy(1.0, shares.col(at + k), y.col(c) + t.j, t.cols);
      }
    }
    done += static_cast<std::int64_t>(tiles.size());
    tiles.clear();
    advance(static_cast<double>(done) / static_cast<double>(total));
    run.poll();
  };
  for (std::int64_t j = 0; j < n; j += sweep_tile) {
    for (std::int64_t i = 0; i <= j; i += sweep_tile) {
      tiles.push_back({i, std::min(sweep_tile, n - i), j, std::min(sweep_tile, n - j)});
      if (static_cast<std::int64_t>(tiles.size()) == batch) flush();
    }
  }
  if (!tiles.empty()) flush();
}

}  // namespace akr
