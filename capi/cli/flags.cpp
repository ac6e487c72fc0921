// SPDX-License-Identifier: BSD-3-Clause
#include "flags.hpp"

#include <algorithm>

#include "handles.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

using Value = Flag::Value;

Flag header() { return {"--header", Value::required, {"auto", "yes", "no"}}; }

std::vector<std::string> choices_of(const std::string &key) {
  const std::string text = option_info(key, "choices");
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('|', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// What every command that computes knows.
std::vector<Flag> with_common(std::vector<Flag> flags) {
  const std::vector<Flag> common = {{"-o", Value::required},
                                    {"--output", Value::required},
                                    header(),
                                    {"--set", Value::required},
                                    {"--json", Value::optional},
                                    {"--progress"},
                                    {"--no-progress"},
                                    {"--quiet"},
                                    {"-q"},
                                    {"--verbose"},
                                    {"-v"},
                                    {"--help"},
                                    {"-h"}};
  flags.insert(flags.end(), common.begin(), common.end());
  for (const std::string &key : option_keys()) flags.push_back({concat("--", key), Value::required, choices_of(key)});
  return flags;
}

// What every command that solves knows besides.
std::vector<Flag> with_targets(std::vector<Flag> flags) {
  flags.push_back({"--target", Value::required});
  flags.push_back({"--column", Value::required});
  flags.push_back({"--plot", Value::required});
  return with_common(std::move(flags));
}

std::vector<Flag> with_matrix(std::vector<Flag> flags) {
  flags.push_back({"--precision", Value::required, {"double", "single"}});
  flags.push_back({"--rows-from-disk"});
  return with_targets(std::move(flags));
}

}  // namespace

std::vector<Flag> lsq_flags() {
  return with_matrix({{"--ridge", Value::required}, {"--intercept"}, {"--start", Value::required}});
}

std::vector<Flag> gram_flags() {
  return with_matrix({{"--power", Value::required}, {"--odd"}, {"--exp", Value::required}});
}

std::vector<Flag> kernel_fit_flags() {
  return with_targets({{"--ridge", Value::required}, {"--scale", Value::required}, {"--centre"}, {"--center"}});
}

std::vector<Flag> kernel_predict_flags() { return with_common({}); }

std::vector<Flag> info_flags() { return {header(), {"--help"}, {"-h"}}; }

std::vector<Flag> options_flags() { return {{"--keys"}, {"--help"}, {"-h"}}; }

Header header_of(const Arguments &arguments) {
  constexpr Header headers[] = {Header::automatic, Header::yes, Header::no};
  return headers[arguments.choice("--header", {header()})];
}

}  // namespace akr::cli
