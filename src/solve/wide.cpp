// SPDX-License-Identifier: BSD-3-Clause
#include "solve/wide.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "precond/build.hpp"
#include "precond/rank.hpp"
#include "solve/dominant_ridge.hpp"
#include "solve/outcome.hpp"
#include "solve/right_sides.hpp"
#include "solve/round.hpp"

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
  double norm = 0;       // ‖[A √μ I]‖_F
  double frobenius = 0;  // ‖A‖_F
  linalg::Svd svd;       // of r, when the rank is in doubt
  // rank < n: QR factors of D⁻¹V_k. Scaling the rows must not weigh the equations of an inconsistent system.
  Array2<double> weights;
  Buffer<double> weights_tau;
};

void check_entries(const DualFactor &f, const char *text) {
  if (!linalg::all_finite(f.q.view())) throw Error(Status::e_numeric, text);
}

DualFactor factor_dual(Call &call, const Matrix &a, double ridge) {
  DualFactor f;
  f.n = a.rows();
  f.d = a.cols();
  f.q = Array2<double>(f.d + (ridge > 0 ? f.n : 0), f.n, 0.0);
  transpose_into(call, a, f.q.view().block(0, f.d, 0, f.n));
  if (!linalg::all_finite(f.q.view())) a.check_finite(call.run);
  check_entries(f, "A: not finite in one reading and finite in another");  // as a callback may give it
  f.scale = Buffer<double>(f.n);
  f.tau = Buffer<double>(f.n);
  Buffer<double> norms(f.n);
  for (std::int64_t i = 0; i < f.n; ++i) norms[i] = linalg::norm2(f.q.col(i), f.d);
  f.frobenius = linalg::norm2(norms.data(), f.n);
  for (std::int64_t i = 0; i < f.n; ++i) {
    if (ridge > 0) f.q(f.d + i, i) = std::sqrt(ridge);
    norms[i] = linalg::norm2(f.q.col(i), f.q.rows());
  }
  fill_column_scales(norms.data(), f.n, f.scale.data());
  for (std::int64_t i = 0; i < f.n; ++i) {
    for (std::int64_t j = 0; j < f.q.rows(); ++j) f.q(j, i) *= f.scale[i];
  }
  f.norm = linalg::norm2(norms.data(), f.n);
  check_entries(f, "A: the norm of a row overflows; scale A down");
  linalg::qr(f.q.view(), f.tau.data());
  f.r = Array2<double>(f.n, f.n, 0.0);
  for (std::int64_t i = 0; i < f.n; ++i) std::copy_n(f.q.col(i), i + 1, f.r.col(i));
  f.rank = f.n;
  const double rule = rank_tolerance(call.options, f.n, a.bits());
  const double noise =
      std::sqrt(static_cast<double>(f.q.rows())) / 8 * unit_roundoff(64);  // of QR, as in precond_by_qr
  const double tolerance = call.options.rank_tol > 0 ? rule : std::max(rule, noise);
  f.condition = linalg::estimate_singular_values(f.r.view()).condition();
  if (f.condition * tolerance * 100 < 1) return f;
  Array2<double> copy(f.n, f.n);
  std::copy_n(f.r.data(), f.n * f.n, copy.data());
  f.svd = linalg::svd(copy.view());
  while (f.rank > 0 && !counts(f.svd.s, f.rank - 1, tolerance)) --f.rank;
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

// For every column: how well w solves the stacked system, r = b − A x − √μ z on return, and the residual b − A x and
// the gradient Aᵀ(b − A x) − μx of the x that is returned. w lies in the range of [Aᵀ; √μ I] by construction (it is Q
// times something), so a small r makes it the minimum-norm solution of a nearby system: BE = ‖r‖ / (‖[A √μI]‖_F ‖w‖ +
// ‖b‖). Where A is rank deficient r need not be small; then the gradient must be.
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
    out[static_cast<std::size_t>(c)].residual = linalg::norm2(r.col(c), f.n);
  }
  Array2<double> g(f.d, k);
  const RightSides residuals{View<const double>(r)};
  PassRequest request;
  request.b = &residuals;
  request.z = g.view();
  a.pass(call.run, request);
  for (std::int64_t c = 0; c < k; ++c) {
    ColumnResult &column = out[static_cast<std::size_t>(c)];
    linalg::axpy(-ridge, x.col(c), g.col(c), f.d);
    column.gradient = linalg::norm2(g.col(c), f.d);
    for (std::int64_t i = 0; ridge > 0 && i < f.n; ++i) r(i, c) -= std::sqrt(ridge) * w(f.d + i, c);
    const double left = linalg::norm2(r.col(c), f.n);
    const double size = f.norm * linalg::norm2(w.col(c), w.rows) + rhs.norm[static_cast<std::size_t>(c)];
    column.backward_error = size > 0 ? left / size : 0;
    if (f.rank == f.n || !(f.norm * left > 0)) continue;
    column.backward_error = std::min(column.backward_error, column.gradient / (f.norm * left));
  }
  return out;
}

