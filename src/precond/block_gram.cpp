// SPDX-License-Identifier: BSD-3-Clause
#include "precond/block_gram.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "linalg/blas.hpp"
#include "linalg/info.hpp"
#include "matrix/tile_pack.hpp"
#include "simd/dispatch.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr std::int64_t side = tile_side;
constexpr auto tile_entries = static_cast<std::size_t>(side * side);
// Fewer columns than this are too few for the small products of a BLAS.
constexpr std::int64_t least_blas_cols = 48;
// Our own kernels, with AVX2 on a Zen 3: 2 times as quick as dsyrk at d = 30 and 64, 1.3 at 100, 1.1 at 200, 0.95 at
// 500 (but 1.3 in single precision) and 0.9 from 1000 on.
constexpr std::int64_t least_strip_cols = 8, most_strip_cols = 512;
constexpr int least_lanes = 4;
// Up to here by parts, few of them where A is small: one part is still quicker than waking the threads of the BLAS.
// The sums of several parts are kept below a twentieth of A.
constexpr std::int64_t most_part_cols = 256;
constexpr std::int64_t most_parts = 16;
constexpr std::int64_t rows_for_a_part = 20;  // and column
// What a task packs at once stays in its second-level cache, and is little beside A.
constexpr std::int64_t piece_entries = 1 << 15;
constexpr std::int64_t most_piece_rows = 256;
constexpr std::int64_t least_pieces = 32;

std::int64_t parts_for(std::int64_t rows, std::int64_t cols) {
  if (cols > most_part_cols) return 0;
  return std::clamp<std::int64_t>(rows / (rows_for_a_part * std::max<std::int64_t>(cols, 1)), 1, most_parts);
}
std::int64_t piece_rows(std::int64_t rows, std::int64_t cols) {
  const std::int64_t in_cache = std::min(piece_entries / (tiles_across(cols) * side), most_piece_rows);
  return std::max(std::min(in_cache, rows / least_pieces) / side * side, side);
}

// A tile of W_iᵀ W_j for i, j: the first columns of the tiles, at most `side` of each.
template <class W>
struct TileProduct {
  std::int64_t i, height, j, width;

  // product (ld `side`) = or += that of `rows` rows.
  void multiply(bool strips, const W *left, const W *right, std::int64_t rows, bool first, W *product) const {
    if (strips) {
      simd::tile_product(W())(rows, height, width, left, right, !first, i == j, product, side);
      return;
    }
    linalg::gemm_in_task(Op::none, Op::transpose, W(1), View<const W>(left, height, rows, side),
                         View<const W>(right, width, rows, side), W(first ? 0 : 1),
                         View<W>(product, height, width, side));
  }

  // Adds that to the target, by way of a tile unless that is for our own kernels only.
  void accumulate(bool strips, const W *left, const W *right, std::int64_t rows, const double *scale, W *product,
                  View<double> target) const {
    if constexpr (std::is_same_v<W, double>) {
      if (strips) {
        simd::tile_product(W())(rows, height, width, left, right, true, i == j, target.col(j) + i, target.ld);
        return;
      }
    }
    multiply(strips, left, right, rows, true, product);
    add(product, scale, target);
  }

  // Adds it to the target, unscaled; on and above the diagonal of G.
  void add(const W *product, const double *scale, View<double> target) const {
    std::array<double, static_cast<std::size_t>(side)> unscale;  // exact, powers of two
    if constexpr (!std::is_same_v<W, double>) {
      for (std::int64_t r = 0; r < height; ++r) unscale[static_cast<std::size_t>(r)] = 1 / scale[i + r];
    }
    for (std::int64_t c = 0; c < width; ++c) {
      double *to = target.col(j + c) + i;
      const W *from = product + c * side;
      const std::int64_t end = i == j ? c + 1 : height;
      if constexpr (std::is_same_v<W, double>) {
        for (std::int64_t r = 0; r < end; ++r) to[r] += from[r];
      } else {
        const double factor = 1 / scale[j + c];
        for (std::int64_t r = 0; r < end; ++r) {
          to[r] += static_cast<double>(from[r]) * factor * unscale[static_cast<std::size_t>(r)];
        }
      }
    }
  }
};

template <class W, class T>
void pack(bool strips, const Panel<T> &rows, std::int64_t column, const double *scale, W *out) {
  const std::int64_t width = std::min(side, rows.cols - column);
  strips ? pack_strips(rows, column, width, scale, out) : pack_tile(rows, column, width, scale, out);
}

}  // namespace

TileProducts BlockGram::best_products(std::int64_t cols) {
  return linalg::small_products_are_fast() && cols >= least_blas_cols ? TileProducts::blas : TileProducts::strips;
}

bool BlockGram::pays(std::int64_t cols) {
  return best_products(cols) == TileProducts::blas ||
         (simd::kernels().lanes >= least_lanes && cols >= least_strip_cols && cols <= most_strip_cols);
}

std::int64_t BlockGram::height(std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t entries = 1 << 19;
  if (parts_for(rows, cols) > 0) return entries / cols * 2;
  return std::clamp<std::int64_t>(std::max<std::int64_t>(1024, entries / cols), 256,
                                  std::max<std::int64_t>(rows / 24, 256));
}

