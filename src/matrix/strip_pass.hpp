// SPDX-License-Identifier: BSD-3-Clause
// The pass of matrix.hpp for many right-hand sides by products of our own, each task on rows of its own.
#pragma once

#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// Whether it is quicker than products by the BLAS and its threads, and its partial sums are small beside A.
bool strip_pass_pays(std::int64_t rows, std::int64_t sides);

// Adds the panel's part to request.z and request.sumsq.
void add_strip_pass(Run &run, const AnyPanel &panel, const PassRequest &request);

}  // namespace akr
