// SPDX-License-Identifier: BSD-3-Clause
// From what the columns reached to the status and the report of the whole call.
#pragma once

#include <optional>

#include "config/call.hpp"
#include "solve/refine.hpp"
#include "solve/right_sides.hpp"

namespace akr {

struct Outcome {
  const char *method = "";
  std::optional<std::int64_t> rank;  // empty: nobody has found out
  bool full_rank = true;
  std::optional<double> condition;
  double kept = 0;     // smallest singular value that counts and largest that does not, relative to the largest;
  double dropped = 0;  // 0 when no SVD was made
  std::int64_t passes = 0;
};

// The status of each column: PRECISION_LIMIT where x is beyond the precision, RANK_DEFICIENT where the rank is short,
// whatever the backward error says; then OK where the certificate held, CANCELLED, NOT_CONVERGED. Norms are reported in
// the caller's scale. A key whose value was not found, or is outside the range of a double, stays unset.
Status conclude(Call &call, const Outcome &outcome, const ScaledRightSides &rhs, const RefineResult &result);

}  // namespace akr
