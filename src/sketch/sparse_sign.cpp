// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/sparse_sign.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "simd/sketch_kernels.hpp"
#include "sketch/pack.hpp"

namespace akr {

using simd::negative_bit;

namespace {

constexpr std::int64_t most_entries = std::int64_t{1} << 19;  // nonzeros of S held at a time: 2 MiB
constexpr std::int64_t kernel_share = 1 << simd::sum_bits;    // rows of S whose sums stay in the first-level cache

// Rows of A whose copy of `width` columns stays in the second-level cache (512 KiB of double). With many rows of S a
// larger block: loading and storing the sums must not outweigh the additions.
std::int64_t cache_rows(std::int64_t width, std::int64_t sketch_rows) {
  std::int64_t rows = 65536 / width;
  while (rows < sketch_rows / 2 && rows < 32768) rows *= 2;
  return rows;
}

}  // namespace

SparseSignSketch::SparseSignSketch(const SketchSpec &spec)
    : Sketch(spec), scale_(1.0 / std::sqrt(static_cast<double>(spec.nonzeros))) {}

// Floyd's sampling of ζ out of m: the t-th draw is uniform on {0, …, j} with j = m − ζ + t, and j itself takes the
// place of a draw seen before. The sign is the word's lowest bit, which is independent of its product's upper half up
// to m·2⁻³².
void SparseSignSketch::column(std::int64_t row, std::uint32_t *positions) const noexcept {
  const RandomStream stream(spec().seed, Purpose::sparse_sign);
  const int nonzeros = spec().nonzeros;
  const auto m = static_cast<std::uint32_t>(spec().sketch_rows);
  const std::uint64_t calls = (static_cast<std::uint64_t>(nonzeros) + 3) / 4;
  std::array<std::uint32_t, 4> words{};
  for (int t = 0; t < nonzeros; ++t) {
    if (t % 4 == 0) words = stream.words(static_cast<std::uint64_t>(row) * calls + static_cast<std::uint64_t>(t / 4));
    const std::uint32_t word = words[static_cast<std::size_t>(t % 4)];
    const std::uint32_t last = m - static_cast<std::uint32_t>(nonzeros) + static_cast<std::uint32_t>(t);
    std::uint32_t position = RandomStream::below(word, last + 1);
    for (int s = 0; s < t; ++s) {
      if ((positions[s] & ~negative_bit) == position) {
        position = last;
        break;
      }
    }
    positions[t] = position | ((word & 1) << 31);
  }
}

// Counting sort of the block's nonzeros by their share of the rows of S; rows of A stay in order within a share.
void SparseSignSketch::build_lists(const SignLists &range, int share_bits, std::uint32_t *first,
                                   std::uint32_t *entries) const {
  const std::int64_t shares = ((spec().sketch_rows - 1) >> share_bits) + 1;
  const std::int64_t nonzeros = spec().nonzeros;
  const std::int64_t rows = range.end - range.begin;
  Buffer<std::uint32_t> drawn(rows * nonzeros);
  std::fill(first, first + shares + 1, 0u);
  for (std::int64_t i = 0; i < rows; ++i) {
    std::uint32_t *positions = drawn.data() + i * nonzeros;
    column(range.begin + i, positions);
    for (std::int64_t t = 0; t < nonzeros; ++t) ++first[(positions[t] & ~negative_bit) >> share_bits];
  }
  std::uint32_t before = 0;
  for (std::int64_t k = 0; k <= shares; ++k) before += std::exchange(first[k], before);
  // Filling moves first[k] on to where share k ends, that is, to where share k + 1 begins.
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t t = 0; t < nonzeros; ++t) {
      const std::uint32_t sign = drawn[i * nonzeros + t] & negative_bit;
      const std::uint32_t position = drawn[i * nonzeros + t] & ~negative_bit;
      const std::uint32_t k = position >> share_bits;
      entries[first[k]++] = simd::make_entry(sign, position - (k << share_bits), static_cast<std::uint32_t>(i));
    }
  }
  std::copy_backward(first, first + shares, first + shares + 1);
  first[0] = 0;
}

void SparseSignSketch::for_each_lists(
    Run &run, std::int64_t begin, std::int64_t end, std::int64_t block_rows, int share_bits,
    const std::function<void(const SignLists *lists, std::int64_t count)> &visit) const {
  const std::int64_t places = ((spec().sketch_rows - 1) >> share_bits) + 2;
  const std::int64_t nonzeros = spec().nonzeros;
  const std::int64_t most_rows = std::max<std::int64_t>(most_entries / nonzeros, 1);
  const std::int64_t rows = std::min({block_rows, most_rows, std::max<std::int64_t>(end - begin, 1)});
  const std::int64_t blocks = std::max<std::int64_t>(std::min(most_rows / rows, most_entries / places), 1);
  const std::int64_t count = std::min(blocks, (end - begin + rows - 1) / rows);
  Buffer<std::uint32_t> first(checked_product(count, places));
  Buffer<std::uint32_t> entries(checked_product(count * rows, nonzeros));
  std::vector<SignLists> lists(static_cast<std::size_t>(count));
  while (begin < end) {
    const std::int64_t now = std::min(count, (end - begin + rows - 1) / rows);
    run.parallel(now, [&](std::int64_t block, int) {
      std::uint32_t *own_first = first.data() + block * places;
      std::uint32_t *own_entries = entries.data() + block * rows * nonzeros;
      SignLists &list = lists[static_cast<std::size_t>(block)];
      list.begin = begin + block * rows;
      list.end = std::min(list.begin + rows, end);
      list.first = own_first;
      list.entries = own_entries;
      build_lists(list, share_bits, own_first, own_entries);
    });
    visit(lists.data(), now);
    begin += now * rows;
  }
}

