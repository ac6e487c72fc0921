// SPDX-License-Identifier: BSD-3-Clause
#include "solve/outcome.hpp"

#include <algorithm>

namespace akr {

namespace {

Status column_status(const Outcome &outcome, const RefineResult &result, const ColumnResult &column) {
  const bool interrupted = result.cancelled || result.out_of_time;
  if (!outcome.full_rank && (column.converged || !interrupted)) return Status::rank_deficient;
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

}  // namespace

Status conclude(Call &call, const Outcome &outcome, const ScaledRightSides &rhs, const RefineResult &result) {
  Report &report = call.report;
  std::vector<std::int64_t> statuses;
  std::vector<double> residuals;
  double residual = 0;
  double gradient = 0;
  double backward = 0;
  bool all_converged = true;
  for (std::size_t c = 0; c < result.columns.size(); ++c) {
    const ColumnResult &column = result.columns[c];
    statuses.push_back(static_cast<std::int64_t>(column_status(outcome, result, column)));
    residuals.push_back(column.residual / rhs.factor[c]);
    residual = std::max(residual, residuals.back());
    gradient = std::max(gradient, column.gradient / rhs.factor[c]);
    backward = std::max(backward, column.backward_error);
    all_converged = all_converged && column.converged;
  }
  report.set(Key::method, std::string(outcome.method));
  report.set(Key::stopped_by, std::string(all_converged ? "converged" : result.stopped_by));
  report.set(Key::iterations, result.iterations);
  report.set(Key::passes, outcome.passes);
  report.set(Key::residual_norm, residual);
  report.set(Key::gradient_norm, gradient);
  report.set(Key::backward_error, backward);
  report.set(Key::cond_estimate, outcome.condition);
  report.set(Key::rank, outcome.rank);
  if (outcome.kept > 0 && outcome.dropped > 0) report.set(Key::rank_gap, outcome.kept / outcome.dropped);
  report.set(Key::history, result.history);
  report.set(Key::column_status, statuses);
  report.set(Key::column_residual, residuals);
  return worst_of(statuses);
}

}  // namespace akr
