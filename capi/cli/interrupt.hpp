// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C, and SIGTERM, as the library's cancel flag: the answer so far is still written. A second Ctrl-C kills.
#pragma once

#include <csignal>
#include <cstdint>

namespace akr::cli {

// While one lives, the two signals set the flag. Signals that were ignored stay so (nohup, shells' background jobs).
class InterruptScope {
 public:
  // `announce`: say on stderr that the signal was understood.
  explicit InterruptScope(bool announce);
  ~InterruptScope();
  InterruptScope(const InterruptScope &) = delete;
  InterruptScope &operator=(const InterruptScope &) = delete;

  const std::int32_t *flag() const;

 private:
  struct sigaction before_[2];
};

}  // namespace akr::cli
