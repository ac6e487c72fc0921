// SPDX-License-Identifier: BSD-3-Clause
// What the command line of `akr lsq`, `akr gram` or `akr kernel` asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "handles.hpp"
#include "problem.hpp"

namespace akr::cli {

// Which problem of akr.h.
enum class Task { lsq, power_even, power_odd, exponential, kernel };

struct SolveRequest {
  Task task = Task::lsq;
  std::int64_t power = 1;  // j
  double time = 0;         // t
  double scale = 1;        // of a kernel's exponents
  bool centre = false;     // fit about the mean
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

// Each throws Failure (usage, no_output) before any input is read.
SolveRequest parse_lsq(const Arguments &arguments);
SolveRequest parse_gram(const Arguments &arguments);
SolveRequest parse_kernel_fit(const Arguments &arguments);
// Of it, a_name is the model and b_name the file of points.
SolveRequest parse_kernel_predict(const Arguments &arguments);

// Throws Failure where the library refuses a key or a value.
Options make_options(const SolveRequest &request);

}  // namespace akr::cli
