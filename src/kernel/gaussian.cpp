// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/gaussian.hpp"

#include <algorithm>

#include "linalg/blas.hpp"
#include "simd/dispatch.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr std::int64_t tile_size = 512;
constexpr std::int64_t stripe = 64;
constexpr std::int64_t gemm_columns = 4;

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

void Gaussian::diagonal(Run &, double *out) const { std::fill_n(out, size(), 1.0); }

void Gaussian::block(Run &run, std::int64_t first_row, std::int64_t first_col, View<double> out) const {
  const View<const double> p = kernel_.packed();
  linalg::gemm(Op::transpose, Op::none, 1.0, p.columns(first_row, out.rows), p.columns(first_col, out.cols), 0.0, out);
  run.parallel((out.cols + stripe - 1) / stripe, [&](std::int64_t task, int) {
    for (std::int64_t c = task * stripe; c < std::min(out.cols, (task + 1) * stripe); ++c) {
      simd::exp_kernels().gaussian(out.rows, out.col(c), log_d_.data() + first_row, log_d_[first_col + c]);
      const std::int64_t diagonal = first_col + c - first_row;
      if (diagonal >= 0 && diagonal < out.rows) out(diagonal, c) = 1;
    }
  });
}

void Gaussian::columns(Run &run, const std::int64_t *index, std::int64_t count, View<double> out) const {
  const View<const double> p = kernel_.packed();
  Array2<double> chosen(p.rows, count);
  for (std::int64_t c = 0; c < count; ++c) std::copy_n(p.col(index[c]), p.rows, chosen.col(c));
  linalg::gemm(Op::transpose, Op::none, 1.0, p, View<const double>(chosen.view()), 0.0, out);
  // By pieces of columns, so that a few long ones occupy all threads.
  constexpr std::int64_t piece = 4096;
  const std::int64_t pieces = (out.rows + piece - 1) / piece;
  run.parallel(count * pieces, [&](std::int64_t task, int) {
    const std::int64_t c = task / pieces;
    const std::int64_t first = task % pieces * piece;
    simd::exp_kernels().gaussian(std::min(piece, out.rows - first), out.col(c) + first, log_d_.data() + first,
                                 log_d_[index[c]]);
  });
  for (std::int64_t c = 0; c < count; ++c) out(index[c], c) = 1;
}

std::int64_t Gaussian::storage_bytes(std::int64_t n) {
  const std::int64_t tiles = (n + tile_size - 1) / tile_size;
  return tiles * (tiles + 1) / 2 * tile_size * tile_size * 8;
}

template <class Visit>
void Gaussian::for_each_tile(const Visit &visit) const {
  std::size_t number = 0;
  for (std::int64_t j = 0; j < size(); j += tile_size) {
    for (std::int64_t i = 0; i <= j; i += tile_size) {
      visit(number++, i, j, std::min(tile_size, size() - i), std::min(tile_size, size() - j));
    }
  }
}

void Gaussian::store(Run &run) {
  std::vector<Array2<double>> tiles;
  for_each_tile([&](std::size_t, std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t cols) {
    tiles.emplace_back(rows, cols);
    block(run, i, j, tiles.back().view());
    run.poll();
  });
  tiles_ = std::move(tiles);
}

void Gaussian::product(Run &run, View<const double> x, View<double> y) const {
  for (std::int64_t c = 0; c < y.cols; ++c) std::fill_n(y.col(c), y.rows, 0.0);
  const std::int64_t side = std::min(tile_size, size());
  Array2<double> tile(stored() ? 0 : side, stored() ? 0 : side);
  Array2<double> partial(side, (side + stripe - 1) / stripe * std::max<std::int64_t>(x.cols, 1));
  for_each_tile([&](std::size_t number, std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t cols) {
    if (stored()) {
      multiply(run, tiles_[number].view(), i, j, x, y, partial);
    } else {
      const View<double> t(tile.data(), rows, cols, tile.ld());
      block(run, i, j, t);
      multiply(run, t, i, j, x, y, partial);
    }
    run.poll();
  });
}

// y_I += T x_J and, off the diagonal, y_J += Tᵀ x_I. Stripes are fixed: sums do not depend on the number of threads.
void Gaussian::multiply(Run &run, View<const double> t, std::int64_t i, std::int64_t j, View<const double> x,
                        View<double> y, Array2<double> &partial) const {
  if (x.cols >= gemm_columns) {
    linalg::gemm(Op::none, Op::none, 1.0, t, x.block(j, t.cols, 0, x.cols), 1.0, y.block(i, t.rows, 0, y.cols));
    if (i == j) return;
    linalg::gemm(Op::transpose, Op::none, 1.0, t, x.block(i, t.rows, 0, x.cols), 1.0, y.block(j, t.cols, 0, y.cols));
    return;
  }
  const std::int64_t stripes = (t.cols + stripe - 1) / stripe;
  const auto &products = simd::block_products<double>();
  run.parallel(stripes, [&](std::int64_t task, int) {
    const std::int64_t first = task * stripe;
    const std::int64_t count = std::min(stripe, t.cols - first);
    for (std::int64_t c = 0; c < x.cols; ++c) {
      double *sum = partial.col(task * x.cols + c);
      std::fill_n(sum, t.rows, 0.0);
      products.col_apply(t.rows, count, t.col(first), t.ld, x.col(c) + j + first, 1.0, sum);
      if (i != j) products.col_adjoint(t.rows, count, t.col(first), t.ld, x.col(c) + i, y.col(c) + j + first, 0);
    }
  });
  for (std::int64_t task = 0; task < stripes; ++task) {
    for (std::int64_t c = 0; c < x.cols; ++c) linalg::axpy(1.0, partial.col(task * x.cols + c), y.col(c) + i, t.rows);
  }
}

}  // namespace akr
