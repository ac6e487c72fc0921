// SPDX-License-Identifier: BSD-3-Clause
#include "not_finite.hpp"

#include <cmath>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

void refuse_not_finite(const Places &places, std::int64_t row, std::int64_t column, double value,
                       bool single_precision) {
  if (std::isfinite(value)) return;
  const std::int64_t at = places.columns[static_cast<std::size_t>(column)];
  const std::string where = places.lines.empty()
                                ? concat(": row ", row + 1, ", column ", at + 1)
                                : concat(":", places.lines[static_cast<std::size_t>(row)], ": column ", at + 1);
  const std::string called =
      places.column_names.empty() ? "" : concat(" (", places.column_names[static_cast<std::size_t>(at)], ")");
  const char *shown = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  throw Failure(Exit::data, concat(places.name, where, called, ": ", shown, " is not finite",
                                   single_precision && std::isinf(value) ? " in single precision" : ""));
}

}  // namespace akr::cli
