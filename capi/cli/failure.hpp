// SPDX-License-Identifier: BSD-3-Clause
// How the client ends. 0 and 1..4 are the library's own statuses; errors start at 64, with the numbers of sysexits.h.
#pragma once

#include <stdexcept>
#include <string>

namespace akr::cli {

enum class Exit : int {
  usage = 64,         // the command line, or an option's value, is wrong
  data = 65,          // an input file is malformed, not finite, or does not fit the other one
  no_input = 66,      // an input file does not exist or cannot be opened
  unavailable = 69,   // the library, or this build of the client, cannot do that
  software = 70,      // the library failed
  memory = 71,        // out of memory
  no_output = 73,     // an output file cannot be created
  input_output = 74,  // reading or writing failed half way
  interrupted = 130   // Ctrl-C before there was an answer
};

class Failure : public std::runtime_error {
 public:
  Failure(Exit code, const std::string &message) : std::runtime_error(message), code_(code) {}
  Exit code() const noexcept { return code_; }

 private:
  Exit code_;
};

}  // namespace akr::cli
