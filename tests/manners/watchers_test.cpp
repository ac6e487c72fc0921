// SPDX-License-Identifier: BSD-3-Clause
// The watchers themselves: each kind of misbehaviour is committed here, must be seen, and must be gone once undone.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <thread>

#include "started.hpp"
#include "surroundings.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace {

// One line, and it begins with this key.
testing::AssertionResult tells_only(const std::string &key, const Surroundings &before) {
  const std::string told = difference(before, look_around());
  const bool right = told.rfind(key + ": ", 0) == 0 && told.find('\n') == told.size() - 1;
  return right ? testing::AssertionSuccess() : testing::AssertionFailure() << "told: [" << told << "]";
}

class Watchers : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(difference(before_, look_around()), "") << "after it was undone"; }
  const Surroundings before_ = look_around();
};

TEST_F(Watchers, SeeAFileLeftOpen) {
  std::FILE *left_open = std::fopen("/dev/null", "r");
  EXPECT_TRUE(tells_only("open files", before_));
  std::fclose(left_open);
}

TEST_F(Watchers, SeeAThreadLeftBehind) {
  std::atomic<bool> enough{false};
  const std::int64_t started = threads_started();
  std::thread left_behind([&] {
    while (!enough) usleep(1000);
  });
  EXPECT_EQ(threads_started(), started + 1) << "the stand-in for pthread_create is not in use";
  EXPECT_TRUE(tells_only("threads", before_));
  enough = true;
  left_behind.join();
}

TEST_F(Watchers, SeeTheRoundingMode) {
  std::fesetround(FE_UPWARD);
  EXPECT_TRUE(tells_only("floating point", before_));
  std::fesetround(FE_TONEAREST);
}

#if defined(__x86_64__)
TEST_F(Watchers, SeeDenormalsFlushed) {
  const unsigned int usual = _mm_getcsr();
  for (const unsigned int bit : {0x8000U, 0x0040U}) {
    _mm_setcsr(usual | bit);
    EXPECT_TRUE(tells_only("floating point", before_));
  }
  _mm_setcsr(usual);
}
#endif

#if defined(__GLIBC__) && defined(__x86_64__)
TEST_F(Watchers, SeeTraps) {
  feenableexcept(FE_DIVBYZERO);
  EXPECT_TRUE(tells_only("floating point", before_));
  fedisableexcept(FE_DIVBYZERO);
}
#endif

TEST_F(Watchers, SeeASignalHandler) {
  struct sigaction ignore = {}, previous;
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGUSR1, &ignore, &previous), 0);
  EXPECT_TRUE(tells_only("signals", before_));
  sigaction(SIGUSR1, &previous, nullptr);
}

TEST_F(Watchers, SeeTheSignalMask) {
  sigset_t one, previous;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &one, &previous);
  EXPECT_TRUE(tells_only("signals", before_));
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

TEST_F(Watchers, SeeAnAlternateSignalStack) {
  static char memory[1 << 16];
  stack_t own = {}, previous = {};
  own.ss_sp = memory;
  own.ss_size = sizeof memory;
  ASSERT_EQ(sigaltstack(&own, &previous), 0);
  EXPECT_TRUE(tells_only("signals", before_));
  sigaltstack(&previous, nullptr);
}

TEST_F(Watchers, SeeTheLocale) {
  const std::string previous = std::setlocale(LC_NUMERIC, nullptr);
  if (std::setlocale(LC_NUMERIC, previous == "C" ? "C.UTF-8" : "C") == nullptr) GTEST_SKIP() << "no second locale";
  EXPECT_TRUE(tells_only("locale", before_));
  std::setlocale(LC_NUMERIC, previous.c_str());
}

TEST_F(Watchers, SeeALocaleOfTheThread) {
  const locale_t other = newlocale(LC_ALL_MASK, "C", nullptr);
  const locale_t previous = uselocale(other);
  EXPECT_TRUE(tells_only("locale", before_));
  uselocale(previous);
  freelocale(other);
}

TEST_F(Watchers, SeeTheWorkingFolder) {
  char previous[4096];
  ASSERT_NE(getcwd(previous, sizeof previous), nullptr);
  ASSERT_EQ(chdir("/proc"), 0);
  EXPECT_TRUE(tells_only("working folder", before_));
  ASSERT_EQ(chdir(previous), 0);
}

TEST_F(Watchers, SeeTheUmask) {
  const mode_t previous = umask(0);
  umask(previous ^ 0022);
  EXPECT_TRUE(tells_only("umask", before_));
  umask(previous);
}

TEST_F(Watchers, SeeTheEnvironment) {
  setenv("AKR_TEST_WATCHED", "1", 1);
  EXPECT_EQ(difference(before_, look_around()).rfind("environment: ", 0), 0U);  // many lines: a variable each
  unsetenv("AKR_TEST_WATCHED");
}

TEST_F(Watchers, SeeCancellationSwitchedOff) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  EXPECT_TRUE(tells_only("cancellation", before_));
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  EXPECT_TRUE(tells_only("cancellation", before_));
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
}

TEST_F(Watchers, SeeTheHandlersOfCxx) {
  const std::terminate_handler terminate = std::set_terminate(std::abort);
  EXPECT_TRUE(tells_only("C++ handlers", before_));
  std::set_terminate(terminate);
  const std::new_handler out_of_memory = std::set_new_handler(std::abort);
  EXPECT_TRUE(tells_only("C++ handlers", before_));
  std::set_new_handler(out_of_memory);
}

TEST(Output, IsSeenOnBothStreams) {
  for (std::FILE *stream : {stdout, stderr}) {
    const OutputWatch output;
    std::fputs("x", stream);
    EXPECT_EQ(output.bytes(), 1);
    EXPECT_EQ(output.text(), "x");
  }
  const OutputWatch output;
  ASSERT_EQ(write(STDOUT_FILENO, "yz", 2), 2);
  EXPECT_EQ(output.text(), "yz");
}

// The pool of the BLAS may grow by this and stays: nothing is compared afterwards.
TEST(OpenBlas, ThreadCountIsSeen) {
  warm_up_blas();
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  if (set == nullptr || get == nullptr) GTEST_SKIP() << "the BLAS is not OpenBLAS";
  const Surroundings before = look_around();
  const int previous = get();
  set(previous > 1 ? previous - 1 : 2);
  if (get() == previous) GTEST_SKIP() << "this OpenBLAS has one thread";
  EXPECT_NE(difference(before, look_around()).find("blas threads: "), std::string::npos);
  set(previous);
}

}  // namespace
