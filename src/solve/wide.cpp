// SPDX-License-Identifier: BSD-3-Clause
#include "solve/wide.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "precond/build.hpp"
#include "solve/outcome.hpp"
#include "solve/right_sides.hpp"

namespace akr {

using linalg::Op;

namespace {

// target (d x n) = Aᵀ, by panels or by products with the identity.
void transpose_into(Call &call, const Matrix &a, View<double> target) {
  if (a.has_panels()) {
    a.panels(call.run, 1, 0, [&](const AnyPanel &panel) {
      std::visit(
          [&](const auto &p) {
            for (std::int64_t i = 0; i < p.rows; ++i) {
              for (std::int64_t j = 0; j < p.cols; ++j) target(j, p.first_row + i) = static_cast<double>(p(i, j));
            }
          },
          panel);
    });
    return;
  }
  Array2<double> identity(a.rows(), a.rows(), 0.0);
  for (std::int64_t i = 0; i < a.rows(); ++i) identity(i, i) = 1;
  const View<const double> e = identity.view();
  const RightSides sides{e};
  PassRequest request;
  request.b = &sides;
  request.z = target;
  a.pass(call.run, request);
}

// The factorisation and all that solving with it needs. The rows of A (the columns here) are scaled as columns are
// elsewhere, by powers of two.
struct DualFactor {
  std::int64_t n = 0;
  std::int64_t d = 0;
  Array2<double> q;  // [D Aᵀ; √μ D] overwritten by its QR factors, (d [+ n]) x n
  Buffer<double> tau;
  Buffer<double> scale;
  Array2<double> r;
  std::int64_t rank = 0;
  double condition = 1;
  double dropped = 0;
  double kept = 0;
  double norm = 0;  // ‖[A √μ I]‖_F
  linalg::Svd svd;  // of r, when the rank is in doubt
  // rank < n: QR factors of D⁻¹V_k. Scaling the rows must not weigh the equations of an inconsistent system.
  Array2<double> weights;
  Buffer<double> weights_tau;
};

DualFactor factor_dual(Call &call, const Matrix &a, double ridge) {
  DualFactor f;
  f.n = a.rows();
  f.d = a.cols();
  f.q = Array2<double>(f.d + (ridge > 0 ? f.n : 0), f.n, 0.0);
  transpose_into(call, a, f.q.view().block(0, f.d, 0, f.n));
  if (!linalg::all_finite(f.q.view())) a.check_finite(call.run);
  f.scale = Buffer<double>(f.n);
  f.tau = Buffer<double>(f.n);
  Buffer<double> norms(f.n);
  for (std::int64_t i = 0; i < f.n; ++i) {
    if (ridge > 0) f.q(f.d + i, i) = std::sqrt(ridge);
    norms[i] = linalg::norm2(f.q.col(i), f.q.rows());
    f.scale[i] = power_of_two_scale(norms[i]);
    for (std::int64_t j = 0; j < f.q.rows(); ++j) f.q(j, i) *= f.scale[i];
  }
  f.norm = linalg::norm2(norms.data(), f.n);
  linalg::qr(f.q.view(), f.tau.data());
  f.r = Array2<double>(f.n, f.n, 0.0);
  for (std::int64_t i = 0; i < f.n; ++i) std::copy_n(f.q.col(i), i + 1, f.r.col(i));
  f.rank = f.n;
  const double tolerance = rank_tolerance(call.options, f.n, a.bits());
  f.condition = linalg::estimate_singular_values(f.r.view()).condition();
  if (f.condition * tolerance * 100 < 1) return f;
  Array2<double> copy(f.n, f.n);
  std::copy_n(f.r.data(), f.n * f.n, copy.data());
  f.svd = linalg::svd(copy.view());
  while (f.rank > 0 && !(f.svd.s[f.rank - 1] > tolerance * f.svd.s[0])) --f.rank;
  f.condition = f.rank > 0 ? f.svd.s[0] / f.svd.s[f.rank - 1] : 1;
  f.kept = f.rank > 0 ? f.svd.s[f.rank - 1] / f.svd.s[0] : 0;
  f.dropped = f.rank < f.n && f.svd.s[0] > 0 ? f.svd.s[f.rank] / f.svd.s[0] : 0;
  if (f.rank == f.n) return f;
  f.weights = Array2<double>(f.n, f.rank);
  for (std::int64_t c = 0; c < f.rank; ++c) {
    for (std::int64_t i = 0; i < f.n; ++i) f.weights(i, c) = f.svd.vt(c, i) / f.scale[i];
  }
  f.weights_tau = Buffer<double>(std::max<std::int64_t>(f.rank, 1));
  linalg::qr(f.weights.view(), f.weights_tau.data());
  return f;
}

// w += the solution of minimum norm for the right-hand sides r, w = [x; z]. With D[A √μI] = RᵀQᵀ: Q R⁻ᵀ D r; with
// R = U Σ Vᵀ of rank k: Q U_k Σ_k⁻¹ (D⁻¹V_k)⁺ r.
void add_solution(const DualFactor &f, View<const double> r, View<double> w) {
  const std::int64_t k = r.cols;
  Array2<double> y(f.q.rows(), k, 0.0);
  const View<double> top = y.view().block(0, f.n, 0, k);
  for (std::int64_t c = 0; c < k; ++c) std::copy_n(r.col(c), f.n, top.col(c));
  if (f.rank == f.n) {
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < f.n; ++i) top(i, c) *= f.scale[i];
    }
    linalg::trsm_left_upper(Op::transpose, f.r.view(), top);
  } else {
    linalg::apply_q(Op::transpose, f.weights.view(), f.weights_tau.data(), top);
    Array2<double> t(f.rank, k);
    for (std::int64_t c = 0; c < k; ++c) std::copy_n(top.col(c), f.rank, t.col(c));
    linalg::trsm_left_upper(Op::none, f.weights.view().block(0, f.rank, 0, f.rank), t.view());
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < f.rank; ++i) t(i, c) /= f.svd.s[i];
    }
    linalg::gemm(Op::none, Op::none, 1.0, f.svd.u.view().block(0, f.n, 0, f.rank), View<const double>(t.view()), 0.0,
                 top);
  }
  linalg::apply_q(Op::none, f.q.view(), f.tau.data(), y.view());
  for (std::int64_t c = 0; c < k; ++c) linalg::axpy(1.0, y.col(c), w.col(c), w.rows);
}

