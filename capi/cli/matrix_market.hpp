// SPDX-License-Identifier: BSD-3-Clause
// Matrix Market exchange format: coordinate files become sparse, array files dense.
#pragma once

#include <string>
#include <string_view>

#include "table.hpp"

namespace akr::cli {

inline bool is_matrix_market(std::string_view bytes) { return bytes.substr(0, 14) == "%%MatrixMarket"; }

// real, integer and pattern; general, symmetric and skew-symmetric. Entries given twice are added up.
Table read_matrix_market(std::string_view text, const std::string &shown);

}  // namespace akr::cli
