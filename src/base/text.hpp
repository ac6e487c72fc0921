// SPDX-License-Identifier: BSD-3-Clause
// Messages put together without the locale: text("ldb = ", ldb, ": must be at least ", n).
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

namespace akr {

inline void append_text(std::string &out, std::string_view part) { out.append(part); }

// Shortest form that reads back to the same number.
template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
void append_text(std::string &out, Number value) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<std::size_t>(end.ptr - digits));
}

template <class... Parts>
std::string text(const Parts &...parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

}  // namespace akr
