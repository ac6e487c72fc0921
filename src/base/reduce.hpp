// SPDX-License-Identifier: BSD-3-Clause
// Every sum over the rows of A goes through here, so that rows may one day live on several machines or on an
// accelerator: a solver never knows how many pieces the rows are in.
//
// The rows are cut into chunks whose number depends on the sizes alone. Each chunk is summed by itself, and the chunks'
// sums are added in order: the bits of the result do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>

#include "base/memory.hpp"
#include "base/team.hpp"

namespace akr {

// Bytes that one thread passes over in a second, about.
inline constexpr double bytes_a_second = 15e9;

struct RowChunks {
  std::int64_t rows = 0;
  std::int64_t count = 1;
  double seconds = Team::long_work;  // that one thread takes for all of them, about: see Team::run

  // At most `most` chunks, of at least `least_rows` rows each.
  static RowChunks split(std::int64_t rows, std::int64_t least_rows, std::int64_t most,
                         double seconds = Team::long_work);
  std::int64_t begin(std::int64_t chunk) const;
  std::int64_t end(std::int64_t chunk) const { return begin(chunk + 1); }
};

class RowReduction {
 public:
  virtual ~RowReduction() = default;

  // out[0..width) += Σ over chunks of what body(begin, end, partial) adds into its own zeroed partial[0..width).
  void sum(Team &team, const RowChunks &chunks, std::int64_t width, double *out,
           const std::function<void(std::int64_t begin, std::int64_t end, double *partial)> &body) const;

  // Called once for each complete sum over the rows this process holds. With all rows here there is nothing to add; a
  // distributed build overrides it with an all-reduce.
  virtual void combine(double *values, std::int64_t count) const;
};

}  // namespace akr
