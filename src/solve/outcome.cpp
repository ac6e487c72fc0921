// SPDX-License-Identifier: BSD-3-Clause
#include "solve/outcome.hpp"

#include <algorithm>
#include <cmath>

namespace akr {

namespace {

Status column_status(const Outcome &outcome, const RefineResult &result, const ColumnResult &column) {
  if (column.beyond_precision && (column.converged || !result.interrupted())) return Status::precision_limit;
  if (!outcome.full_rank && (column.converged || !result.interrupted())) return Status::rank_deficient;
  if (column.converged) return Status::ok;
  return result.cancelled ? Status::cancelled : Status::not_converged;
}

// The order in which several columns' statuses speak for the call.
Status worst_of(const std::vector<std::int64_t> &statuses) {
  for (const Status s : {Status::precision_limit, Status::rank_deficient, Status::cancelled, Status::not_converged}) {
    if (std::find(statuses.begin(), statuses.end(), static_cast<std::int64_t>(s)) != statuses.end()) return s;
  }
  return Status::ok;
}

// The largest of the columns' values, where all of them are known.
void set_worst(Report &report, Key key, const std::vector<double> &values) {
  if (values.empty() || !std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) return;
  report.set(key, *std::max_element(values.begin(), values.end()));
}

}  // namespace

Status conclude(Call &call, const Outcome &outcome, const ScaledRightSides &rhs, const RefineResult &result) {
  Report &report = call.report;
  std::vector<std::int64_t> statuses;
  std::vector<double> residuals;
  std::vector<double> gradients;
  std::vector<double> errors;
  bool all_converged = true;
  for (std::size_t c = 0; c < result.columns.size(); ++c) {
    const ColumnResult &column = result.columns[c];
    statuses.push_back(static_cast<std::int64_t>(column_status(outcome, result, column)));
    residuals.push_back(column.residual / rhs.factor[c]);
    gradients.push_back(column.gradient / rhs.factor[c]);
    errors.push_back(column.backward_error);
    all_converged = all_converged && column.converged;
  }
  report.set(Key::method, std::string(outcome.method));
  report.set(Key::stopped_by, std::string(all_converged ? "converged" : result.stopped_by));
  report.set(Key::iterations, result.iterations);
  report.set(Key::passes, outcome.passes);
  set_worst(report, Key::residual_norm, residuals);
  set_worst(report, Key::gradient_norm, gradients);
  set_worst(report, Key::backward_error, errors);
  if (outcome.condition) report.set(Key::cond_estimate, *outcome.condition);
  if (outcome.rank) report.set(Key::rank, *outcome.rank);
  if (outcome.kept > 0 && outcome.dropped > 0) report.set(Key::rank_gap, outcome.kept / outcome.dropped);
  report.set(Key::history, result.history);
  report.set(Key::column_status, statuses);
  report.set(Key::column_residual, residuals);
  return worst_of(statuses);
}

}  // namespace akr
