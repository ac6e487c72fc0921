// SPDX-License-Identifier: BSD-3-Clause
// The stages by an accurate R: 2j triangular solves, and a pass over A for the certificates of many of them at a time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/roundoff.hpp"
#include "gram/power_stages.hpp"

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
  // No more stages at a time than one pass certifies, however many there are.
  const std::int64_t at_once = std::min(std::max<std::int64_t>(certified_together / k, 1), j_);
  Array2<double> scaled_x(x.rows(), at_once * k);
  for (std::int64_t done = 0; done < j_;) {
    if (!may_iterate()) return without_certificates(done + 1, x);
    const std::int64_t count = std::min(at_once, j_ - done);
    std::vector<ScaledColumns> b;
    b.push_back(x.clone());
    for (std::int64_t i = 0; i < count; ++i) {
      const View<double> target = scaled_x.view().columns(i * k, k);
      start(std::as_const(x).values(), target);
      move_on(target, x);
      b.push_back(x.clone());
    }
    const std::int64_t sound = certify(done, b, scaled_x.view());
    done += sound;
    if (sound == count) continue;
    x = b[static_cast<std::size_t>(sound)].clone();
    begun_ = all_ - j_ + done;
    return recursion(done + 1, x);
  }
}

// Judges the stages after `done`, up to the first that falls short in some column; returns how many did not. All of
// them where it was interrupted.
std::int64_t PowerStages::certify(std::int64_t done, const std::vector<ScaledColumns> &b, View<const double> scaled_x) {
  const std::int64_t k = b.front().cols();
  const std::int64_t count = static_cast<std::int64_t>(b.size()) - 1;
  BackwardError error(prepared_.in_units());
  Array2<double> c(scaled_x.rows, count * k);
  for (std::int64_t l = 0; l < count * k; ++l) {
    std::copy_n(b[static_cast<std::size_t>(l / k)].values().col(l % k), c.rows(), c.col(l));
  }
  Evaluated found;
  if (!evaluate(c.view(), scaled_x.columns(0, count * k), found)) return count;
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<BackwardError::Point> points;
    for (std::int64_t at = i * k; at < (i + 1) * k; ++at) {
      points.push_back({scaled_x.col(at), found.gradient.col(at), found.weight[static_cast<std::size_t>(at)], 0});
    }
    const std::vector<double> errors = error.evaluate(points, u / 4);
    std::vector<ColumnResult> columns(static_cast<std::size_t>(k));
    bool sound = true;
    for (std::int64_t l = 0; l < k; ++l) {
      const std::int64_t at = i * k + l;
      ColumnResult &column = columns[static_cast<std::size_t>(l)];
      column.backward_error = errors[static_cast<std::size_t>(l)];
      column.residual = found.residual[static_cast<std::size_t>(at)];
      column.converged = column.backward_error <= u / 4;
      sound = sound && column.converged;
    }
    if (!sound) return i;
    const ScaledColumns &from = b[static_cast<std::size_t>(i)];
    const ScaledColumns &to = b[static_cast<std::size_t>(i + 1)];
    for (std::int64_t l = 0; l < k; ++l) {
      const ColumnResult &column = columns[static_cast<std::size_t>(l)];
      const double weight = found.weight[static_cast<std::size_t>(i * k + l)];
      record_.judge(l, column, std::log2(weight) + static_cast<double>(from.exponent(l)), to.log2_norm(l));
      record_.add_residual(done + i + 1, l, column.residual, from.exponent(l));
    }
  }
  return count;
}

void PowerStages::without_certificates(std::int64_t i, ScaledColumns &x) {
  const std::int64_t left = j_ - i + 1;
  if (worth_svd(a_.cols(), left, x.cols())) {
    const Spectrum s = spectrum_of_row_space(prepared_.in_units());
    const SpectralPowers powers(s, x);
    for (std::int64_t l = 0; l < x.cols(); ++l) record_.add_uncertified(l, powers.stages(left, l));
    x = powers.solution(left);
  } else {
    Array2<double> scaled_x(x.rows(), x.cols());
    for (; i <= j_; ++i) {
      start(std::as_const(x).values(), scaled_x.view());
      move_on(scaled_x.view(), x);
      for (std::int64_t l = 0; l < x.cols(); ++l)
        record_.judge(l, ColumnResult(), -std::numeric_limits<double>::infinity(), x.log2_norm(l));
    }
  }
  record_.fail("max_iter");
}

bool PowerStages::spectrum(ScaledColumns &x) {
  const std::int64_t k = x.cols();
  const Spectrum s = spectrum_of_row_space(prepared_.in_units());
  const SpectralPowers powers(s, x);
  const ScaledColumns first = powers.solution(1);
  ScaledColumns last = powers.solution(j_);
  std::vector<double> errors;
  if (!may_iterate()) {
    record_.fail("max_iter");
  } else if (certify_spectrum(s, first, last, errors)) {
    const double acceptable = acceptable_spectrum_error(x.rows());
    if (*std::max_element(errors.begin(), errors.end()) > acceptable) {
      if (!s.complete) return false;
      record_.stand_still();
    }
    for (std::int64_t l = 0; l < 2 * k; ++l) {
      record_.add_certificate(l % k, errors[static_cast<std::size_t>(l)], acceptable);
    }
  }
  record_.leave_out_residual();
  for (std::int64_t l = 0; l < k; ++l) record_.add_uncertified(l, powers.stages(j_, l));
  x = std::move(last);
  return true;
}

// False when it was interrupted.
bool PowerStages::certify_spectrum(const Spectrum &s, const ScaledColumns &first, const ScaledColumns &last,
                                   std::vector<double> &errors) {
  const PhaseTimer timer(call_.report, Key::seconds_certify);
  const std::int64_t k = first.cols();
  Array2<double> v(first.rows(), 2 * k);
  for (std::int64_t l = 0; l < k; ++l) {
    // In units of 1/unit: spectrum_errors() takes A itself.
    std::copy_n(first.values().col(l), v.rows(), v.col(l));
    std::copy_n(last.values().col(l), v.rows(), v.col(k + l));
  }
  Spectrum of_a{s.sigma.clone(), s.v.clone(), s.complete};
  for (std::int64_t i = 0; i < of_a.sigma.size(); ++i) of_a.sigma[i] /= prepared_.unit();
  try {
    errors = spectrum_errors(call_.run, a_, of_a, v.view());
    record_.count_passes(1);
    return true;
  } catch (const Interrupted &stop) {
    call_.run.monitor().stop_listening();
    record_.interrupt(stop);
    record_.fail("");
    return false;
  }
}

}  // namespace akr
