// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernel/gaussian.hpp"
#include "precond/rpcholesky.hpp"

namespace akr {

// G ≈ Z Zᵀ with `rank` features a point that are drawn without looking at G: the Taylor series of its exponential,
// each degree sketched by a tree of tensor SRHTs (Song, Yin, Zhang, arXiv 2308.14304, section 6). G depends on
// differences of points alone, so they are centred first. Reads the points once; O(n·leaves·r log r), r the inner
// dimension of the tree.
LowRank taylor_features(Call &call, const Gaussian &g, std::int64_t rank);

}  // namespace akr
