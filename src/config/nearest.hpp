// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace akr {

// Levenshtein's distance, blind to ASCII case: how many characters must be inserted, removed or replaced. Words are
// compared by their first 64 characters.
std::size_t edit_distance(std::string_view a, std::string_view b) noexcept;

// `"value"` for messages: cut after 60 bytes at a character boundary.
std::string quoted(std::string_view value);

}  // namespace akr
