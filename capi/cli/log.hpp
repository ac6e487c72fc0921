// SPDX-License-Identifier: BSD-3-Clause
// Where the library's log lines go: stderr, past the progress line.
#pragma once

#include <akr.h>

#include <cstdio>

#include "progress.hpp"
#include "text.hpp"

namespace akr::cli {

struct Log {
  std::int32_t most;
  ProgressLine *line;

  static void print(void *user, std::int32_t level, const char *text) {
    const Log &log = *static_cast<const Log *>(user);
    if (level > log.most) return;
    log.line->clear();
    std::fputs(concat("akr: ", level == AKR_LOG_WARN ? "warning: " : "", text, "\n").c_str(), stderr);
  }
};

}  // namespace akr::cli
