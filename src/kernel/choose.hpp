// SPDX-License-Identifier: BSD-3-Clause
// Every `auto` decision of kernel regression, and its cost model.
#pragma once

#include "config/call.hpp"
#include "kernel/gaussian.hpp"

namespace akr {

struct KernelPlan {
  KernelChoice kind = KernelChoice::rpcholesky_diag;
  std::int64_t rank = 0;        // of the low-rank factor to begin with
  std::int64_t most_rank = 0;   // up to which it may grow
  bool store = false;           // keep G, once an iteration goes on for long
  bool may_turn_dense = false;  // when the iteration with the low-rank factor does not get there in time
};

// Throws Error(e_memory) where what was asked for does not fit memory_limit.
KernelPlan choose_kernel_plan(const Options &options, const Gaussian &g, double ridge, std::int64_t memory_left);

// Iterations with the low-rank preconditioner that cost as much as a dense factorisation and its few iterations.
double dense_equivalent(const Gaussian &g, std::int64_t rank, std::int64_t nrhs, int stored_bits);

}  // namespace akr
