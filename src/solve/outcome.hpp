// SPDX-License-Identifier: BSD-3-Clause
// From what the columns reached to the status and the report of the whole call.
#pragma once

#include "config/call.hpp"
#include "solve/refine.hpp"
#include "solve/right_sides.hpp"

namespace akr {

struct Outcome {
  const char *method = "";
  std::int64_t rank = 0;
  bool full_rank = true;
  double condition = 1;
  double kept = 0;     // smallest singular value that counts and largest that does not, relative to the largest;
  double dropped = 0;  // 0 when no SVD was made
  std::int64_t passes = 0;
};

// The status of each column: RANK_DEFICIENT where the rank is short, whatever the backward error says; then OK where
// the certificate held, CANCELLED, NOT_CONVERGED. Norms are reported in the caller's scale.
Status conclude(Call &call, const Outcome &outcome, const ScaledRightSides &rhs, const RefineResult &result);

}  // namespace akr
