// SPDX-License-Identifier: BSD-3-Clause
// Which columns of a table are meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table.hpp"

namespace akr::cli {

// 0-based indices of columns given by a header's name, or by a number from 1, or from -1 backwards. Throws Failure.
std::vector<std::int64_t> find_columns(const Table &table, const std::vector<std::string> &wanted);

// 0, 1, ..., count - 1 without `left_out`.
std::vector<std::int64_t> other_columns(std::int64_t count, const std::vector<std::int64_t> &left_out);

}  // namespace akr::cli
