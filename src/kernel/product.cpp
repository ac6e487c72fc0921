// SPDX-License-Identifier: BSD-3-Clause
// K X by tiles of the upper half: exponents by a matrix product, their exponentials in place, then the products with X
// and, for the mirrored tile, the transposed ones. Costs n²d/2 multiplications, n²/2 exponentials, 2n² flops a column.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernel/kernel.hpp"
#include "kernel/online.hpp"
#include "kernel/range.hpp"
#include "linalg/blas.hpp"
#include "simd/dispatch.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

using linalg::Op;

namespace {

// Up to here no entry of K, nor a sum of 2³⁰ of them, leaves the range of a double.
constexpr double direct_exponent = 680;
constexpr std::int64_t tile_size = 512;
// Columns of a tile that one task takes; fixed, so that sums do not depend on the number of threads.
constexpr std::int64_t stripe = 64;
// From so many right-hand sides on, matrix products with a whole tile.
constexpr std::int64_t gemm_columns = 4;

class DirectProduct {
 public:
  DirectProduct(Run &run, const Kernel &k, View<const double> x, View<double> y)
      : run_(run),
        kernel_(k),
        p_(k.packed()),
        x_(x),
        y_(y),
        tile_(std::min(tile_size, p_.cols), std::min(tile_size, p_.cols)) {
    partial_ = Array2<double>(tile_.rows(), (tile_.cols() + stripe - 1) / stripe * std::max<std::int64_t>(x.cols, 1));
  }

  void run() {
    for (std::int64_t c = 0; c < y_.cols; ++c) std::fill_n(y_.col(c), y_.rows, 0.0);
    const std::int64_t n = p_.cols;
    double done = 0;
    for (std::int64_t j = 0; j < n; j += tile_size) {
      const std::int64_t cols = std::min(tile_size, n - j);
      for (std::int64_t i = 0; i <= j; i += tile_size) {
        const std::int64_t rows = std::min(tile_size, n - i);
        const View<double> t(tile_.data(), rows, cols, tile_.ld());
        if (!kernel_.is_narrow()) {
          linalg::gemm(Op::transpose, Op::none, 1.0, p_.columns(i, rows), p_.columns(j, cols), 0.0, t);
        }
        x_.cols >= gemm_columns ? by_gemm(t, i, j) : by_stripes(t, i, j);
        done += static_cast<double>(rows) * static_cast<double>(cols) * (i == j ? 1 : 2);
        run_.monitor().advance(done / (static_cast<double>(n) * static_cast<double>(n)));
        run_.poll();
      }
    }
  }

 private:
  // The entries of a column of the tile at (i, j).
  void make_column(View<double> t, std::int64_t i, std::int64_t j, std::int64_t c) const {
    if (kernel_.is_narrow()) kernel_.exponents(i, t.rows, j + c, t.col(c));
    simd::exp_functions<double>().exp(t.rows, t.col(c));
  }

  void by_stripes(View<double> t, std::int64_t i, std::int64_t j) {
    const std::int64_t stripes = (t.cols + stripe - 1) / stripe;
    const auto &products = simd::block_products<double>();
    run_.parallel(stripes, [&](std::int64_t task, int) {
      const std::int64_t first = task * stripe;
      const std::int64_t count = std::min(stripe, t.cols - first);
      for (std::int64_t c = first; c < first + count; ++c) make_column(t, i, j, c);
      for (std::int64_t c = 0; c < x_.cols; ++c) {
        double *partial = partial_.col(task * x_.cols + c);
        std::fill_n(partial, t.rows, 0.0);
        products.col_apply(t.rows, count, t.col(first), t.ld, x_.col(c) + j + first, 1.0, partial);
        if (i != j) products.col_adjoint(t.rows, count, t.col(first), t.ld, x_.col(c) + i, y_.col(c) + j + first, 0);
      }
    });
    for (std::int64_t task = 0; task < stripes; ++task) {
      for (std::int64_t c = 0; c < x_.cols; ++c) {
        linalg::axpy(1.0, partial_.col(task * x_.cols + c), y_.col(c) + i, t.rows);
      }
    }
  }

