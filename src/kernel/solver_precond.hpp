// SPDX-License-Identifier: BSD-3-Clause
// The preconditioner of one solve: the one that was given, or one made after the plan, for which a larger rank or a
// dense factor takes over where going on with it would take longer.
#pragma once

#include <optional>
#include <string>

#include "kernel/build_precond.hpp"
#include "kernel/choose.hpp"
#include "kernel/system.hpp"

namespace akr {

class SolverPrecond {
 public:
  SolverPrecond(Call &call, const Kernel &kernel, KernelSystem &system, std::int64_t right_sides)
      : call_(call), kernel_(kernel), system_(system), right_sides_(right_sides) {}

  // Takes `given` (or null) where it was made for this kernel and ridge, or makes one.
  void prepare(const KernelPrecond *given);

  bool ready() const { return given_ != nullptr || own_.has_value(); }
  const KernelPrecond &operator*() const { return given_ != nullptr ? *given_ : *own_; }
  const KernelPrecond *operator->() const { return &**this; }
  // Whether keeping G pays once an iteration goes on for long.
  bool store() const { return plan_.store; }

  // Whether a dense factor took over. Why: for the log.
  bool turn_dense(const std::string &why);
  // Whether it was changed because so many iterations more cost `margin` times what a dense factor does, or because
  // they are many for so low a rank. Ranks grow only where the margin is 1.
  bool reconsider(double iterations_left, double margin);
  bool is_final() const { return given_ != nullptr || plan_.kind == KernelChoice::dense; }

 private:
  void build();
  void grow(std::int64_t rank);
  bool hopeless_rank() const;

  Call &call_;
  const Kernel &kernel_;
  KernelSystem &system_;
  std::int64_t right_sides_;
  KernelPlan plan_;
  const KernelPrecond *given_ = nullptr;
  std::optional<KernelPrecond> own_;
  std::optional<LowRank> low_rank_;
};

}  // namespace akr
