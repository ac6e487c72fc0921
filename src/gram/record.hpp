// SPDX-License-Identifier: BSD-3-Clause
// What is found out on the way through the stages of a Gram power, and what follows from it for status and report.
#pragma once

#include <cmath>
#include <vector>

#include "config/call.hpp"
#include "gram/error_estimate.hpp"
#include "gram/scaled.hpp"
#include "solve/refine.hpp"

namespace akr {

class PowerRecord {
 public:
  explicit PowerRecord(std::int64_t columns);

  // Of unit·A: before the first stage.
  void set_matrix(const linalg::ExtremeSingularValues &sigma, double frobenius, double roundoff);
  double condition() const { return std::exp2(estimates_.front().log2_condition()); }

  // Nothing is known of any column but the residual that was set.
  void forget();
  void interrupt(const Interrupted &stop) { total_.interrupt(stop.reason()); }
  // A certificate fell short, and nothing more can be done.
  void stand_still() { total_.stopped_by = "stagnation"; }
  bool interrupted() const { return total_.interrupted(); }
  std::int64_t iterations() const { return total_.iterations; }
  void count_passes(std::int64_t passes) { passes_ += passes; }
  std::int64_t passes() const { return passes_; }

  // Iterations, history (as much of it as anybody reads), and why they ended.
  void add(const RefineResult &result);
  // A column of a stage: its certificate; log2 of ‖A x‖ (‖b − A x‖ of least squares) and of ‖x‖.
  void judge(std::int64_t c, const ColumnResult &column, double log2_weight, double log2_norm);
  // Stages that have no certificates of their own.
  void add_uncertified(std::int64_t c, const StagesAtOnce &stages);
  // A certificate that belongs to no stage.
  void add_certificate(std::int64_t c, double backward_error, double acceptable);
  // ‖(AᵀA)ʲx − b_0‖ ≤ Σ σ₁^(2(i−1)) ‖e_i‖, e_i being residual·2^exponent for the stage i of a column.
  void add_residual(std::int64_t i, std::int64_t c, double residual, std::int64_t exponent);
  // The residual that is reported instead, and its gradient.
  void set_residual(std::int64_t c, const ColumnResult &column);
  void leave_out_residual();
  // Nothing is known of x, for this reason where there was no interruption.
  void fail(const char *stopped_by);

  // κ^power·u, ê and which columns are beyond the precision. through_product: the answer is A times the last stage's.
  void finish(Report &report, double power, bool through_product);
  const RefineResult &result() const { return total_; }

 private:
  RefineResult total_;
  std::vector<ErrorEstimate> estimates_;
  double log2_norm_ = 0;
  double frobenius_ratio_ = 1;
  double roundoff_ = 0;
  bool nonzero_ = true;
  bool residual_is_set_ = false;
  std::int64_t passes_ = 0;
};

}  // namespace akr
