// SPDX-License-Identifier: BSD-3-Clause
// Text and numbers, always as in the C locale.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace akr::cli {

inline void append(std::string &out, std::string_view part) { out.append(part); }

// The shortest decimal that reads back to the same number: at most 17 significant digits, 9 in single precision.
template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
void append(std::string &out, Number value) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<std::size_t>(end.ptr - digits));
}

template <class... Parts>
std::string concat(const Parts &...parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

// Like %.<digits>g.
std::string rounded(double value, int digits);

std::string_view trim(std::string_view text);
std::string lower_case(std::string_view text);
bool ends_with(std::string_view text, std::string_view end);
inline bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// The whole text as one number, without surrounding blanks; a leading '+' is allowed. What is too small for a double
// becomes zero, what is too large is no number. "nan" and "inf" are numbers.
std::optional<double> parse_real(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

// A piece of input for a message: in quotes, cut when long, control characters shown as '?'.
std::string quote(std::string_view text);

// The word with the smallest edit distance, when that is close enough to be a slip of the finger.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string> &known);

// " (did you mean --ridge?)" or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string> &known);

}  // namespace akr::cli
