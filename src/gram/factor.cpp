// SPDX-License-Identifier: BSD-3-Clause
// The stages by an accurate R: 2j triangular solves, and one pass over A for the certificates of all of them.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/roundoff.hpp"
#include "gram/power_stages.hpp"
#include "gram/spectrum.hpp"

namespace akr {

namespace {

constexpr double u = unit_roundoff(64);
// Columns of one certifying pass.
constexpr std::int64_t certified_together = 64;

}  // namespace

bool PowerStages::evaluate(View<const double> c, View<const double> scaled_x, Evaluated &out) {
  const PhaseTimer timer(call_.report, Key::seconds_certify);
  std::vector<std::int64_t> columns;
  for (std::int64_t l = 0; l < c.cols; ++l) columns.push_back(l);
  out.gradient = Array2<double>(c.rows, c.cols);
  out.residual.assign(columns.size(), 0);
  out.weight.assign(columns.size(), 0);
  GramStageProblem problem(call_.run, a_, prepared_.unit(), c, prepared_.in_units(), nullptr);
  try {
    problem.gradient(columns, scaled_x, out.gradient.view(), out.residual.data(), out.weight.data());
    call_.run.poll();
  } catch (const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    record_.interrupt(stop);
    record_.fail("");
    return false;
  }
  record_.count_passes(problem.passes());
  for (double &residual : out.residual) residual = std::sqrt(residual);
  for (double &weight : out.weight) weight = std::sqrt(weight);
  return true;
}

void PowerStages::factor(ScaledColumns &x) {
  const std::int64_t k = x.cols();
  std::vector<ScaledColumns> b;
  b.push_back(x.clone());
  Array2<double> scaled_x(x.rows(), j_ * k);
  for (std::int64_t i = 1; i <= j_; ++i) {
    const View<double> target = scaled_x.view().columns((i - 1) * k, k);
    start(std::as_const(x).values(), target);
    move_on(target, x);
    b.push_back(x.clone());
  }
  if (!may_iterate()) {
    record_.fail("max_iter");
    return;
  }
  const std::int64_t sound = certify(b, scaled_x.view());
  if (sound == j_) return;
  x = b[static_cast<std::size_t>(sound)].clone();
  begun_ = all_ - j_ + sound;
  for (std::int64_t i = sound + 1; i <= j_; ++i) refined(i, x);
}

// Judges the stages up to the first that falls short in some column; returns how many did not.
std::int64_t PowerStages::certify(const std::vector<ScaledColumns> &b, View<const double> scaled_x) {
  const std::int64_t k = b.front().cols();
  BackwardError error(prepared_.in_units());
  const std::int64_t at_once = std::max<std::int64_t>(certified_together / k, 1);
  for (std::int64_t first = 0; first < j_; first += at_once) {
    const std::int64_t count = std::min(at_once, j_ - first);
    Array2<double> c(scaled_x.rows, count * k);
    for (std::int64_t l = 0; l < count * k; ++l) {
      std::copy_n(b[static_cast<std::size_t>(first + l / k)].values().col(l % k), c.rows(), c.col(l));
    }
    Evaluated found;
    if (!evaluate(c.view(), scaled_x.columns(first * k, count * k), found)) return j_;
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<ColumnResult> columns(static_cast<std::size_t>(k));
      bool sound = true;
      for (std::int64_t l = 0; l < k; ++l) {
        const std::int64_t at = i * k + l;
        ColumnResult &column = columns[static_cast<std::size_t>(l)];
        const BackwardError::Point point{scaled_x.col(first * k + at), found.gradient.col(at),
                                         found.weight[static_cast<std::size_t>(at)], 0};
        column.backward_error = error.evaluate(point, u / 4, true);
        column.residual = found.residual[static_cast<std::size_t>(at)];
        column.converged = column.backward_error <= u / 4;
        sound = sound && column.converged;
      }
      if (!sound) return first + i;
      const ScaledColumns &from = b[static_cast<std::size_t>(first + i)];
      const ScaledColumns &to = b[static_cast<std::size_t>(first + i + 1)];
      for (std::int64_t l = 0; l < k; ++l) {
        const ColumnResult &column = columns[static_cast<std::size_t>(l)];
        const double weight = found.weight[static_cast<std::size_t>(i * k + l)];
        record_.judge(l, column, std::log2(weight) + static_cast<double>(from.exponent(l)), to.log2_norm(l));
        record_.add_residual(first + i + 1, l, column.residual, from.exponent(l));
      }
    }
  }
  return j_;
}

void PowerStages::spectrum(ScaledColumns &x) {
  const std::int64_t k = x.cols();
  const Spectrum s = spectrum_of(prepared_.in_units());
  const SpectralPowers powers(s, x);
  record_.leave_out_residual();
  for (std::int64_t l = 0; l < k; ++l) {
    for (std::int64_t i = 1; i <= j_; ++i) {
      record_.add_uncertified(l, powers.log2_product_norm(i, l), powers.log2_solution_norm(i, l));
    }
  }
  const ScaledColumns first = powers.solution(1);
  x = powers.solution(j_);
  if (!may_iterate()) {
    record_.fail("max_iter");
    return;
  }
  const PhaseTimer timer(call_.report, Key::seconds_certify);
  Array2<double> v(x.rows(), 2 * k);
  for (std::int64_t l = 0; l < k; ++l) {
    // In units of 1/unit: spectrum_errors() takes A itself.
    std::copy_n(first.values().col(l), x.rows(), v.col(l));
    std::copy_n(std::as_const(x).values().col(l), x.rows(), v.col(k + l));
  }
  Spectrum of_a{s.sigma.clone(), s.v.clone(), true};
  for (std::int64_t i = 0; i < of_a.sigma.size(); ++i) of_a.sigma[i] /= prepared_.unit();
  try {
    const std::vector<double> errors = spectrum_errors(call_.run, a_, of_a, v.view());
    record_.count_passes(1);
    for (std::int64_t l = 0; l < 2 * k; ++l) {
      record_.add_certificate(l % k, errors[static_cast<std::size_t>(l)], acceptable_spectrum_error(x.rows()));
    }
  } catch (const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    record_.interrupt(stop);
    record_.fail("");
  }
}

}  // namespace akr
