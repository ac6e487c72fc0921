// SPDX-License-Identifier: BSD-3-Clause
#include "interrupt.hpp"

#include <unistd.h>

namespace akr::cli {

namespace {

constexpr int signals[2] = {SIGINT, SIGTERM};

std::int32_t cancel_flag = 0;  // written by the handler, read by the library: atomically both
bool announces = false;        // set before the handlers are

extern "C" void on_signal(int) {
  __atomic_store_n(&cancel_flag, 1, __ATOMIC_RELAXED);
  static const char words[] = "\nakr: ending with the best answer so far; again: at once and without\n";
  if (announces && write(STDERR_FILENO, words, sizeof words - 1) < 0) return;  // nothing to be done about it here
}

}  // namespace

InterruptScope::InterruptScope(bool announce) {
  announces = announce;
  __atomic_store_n(&cancel_flag, 0, __ATOMIC_RELAXED);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (int k = 0; k < 2; ++k) {
    sigaction(signals[k], nullptr, &before_[k]);
    if (before_[k].sa_handler != SIG_IGN) sigaction(signals[k], &action, nullptr);
  }
}

InterruptScope::~InterruptScope() {
  for (int k = 0; k < 2; ++k) sigaction(signals[k], &before_[k], nullptr);
}

const std::int32_t *InterruptScope::flag() const { return &cancel_flag; }

}  // namespace akr::cli
