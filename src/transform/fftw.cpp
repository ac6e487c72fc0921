// SPDX-License-Identifier: BSD-3-Clause
// The only includer of fftw3.h.
#include "transform/fftw.hpp"

#include "transform/info.hpp"
#include "transform/planner_lock.hpp"

#ifdef AKR_HAVE_FFTW

#include <dlfcn.h>
#include <fftw3.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

#include "base/memory.hpp"
#include "base/status.hpp"
#include "base/text.hpp"

namespace akr {

namespace {

struct HostLock {
  void (*lock)(void *) = nullptr;
  void (*unlock)(void *) = nullptr;
  void *user = nullptr;
};

// Both are trivially destructible, hence usable until the very end of the process.
std::mutex host_lock_mutex;  // guards host_lock; held for a copy only
std::mutex planner_mutex;
HostLock host_lock;

// Fork in any thread waits for a planning in another to end (milliseconds), so that the child gets FFTW's planner whole
// and unlocked.
void register_fork_handlers() noexcept {
  static std::once_flag once;
  std::call_once(once, [] {
    pthread_atfork(
        [] {
          planner_mutex.lock();
          host_lock_mutex.lock();
        },
        [] {
          host_lock_mutex.unlock();
          planner_mutex.unlock();
        },
        [] {
          host_lock_mutex.unlock();
          planner_mutex.unlock();
        });
  });
}

// The host's lock, then ours: a thread that waits for the host's lock must not hold ours, or fork() in the thread that
// holds the host's would wait for ever.
class PlannerLock {
 public:
  PlannerLock() {
    register_fork_handlers();
    {
      const std::lock_guard<std::mutex> guard(host_lock_mutex);
      host_ = host_lock;
    }
    if (host_.lock != nullptr) host_.lock(host_.user);
    planner_mutex.lock();
  }
  ~PlannerLock() {
    planner_mutex.unlock();
    if (host_.unlock != nullptr) host_.unlock(host_.user);
  }
  PlannerLock(const PlannerLock &) = delete;
  PlannerLock &operator=(const PlannerLock &) = delete;

 private:
  HostLock host_;
};

constexpr std::array<fftw_r2r_kind, fftw::kinds> fftw_kinds = {FFTW_DHT, FFTW_REDFT10, FFTW_REDFT01};
constexpr int sizes = 15;  // 2^0 … 2^14

template <class T>
struct Api;
template <>
struct Api<double> {
  using Plan = fftw_plan;
  static Plan make(int n, double *x, fftw_r2r_kind kind) { return fftw_plan_r2r_1d(n, x, x, kind, FFTW_ESTIMATE); }
};
template <>
struct Api<float> {
  using Plan = fftwf_plan;
  static Plan make(int n, float *x, fftwf_r2r_kind kind) { return fftwf_plan_r2r_1d(n, x, x, kind, FFTW_ESTIMATE); }
};

// Reachable from here for ever: no leak checker counts the plans, and no destructor runs while a thread still executes.
template <class T>
std::array<std::array<std::atomic<typename Api<T>::Plan>, sizes>, fftw::kinds> cache{};

}  // namespace

namespace fftw {

bool available() noexcept { return true; }

template <class T>
const void *plan(Kind kind, std::int64_t r) {
  auto &slot = cache<T>[static_cast<std::size_t>(kind)]
                       [static_cast<std::size_t>(__builtin_ctzll(static_cast<unsigned long long>(r)))];
  if (const auto made = slot.load(std::memory_order_acquire)) return made;
  Buffer<T> scratch(r, T(0));
  const PlannerLock lock;
  if (const auto made = slot.load(std::memory_order_acquire)) return made;
  const auto made = Api<T>::make(static_cast<int>(r), scratch.data(), fftw_kinds[static_cast<std::size_t>(kind)]);
  if (made == nullptr) throw Error(Status::e_memory, text("FFTW could not make a plan of ", r, " points"));
  slot.store(made, std::memory_order_release);
  return made;
}

template const void *plan<double>(Kind kind, std::int64_t r);
template const void *plan<float>(Kind kind, std::int64_t r);

// The new-array execute functions are FFTW's re-entrant ones.
void execute(const void *plan, double *x) noexcept {
  fftw_execute_r2r(static_cast<fftw_plan>(const_cast<void *>(plan)), x, x);
}
void execute(const void *plan, float *x) noexcept {
  fftwf_execute_r2r(static_cast<fftwf_plan>(const_cast<void *>(plan)), x, x);
}

}  // namespace fftw

void set_planner_lock(void (*lock)(void *), void (*unlock)(void *), void *user) noexcept {
  register_fork_handlers();
  const std::lock_guard<std::mutex> guard(host_lock_mutex);
  host_lock = lock != nullptr && unlock != nullptr ? HostLock{lock, unlock, user} : HostLock{};
}

namespace {

// A function of FFTW that lies in the object this code lies in was linked statically.
bool linked_statically() noexcept {
  Dl_info fftw_info{};
  Dl_info own_info{};
  return dladdr(reinterpret_cast<void *>(&fftw_execute_r2r), &fftw_info) != 0 &&
         dladdr(reinterpret_cast<void *>(&fft_name), &own_info) != 0 && fftw_info.dli_fbase == own_info.dli_fbase;
}

// fftw_version reads "fftw-3.3.10-sse2-avx…".
struct Name {
  std::array<char, 64> text{};
  Name() noexcept {
    const char *version = fftw_version;
    const char *first = std::strchr(version, '-');
    first = first != nullptr ? first + 1 : version;
    const std::size_t length = std::min<std::size_t>(std::strcspn(first, "-"), 24);
    std::memcpy(text.data(), "FFTW ", 5);
    std::memcpy(text.data() + 5, first, length);
    std::strcpy(text.data() + 5 + length, linked_statically() ? " (static)" : " (shared)");
  }
};

}  // namespace

const char *fft_name() noexcept {
  static const Name name;
  return name.text.data();
}

}  // namespace akr

#else

namespace akr {

namespace fftw {

bool available() noexcept { return false; }
template <class T>
const void *plan(Kind, std::int64_t) {
  return nullptr;
}
template const void *plan<double>(Kind, std::int64_t);
template const void *plan<float>(Kind, std::int64_t);
void execute(const void *, double *) noexcept {}
void execute(const void *, float *) noexcept {}

}  // namespace fftw

void set_planner_lock(void (*)(void *), void (*)(void *), void *) noexcept {}
const char *fft_name() noexcept { return "none"; }

}  // namespace akr

#endif
