// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/build_precond.hpp"

#include <cstring>
#include <string>

#include "kernel/choose.hpp"
#include "kernel/taylor.hpp"
#include "precond/nystrom.hpp"

namespace akr {

namespace {

// A factor that leaves less of the trace is exact.
constexpr double least_trace = 1e-15;

}  // namespace

void extend_low_rank(Call &call, const Gaussian &g, KernelChoice kind, std::int64_t rank, LowRank &low_rank) {
  if (kind == KernelChoice::nystrom) {
    low_rank = nystrom(call, g, rank);
  } else if (kind == KernelChoice::tensor_sketch) {
    low_rank = taylor_features(call, g, rank);
  } else {
    if (low_rank.rank == 0) {
      low_rank = empty_low_rank(call.run, g, rank);
    } else if (low_rank.f.cols() < rank) {
      low_rank.make_room(rank);
    }
    grow_rpcholesky(call, g, rank, least_trace, low_rank);
  }
}

KernelPrecond precond_of_choice(const Gaussian &g, double ridge, const LowRank &low_rank, KernelChoice kind) {
  if (kind == KernelChoice::rpcholesky) {
    return precond_from_low_rank(g, ridge, low_rank, KernelForm::low_rank_ridge, "rpcholesky");
  }
  const char *name = kind == KernelChoice::nystrom         ? "nystrom"
                     : kind == KernelChoice::tensor_sketch ? "tensor-sketch"
                                                           : "rpcholesky-diag";
  return precond_from_low_rank(g, ridge, low_rank, KernelForm::low_rank_diagonal, name);
}

KernelPrecond make_kernel_precond(Call &call, const Kernel &k, double ridge) {
  const Gaussian g(k);
  const KernelPlan plan =
      choose_kernel_plan(call.options, g, ridge, call.run.memory().limit() - call.run.memory().used());
  KernelPrecond m;
  if (plan.kind == KernelChoice::dense) {
    m = precond_by_dense(call, g, ridge);
  } else {
    LowRank low_rank;
    extend_low_rank(call, g, plan.kind, plan.rank, low_rank);
    m = precond_of_choice(g, ridge, low_rank, plan.kind);
  }
  m.bits = k.bits();
  m.fingerprint = fingerprint(k);
  call.report.set(Key::kernel_precond, std::string(m.name));
  call.report.set(Key::kernel_rank, m.rank);
  return m;
}

std::uint64_t fingerprint(const Kernel &k) {
  // FNV-1a over the bits of the points; those of √s a tell the scale as well.
  std::uint64_t hash = 1469598103934665603ULL;
  const View<const double> p = k.packed();
  for (std::int64_t i = 0; i < p.cols; ++i) {
    for (std::int64_t j = 0; j < p.rows; ++j) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &p(j, i), sizeof bits);
      hash = (hash ^ bits) * 1099511628211ULL;
    }
  }
  return hash;
}

}  // namespace akr
