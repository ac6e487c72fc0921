// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// Upper triangle of g (d x d) = AᵀA in double, one pass (d products with A and Aᵀ for an operator). After the first
// rows (about 4d, evenly from all of A where it is dense) `go_on` sees the partial Gram matrix; when it answers false
// the sum ends there and so does the function, with false. An empty function is never asked.
bool gram_matrix(Run &run, const Matrix &a, View<double> g, const std::function<bool(View<const double>)> &go_on);

// Flops of it.
double gram_flops(const Matrix &a);

}  // namespace akr
