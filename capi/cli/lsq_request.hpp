// SPDX-License-Identifier: BSD-3-Clause
// What the command line of `akr lsq` asks for.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "handles.hpp"
#include "problem.hpp"

namespace akr::cli {

struct LsqRequest {
  ProblemRequest problem;
  std::string output;                                         // "": stdout
  std::string start;                                          // file with a first guess
  std::string plot;                                           // SVG file
  std::optional<std::string> json;                            // "": stdout
  std::vector<std::pair<std::string, std::string>> settings;  // options of the library, in order
  bool single_precision = false;
  bool quiet = false, verbose = false, progress = false;

  bool answer_goes_out() const { return !output.empty() || json != std::string(); }  // else only the report does
};

// The flags of `akr lsq`, the library's own options among them.
std::vector<Flag> lsq_flags();

// Throws Failure (usage, no_output) before any input is read.
LsqRequest parse_lsq(const Arguments &arguments);

// Throws Failure where the library refuses a key or a value.
Options make_options(const LsqRequest &request);

}  // namespace akr::cli
