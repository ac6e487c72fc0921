// SPDX-License-Identifier: BSD-3-Clause
// The words behind a command, sorted into flags with their values and the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace akr::cli {

struct Flag {
  enum class Value { none, required, optional };  // optional: only as --flag=VALUE, or a next word ending in .json

  std::string name;  // with its dashes
  Value value = Value::none;
  std::vector<std::string> choices = {};  // the words that its value may be, where it is one of few
};

class Arguments {
 public:
  // Throws Failure (usage) on an unknown flag, naming the nearest one, or when a value is missing or superfluous. In
  // long flags - and _ mean the same. "--" ends the flags; "-" alone is no flag.
  Arguments(const std::vector<std::string> &words, const std::vector<Flag> &known);

  bool has(std::string_view flag) const;
  // The index of the value among the flag's choices, 0 where it is not given. Throws Failure (usage) on another word.
  std::size_t choice(std::string_view flag, const std::vector<Flag> &known) const;
  // Of a flag given several times, the last value counts.
  std::optional<std::string> value(std::string_view flag) const;
  std::vector<std::string> values(std::string_view flag) const;

  struct Given {
    std::string flag;  // as in the list of known ones
    std::optional<std::string> value;
  };
  const std::vector<Given> &given() const { return given_; }  // in the order of the command line
  const std::vector<std::string> &rest() const { return rest_; }

 private:
  std::size_t read_flag(const std::vector<std::string> &words, std::size_t at, const std::vector<Flag> &known);

  std::vector<Given> given_;
  std::vector<std::string> rest_;
};

}  // namespace akr::cli
