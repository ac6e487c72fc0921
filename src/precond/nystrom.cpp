// SPDX-License-Identifier: BSD-3-Clause
#include "precond/nystrom.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"

namespace akr {

using linalg::Op;

namespace {

// Columns of one product with G.
constexpr std::int64_t together = 64;

}  // namespace

LowRank nystrom(Call &call, const SymmetricOperator &g, std::int64_t rank) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  const std::int64_t n = g.size();
  LowRank out;
  out.f = Array2<double>(n, rank);
  out.remainder = Buffer<double>(std::max<std::int64_t>(n, 1));
  Array2<double> omega(n, rank);
  for (std::int64_t c = 0; c < rank; ++c) {
    const RandomStream random(static_cast<std::uint64_t>(call.options.seed), Purpose::nystrom,
                              static_cast<std::uint32_t>(c));
    for (std::int64_t i = 0; i < n; i += 2) {
      const auto pair = random.normals(static_cast<std::uint64_t>(i / 2));
      omega(i, c) = pair[0];
      if (i + 1 < n) omega(i + 1, c) = pair[1];
    }
  }
  double norm = 0;
  for (std::int64_t c = 0; c < rank; c += together) {
    const std::int64_t count = std::min(together, rank - c);
    const View<double> y = out.f.view().columns(c, count);
    g.product(call.run, View<const double>(omega.view().columns(c, count)), y);
    for (std::int64_t k = 0; k < count; ++k) norm = std::hypot(norm, linalg::norm2(y.col(k), n));
    call.run.monitor().advance(static_cast<double>(c + count) / static_cast<double>(rank));
    call.run.poll();
  }
  Array2<double> core(rank, rank);
  double shift = std::sqrt(static_cast<double>(n)) * unit_roundoff(64) * norm;
  double added = 0;
  for (;;) {
    for (std::int64_t c = 0; c < rank; ++c) linalg::axpy(shift - added, omega.col(c), out.f.col(c), n);
    linalg::gemm(Op::transpose, Op::none, 1.0, omega.view(), View<const double>(out.f.view()), 0.0, core.view());
    if (linalg::cholesky_upper(core.view())) break;
    if (!(shift < norm)) throw Error(Status::e_numeric, "the kernel's Nystrom factor does not exist");
    added = shift;
    shift *= 10;
  }
  linalg::trsm_right_upper(core.view(), out.f.view());
  out.rank = rank;
  g.diagonal(call.run, out.remainder.data());
  for (std::int64_t i = 0; i < n; ++i) {
    double square = 0;
    for (std::int64_t c = 0; c < rank; ++c) square += out.f(i, c) * out.f(i, c);
    out.remainder[i] = std::max(0.0, out.remainder[i] - square);
    out.trace += out.remainder[i];
  }
  return out;
}

}  // namespace akr
