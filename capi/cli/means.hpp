// SPDX-License-Identifier: BSD-3-Clause
// Means of columns that rounding does not spoil.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

// Neumaier's compensated sums, one a column: error about u |sum|, whatever the number of terms.
class ColumnSums {
 public:
  explicit ColumnSums(std::int64_t cols) : parts_(static_cast<std::size_t>(cols)) {}

  void add(std::int64_t column, double term) {
    Part &part = parts_[static_cast<std::size_t>(column)];
    const double next = part.sum + term;
    part.lost += std::fabs(part.sum) >= std::fabs(term) ? (part.sum - next) + term : (term - next) + part.sum;
    part.sum = next;
  }

  // Throws Failure where a mean is not finite: the numbers are not, or their sum overflows.
  std::vector<double> means(std::int64_t rows, const std::string &shown) const {
    std::vector<double> out;
    for (const Part &part : parts_) {
      out.push_back(rows > 0 ? (part.sum + part.lost) / static_cast<double>(rows) : 0);
      if (!std::isfinite(out.back())) {
        throw Failure(Exit::data, concat(shown, ": the mean of column ", out.size(), " is not finite"));
      }
    }
    return out;
  }

 private:
  struct Part {
    double sum = 0;
    double lost = 0;
  };
  std::vector<Part> parts_;
};

}  // namespace akr::cli
