// SPDX-License-Identifier: BSD-3-Clause
// What hosts do that libraries forget: fork, threads, cancelled threads.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "problem.hpp"

namespace {

// Large enough for the team and the BLAS to start threads.
constexpr std::int64_t many_rows = 20000;
constexpr std::int64_t some_cols = 40;

bool solves(Problem<double> &p, const akr_options *options) {
  const MatrixPtr matrix = dense(p);
  const akr_status status =
      akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, options, nullptr);
  return status == AKR_OK && p.solved();
}

OptionsPtr method(const char *name) {
  akr_options *options = nullptr;
  akr_options_create(&options);
  akr_options_set_str(options, "method", name);
  akr_options_set_i64(options, "threads", 2);
  return OptionsPtr(options);
}

// True when the child ended by itself within 20 seconds and was content.
bool child_succeeds(bool (*body)()) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 3);
  for (int tick = 0; tick < 2000; ++tick) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return false;
}

bool solve_both_ways() {
  Problem<double> p(many_rows, some_cols);
  for (const char *name : {"sketch", "cholesky"}) {
    if (!solves(p, method(name).get())) return false;
  }
  return true;
}

TEST(Process, ChildOfASolvingParentSolves) {
  ASSERT_TRUE(solve_both_ways());
  EXPECT_TRUE(child_succeeds(solve_both_ways)) << "the child hung, crashed or got another answer";
  EXPECT_TRUE(solve_both_ways());
}

TEST(Process, TwoThreadsSolveAtOnceThenFork) {
  std::atomic<int> good{0};
  std::thread one([&] { good += solve_both_ways(); });
  std::thread two([&] { good += solve_both_ways(); });
  one.join();
  two.join();
  EXPECT_EQ(good.load(), 2);
  EXPECT_TRUE(child_succeeds(solve_both_ways)) << "the child hung, crashed or got another answer";
}

struct Cancelled {
  Problem<double> p{many_rows, some_cols};
  std::atomic<bool> inside{false};
  std::atomic<bool> asked{false};
  akr_status status = -1000;
  int state_after = -1;
};

// The owner asks for cancellation while the call is inside here; then come the cancellation points of a whole solve.
std::int32_t wait_for_request(void *user, const akr_report *) {
  auto &c = *static_cast<Cancelled *>(user);
  c.inside = true;
  while (!c.asked) usleep(1000);  // itself a cancellation point
  return 0;
}

TEST(Process, ThreadCancelledDuringASolveFinishesIt) {
  Cancelled c;
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void *user) -> void * {
                  auto &mine = *static_cast<Cancelled *>(user);
                  {
                    const OptionsPtr options = method("sketch");
                    akr_options_set_progress(options.get(), wait_for_request, &mine);
                    const MatrixPtr matrix = dense(mine.p);
                    mine.status = akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, mine.p.b.data(), mine.p.rows,
                                                    mine.p.x.data(), mine.p.cols, options.get(), nullptr);
                  }
                  pthread_testcancel();
                  mine.state_after = 1;  // not reached: the request is still there after the call
                  return nullptr;
                },
                &c),
            0);
  while (!c.inside) usleep(1000);
  pthread_cancel(thread);
  c.asked = true;
  void *result = nullptr;
  pthread_join(thread, &result);
  EXPECT_EQ(c.status, AKR_OK);
  EXPECT_TRUE(c.p.solved());
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_EQ(c.state_after, -1);
  EXPECT_TRUE(solve_both_ways()) << "after the cancelled one";
}

}  // namespace
