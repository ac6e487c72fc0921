// SPDX-License-Identifier: BSD-3-Clause
#include "base/monitor.hpp"

#include <chrono>
#include <thread>

#include "core_fixture.hpp"

namespace akr {
namespace {

void sleep_ms(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

// The reason of the Interrupted that poll() throws.
StopReason stop_reason(Monitor &monitor) {
  try {
    monitor.poll();
  } catch (const Interrupted &stop) {
    return stop.reason();
  }
  ADD_FAILURE() << "poll() did not stop";
  return StopReason::cancel;
}

TEST(Monitor, QuietByDefault) {
  Monitor monitor;
  monitor.phase("sketch");
  monitor.iteration(3);
  for (int i = 0; i < 100; ++i) monitor.poll();
  EXPECT_FALSE(monitor.interrupted());
  EXPECT_FALSE(monitor.logs(1));
  monitor.log(1, "nobody listens");
}

TEST(Monitor, CancelFlag) {
  Monitor monitor;
  std::int32_t flag = 0;
  monitor.set_cancel_flag(&flag);
  monitor.poll();
  for (const std::int32_t value : {1, -1, 1 << 30}) {
    flag = value;
    EXPECT_EQ(stop_reason(monitor), StopReason::cancel);
    EXPECT_TRUE(monitor.interrupted());
  }
  EXPECT_EQ(stop_reason(monitor), StopReason::cancel) << "it stays stopped";
}

TEST(Monitor, TimeLimit) {
  Monitor monitor;
  monitor.set_time_limit(0.03);
  monitor.poll();
  sleep_ms(40);
  EXPECT_EQ(stop_reason(monitor), StopReason::time_limit);
  EXPECT_TRUE(monitor.interrupted());
  EXPECT_GE(monitor.seconds(), 0.04);
}

TEST(Monitor, StopListening) {
  Monitor monitor;
  std::int32_t flag = 1;
  int reports = 0;
  monitor.set_cancel_flag(&flag);
  monitor.set_time_limit(1e-9);
  monitor.set_progress([&](const Progress &) {
    ++reports;
    return true;
  });
  EXPECT_EQ(stop_reason(monitor), StopReason::cancel);
  monitor.stop_listening();
  EXPECT_FALSE(monitor.interrupted()) << "what certifies the best iterate must not be stopped";
  monitor.phase("certify");
  monitor.poll();
  EXPECT_EQ(reports, 0);
}

TEST(Monitor, ProgressCancels) {
  Monitor monitor;
  monitor.set_progress([](const Progress &) { return true; });
  monitor.poll();  // nothing to tell yet
  monitor.phase("sketch");
  EXPECT_EQ(stop_reason(monitor), StopReason::cancel);
}

// A new phase before the first iteration is told at the next poll, and once.
TEST(Monitor, TellsPhases) {
  Monitor monitor;
  std::vector<std::string> phases;
  monitor.set_progress([&](const Progress &now) {
    phases.push_back(now.phase);
    EXPECT_LT(now.residual_norm, 0) << "there is none yet";
    EXPECT_GE(now.seconds, 0);
    return false;
  });
  for (const char *name : {"sketch", "factor"}) {
    monitor.phase(name);
    for (int i = 0; i < 5; ++i) monitor.poll();
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"sketch", "factor"}));
}

// Iterations are told at most every 0.1 s, with what they reached.
TEST(Monitor, ReportsEveryTenthOfASecond) {
  Monitor monitor;
  std::vector<Progress> seen;
  monitor.set_progress([&](const Progress &now) {
    seen.push_back(now);
    return false;
  });
  std::int64_t iteration = 0;
  while (monitor.seconds() < 0.35) {
    ++iteration;
    monitor.iteration(iteration);
    monitor.residual(1.0 / static_cast<double>(iteration));
    monitor.poll();
    sleep_ms(2);
  }
  ASSERT_GE(seen.size(), 1u);
  EXPECT_LE(seen.size(), static_cast<std::size_t>(monitor.seconds() / 0.1) + 1);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].residual_norm, 1.0 / static_cast<double>(seen[i].iterations));
    if (i > 0) {
      EXPECT_GE(seen[i].seconds - seen[i - 1].seconds, 0.0999);
    }
  }
}

TEST(Monitor, FractionNeverGoesBack) {
  Monitor monitor;
  double last = -1;
  monitor.set_progress([&](const Progress &now) {
    last = now.fraction;
    return false;
  });
  auto shown = [&] {
    monitor.phase("any");
    monitor.poll();
    return last;
  };
  EXPECT_LT(shown(), 0) << "unknown at first";
  monitor.stage(0, 0.5);
  EXPECT_EQ(shown(), 0);
  monitor.advance(0.5);
  EXPECT_EQ(shown(), 0.25);
  monitor.advance(0.1);
  EXPECT_EQ(shown(), 0.25);
  monitor.advance(7);
  EXPECT_EQ(shown(), 0.5) << "a part lies in [0, 1]";
  monitor.stage(0.2, 0.6);  // a method given up for a stronger one
  EXPECT_EQ(shown(), 0.5);
  monitor.advance(0.5);
  EXPECT_EQ(shown(), 0.5);
  monitor.advance(1);
  EXPECT_EQ(shown(), 0.6);
  monitor.advance(-1);
  EXPECT_EQ(shown(), 0.6);
}

TEST(Monitor, LogsUpToItsLevel) {
  Monitor monitor;
  std::vector<std::string> lines;
  monitor.set_log([&](int level, const char *line) { lines.push_back(std::to_string(level) + " " + line); }, 2);
  for (int level = 1; level <= 3; ++level) monitor.log(level, "line");
  EXPECT_EQ(lines, (std::vector<std::string>{"1 line", "2 line"}));
  EXPECT_TRUE(monitor.logs(2) && !monitor.logs(3));
}

}  // namespace
}  // namespace akr
