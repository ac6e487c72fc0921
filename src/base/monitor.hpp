// SPDX-License-Identifier: BSD-3-Clause
// What the caller may see and stop while a call runs: progress, log lines, the cancel flag, the time limit.
// Everything here runs on the thread that made the call; other threads may only ask interrupted().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "base/status.hpp"

namespace akr {

struct Progress {
  const char *phase = "";
  std::int64_t iterations = 0;
  double fraction = -1;       // of the whole call, or negative when unknown
  double residual_norm = -1;  // of the worst column, or negative before there is one
  double seconds = 0;
};

class Monitor {
 public:
  using ProgressFn = std::function<bool(const Progress &)>;  // true: cancel
  using LogFn = std::function<void(int level, const char *)>;

  Monitor() noexcept;
  void set_progress(ProgressFn fn) { progress_fn_ = std::move(fn); }
  void set_log(LogFn fn, int level) {
    log_fn_ = std::move(fn);
    log_level_ = level;
  }
  void set_cancel_flag(const std::int32_t *flag) noexcept { cancel_flag_ = flag; }
  void set_time_limit(double seconds) noexcept { time_limit_ = seconds; }

  // Where the call is. Each change is reported at the next poll.
  void phase(const char *name) noexcept;
  void iteration(std::int64_t done) noexcept;
  void residual(double norm) noexcept { now_.residual_norm = norm; }
  // The part of the whole call that the steps to come make up, and how far along it they are (0 to 1).
  void stage(double begin, double end) noexcept;
  void advance(double part) noexcept;

  // Throws Interrupted when the caller cancelled or the time is over; reports progress at most every 0.1 s.
  void poll();
  // True once poll() on the calling thread has seen a reason to stop; cheap, any thread.
  bool interrupted() const noexcept { return interrupted_.load(std::memory_order_relaxed); }

  // After an interruption: nothing stops the call any more, so that the best iterate can be certified.
  void stop_listening() noexcept;

  double seconds() const noexcept;
  bool logs(int level) const noexcept { return log_fn_ && level <= log_level_; }
  void log(int level, const std::string &line) const {
    if (logs(level)) log_fn_(level, line.c_str());
  }

 private:
  [[noreturn]] void stop(StopReason reason);

  ProgressFn progress_fn_;
  LogFn log_fn_;
  int log_level_ = 0;
  const std::int32_t *cancel_flag_ = nullptr;
  double time_limit_ = 0;
  double started_;
  double last_report_;
  bool changed_ = false;
  double stage_begin_ = 0;
  double stage_end_ = 1;
  bool listening_ = true;
  Progress now_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace akr
