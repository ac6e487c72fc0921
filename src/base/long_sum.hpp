// SPDX-License-Identifier: BSD-3-Clause
// Sums of very many terms. Added up one by one, n terms of one sign and size are wrong by up to n/2 u of their sum of
// absolute values, and rounding errors that all have one sign do happen: for 3·10⁶ equal rows the computed AᵀR was off
// by 20 u ‖A‖‖r‖, far more than the certificate allows. Here some terms at a time are added up plainly, and these short
// sums into a pair high + low without error but the last bit's (Knuth's TwoSum; Ogita, Rump, Oishi, SIAM J. Sci.
// Comput. 26, 2005), so that the error is that of a short sum, whatever n is.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/memory.hpp"

namespace akr {

class LongSums {
 public:
  // `width` sums, side by side; their high parts lie in the caller's `high`.
  LongSums(std::int64_t width, double *high) : width_(width), high_(high), low_(width, 0.0), near_(width, 0.0) {}

  // Where the next few terms are to be added.
  double *terms() { return near_.data(); }
  // They are in: takes them over and clears terms().
  void take() {
    double *near = near_.data();
    double *low = low_.data();
    for (std::int64_t j = 0; j < width_; ++j) {
      const double sum = high_[j] + near[j];
      const double part = sum - high_[j];
      low[j] += (high_[j] - (sum - part)) + (near[j] - part);
      high_[j] = sum;
      near[j] = 0;
    }
  }
  // After the last take(): rounds the pairs to single numbers, in `high`.
  void finish() {
    for (std::int64_t j = 0; j < width_; ++j) high_[j] += low_[j];
  }

 private:
  std::int64_t width_;
  double *high_;
  Buffer<double> low_;
  Buffer<double> near_;
};

}  // namespace akr
