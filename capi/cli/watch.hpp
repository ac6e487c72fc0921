// SPDX-License-Identifier: BSD-3-Clause
// A call of the library with what a person at a terminal expects: progress, log lines, Ctrl-C.
#pragma once

#include <akr.h>

#include <cstdio>

#include "handles.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "solve_request.hpp"
#include "text.hpp"

namespace akr::cli {

// Where the library's log lines go: stderr, past the progress line.
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

// Calls `call` under the request's options; returns what it returns.
template <class Call>
akr_status watched(const SolveRequest &request, akr_options *options, const Call &call) {
  ProgressLine line;
  Log log{request.verbose ? AKR_LOG_DEBUG : request.quiet ? 0 : AKR_LOG_WARN, &line};
  check(akr_options_set_log(options, &Log::print, &log));
  if (request.progress) line.attach(options);
  const InterruptScope interrupt(request.progress);
  check(akr_options_set_cancel(options, interrupt.flag()));
  return call();
}

}  // namespace akr::cli
