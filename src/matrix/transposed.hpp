// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "matrix/matrix.hpp"

namespace akr {

// Aᵀ as a dense matrix: a view of the caller's memory where A is dense, else a copy, by one pass over A or, for an
// operator, rows(A) products. Not longer-lived than A. For A with few rows.
std::unique_ptr<Matrix> transposed(Run &run, const Matrix &a);

}  // namespace akr
