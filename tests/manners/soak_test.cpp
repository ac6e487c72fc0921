// SPDX-License-Identifier: BSD-3-Clause
// Mixed solves from four host threads: at the end the process holds as much memory, as many threads and files as after
// the first rounds. AKR_TEST_SECONDS says how long [8].
#include <dirent.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "problem.hpp"

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t entries(const char *folder) {
  std::int64_t count = 0;
  DIR *dir = opendir(folder);
  while (dir != nullptr && readdir(dir) != nullptr) ++count;
  if (dir != nullptr) closedir(dir);
  return count;
}

struct Holdings {
  std::int64_t resident_kib, allocated_kib, threads, files;
};

// malloc_trim gives free pages back, so that what is resident is what is held.
Holdings take_stock() {
  malloc_trim(0);
  std::int64_t pages = 0, resident = 0;
  FILE *file = std::fopen("/proc/self/statm", "r");
  if (file != nullptr && std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  const struct mallinfo2 heap = mallinfo2();
  return {resident * sysconf(_SC_PAGESIZE) >> 10, static_cast<std::int64_t>(heap.uordblks + heap.hblkhd) >> 10,
          entries("/proc/self/task"), entries("/proc/self/fd")};
}

struct Host {
  int number;
  std::atomic<bool> &stop;
  std::atomic<std::int64_t> &rounds;
  std::int64_t wrong = 0;

  void expect(bool right) { wrong += right ? 0 : 1; }

  OptionsPtr options(std::int64_t round) {
    static const char *const methods[] = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"};
    static const char *const kinds[] = {"auto", "srht", "sparse-sign", "gaussian"};
    akr_options *made = nullptr;
    expect(akr_options_create(&made) == AKR_OK);
    akr_options_set_str(made, "method", methods[round % 5]);
    akr_options_set_str(made, "sketch.kind", kinds[round % 4]);
    akr_options_set_i64(made, "seed", round);
    akr_options_set_i64(made, "threads", 1 + (round + number) % 3);
    return OptionsPtr(made);
  }

  void least_squares(std::int64_t round) {
    Problem<double> p(300 + 700 * (round % 4), 4 + round % 9);
    const OptionsPtr o = options(round);
    akr_report *made = nullptr;
    expect(akr_report_create(&made) == AKR_OK);
    const ReportPtr report(made);
    const MatrixPtr a = dense(p);
    expect(akr_lsq_solve_f64(a.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), report.get()) ==
           AKR_OK);
    expect(p.solved());
    akr_matrix *sparse = nullptr;
    expect(akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, p.rows, p.cols, 64, 0, p.row_start.data(), p.column.data(),
                                        p.by_rows.data(), o.get(), &sparse) == AKR_OK);
    const MatrixPtr s(sparse);
    akr_precond *precond = nullptr;
    expect(akr_precond_create(s.get(), 0, o.get(), report.get(), &precond) == AKR_OK);
    const PrecondPtr m(precond);
    expect(akr_lsq_solve_f64(s.get(), m.get(), 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) ==
           AKR_OK);
    expect(p.solved());
    expect(akr_gram_power_lsq_f64(a.get(), nullptr, 1, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) >=
           0);
    int64_t length = 0;
    expect(akr_report_to_json(report.get(), nullptr, 0, &length) == AKR_OK);
  }
  void attention(std::int64_t round) {
    Problem<double> p(100 + 50 * (round % 3), 4);
    const OptionsPtr o = options(round);
    akr_kernel *made = nullptr;
    expect(akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 0.5, p.a.data(), p.rows, o.get(), &made) == AKR_OK);
    const KernelPtr kernel(made);
    std::vector<double> x(p.b.size()), y(p.b.size());
    expect(akr_kernel_solve_f64(kernel.get(), nullptr, 0.1, 1, p.b.data(), p.rows, x.data(), p.rows, o.get(),
                                nullptr) == AKR_OK);
    expect(akr_kernel_apply_f64(kernel.get(), 1, x.data(), p.rows, y.data(), p.rows, o.get(), nullptr) == AKR_OK);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double error = y[i] + 0.1 * x[i] - p.b[i];
      expect(error * error < 1e-12);
    }
  }
  void errors(std::int64_t round) {
    Problem<double> p(50, 3);
    const OptionsPtr o = options(round);
    expect(akr_options_set_i64(o.get(), "no such key", 1) == AKR_E_OPTION);
    const MatrixPtr a = dense(p);
    expect(akr_lsq_solve_f64(a.get(), nullptr, -1, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) ==
           AKR_E_ARGUMENT);
    p.b[7] = 0.0 / 0.0;
    expect(akr_lsq_solve_f64(a.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) ==
           AKR_E_NOT_FINITE);
    const std::int32_t cancelled = 1;
    expect(akr_options_set_cancel(o.get(), &cancelled) == AKR_OK);
    p.b[7] = 0;
    expect(akr_lsq_solve_f64(a.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) ==
           AKR_CANCELLED);
  }
  void live() {
    for (std::int64_t round = number; !stop; round += 4, ++rounds) {
      least_squares(round);
      attention(round);
      errors(round);
    }
  }
};

std::int64_t run_for(double seconds, std::int64_t &rounds_done) {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> rounds{0};
  std::vector<Host> hosts;
  for (int i = 0; i < 4; ++i) hosts.push_back({i, stop, rounds});
  std::vector<std::thread> threads;
  for (Host &host : hosts) threads.emplace_back([&host] { host.live(); });
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) usleep(20000);
  stop = true;
  for (std::thread &thread : threads) thread.join();
  std::int64_t wrong = 0;
  for (const Host &host : hosts) wrong += host.wrong;
  rounds_done = rounds;
  return wrong;
}

TEST(Soak, MemoryThreadsAndFilesStayFlat) {
  const char *asked = std::getenv("AKR_TEST_SECONDS");
  const double seconds = asked ? std::atof(asked) : 8;
  std::int64_t rounds = 0;
  EXPECT_EQ(run_for(seconds / 4, rounds), 0);  // caches fill, malloc's arenas come to be
  const Holdings before = take_stock();
  std::int64_t more = 0;
  EXPECT_EQ(run_for(seconds * 3 / 4, more), 0);
  const Holdings after = take_stock();
  std::printf("%lld rounds; resident %lld -> %lld KiB, allocated %lld -> %lld KiB, threads %lld -> %lld, files %lld\n",
              static_cast<long long>(rounds + more), static_cast<long long>(before.resident_kib),
              static_cast<long long>(after.resident_kib), static_cast<long long>(before.allocated_kib),
              static_cast<long long>(after.allocated_kib), static_cast<long long>(before.threads),
              static_cast<long long>(after.threads), static_cast<long long>(after.files));
  EXPECT_EQ(after.threads, before.threads);
  EXPECT_EQ(after.files, before.files);
  // A leak of one vector of the smallest problem (2.4 KB) in each round is several times this in the short form.
  EXPECT_LE(after.allocated_kib - before.allocated_kib, 64);
  // Free pages lie scattered between used ones: a few MiB more or less, whatever the time.
  EXPECT_LE(after.resident_kib - before.resident_kib, 16 << 10);
}

}  // namespace