// x = Aᵀz/√μ, which is what x is where w = [x; z] solves the stacked system. With a dominant ridge x is tiny beside z,
// and Q's product would leave nothing of it but rounding.
void x_from_z(Call &call, const Matrix &a, double ridge, const DualFactor &f, View<double> w) {
  const RightSides z{View<const double>(w.block(f.d, f.n, 0, w.cols))};
  Array2<double> product(f.d, w.cols);
  PassRequest request;
  request.b = &z;
  request.z = product.view();
  a.pass(call.run, request);
  for (std::int64_t c = 0; c < w.cols; ++c) {
    for (std::int64_t j = 0; j < f.d; ++j) w(j, c) = product(j, c) / std::sqrt(ridge);
  }
}

// r = b − A x − √μ z for every column, and what it says. w lies in the range of [Aᵀ; √μ I] by construction (it is Q
// times something), so a small residual makes it the minimum-norm solution of a nearby system:
// BE = ‖r‖ / (‖[A √μI]‖_F ‖w‖ + ‖b‖). Where A is rank deficient r need not be small; then Aᵀr must be.
std::vector<ColumnResult> certify(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs,
                                  const DualFactor &f, View<const double> w, View<double> r) {
  const std::int64_t k = w.cols;
  const View<const double> x = w.block(0, f.d, 0, k);
  a.apply(call.run, x, r);
  Buffer<double> b(std::max<std::int64_t>(f.n, 1));
  std::vector<ColumnResult> out(static_cast<std::size_t>(k));
  for (std::int64_t c = 0; c < k; ++c) {
    rhs.sides.load(0, f.n, c, b.data());
    for (std::int64_t i = 0; i < f.n; ++i) r(i, c) = b[i] - r(i, c);
    ColumnResult &column = out[static_cast<std::size_t>(c)];
    column.residual = linalg::norm2(r.col(c), f.n);
    for (std::int64_t i = 0; ridge > 0 && i < f.n; ++i) r(i, c) -= std::sqrt(ridge) * w(f.d + i, c);
    const double size = f.norm * linalg::norm2(w.col(c), w.rows) + rhs.norm[static_cast<std::size_t>(c)];
    column.backward_error = size > 0 ? linalg::norm2(r.col(c), f.n) / size : 0;
  }
  Array2<double> g(f.d, k);
  const RightSides residuals{View<const double>(r)};
  PassRequest request;
  request.b = &residuals;
  request.z = g.view();
  a.pass(call.run, request);
  for (std::int64_t c = 0; c < k; ++c) {
    ColumnResult &column = out[static_cast<std::size_t>(c)];
    const double size = f.norm * linalg::norm2(r.col(c), f.n);
    column.gradient = linalg::norm2(g.col(c), f.d);
    if (f.rank < f.n && size > 0) column.backward_error = std::min(column.backward_error, column.gradient / size);
  }
  return out;
}

