// SPDX-License-Identifier: BSD-3-Clause
#include "barrier.hpp"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>

#include "simd/dispatch.hpp"
#include "user_callback.hpp"

namespace akr::capi {

namespace {

// A cancelled BLAS call would leave the BLAS's locks behind.
class CancellationDisabled {
 public:
  CancellationDisabled() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
  ~CancellationDisabled() { pthread_setcancelstate(previous_, nullptr); }
  CancellationDisabled(const CancellationDisabled &) = delete;
  CancellationDisabled &operator=(const CancellationDisabled &) = delete;

 private:
  int previous_ = PTHREAD_CANCEL_ENABLE;
};

// A message of bounded length in place: telling an error needs no memory.
class Message {
 public:
  void append(const char *part) noexcept {
    const std::size_t room = sizeof text_ - 1 - length_;
    std::size_t count = std::strlen(part);
    if (count > room) {
      count = room;  // back to the beginning of the character that does not fit
      while (count > 0 && (static_cast<unsigned char>(part[count]) & 0xC0) == 0x80) --count;
    }
    std::memcpy(text_ + length_, part, count);
    length_ += count;
    text_[length_] = '\0';
  }
  void clear() noexcept { text_[length_ = 0] = '\0'; }
  bool empty() const noexcept { return length_ == 0; }
  const char *c_str() const noexcept { return text_; }

 private:
  char text_[1024] = "";
  std::size_t length_ = 0;
};

thread_local Message last_error_of_thread;

// What a gate has caught, as a status and a text.
struct Outcome {
  Status status = Status::ok;
  Message message;

  void fail(const char *function, Status what, const char *why) noexcept {
    status = what;
    message.clear();
    message.append(function);
    message.append(": ");
    message.append(why);
  }
};

// Runs body() and turns every exception but thread exit into an outcome. glibc unwinds an exiting thread with
// __forced_unwind and aborts the process when somebody keeps it.
template <class Body>
void guard(const char *function, Outcome &outcome, const Body &body) {
  try {
    outcome.status = body();
  } catch (const Error &e) {
    outcome.fail(function, e.status(), e.what());
  } catch (const Interrupted &e) {
    outcome.fail(function, Status::e_cancelled, e.what());
  } catch (const std::bad_alloc &) {
    outcome.fail(function, Status::e_memory, "out of memory");
  } catch (abi::__forced_unwind &) {
    throw;
  } catch (const std::exception &e) {
    outcome.fail(function, Status::e_internal, e.what());
  } catch (...) {
    outcome.fail(function, Status::e_internal, "an unknown exception reached the C boundary");
  }
}

akr_status conclude(const Outcome &outcome) noexcept {
  if (static_cast<akr_status>(outcome.status) < 0) last_error_of_thread = outcome.message;
  return static_cast<akr_status>(outcome.status);
}

// The callbacks of one call, as they stood when it began.
class Host {
 public:
  Host(const akr_options_s &options, Report &report) : options_(options), report_(report) {}

  void listen(Monitor &monitor, const Options &values) {
    monitor.set_cancel_flag(options_.cancel);
    monitor.set_time_limit(values.time_limit);
    if (options_.log != nullptr) {
      monitor.set_log([this](int level, const char *line) { log(level, line); }, static_cast<int>(values.log_level));
    }
    if (options_.progress != nullptr) {
      monitor.set_progress([this](const Progress &now) { return progress(now); });
    }
  }

 private:
  void log(int level, const char *line) const {
    catch_what_it_throws("log", [&] { options_.log(options_.log_user, level, line); });
  }

  bool progress(const Progress &now) {
    Report &said = now_.report;
    said.clear();
    said.set(Key::phase, std::string(now.phase));
    said.set(Key::iterations, now.iterations);
    said.set(Key::seconds, now.seconds);
    if (now.fraction >= 0) said.set(Key::fraction, now.fraction);
    if (now.residual_norm >= 0) said.set(Key::residual_norm, now.residual_norm);
    const std::int32_t code =
        catch_what_it_throws("progress", [&] { return options_.progress(options_.progress_user, &now_); });
    if (code != 0) report_.set(Key::callback_code, static_cast<std::int64_t>(code));
    return code != 0;
  }

  struct Callbacks {
    explicit Callbacks(const akr_options_s &o)
        : progress(o.progress), progress_user(o.progress_user), log(o.log), log_user(o.log_user), cancel(o.cancel) {}
    akr_progress_fn progress;
    void *progress_user;
    akr_log_fn log;
    void *log_user;
    const std::int32_t *cancel;
  };

