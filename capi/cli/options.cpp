// SPDX-License-Identifier: BSD-3-Clause
// akr options: the library's own table of options, in words.
#include <algorithm>

#include "arguments.hpp"
#include "commands.hpp"
#include "flags.hpp"
#include "handles.hpp"
#include "output.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

std::string range_of(const std::string &key) {
  std::string choices = option_info(key, "choices");
  if (!choices.empty()) {
    for (std::size_t at = 0; (at = choices.find('|', at)) != std::string::npos; at += 2) choices.replace(at, 1, ", ");
    return concat("one of ", choices);
  }
  const std::string low = option_info(key, "min"), high = option_info(key, "max");
  if (!low.empty() && !high.empty()) return concat("from ", low, " to ", high);
  if (!low.empty()) return concat(low, " or more");
  return high.empty() ? "any" : concat("at most ", high);
}

// Words broken into lines of at most 80 characters, each behind four blanks.
std::string wrapped(const std::string &text) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && 4 + line.size() + 1 + word.size() > 80) {
      out += concat("    ", line, "\n");
      line.clear();
    }
    line += concat(line.empty() ? "" : " ", word);
    at = end + 1;
  }
  return line.empty() ? out : concat(out, "    ", line, "\n");
}

std::string describe(const std::string &key) {
  const std::string type = option_info(key, "type");
  const char *kind = type == "i64" ? "integer" : type == "f64" ? "number" : "word";
  return concat("--", key, "  (", kind, ", default ", option_info(key, "default"), ", ", range_of(key), ")\n",
                wrapped(option_info(key, "help")));
}

}  // namespace

int run_options(const std::vector<std::string> &words) {
  const Arguments arguments(words, options_flags());
  if (arguments.has("--help") || arguments.has("-h")) {
    write_text("", help_text("options"));
    return 0;
  }
  const std::vector<std::string> known = option_keys();
  std::string out;
  for (const std::string &key : arguments.rest()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw Failure(Exit::usage, concat("no option is called ", quote(key), suggestion(key, known)));
    }
  }
  for (const std::string &key : arguments.rest().empty() ? known : arguments.rest()) {
    out += arguments.has("--keys") ? concat(key, "\n") : describe(key);
  }
  write_text("", out);
  return 0;
}

}  // namespace akr::cli
