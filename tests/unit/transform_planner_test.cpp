// SPDX-License-Identifier: BSD-3-Clause
// FFTW's planner among threads, under a host's lock and across fork().
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>
#include <vector>

#include "base/memory.hpp"
#include "transform/planner_lock.hpp"
#include "transform/transform.hpp"

namespace akr {
namespace {

struct HostLock {
  std::mutex mutex;
  int locked = 0;
  int unlocked = 0;
};

// Single-precision plans of more than 4096 points: no other test makes them.
TEST(TransformPlanner, HostsLockSurroundsPlanningAndPlansAreKept) {
  if (!has_transform(TransformKind::hartley)) GTEST_SKIP() << "built without FFTW";
  static HostLock host;
  const int before = host.locked;
  set_planner_lock(
      [](void *user) {
        static_cast<HostLock *>(user)->mutex.lock();
        ++static_cast<HostLock *>(user)->locked;
      },
      [](void *user) {
        ++static_cast<HostLock *>(user)->unlocked;
        static_cast<HostLock *>(user)->mutex.unlock();
      },
      &host);
  std::vector<std::thread> threads;
  std::vector<double> sums(4);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&sums, t] {
      for (std::int64_t r = 8192; r <= largest_transform; r *= 2) {
        const OrthonormalTransform<float> transform(t % 2 == 0 ? TransformKind::hartley : TransformKind::cosine, r);
        Buffer<float> x(r);
        for (std::int64_t i = 0; i < r; ++i) x[i] = static_cast<float>(i % 17);
        transform.forward(x.data());
        sums[t] += static_cast<double>(x[0]) + static_cast<double>(x[r / 3]);
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  set_planner_lock(nullptr, nullptr, nullptr);
  EXPECT_GE(host.locked - before, 6);  // two sizes of the Hartley, the cosine and its transpose
  EXPECT_EQ(host.locked, host.unlocked);
  EXPECT_EQ(sums[0], sums[2]);
  EXPECT_EQ(sums[1], sums[3]);
  const int planned = host.locked;
  const OrthonormalTransform<float> again(TransformKind::hartley, largest_transform);
  EXPECT_EQ(host.locked, planned);
}

// A child forked while another thread plans must be able to plan.
TEST(TransformPlanner, SurvivesFork) {
  if (!has_transform(TransformKind::hartley)) GTEST_SKIP() << "built without FFTW";
  std::atomic<bool> stop{false};
  std::thread planner([&] {
    // The host's lock changes hands often, and so does the mutex that guards it.
    while (!stop) set_planner_lock(nullptr, nullptr, nullptr);
  });
  const OrthonormalTransform<double> registered(TransformKind::hartley, 2);
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(20);  // a deadlock ends here, and is seen as a signal
      set_planner_lock(nullptr, nullptr, nullptr);
      const OrthonormalTransform<double> transform(TransformKind::cosine, largest_transform);
      Buffer<double> x(largest_transform, 1.0);
      transform.forward(x.data());
      _exit(std::abs(x[0] - 128.0) < 1e-10 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    if (status != 0) break;
  }
  stop = true;
  planner.join();
}

}  // namespace
}  // namespace akr