  const Callbacks options_;
  Report &report_;
  akr_report_s now_;
};

// What the gate itself knows about a call. Memory may be out, and then the name of the instruction set is not said;
// numbers are set without memory.
// NOLINTNEXTLINE(bugprone-exception-escape): as in Report::clear()
void describe(Report &report, Run &run) noexcept {
  report.set(Key::threads, static_cast<std::int64_t>(run.team().size()));
  report.set(Key::peak_bytes, run.memory().peak());
  report.set(Key::seconds, run.monitor().seconds());
  try {
    report.set(Key::isa, std::string(simd::isa_name()));
  } catch (const std::bad_alloc &) {
  }
}

const char *meaning(Status status) noexcept {
  switch (status) {
    case Status::not_converged:
      return "not converged; the result is the best iterate";
    case Status::cancelled:
      return "cancelled by the caller; the result is the best iterate";
    case Status::rank_deficient:
      return "numerically rank-deficient; the result is the minimum-norm answer";
    case Status::precision_limit:
      return "the answer asks for more digits, or for a wider range, than the precision has";
    default:
      return "";
  }
}

Status compute(const akr_options *options, Report &report, detail::CallBody body) {
  const akr_options_s defaults;
  const akr_options_s &given = options != nullptr ? require(options, "options") : defaults;
  const Options values = given.values;
  Host host(given, report);
  Run run(static_cast<int>(values.threads), values.memory_limit);
  host.listen(run.monitor(), values);
  Call call{run, values, report};
  // Also when the body throws: a failed call has a duration and a peak too.
  struct Describe {
    Report &report;
    Run &run;
    ~Describe() { describe(report, run); }  // NOLINT(bugprone-exception-escape): as there
  } const at_end{report, run};
  try {
    return body.invoke(body.closure, call);
  } catch (const CallbackError &e) {
    if (e.code() != 0) report.set(Key::callback_code, e.code());
    throw;
  } catch (const Interrupted &e) {
    report.set(Key::stopped_by, std::string(e.reason() == StopReason::cancel ? "cancel" : "time_limit"));
    throw;
  }
}

}  // namespace

namespace detail {

akr_status run_call(const char *function, const akr_options *options, akr_report *report, CallBody body) {
  const CancellationDisabled guard_thread;
  Outcome outcome;
  Report unseen;
  Report *told = nullptr;
  guard(function, outcome, [&] {
    told = report != nullptr ? &require(report, "report").report : &unseen;
    told->clear();
    return compute(options, *told, body);
  });
  if (told == nullptr) return conclude(outcome);  // not a report: nothing may be written there
  if (outcome.message.empty() && outcome.status != Status::ok) {
    const char *said = told->message();
    outcome.fail(function, outcome.status, *said != '\0' ? said : meaning(outcome.status));
  }
  told->set_outcome(outcome.status, outcome.message.c_str());
  return conclude(outcome);
}

akr_status run_light(const char *function, LightBody body) {
  const CancellationDisabled guard_thread;
  Outcome outcome;
  guard(function, outcome, [&] {
    body.invoke(body.closure);
    return Status::ok;
  });
  return conclude(outcome);
}

}  // namespace detail

const char *last_error() noexcept { return last_error_of_thread.c_str(); }

const char *status_name(akr_status status) noexcept {
  switch (status) {
    case AKR_OK:
      return "AKR_OK";
    case AKR_NOT_CONVERGED:
      return "AKR_NOT_CONVERGED";
    case AKR_CANCELLED:
      return "AKR_CANCELLED";
    case AKR_RANK_DEFICIENT:
      return "AKR_RANK_DEFICIENT";
    case AKR_PRECISION_LIMIT:
      return "AKR_PRECISION_LIMIT";
    case AKR_E_ARGUMENT:
      return "AKR_E_ARGUMENT";
    case AKR_E_OPTION:
      return "AKR_E_OPTION";
    case AKR_E_MEMORY:
      return "AKR_E_MEMORY";
    case AKR_E_NOT_FINITE:
      return "AKR_E_NOT_FINITE";
    case AKR_E_NUMERIC:
      return "AKR_E_NUMERIC";
    case AKR_E_CALLBACK:
      return "AKR_E_CALLBACK";
    case AKR_E_UNSUPPORTED:
      return "AKR_E_UNSUPPORTED";
    case AKR_E_NO_VALUE:
      return "AKR_E_NO_VALUE";
    case AKR_E_CANCELLED:
      return "AKR_E_CANCELLED";
    case AKR_E_INTERNAL:
      return "AKR_E_INTERNAL";
    default:
      return "AKR_?";
  }
}

}  // namespace akr::capi