  void by_gemm(View<double> t, std::int64_t i, std::int64_t j) {
    run_.parallel((t.cols + stripe - 1) / stripe, [&](std::int64_t task, int) {
      for (std::int64_t c = task * stripe; c < std::min(t.cols, (task + 1) * stripe); ++c) make_column(t, i, j, c);
    });
    const View<const double> values = t;
    linalg::gemm(Op::none, Op::none, 1.0, values, x_.block(j, t.cols, 0, x_.cols), 1.0,
                 y_.block(i, t.rows, 0, y_.cols));
    if (i == j) return;
    linalg::gemm(Op::transpose, Op::none, 1.0, values, x_.block(i, t.rows, 0, x_.cols), 1.0,
                 y_.block(j, t.cols, 0, y_.cols));
  }

  Run &run_;
  const Kernel &kernel_;
  View<const double> p_;
  View<const double> x_;
  View<double> y_;
  Array2<double> tile_;
  Array2<double> partial_;
};

// Right-hand sides brought to a largest entry in [1, 2).
struct Normalised {
  Array2<double> x;
  std::vector<double> log_scale;
};

Normalised normalised(View<const double> x) {
  Normalised out{Array2<double>(x.rows, x.cols), std::vector<double>(static_cast<std::size_t>(x.cols), 0.0)};
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double largest = 0;
    for (std::int64_t i = 0; i < x.rows; ++i) largest = std::max(largest, std::fabs(x(i, c)));
    const int e = largest > 0 ? std::ilogb(largest) : 0;
    for (std::int64_t i = 0; i < x.rows; ++i) out.x(i, c) = std::ldexp(x(i, c), -e);
    out.log_scale[static_cast<std::size_t>(c)] = e * std::log(2.0);
  }
  return out;
}

// By rows, each with an exponent of its own.
Status online(Call &call, const Operand<double> &queries, const Kernel &k, bool normalize, View<const double> x,
              View<double> y) {
  const Normalised scaled = normalised(x);
  OnlineProblem<double> problem;
  problem.queries = queries;
  problem.keys = {k.packed(), Op::transpose};
  problem.values = {scaled.x.view(), Op::none};
  std::vector<double> log_row(static_cast<std::size_t>(y.rows), 0.0);
  online_sums<double>(call.run, problem, [&](const OnlineBlock<double> &block) {
    for (std::int64_t q = 0; q < block.sums.cols; ++q) {
      const double divisor = normalize && block.total[q] > 0 ? block.total[q] : 1;
      const bool none = !(block.total[q] > 0);
      if (!normalize && !none) log_row[static_cast<std::size_t>(block.first + q)] = block.maximum[q];
      for (std::int64_t c = 0; c < y.cols; ++c) y(block.first + q, c) = none ? 0 : block.sums(c, q) / divisor;
    }
  });
  return scale_out(call, k.bits(), log_row, scaled.log_scale, y);
}

}  // namespace

Status kernel_product(Call &call, const Kernel &k, View<const double> x, View<double> y) {
  const PhaseTimer timer(call.report, Key::seconds_iterate);
  call.run.monitor().phase("product");
  call.run.poll();
  call.report.set(Key::passes, std::int64_t{1});
  if (y.empty()) return Status::ok;
  if (k.largest_exponent() > direct_exponent) return online(call, {k.packed(), Op::transpose}, k, false, x, y);
  const Normalised scaled = normalised(x);
  DirectProduct(call.run, k, scaled.x.view(), y).run();
  return scale_out(call, k.bits(), std::vector<double>(static_cast<std::size_t>(y.rows), 0.0), scaled.log_scale, y);
}

Status kernel_predict(Call &call, const Kernel &k, bool normalize, const AnyPanel &queries, View<const double> x,
                      View<double> y) {
  const PhaseTimer timer(call.report, Key::seconds_iterate);
  call.run.monitor().phase("predict");
  call.run.poll();
  call.report.set(Key::passes, std::int64_t{1});
  if (y.empty()) return Status::ok;
  const Array2<double> packed = packed_points(queries, k.scale());
  return online(call, {packed.view(), Op::transpose}, k, normalize, x, y);
}

}  // namespace akr
