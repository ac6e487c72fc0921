// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace akr::cli {

struct Convergence {
  std::string title;
  std::string quantity;         // what the values are
  std::string step;             // what they are counted by, from 1
  std::vector<double> history;  // those that are not positive and finite are left out
  double level = 0;             // where positive, a dashed line ...
  std::string level_name;       // ... with this at its end
  std::string note;             // stands where there is no curve
};

// A picture, as SVG, of the values over their index on a logarithmic scale.
std::string convergence_svg(const Convergence &what);

}  // namespace akr::cli
