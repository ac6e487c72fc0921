// SPDX-License-Identifier: BSD-3-Clause
// All is transposed, because the BLAS is quickest at small products without a transposed left factor: with W = tiles of
// Aᵀ and Y = gain (B − A X),  Yᵀ = gain (Bᵀ − Xᵀ W)  and  Z += W Y.
#include "matrix/tile_pass.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/long_sum.hpp"
#include "linalg/info.hpp"
#include "matrix/tile_pack.hpp"

namespace akr {

namespace {

using linalg::Op;

constexpr std::int64_t most_chunks = 32;
constexpr std::int64_t least_chunks = 4;
// The chunks' sums, d x k each, stay below a fortieth of A.
constexpr std::int64_t rows_for_a_side = 40;
// What a task packs at once stays in its second-level cache.
constexpr std::int64_t piece_entries = 1 << 16;
constexpr std::int64_t most_rows_added = 512;  // in plain sums

std::int64_t chunk_count(std::int64_t rows, std::int64_t sides) {
  return std::min(most_chunks, rows / (rows_for_a_side * sides));
}

std::int64_t piece_rows(std::int64_t cols) {
  return std::max(piece_entries / (tiles_across(cols) * tile_side * tile_side), std::int64_t(1)) * tile_side;
}

// The tiles of some rows: W_j holds the columns from 64 j on, one row after the other.
template <class T>
class Tiles {
 public:
  explicit Tiles(std::int64_t cols) : height_(piece_rows(cols)) {}

  void load(const Panel<T> &rows) {
    rows_ = rows;
    if (in_place()) return;
    const std::int64_t across = tiles_across(rows.cols);
    if (packed_.size() == 0) packed_ = Buffer<double>(across * tile_side * height_);
    for (std::int64_t j = 0; j < across; ++j) {
      pack_tile<double>(rows, j * tile_side, width(j), nullptr, packed_.data() + j * tile_side * height_);
    }
  }
  std::int64_t width(std::int64_t j) const { return std::min(tile_side, rows_.cols - j * tile_side); }
  View<const double> operator()(std::int64_t j) const {
    if constexpr (std::is_same_v<T, double>) {
      if (in_place()) return View<const double>(&rows_(0, j * tile_side), width(j), rows_.rows, rows_.row_stride);
    }
    return View<const double>(packed_.data() + j * tile_side * height_, width(j), rows_.rows, tile_side);
  }

 private:
  bool in_place() const {
    return std::is_same_v<T, double> && rows_.row_major() && rows_.row_stride <= std::numeric_limits<int>::max();
  }

  std::int64_t height_;
  Panel<T> rows_{};
  Buffer<double> packed_;
};

template <class T>
class TilePass {
 public:
  TilePass(const Panel<T> &panel, const PassRequest &request, std::int64_t sides)
      : panel_(panel), request_(request), sides_(sides) {
    if (request.x.data == nullptr) return;
    xt_ = Array2<double>(sides, panel.cols);
    for (std::int64_t c = 0; c < sides; ++c) {
      for (std::int64_t j = 0; j < panel.cols; ++j) xt_(c, j) = request.x(j, c);
    }
  }

  // Z, then the sums of squares.
  std::int64_t width() const { return panel_.cols * sides_ + sides_; }

  void add(std::int64_t begin, std::int64_t end, double *partial) const {
    const std::int64_t height = piece_rows(panel_.cols);
    Tiles<T> tiles(panel_.cols);
    Array2<double> yt(tile_side, height);
    Array2<double> columns(height, 8);
    LongSums sums(width(), partial);
    std::int64_t added = 0;
    for (std::int64_t i = begin; i < end; i += height) {
      const Panel<T> rows = panel_.row_block(i, std::min(height, end - i));
      tiles.load(rows);
      for (std::int64_t c = 0; c < sides_; c += tile_side) {
        const View<double> y = yt.view().block(0, std::min(tile_side, sides_ - c), 0, rows.rows);
        load(rows, c, y, columns);
        residual(tiles, c, y, sums.terms() + panel_.cols * sides_ + c);
        if (request_.z.data != nullptr) adjoint(tiles, y, sums.terms() + panel_.cols * c);
      }
      added += rows.rows;
      if (added < most_rows_added && i + height < end) continue;
      sums.take();
      added = 0;
    }
    sums.finish();
  }

