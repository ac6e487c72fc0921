// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/dense_pass.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "matrix/panel_block.hpp"
#include "matrix/strip_pass.hpp"
#include "matrix/vector_pass.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

constexpr std::int64_t gemm_block_bytes = 4 << 20;
// A task of a look for NaN has at least this many entries; there are at most so many tasks.
constexpr std::int64_t least_chunk_entries = 1 << 16;
constexpr std::int64_t most_chunks = 32;

std::int64_t request_cols(const PassRequest &r) { return r.b != nullptr ? r.b->cols() : r.x.cols; }

void pass_by_gemm(Run &run, const AnyPanel &panel, const PassRequest &request) {
  using linalg::Op;
  const std::int64_t k = request_cols(request);
  const auto [rows, d, first_row] = std::visit(
      [](const auto &p) {
        return std::array<std::int64_t, 3>{p.rows, p.cols, p.first_row};
      },
      panel);
  const std::int64_t row_bytes = std::max<std::int64_t>(1, d + k) * 8;
  const std::int64_t height =
      std::clamp<std::int64_t>(gemm_block_bytes / row_bytes, 64, std::max<std::int64_t>(rows, 64));
  Array2<double> y(std::min(height, rows), k);
  PanelBlock block;
  for (std::int64_t i = 0; i < rows; i += height) {
    const std::int64_t count = std::min(height, rows - i);
    block.load(run, panel, i, count);
    View<double> v(y.data(), count, k, y.ld());
    if (request.b != nullptr) {
      for (std::int64_t c = 0; c < k; ++c) request.b->load(first_row + i, count, c, v.col(c));
    }
    if (request.x.data != nullptr) {
      linalg::gemm(block.op(), Op::none, request.b != nullptr ? -1.0 : 1.0, block.view(), request.x,
                   request.b != nullptr ? 1.0 : 0.0, v);
    }
    for (std::int64_t c = 0; c < k; ++c) {
      double square = 0;
      for (std::int64_t q = 0; q < count; ++q) square += v(q, c) * v(q, c);
      if (request.sumsq != nullptr) request.sumsq[c] += square;
      if (request.gain != 1) {
        for (std::int64_t q = 0; q < count; ++q) v(q, c) *= request.gain;
      }
    }
    if (request.z.data != nullptr) {
      const Op adjoint = block.op() == Op::none ? Op::transpose : Op::none;
      linalg::gemm(adjoint, Op::none, 1.0, block.view(), View<const double>(v), 1.0, request.z);
    }
    run.poll();
  }
}

}  // namespace

void add_panel_pass(Run &run, const AnyPanel &panel, const PassRequest &request) {
  const std::int64_t k = request_cols(request);
  if (k < many_sides) {
    add_vector_pass(run, panel, request);
  } else if (strip_pass_pays(std::visit([](const auto &p) { return p.rows; }, panel), k)) {
    add_strip_pass(run, panel, request);
  } else {
    pass_by_gemm(run, panel, request);
  }
}

void apply_panel(Run &run, const AnyPanel &panel, View<const double> x, View<double> y) {
  std::visit(
      [&](const auto &p) {
        using T = std::remove_cv_t<std::remove_pointer_t<decltype(p.data)>>;
        const auto &products = simd::block_products<T>();
        const RowChunks chunks = vector_pass_chunks(p.rows, p.cols, x.cols);
        const auto task = [&](std::int64_t chunk, int) {
          const auto part = p.row_block(chunks.begin(chunk), chunks.end(chunk) - chunks.begin(chunk));
          for (std::int64_t c = 0; c < x.cols; ++c) {
            double *target = y.col(c) + part.first_row;
            std::fill_n(target, part.rows, 0.0);
            if (part.row_major()) {
              products.dot_lines(part.cols, part.rows, part.data, part.row_stride, x.col(c), 1.0, target, {});
            } else {
              products.add_lines(part.rows, part.cols, part.data, part.col_stride, x.col(c), 1.0, target, {});
            }
          }
        };
        run.parallel(chunks.count, task, chunks.seconds);
      },
      panel);
}

void check_panel_finite(Run &run, const AnyPanel &panel) {
  std::visit(
      [&](const auto &p) {
        const auto &products = simd::block_products<std::decay_t<decltype(*p.data)>>();
        const bool row_major = p.row_major();
        const std::int64_t lines = row_major ? p.rows : p.cols;
        const std::int64_t length = row_major ? p.cols : p.rows;
        const std::int64_t stride = row_major ? p.row_stride : p.col_stride;
        const double bytes =
            static_cast<double>(sizeof *p.data) * static_cast<double>(p.rows) * static_cast<double>(p.cols);
        const RowChunks chunks =
            RowChunks::split(lines, std::max<std::int64_t>(1, least_chunk_entries / std::max<std::int64_t>(length, 1)),
                             most_chunks, bytes / bytes_a_second);
        const auto task = [&](std::int64_t chunk, int) {
          for (std::int64_t j = chunks.begin(chunk); j < chunks.end(chunk); ++j) {
            const auto *line = p.data + j * stride;
            if (products.all_finite(length, line)) continue;
            const std::int64_t at = std::find_if(line, line + length, [](auto v) { return !std::isfinite(v); }) - line;
            throw Error(Status::e_not_finite, text("A(", p.first_row + (row_major ? j : at), ", ", row_major ? at : j,
                                                   ") = ", static_cast<double>(line[at]),
                                                   ": must be finite (rows and columns count from 0)"));
          }
        };
        run.parallel(chunks.count, task, chunks.seconds);
      },
      panel);
}

}  // namespace akr
