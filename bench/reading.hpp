// SPDX-License-Identifier: BSD-3-Clause
// Reading memory with several threads, the limit of everything that passes over A.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

#include "harness.hpp"
#include "simd/dispatch.hpp"

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

// Looks at every number, with the widest vectors that the library has for this processor: narrower ones get 16 of the
// 26 GB/s of some machines.
// Floats are read in pairs as if they were doubles, since turning them into such takes longer.
template <class T>
bool read_all(const T *values, std::size_t size) {
  return akr::simd::block_products<double>().all_finite(static_cast<std::int64_t>(size * sizeof(T) / sizeof(double)),
                                                        reinterpret_cast<const double *>(values));
}

}  // namespace bench
