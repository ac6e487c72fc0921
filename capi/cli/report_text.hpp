// SPDX-License-Identifier: BSD-3-Clause
// A solve's report in words.
#pragma once

#include <cstdint>
#include <string>

#include "report_view.hpp"

namespace akr::cli {

struct SolveFacts {
  std::string matrix;  // "dense by rows"
  std::int64_t rows = 0, unknowns = 0, right_sides = 0;
  bool single_precision = false;
  std::string asked_method;  // "auto": left to the library
  std::string intercept;     // how it was modelled, or empty
  double ridge = 0;
  std::string task;  // "(A'A)^2 x = b"; empty for least squares
  double read_seconds = 0;
};

std::string report_text(const ReportView &report, const SolveFacts &facts, akr_status status);

}  // namespace akr::cli
