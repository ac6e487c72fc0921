// SPDX-License-Identifier: BSD-3-Clause
// What the machine can do, to be read beside every other figure: processor, cores, the BLAS and the kernels that it
// chose, bandwidth of memory with all cores, rates of matrix products.
//
//   akr_bench_machine --repeats 7 --megabytes 512 --gemm 3000 --json out.jsonl
//
// These are limits and not contestants: the best of several runs is what counts, since anything else on the machine can
// only take away from it.
#include <akr.h>
#include <cblas.h>
#include <dlfcn.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness.hpp"
#include "problem.hpp"
#include "reading.hpp"

namespace {

using bench::check;

// The first line of a file of the kernel's that begins with the key, after its colon.
std::string said_by(const char *path, const std::string &key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
    const std::size_t first = line.find_first_not_of(" \t", colon + 1);
    return first == std::string::npos ? "" : line.substr(first);
  }
  return "";
}

// Arm processors have no "model name".
std::string processor() {
  for (const char *key : {"model name", "Model", "CPU part", "cpu"}) {
    const std::string name = said_by("/proc/cpuinfo", key);
    if (!name.empty()) return name;
  }
  return "unknown";
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// By name, since a BLAS other than OpenBLAS does not have them.
template <class T>
T ask_blas(const char *function, T otherwise) {
  void *found = dlsym(RTLD_DEFAULT, function);
  return found != nullptr ? reinterpret_cast<T (*)()>(found)() : otherwise;
}

std::string flags_of_interest() {
  const std::string all = ' ' + said_by("/proc/cpuinfo", "flags") + ' ' + said_by("/proc/cpuinfo", "Features") + ' ';
  std::string found;
  for (const char *flag : {"avx2", "fma", "avx512f", "avx512vl", "avx512_bf16", "amx_tile", "asimd", "sve"}) {
    if (all.find(std::string(" ") + flag + ' ') != std::string::npos)
      found += (found.empty() ? "" : " ") + std::string(flag);
  }
  return found;
}

template <class Body>
double best_of(int repeats, int threads, std::size_t size, const Body &body) {
  double best = HUGE_VAL;
  for (int turn = 0; turn < repeats; ++turn) best = std::min(best, bench::in_shares(threads, size, body));
  return best;
}

struct Bandwidth {
  double read = 0, copy = 0;  // bytes a second; a copy counts what it reads and what it writes
};

Bandwidth bandwidth(std::size_t bytes, int threads, int repeats) {
  const std::size_t size = bytes / sizeof(double);
  // Not initialised here: each thread touches its share first, so that it has it near by where memory has places.
  const std::unique_ptr<double[]> from(new double[size]), to(new double[size]);
  best_of(1, threads, size, [&](std::size_t, std::size_t first, std::size_t end) {
    std::fill(from.get() + first, from.get() + end, 1.0);
    std::fill(to.get() + first, to.get() + end, 0.0);
  });
  std::atomic<bool> finite{true};
  const double reading = best_of(repeats, threads, size, [&](std::size_t, std::size_t first, std::size_t end) {
    if (!bench::read_all(from.get() + first, end - first)) finite = false;
  });
  check(finite, "the numbers read are not those written");  // nobody may leave the reading out
  const double copying = best_of(repeats, threads, size, [&](std::size_t, std::size_t first, std::size_t end) {
    std::memcpy(to.get() + first, from.get() + first, (end - first) * sizeof(double));
  });
  check(to[size - 1] == 1, "the copy is wrong");
  const double moved = static_cast<double>(size * sizeof(double));
  return {moved / reading, 2 * moved / copying};
}

void multiply(int n, const double *a, const double *b, double *c) {
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}
void multiply(int n, const float *a, const float *b, float *c) {
  cblas_sgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}

// Flops a second of an n x n x n product.
template <class T>
double gemm_rate(int n, int repeats) {
  bench::Vector wide(bench::count(n, n));
  bench::fill_normal(wide, 1);
  std::vector<T> a(wide.size()), c(wide.size());
  std::transform(wide.begin(), wide.end(), a.begin(), [](double x) { return static_cast<T>(x); });
  double best = HUGE_VAL;
  for (int turn = 0; turn <= repeats; ++turn) {
    const double start = bench::now();
    multiply(n, a.data(), a.data(), c.data());
    if (turn > 0) best = std::min(best, bench::now() - start);
  }
  return 2.0 * n * n * n / best;
}

std::string today() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  char text[32] = "";
  if (gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", &parts);
  return text;
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const int repeats = arguments.number("repeats", 7);
  const int megabytes = arguments.number("megabytes", 512);
  const int n = arguments.number("gemm", 3000);
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  check(repeats > 0 && megabytes > 0 && n > 0, "repeats, megabytes and gemm must be positive");
  double load = -1;
  getloadavg(&load, 1);  // before the runs, which are a load themselves
  const int cores = usable_processors();
  const std::string kernels = ask_blas<char *>("openblas_get_corename", const_cast<char *>("unknown"));
  const std::int64_t blas_threads = ask_blas<int>("openblas_get_num_threads", -1);
  const std::int64_t cache = std::max(0L, sysconf(_SC_LEVEL3_CACHE_SIZE));
  const double single = gemm_rate<float>(n, repeats), twice = gemm_rate<double>(n, repeats);
  // Well beyond the caches, but two such arrays must fit beside what else the machine does.
  const std::int64_t ram = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  const std::int64_t bytes = std::min(std::max(std::int64_t(megabytes) << 20, 2 * cache), ram / 8);
  const Bandwidth memory = bandwidth(static_cast<std::size_t>(bytes), cores, repeats);
  std::printf(
      "%s\n%s, %d cores (%s), load %.1f before the runs; BLAS kernels %s, %lld threads\n"
      "memory with %d threads, arrays of %lld MiB: read %.1f GB/s, copy %.1f GB/s (read and written)\n"
      "matrix products %d x %d: %.0f Gflop/s in single, %.0f in double\n",
      akr_build_info(), processor().c_str(), cores, flags_of_interest().c_str(), load, kernels.c_str(),
      static_cast<long long>(blas_threads), cores, static_cast<long long>(bytes >> 20), memory.read / 1e9,
      memory.copy / 1e9, n, n, single / 1e9, twice / 1e9);
  bench::Json()
      .add("bench", "machine")
      .add("date", today())
      .add("build", akr_build_info())
      .add("processor", processor())
      .add("flags", flags_of_interest())
      .add("cores", std::int64_t(cores))
      .add("load", load)
      .add("blas_kernels", kernels)
      .add("blas_threads", blas_threads)
      .add("last_cache_bytes", cache)
      .add("array_bytes", bytes)
      .add("read_gb_s", memory.read / 1e9)
      .add("copy_gb_s", memory.copy / 1e9)
      .add("gemm_size", std::int64_t(n))
      .add("gemm_f32_gflop_s", single / 1e9)
      .add("gemm_f64_gflop_s", twice / 1e9)
      .write(json.get());
}
