// SPDX-License-Identifier: BSD-3-Clause
// Results whose scale is kept beside them, brought to the range of the caller's precision at the very end.
#pragma once

#include <vector>

#include "base/memory.hpp"
#include "base/view.hpp"
#include "config/call.hpp"

namespace akr {

// The columns of an array with a largest entry in [1, 2), and the powers of two that were taken out, which are exact.
struct Normalised {
  Array2<double> x;
  std::vector<int> exponent;
};
Normalised normalised(View<const double> x);

// y(i, c) becomes y(i, c)·e^(log_row_i)·2^(exponent_c); an empty log_row is one of zeros. Where the largest entry of a
// column is then outside the range of so many bits, or below that of its normal numbers, the columns are held back by
// e^(−L): by a common L where one brings all of them into the range, else each that needs it by one of its own. Sets
// column_log_scale, and kernel.log_scale where L is common. Returns L of each column, 0 where it is in range.
std::vector<double> scale_out(Call &call, int bits, const std::vector<double> &log_row,
                              const std::vector<int> &exponent, View<double> y);

// precision_limit where a column is held back, or ok.
Status range_status(const std::vector<double> &held_back);

}  // namespace akr