BlockGram::BlockGram(Run &run, View<double> g, std::int64_t all_rows, TileProducts products)
    : run_(run),
      g_(g),
      strips_(products == TileProducts::strips),
      parts_(parts_for(all_rows, g.cols)),
      piece_(piece_rows(all_rows, g.cols)) {
  if (parts_ > 0) {
    // Columns of whole strips: what the kernels write below them must not be another task's.
    constexpr std::int64_t strip = simd::strip_width<double>;
    partial_ = Array2<double>((g.cols + strip - 1) / strip * strip, g.cols * parts_, 0.0);
    packed_ = Buffer<double>(run.team().size() * tiles_across(g.cols) * side * piece_);
  }
}

void BlockGram::add(const AnyPanel &panel, std::int64_t first, std::int64_t count, const double *scale) {
  std::visit(
      [&](const auto &p) {
        const auto rows = p.row_block(first, count);
        scale != nullptr ? add_typed<float>(rows, scale) : add_typed<double>(rows, scale);
      },
      panel);
}

template <class W, class T>
void BlockGram::add_typed(const Panel<T> &rows, const double *scale) {
  parts_ > 0 ? add_by_parts<W>(rows, scale) : add_by_tiles<W>(rows, scale);
}

template <class W, class T>
void BlockGram::add_by_parts(const Panel<T> &rows, const double *scale) {
  const std::int64_t d = g_.cols, across = tiles_across(d), height = piece_;
  const std::int64_t pieces = (rows.rows + height - 1) / height;
  run_.parallel(std::min(parts_, pieces), [&](std::int64_t task, int worker) {
    W *packed = reinterpret_cast<W *>(packed_.data() + worker * across * side * height);
    alignas(64) std::array<W, tile_entries> product;
    const View<double> target = partial_.view().columns((turn_ + task) % parts_ * d, d);
    for (std::int64_t piece = task; piece < pieces; piece += parts_) {
      const std::int64_t count = std::min(height, rows.rows - piece * height);
      const Panel<T> block = rows.row_block(piece * height, count);
      for (std::int64_t j = 0; j < across; ++j) {
        const std::int64_t width = std::min(side, d - j * side);
        W *right = packed + j * side * height;
        pack(strips_, block, j * side, scale, right);
        for (std::int64_t i = 0; i <= j; ++i) {
          const TileProduct<W> tile{i * side, std::min(side, d - i * side), j * side, width};
          tile.accumulate(strips_, packed + i * side * height, right, count, scale, product.data(), target);
        }
      }
    }
  });
  turn_ = (turn_ + pieces) % parts_;
  flushed_ = false;
}

template <class W, class T>
void BlockGram::add_by_tiles(const Panel<T> &rows, const double *scale) {
  const std::int64_t d = g_.cols, across = tiles_across(d), n = rows.rows;
  const std::int64_t span = (n + side - 1) / side * side;  // rows in whole tiles
  if (packed_.size() < across * side * span) packed_ = Buffer<double>(checked_product(across * side, span));
  W *packed = reinterpret_cast<W *>(packed_.data());
  // Along the lines that are contiguous in memory.
  const std::int64_t cut = rows.row_major() ? side : span;
  const std::int64_t cuts = (n + cut - 1) / cut, together = rows.row_major() ? across : 1;
  run_.parallel(cuts * (across / together), [&](std::int64_t task, int) {
    const std::int64_t first = task % cuts * cut, column = task / cuts * together;
    const Panel<T> some = rows.row_block(first, std::min(cut, n - first));
    for (std::int64_t j = column; j < column + together; ++j) {
      pack(strips_, some, j * side, scale, packed + side * (j * span + first));
    }
  });
  // A task: a square of tiles of G, so that both they and the rows that they share stay in the second-level cache.
  const std::int64_t edge = strips_ ? 2 : 4, depth = strips_ ? 2 * side : side;
  const std::int64_t squares = (across + edge - 1) / edge;
  if (products_.empty()) products_ = Array2<double>(edge * edge * side * side, run_.team().size());
  run_.parallel(squares * (squares + 1) / 2, [&](std::int64_t task, int worker) {
    W *product = reinterpret_cast<W *>(products_.col(worker));
    std::int64_t q = 0;
    while ((q + 1) * (q + 2) / 2 <= task) ++q;
    const std::int64_t p = task - q * (q + 1) / 2;
    const auto for_each_tile = [&](const auto &visit) {
      W *at = product;
      for (std::int64_t j = q * edge; j < std::min(across, (q + 1) * edge); ++j) {
        for (std::int64_t i = p * edge; i < std::min(j + 1, (p + 1) * edge); ++i, at += side * side) {
          visit(TileProduct<W>{i * side, std::min(side, d - i * side), j * side, std::min(side, d - j * side)}, at);
        }
      }
    };
    for (std::int64_t r = 0; r < n; r += depth) {
      for_each_tile([&](const TileProduct<W> &tile, W *at) {
        tile.multiply(strips_, packed + (tile.i * span + r * side), packed + (tile.j * span + r * side),
                      std::min(depth, n - r), r == 0, at);
      });
    }
    for_each_tile([&](const TileProduct<W> &tile, W *at) { tile.add(at, scale, g_); });
  });
}

void BlockGram::flush() {
  if (flushed_) return;
  const std::int64_t d = g_.cols;
  run_.parallel(tiles_across(d), [&](std::int64_t task, int) {
    for (std::int64_t j = task * side; j < std::min(d, (task + 1) * side); ++j) {
      for (std::int64_t part = 0; part < parts_; ++part) {
        double *from = partial_.col(part * d + j);
        for (std::int64_t i = 0; i <= j; ++i) g_(i, j) += from[i];
        std::fill_n(from, d, 0.0);
      }
    }
  });
  flushed_ = true;
}

}  // namespace akr
