// SPDX-License-Identifier: BSD-3-Clause
#include "arguments.hpp"

#include <algorithm>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

bool same_flag(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x == '_' ? '-' : x) == (y == '_' ? '-' : y); });
}

const Flag &find_flag(std::string_view name, const std::vector<Flag> &known) {
  const auto match =
      std::find_if(known.begin(), known.end(), [&](const Flag &flag) { return same_flag(flag.name, name); });
  if (match != known.end()) return *match;
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const Flag &flag : known) names.push_back(flag.name);
  throw Failure(Exit::usage, concat("unknown option ", name, suggestion(name, names)));
}

}  // namespace

Arguments::Arguments(const std::vector<std::string> &words, const std::vector<Flag> &known) {
  for (std::size_t at = 0; at < words.size();) {
    if (words[at] == "--") {
      rest_.insert(rest_.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
      return;
    }
    if (words[at].size() < 2 || words[at].front() != '-') {
      rest_.push_back(words[at++]);
    } else {
      at = read_flag(words, at, known);
    }
  }
}

// Returns the index of the next word to read.
std::size_t Arguments::read_flag(const std::vector<std::string> &words, std::size_t at,
                                 const std::vector<Flag> &known) {
  const std::string &word = words[at];
  const std::size_t equals = word.find('=');
  const Flag &flag = find_flag(std::string_view(word).substr(0, equals), known);
  if (equals != std::string::npos) {
    if (flag.value == Flag::Value::none) throw Failure(Exit::usage, concat(flag.name, " takes no value"));
    given_.push_back({flag.name, word.substr(equals + 1)});
    return at + 1;
  }
  const bool is_last = at + 1 == words.size();
  if (flag.value == Flag::Value::required && is_last) throw Failure(Exit::usage, concat(flag.name, " needs a value"));
  const bool takes_next = flag.value == Flag::Value::required ||
                          (flag.value == Flag::Value::optional && !is_last && ends_with(words[at + 1], ".json"));
  given_.push_back({flag.name, takes_next ? std::optional<std::string>(words[at + 1]) : std::nullopt});
  return at + (takes_next ? 2 : 1);
}

bool Arguments::has(std::string_view flag) const {
  return std::any_of(given_.begin(), given_.end(), [&](const Given &g) { return g.flag == flag; });
}

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto all = values(flag);
  return all.empty() ? std::nullopt : std::optional<std::string>(all.back());
}

std::size_t Arguments::choice(std::string_view flag, const std::vector<Flag> &known) const {
  const auto given = value(flag);
  if (!given) return 0;
  const std::vector<std::string> &words = find_flag(flag, known).choices;
  const auto match = std::find(words.begin(), words.end(), *given);
  if (match != words.end()) return static_cast<std::size_t>(match - words.begin());
  std::string listed;
  for (const std::string &word : words) listed += concat(listed.empty() ? "" : ", ", word);
  throw Failure(Exit::usage, concat(flag, " ", *given, ": must be one of ", listed));
}

std::vector<std::string> Arguments::values(std::string_view flag) const {
  std::vector<std::string> out;
  for (const Given &g : given_) {
    if (g.flag == flag && g.value) out.push_back(*g.value);
  }
  return out;
}

}  // namespace akr::cli
