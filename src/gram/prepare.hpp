// SPDX-License-Identifier: BSD-3-Clause
// The preconditioner of a Gram problem.
#pragma once

#include <optional>

#include "config/call.hpp"
#include "gram/choose.hpp"
#include "precond/precond.hpp"

namespace akr {

class GramPreparation {
 public:
  GramPreparation(Call &call, const Matrix &a) : call_(call), a_(a) {}

  // Takes `given` where it belongs to A, else makes what the plan says; with the factor route an accurate one. Throws
  // Interrupted.
  void begin(const Precond *given, std::int64_t stages, std::int64_t nrhs);
  // The next stronger one; false when there is none, or when the method is not ours to change.
  bool strengthen();

  const GramPlan &plan() const { return plan_; }
  bool accurate() const { return accurate_; }
  std::int64_t passes() const { return passes_; }
  const char *method_name() const;

  // For A, in whose range of numbers its powers may not stay; and for unit·A, unit a power of two near 1/‖A‖ where ‖A‖
  // is extreme, else 1.
  const Precond &of_a() const { return owned_ ? *owned_ : *given_; }
  const Precond &in_units() const { return units_ ? *units_ : of_a(); }
  double unit() const { return unit_; }

 private:
  bool take(const Precond *given);
  void build(std::int64_t stages, std::int64_t nrhs);
  void make_accurate();
  void settle_units();

  Call &call_;
  const Matrix &a_;
  GramPlan plan_;
  const Precond *given_ = nullptr;
  std::optional<Precond> owned_;
  std::optional<Precond> units_;
  bool accurate_ = false;
  double unit_ = 1;
  std::int64_t passes_ = 0;
};

}  // namespace akr
