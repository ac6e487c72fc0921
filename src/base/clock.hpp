// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace akr {

// Seconds on a clock that never jumps.
inline double seconds_now() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace akr
