// SPDX-License-Identifier: BSD-3-Clause
// Columns of a dense array in a new array, of another type or layout.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "table.hpp"

namespace akr::cli {

// The given columns, packed by columns or by rows; room is left for `extra` more columns behind them.
template <class T>
std::vector<T> gather(const Array &from, const std::vector<std::int64_t> &columns, bool column_major,
                      std::int64_t extra = 0) {
  const auto used = static_cast<std::int64_t>(columns.size());
  const std::int64_t width = used + extra;
  std::vector<T> out(static_cast<std::size_t>(from.rows) * static_cast<std::size_t>(width));
  with_element(from.element, [&](auto *type) {
    using E = std::remove_cv_t<std::remove_pointer_t<decltype(type)>>;
    const auto copy = [&](std::int64_t i, std::int64_t k) {
      E value;
      const std::int64_t at = from.offset(i, columns[static_cast<std::size_t>(k)]);
      std::memcpy(&value, from.data + at * static_cast<std::int64_t>(sizeof(E)), sizeof(E));
      out[static_cast<std::size_t>(column_major ? k * from.rows + i : i * width + k)] = static_cast<T>(value);
    };
    // In the order of the file, which may be larger than the memory.
    if (from.column_major) {
      for (std::int64_t k = 0; k < used; ++k) {
        for (std::int64_t i = 0; i < from.rows; ++i) copy(i, k);
      }
    } else {
      for (std::int64_t i = 0; i < from.rows; ++i) {
        for (std::int64_t k = 0; k < used; ++k) copy(i, k);
      }
    }
  });
  return out;
}

}  // namespace akr::cli
