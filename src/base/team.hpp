// SPDX-License-Identifier: BSD-3-Clause
// A team of threads that lives for one call of the library. Nothing of it survives the call, so a host may fork or
// unload the library at any time in between. All signals are blocked on the team's threads: the host's handlers run on
// the host's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace akr {

class Monitor;

class Team {
 public:
  static constexpr double long_work = 1;  // seconds, where nobody estimates them

  // threads: how many may work at once, the caller's included. The others start when there is work worth it; where the
  // system refuses one, the team goes on with those it has. Results never depend on the number.
  Team(int threads, Monitor &monitor);
  ~Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;

  int size() const noexcept { return threads_; }

  // Runs task(index, worker) for index in [0, count), worker in [0, size()). Tasks are handed out in order; which
  // worker gets which is not fixed, so a task's result must depend on its index alone. The caller works too, and polls
  // the monitor after each of its tasks. The exception of the lowest failing index is thrown again here; so is
  // Interrupted. seconds: how long all of it takes one thread, about; the others are not called for less than they take
  // to come, and not started before some 0.4 ms of work have been done without them.
  void run(std::int64_t count, const std::function<void(std::int64_t index, int worker)> &task,
           double seconds = long_work);
  // The same without a look at the monitor: for short work that a cancelled call needs too.
  void run_to_end(std::int64_t count, const std::function<void(std::int64_t index, int worker)> &task,
                  double seconds = long_work);

 private:
  void share(std::int64_t count, const std::function<void(std::int64_t index, int worker)> &task, Monitor *monitor,
             double seconds);
  struct State;
  void start_workers();

  int threads_;
  Monitor &monitor_;
  std::unique_ptr<State> state_;
};

// The processors this process may use (its affinity mask), at least 1.
int available_processors() noexcept;

}  // namespace akr
