// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "base/reduce.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// Adds the pass over one panel to Z and sumsq, a right-hand side at a time.
void add_vector_pass(Run &run, const AnyPanel &panel, const PassRequest &request);

// The rows that its tasks have, whatever the number of right-hand sides, which count in their seconds.
RowChunks vector_pass_chunks(std::int64_t rows, std::int64_t cols, std::int64_t sides);

}  // namespace akr
