// SPDX-License-Identifier: BSD-3-Clause
// A child forked while another thread is inside a call. What it may find locked for ever are the locks of others: those
// of OpenBLAS, which has no handler that would make them whole (docs/threading.md). Nothing of libakr may be.
#include <dlfcn.h>
#include <execinfo.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "problem.hpp"

namespace {

enum Outcome { right = 0, wrong = 3, hung_in_blas = 4, hung_elsewhere = 5, crashed = 6 };

// In the child, when it should have been done long ago: where does it wait? Outside the BLAS it may be slow, not stuck,
// and gets more time.
constexpr unsigned seconds_a_look = 3;
constexpr unsigned looks = 6;

void time_is_up(int) {
  static unsigned look = 0;
  void *frames[64];
  const int count = backtrace(frames, 64);
  for (int i = 0; i < count; ++i) {
    Dl_info where;
    if (dladdr(frames[i], &where) != 0 && std::strstr(where.dli_fname, "blas") != nullptr) _exit(hung_in_blas);
  }
  if (++look < looks) {
    alarm(seconds_a_look);
    return;
  }
  backtrace_symbols_fd(frames, count, STDERR_FILENO);
  _exit(hung_elsewhere);
}

std::int64_t threads = 2;

OptionsPtr options_with(const char *key, const char *value) {
  akr_options *made = nullptr;
  akr_options_create(&made);
  akr_options_set_i64(made, "threads", threads);
  akr_options_set_str(made, key, value);
  return OptionsPtr(made);
}

bool least_squares(const char *transform) {
  Problem<double> p(8000, 20);
  const OptionsPtr options = options_with("method", "sketch");
  akr_options_set_str(options.get(), "sketch.kind", "srht");
  akr_options_set_str(options.get(), "sketch.transform", transform);
  const MatrixPtr matrix = dense(p);
  return akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, options.get(),
                           nullptr) == AKR_OK &&
         p.solved();
}

bool gram() {
  Problem<double> p(4000, 20);
  const OptionsPtr options = options_with("method", "cholesky");
  const MatrixPtr matrix = dense(p);
  return akr_gram_power_lsq_f64(matrix.get(), nullptr, 1, 1, p.b.data(), p.rows, p.x.data(), p.cols, options.get(),
                                nullptr) == AKR_OK;
}

bool kernel() {
  const Problem<double> p(300, 8);
  const OptionsPtr options = options_with("kernel.precond", "auto");
  akr_kernel *made = nullptr;
  if (akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 0.5, p.a.data(), p.rows, nullptr, &made) != AKR_OK) {
    return false;
  }
  const KernelPtr k(made);
  std::vector<double> x(static_cast<std::size_t>(p.rows));
  return akr_kernel_solve_f64(k.get(), nullptr, 0.1, 1, p.b.data(), p.rows, x.data(), p.rows, options.get(), nullptr) ==
         AKR_OK;
}

bool every_kind() { return least_squares("hartley") && least_squares("cosine") && gram() && kernel(); }

bool blas_has_one_thread() {
  const auto blas_threads = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return blas_threads != nullptr && blas_threads() == 1;
}

// With one thread first: what hangs then is the thread that gets the signal. If that went well the BLAS's locks are
// free, and what hangs with two is ours.
bool solves_in_child() {
  threads = 1;
  if (!every_kind()) return false;
  threads = 2;
  return every_kind();
}

Outcome child() {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGALRM, time_is_up);
    alarm(seconds_a_look);
    _exit(solves_in_child() ? right : wrong);
  }
  // The signal may be blocked where it hangs.
  for (unsigned tick = 0; tick < 500 * seconds_a_look * (looks + 1); ++tick) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? static_cast<Outcome>(WEXITSTATUS(status)) : crashed;
    }
    usleep(2000);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return hung_elsewhere;
}

// At moments of chance. With more BLAS threads the fork itself would break the parent's call: it ends OpenBLAS's pool.
TEST(Fork, ChildOfAProcessInTheMiddleOfACallSolves) {
  if (!blas_has_one_thread()) {
    std::puts("skipped: the BLAS has more threads than one, or is not OpenBLAS");
    GTEST_SKIP();
  }
  void *frame = nullptr;
  backtrace(&frame, 1);  // loads what it needs
  ASSERT_TRUE(every_kind());
  std::atomic<bool> enough{false};
  std::atomic<int> rounds{0}, failures{0};
  std::thread solving([&] {
    for (; !enough; ++rounds) failures += every_kind() ? 0 : 1;
  });
  constexpr int forks = 50;
  std::mt19937 random(7);
  std::uniform_int_distribution<unsigned> pause(0, 20000);
  std::map<Outcome, int> count;
  const int before = rounds;
  for (int i = 0; i < forks; ++i) {
    usleep(pause(random));
    ++count[child()];
  }
  const int during = rounds - before;
  enough = true;
  solving.join();
  EXPECT_EQ(failures.load(), 0) << "of the parent's solves";
  EXPECT_GT(during, 5) << "the parent's thread has not been at work";
  EXPECT_EQ(count[wrong], 0);
  EXPECT_EQ(count[crashed], 0);
  EXPECT_EQ(count[hung_elsewhere], 0);
  // Seen: one in 300. Each costs the time of a look.
  EXPECT_LE(count[hung_in_blas], 5);
  EXPECT_GE(count[right], forks - 5);
  std::printf("%d children right, %d hung in the BLAS\n", count[right], count[hung_in_blas]);
}

}  // namespace
