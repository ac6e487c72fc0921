// SPDX-License-Identifier: BSD-3-Clause
#include "base/monitor.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace akr {

namespace {
constexpr double report_interval = 0.1;
}

Monitor::Monitor() noexcept : started_(seconds_now()), last_report_(started_) {}

double Monitor::seconds() const noexcept { return seconds_now() - started_; }

void Monitor::phase(const char *name) noexcept {
  now_.phase = name;
  changed_ = true;
}

void Monitor::iteration(std::int64_t done) noexcept {
  now_.iterations = done;
  changed_ = true;
}

void Monitor::stage(double begin, double end) noexcept {
  stage_begin_ = begin;
  stage_end_ = end;
  advance(0);
}

// Never backwards: a method that is given up for a stronger one does not undo what was shown.
void Monitor::advance(double part) noexcept {
  const double value = stage_begin_ + (stage_end_ - stage_begin_) * std::clamp(part, 0.0, 1.0);
  now_.fraction = std::max(now_.fraction, value);
}

void Monitor::stop_listening() noexcept {
  listening_ = false;
  interrupted_.store(false, std::memory_order_relaxed);
}

void Monitor::poll() {
  if (!listening_) return;
  if (cancel_flag_ != nullptr && __atomic_load_n(cancel_flag_, __ATOMIC_RELAXED) != 0) stop(StopReason::cancel);
  if (time_limit_ <= 0 && !progress_fn_) return;
  const double now = seconds_now();
  if (time_limit_ > 0 && now - started_ > time_limit_) stop(StopReason::time_limit);
  if (progress_fn_ && (now - last_report_ >= report_interval || (changed_ && now_.iterations == 0))) {
    last_report_ = now;
    changed_ = false;
    now_.seconds = now - started_;
    if (progress_fn_(now_)) stop(StopReason::cancel);
  }
}

void Monitor::stop(StopReason reason) {
  interrupted_.store(true, std::memory_order_relaxed);
  throw Interrupted(reason);
}

}  // namespace akr
