// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "linalg/qr.hpp"
#include "precond/build.hpp"
#include "precond/rank.hpp"

namespace akr {

std::optional<Precond> adapt_ridge(const Options &options, const Precond &m, double ridge) {
  const double extra = ridge - m.ridge;
  if (extra < 0) return std::nullopt;
  const std::int64_t d = m.cols;
  Precond out;
  static_cast<PrecondFacts &>(out) = m;
  out.ridge = ridge;
  out.kept = out.dropped = 0;
  if (!m.full_rank() && m.origin == PrecondOrigin::sketch_cholqr) {
    // Only the truncated P was orthonormalised; R is still that of the sketch.
    out.origin = PrecondOrigin::sketch;
    out.contraction = 1;
  }
  out.scale = m.scale.clone();
  out.r = m.r.clone();
  Array2<double> rows(d, d, 0.0);
  for (std::int64_t j = 0; j < d; ++j) rows(j, j) = std::sqrt(extra) * m.scale[j];
  linalg::qr_append(out.r.view(), rows.view(), true);
  settle_rank(options, out, nullptr);
  return out;
}

}  // namespace akr
