// SPDX-License-Identifier: BSD-3-Clause
// One line on stderr that says how far a solve is, and how long it will take.
#pragma once

#include <akr.h>

#include <cstdint>
#include <string>

namespace akr::cli {

// stderr is a terminal that understands carriage returns.
bool progress_can_be_seen();

class ProgressLine {
 public:
  ~ProgressLine() { clear(); }
  // Reads the options' time limit too: it bounds the time left where nothing else does.
  void attach(akr_options *options);
  void clear();

 private:
  static std::int32_t on_progress(void *user, const akr_report *now);
  void show(const std::string &line);

  double time_limit_ = 0;
  std::size_t shown_ = 0;  // characters on the line
};

// "3 s", "2 min 05 s", "1 h 10 min"
std::string duration(double seconds);

}  // namespace akr::cli
