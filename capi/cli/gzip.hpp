// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace akr::cli {

inline bool is_gzip(std::string_view bytes) { return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b'; }

// All members of a gzip file. Throws Failure when it is damaged, or when the client was built without zlib.
std::vector<char> inflate_gzip(std::string_view bytes, const std::string &shown);

}  // namespace akr::cli
