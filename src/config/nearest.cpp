// SPDX-License-Identifier: BSD-3-Clause
#include "config/nearest.hpp"

#include <algorithm>
#include <array>

namespace akr {

namespace {

constexpr std::size_t longest = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) noexcept {
  a = a.substr(0, longest);
  b = b.substr(0, longest);
  // row[j] = distance between the first i characters of a and the first j of b.
  std::array<std::size_t, longest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) != lower(b[j - 1]) ? 1U : 0U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string quoted(std::string_view value) {
  constexpr std::size_t most = 60;
  std::size_t count = std::min(value.size(), most);
  if (count < value.size()) {
    while (count > 0 && (static_cast<unsigned char>(value[count]) & 0xC0) == 0x80) --count;
  }
  std::string out = "\"";
  out.append(value.substr(0, count));
  out.append(count < value.size() ? "...\"" : "\"");
  return out;
}

}  // namespace akr
