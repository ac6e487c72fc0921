// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/gaussian.hpp"

#include <algorithm>
#include <type_traits>

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

void Gaussian::block(Run &run, std::int64_t first_row, std::int64_t first_col, View<double> out) const {
  const View<const double> p = kernel_.packed();
  if (!kernel_.is_narrow()) {
    linalg::gemm(Op::transpose, Op::none, 1.0, p.columns(first_row, out.rows), p.columns(first_col, out.cols), 0.0,
                 out);
  }
  run.parallel((out.cols + stripe - 1) / stripe, [&](std::int64_t task, int) {
    for (std::int64_t c = task * stripe; c < std::min(out.cols, (task + 1) * stripe); ++c) {
      if (kernel_.is_narrow()) kernel_.exponents(first_row, out.rows, first_col + c, out.col(c));
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

std::int64_t Gaussian::storage_bytes(std::int64_t n, int bits) {
  const std::int64_t tiles = (n + tile_size - 1) / tile_size;
  return tiles * (tiles + 1) / 2 * tile_size * tile_size * bits / 8;
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

void Gaussian::store(Run &run, int bits) {
  drop();
  std::vector<Array2<double>> tiles;
  std::vector<Array2<float>> single_tiles;
  const std::int64_t side = bits == 32 ? std::min(tile_size, size()) : 0;
  Array2<double> made(side, side);
  for_each_tile([&](std::size_t, std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t cols) {
    if (bits == 64) {
      tiles.emplace_back(rows, cols);
      block(run, i, j, tiles.back().view());
    } else {
      const View<double> t(made.data(), rows, cols, made.ld());
      block(run, i, j, t);
      single_tiles.emplace_back(rows, cols);
      const View<float> kept = single_tiles.back().view();
      run.parallel((cols + stripe - 1) / stripe, [&](std::int64_t task, int) {
        for (std::int64_t c = task * stripe; c < std::min(cols, (task + 1) * stripe); ++c) {
          for (std::int64_t k = 0; k < rows; ++k) kept(k, c) = static_cast<float>(t(k, c));
        }
      });
    }
    run.poll();
  });
  tiles_ = std::move(tiles);
  single_tiles_ = std::move(single_tiles);
}

void Gaussian::drop() {
  tiles_.clear();
  single_tiles_.clear();
}

template <class MakeTile>
void Gaussian::product_by(Run &run, View<const double> x, View<double> y, const MakeTile &make) const {
  for (std::int64_t c = 0; c < y.cols; ++c) std::fill_n(y.col(c), y.rows, 0.0);
  const std::int64_t side = std::min(tile_size, size());
  Array2<double> partial(side, (side + stripe - 1) / stripe * std::max<std::int64_t>(x.cols, 1));
  for_each_tile([&](std::size_t number, std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t cols) {
    multiply(run, make(number, i, j, rows, cols), i, j, x, y, partial);
    run.poll();
  });
}

void Gaussian::product(Run &run, View<const double> x, View<double> y) const {
  if (stored_bits() == 64) return stored_product(run, x, y);
  const std::int64_t side = std::min(tile_size, size());
  Array2<double> tile(side, side);
  product_by(run, x, y, [&](std::size_t, std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t cols) {
    const View<double> t(tile.data(), rows, cols, tile.ld());
    block(run, i, j, t);
    return View<const double>(t);
  });
}

void Gaussian::stored_product(Run &run, View<const double> x, View<double> y) const {
  if (stored_bits() == 64) {
    product_by(run, x, y, [&](std::size_t number, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
      return View<const double>(tiles_[number].view());
    });
    return;
  }
  product_by(run, x, y, [&](std::size_t number, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
    return View<const float>(single_tiles_[number].view());
  });
}

// y_I += T x_J and, off the diagonal, y_J += Tᵀ x_I. Stripes are fixed: sums do not depend on the number of threads.
// The vectors stay in double beside tiles in single.
template <class T>
void Gaussian::multiply(Run &run, View<const T> t, std::int64_t i, std::int64_t j, View<const double> x, View<double> y,
                        Array2<double> &partial) const {
  if constexpr (std::is_same_v<T, double>) {
    if (x.cols >= gemm_columns) {
      linalg::gemm(Op::none, Op::none, 1.0, t, x.block(j, t.cols, 0, x.cols), 1.0, y.block(i, t.rows, 0, y.cols));
      if (i == j) return;
      linalg::gemm(Op::transpose, Op::none, 1.0, t, x.block(i, t.rows, 0, x.cols), 1.0, y.block(j, t.cols, 0, y.cols));
      return;
    }
  } else if (x.cols >= gemm_columns) {
    Array2<double> wide(t.rows, t.cols);
    run.parallel((t.cols + stripe - 1) / stripe, [&](std::int64_t task, int) {
      for (std::int64_t c = task * stripe; c < std::min(t.cols, (task + 1) * stripe); ++c) {
        std::copy_n(t.col(c), t.rows, wide.col(c));
      }
    });
    multiply(run, View<const double>(wide.view()), i, j, x, y, partial);
    return;
  }
  const std::int64_t stripes = (t.cols + stripe - 1) / stripe;
  const auto &products = simd::block_products<T>();
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
