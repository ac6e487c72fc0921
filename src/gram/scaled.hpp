// SPDX-License-Identifier: BSD-3-Clause
// Vectors kept near 1 with the power of two aside: (AᵀA)⁻ʲb leaves the range of a double long before its digits are
// lost.
#pragma once

#include <cstdint>
#include <vector>

#include "base/memory.hpp"

namespace akr {

class ScaledColumns {
 public:
  ScaledColumns() = default;
  ScaledColumns(std::int64_t rows, std::int64_t cols)
      : values_(rows, cols, 0.0), exponents_(static_cast<std::size_t>(cols), 0) {}

  // A column is its values times 2^exponent.
  View<double> values() { return values_.view(); }
  View<const double> values() const { return values_.view(); }
  std::int64_t &exponent(std::int64_t c) { return exponents_[static_cast<std::size_t>(c)]; }
  std::int64_t exponent(std::int64_t c) const { return exponents_[static_cast<std::size_t>(c)]; }
  std::int64_t rows() const { return values_.rows(); }
  std::int64_t cols() const { return values_.cols(); }

  // Brings the largest entry of each column to [1, 2); a column of zeros stays.
  void normalise();
  // ‖values‖ of a column, and log2 of the norm of the column itself; −∞ for zero.
  double norm(std::int64_t c) const;
  double log2_norm(std::int64_t c) const;
  ScaledColumns clone() const;

  // x = the columns. Throws Error(e_numeric) naming x where one is outside the range of a double, or entirely below
  // that of its normal numbers.
  void write(View<double> x) const;

 private:
  Array2<double> values_;
  std::vector<std::int64_t> exponents_;
};

}  // namespace akr
