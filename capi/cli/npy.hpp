// SPDX-License-Identifier: BSD-3-Clause
// NumPy's .npy: versions 1.0, 2.0 and 3.0, little-endian.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "table.hpp"

namespace akr::cli {

inline bool is_npy(std::string_view bytes) { return bytes.substr(0, 6) == "\x93NUMPY"; }

// Nothing is copied: the array lies in `bytes`. A one-dimensional array is one column.
Table read_npy(const std::shared_ptr<const Bytes> &bytes, const std::string &shown);

// Everything in front of the data of a file with `count` columns of `rows` numbers each, one after the other; one
// column alone is written as a one-dimensional array.
std::string npy_header(std::int64_t rows, std::int64_t count, bool single_precision);

}  // namespace akr::cli