class WideSolve {
 public:
  WideSolve(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x)
      : call_(call), a_(a), ridge_(ridge), rhs_(rhs), x_(x) {
    result_.columns.resize(static_cast<std::size_t>(x.cols));
    outcome_.method = "qr";
  }

  Status run() {
    for (std::int64_t c = 0; c < x_.cols; ++c) std::fill_n(x_.col(c), x_.rows, 0.0);
    try {
      call_.run.monitor().phase("factor");
      call_.run.poll();
      const DualFactor f = factor_dual(call_, a_, ridge_);
      outcome_.rank = ridge_ > 0 && f.rank == f.n ? f.d : f.rank;  // of the stacked matrix [A; √μ I]
      outcome_.full_rank = f.rank == f.n;
      outcome_.condition = f.condition;
      outcome_.kept = f.kept;
      outcome_.dropped = f.dropped;
      outcome_.passes = 1;
      call_.run.poll();
      dominated_ = ridge_dominates(ridge_, f.frobenius);
      if (dominated_) {
        result_.columns = solve_under_ridge(call_.run, a_, ridge_, f.frobenius, rhs_, x_);
        ++outcome_.passes;
      } else {
        refine(f);
      }
    } catch (const Interrupted &stop) {
      interrupt(stop);
    }
    return finish();
  }

 private:
  void interrupt(const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    result_.interrupt(stop.reason());
  }

  void refine(const DualFactor &f) {
    constexpr int rounds = 3;
    const std::int64_t k = x_.cols;
    Array2<double> w(f.q.rows(), k, 0.0);
    Array2<double> r(f.n, k);
    for (std::int64_t c = 0; c < k; ++c) rhs_.sides.load(0, f.n, c, r.col(c));
    for (int round = 0; round < rounds; ++round) {
      add_solution(f, r.view(), w.view());
      if (std::sqrt(ridge_ * static_cast<double>(f.n)) > 0.5 * f.norm) {
        x_from_z(call_, a_, ridge_, f, w.view());
        ++outcome_.passes;
      }
      round_to_bits(a_.bits(), w.view().block(0, f.d, 0, k));
      if (!judge(f, w, r.view()) || result_.interrupted() || f.rank < f.n) return;
    }
  }

  // Keeps what w has gained; false when that was nothing, or more than was asked for.
  bool judge(const DualFactor &f, const Array2<double> &w, View<double> r) {
    std::vector<ColumnResult> now;
    try {
      now = certify(call_, a_, ridge_, rhs_, f, w.view(), r);
    } catch (const Interrupted &stop) {
      interrupt(stop);
      if (a_.in_memory()) now = certify(call_, a_, ridge_, rhs_, f, w.view(), r);
    }
    if (!now.empty()) outcome_.passes += 2;
    now.resize(result_.columns.size());
    bool better = false;
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      ColumnResult &best = result_.columns[static_cast<std::size_t>(c)];
      const ColumnResult &current = now[static_cast<std::size_t>(c)];
      // Any solution is better than x = 0.
      const bool unjudged = result_.interrupted() && !std::isfinite(best.backward_error);
      if (!unjudged && !(current.backward_error < best.backward_error)) continue;
      better = better || current.backward_error > unit_roundoff(a_.bits());
      best = current;
      std::copy_n(w.col(c), x_.rows, x_.col(c));
    }
    return better;
  }

  Status finish() {
    const double acceptable = std::max(2 * unit_roundoff(a_.bits()), call_.options.rtol);
    for (std::int64_t c = 0; c < x_.cols; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      ColumnResult &column = result_.columns[at];
      column.converged = column.backward_error <= acceptable;
      if (!column.converged && !result_.interrupted()) result_.stopped_by = "stagnation";
      const bool zero = std::all_of(x_.col(c), x_.col(c) + x_.rows, [](double v) { return v == 0; });
      if (zero && std::isnan(column.residual)) column.residual = rhs_.norm[at];
    }
    if (!dominated_) to_callers_scale(rhs_, x_);
    return conclude(call_, outcome_, rhs_, result_);
  }

  Call &call_;
  const Matrix &a_;
  double ridge_;
  const ScaledRightSides &rhs_;
  View<double> x_;
  bool dominated_ = false;
  Outcome outcome_;
  RefineResult result_;
};

}  // namespace

Status solve_wide(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x) {
  return WideSolve(call, a, ridge, rhs, x).run();
}

}  // namespace akr
