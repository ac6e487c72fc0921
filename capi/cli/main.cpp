// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands.hpp"
#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

static int run(const std::vector<std::string> &words) {
  if (words.empty()) {
    std::fputs(help_text("").c_str(), stderr);
    return static_cast<int>(Exit::usage);
  }
  const std::string &name = words.front();
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (name == "lsq") return run_lsq(rest);
  if (name == "gram") return run_gram(rest);
  if (name == "kernel") return run_kernel(rest);
  if (name == "info") return run_info(rest);
  if (name == "options") return run_options(rest);
  if (name == "completion") return run_completion(rest);
  if (name == "version" || name == "--version" || name == "-V") return run_version(rest);
  if (name == "help" || name == "--help" || name == "-h") return run_help(rest);
  std::vector<std::string> known = command_names();
  known.insert(known.end(), {"--version", "--help"});
  throw Failure(Exit::usage, concat("unknown command ", name, suggestion(name, known)));
}

static int fail(Exit code, const char *message) {
  std::fprintf(stderr, "akr: %s\n", message);
  return static_cast<int>(code);
}

}  // namespace akr::cli

int main(int argc, char **argv) {
  using akr::cli::Exit;
  try {
    return akr::cli::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const akr::cli::Failure &failure) {
    return akr::cli::fail(failure.code(), failure.what());
  } catch (const std::bad_alloc &) {
    return akr::cli::fail(Exit::memory, "out of memory");
  } catch (const std::length_error &) {  // of a vector: more than the address space
    return akr::cli::fail(Exit::memory, "out of memory");
  } catch (const std::exception &error) {
    return akr::cli::fail(Exit::software, error.what());
  }
}
