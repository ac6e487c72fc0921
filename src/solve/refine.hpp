// SPDX-License-Identifier: BSD-3-Clause
// Rounds of refinement: residual and gradient from A itself, certificate, correction. The same loop serves every
// preconditioner, where only the correction differs, and every NormalProblem.
#pragma once

#include <limits>
#include <vector>

#include "config/call.hpp"
#include "solve/backward_error.hpp"
#include "solve/problem.hpp"

namespace akr {

struct RefinePlan {
  bool judge_only = false;          // one evaluation and no correction
  bool gradient_steps = false;      // x~ += P Pᵀg~ whatever the contraction: the iteration of Song, Yin and Zhang
  std::int64_t max_iterations = 0;  // corrections (unit steps, or CG steps); 0: none forced
  double target = 0;                // relative backward error at which a column is done
  double acceptable = 0;            // at which it is AKR_OK although it stopped improving
  double residual = 0;              // times ‖b‖: or at which residual norm a column is done; 0: never
  int patience = 3;                 // rounds without halving the backward error that an acceptable column gets
  double affordable_steps = 0;      // of CG without a factor: where it takes more the refinement ends; 0: never
  std::uint64_t seed = 0;           // of the vector that tells the spectrum then
  int out_bits = 64;                // precision of the answer: every iterate is one that the caller can hold
};

// What is known of the x of a column; as it stands, nothing.
struct ColumnResult {
  double backward_error = std::numeric_limits<double>::infinity();
  double residual = std::numeric_limits<double>::quiet_NaN();  // the problem's residual norm, in its scale
  double gradient = std::numeric_limits<double>::quiet_NaN();  // ‖Aᵀr − μx‖
  bool converged = false;
  bool beyond_precision = false;  // the problem leaves too few digits of x, however well it is solved
};

struct RefineResult {
  std::vector<ColumnResult> columns;
  std::vector<double> history;  // worst ‖Pᵀg~‖/‖b‖ of the columns still at work, one entry a correction
  std::int64_t iterations = 0;
  const char *stopped_by = "converged";
  // Without a factor: κ(A D), 0 where it was not seen, and whether the columns are independent for certain.
  double condition = 0;
  bool full_rank = false;
  bool cancelled = false;
  bool out_of_time = false;

  bool interrupted() const { return cancelled || out_of_time; }
  void interrupt(StopReason reason) {
    cancelled = reason == StopReason::cancel;
    out_of_time = !cancelled;
    stopped_by = cancelled ? "cancel" : "time_limit";
  }
};

// x: the start on entry, the best iterate found on return, both in the scaled variables. rhs: ‖b‖ of each column.
// Cancellation and time limit end it with the best iterate; they are not thrown. Where A is in memory one more pass
// judges an iterate that was not judged yet; where a pass may be long A is not read again, and such an iterate is
// returned with nothing known of it. normal: what BackwardError may have of it.
RefineResult refine(Call &call, NormalProblem &problem, const Precond &m, const RefinePlan &plan,
                    const std::vector<double> &rhs, View<double> x, Array2<double> normal = Array2<double>());

}  // namespace akr
