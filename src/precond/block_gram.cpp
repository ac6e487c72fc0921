// SPDX-License-Identifier: BSD-3-Clause
#include "precond/block_gram.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "linalg/info.hpp"
#include "matrix/dense_pass.hpp"
#include "matrix/tile_pack.hpp"
#include "simd/dispatch.hpp"
#include "simd/tile_kernels.hpp"

namespace akr {

namespace {

constexpr std::int64_t side = tile_side;
// Fewer columns do not fill a strip.
constexpr std::int64_t least_cols = 8;
// With AVX2 on a Zen 3 2 times as quick as dsyrk at d = 30 and 64, 1.3 at 100, 1.1 at 200, 0.95 at 500 (but 1.3 in
// single precision) and 0.9 from 1000 on; with AVX-512 on a Zen 5 2.3 times at 100 and 200, level at
// 2000 and 0.87 at 4000 (in single precision 0.9 of ssyrk from 1000 on, which has to be given a copy, however), on a
// Zen 4 1.8 times at 100, 1.1 at 1000, 0.93 at 2000 and 0.87 at 4000.
constexpr std::int64_t most_avx2_cols = 512;
// Where the BLAS has AVX-512 too; else it takes one and a half times as long.
constexpr std::int64_t most_avx512_cols = 1500;
// Parts of the rows: their sums are kept below a twentieth of A.
constexpr std::int64_t most_parts = 16;
constexpr std::int64_t rows_for_a_part = 20;  // and column
// More tasks than threads, so that none is late for long; but each group of columns packs those on its left once more.
constexpr std::int64_t tasks_for_a_thread = 2;
constexpr std::int64_t most_groups = 8;
// Rows that a task packs at once. Fewer are shorter pieces of a column: 128 took an eighth longer at 20000 x 4000.
constexpr std::int64_t most_piece_rows = 256;
// Tiles that stay in the second-level cache while those on their left come and go.
constexpr std::int64_t tiles_together = 4;
// Flops of AᵀA and AᵀB between two reports of progress.
constexpr double add_flops = 100e9;
// Of one thread with few columns, which is where it matters whether others are called.
constexpr double flops_a_second = 60e9;
constexpr double sums_a_second = 2e9;

std::int64_t parts_for(std::int64_t rows, std::int64_t cols) {
  const std::int64_t most = std::min(rows / (rows_for_a_part * std::max<std::int64_t>(cols, 1)), most_parts);
  std::int64_t parts = 1;
  while (2 * parts <= most) parts *= 2;
  return parts;
}
// Of the columns of tiles [first, end), each of which has as many products as there are tiles on its left.
std::vector<std::int64_t> groups_for(std::int64_t first, std::int64_t end, std::int64_t parts, std::int64_t threads) {
  const std::int64_t tasks = threads > 1 ? tasks_for_a_thread * threads : 1;
  const std::int64_t most = std::clamp<std::int64_t>(end - first, 1, most_groups);
  const std::int64_t count = std::clamp<std::int64_t>((tasks + parts - 1) / parts, 1, most);
  const double below = static_cast<double>(first * first), all = static_cast<double>(end * end);
  std::vector<std::int64_t> groups = {first};
  for (std::int64_t q = 1; q <= count; ++q) {
    const double share = static_cast<double>(q) / static_cast<double>(count);
    const std::int64_t next = std::llround(std::sqrt(below + share * (all - below)));
    if (next > groups.back()) groups.push_back(next);
  }
  return groups;
}
std::vector<std::int64_t> groups_for(GramColumns columns, std::int64_t cols, std::int64_t parts, std::int64_t threads) {
  const std::int64_t across = tiles_across(cols), middle = tiles_across(leading_gram_columns(cols));
  return groups_for(columns == GramColumns::rest ? middle : 0, columns == GramColumns::leading ? middle : across, parts,
                    threads);
}

}  // namespace

// Tiles [first, end) of G's columns.
struct BlockGram::Share {
  std::int64_t first, end;
  View<double> sum, atb;
  bool fresh;  // sum and atb hold nothing yet
};

std::int64_t leading_gram_columns(std::int64_t cols) { return std::min(cols, (cols / 2 + side - 1) / side * side); }

bool BlockGram::pays(std::int64_t cols) {
  const int lanes = simd::kernels().lanes;
  if (cols < least_cols || lanes < 4) return false;
  return lanes >= 8 ? cols <= most_avx512_cols || !linalg::blas_has_avx512() : cols <= most_avx2_cols;
}

std::int64_t BlockGram::height(std::int64_t cols, std::int64_t sides) {
  const double row = static_cast<double>(cols) * static_cast<double>(cols + 2 * sides);
  return std::max(static_cast<std::int64_t>(add_flops / row), most_parts * most_piece_rows);
}

BlockGram::BlockGram(Run &run, View<double> g, const RightSides *b, View<double> atb, std::int64_t all_rows)
    : run_(run),
      g_(g),
      b_(b),
      atb_(atb),
      parts_(parts_for(all_rows, g.cols)),
      groups_(groups_for(columns_, g.cols, parts_, run.team().size())),
      piece_(std::min(most_piece_rows, (all_rows + side - 1) / side * side)),
      fresh_(static_cast<std::size_t>(parts_), 1),
      packed_(static_cast<std::size_t>(run.team().size())) {
  if (b != nullptr) sides_ = std::vector<Sides>(static_cast<std::size_t>(run.team().size()));
  if (parts_ == 1) return;
  partial_ = Array2<double>(g.rows, g.cols * parts_);
  if (b != nullptr) partial_atb_ = Array2<double>(atb.rows, atb.cols * parts_);
}

void BlockGram::add(const AnyPanel &panel, const std::vector<RowRange> &ranges, const double *scale,
                    GramColumns columns) {
  if (columns != columns_) {
    flush();
    columns_ = columns;
    groups_ = groups_for(columns, g_.cols, parts_, run_.team().size());
  }
  std::visit(
      [&](const auto &p) {
        scale != nullptr ? add_typed<float>(p, ranges, scale) : add_typed<double>(p, ranges, scale);
      },
      panel);
}

template <class W, class T>
void BlockGram::add_typed(const Panel<T> &panel, const std::vector<RowRange> &ranges, const double *scale) {
  std::int64_t rows = 0;
  for (const RowRange &range : ranges) rows += range.count;
  const std::int64_t pieces = (rows + piece_ - 1) / piece_, taken = std::min(parts_, pieces);
  const std::int64_t groups = static_cast<std::int64_t>(groups_.size()) - 1;
  const auto part_of = [&](std::int64_t k) { return (turn_ + k) % parts_; };
  const auto first_row = [&](std::int64_t k) { return k < taken ? rows * k / taken / side * side : rows; };
  const auto add_part = [&](std::int64_t task, int worker) {
    const std::int64_t k = task / groups, part = part_of(k), begin = first_row(k), end = first_row(k + 1);
    const auto group = static_cast<std::size_t>(task % groups);
    Share share;
    share.first = groups_[group];
    share.end = groups_[group + 1];
    share.sum = parts_ > 1 ? partial_.view().columns(part * g_.cols, g_.cols) : g_;
    if (b_ != nullptr) share.atb = parts_ > 1 ? partial_atb_.view().columns(part * atb_.cols, atb_.cols) : atb_;
    share.fresh = parts_ > 1 && fresh_[static_cast<std::size_t>(part)] != 0;
    std::int64_t before = 0;  // rows of the ranges before
    for (const RowRange &range : ranges) {
      const std::int64_t from = std::max(begin - before, std::int64_t{0}), to = std::min(end - before, range.count);
      if (from < to) add_share<W>(panel.row_block(range.first + from, to - from), scale, share, worker);
      before += range.count;
    }
  };
  const double entries = static_cast<double>(rows) * static_cast<double>(g_.cols);
  // Of part of the columns as if they were all: whether others are called hardly matters there.
  const double flops = entries * static_cast<double>(g_.cols + (b_ != nullptr ? 2 * b_->cols() : 0));
  const double seconds = std::max(flops / flops_a_second, entries * sizeof(T) / bytes_a_second);
  run_.parallel(taken * groups, add_part, seconds);
  for (std::int64_t k = 0; k < taken; ++k) {
    if (first_row(k) < first_row(k + 1)) fresh_[static_cast<std::size_t>(part_of(k))] = 0;
  }
  turn_ = part_of(taken);
}

template <class W, class T>
void BlockGram::add_share(const Panel<T> &rows, const double *scale, Share &share, int worker) {
  const std::int64_t d = g_.cols, begin = share.first * side, end = std::min(d, share.end * side);
  for (std::int64_t c = 0; share.fresh && c < share.atb.cols; ++c) {
    std::fill_n(share.atb.col(c) + begin, end - begin, 0.0);
  }
  Buffer<double> &own = packed_[static_cast<std::size_t>(worker)];
  if (own.size() == 0) own = Buffer<double>(checked_product(tiles_across(d) * side, piece_));
  W *packed = reinterpret_cast<W *>(own.data());
  const std::int64_t most = piece_of<W>();
  for (std::int64_t r = 0; r < rows.rows; r += most) {
    const std::int64_t count = std::min(most, rows.rows - r);
    const Panel<T> piece = rows.row_block(r, count);
    for (std::int64_t block = 0; block < share.end; block += tiles_together) {
      const std::int64_t stop = std::min(block + tiles_together, share.end);
      for (std::int64_t j = block; j < stop; ++j) {
        pack_strips(piece, j * side, std::min(side, d - j * side), scale, packed + j * side * most);
      }
      for (std::int64_t i = 0; stop > share.first && i < stop; ++i) {
        for (std::int64_t j = std::max({i, block, share.first}); j < stop; ++j) {
          add_tile(i, j, count, packed, scale, share.fresh, share.sum);
        }
      }
    }
    if (b_ != nullptr && b_->cols() < many_sides) {
      add_adjoint(piece, share, worker);
    } else if (b_ != nullptr) {
      const double *tiles = nullptr;
      if constexpr (std::is_same_v<W, double>) tiles = packed;
      for (std::int64_t q = 0; q < count; q += piece_) {
        add_adjoint_by_tiles(piece.row_block(q, std::min(piece_, count - q)), tiles, share, worker);
      }
    }
    share.fresh = false;
  }
}

// A tile of G, on and above the diagonal alone.
template <class W>
void BlockGram::add_tile(std::int64_t i, std::int64_t j, std::int64_t rows, const W *packed, const double *scale,
                         bool first, View<double> sum) const {
  const std::int64_t d = g_.cols, height = std::min(side, d - i * side), width = std::min(side, d - j * side);
  const W *left = packed + i * side * piece_of<W>(), *right = packed + j * side * piece_of<W>();
  double *target = sum.col(j * side) + i * side;
  const auto product = simd::tile_product(W());
  if constexpr (std::is_same_v<W, double>) {
    // The kernel fills whole strips.
    if (i < j) {
      product(rows, height, width, left, right, !first, false, target, sum.ld);
      return;
    }
  }
  alignas(64) std::array<W, static_cast<std::size_t>(side * side)> tile;
  product(rows, height, width, left, right, false, i == j, tile.data(), side);
  std::array<double, static_cast<std::size_t>(side)> unscale;  // exact, powers of two
  for (std::int64_t r = 0; r < height; ++r) {
    unscale[static_cast<std::size_t>(r)] = std::is_same_v<W, double> ? 1 : 1 / scale[i * side + r];
  }
  for (std::int64_t c = 0; c < width; ++c) {
    double *to = target + c * sum.ld;
    const W *from = tile.data() + c * side;
    const double factor = std::is_same_v<W, double> ? 1 : 1 / scale[j * side + c];
    const std::int64_t stop = i == j ? c + 1 : height;
    if (first) std::fill_n(to, stop, 0.0);
    for (std::int64_t r = 0; r < stop; ++r) {
      to[r] += static_cast<double>(from[r]) * factor * unscale[static_cast<std::size_t>(r)];
    }
  }
}

// While the rows are in cache.
template <class T>
void BlockGram::add_adjoint(const Panel<T> &rows, const Share &share, int worker) {
  const auto &products = simd::block_products<T>();
  const std::int64_t begin = share.first * side, cols = std::min(g_.cols, share.end * side) - begin;
  Buffer<double> &column = sides_[static_cast<std::size_t>(worker)].columns;
  if (column.size() == 0) column = Buffer<double>(piece_of<float>());
  for (std::int64_t c = 0; c < share.atb.cols; ++c) {
    b_->load(rows.first_row, rows.rows, c, column.data());
    double *z = share.atb.col(c) + begin;
    if (rows.row_major()) {
      products.add_lines(cols, rows.rows, &rows(0, begin), rows.row_stride, column.data(), 1.0, z, {});
    } else {
      products.dot_lines(rows.rows, cols, &rows(0, begin), rows.col_stride, column.data(), 1.0, z, {});
    }
  }
}

// In double in any case. `tiles` has the rows packed; null: they are not, and each tile is made for this.
template <class T>
void BlockGram::add_adjoint_by_tiles(const Panel<T> &rows, const double *tiles, const Share &share, int worker) {
  Sides &own = sides_[static_cast<std::size_t>(worker)];
  if (own.columns.size() == 0) {
    const std::int64_t most = std::min(side, share.atb.cols);
    own.columns = Buffer<double>(checked_product(piece_, most));
    own.packed = Buffer<double>(checked_product(piece_, side));
  }
  if (tiles == nullptr && own.left.size() == 0) own.left = Buffer<double>(checked_product(piece_, side));
  const auto product = simd::tile_product(double());
  for (std::int64_t c = 0; c < share.atb.cols; c += side) {
    const std::int64_t width = std::min(side, share.atb.cols - c);
    for (std::int64_t q = 0; q < width; ++q) {
      b_->load(rows.first_row, rows.rows, c + q, own.columns.data() + q * piece_);
    }
    simd::strip_pack(double(), double())(rows.rows, width, own.columns.data(), 1, piece_, nullptr, own.packed.data());
    for (std::int64_t j = share.first; j < share.end; ++j) {
      const std::int64_t height = std::min(side, g_.cols - j * side);
      if (tiles == nullptr) pack_strips(rows, j * side, height, nullptr, own.left.data());
      const double *left = tiles == nullptr ? own.left.data() : tiles + j * side * piece_;
      // The kernel fills whole strips, and what is below the last one is another task's.
      alignas(64) std::array<double, static_cast<std::size_t>(side * side)> tile;
      product(rows.rows, height, width, left, own.packed.data(), false, false, tile.data(), side);
      for (std::int64_t q = 0; q < width; ++q) {
        double *to = share.atb.col(c + q) + j * side;
        const double *from = tile.data() + q * side;
        for (std::int64_t r = 0; r < height; ++r) to[r] += from[r];
      }
    }
  }
}

void BlockGram::flush() {
  if (parts_ == 1 || std::all_of(fresh_.begin(), fresh_.end(), [](char fresh) { return fresh != 0; })) return;
  const std::int64_t d = g_.cols;
  const auto for_each_part = [&](const auto &visit) {
    for (std::int64_t part = 0; part < parts_; ++part) {
      if (fresh_[static_cast<std::size_t>(part)] == 0) visit(part);
    }
  };
  const std::int64_t first = groups_.front(), end = groups_.back();  // tiles
  const auto add_columns = [&](std::int64_t task, int) {
    for (std::int64_t j = (first + task) * side; j < std::min(d, (first + task + 1) * side); ++j) {
      for_each_part([&](std::int64_t part) {
        const double *from = partial_.col(part * d + j);
        for (std::int64_t i = 0; i <= j; ++i) g_(i, j) += from[i];
      });
    }
  };
  run_.parallel(end - first, add_columns, static_cast<double>(parts_ * d * d) / 2 / sums_a_second);
  for (std::int64_t c = 0; b_ != nullptr && c < atb_.cols; ++c) {
    for_each_part([&](std::int64_t part) {
      const double *from = partial_atb_.col(part * atb_.cols + c);
      for (std::int64_t i = first * side; i < std::min(d, end * side); ++i) atb_(i, c) += from[i];
    });
  }
  std::fill(fresh_.begin(), fresh_.end(), char(1));
}

}  // namespace akr
