// SPDX-License-Identifier: BSD-3-Clause
// The gate between C and C++: what becomes of every kind of exception, of callbacks, of thread cancellation.
#include "../../capi/barrier.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <new>
#include <stdexcept>
#include <string>

namespace {

using namespace akr::capi;
using akr::Call;
using akr::Error;
using akr::Key;
using akr::Status;

std::string message_of(const akr_report_s &report) { return report.report.message(); }

akr_status gate(akr_report *report, void (*body)(), const akr_options *options = nullptr) {
  return run_call("akr_test", options, report, [&](Call &) {
    body();
    return Status::ok;
  });
}

TEST(Barrier, TurnsEveryExceptionIntoAStatus) {
  akr_report_s report;
  EXPECT_EQ(gate(&report, [] { throw Error(Status::e_numeric, "no"); }), AKR_E_NUMERIC);
  EXPECT_EQ(message_of(report), "akr_test: no");
  EXPECT_STREQ(last_error(), "akr_test: no");
  EXPECT_EQ(gate(&report, [] { throw akr::Interrupted(akr::StopReason::cancel); }), AKR_E_CANCELLED);
  EXPECT_EQ(message_of(report), "akr_test: cancelled by the caller");
  EXPECT_EQ(std::get<std::string>(report.report.get(Key::stopped_by)), "cancel");
  EXPECT_EQ(gate(&report, [] { throw akr::Interrupted(akr::StopReason::time_limit); }), AKR_E_CANCELLED);
  EXPECT_EQ(std::get<std::string>(report.report.get(Key::stopped_by)), "time_limit");
  EXPECT_EQ(gate(&report, [] { throw std::bad_alloc(); }), AKR_E_MEMORY);
  EXPECT_EQ(message_of(report), "akr_test: out of memory");
  EXPECT_EQ(gate(&report, [] { throw std::logic_error("bug"); }), AKR_E_INTERNAL);
  EXPECT_EQ(message_of(report), "akr_test: bug");
  EXPECT_EQ(gate(&report, [] { throw 7; }), AKR_E_INTERNAL);
  EXPECT_EQ(message_of(report), "akr_test: an unknown exception reached the C boundary");
  EXPECT_EQ(std::get<std::int64_t>(report.report.get(Key::status)), AKR_E_INTERNAL);
  EXPECT_FALSE(report.report.has(Key::stopped_by));
}

TEST(Barrier, DescribesTheCallAfterSuccessAndFailureAlike) {
  akr_report_s report;
  akr_options_s options;
  options.values.threads = 3;
  for (const bool fails : {false, true}) {
    run_call("akr_test", &options, &report, [&](Call &call) {
      EXPECT_FALSE(call.report.has(Key::threads));  // cleared
      EXPECT_EQ(call.options.threads, 3);
      const akr::Buffer<double> buffer(1000);
      if (fails) throw Error(Status::e_numeric, "no");
      return Status::ok;
    });
    EXPECT_EQ(std::get<std::int64_t>(report.report.get(Key::threads)), 3);
    EXPECT_EQ(std::get<std::int64_t>(report.report.get(Key::peak_bytes)), 8000);
    EXPECT_GE(std::get<double>(report.report.get(Key::seconds)), 0.0);
    EXPECT_NE(std::get<std::string>(report.report.get(Key::isa)), "");
  }
}

TEST(Barrier, PositiveStatusHasATextToo) {
  akr_report_s report;
  EXPECT_EQ(run_call("akr_test", nullptr, &report, [](Call &) { return Status::not_converged; }), AKR_NOT_CONVERGED);
  EXPECT_EQ(message_of(report), "akr_test: not converged; the result is the best iterate");
  EXPECT_EQ(run_call("akr_test", nullptr, &report,
                     [](Call &call) {
                       call.report.set_outcome(Status::rank_deficient, "rank 3 of 5");
                       return Status::rank_deficient;
                     }),
            AKR_RANK_DEFICIENT);
  EXPECT_EQ(message_of(report), "akr_test: rank 3 of 5");
  EXPECT_EQ(run_call("akr_test", nullptr, &report, [](Call &) { return Status::ok; }), AKR_OK);
  EXPECT_EQ(message_of(report), "");
}

TEST(Barrier, NamesWrongHandlesAndStillTellsTheReport) {
  akr_report_s report;
  report.report.set(Key::iterations, std::int64_t{4});
  const auto wrong = [](auto *p) { return reinterpret_cast<const akr_options *>(p); };
  EXPECT_EQ(gate(
                &report, [] {}, wrong(&report)),
            AKR_E_ARGUMENT);
  EXPECT_EQ(message_of(report), "akr_test: options: an akr_report handle, must be an akr_options handle");
  EXPECT_FALSE(report.report.has(Key::iterations));
  const std::uint64_t other[4] = {};
  EXPECT_EQ(gate(
                &report, [] {}, wrong(&other)),
            AKR_E_ARGUMENT);
  EXPECT_EQ(message_of(report), "akr_test: options: not an akr_options handle (destroyed, or other memory)");
  akr_options_s options;
  EXPECT_EQ(gate(reinterpret_cast<akr_report *>(&options), [] { FAIL(); }), AKR_E_ARGUMENT);
  EXPECT_STREQ(last_error(), "akr_test: report: an akr_options handle, must be an akr_report handle");
}

TEST(Barrier, RecognisesADestroyedHandle) {
  alignas(akr_report_s) unsigned char memory[sizeof(akr_report_s)];
  auto *report = new (memory) akr_report_s;
  report->~akr_report_s();
  EXPECT_EQ(gate(report, [] { FAIL(); }), AKR_E_ARGUMENT);
  EXPECT_STREQ(last_error(), "akr_test: report: an akr_report handle that was destroyed");
}

TEST(Barrier, LongTextsAreCutAndTerminated) {
  akr_report_s report;
  const std::string text(5000, 'y');
  run_call("akr_test", nullptr, &report, [&](Call &) -> Status { throw Error(Status::e_numeric, text); });
  EXPECT_EQ(message_of(report), ("akr_test: " + text).substr(0, 1023));
  EXPECT_EQ(std::string(last_error()), message_of(report));
}

TEST(Barrier, CreateLeavesNullOnError) {
  akr_report_s dummy;
  akr_report *out = &dummy;
  akr_options_s bad;
  bad.values.memory_limit = 10;
  EXPECT_EQ(run_create("akr_test", &bad, nullptr, &out,
                       [](Call &) {
                         const akr::Buffer<double> buffer(1000);
                         return std::make_unique<akr_report_s>();
                       }),
            AKR_E_MEMORY);
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(run_create("akr_test", nullptr, nullptr, static_cast<akr_report **>(nullptr),
                       [](Call &) { return std::make_unique<akr_report_s>(); }),
            AKR_E_ARGUMENT);
  EXPECT_STREQ(last_error(), "akr_test: out: NULL, but a place for the result is needed");
  EXPECT_EQ(run_create("akr_test", nullptr, nullptr, &out, [](Call &) { return std::make_unique<akr_report_s>(); }),
            AKR_OK);
  ASSERT_NE(out, nullptr);
  destroy("akr_test", "report", out);
}

TEST(Barrier, DestroyLeavesAnotherKindAlone) {
  akr_options_s options;
  destroy("akr_test", "report", reinterpret_cast<akr_report *>(&options));
  EXPECT_STREQ(last_error(), "akr_test: report: an akr_options handle, must be an akr_report handle");
  EXPECT_NO_THROW(require(&options, "options"));
  destroy("akr_test", "report", static_cast<akr_report *>(nullptr));
}

TEST(Barrier, ReportsTheCodeOfACallback) {
  akr_report_s report;
  EXPECT_EQ(gate(&report, [] { throw akr::CallbackError(9, "apply: the callback returned 9"); }), AKR_E_CALLBACK);
  EXPECT_EQ(std::get<std::int64_t>(report.report.get(Key::callback_code)), 9);
  EXPECT_EQ(gate(&report, [] { throw akr::CallbackError(0, "apply: the callback threw"); }), AKR_E_CALLBACK);
  EXPECT_FALSE(report.report.has(Key::callback_code));
}

// A call that reports one iteration and polls.
akr_status one_step(const akr_options *options, akr_report *report) {
  return run_call("akr_test", options, report, [](Call &call) {
    call.run.monitor().phase("iterate");
    call.run.monitor().log(AKR_LOG_INFO, "one step");
    call.run.poll();
    return Status::ok;
  });
}

TEST(Callbacks, ProgressSeesItsKeysAndCancels) {
  struct Seen {
    int calls = 0;
    std::int32_t answer = 0;
  } seen;
  akr_options_s options;
  options.progress_user = &seen;
  options.progress = [](void *user, const akr_report *now) -> std::int32_t {
    auto &s = *static_cast<Seen *>(user);
    ++s.calls;
    const akr::Report &report = require(now, "now").report;
    EXPECT_EQ(std::get<std::string>(report.get(Key::phase)), "iterate");
    EXPECT_EQ(std::get<std::int64_t>(report.get(Key::iterations)), 0);
    EXPECT_GE(std::get<double>(report.get(Key::seconds)), 0.0);
    EXPECT_FALSE(report.has(Key::fraction));  // not known
    EXPECT_FALSE(report.has(Key::residual_norm));
    return s.answer;
  };
  akr_report_s report;
  EXPECT_EQ(one_step(&options, &report), AKR_OK);
  EXPECT_EQ(seen.calls, 1);
  seen.answer = 42;
  EXPECT_EQ(one_step(&options, &report), AKR_E_CANCELLED);
  EXPECT_EQ(std::get<std::int64_t>(report.report.get(Key::callback_code)), 42);
}

TEST(Callbacks, ExceptionsLeavingThemAreNamed) {
  akr_options_s options;
  akr_report_s report;
  options.progress = [](void *, const akr_report *) -> std::int32_t { throw std::bad_alloc(); };
  EXPECT_EQ(one_step(&options, &report), AKR_E_CALLBACK);
  EXPECT_EQ(message_of(report), "akr_test: progress: the callback threw: std::bad_alloc");
  options.progress = nullptr;
  options.log = [](void *, std::int32_t, const char *) { throw 1; };
  EXPECT_EQ(one_step(&options, &report), AKR_E_CALLBACK);
  EXPECT_EQ(message_of(report), "akr_test: log: the callback threw an exception");
  options.values.log_level = 1;  // the line is of level 2
  EXPECT_EQ(one_step(&options, &report), AKR_OK);
}

TEST(Callbacks, TheCancelFlagAndTheTimeLimitStop) {
  akr_options_s options;
  akr_report_s report;
  std::int32_t flag = 1;
  options.cancel = &flag;
  EXPECT_EQ(one_step(&options, &report), AKR_E_CANCELLED);
  flag = 0;
  EXPECT_EQ(one_step(&options, &report), AKR_OK);
  options.values.time_limit = 1e-300;
  EXPECT_EQ(run_call("akr_test", &options, &report,
                     [](Call &call) {
                       for (;;) call.run.poll();
                       return Status::ok;
                     }),
            AKR_E_CANCELLED);
  EXPECT_EQ(message_of(report), "akr_test: time_limit reached");
}

TEST(Cancellation, IsOffInsideAndRestored) {
  int inside = -1;
  run_light("akr_test", [&] {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &inside);
    pthread_setcancelstate(inside, nullptr);
  });
  EXPECT_EQ(inside, PTHREAD_CANCEL_DISABLE);
  int after = -1;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &after);
  EXPECT_EQ(after, PTHREAD_CANCEL_ENABLE);
}

// A host's callback may end its thread. glibc then unwinds through us, and aborts where a handler keeps the unwinding.
TEST(Cancellation, AThreadMayExitInACallback) {
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void *) -> void * {
                  akr_options_s options;
                  options.progress = [](void *, const akr_report *) -> std::int32_t {
                    pthread_exit(reinterpret_cast<void *>(5));
                  };
                  one_step(&options, nullptr);
                  return nullptr;
                },
                nullptr),
            0);
  void *result = nullptr;
  pthread_join(thread, &result);
  EXPECT_EQ(result, reinterpret_cast<void *>(5));
}

}  // namespace
