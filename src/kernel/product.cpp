// SPDX-License-Identifier: BSD-3-Clause
// K X by tiles of the upper half: exponents by a matrix product, their exponentials in place, then the products with X
// and, for the mirrored tile, the transposed ones. Costs n²d/2 multiplications, n²/2 exponentials, 2n² flops a column.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel/kernel.hpp"
#include "kernel/online.hpp"
#include "kernel/range.hpp"
#include "kernel/symmetric_sweep.hpp"
#include "linalg/blas.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

using linalg::Op;

namespace {

// Up to here no entry of K, nor a sum of 2³⁰ of them, leaves the range of a double.
constexpr double direct_exponent = 680;

// By rows, each with an exponent of its own.
Status online(Call &call, const Operand<double> &queries, const Kernel &k, bool normalize, View<const double> x,
              View<double> y) {
  const Normalised scaled = normalised(x);
  OnlineProblem<double> problem;
  problem.queries = queries;
  problem.keys = {k.packed(), Op::transpose};
  problem.values = {scaled.x.view(), Op::none};
  std::vector<double> log_row(normalize ? 0 : static_cast<std::size_t>(y.rows), 0.0);
  online_sums<double>(call.run, problem, [&](const OnlineBlock<double> &block) {
    for (std::int64_t q = 0; q < block.sums.rows; ++q) {
      const double divisor = normalize && block.total[q] > 0 ? block.total[q] : 1;
      const bool none = !(block.total[q] > 0);
      if (!normalize && !none) log_row[static_cast<std::size_t>(block.first + q)] = block.maximum[q];
      for (std::int64_t c = 0; c < y.cols; ++c) y(block.first + q, c) = none ? 0 : block.sums(q, c) / divisor;
    }
  });
  return range_status(scale_out(call, k.bits(), log_row, scaled.exponent, y));
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
  symmetric_sweep<double>(
      call.run, k.points(), scaled.x.view(), y,
      [&](std::int64_t i, std::int64_t rows, std::int64_t j, std::int64_t cols, double *scratch) {
        const View<double> b(scratch, rows, cols, rows);
        k.exponents(i, k.packed().columns(j, cols), b);
        simd::exp_functions<double>().exp(rows * cols, scratch);
        return b;
      },
      [&](double fraction) { call.run.monitor().advance(fraction); });
  return range_status(scale_out(call, k.bits(), {}, scaled.exponent, y));
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
