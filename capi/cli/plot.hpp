// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace akr::cli {

// A picture, as SVG, of positive values over their index on a logarithmic scale. `note` stands where there is no curve;
// `level`, where positive, is a dashed line.
std::string convergence_svg(const std::string &title, const std::vector<double> &history, double level,
                            const std::string &note);

}  // namespace akr::cli
