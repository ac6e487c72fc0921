// SPDX-License-Identifier: BSD-3-Clause
// The flags of each command, the library's own options among them: what is parsed, and what is completed.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "table.hpp"

namespace akr::cli {

std::vector<Flag> lsq_flags();
std::vector<Flag> gram_flags();
std::vector<Flag> kernel_fit_flags();
std::vector<Flag> kernel_predict_flags();
std::vector<Flag> info_flags();
std::vector<Flag> options_flags();

// What --header says, for any command that knows it. Throws Failure (usage).
Header header_of(const Arguments &arguments);

}  // namespace akr::cli
