// SPDX-License-Identifier: BSD-3-Clause
#include "base/team.hpp"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "base/monitor.hpp"
#include "core_fixture.hpp"

namespace akr {
namespace {

using core_fixture::error_text;

// Threads of this process, or -1 where the system does not say.
int thread_count() {
  DIR *folder = opendir("/proc/self/task");
  if (folder == nullptr) return -1;
  int count = 0;
  while (const dirent *entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(folder);
  return count;
}

// Waits until the condition holds; a test that would otherwise hang fails after some seconds.
template <class Condition>
bool eventually(Condition &&condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

// Runs one task on each of `threads` threads at the same time.
void on_every_thread(Team &team, int threads, const std::function<void(std::int64_t, int)> &task,
                     double seconds = Team::long_work) {
  std::atomic<int> arrived{0};
  const auto meet = [&](std::int64_t index, int worker) {
    ++arrived;
    EXPECT_TRUE(eventually([&] { return arrived.load() == threads; }));
    task(index, worker);
  };
  team.run(threads, meet, seconds);
}

TEST(Team, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    for (const std::int64_t count : {0, 1, 2, 7, 8, 1000}) {
      Monitor monitor;
      Team team(threads, monitor);
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      for (int round = 1; round <= 3; ++round) {
        team.run(count, [&](std::int64_t index, int worker) {
          ++runs[static_cast<std::size_t>(index)];
          EXPECT_TRUE(worker >= 0 && worker < team.size());
        });
        for (const auto &times : runs) EXPECT_EQ(times.load(), round) << threads << " threads, " << count << " tasks";
      }
    }
  }
}

// Less work than threads take to start, 0.4 ms in all so far, is done by the caller; once they are there they are
// called for less, but not for next to nothing.
TEST(Team, CallsNobodyForLittle) {
  const int before = thread_count();
  if (before < 0) GTEST_SKIP() << "no /proc";
  Monitor monitor;
  Team team(4, monitor);
  std::atomic<int> by_others{0};
  const auto doze = [&](std::int64_t, int worker) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (worker != 0) ++by_others;
  };
  for (int i = 0; i < 1000; ++i)
    team.run(
        4, [](std::int64_t, int) {}, 1e-6);
  team.run(4, doze, 1e-4);
  team.run_to_end(4, doze, 1e-4);
  team.run(4, doze, 1.9e-4);
  EXPECT_EQ(thread_count(), before);
  EXPECT_EQ(by_others, 0);
  on_every_thread(
      team, 4, [](std::int64_t, int) {}, 1e-4);
  EXPECT_EQ(thread_count(), before + 3);
  team.run(40, doze, 1e-6);
  EXPECT_EQ(by_others, 0);
  on_every_thread(
      team, 4, [](std::int64_t, int) {}, 1e-4);
}

// Rounds of a few short tasks follow each other faster than workers wake up: who comes late to one finds the next or
// none, and never a task that is gone.
TEST(Team, WorkersThatComeLateFindTheRightRound) {
  Monitor monitor;
  Team team(8, monitor);
  std::array<std::atomic<int>, 3> runs{};
  for (int round = 1; round <= 20000; ++round) {
    const std::int64_t count = 2 + round % 2;
    const int wanted = round;  // lives no longer than its round
    std::atomic<int> wrong{0};
    for (auto &times : runs) times = 0;
    team.run(count, [&](std::int64_t index, int) {
      ++runs[static_cast<std::size_t>(index)];
      if (wanted != round || index >= count) ++wrong;
    });
    ASSERT_EQ(wrong.load(), 0) << round;
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(runs[static_cast<std::size_t>(i)].load(), 1) << round;
  }
}

TEST(Team, HandsOutTasksInOrder) {
  Monitor monitor;
  Team team(1, monitor);
  std::vector<std::int64_t> order;
  team.run(50, [&](std::int64_t index, int) { order.push_back(index); });
  for (std::int64_t i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Team, WorksAtOnceOnDistinctWorkers) {
  Monitor monitor;
  Team team(4, monitor);
  std::mutex mutex;
  std::set<int> workers;
  std::set<std::thread::id> threads;
  on_every_thread(team, 4, [&](std::int64_t, int worker) {
    const std::lock_guard<std::mutex> lock(mutex);
    workers.insert(worker);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(workers, (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(threads.size(), 4u);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 1u) << "the caller works too";
}

TEST(Team, AtLeastOneThread) {
  Monitor monitor;
  EXPECT_EQ(Team(0, monitor).size(), 1);
  EXPECT_GE(available_processors(), 1);
}

// Task 5 fails first, then task 3: the error of 3 counts, whichever was recorded first.
TEST(Team, LowestFailingTaskWins) {
  for (const int threads : {1, 2, 4, 8}) {
    Monitor monitor;
    Team team(threads, monitor);
    for (int round = 0; round < 5; ++round) {
      std::atomic<bool> five_failed{false};
      const std::string text = error_text(Status::e_numeric, [&] {
        team.run(100, [&](std::int64_t index, int) {
          if (index == 3) {
            if (threads > 1) {
              EXPECT_TRUE(eventually([&] { return five_failed.load(); }));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            throw Error(Status::e_numeric, "task 3");
          }
          if (index == 5) {
            five_failed = true;
            throw Error(Status::e_numeric, "task 5");
          }
        });
      });
      EXPECT_EQ(text, "task 3");
    }
    std::atomic<int> done{0};
    team.run(20, [&](std::int64_t, int) { ++done; });
    EXPECT_EQ(done.load(), 20) << "a team goes on after a failure";
  }
}

TEST(Team, FailureStopsTheRest) {
  Monitor monitor;
  Team team(1, monitor);
  int last = -1;
  EXPECT_THROW(team.run(1000,
                        [&](std::int64_t index, int) {
                          last = static_cast<int>(index);
                          if (index == 10) throw 7;  // any type travels
                        }),
               int);
  EXPECT_EQ(last, 10);
}

TEST(Team, CancelInterrupts) {
  for (const int threads : {1, 3}) {
    Monitor monitor;
    std::int32_t flag = 0;
    monitor.set_cancel_flag(&flag);
    Team team(threads, monitor);
    std::atomic<int> done{0};
    try {
      team.run(1000000, [&](std::int64_t index, int) {
        ++done;
        if (index == 5) __atomic_store_n(&flag, 1, __ATOMIC_RELAXED);
      });
      ADD_FAILURE() << "not interrupted";
    } catch (const Interrupted &stop) {
      EXPECT_EQ(stop.reason(), StopReason::cancel);
    }
    EXPECT_TRUE(monitor.interrupted());
    EXPECT_GE(done.load(), 6);
    if (threads == 1) {
      EXPECT_EQ(done.load(), 6);
    }
  }
}

TEST(Team, BlocksSignalsOnItsThreadsOnly) {
  Monitor monitor;
  Team team(3, monitor);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  on_every_thread(team, 3, [&](std::int64_t, int worker) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    for (int s = 1; s <= SIGSYS; ++s) {
      if (s == SIGKILL || s == SIGSTOP) continue;
      EXPECT_EQ(sigismember(&mask, s), worker == 0 ? sigismember(&before, s) : 1)
          << "worker " << worker << " signal " << s;
    }
  });
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int s = 1; s <= SIGSYS; ++s) EXPECT_EQ(sigismember(&after, s), sigismember(&before, s));
}

TEST(Team, LeavesNoThreadBehind) {
  const int before = thread_count();
  if (before < 0) GTEST_SKIP() << "no /proc";
  {
    Monitor monitor;
    Team team(6, monitor);
    EXPECT_EQ(thread_count(), before) << "threads start when first needed";
    team.run(1, [](std::int64_t, int) {});
    EXPECT_EQ(thread_count(), before) << "one task needs no other thread";
    team.run(100, [](std::int64_t, int) {});
    EXPECT_EQ(thread_count(), before + 5);
  }
  EXPECT_TRUE(eventually([&] { return thread_count() == before; })) << thread_count() << " threads, before " << before;
}

// What a task allocates, on whichever thread, is charged to the meter of the call that made the team.
TEST(Team, ChargesTheCallThatMadeIt) {
  const auto outer = std::make_shared<MemoryMeter>(0);
  const auto inner = std::make_shared<MemoryMeter>(0);
  const MemoryMeter::Scope outer_scope(outer);
  {
    const MemoryMeter::Scope inner_scope(inner);
    Monitor monitor;
    Team team(4, monitor);
    on_every_thread(team, 4, [&](std::int64_t, int) {
      const Buffer<double> buffer(1000);
      EXPECT_EQ(MemoryMeter::current().get(), inner.get());
      EXPECT_GE(inner->used(), 8000);
    });
    EXPECT_GE(inner->peak(), 8000);
    EXPECT_EQ(inner->used(), 0);
  }
  EXPECT_EQ(outer->peak(), 0);
  EXPECT_EQ(MemoryMeter::current().get(), outer.get());
}

// A host's callback that ends its thread with pthread_exit: the others finish their tasks before the frame goes.
TEST(Team, SurvivesTheEndOfItsThread) {
  struct State {
    std::atomic<int> others{0};
    std::atomic<bool> left{false};
  } state;
  pthread_t thread{};
  auto body = [](void *p) -> void * {
    State &s = *static_cast<State *>(p);
    Monitor monitor;
    Team team(3, monitor);
    struct Leaving {
      State &state;
      ~Leaving() {
        EXPECT_EQ(state.others.load(), 2);
        state.left = true;
      }
    } leaving{s};
    on_every_thread(team, 3, [&](std::int64_t, int worker) {
      if (worker == 0) pthread_exit(nullptr);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++s.others;
    });
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, nullptr, body, &state), 0);
  pthread_join(thread, nullptr);
  EXPECT_TRUE(state.left.load());
}

}  // namespace
}  // namespace akr
