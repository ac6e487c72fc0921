// SPDX-License-Identifier: BSD-3-Clause
// What a least-squares solve begins with: a preconditioner, and a point to start from.
#pragma once

#include <optional>

#include "config/call.hpp"
#include "precond/precond.hpp"
#include "solve/right_sides.hpp"

namespace akr {

class Preparation {
 public:
  // x is the caller's warm start (in his variables, not scaled) when options.warm_start is set; it is taken along here.
  Preparation(Call &call, const Matrix &a, double ridge, const ScaledRightSides &rhs, View<double> x);

  // Chooses a method, makes its preconditioner, or takes `given` where it belongs to A, and sets x to the start in the
  // scaled variables. Throws Interrupted.
  void begin(const Precond *given);
  // The next stronger preconditioner, x kept as its start where it is the better one; false when there is none. When a
  // cheap one disappoints its own R may be the culprit: the certificate is then made with the stronger one as well.
  // Throws Interrupted with preconditioner and x as they were.
  bool strengthen();
  // x = the warm start, or zero, in the variables of the scaled right-hand sides: for a solve that ends before begin().
  void reset();

  const Precond &precond() const { return owned_ ? *owned_ : *given_; }
  const char *method_name() const;
  // D(AᵀA + μI)D for the certificate, once, where it was formed and is worth keeping; else empty.
  Array2<double> take_normal() { return std::exchange(normal_, Array2<double>()); }
  Method asked() const { return asked_; }
  bool automatic() const { return automatic_; }  // the method is ours to change
  bool uses_given() const { return given_ != nullptr; }
  std::int64_t passes() const { return passes_; }
  // Of conjugate gradients without a factor, before strengthen() is the quicker way; 0: as many as there are.
  double affordable_steps() const {
    return automatic_ && precond().origin == PrecondOrigin::scaling ? affordable_steps_ : 0;
  }

 private:
  void keep_warm_start();
  bool take_given();
  bool build(Method method);
  bool start_without_factor();
  bool use_up_start();
  bool start_warm(std::int64_t c);
  void start_x(bool solved);
  void rescale_x(const Buffer<double> &old_scale);
  void replace_given();
  bool factor_at_last();
  void take_better_start(const Array2<double> &other);
  Array2<double> copy_of_x() const;
  void set_x(const Array2<double> &x);
  void sketch_again(const Options &options);
  void factor_all();

  Call &call_;
  const Matrix &a_;
  double ridge_;
  const ScaledRightSides &rhs_;
  View<double> x_;
  Array2<double> warm_;  // as the caller gave it
  const Precond *given_ = nullptr;
  std::optional<Precond> owned_;
  Array2<double> normal_;
  Method asked_ = Method::automatic;
  bool automatic_ = true;
  double affordable_steps_ = 0;
  bool nothing_fits_ = false;  // no preconditioner, into memory
  bool enlarged_ = false;      // a larger sketch was made
  bool solved_ = false;        // x holds a start that came with the recognition of `given`
  std::int64_t passes_ = 0;
};

}  // namespace akr
