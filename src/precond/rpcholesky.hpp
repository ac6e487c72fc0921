// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "config/call.hpp"
#include "matrix/symmetric.hpp"

namespace akr {

// G ≈ F Fᵀ of a positive semidefinite G, and the diagonal of what is left.
struct LowRank {
  Array2<double> f;  // n x room, of which `rank` columns are filled
  std::int64_t rank = 0;
  Buffer<double> remainder;  // diag(G − F Fᵀ) >= 0
  double trace = 0;          // of the remainder
  std::uint64_t draws = 0;   // random numbers used so far

  // Columns for so many, those that are filled kept.
  void make_room(std::int64_t columns) {
    Array2<double> wider(f.rows(), columns);
    for (std::int64_t c = 0; c < rank; ++c) std::copy_n(f.col(c), f.rows(), wider.col(c));
    f = std::move(wider);
  }
  View<const double> factor() const { return f.view().columns(0, rank); }
};

// F = [] with room for so many columns.
LowRank empty_low_rank(Run &run, const SymmetricOperator &g, std::int64_t room);

// Accelerated randomly pivoted Cholesky (Epperly, Tropp, Webber, arXiv 2410.03969): pivots are drawn in blocks by the
// diagonal of the remainder and accepted one by one, so that their law is that of drawing each after the other. Goes on
// until the rank is `rank`, or the remainder's trace is below tolerance times that of G. Costs rank columns of G and
// n rank² flops.
void grow_rpcholesky(Call &call, const SymmetricOperator &g, std::int64_t rank, double tolerance, LowRank &out);

}  // namespace akr
