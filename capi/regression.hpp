// SPDX-License-Identifier: BSD-3-Clause
// What the functions of section 6 of akr.h have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.hpp"
#include "handle.hpp"
#include "precond/precond.hpp"

namespace akr::capi {

// NULL, or a preconditioner of A's size and precision.
inline const Precond *matching_precond(const akr_precond *precond, const Matrix &a) {
  if (precond == nullptr) return nullptr;
  const akr_precond &handle = require(precond, "precond");
  if (!handle.precond) throw Error(Status::e_argument, "precond: was made for a kernel, not for a matrix");
  const Precond &m = *handle.precond;
  check_equal("rows(precond)", m.rows, a.rows(), "rows(A)");
  check_equal("cols(precond)", m.cols, a.cols(), "cols(A)");
  check_bits("precond", "the preconditioner", m.bits, a.bits());
  return &m;
}

// An error where a number is not finite, or is not in T.
template <class T>
void check_range(const char *name, const Array2<double> &answer) {
  for (std::int64_t c = 0; c < answer.cols(); ++c) {
    for (std::int64_t j = 0; j < answer.rows(); ++j) {
      if (!std::isfinite(static_cast<T>(answer(j, c)))) {
        throw Error(Status::e_numeric, text(name, "(", j, ", ", c, ") = ", answer(j, c),
                                            ": outside the range of the function's precision"));
      }
    }
  }
}

// The caller's x = the answer; or an error before anything is written, where his precision cannot hold it.
template <class T>
void hand_over(const Array2<double> &answer, View<T> x, const char *name = "x") {
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double largest = 0;
    for (std::int64_t j = 0; j < x.rows; ++j) largest = std::max(largest, std::fabs(answer(j, c)));
    if (largest > 0 && largest < static_cast<double>(std::numeric_limits<T>::min())) {
      throw Error(Status::e_numeric, text(name, ": column ", c, " is at most ", largest,
                                          ": below the range of normal numbers of the function's "
                                          "precision; scale A or b"));
    }
  }
  check_range<T>(name, answer);
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < x.rows; ++j) x(j, c) = static_cast<T>(answer(j, c));
  }
}

}  // namespace akr::capi
