// SPDX-License-Identifier: BSD-3-Clause
#include "gram/record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace akr {

namespace {

// From here on the digits of x that are left are too few: AKR_PRECISION_LIMIT.
constexpr double fewest_digits = 1e-3;
// Entries of the history: a power of very many stages has as many corrections.
constexpr std::size_t longest_history = 65536;

}  // namespace

PowerRecord::PowerRecord(std::int64_t columns) {
  total_.columns.resize(static_cast<std::size_t>(columns));
  for (ColumnResult &column : total_.columns) {
    column.backward_error = 0;
    column.residual = 0;
    column.converged = true;
  }
}

void PowerRecord::set_matrix(const linalg::ExtremeSingularValues &sigma, double frobenius, double roundoff) {
  estimates_.assign(total_.columns.size(), ErrorEstimate(sigma, roundoff));
  roundoff_ = roundoff;
  nonzero_ = frobenius > 0;
  log2_norm_ = std::log2(sigma.largest);
  frobenius_ratio_ = sigma.largest > 0 ? std::max(1.0, frobenius / sigma.largest) : 1;
}

void PowerRecord::forget() {
  for (ColumnResult &column : total_.columns) {
    const ColumnResult before = column;
    column = ColumnResult();
    if (!residual_is_set_) continue;
    column.residual = before.residual;
    column.gradient = before.gradient;
  }
}

void PowerRecord::add(const RefineResult &result) {
  total_.iterations += result.iterations;
  const std::size_t room = std::min(longest_history - total_.history.size(), result.history.size());
  total_.history.insert(total_.history.end(), result.history.begin(),
                        result.history.begin() + static_cast<std::ptrdiff_t>(room));
  const bool before = total_.interrupted();
  if (result.interrupted()) {
    total_.cancelled = result.cancelled;
    total_.out_of_time = result.out_of_time;
    total_.stopped_by = result.stopped_by;
  }
  const bool all = std::all_of(result.columns.begin(), result.columns.end(),
                               [](const ColumnResult &column) { return column.converged; });
  if (!all && !before) total_.stopped_by = result.stopped_by;
}

void PowerRecord::judge(std::int64_t c, const ColumnResult &column, double log2_weight, double log2_norm) {
  const std::size_t at = static_cast<std::size_t>(c);
  const bool known = std::isfinite(column.backward_error);
  // ê is made of errors relative to σ₁, a backward error is relative to ‖A‖_F.
  estimates_[at].add_stage(log2_weight, log2_norm, known ? column.backward_error * frobenius_ratio_ : 0);
  // Where b is orthogonal to the range of A but for rounding, 0 is as good a y as any, and y itself has no digit: ê is
  // the rounding error of a sum, ‖b − A y‖ being its size, relative to nothing. A zero of that sum may be chance.
  constexpr double none = -std::numeric_limits<double>::infinity();
  if (nonzero_ && column.converged && log2_norm == none && log2_weight > none) {
    estimates_[at].lose(column.backward_error);
  }
  add_certificate(c, column.backward_error, column.converged ? column.backward_error : -1);
}

void PowerRecord::add_uncertified(std::int64_t c, const StagesAtOnce &stages) {
  estimates_[static_cast<std::size_t>(c)].add_stages(stages);
}

void PowerRecord::add_certificate(std::int64_t c, double backward_error, double acceptable) {
  ColumnResult &total = total_.columns[static_cast<std::size_t>(c)];
  total.backward_error = std::max(total.backward_error, backward_error);
  total.converged = total.converged && backward_error <= acceptable;
}

void PowerRecord::add_residual(std::int64_t i, std::int64_t c, double residual, std::int64_t exponent) {
  if (residual_is_set_) return;
  total_.columns[static_cast<std::size_t>(c)].residual +=
      residual * std::exp2(2 * static_cast<double>(i - 1) * log2_norm_ + static_cast<double>(exponent));
}

void PowerRecord::set_residual(std::int64_t c, const ColumnResult &column) {
  residual_is_set_ = true;
  total_.columns[static_cast<std::size_t>(c)].residual = column.residual;
  total_.columns[static_cast<std::size_t>(c)].gradient = column.gradient;
}

void PowerRecord::leave_out_residual() {
  if (residual_is_set_) return;
  for (ColumnResult &column : total_.columns) column.residual = std::numeric_limits<double>::quiet_NaN();
}

void PowerRecord::fail(const char *stopped_by) {
  forget();
  if (!total_.interrupted()) total_.stopped_by = stopped_by;
}

void PowerRecord::finish(Report &report, double power, bool through_product) {
  if (estimates_.empty()) return;
  double worst = 0;
  for (std::size_t c = 0; c < estimates_.size(); ++c) {
    worst = std::max(worst, estimates_[c].relative(true, through_product));
    const double certain = estimates_[c].relative(false, through_product);
    total_.columns[c].beyond_precision = !(certain <= fewest_digits);
  }
  const double loss = std::exp2(power * estimates_.front().log2_condition()) * roundoff_;
  if (std::isfinite(loss)) report.set(Key::precision_loss, loss);
  if (std::isfinite(worst)) report.set(Key::error_estimate, worst);
}

}  // namespace akr
