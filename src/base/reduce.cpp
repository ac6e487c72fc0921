// SPDX-License-Identifier: BSD-3-Clause
#include "base/reduce.hpp"

#include <algorithm>

namespace akr {

RowChunks RowChunks::split(std::int64_t rows, std::int64_t least_rows, std::int64_t most, double seconds) {
  RowChunks chunks;
  chunks.rows = rows;
  chunks.seconds = seconds;
  chunks.count = std::clamp<std::int64_t>(rows / std::max<std::int64_t>(least_rows, 1), 1, most);
  return chunks;
}

// Boundaries are multiples of 8 rows so that vector kernels meet whole vectors.
std::int64_t RowChunks::begin(std::int64_t chunk) const {
  if (chunk >= count) return rows;
  const std::int64_t base = rows / count;
  const std::int64_t extra = rows % count;
  return (base * chunk + std::min(chunk, extra)) / 8 * 8;
}

void RowReduction::sum(Team &team, const RowChunks &chunks, std::int64_t width, double *out,
                       const std::function<void(std::int64_t, std::int64_t, double *)> &body) const {
  if (chunks.count == 1) {
    body(0, chunks.rows, out);
    return;
  }
  Buffer<double> partials(checked_product(width, chunks.count));
  const auto task = [&](std::int64_t chunk, int) {
    double *partial = partials.data() + chunk * width;
    std::fill(partial, partial + width, 0.0);
    body(chunks.begin(chunk), chunks.end(chunk), partial);
  };
  team.run(chunks.count, task, chunks.seconds);
  for (std::int64_t chunk = 0; chunk < chunks.count; ++chunk) {
    const double *partial = partials.data() + chunk * width;
    for (std::int64_t i = 0; i < width; ++i) out[i] += partial[i];
  }
}

void RowReduction::combine(double *, std::int64_t) const {}

}  // namespace akr
