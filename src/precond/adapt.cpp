// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "linalg/lapack.hpp"
#include "precond/build.hpp"
#include "precond/rank.hpp"

namespace akr {

std::optional<Precond> adapt_ridge(const Options &options, const Precond &m, double ridge) {
  const double extra = ridge - m.ridge;
  if (extra < 0) return std::nullopt;
  const std::int64_t d = m.cols;
  Precond out;
  out.rows = m.rows;
  out.cols = d;
  out.bits = m.bits;
  out.ridge = ridge;
  out.origin = m.origin;
  out.frobenius = m.frobenius;
  out.contraction = m.contraction;
  if (!m.full_rank() && m.origin == PrecondOrigin::sketch_cholqr) {
    // Only the truncated P was orthonormalised; R is still that of the sketch.
    out.origin = PrecondOrigin::sketch;
    out.contraction = 1;
  }
  out.scale = Buffer<double>(d);
  std::copy_n(m.scale.data(), d, out.scale.data());
  out.r = Array2<double>(d, d);
  std::copy_n(m.r.data(), d * d, out.r.data());
  Array2<double> rows(d, d, 0.0);
  for (std::int64_t j = 0; j < d; ++j) rows(j, j) = std::sqrt(extra) * m.scale[j];
  linalg::qr_append(out.r.view(), rows.view(), true);
  settle_rank(out, rank_tolerance(options, d, m.bits), nullptr);
  return out;
}

}  // namespace akr
