// SPDX-License-Identifier: BSD-3-Clause
// An exception leaves the callback of progress or of the log, at its first call, one in the middle, the last:
// AKR_E_CALLBACK, x of a solver untouched, the text has what was thrown, and the next call has the bits it had before.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "computations.hpp"

namespace {

struct Listener {
  int calls = 0;
  int throws_at = -1;  // counted from 0; negative: never

  void hear() {
    if (calls++ == throws_at) throw std::runtime_error("the window is closed");
  }
  static std::int32_t progress(void *user, const akr_report *) {
    static_cast<Listener *>(user)->hear();
    return 0;
  }
  static void log(void *user, std::int32_t, const char *) { static_cast<Listener *>(user)->hear(); }
};

template <class T>
class ListenerFaults : public testing::Test {
 protected:
  static constexpr T untouched = T(-123.5);

  akr_status run(const Computation<T> &computation, const akr_options *options) {
    std::fill(work_.out.begin(), work_.out.end(), untouched);
    return computation.run(work_, options, nullptr);
  }

  // Progress is told of by the clock once iterations run: its calls differ from run to run, and the one that is meant
  // may not come.
  bool throws(const Computation<T> &computation, const akr_options *options, Listener &listener, int at) {
    listener = {0, at};
    const akr_status status = run(computation, options);
    listener.throws_at = -1;
    if (listener.calls <= at) return false;
    EXPECT_EQ(status, AKR_E_CALLBACK) << akr_last_error();
    EXPECT_EQ(listener.calls, at + 1) << "called again after it had thrown";
    const std::string text = akr_last_error();
    EXPECT_EQ(text.find(computation.function + ": "), 0U) << text;
    EXPECT_NE(text.find("the window is closed"), std::string::npos) << text;
    if (computation.solver) {
      EXPECT_TRUE(std::all_of(work_.out.begin(), work_.out.end(), [](T v) { return v == untouched; }));
    }
    return true;
  }

  // Tells how often one threw.
  template <class Listen>
  int go_through(Listen listen) {
    int thrown = 0;
    for (const Computation<T> &computation : all_computations<T>()) {
      // Which of the two calls of these is heard, the sketch's or the product's, is not told here.
      if (computation.name.find("sketch of vectors") != std::string::npos) continue;
      SCOPED_TRACE(computation.name);
      const OptionsPtr options = computation.options(2);
      Listener listener;
      listen(options.get(), &listener);
      const akr_status status = run(computation, options.get());
      EXPECT_GE(status, 0) << akr_last_error();
      const std::vector<T> expected = work_.out;
      const int calls = listener.calls;
      for (const int at : std::set<int>{0, calls / 2, calls - 1}) {
        SCOPED_TRACE("call " + std::to_string(at) + " of " + std::to_string(calls));
        if (at >= 0 && at < calls) thrown += throws(computation, options.get(), listener, at);
      }
      EXPECT_EQ(run(computation, options.get()), status) << "the next call: " << akr_last_error();
      EXPECT_EQ(work_.out, expected) << "the next call";
    }
    return thrown;
  }

 private:
  Workload<T> work_{{600, 12, 2, 300, 3, 2}};
};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(ListenerFaults, Precisions);

TYPED_TEST(ListenerFaults, Progress) {
  EXPECT_GE(this->go_through([](akr_options *options, Listener *listener) {
    akr_options_set_progress(options, Listener::progress, listener);
  }),
            40);
}

TYPED_TEST(ListenerFaults, Log) {
  EXPECT_GE(this->go_through([](akr_options *options, Listener *listener) {
    akr_options_set_log(options, Listener::log, listener);
    akr_options_set_i64(options, "log_level", AKR_LOG_DEBUG);
  }),
            25);  // not every function has something to say
}

}  // namespace
