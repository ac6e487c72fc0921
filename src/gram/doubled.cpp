// SPDX-License-Identifier: BSD-3-Clause
// ‖R⁻ᵀ AᵀA R⁻¹ − I‖ is of order uκ for an accurate R, so that a unit step with an exact residual leaves that part of
// the error: some five corrections a stage for κ up to 10⁹, nine at 10¹³. The residuals are exact to 2⁻¹⁰⁴ or so, and
// with them the solutions of the stages as far as κ²2⁻¹⁰⁴ allows.
#include "gram/doubled.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/blas.hpp"
#include "matrix/pair_pass.hpp"
#include "solve/backward_error.hpp"

namespace akr {

namespace {

constexpr int most_corrections = 40;
// A stage counts as solved below this backward error: sums over rows of many pairs lose more than one rounding.
constexpr double acceptable_error = 16 * pair_roundoff;

}  // namespace

ScaledPairs::ScaledPairs(const ScaledColumns &x) : ScaledPairs(x.rows(), x.cols()) {
  for (std::int64_t c = 0; c < x.cols(); ++c) {
    exponents[static_cast<std::size_t>(c)] = x.exponent(c);
    for (std::int64_t j = 0; j < x.rows(); ++j) values.set(j, c, {x.values()(j, c), 0});
  }
}

void ScaledPairs::normalise() {
  for (std::int64_t c = 0; c < values.cols(); ++c) {
    double largest = 0;
    for (std::int64_t j = 0; j < values.rows(); ++j) largest = std::max(largest, std::fabs(values.hi(j, c)));
    if (!(largest > 0) || !std::isfinite(largest)) continue;
    const int e = std::ilogb(largest);
    for (std::int64_t j = 0; j < values.rows(); ++j) {
      values.set(j, c, {std::ldexp(values.hi(j, c), -e), std::ldexp(values.lo(j, c), -e)});
    }
    exponents[static_cast<std::size_t>(c)] += e;
  }
}

double ScaledPairs::log2_norm(std::int64_t c) const {
  return std::log2(linalg::norm2(values.hi.col(c), values.rows())) +
         static_cast<double>(exponents[static_cast<std::size_t>(c)]);
}

ScaledColumns ScaledPairs::rounded() const {
  ScaledColumns out(values.rows(), values.cols());
  for (std::int64_t c = 0; c < values.cols(); ++c) {
    out.exponent(c) = exponents[static_cast<std::size_t>(c)];
    for (std::int64_t j = 0; j < values.rows(); ++j) out.values()(j, c) = values.hi(j, c) + values.lo(j, c);
  }
  return out;
}

void DoubledStages::begin_stage() {
  const double stages = static_cast<double>(std::max<std::int64_t>(all_, 1));
  const double begin = static_cast<double>(begun_) / stages;
  call_.run.monitor().stage(0.5 + begin / 2, 0.5 + (begin + 1 / stages) / 2);
  ++begun_;
}

// g~ = D·(Aᵀ(b − A x) or c − AᵀA x), in double once it is formed.
void DoubledStages::gradient(const Stage &stage, const PairArray &x, const Precond &m, double unit, View<double> g,
                             std::vector<Column> &columns) {
  const std::int64_t k = x.cols();
  PairArray z(x.rows(), k);
  std::vector<double> square(columns.size());
  PairPassRequest request;
  request.b = stage.b;
  request.x = &x;
  request.z = &z;
  request.sumsq = square.data();
  request.unit = unit;
  pair_pass(call_.run, a_, request);
  record_.count_passes(1);
  for (std::int64_t c = 0; c < k; ++c) {
    Column &column = columns[static_cast<std::size_t>(c)];
    column.weight = std::sqrt(square[static_cast<std::size_t>(c)]);
    double sum = 0;
    for (std::int64_t j = 0; j < x.rows(); ++j) {
      Pair v = z(j, c);
      if (stage.c != nullptr) v = stage.c->values(j, c) - v;
      const double residual = v.hi + v.lo;
      sum += residual * residual;
      g(j, c) = m.scale[j] * residual;
    }
    column.result.residual = stage.c != nullptr ? std::sqrt(sum) : column.weight;
    column.result.gradient = std::sqrt(sum);
  }
}

std::vector<DoubledStages::Column> DoubledStages::solve(const Stage &stage, PairArray &x, const Precond &m,
                                                        double unit) {
  const std::int64_t k = x.cols();
  std::vector<Column> columns(static_cast<std::size_t>(k));
  BackwardError error(m);
  Array2<double> g(m.cols, k);
  Array2<double> t(m.cols, k);
  Array2<double> step(m.cols, k);
  RefineResult result;
  result.stopped_by = "stagnation";
  try {
    for (int round = 0; round < most_corrections; ++round) {
      gradient(stage, x, m, unit, g.view(), columns);
      call_.run.poll();
      m.right_transpose(g.view(), t.view());
      m.right(t.view(), step.view());
      bool any = false;
      double worst = 0;
      for (std::int64_t c = 0; c < k; ++c) {
        Column &column = columns[static_cast<std::size_t>(c)];
        if (!column.active) continue;
        // A correction that is no smaller than half of the one before is noise: it is not made.
        const double size = linalg::norm2(t.col(c), m.cols);
        worst = std::max(worst, size / stage.rhs[static_cast<std::size_t>(c)]);
        column.active = size > 0 && !(round > 0 && size > 0.5 * column.last);
        column.last = size;
        if (!column.active) continue;
        any = true;
        for (std::int64_t j = 0; j < m.cols; ++j) x.set(j, c, x(j, c) + Pair{m.scale[j] * step(j, c), 0});
      }
      if (!any) break;
      result.history.push_back(worst);
      call_.run.monitor().iteration(record_.iterations() + ++result.iterations);
      if (call_.options.max_iter > 0 && record_.iterations() + result.iterations >= call_.options.max_iter) {
        result.stopped_by = "max_iter";
        gradient(stage, x, m, unit, g.view(), columns);
        break;
      }
    }
  } catch (const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    result.interrupt(stop.reason());
  }
  // The gradient at hand is that of x, of columns that ended before as well.
  if (!result.interrupted()) {
    Array2<double> scaled_x(m.cols, k);
    std::vector<BackwardError::Point> points;
    for (std::int64_t c = 0; c < k; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      for (std::int64_t j = 0; j < m.cols; ++j) scaled_x(j, c) = x.hi(j, c) / m.scale[j];
      points.push_back({scaled_x.col(c), g.col(c), columns[at].weight, stage.c != nullptr ? 0 : stage.rhs[at]});
    }
    const std::vector<double> errors = error.evaluate(points, pair_roundoff);
    for (std::size_t at = 0; at < columns.size(); ++at) {
      columns[at].result.backward_error = errors[at];
      columns[at].result.converged = errors[at] <= acceptable_error;
    }
  }
  for (const Column &column : columns) result.columns.push_back(column.result);
  record_.add(result);
  return columns;
}

void DoubledStages::least_squares(const ScaledRightSides &rhs, ScaledPairs &x) {
  begin_stage();
  Stage stage;
  stage.b = &rhs.sides;
  stage.rhs = rhs.norm;
  const std::vector<Column> columns = solve(stage, x.values, prepared_.of_a(), 1);
  for (std::int64_t c = 0; c < x.values.cols(); ++c) {
    const Column &column = columns[static_cast<std::size_t>(c)];
    x.exponents[static_cast<std::size_t>(c)] = -std::ilogb(prepared_.unit());
    record_.judge(c, column.result, std::log2(column.weight), x.log2_norm(c));
    record_.set_residual(c, column.result);
  }
  x.normalise();
}

bool DoubledStages::may_iterate() const {
  const std::int64_t limit = call_.options.max_iter;
  return !record_.interrupted() && (limit == 0 || record_.iterations() < limit);
}

std::int64_t DoubledStages::power(ScaledPairs &x) {
  const std::int64_t k = x.values.cols();
  for (std::int64_t i = 1; i <= j_; ++i) {
    if (!may_iterate()) return i - 1;
    begin_stage();
    ScaledPairs c(x.values.rows(), k);
    std::swap(c, x);
    x.exponents = c.exponents;
    Stage stage;
    stage.c = &c;
    for (std::int64_t l = 0; l < k; ++l) stage.rhs.push_back(linalg::norm2(c.values.hi.col(l), c.values.rows()));
    const std::vector<Column> columns = solve(stage, x.values, prepared_.in_units(), prepared_.unit());
    if (record_.interrupted()) {  // x may be zero yet
      x = std::move(c);
      return i - 1;
    }
    for (std::int64_t l = 0; l < k; ++l) {
      const Column &column = columns[static_cast<std::size_t>(l)];
      const std::int64_t exponent = c.exponents[static_cast<std::size_t>(l)];
      record_.judge(l, column.result, std::log2(column.weight) + static_cast<double>(exponent), x.log2_norm(l));
      record_.add_residual(i, l, column.result.residual, exponent);
    }
    x.normalise();
  }
  return j_;
}

}  // namespace akr
