// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/choose.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace akr {

namespace {

// Rates of one core of a current x86-64 server; only their ratios matter.
constexpr double single_cholesky_flops = 130e9;
constexpr double gemm_flops = 80e9;
constexpr double block_rate = 1.6e9;  // entries of G, from an inner product to the end of the block's use
constexpr double memory_bytes = 10e9;

// Up to here a dense factor costs less than thinking.
constexpr std::int64_t small = 1500;
// Memory that auto takes for a stored G or a dense factor where nobody has set a limit.
constexpr double most_storage = 7e9;
constexpr double dense_iterations = 6;

double sizes(std::int64_t v) { return static_cast<double>(v); }

// stored_bits: 0 where G is made again.
double product_seconds(std::int64_t n, std::int64_t nrhs, int stored_bits, std::int64_t dim) {
  const double half = sizes(n) * sizes(n) / 2;
  const double made = half * (2 * sizes(dim) / gemm_flops + 1 / block_rate);
  const double used = half * std::max(stored_bits / (8 * memory_bytes), 4 * sizes(nrhs) / gemm_flops);
  return stored_bits > 0 ? used : made + used;
}

}  // namespace

double dense_equivalent(const Gaussian &g, std::int64_t rank, std::int64_t nrhs, int stored_bits) {
  const double n = sizes(g.size());
  const double product = product_seconds(g.size(), nrhs, stored_bits, g.dim());
  const double apply = n * sizes(rank) * std::max(4 * sizes(nrhs) / gemm_flops, 16 / memory_bytes);
  const double iteration = product + apply;
  const double dense = n * n * n / 3 / single_cholesky_flops + product_seconds(g.size(), 1, 0, g.dim()) +
                       dense_iterations * (product_seconds(g.size(), nrhs, 0, g.dim()) + n * n * 4 / memory_bytes);
  return dense / iteration;
}

KernelPlan choose_kernel_plan(const Options &options, const Gaussian &g, double ridge, std::int64_t memory_left) {
  const std::int64_t n = g.size();
  KernelPlan plan;
  const double limit = options.memory_limit > 0 ? sizes(memory_left) : most_storage;
  const double dense_bytes = 4.0 * sizes(n) * sizes(n) + 8.0 * 512 * sizes(n);
  const double stored_bytes = sizes(Gaussian::storage_bytes(n, 64));
  const KernelChoice asked = options.chosen_kernel_precond();
  const StorageChoice storage = options.chosen_kernel_storage();
  plan.kind = asked;
  if (asked == KernelChoice::automatic) {
    // Rows of like norm have a like share of the ridge: then the remainder says nothing that the ridge does not.
    double least = g.size() > 0 ? g.log_d()[0] : 0, most = least;
    for (std::int64_t i = 0; i < n; ++i) {
      least = std::min(least, g.log_d()[i]);
      most = std::max(most, g.log_d()[i]);
    }
    const bool alike = 2 * (most - least) < std::log(10.0) && ridge > 0;
    plan.kind = alike ? KernelChoice::rpcholesky : KernelChoice::rpcholesky_diag;
    if (n <= small && dense_bytes <= limit) plan.kind = KernelChoice::dense;
    plan.may_turn_dense = plan.kind != KernelChoice::dense && dense_bytes <= limit;
  }
  plan.most_rank =
      std::min<std::int64_t>(n, options.kernel_rank > 0 ? options.kernel_rank : std::max<std::int64_t>(n / 4, 16));
  plan.rank = options.kernel_rank > 0 ? plan.most_rank
                                      : std::min<std::int64_t>(plan.most_rank, std::max<std::int64_t>(n / 20, 100));
  const double used = plan.kind == KernelChoice::dense ? dense_bytes : 16.0 * sizes(n) * sizes(plan.most_rank);
  plan.store = storage == StorageChoice::dense || (storage == StorageChoice::automatic && stored_bytes + used <= limit);
  if (storage == StorageChoice::dense && stored_bytes + used > limit && options.memory_limit > 0) {
    throw Error(Status::e_memory, text("memory_limit = ", options.memory_limit, ": kernel.storage = dense needs ",
                                       static_cast<std::int64_t>(stored_bytes + used), " bytes"));
  }
  return plan;
}

}  // namespace akr
