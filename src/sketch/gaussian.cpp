// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/gaussian.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "sketch/pack.hpp"

namespace akr {

namespace {

constexpr std::int64_t tile = 16;    // rows of S held at a time: the sums of a column of A stay in registers
constexpr std::int64_t chunk = 256;  // rows of A

}  // namespace

GaussianSketch::GaussianSketch(const SketchSpec &spec)
    : Sketch(spec), scale_(1.0 / std::sqrt(static_cast<double>(spec.sketch_rows))) {}

// Rows 2p and 2p + 1 of column j are the two normals at index j·⌈m/2⌉ + p.
void GaussianSketch::fill(std::int64_t top, std::int64_t first, std::int64_t count, double *out) const noexcept {
  const RandomStream stream(spec().seed, Purpose::gaussian);
  const std::int64_t pairs = (spec().sketch_rows + 1) / 2;
  const std::int64_t last_pair = std::min(pairs, (top + tile) / 2);
  for (std::int64_t j = 0; j < count; ++j, out += tile) {
    for (std::int64_t p = top / 2; p < last_pair; ++p) {
      const auto normals = stream.normals(static_cast<std::uint64_t>((first + j) * pairs + p));
      out[2 * p - top] = scale_ * normals[0];
      out[2 * p - top + 1] = scale_ * normals[1];
    }
  }
}

// A task owns `tile` rows of S and adds the rows of A up in their order, whatever panel they come in.
template <class T>
void GaussianSketch::accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const {
  const std::int64_t m = spec().sketch_rows;
  run.parallel((m + tile - 1) / tile, [&](std::int64_t task, int) {
    const std::int64_t top = task * tile;
    const std::int64_t rows = std::min(tile, m - top);
    Buffer<double> part(tile * chunk, 0.0);
    Buffer<T> column(chunk);
    for (std::int64_t begin = 0; begin < panel.rows; begin += chunk) {
      const std::int64_t count = std::min(chunk, panel.rows - begin);
      fill(top, panel.first_row + begin, count, part.data());
      for (std::int64_t c = 0; c < panel.cols; ++c) {
        const T *a = &panel(begin, c);
        if (panel.row_stride != 1) {
          pack_by_columns(panel, begin, count, c, 1, chunk, column.data());
          a = column.data();
        }
        double sums[tile] = {};
        std::copy_n(sa.col(c) + top, rows, sums);
        for (std::int64_t j = 0; j < count; ++j) {
          const double value = static_cast<double>(a[j]);
          for (std::int64_t i = 0; i < tile; ++i) sums[i] += part[j * tile + i] * value;
        }
        std::copy_n(sums, rows, sa.col(c) + top);
      }
    }
  });
}

void GaussianSketch::accumulate(Run &run, const AnyPanel &panel, View<double> sa) const {
  std::visit(
      [&](const auto &p) {
        if (p.rows > 0 && p.cols > 0) accumulate_panel(run, p, sa);
      },
      panel);
}

void GaussianSketch::apply_transpose(Run &run, View<const double> x, View<double> y) const {
  const std::int64_t m = spec().sketch_rows;
  run.parallel((y.rows + chunk - 1) / chunk, [&](std::int64_t task, int) {
    const std::int64_t begin = task * chunk;
    const std::int64_t count = std::min(chunk, y.rows - begin);
    Buffer<double> part(tile * chunk, 0.0);
    for (std::int64_t c = 0; c < y.cols; ++c) std::fill_n(y.col(c) + begin, count, 0.0);
    for (std::int64_t top = 0; top < m; top += tile) {
      const std::int64_t rows = std::min(tile, m - top);
      fill(top, begin, count, part.data());
      for (std::int64_t c = 0; c < y.cols; ++c) {
        const double *in = x.col(c) + top;
        double *out = y.col(c) + begin;
        for (std::int64_t j = 0; j < count; ++j) {
          double sum = 0;
          for (std::int64_t i = 0; i < rows; ++i) sum += part[j * tile + i] * in[i];
          out[j] += sum;
        }
      }
    }
  });
}

}  // namespace akr
