// SPDX-License-Identifier: BSD-3-Clause
// Least squares where the system refuses what is asked of it: threads, address space. (The other functions:
// thread_faults_test.cpp, address_space_test.cpp; memory: memory_test.cpp; callbacks that fail:
// callback_faults_test.cpp; cancelling and time: numeric/lsq_stop.cpp.)
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "problem.hpp"
#include "refused_threads.hpp"
#include "surroundings.hpp"

namespace {

namespace threads = refused_threads;

constexpr std::int64_t rows = 60000, cols = 24;

OptionsPtr options_for(const char *method, std::int64_t threads) {
  akr_options *options = nullptr;
  akr_options_create(&options);
  akr_options_set_str(options, "method", method);
  akr_options_set_i64(options, "threads", threads);
  return OptionsPtr(options);
}

akr_status solve(Problem<double> &p, const akr_options *options, akr_report *report) {
  const MatrixPtr matrix = dense(p);
  return akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, options, report);
}

// Our team goes on with the threads it got, and with the caller's alone if need be: the same bits, no error.
TEST(Faults, ThreadsThatCannotBeStarted) {
  warm_up_blas();
  akr_report *made = nullptr;
  ASSERT_EQ(akr_report_create(&made), AKR_OK);
  const ReportPtr report(made);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    Problem<double> p(rows, cols);
    const OptionsPtr options = options_for(method, 4);
    ASSERT_EQ(solve(p, options.get(), report.get()), AKR_OK) << akr_last_error();
    const std::vector<double> expected = p.x;
    for (int granted = 0; granted <= 3; ++granted) {
      std::fill(p.x.begin(), p.x.end(), 0.0);
      threads::refused = 0;
      threads::before = granted;
      const akr_status status = solve(p, options.get(), report.get());
      threads::before = -1;
      EXPECT_EQ(status, AKR_OK) << method << ": " << akr_last_error();
      EXPECT_EQ(p.x, expected) << method << ", " << granted << " threads granted";
      if (granted < 3) EXPECT_GT(threads::refused, 0) << method << ": the stand-in is not in use";
    }
  }
}

std::int64_t address_space_mib() {
  long pages = 0;
  FILE *file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld", &pages) != 1) pages = 0;
  if (file != nullptr) std::fclose(file);
  return static_cast<std::int64_t>(pages) * sysconf(_SC_PAGESIZE) >> 20;
}

// In a child with so much address space left: a right answer or AKR_E_MEMORY with x untouched, and the next small solve
// works. OpenBLAS has made its buffers before: what it does when it cannot is its own affair (docs/guarantees.md).
bool survives(std::int64_t room_mib) {
  warm_up_blas();
  Problem<double> large(100000, 30), small(500, 10);
  const OptionsPtr options = options_for("auto", 2);
  if (solve(small, options.get(), nullptr) != AKR_OK) return false;
  const rlim_t most = static_cast<rlim_t>(address_space_mib() + room_mib) << 20;
  const rlimit limit{most, most};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return false;
  for (const char *method : {"sketch", "sketch-cholqr", "cholesky", "qr"}) {
    std::fill(large.x.begin(), large.x.end(), 7.0);
    const akr_status status = solve(large, options_for(method, 2).get(), nullptr);
    const bool untouched = large.x == std::vector<double>(large.x.size(), 7.0);
    const bool fine = status == AKR_OK ? large.solved() : status == AKR_E_MEMORY && untouched;
    if (!fine) {
      std::fprintf(stderr, "%lld MiB, %s: %s\n", static_cast<long long>(room_mib), method, akr_status_name(status));
      return false;
    }
    std::fill(small.x.begin(), small.x.end(), 0.0);
    const akr_status after = solve(small, options.get(), nullptr);
    if (after != AKR_E_MEMORY && !(after == AKR_OK && small.solved())) return false;
  }
  return true;
}

TEST(Faults, LittleAddressSpace) {
  for (const std::int64_t room : {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512}) {
    const pid_t child = fork();
    if (child == 0) _exit(survives(room) ? 0 : 3);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << room << " MiB: " << (WIFSIGNALED(status) ? "killed by a signal" : "wrong status or answer");
  }
}

}  // namespace
