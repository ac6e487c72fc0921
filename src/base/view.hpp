// SPDX-License-Identifier: BSD-3-Clause
// Column-major windows on memory that somebody else owns.
#pragma once

#include <cstdint>
#include <type_traits>

namespace akr {

template <class T>
struct View {
  T *data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t ld = 0;

  View() = default;
  View(T *p, std::int64_t r, std::int64_t c, std::int64_t l) : data(p), rows(r), cols(c), ld(l) {}
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T> && !std::is_const_v<U>>>
  View(const View<U> &v) : data(v.data), rows(v.rows), cols(v.cols), ld(v.ld) {}  // NOLINT: a view of const is a view

  T *col(std::int64_t j) const { return at(j * ld); }
  T &operator()(std::int64_t i, std::int64_t j) const { return data[i + j * ld]; }
  bool empty() const { return rows == 0 || cols == 0; }
  View block(std::int64_t first_row, std::int64_t nrows, std::int64_t first_col, std::int64_t ncols) const {
    return View(at(first_row + first_col * ld), nrows, ncols, ld);
  }
  View columns(std::int64_t first, std::int64_t count) const { return block(0, rows, first, count); }

 private:
  // An empty view may have a null pointer, to which nothing may be added.
  T *at(std::int64_t offset) const { return data != nullptr ? data + offset : nullptr; }
};

}  // namespace akr
