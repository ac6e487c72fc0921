// SPDX-License-Identifier: BSD-3-Clause
// akr completion: the scripts for three shells, and what they ask akr for: the words that may stand last on a command
// line. The shells know nothing of commands and flags, which stand in flags.cpp and in the library.
#include <algorithm>

#include "commands.hpp"
#include "completion_scripts.hpp"
#include "failure.hpp"
#include "flags.hpp"
#include "handles.hpp"
#include "output.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

using Words = std::vector<std::string>;

const Words kernel_parts = {"fit", "predict"};

Words shells() {
  Words out;
  for (const auto &script : completion_scripts) out.emplace_back(script.shell);
  return out;
}

// Of the commands that have any but --help.
std::vector<Flag> flags_of(const std::string &command, const std::string &part) {
  if (command == "lsq") return lsq_flags();
  if (command == "gram") return gram_flags();
  if (command == "kernel" && part == "fit") return kernel_fit_flags();
  if (command == "kernel" && part == "predict") return kernel_predict_flags();
  if (command == "info") return info_flags();
  if (command == "options") return options_flags();
  return {{"--help"}, {"-h"}};
}

// What may stand for the value of a flag. Of --set that is a key, and behind its = the choices of that key.
Words values_of(const std::string &flag, const std::string &begun, const std::vector<Flag> &known) {
  const auto match = std::find_if(known.begin(), known.end(), [&](const Flag &f) { return f.name == flag; });
  if (match == known.end()) return {};
  if (flag != "--set") return match->choices;
  const std::size_t equals = begun.find('=');
  Words out;
  if (equals == std::string::npos) {
    for (const std::string &key : option_keys()) out.push_back(concat(key, "="));
  } else {
    const std::string key = begun.substr(0, equals);
    for (const std::string &value : values_of(concat("--", key), "", known)) out.push_back(concat(key, "=", value));
  }
  return out;
}

bool needs_value(const std::string &word, const std::vector<Flag> &known) {
  return std::any_of(known.begin(), known.end(),
                     [&](const Flag &f) { return f.name == word && f.value == Flag::Value::required; });
}

// All that may stand in the last place of the words behind `akr`, whatever it begins with.
Words candidates(const Words &words) {
  const std::size_t count = words.size();
  const std::string &last = words.back();
  if (count == 1) {
    Words out = command_names();
    out.insert(out.end(), {"--help", "--version"});
    return out;
  }
  const std::string &command = words[0];
  const bool two_words = command == "kernel";
  if (two_words && count == 2) return {"fit", "predict", "--help"};
  if (command == "completion" && count == 2) return shells();
  if (command == "help") {
    if (count == 2) return command_names();
    return count == 3 && words[1] == "kernel" ? kernel_parts : Words();
  }
  const std::vector<Flag> known = flags_of(command, words[1]);
  const std::string &before = words[count - 2];
  if (needs_value(before, known)) return values_of(before, last, known);
  Words out;
  const std::size_t equals = last.find('=');
  if (last.substr(0, 2) == "--" && equals != std::string::npos) {
    const std::string flag = last.substr(0, equals);
    for (const std::string &value : values_of(flag, last.substr(equals + 1), known)) {
      out.push_back(concat(flag, "=", value));
    }
  } else if (!last.empty() && last.front() == '-') {
    for (const Flag &flag : known) out.push_back(flag.name);
  } else if (command == "options") {
    out = option_keys();
  }
  return out;
}

std::string lines(const Words &words, const std::string &begun) {
  std::string out;
  for (const std::string &word : words) {
    if (starts_with(word, begun)) append(out, concat(word, "\n"));
  }
  return out;
}

}  // namespace

int run_completion(const std::vector<std::string> &words) {
  const std::string what = words.empty() ? std::string() : words.front();
  if (what == "--help" || what == "-h") {
    write_text("", help_text("completion"));
    return 0;
  }
  if (what == "words") {
    const Words typed(words.begin() + 1, words.end());
    if (!typed.empty()) write_text("", lines(candidates(typed), typed.back()));
    return 0;
  }
  const auto script = std::find_if(std::begin(completion_scripts), std::end(completion_scripts),
                                   [&](const auto &s) { return what == s.shell; });
  if (script == std::end(completion_scripts) || words.size() > 1) {
    throw Failure(Exit::usage, "completion needs one of bash, zsh and fish (akr completion --help)");
  }
  write_text("", script->text);
  return 0;
}

}  // namespace akr::cli
