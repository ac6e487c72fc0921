// SPDX-License-Identifier: BSD-3-Clause
// Factorisations of matrices with few columns on the calling thread. OpenBLAS gives even these to its threads, and lets
// them meet 30 times in dpotrf and 190 times in dtpqrt at 100 columns; where ours hold the other cores each meeting
// waits for the scheduler.
#pragma once

#include <cstdint>

#include "base/view.hpp"

namespace akr::linalg {

constexpr std::int64_t small_cols = 160;

// As cholesky_upper().
bool small_cholesky_upper(View<double> a);
bool small_cholesky_upper(View<float> a);
// As qr_append() with an upper triangular B.
void small_qr_append_triangular(View<double> r, View<double> b);

}  // namespace akr::linalg
