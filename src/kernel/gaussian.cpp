// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/gaussian.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernel/symmetric_sweep.hpp"
#include "linalg/blas.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

namespace {

// Of the tile at (i, j), i ≤ j, by columns of tiles.
std::size_t tile_number(std::int64_t i, std::int64_t j) {
  const std::int64_t p = i / sweep_tile, q = j / sweep_tile;
  return static_cast<std::size_t>(q * (q + 1) / 2 + p);
}

void nothing_to_tell(double) {}

}  // namespace

Gaussian::Gaussian(const Kernel &kernel)
    : SymmetricOperator(kernel.points()), kernel_(kernel), log_d_(std::max<std::int64_t>(kernel.points(), 1)) {
  const View<const double> p = kernel.packed();
  for (std::int64_t i = 0; i < p.cols; ++i) {
    const double norm = linalg::norm2(p.col(i), p.rows);
    log_d_[i] = norm * norm / 2;
    largest_ = std::max(largest_, log_d_[i]);
  }
}

std::vector<double> Gaussian::centred_directions(View<double> out) const {
  const View<const double> p = kernel_.packed();
  std::vector<double> mean(static_cast<std::size_t>(p.rows), 0.0), square(static_cast<std::size_t>(p.cols), 0.0);
  for (std::int64_t i = 0; i < p.cols; ++i) {
    linalg::axpy(1 / static_cast<double>(p.cols), p.col(i), mean.data(), p.rows);
  }
  for (std::int64_t i = 0; i < p.cols; ++i) {
    for (std::int64_t k = 0; k < p.rows; ++k) out(k, i) = p(k, i) - mean[static_cast<std::size_t>(k)];
    const double norm = linalg::norm2(out.col(i), p.rows);
    square[static_cast<std::size_t>(i)] = norm * norm;
    for (std::int64_t k = 0; k < p.rows && norm > 0; ++k) out(k, i) /= norm;
  }
  return square;
}

void Gaussian::diagonal(Run &, double *out) const { std::fill_n(out, size(), 1.0); }

void Gaussian::block(const double *minus_log, std::int64_t first_row, std::int64_t first_col, View<double> out) const {
  kernel_.exponents(first_row, kernel_.packed().columns(first_col, out.cols), out);
  for (std::int64_t c = 0; c < out.cols; ++c) {
    simd::exp_kernels().gaussian(out.rows, out.col(c), minus_log + first_row, minus_log[first_col + c]);
    const std::int64_t diagonal = first_col + c - first_row;
    if (diagonal >= 0 && diagonal < out.rows) out(diagonal, c) = 1;
  }
}

void Gaussian::columns(Run &run, const std::int64_t *index, std::int64_t count, View<double> out) const {
  const View<const double> p = kernel_.packed();
  Array2<double> chosen(p.rows, count);
  for (std::int64_t c = 0; c < count; ++c) std::copy_n(p.col(index[c]), p.rows, chosen.col(c));
  const std::int64_t down = (out.rows + sweep_tile - 1) / sweep_tile;
  const std::int64_t across = (count + sweep_block - 1) / sweep_block;
  run.parallel(down * across, [&](std::int64_t task, int) {
    const std::int64_t c = task / down * sweep_block, width = std::min(sweep_block, count - c);
    const std::int64_t first = task % down * sweep_tile, end = std::min(out.rows, first + sweep_tile);
    for (std::int64_t i = first; i < end; i += sweep_block) {
      const View<double> b = out.block(i, std::min(sweep_block, end - i), c, width);
      kernel_.exponents(i, View<const double>(chosen.view()).columns(c, width), b);
      for (std::int64_t k = 0; k < width; ++k) {
        simd::exp_kernels().gaussian(b.rows, b.col(k), log_d_.data() + i, log_d_[index[c + k]]);
      }
    }
  });
  for (std::int64_t c = 0; c < count; ++c) out(index[c], c) = 1;
}

std::int64_t Gaussian::storage_bytes(std::int64_t n, int bits) {
  const std::int64_t tiles = (n + sweep_tile - 1) / sweep_tile;
  return tiles * (tiles + 1) / 2 * sweep_tile * sweep_tile * bits / 8;
}

void Gaussian::store(Run &run, int bits) {
  drop();
  bits == 32 ? store_tiles(run, single_tiles_) : store_tiles(run, tiles_);
}

template <class T>
void Gaussian::store_tiles(Run &run, std::vector<Array2<T>> &tiles) const {
  std::vector<Array2<T>> made;
  std::vector<std::pair<std::int64_t, std::int64_t>> at;
  for (std::int64_t j = 0; j < size(); j += sweep_tile) {
    for (std::int64_t i = 0; i <= j; i += sweep_tile) {
      made.emplace_back(std::min(sweep_tile, size() - i), std::min(sweep_tile, size() - j));
      at.emplace_back(i, j);
    }
  }
  run.parallel(static_cast<std::int64_t>(made.size()), [&](std::int64_t task, int) {
    const auto [i, j] = at[static_cast<std::size_t>(task)];
    const View<T> tile = made[static_cast<std::size_t>(task)].view();
    alignas(64) std::array<double, static_cast<std::size_t>(sweep_block * sweep_block)> scratch;
    for (std::int64_t q = 0; q < tile.cols; q += sweep_block) {
      for (std::int64_t p = 0; p < tile.rows; p += sweep_block) {
        const View<T> kept =
            tile.block(p, std::min(sweep_block, tile.rows - p), q, std::min(sweep_block, tile.cols - q));
        const View<double> b(scratch.data(), kept.rows, kept.cols, kept.rows);
        block(log_d_.data(), i + p, j + q, b);
        for (std::int64_t c = 0; c < b.cols; ++c) {
          for (std::int64_t k = 0; k < b.rows; ++k) kept(k, c) = static_cast<T>(b(k, c));
        }
      }
    }
  });
  tiles = std::move(made);
}

void Gaussian::drop() {
  tiles_.clear();
  single_tiles_.clear();
}

template <class T>
void Gaussian::tiles_product(Run &run, const std::vector<Array2<T>> &tiles, View<const double> x,
                             View<double> y) const {
  symmetric_sweep<T>(
      run, size(), x, y,
      [&](std::int64_t i, std::int64_t rows, std::int64_t j, std::int64_t cols, T *) {
        return tiles[tile_number(i, j)].view().block(i % sweep_tile, rows, j % sweep_tile, cols);
      },
      nothing_to_tell);
}

void Gaussian::product(Run &run, View<const double> x, View<double> y) const {
  if (stored_bits() == 64) return tiles_product(run, tiles_, x, y);
  symmetric_sweep<double>(
      run, size(), x, y,
      [&](std::int64_t i, std::int64_t rows, std::int64_t j, std::int64_t cols, double *scratch) {
        const View<double> b(scratch, rows, cols, rows);
        block(log_d_.data(), i, j, b);
        return b;
      },
      nothing_to_tell);
}

void Gaussian::stored_product(Run &run, View<const double> x, View<double> y) const {
  stored_bits() == 64 ? tiles_product(run, tiles_, x, y) : tiles_product(run, single_tiles_, x, y);
}

}  // namespace akr
