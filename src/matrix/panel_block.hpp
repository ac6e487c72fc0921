// SPDX-License-Identifier: BSD-3-Clause
// A block of rows of A in the form BLAS wants it: double, with dimensions of 32 bits.
#pragma once

#include <algorithm>
#include <limits>
#include <variant>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "linalg/blas.hpp"
#include "matrix/matrix.hpp"

namespace akr {

class PanelBlock {
 public:
  // Shows op(view()) = the rows [first, first + count) of the panel; copies only what BLAS could not read in place.
  // The view is valid until the next load().
  void load(Run &run, const AnyPanel &panel, std::int64_t first, std::int64_t count) {
    std::visit([&](const auto &p) { load_typed(run, p.row_block(first, count)); }, panel);
  }
  View<const double> view() const { return view_; }
  linalg::Op op() const { return op_; }

  // target (count x cols, column-major) = the block. For callers that overwrite it.
  static void copy(const AnyPanel &panel, std::int64_t first, std::int64_t count, View<double> target) {
    std::visit([&](const auto &p) { copy_typed(p.row_block(first, count), target); }, panel);
  }

 private:
  template <class T>
  void load_typed(Run &run, const Panel<T> &p) {
    const bool row_major = p.row_major();
    op_ = row_major ? linalg::Op::transpose : linalg::Op::none;
    const std::int64_t inner = row_major ? p.cols : p.rows;
    const std::int64_t outer = row_major ? p.rows : p.cols;
    const std::int64_t ld =
        std::max<std::int64_t>(row_major ? p.row_stride : p.col_stride, std::max<std::int64_t>(inner, 1));
    if constexpr (std::is_same_v<T, double>) {
      if (ld <= std::numeric_limits<int>::max()) {
        view_ = View<const double>(p.data, inner, outer, ld);
        return;
      }
    }
    if (copy_.size() < inner * outer) copy_ = Buffer<double>(checked_product(inner, outer));
    const std::int64_t stride = row_major ? p.row_stride : p.col_stride;
    constexpr std::int64_t width = 64;  // lines of one task
    run.parallel((outer + width - 1) / width, [&](std::int64_t task, int) {
      for (std::int64_t j = task * width; j < std::min(outer, (task + 1) * width); ++j) {
        const T *from = p.data + j * stride;
        double *to = copy_.data() + j * inner;
        for (std::int64_t i = 0; i < inner; ++i) to[i] = static_cast<double>(from[i]);
      }
    });
    view_ = View<const double>(copy_.data(), inner, outer, std::max<std::int64_t>(inner, 1));
  }

  template <class T>
  static void copy_typed(const Panel<T> &p, View<double> target) {
    if (!p.row_major()) {
      for (std::int64_t j = 0; j < p.cols; ++j) {
        const T *from = p.data + j * p.col_stride;
        for (std::int64_t i = 0; i < p.rows; ++i) target(i, j) = static_cast<double>(from[i]);
      }
      return;
    }
    constexpr std::int64_t tile = 32;  // both sides of the transposition stay in L1
    for (std::int64_t i0 = 0; i0 < p.rows; i0 += tile) {
      const std::int64_t i1 = std::min(i0 + tile, p.rows);
      for (std::int64_t j0 = 0; j0 < p.cols; j0 += tile) {
        const std::int64_t j1 = std::min(j0 + tile, p.cols);
        for (std::int64_t i = i0; i < i1; ++i) {
          for (std::int64_t j = j0; j < j1; ++j) target(i, j) = static_cast<double>(p(i, j));
        }
      }
    }
  }

  Buffer<double> copy_;
  View<const double> view_;
  linalg::Op op_ = linalg::Op::none;
};

}  // namespace akr
