// SPDX-License-Identifier: BSD-3-Clause
#include "solve_request.hpp"

#include <algorithm>

#include "flags.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

std::vector<std::pair<std::string, std::string>> settings_of(const Arguments &arguments) {
  const std::vector<std::string> keys = option_keys();
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto &given : arguments.given()) {
    if (given.flag == "--set") {
      const std::size_t equals = given.value->find('=');
      if (equals == std::string::npos) {
        throw Failure(Exit::usage, concat("--set ", *given.value, ": must be KEY=VALUE"));
      }
      out.emplace_back(given.value->substr(0, equals), given.value->substr(equals + 1));
    } else if (std::find(keys.begin(), keys.end(), given.flag.substr(2)) != keys.end()) {
      out.emplace_back(given.flag.substr(2), *given.value);
    }
  }
  return out;
}

// Files, targets and how to read them.
ProblemRequest inputs_of(const Arguments &arguments) {
  const auto &files = arguments.rest();
  // Not "no file": it is what an unset variable of a script leaves.
  if (std::find(files.begin(), files.end(), "") != files.end()) {
    throw Failure(Exit::usage, "the name of a file must not be empty");
  }
  ProblemRequest out;
  if (arguments.has("--column") && arguments.has("--target")) {
    throw Failure(Exit::usage, "--column and --target mean the same: give one of them");
  }
  out.targets = arguments.values(arguments.has("--column") ? "--column" : "--target");
  if (!files.empty()) out.a_name = files[0];
  if (files.size() == 2) out.b_name = files[1];
  if (out.a_name == "-" && out.b_name == "-") throw Failure(Exit::usage, "only one of A and b can be stdin");
  out.header = header_of(arguments);
  out.rows_from_disk = arguments.has("--rows-from-disk");
  return out;
}

// A finite number, 0 or more.
double size_of(const Arguments &arguments, const char *flag, double otherwise) {
  const auto given = arguments.value(flag);
  if (!given) return otherwise;
  const auto value = parse_real(*given);
  if (!value || !(*value >= 0) || *value - *value != 0) {
    throw Failure(Exit::usage, concat(flag, " ", *given, ": must be a finite number, 0 or more"));
  }
  return *value;
}

ProblemRequest lsq_problem(const Arguments &arguments) {
  const std::size_t files = arguments.rest().size();
  ProblemRequest out = inputs_of(arguments);
  if (files == 0 || files > 2 || (files == 1 && out.targets.empty())) {
    throw Failure(Exit::usage, "lsq needs two files, A and b, or one file and --target COLUMN (akr lsq --help)");
  }
  out.ridge = size_of(arguments, "--ridge", 0);
  out.intercept = arguments.has("--intercept");
  return out;
}

ProblemRequest gram_problem(const Arguments &arguments, Task task) {
  const std::size_t files = arguments.rest().size();
  ProblemRequest out = inputs_of(arguments);
  if (task == Task::power_odd) {
    if (files == 0 || files > 2 || (files == 1 && out.targets.empty())) {
      throw Failure(Exit::usage,
                    "gram --odd needs two files, A and b, or one file and --target COLUMN (akr gram --help)");
    }
    return out;
  }
  if (files == 0 || files > 2)
    throw Failure(Exit::usage, "gram needs a file A, and b or the identity (akr gram --help)");
  if (files == 1 && !out.targets.empty()) {
    throw Failure(Exit::usage,
                  "--target without a second file: b has a row for each column of A, so it is no column of it");
  }
  out.b_by_columns = true;
  return out;
}

std::optional<std::string> json_of(const Arguments &arguments) {
  if (!arguments.has("--json")) return std::nullopt;
  const std::string name = arguments.value("--json").value_or("");
  return name == "-" ? "" : name;
}

// Throws Failure (usage) where one file is to hold two outputs.
void check_different(const std::vector<std::string> &outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].empty() && std::find(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(i),
                                         outputs[i]) != outputs.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw Failure(Exit::usage, concat(outputs[i], ": is given for two outputs"));
    }
  }
}

