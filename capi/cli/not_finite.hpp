// SPDX-License-Identifier: BSD-3-Clause
// Where in a file an entry is that is not finite. The library counts from 0, in the matrix it was given; a person
// looks into the file, where other columns may stand before and comments between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table.hpp"

namespace akr::cli {

// What it takes to name a place after the numbers of the table are gone.
struct Places {
  std::string name;
  std::vector<std::string> column_names;
  std::vector<std::int64_t> lines;    // where each row begins, or empty
  std::vector<std::int64_t> columns;  // of the file, those that are used

  Places(const Table &table, std::vector<std::int64_t> used)
      : name(table.name), column_names(table.column_names), lines(table.lines), columns(std::move(used)) {}
};

// Throws Failure (data) where the value is not finite; row, and column among those used, from 0:
// "A.csv:3: column 2 (price): nan is not finite".
void refuse_not_finite(const Places &places, std::int64_t row, std::int64_t column, double value,
                       bool single_precision);

// The same of rows x columns entries, packed by columns or by rows of `width`.
template <class T>
void refuse_not_finite(const Places &places, const T *entries, std::int64_t rows, bool column_major, std::int64_t width,
                       std::int64_t first_row = 0) {
  const auto used = static_cast<std::int64_t>(places.columns.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < used; ++j) {
      const T value = entries[column_major ? j * rows + i : i * width + j];
      refuse_not_finite(places, first_row + i, j, static_cast<double>(value), sizeof(T) == 4);
    }
  }
}

}  // namespace akr::cli
