// SPDX-License-Identifier: BSD-3-Clause
// Reading memory with several threads, the limit of everything that passes over A.
#pragma once

#include <array>
#include <cstddef>
#include <thread>
#include <vector>

#include "harness.hpp"

namespace bench {

// Seconds until all threads have done body(thread, first, end) for their shares of [0, size).
template <class Body>
double in_shares(int threads, std::size_t size, const Body &body) {
  const auto share = [&](int t) {
    const auto total = static_cast<std::size_t>(threads), me = static_cast<std::size_t>(t);
    body(me, size / total * me, me + 1 == total ? size : size / total * (me + 1));
  };
  const double start = now();
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back(share, t);
  share(0);
  for (std::thread &thread : team) thread.join();
  return now() - start;
}

// Several sums at once: one would wait for its own additions and not for memory.
template <class T>
T sum_of(const T *values, std::size_t size) {
  std::array<T, 256 / sizeof(T)> sums{};
  for (std::size_t i = 0; i + sums.size() <= size; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += values[i + k];
  T sum = 0;
  for (const T s : sums) sum += s;
  return sum;
}

}  // namespace bench