// What all commands know.
void parse_common(const Arguments &arguments, SolveRequest &out, bool model_goes_out = false) {
  out.settings = settings_of(arguments);
  out.single_precision = arguments.has("--precision") && arguments.choice("--precision", lsq_flags()) == 1;
  out.quiet = arguments.has("--quiet") || arguments.has("-q");
  out.verbose = arguments.has("--verbose") || arguments.has("-v");
  out.progress =
      !arguments.has("--no-progress") && (arguments.has("--progress") || (!out.quiet && progress_can_be_seen()));
  out.output = arguments.value("-o").value_or(arguments.value("--output").value_or(""));
  if (out.output == "-") out.output.clear();
  out.json = json_of(arguments);
  out.plot = arguments.value("--plot").value_or("");
  const std::vector<std::string> inputs = {out.problem.a_name, out.problem.b_name, out.start};
  if (!out.output.empty() && model_goes_out) check_writable(out.output, inputs);
  if (!out.output.empty() && !model_goes_out) check_output_name(out.output, inputs);
  if (!out.plot.empty()) check_picture_name(out.plot, inputs);
  if (out.json && !out.json->empty()) check_writable(*out.json, inputs);
  check_different({out.output, out.plot, out.json.value_or("")});
}

Task gram_task(const Arguments &arguments) {
  if (arguments.has("--power") == arguments.has("--exp")) {
    throw Failure(Exit::usage, "gram needs one of --power J and --exp T (akr gram --help)");
  }
  if (arguments.has("--odd") && arguments.has("--exp")) throw Failure(Exit::usage, "--odd belongs to --power");
  if (arguments.has("--exp")) return Task::exponential;
  return arguments.has("--odd") ? Task::power_odd : Task::power_even;
}

}  // namespace

SolveRequest parse_lsq(const Arguments &arguments) {
  SolveRequest out;
  out.problem = lsq_problem(arguments);
  out.start = arguments.value("--start").value_or("");
  parse_common(arguments, out);
  return out;
}

SolveRequest parse_gram(const Arguments &arguments) {
  SolveRequest out;
  out.task = gram_task(arguments);
  if (const auto power = arguments.value("--power")) {
    const auto value = parse_integer(*power);
    if (!value || *value < 0)
      throw Failure(Exit::usage, concat("--power ", *power, ": must be a whole number, 0 or more"));
    out.power = *value;
  }
  if (const auto time = arguments.value("--exp")) {
    const auto value = parse_real(*time);
    if (!value || *value - *value != 0)
      throw Failure(Exit::usage, concat("--exp ", *time, ": must be a finite number"));
    out.time = *value;
  }
  if (out.task == Task::exponential && arguments.has("--plot")) {
    throw Failure(Exit::usage, "--plot belongs to --power: an exponential makes no corrections to be shown");
  }
  out.problem = gram_problem(arguments, out.task);
  parse_common(arguments, out);
  return out;
}

SolveRequest parse_kernel_fit(const Arguments &arguments) {
  SolveRequest out;
  out.task = Task::kernel;
  const std::size_t files = arguments.rest().size();
  out.problem = inputs_of(arguments);
  if (files == 0 || files > 2 || (files == 1 && out.problem.targets.empty())) {
    throw Failure(
        Exit::usage,
        "kernel fit needs two files, points and values, or one file and --target COLUMN (akr kernel fit --help)");
  }
  out.problem.ridge = size_of(arguments, "--ridge", 0);
  out.scale = size_of(arguments, "--scale", 1);
  out.centre = arguments.has("--centre") || arguments.has("--center");
  parse_common(arguments, out, true);
  if (out.output.empty()) throw Failure(Exit::usage, "kernel fit needs -o MODEL (akr kernel fit --help)");
  return out;
}

SolveRequest parse_kernel_predict(const Arguments &arguments) {
  SolveRequest out;
  out.task = Task::kernel;
  if (arguments.rest().size() != 2) {
    throw Failure(Exit::usage, "kernel predict needs two files, a model and points (akr kernel predict --help)");
  }
  out.problem = inputs_of(arguments);
  parse_common(arguments, out);
  return out;
}

Options make_options(const SolveRequest &request) {
  Options options = make_options();
  for (const auto &[key, value] : request.settings) {
    check(akr_options_set_str(options.get(), key.c_str(), value.c_str()));
  }
  if (!request.start.empty()) check(akr_options_set_i64(options.get(), "warm_start", 1));
  return options;
}

}  // namespace akr::cli
