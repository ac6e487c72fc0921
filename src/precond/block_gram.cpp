// SPDX-License-Identifier: BSD-3-Clause
#include "precond/block_gram.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "matrix/tile_pack.hpp"
#include "simd/dispatch.hpp"
#include "simd/tile_kernels.hpp"

namespace akr {

namespace {

constexpr std::int64_t side = tile_side;
// Fewer columns do not fill a strip.
constexpr std::int64_t least_cols = 8;
// With AVX2 on a Zen 3 2 times as quick as dsyrk at d = 30 and 64, 1.3 at 100, 1.1 at 200, 0.95 at 500 (but 1.3 in
// single precision) and 0.9 from 1000 on; with AVX-512 on a Zen 5 ahead of it everywhere.
constexpr std::int64_t most_avx2_cols = 512;
// Parts of the rows: their sums are kept below a twentieth of A.
constexpr std::int64_t most_parts = 16;
constexpr std::int64_t rows_for_a_part = 20;  // and column
// Tasks are to be many beside the threads, but each group of columns packs those on its left once more.
constexpr std::int64_t wanted_tasks = 8;
constexpr std::int64_t most_groups = 8;
// What a task packs at once stays in its second-level cache while A has few columns.
constexpr std::int64_t piece_entries = 1 << 18;
constexpr std::int64_t most_piece_rows = 256;
constexpr std::int64_t least_piece_rows = 128;
// Tiles that stay in the second-level cache while those on their left come and go.
constexpr std::int64_t tiles_together = 4;
// Flops of AᵀA between two reports of progress.
constexpr double add_flops = 50e9;

std::int64_t parts_for(std::int64_t rows, std::int64_t cols) {
  const std::int64_t most = std::min(rows / (rows_for_a_part * std::max<std::int64_t>(cols, 1)), most_parts);
  std::int64_t parts = 1;
  while (2 * parts <= most) parts *= 2;
  return parts;
}
std::vector<std::int64_t> groups_for(std::int64_t cols, std::int64_t parts) {
  const std::int64_t across = tiles_across(cols);
  const std::int64_t count = std::clamp<std::int64_t>(wanted_tasks / parts, 1, std::min(most_groups, across));
  std::vector<std::int64_t> groups;
  for (std::int64_t q = 0; q <= count; ++q) {
    const double share = static_cast<double>(q) / static_cast<double>(count);
    groups.push_back(std::llround(static_cast<double>(across) * std::sqrt(share)));
  }
  return groups;
}
std::int64_t piece_rows(std::int64_t cols) {
  const std::int64_t in_cache = piece_entries / (tiles_across(cols) * side) / side * side;
  return std::clamp(in_cache, least_piece_rows, most_piece_rows);
}

}  // namespace

// Tiles [first, end) of G's columns, rows [begin, begin + count) of the panel.
struct BlockGram::Share {
  std::int64_t begin, count, first, end;
  View<double> sum, atb;
  bool fresh;
};

bool BlockGram::pays(std::int64_t cols) {
  const int lanes = simd::kernels().lanes;
  return cols >= least_cols && (lanes >= 8 || (lanes >= 4 && cols <= most_avx2_cols));
}

std::int64_t BlockGram::height(std::int64_t cols) {
  const double row = static_cast<double>(cols) * static_cast<double>(cols);
  return std::max(static_cast<std::int64_t>(add_flops / row), most_parts * most_piece_rows);
}

BlockGram::BlockGram(Run &run, View<double> g, const RightSides *b, View<double> atb, std::int64_t all_rows)
    : run_(run),
      g_(g),
      b_(b),
      atb_(atb),
      parts_(parts_for(all_rows, g.cols)),
      groups_(groups_for(g.cols, parts_)),
      piece_(std::min(piece_rows(g.cols), (all_rows + side - 1) / side * side)),
      fresh_(static_cast<std::size_t>(parts_), 1) {
  const std::int64_t workers = run.team().size();
  packed_ = Buffer<double>(checked_product(workers * tiles_across(g.cols) * side, piece_));
  if (b != nullptr) side_ = Buffer<double>(workers * piece_of<float>());
  if (parts_ == 1) return;
  partial_ = Array2<double>(g.rows, g.cols * parts_);
  if (b != nullptr) partial_atb_ = Array2<double>(atb.rows, atb.cols * parts_);
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
  const std::int64_t pieces = (rows.rows + piece_ - 1) / piece_, taken = std::min(parts_, pieces);
  const std::int64_t groups = static_cast<std::int64_t>(groups_.size()) - 1;
  const auto part_of = [&](std::int64_t k) { return (turn_ + k) % parts_; };
  const auto first_row = [&](std::int64_t k) { return std::min(rows.rows, rows.rows * k / taken / side * side); };
  run_.parallel(taken * groups, [&](std::int64_t task, int worker) {
    const std::int64_t k = task / groups, part = part_of(k);
    const auto group = static_cast<std::size_t>(task % groups);
    Share share;
    share.begin = first_row(k);
    share.count = (k + 1 < taken ? first_row(k + 1) : rows.rows) - share.begin;
    share.first = groups_[group];
    share.end = groups_[group + 1];
    share.sum = parts_ > 1 ? partial_.view().columns(part * g_.cols, g_.cols) : g_;
    if (b_ != nullptr) share.atb = parts_ > 1 ? partial_atb_.view().columns(part * atb_.cols, atb_.cols) : atb_;
    share.fresh = parts_ > 1 && fresh_[static_cast<std::size_t>(part)] != 0;
    add_share<W>(rows, scale, share, worker);
  });
  for (std::int64_t k = 0; k < taken; ++k) fresh_[static_cast<std::size_t>(part_of(k))] = 0;
  turn_ = part_of(taken);
}

template <class W, class T>
void BlockGram::add_share(const Panel<T> &rows, const double *scale, const Share &share, int worker) {
  const std::int64_t d = g_.cols, begin = share.first * side, end = std::min(d, share.end * side);
  for (std::int64_t c = 0; share.fresh && c < share.atb.cols; ++c) {
    std::fill_n(share.atb.col(c) + begin, end - begin, 0.0);
  }
  W *packed = reinterpret_cast<W *>(packed_.data() + worker * tiles_across(d) * side * piece_);
  const std::int64_t most = piece_of<W>();
  for (std::int64_t r = 0; r < share.count; r += most) {
    const std::int64_t count = std::min(most, share.count - r);
    const Panel<T> piece = rows.row_block(share.begin + r, count);
    for (std::int64_t block = 0; block < share.end; block += tiles_together) {
      const std::int64_t stop = std::min(block + tiles_together, share.end);
      for (std::int64_t j = block; j < stop; ++j) {
        pack_strips(piece, j * side, std::min(side, d - j * side), scale, packed + j * side * most);
      }
      for (std::int64_t i = 0; stop > share.first && i < stop; ++i) {
        for (std::int64_t j = std::max({i, block, share.first}); j < stop; ++j) {
          add_tile(i, j, count, packed, scale, share.fresh && r == 0, share.sum);
        }
      }
    }
    if (b_ != nullptr) add_adjoint(piece, share, side_.data() + worker * piece_of<float>());
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
void BlockGram::add_adjoint(const Panel<T> &rows, const Share &share, double *side_rows) {
  const auto &products = simd::block_products<T>();
  const std::int64_t begin = share.first * side, cols = std::min(g_.cols, share.end * side) - begin;
  for (std::int64_t c = 0; c < share.atb.cols; ++c) {
    b_->load(rows.first_row, rows.rows, c, side_rows);
    double *z = share.atb.col(c) + begin;
    if (rows.row_major()) {
      products.add_lines(cols, rows.rows, &rows(0, begin), rows.row_stride, side_rows, 1.0, z, {});
    } else {
      products.dot_lines(rows.rows, cols, &rows(0, begin), rows.col_stride, side_rows, 1.0, z, {});
    }
  }
}

void BlockGram::flush() {
  if (parts_ == 1) return;
  const std::int64_t d = g_.cols;
  const auto for_each_part = [&](const auto &visit) {
    for (std::int64_t part = 0; part < parts_; ++part) {
      if (fresh_[static_cast<std::size_t>(part)] == 0) visit(part);
    }
  };
  run_.parallel(tiles_across(d), [&](std::int64_t task, int) {
    for (std::int64_t j = task * side; j < std::min(d, (task + 1) * side); ++j) {
      for_each_part([&](std::int64_t part) {
        const double *from = partial_.col(part * d + j);
        for (std::int64_t i = 0; i <= j; ++i) g_(i, j) += from[i];
      });
    }
  });
  for (std::int64_t c = 0; b_ != nullptr && c < atb_.cols; ++c) {
    for_each_part([&](std::int64_t part) {
      const double *from = partial_atb_.col(part * atb_.cols + c);
      for (std::int64_t i = 0; i < d; ++i) atb_(i, c) += from[i];
    });
  }
  std::fill(fresh_.begin(), fresh_.end(), char(1));
}

}  // namespace akr
