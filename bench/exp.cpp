// SPDX-License-Identifier: BSD-3-Clause
// Exponentials of vectors in cache, nanoseconds a number on one core, by the functions that the processor gets, or
// those of an instruction set that is asked for:
//
//   AKR_ISA=avx2 akr_bench_exp --numbers 2048 --repeats 200 --json out.jsonl
//
// The arguments are copied into place before each run; a copy alone is measured too and taken off.
#include <akr.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harness.hpp"
#include "problem.hpp"
#include "simd/dispatch.hpp"
#include "simd/exp_kernels.hpp"

namespace {

// The least of many short runs: anything else on the machine can only add to it.
template <class T, class Function>
double least_nanoseconds(const std::vector<T> &from, std::vector<T> &to, int repeats, const Function &function) {
  constexpr int together = 20;
  double least = HUGE_VAL;
  for (int r = 0; r < repeats; ++r) {
    const double start = bench::now();
    for (int i = 0; i < together; ++i) {
      std::copy(from.begin(), from.end(), to.begin());
      function(to.data());
      asm volatile("" : : "r"(to.data()) : "memory");  // nothing of it may be left out
    }
    least = std::min(least, (bench::now() - start) / together);
  }
  return 1e9 * least / static_cast<double>(from.size());
}

template <class T>
void measure(int numbers, int repeats, double lowest, double highest, std::FILE *json) {
  std::vector<T> from(static_cast<std::size_t>(numbers)), to(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double place = std::fmod(static_cast<double>(i) * 0.6180339887498949, 1.0);
    from[i] = static_cast<T>(lowest + (highest - lowest) * place);
  }
  const double copy = least_nanoseconds(from, to, repeats, [](T *) {});
  const double both =
      least_nanoseconds(from, to, repeats, [&](T *v) { akr::simd::exp_functions<T>().exp(numbers, v); });
  const int bits = 8 * static_cast<int>(sizeof(T));
  std::printf("exp %s f%d of [%g, %g]: %.3f ns\n", akr::simd::isa_name(), bits, lowest, highest, both - copy);
  bench::Json()
      .add("bench", "exp")
      .add("isa", akr::simd::isa_name())
      .add("bits", std::int64_t(bits))
      .add("lowest", lowest)
      .add("highest", highest)
      .add("nanoseconds", both - copy)
      .write(json);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const int numbers = arguments.number("numbers", 1024);
  const int repeats = arguments.number("repeats", 300);
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  bench::check(numbers > 0 && repeats > 0, "numbers, repeats: must be at least 1");
  std::printf("%s\n", akr_build_info());
  measure<double>(numbers, repeats, -5, 5, json.get());
  measure<double>(numbers, repeats, -2000, 0, json.get());
  measure<float>(numbers, repeats, -5, 5, json.get());
}
