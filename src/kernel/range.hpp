// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "base/view.hpp"
#include "config/call.hpp"

namespace akr {

// y(i, c) holds numbers that are to be multiplied by e^(log_row_i + log_column_c). Where the largest of the results is
// outside the range of so many bits, or below that of its normal numbers, all are held back by a common factor
// e^(−kernel.log_scale), and the status is precision_limit.
Status scale_out(Call &call, int bits, const std::vector<double> &log_row, const std::vector<double> &log_column,
                 View<double> y);

}  // namespace akr
