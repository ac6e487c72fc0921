// SPDX-License-Identifier: BSD-3-Clause
#include "soak_host.hpp"

OptionsPtr Host::options() const {
  static const char *const methods[] = {"auto", "sketch", "sketch-cholqr", "cholesky"};
  static const char *const kinds[] = {"auto", "srht", "sparse-sign", "gaussian"};
  static const char *const preconds[] = {"auto", "rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"};
  akr_options *made = nullptr;
  akr_options_create(&made);
  akr_options_set_str(made, "method", methods[turn_ % 4]);
  akr_options_set_str(made, "sketch.kind", kinds[turn_ / 2 % 4]);
  akr_options_set_str(made, "kernel.precond", preconds[turn_ % 6]);
  akr_options_set_i64(made, "seed", turn_);
  akr_options_set_i64(made, "threads", 1 + (turn_ + number_) % 3);
  return OptionsPtr(made);
}

void Host::live() {
  constexpr void (Host::*work[])() = {
      &Host::least_squares<double>, &Host::kernel<double>,    &Host::bad_input<double>, &Host::sketches<float>,
      &Host::attention<float>,      &Host::gram<double>,      &Host::cancels<double>,   &Host::prediction<float>,
      &Host::leverage<double>,      &Host::bad_callbacks,     &Host::kernel<float>,     &Host::least_squares<float>,
      &Host::cancels<float>,        &Host::attention<double>, &Host::sketches<double>,  &Host::gram<float>,
      &Host::bad_input<float>,      &Host::leverage<float>,   &Host::prediction<double>};
  constexpr std::int64_t count = sizeof work / sizeof work[0];
  // The hosts begin apart, so that unlike work meets; each goes through all of it, then again in other forms.
  for (std::int64_t at = number_ * count / 4; !stop_; ++at, ++pieces_) {
    turn_ = at / count * 5 + number_;
    (this->*work[at % count])();
  }
}