// A task owns some columns and some shares of the rows of S, and adds the rows of A up in their order: no bit of the
// result depends on how the columns, the rows of S or the rows of A are parted.
template <class T>
void SparseSignSketch::accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const {
  const std::int64_t m = spec().sketch_rows;
  const bool wide = panel.cols > 8;
  const std::int64_t width = wide ? 16 : 8;
  // A visit to a row of a row-major panel costs a page walk: it fetches the columns of two slabs.
  const std::int64_t group = panel.row_major() && wide ? 2 * width : width;
  const std::int64_t groups = (panel.cols + group - 1) / group;
  const std::int64_t shares = (m + kernel_share - 1) / kernel_share;
  const std::int64_t parts =
      std::clamp<std::int64_t>(2 * run.team().size() / groups, 1, std::min<std::int64_t>(shares, 8));
  const auto visit = [&](const SignLists *lists, std::int64_t count) {
    run.parallel(groups * parts, [&](std::int64_t task, int) {
      const std::int64_t col = task / parts * group;
      const Tile tile{col, std::min(group, panel.cols - col), width, shares * (task % parts) / parts,
                      shares * (task % parts + 1) / parts};
      add_tile(panel, tile, lists, count, sa);
    });
  };
  for_each_lists(run, panel.first_row, panel.first_row + panel.rows, cache_rows(width, m), simd::sum_bits, visit);
}

template <class T>
void SparseSignSketch::add_tile(const Panel<T> &panel, const Tile &tile, const SignLists *lists, std::int64_t count,
                                View<double> sa) const {
  const simd::SignedSums<T> signed_sums = simd::signed_sums<T>(tile.width == 16);
  const std::int64_t slabs = (tile.cols + tile.width - 1) / tile.width;
  const std::int64_t top = tile.first_share * kernel_share;
  const std::int64_t rows = std::min(tile.last_share * kernel_share, spec().sketch_rows) - top;
  const View<double> target = sa.block(top, rows, tile.col, tile.cols);
  Buffer<double> sums(rows * tile.width * slabs);
  Buffer<T> block((lists[0].end - lists[0].begin) * tile.width * slabs);
  pack_by_rows(Panel<double>{target.data, 0, rows, tile.cols, 1, target.ld}, 0, rows, 0, tile.cols, tile.width,
               sums.data());
  for (std::int64_t k = 0; k < count; ++k) {
    const SignLists &list = lists[k];
    const std::int64_t block_rows = list.end - list.begin;
    pack_by_rows(panel, list.begin - panel.first_row, block_rows, tile.col, tile.cols, tile.width, block.data());
    for (std::int64_t slab = 0; slab < slabs; ++slab) {
      double *sum = sums.data() + slab * rows * tile.width;
      for (std::int64_t s = tile.first_share; s < tile.last_share; ++s, sum += kernel_share * tile.width) {
        signed_sums(list.first[s + 1] - list.first[s], list.entries + list.first[s],
                    block.data() + slab * block_rows * tile.width, scale_, sum);
      }
    }
  }
  for (std::int64_t slab = 0; slab < slabs; ++slab) {
    const Panel<double> by_rows{sums.data() + slab * rows * tile.width, 0, rows, tile.width, tile.width, 1};
    const std::int64_t col = slab * tile.width;
    pack_by_columns(by_rows, 0, rows, 0, std::min(tile.width, tile.cols - col), target.ld, target.col(col));
  }
}

void SparseSignSketch::accumulate(Run &run, const AnyPanel &panel, View<double> sa) const {
  std::visit(
      [&](const auto &p) {
        if (p.rows > 0 && p.cols > 0) accumulate_panel(run, p, sa);
      },
      panel);
}

void SparseSignSketch::apply_transpose(Run &run, View<const double> x, View<double> y) const {
  constexpr std::int64_t chunk = 4096;
  const std::int64_t nonzeros = spec().nonzeros;
  run.parallel((y.rows + chunk - 1) / chunk, [&](std::int64_t task, int) {
    std::vector<std::uint32_t> positions(static_cast<std::size_t>(nonzeros));
    const std::int64_t end = std::min((task + 1) * chunk, y.rows);
    for (std::int64_t i = task * chunk; i < end; ++i) {
      column(i, positions.data());
      for (std::int64_t j = 0; j < y.cols; ++j) {
        double sum = 0;
        for (const std::uint32_t word : positions) {
          const double value = x(static_cast<std::int64_t>(word & ~negative_bit), j);
          sum += (word & negative_bit) != 0 ? -value : value;
        }
        y(i, j) = scale_ * sum;
      }
    }
  });
}

}  // namespace akr
