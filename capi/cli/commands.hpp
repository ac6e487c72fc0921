// SPDX-License-Identifier: BSD-3-Clause
// The commands. Each takes the words behind its name and returns the exit status, or throws Failure.
#pragma once

#include <string>
#include <vector>

namespace akr::cli {

int run_lsq(const std::vector<std::string> &words);
int run_gram(const std::vector<std::string> &words);
int run_kernel(const std::vector<std::string> &words);
int run_info(const std::vector<std::string> &words);
int run_options(const std::vector<std::string> &words);
int run_completion(const std::vector<std::string> &words);
int run_version(const std::vector<std::string> &words);
int run_help(const std::vector<std::string> &words);

// The names of all commands, and the help of one ("" is akr's own; of two words "kernel fit").
std::vector<std::string> command_names();
std::string help_text(const std::string &command);

}  // namespace akr::cli
