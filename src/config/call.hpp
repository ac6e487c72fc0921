// SPDX-License-Identifier: BSD-3-Clause
// What a solver is called with beside its problem.
#pragma once

#include "base/run.hpp"
#include "config/options.hpp"
#include "config/report.hpp"

namespace akr {

struct Call {
  Run &run;
  const Options &options;
  Report &report;
};

}  // namespace akr