 private:
  // y = Bᵀ for the right-hand sides from c on, some at a time, so that whole lines of y are written.
  void load(const Panel<T> &rows, std::int64_t c, View<double> y, Array2<double> &columns) const {
    if (request_.b == nullptr) {
      for (std::int64_t i = 0; i < y.cols; ++i) std::fill_n(y.col(i), y.rows, 0.0);
      return;
    }
    const std::int64_t together = columns.cols();
    for (std::int64_t q = 0; q < y.rows; q += together) {
      const std::int64_t some = std::min(together, y.rows - q);
      for (std::int64_t k = 0; k < some; ++k) request_.b->load(rows.first_row, y.cols, c + q + k, columns.col(k));
      for (std::int64_t i = 0; i < y.cols; ++i) {
        for (std::int64_t k = 0; k < some; ++k) y(q + k, i) = columns(i, k);
      }
    }
  }

  // y = gain·(y ± Xᵀ W), and the squares before the gain.
  void residual(const Tiles<T> &tiles, std::int64_t c, View<double> y, double *square) const {
    const double sign = request_.b != nullptr ? -1 : 1;
    for (std::int64_t r = 0; r < y.cols; r += tile_side) {
      const View<double> part = y.columns(r, std::min(tile_side, y.cols - r));
      for (std::int64_t j = 0; !xt_.empty() && j < tiles_across(panel_.cols); ++j) {
        linalg::gemm_in_task(Op::none, Op::none, sign, xt_.view().block(c, y.rows, j * tile_side, tiles.width(j)),
                             tiles(j).columns(r, part.cols), 1.0, part);
      }
      for (std::int64_t i = 0; i < part.cols; ++i) {
        double *v = part.col(i);
        for (std::int64_t q = 0; q < part.rows; ++q) square[q] += v[q] * v[q];
        for (std::int64_t q = 0; request_.gain != 1 && q < part.rows; ++q) v[q] *= request_.gain;
      }
    }
  }

  void adjoint(const Tiles<T> &tiles, View<const double> y, double *z) const {
    for (std::int64_t j = 0; j < tiles_across(panel_.cols); ++j) {
      linalg::gemm_in_task(Op::none, Op::transpose, 1.0, tiles(j), y, 1.0,
                           View<double>(z + j * tile_side, tiles.width(j), y.rows, panel_.cols));
    }
  }

  const Panel<T> &panel_;
  const PassRequest &request_;
  std::int64_t sides_;
  Array2<double> xt_;
};

}  // namespace

bool tile_pass_pays(std::int64_t rows, std::int64_t sides) {
  return linalg::small_products_are_fast() && chunk_count(rows, sides) >= least_chunks;
}

void add_tile_pass(Run &run, const AnyPanel &panel, const PassRequest &request) {
  std::visit(
      [&](const auto &p) {
        const std::int64_t sides = request.b != nullptr ? request.b->cols() : request.x.cols;
        const TilePass pass(p, request, sides);
        Buffer<double> total(pass.width(), 0.0);
        const RowChunks chunks = RowChunks::split(p.rows, 1, chunk_count(p.rows, sides));
        run.reduction().sum(
            run.team(), chunks, pass.width(), total.data(),
            [&](std::int64_t begin, std::int64_t end, double *partial) { pass.add(begin, end, partial); });
        for (std::int64_t c = 0; c < sides; ++c) {
          if (request.z.data != nullptr) {
            for (std::int64_t j = 0; j < p.cols; ++j) request.z(j, c) += total[c * p.cols + j];
          }
          if (request.sumsq != nullptr) request.sumsq[c] += total[p.cols * sides + c];
        }
      },
      panel);
}

}  // namespace akr