void round_to_single(View<double> x) {
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < x.rows; ++j) {
      const int shift = x(j, c) != 0 ? std::ilogb(x(j, c)) : 0;
      x(j, c) = std::ldexp(static_cast<double>(static_cast<float>(std::ldexp(x(j, c), -shift))), shift);
    }
  }
}

}  // namespace

Status solve_wide(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x) {
  const std::int64_t n = a.rows();
  const std::int64_t d = a.cols();
  const std::int64_t k = x.cols;
  for (std::int64_t c = 0; c < k; ++c) std::fill_n(x.col(c), d, 0.0);
  Outcome outcome;
  outcome.method = "qr";
  RefineResult result;
  result.columns.resize(static_cast<std::size_t>(k));
  try {
    call.run.monitor().phase("factor");
    const DualFactor f = factor_dual(call, a, ridge);
    outcome.rank = ridge > 0 && f.rank == n ? d : f.rank;  // of the stacked matrix [A; √μ I]
    outcome.full_rank = f.rank == n;
    outcome.condition = f.condition;
    outcome.kept = f.kept;
    outcome.dropped = f.dropped;
    outcome.passes = 1;
    Array2<double> w(f.q.rows(), k, 0.0);
    Array2<double> r(n, k);
    for (std::int64_t c = 0; c < k; ++c) rhs.sides.load(0, n, c, r.col(c));
    constexpr int rounds = 3;
    for (int round = 0; round < rounds; ++round) {
      add_solution(f, r.view(), w.view());
      if (std::sqrt(ridge * static_cast<double>(n)) > 0.5 * f.norm) {
        x_from_z(call, a, ridge, f, w.view());
        ++outcome.passes;
      }
      if (a.bits() == 32) round_to_single(w.view().block(0, d, 0, k));
      const std::vector<ColumnResult> now = certify(call, a, ridge, rhs, f, w.view(), r.view());
      outcome.passes += 2;
      bool better = false;
      for (std::int64_t c = 0; c < k; ++c) {
        ColumnResult &best = result.columns[static_cast<std::size_t>(c)];
        const ColumnResult &current = now[static_cast<std::size_t>(c)];
        if (!(current.backward_error < best.backward_error)) continue;
        better = better || current.backward_error > unit_roundoff(a.bits());
        best = current;
        std::copy_n(w.col(c), d, x.col(c));
      }
      if (!better || f.rank < n) break;
    }
  } catch (const Interrupted &stop) {
    call.run.monitor().stop_listening();
    result.cancelled = stop.reason() == StopReason::cancel;
    result.out_of_time = !result.cancelled;
    result.stopped_by = result.cancelled ? "cancel" : "time_limit";
    for (std::int64_t c = 0; c < k; ++c) {
      ColumnResult &column = result.columns[static_cast<std::size_t>(c)];
      if (column.backward_error <= 1) continue;
      column.backward_error = 1;  // x = 0
      column.residual = rhs.norm[static_cast<std::size_t>(c)];
    }
  }
  const double acceptable = std::max(2 * unit_roundoff(a.bits()), call.options.rtol);
  for (ColumnResult &column : result.columns) {
    column.converged = column.backward_error <= acceptable;
    if (!column.converged && !result.cancelled && !result.out_of_time) result.stopped_by = "stagnation";
  }
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) x(j, c) /= rhs.factor[static_cast<std::size_t>(c)];
  }
  return conclude(call, outcome, rhs, result);
}

}  // namespace akr
