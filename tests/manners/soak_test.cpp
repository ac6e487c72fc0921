// SPDX-License-Identifier: BSD-3-Clause
// Mixed work of four host threads, failures and cancelled calls among it: at the end the process holds as many blocks
// of memory, threads and files as after the first rounds. AKR_TEST_SECONDS says how long [8].
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

#include "failing_new.hpp"
#include "soak_host.hpp"

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
  std::int64_t blocks, resident_kib, allocated_kib, threads, files;
};

// malloc_trim gives free pages back, so that what is resident is what is held.
Holdings take_stock() {
  malloc_trim(0);
  std::int64_t pages = 0, resident = 0;
  FILE *file = std::fopen("/proc/self/statm", "r");
  if (file != nullptr && std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  const struct mallinfo2 heap = mallinfo2();
  return {failing_new::live, resident * sysconf(_SC_PAGESIZE) >> 10,
          static_cast<std::int64_t>(heap.uordblks + heap.hblkhd) >> 10, entries("/proc/self/task"),
          entries("/proc/self/fd")};
}

std::int64_t run_for(double seconds, std::int64_t &pieces_done) {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> pieces{0};
  std::vector<Host> hosts;
  for (int i = 0; i < 4; ++i) hosts.emplace_back(i, stop, pieces);
  std::vector<std::thread> threads;
  for (Host &host : hosts) threads.emplace_back([&host] { host.live(); });
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) usleep(20000);
  stop = true;
  for (std::thread &thread : threads) thread.join();
  std::int64_t wrong = 0;
  for (const Host &host : hosts) {
    wrong += host.wrong();
    if (host.wrong() > 0) ADD_FAILURE() << host.wrong() << " answers are wrong, the first: " << host.first_wrong();
  }
  pieces_done = pieces;
  return wrong;
}

TEST(Soak, MemoryThreadsAndFilesStayFlat) {
  const char *asked = std::getenv("AKR_TEST_SECONDS");
  const double seconds = asked ? std::atof(asked) : 8;
  std::int64_t warming = 0, pieces = 0;
  EXPECT_EQ(run_for(seconds / 4, warming), 0);  // caches fill, malloc's arenas come to be
  const Holdings before = take_stock();
  EXPECT_EQ(run_for(seconds * 3 / 4, pieces), 0);
  const Holdings after = take_stock();
  std::printf(
      "%lld pieces of work; blocks %lld -> %lld, resident %lld -> %lld KiB, allocated %lld -> %lld KiB, "
      "threads %lld -> %lld, files %lld -> %lld\n",
      static_cast<long long>(warming + pieces), static_cast<long long>(before.blocks),
      static_cast<long long>(after.blocks), static_cast<long long>(before.resident_kib),
      static_cast<long long>(after.resident_kib), static_cast<long long>(before.allocated_kib),
      static_cast<long long>(after.allocated_kib), static_cast<long long>(before.threads),
      static_cast<long long>(after.threads), static_cast<long long>(before.files), static_cast<long long>(after.files));
  EXPECT_EQ(after.threads, before.threads);
  EXPECT_EQ(after.files, before.files);
  // Handles and all else that comes of an operator new, libakr's included: not one is left.
  EXPECT_EQ(after.blocks, before.blocks);
  // What comes of malloc alone: the FFTW's and OpenBLAS's.
  EXPECT_LE(after.allocated_kib - before.allocated_kib, 64);
  // Free pages lie scattered between used ones: a few MiB more or less, whatever the time.
  EXPECT_LE(after.resident_kib - before.resident_kib, 16 << 10);
}

}  // namespace
