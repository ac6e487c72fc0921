// SPDX-License-Identifier: BSD-3-Clause
#include "solve/right_sides.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/memory.hpp"
#include "base/status.hpp"
#include "base/text.hpp"
#include "precond/precond.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

// By eight side by side, as a vector register holds them.
double largest_entry(const double *x, std::int64_t count) {
  constexpr std::int64_t side = 8;
  std::array<double, side> most{};
  std::int64_t i = 0;
  for (; i + side <= count; i += side) {
    for (std::int64_t q = 0; q < side; ++q) {
      const double v = std::fabs(x[i + q]);
      double &largest = most[static_cast<std::size_t>(q)];
      largest = largest < v ? v : largest;
    }
  }
  for (; i < count; ++i) most[0] = std::max(most[0], std::fabs(x[i]));
  return *std::max_element(most.begin(), most.end());
}

constexpr std::int64_t height = 4096;
constexpr std::int64_t chunk_rows = 16 * height;

// Σ over the blocks of rows [begin, end) of column c.
template <class Visit>
void for_each_block(const RightSides &b, std::int64_t begin, std::int64_t end, std::int64_t c, const Visit &visit) {
  Buffer<double> block(std::min(height, end - begin));
  for (std::int64_t i = begin; i < end; i += height) {
    const std::int64_t count = std::min(height, end - i);
    b.load(i, count, c, block.data());
    visit(i, count, block.data());
  }
}

}  // namespace

ScaledRightSides scale_right_sides(Run &run, const RightSides &b, std::int64_t rows) {
  const std::int64_t k = b.cols();
  ScaledRightSides out;
  out.factor.assign(static_cast<std::size_t>(k), 1.0);
  out.norm.assign(static_cast<std::size_t>(k), 0.0);
  // A task: one chunk of rows of one column.
  const double bytes = sizeof(double) * static_cast<double>(rows) * static_cast<double>(k);
  const RowChunks chunks = RowChunks::split(rows, chunk_rows, std::max<std::int64_t>(rows, 1), bytes / bytes_a_second);
  const auto for_each_chunk = [&](const auto &task) {
    const auto piece = [&](std::int64_t t, int) {
      const std::int64_t chunk = t % chunks.count;
      task(chunk, t / chunks.count, chunks.begin(chunk), chunks.end(chunk));
    };
    run.team().run_to_end(chunks.count * k, piece, chunks.seconds);
  };
  Array2<double> largest(chunks.count, k, 0.0), square(chunks.count, k, 0.0);
  for_each_chunk([&](std::int64_t chunk, std::int64_t c, std::int64_t begin, std::int64_t end) {
    for_each_block(b, begin, end, c, [&](std::int64_t first, std::int64_t count, const double *v) {
      if (!simd::block_products<double>().all_finite(count, v)) {
        const std::int64_t q = std::find_if(v, v + count, [](double e) { return !std::isfinite(e); }) - v;
        throw Error(Status::e_not_finite,
                    text("b(", first + q, ", ", c, ") = ", v[q], ": must be finite (rows and columns count from 0)"));
      }
      largest(chunk, c) = std::max(largest(chunk, c), largest_entry(v, count));
    });
  });
  for (std::int64_t c = 0; c < k; ++c) {
    out.factor[static_cast<std::size_t>(c)] =
        power_of_two_scale(*std::max_element(largest.col(c), largest.col(c) + chunks.count));
  }
  out.sides = b;
  out.sides.scale = out.factor.data();
  for_each_chunk([&](std::int64_t chunk, std::int64_t c, std::int64_t begin, std::int64_t end) {
    for_each_block(out.sides, begin, end, c, [&](std::int64_t, std::int64_t count, const double *v) {
      square(chunk, c) += simd::sum_of_squares(count, v);
    });
  });
  for (std::int64_t c = 0; c < k; ++c) {
    out.norm[static_cast<std::size_t>(c)] =
        std::sqrt(std::accumulate(square.col(c), square.col(c) + chunks.count, 0.0));
  }
  return out;
}

void check_normal(View<const double> before, View<const double> after, std::int64_t c) {
  bool zero = true;
  for (std::int64_t j = 0; j < before.rows; ++j) zero = zero && before(j, 0) == 0;
  if (!zero && largest_entry(after.data, after.rows) < std::numeric_limits<double>::min()) {
    throw Error(Status::e_numeric, text("x: column ", c, " is below the range of normal numbers; scale A or b"));
  }
}

void to_callers_scale(const ScaledRightSides &rhs, View<double> x) {
  Array2<double> before(x.rows, 1);
  for (std::int64_t c = 0; c < x.cols; ++c) {
    std::copy_n(x.col(c), x.rows, before.data());
    for (std::int64_t j = 0; j < x.rows; ++j) x(j, c) /= rhs.factor[static_cast<std::size_t>(c)];
    check_normal(before.view(), View<const double>(x.col(c), x.rows, 1, x.rows), c);
  }
}

}  // namespace akr
