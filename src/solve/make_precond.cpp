// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include "precond/build.hpp"
#include "solve/choose.hpp"
#include "solve/lsq.hpp"

namespace akr {

Precond build_precond(Call &call, const Matrix &a, double ridge, Method method, std::int64_t &passes) {
  const bool automatic = call.options.chosen_method() == Method::automatic;
  if (method == Method::cholesky) {
    CholeskyPlan plan = cholesky_plan(call.options, a, 1);
    plan.passes = &passes;
    plan.single_limit = 0;  // it will serve many solves: fewer passes for each
    auto m = precond_by_cholesky(call, a, ridge, plan, nullptr, View<double>());
    if (m) return std::move(*m);
    if (!automatic)
      call.run.monitor().log(1, "method = cholesky: AᵀA is too ill-conditioned; sketch-cholqr takes over");
    method = automatic ? choose_for_ill_conditioned(a, 1) : Method::sketch_cholqr;
  }
  if (method == Method::qr || (automatic && a.rows() <= 2 * a.cols() && a.has_panels())) {
    Precond m = precond_by_qr(call, a, ridge, nullptr, View<double>());
    passes += m.passes;
    return m;
  }
  const auto kind = method == Method::gradient ? SketchChoice::srht : SketchChoice::automatic;
  Precond m = precond_by_sketch(call, a, ridge, sketch_factor_for(method, a), kind);
  passes += m.passes;
  if (method == Method::sketch_cholqr) {
    orthonormalise(call, a, m);
    ++passes;
  }
  return m;
}

Precond make_precond(Call &call, const Matrix &a, double ridge) {
  std::int64_t passes = 1;
  Precond m = build_precond(call, a, ridge, choose_method(call.options, a, 1), passes);
  m.probe = probe_matrix(call.run, a, probe_gain(m));
  report_precond(call.report, m, passes);
  return m;
}

void report_precond(Report &report, const Precond &m, std::int64_t passes) {
  report.set(Key::method, std::string(m.method_name()));
  report.set(Key::passes, passes);
  report.set(Key::rank, m.rank);
  report.set(Key::cond_estimate, m.condition);
  if (m.kept > 0 && m.dropped > 0) report.set(Key::rank_gap, m.kept / m.dropped);
}

}  // namespace akr
