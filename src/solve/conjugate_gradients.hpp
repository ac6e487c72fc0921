// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "config/call.hpp"
#include "solve/refine.hpp"
#include "solve/spectrum_probe.hpp"

namespace akr {

// One round of preconditioned conjugate gradients on Pᵀ(AᵀA + μ)P u = Pᵀg~ for several columns at once, one pass an
// iteration. step (d x k) receives the correction of x~.
struct CgRound {
  View<const double> x;        // the iterates being corrected
  View<double> g;              // their gradients; on return those of x + step, by recurrence
  std::vector<double> weight;  // NormalProblem::gradient's; on return those of x + step, by recurrence
  std::vector<double> rhs;     // ‖b‖
  std::int64_t max_iterations = 0;
  double target = 0;               // relative backward error
  double residual = 0;             // RefinePlan::residual
  bool first = false;              // of this solve: it stops at the noise that the first residual carries
  SpectrumProbe *probe = nullptr;  // goes along until it is settled; null: R tells what there is to know
  double affordable_steps = 0;     // with a probe: the round ends in vain where more are foreseen or taken; 0: never
  bool in_vain = false;
  std::int64_t done = 0;  // iterations; step is that of so many, also where the round is interrupted
};

void conjugate_gradient_round(Call &call, NormalProblem &problem, const Precond &m, BackwardError &error,
                              CgRound &round, View<double> step, RefineResult &result);

}  // namespace akr
