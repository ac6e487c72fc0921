// SPDX-License-Identifier: BSD-3-Clause
#include "base/team.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "base/monitor.hpp"

namespace akr {

namespace {

// Blocks every signal on this thread; threads started meanwhile inherit the mask.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalsBlocked(const SignalsBlocked &) = delete;
  SignalsBlocked &operator=(const SignalsBlocked &) = delete;

 private:
  sigset_t previous_;
};

// Between two calls of run() and at the end of one a thread looks out for so long before it goes to sleep: waking it
// takes the system as long as a small task takes us, many times more on a virtual machine.
constexpr int looks = 3000;  // 20 to 100 µs

// Seconds of work, in one run or several, that are worth starting threads for: that takes 50 to 150 µs on the machines
// seen, and as much again until they have got their processors.
constexpr double worth_starting = 400e-6;
// Seconds of work that are worth calling threads that are there.
constexpr double worth_calling = 5e-6;

void breathe() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A thread may begin, or wake up, on the processor of the one that needs its help, and the system may leave both there
// for 30 ms, which is more than many a solve takes. This moves one of our threads to the `steps`-th processor after
// that one and leaves it free to go anywhere again. A hint: nothing happens where it cannot be done.
void move_away(pthread_t thread, int taken, int steps) noexcept {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (taken < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0 || steps >= CPU_COUNT(&allowed)) return;
  int target = taken;
  while (steps > 0) {
    target = (target + 1) % CPU_SETSIZE;
    if (CPU_ISSET(target, &allowed)) --steps;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(target, &one);
  if (pthread_setaffinity_np(thread, sizeof one, &one) == 0) {
    pthread_setaffinity_np(thread, sizeof allowed, &allowed);
  }
}

template <class Condition>
void look_out(bool worthwhile, const Condition &condition) {
  for (int i = 0; worthwhile && i < looks && !condition(); ++i) breathe();
}

}  // namespace

struct Team::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  std::vector<std::thread> workers;
  std::shared_ptr<MemoryMeter> meter;

  // One run() at a time. Written before `round` moves on, which happens under the mutex, as `open` is; round, busy and
  // quit are looked at outside it to see whether taking it is worth while. A round is open until its tasks are taken:
  // nobody waits for a worker that wakes up later.
  const std::function<void(std::int64_t, int)> *task = nullptr;
  std::int64_t count = 0;
  std::atomic<std::uint64_t> round{0};
  bool open = false;
  std::atomic<int> busy{0};  // workers that have joined the round
  std::atomic<bool> quit{false};
  bool patient = false;  // each thread has a processor to wait on
  int processor = -1;    // that of the calling thread, where the workers are not to be; -1: where they like
  double alone = 0;      // seconds of work that the caller has done without workers
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> stop{false};

  std::int64_t failed_index = 0;
  std::exception_ptr failure;

  void record(std::int64_t index, std::exception_ptr what) {
    stop.store(true, std::memory_order_relaxed);
    const std::lock_guard<std::mutex> lock(mutex);
    if (!failure || index < failed_index) {
      failure = std::move(what);
      failed_index = index;
    }
  }

  // Takes tasks until none is left. Only the calling thread (worker 0) has a monitor to poll.
  void work(int worker, Monitor *monitor) {
    for (;;) {
      if (stop.load(std::memory_order_relaxed)) return;
      const std::int64_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= count) return;
      try {
        (*task)(index, worker);
        if (monitor != nullptr) monitor->poll();
      } catch (abi::__forced_unwind &) {
        stop.store(true, std::memory_order_relaxed);  // a callback ended its thread: run() waits for the others
        throw;
      } catch (...) {
        record(index, std::current_exception());
      }
    }
  }

  void serve(int worker) {
    const MemoryMeter::Scope scope(meter);
    std::uint64_t seen = 0;
    const auto called = [&] { return quit || round != seen; };
    for (;;) {
      look_out(patient, called);
      {
        std::unique_lock<std::mutex> lock(mutex);
        wake.wait(lock, called);
        if (quit) return;
        seen = round;
        if (!open) continue;
        ++busy;
      }
      if (processor == sched_getcpu()) move_away(pthread_self(), processor, worker);
      work(worker, nullptr);
      const std::lock_guard<std::mutex> lock(mutex);
      if (--busy == 0) idle.notify_one();
    }
  }
};

Team::Team(int threads, Monitor &monitor)
    : threads_(std::max(threads, 1)), monitor_(monitor), state_(std::make_unique<State>()) {
  state_->meter = MemoryMeter::current();
  state_->patient = threads_ <= available_processors();
}

Team::~Team() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->quit = true;
  }
  state_->wake.notify_all();
  for (std::thread &worker : state_->workers) worker.join();
}

void Team::start_workers() {
  const SignalsBlocked blocked;
  state_->workers.reserve(static_cast<std::size_t>(threads_ - 1));
  while (static_cast<int>(state_->workers.size()) < threads_ - 1) {
    const int worker = static_cast<int>(state_->workers.size()) + 1;
    try {
      state_->workers.emplace_back([this, worker] { state_->serve(worker); });
      move_away(state_->workers.back().native_handle(), state_->processor, worker);
    } catch (const std::system_error &) {
      threads_ = worker;  // the system gives no more: go on with what there is
      return;
    }
  }
}

void Team::run(std::int64_t count, const std::function<void(std::int64_t, int)> &task, double seconds) {
  share(count, task, &monitor_, seconds);
}

void Team::run_to_end(std::int64_t count, const std::function<void(std::int64_t, int)> &task, double seconds) {
  share(count, task, nullptr, seconds);
}

void Team::share(std::int64_t count, const std::function<void(std::int64_t, int)> &task, Monitor *monitor,
                 double seconds) {
  if (count <= 0) return;
  State &s = *state_;
  s.task = &task;
  s.count = count;
  s.next.store(0);
  s.stop.store(false);
  s.failure = nullptr;
  if (s.patient) s.processor = sched_getcpu();

  const bool worthwhile = count > 1 && seconds >= worth_calling;
  if (worthwhile && threads_ > 1 && s.workers.empty()) {
    s.alone += seconds;
    if (s.alone >= worth_starting) start_workers();
  }
  const bool shared = worthwhile && !s.workers.empty();
  if (shared) {
    {
      const std::lock_guard<std::mutex> lock(s.mutex);
      s.open = true;
      ++s.round;
    }
    s.wake.notify_all();
  }
  // Nobody may leave while a worker still holds the task, whichever way this frame ends.
  struct Join {
    State &state;
    bool shared;
    ~Join() {
      if (!shared) return;
      {
        const std::lock_guard<std::mutex> lock(state.mutex);
        state.open = false;
      }
      look_out(state.patient, [&] { return state.busy == 0; });
      std::unique_lock<std::mutex> lock(state.mutex);
      state.idle.wait(lock, [&] { return state.busy == 0; });
    }
  };
  {
    const Join join{s, shared};
    s.work(0, monitor);
  }
  if (s.failure) std::rethrow_exception(std::exchange(s.failure, nullptr));
}

int available_processors() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(CPU_COUNT(&set), 1);
}

}  // namespace akr
