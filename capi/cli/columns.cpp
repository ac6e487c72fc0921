// SPDX-License-Identifier: BSD-3-Clause
#include "columns.hpp"

#include <algorithm>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

static std::int64_t find_column(const Table &table, const std::string &wanted) {
  const auto &names = table.column_names;
  const auto named = std::find(names.begin(), names.end(), wanted);
  if (named != names.end()) {
    if (std::find(named + 1, names.end(), wanted) != names.end()) {
      throw Failure(Exit::usage, concat(table.name, ": several columns are called ", quote(wanted)));
    }
    return named - names.begin();
  }
  const auto number = parse_integer(wanted);
  if (!number) {
    const std::string where = names.empty() ? ", as the file has no header" : suggestion(wanted, names);
    throw Failure(Exit::usage, concat(table.name, ": no column is called ", quote(wanted), where));
  }
  const std::int64_t count = table.cols();
  if (*number == 0 || *number > count || *number < -count) {
    throw Failure(Exit::usage, concat(table.name, ": there is no column ", *number, ": 1 to ", count, ", or -1 to -",
                                      count, " from the end"));
  }
  return *number > 0 ? *number - 1 : count + *number;
}

std::vector<std::int64_t> find_columns(const Table &table, const std::vector<std::string> &wanted) {
  std::vector<std::int64_t> out;
  for (const std::string &one : wanted) {
    const std::int64_t column = find_column(table, one);
    if (std::find(out.begin(), out.end(), column) != out.end()) {
      throw Failure(Exit::usage, concat(table.name, ": column ", column + 1, " is given twice"));
    }
    out.push_back(column);
  }
  return out;
}

std::vector<std::int64_t> other_columns(std::int64_t count, const std::vector<std::int64_t> &left_out) {
  std::vector<std::int64_t> out;
  for (std::int64_t j = 0; j < count; ++j) {
    if (std::find(left_out.begin(), left_out.end(), j) == left_out.end()) out.push_back(j);
  }
  return out;
}

}  // namespace akr::cli
