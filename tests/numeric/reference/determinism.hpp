// SPDX-License-Identifier: BSD-3-Clause
// The same bits for 1 to 8 threads of ours, from run to run, and in two host threads at once. The number of BLAS
// threads stays what it is.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <thread>

#include "reference/api.hpp"

namespace numeric {

using Numbers = std::vector<double>;

template <class T>
Numbers numbers(const Array<T> &a) {
  return Numbers(a.data(), a.data() + a.size());
}

// −0 is not 0, and a NaN is itself.
inline bool same_bits(const Numbers &a, const Numbers &b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

// What a report says of the answer, all but what tells of the run: time, memory, threads.
inline void append_figures(const Report &report, Numbers &to) {
  for (const char *key :
       {"iterations", "passes", "residual_norm", "gradient_norm", "backward_error", "cond_estimate", "rank", "rank_gap",
        "precision_loss", "error_estimate", "growth", "kernel.rank", "kernel.log_scale", "sketch.rows"}) {
    if (report.has(key)) to.push_back(report.real(key));
  }
  for (const char *key : {"history", "column_residual", "column_log_scale"}) {
    if (!report.has(key)) continue;
    const Numbers values = report.reals(key);
    to.insert(to.end(), values.begin(), values.end());
  }
}

// Each gives the numbers that its call writes.
struct Work {
  std::string name;
  std::function<Numbers(Options &)> compute;
  const char *method = "auto";

  Numbers run(int threads, int seed = 5) const {
    Options o({{"threads", std::to_string(threads)}, {"seed", std::to_string(seed)}, {"method", method}});
    return compute(o);
  }
};

inline void expect_the_same_bits_for_any_threads(const std::vector<Work> &all) {
  for (const Work &work : all) {
    const Numbers one = work.run(1);
    ASSERT_FALSE(one.empty()) << work.name;
    for (int threads = 1; threads <= 8; ++threads)
      EXPECT_TRUE(same_bits(work.run(threads), one)) << work.name << ", " << threads << " threads";
  }
}

inline void expect_the_same_bits_beside_another_host_thread(const std::vector<Work> &all) {
  for (const Work &work : all) {
    const Numbers alone = work.run(2);
    Numbers first, second;
    std::thread one([&] { first = work.run(2); });
    std::thread two([&] { second = work.run(3); });
    one.join();
    two.join();
    EXPECT_TRUE(same_bits(first, alone) && same_bits(second, alone)) << work.name;
  }
}

}  // namespace numeric
