// SPDX-License-Identifier: BSD-3-Clause
#include "precond/rank.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "precond/build.hpp"

namespace akr {

using linalg::Op;

namespace {

// The estimate of the smallest singular value may be a few times too large: look closely from here on.
constexpr double suspicion = 100;

// N = orthonormal basis of D V₀: the null vectors of A are D times those of A D. Components of V₀ at the level of its
// rounding errors are taken for zeros: D may span many orders, and would turn the noise of a small column into the
// whole vector. That changes A D by as little as the rounding of its entries does.
Array2<double> null_space(const Buffer<double> &scale, const linalg::Svd &svd, std::int64_t rank) {
  const std::int64_t d = svd.vt.rows();
  Array2<double> basis(d, d - rank);
  const double noise = 64 * std::sqrt(static_cast<double>(d)) * unit_roundoff(64);
  for (std::int64_t c = 0; c < d - rank; ++c) {
    double largest = 0;
    for (std::int64_t i = 0; i < d; ++i) {
      const double v = svd.vt(rank + c, i);
      basis(i, c) = std::fabs(v) > noise ? scale[i] * v : 0;
      largest = std::max(largest, std::fabs(basis(i, c)));
    }
    const double factor = power_of_two_scale(largest);  // D spans many orders; QR wants columns of like size
    for (std::int64_t i = 0; i < d; ++i) basis(i, c) *= factor;
  }
  Buffer<double> tau(std::max<std::int64_t>(d - rank, 1));
  linalg::qr(basis.view(), tau.data());
  linalg::form_q(basis.view(), tau.data());
  return basis;
}

void truncate(Precond &m, const linalg::Svd &svd, Array2<double> *start_map) {
  const std::int64_t d = m.cols;
  m.truncated = Array2<double>(d, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t i = 0; i < d; ++i) m.truncated(i, c) = svd.vt(c, i) / svd.s[c];
  }
  m.null_basis = null_space(m.scale, svd, m.rank);
  if (start_map == nullptr) return;
  Array2<double> v(d, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t i = 0; i < d; ++i) v(i, c) = svd.vt(c, i) / svd.s[c];
  }
  *start_map = Array2<double>(d, d, 0.0);
  linalg::gemm(Op::none, Op::transpose, 1.0, View<const double>(v.view()), svd.u.view().block(0, d, 0, m.rank), 0.0,
               start_map->view());
}

}  // namespace

bool counts(const Buffer<double> &s, std::int64_t k, double tolerance) { return s[k] > 0 && s[k] >= tolerance * s[0]; }

double rank_tolerance(const Options &options, std::int64_t cols, int bits) {
  if (options.rank_tol > 0) return options.rank_tol;
  return std::max(5.0, std::sqrt(static_cast<double>(cols)) / 2) * unit_roundoff(bits);
}

void settle_rank(Precond &m, const Options &options, Array2<double> *start_map) {
  const std::int64_t d = m.cols;
  m.rank = d;
  m.tolerance = rank_tolerance(options, d, m.bits);
  const double tolerance = options.rank_tol > 0 ? m.tolerance : std::max(m.tolerance, m.noise);
  const auto extremes = linalg::estimate_singular_values(m.r.view());
  m.sigma_max = extremes.largest;
  m.condition = extremes.condition();
  if (m.condition * tolerance * suspicion < 1) return;

  Array2<double> copy(d, d);
  std::copy_n(m.r.data(), d * d, copy.data());
  const Buffer<double> s = linalg::singular_values(copy.view());
  m.sigma_max = s[0];
  while (m.rank > 0 && !counts(s, m.rank - 1, tolerance)) --m.rank;
  m.condition = m.rank > 0 ? s[0] / s[m.rank - 1] : 1;
  m.kept = m.rank > 0 ? s[m.rank - 1] / s[0] : 0;
  m.dropped = m.rank < d && s[0] > 0 ? s[m.rank] / s[0] : 0;
  if (m.rank == d) return;
  std::copy_n(m.r.data(), d * d, copy.data());
  truncate(m, linalg::svd(copy.view()), start_map);
}

}  // namespace akr
