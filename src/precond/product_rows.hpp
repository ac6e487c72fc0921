// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "config/call.hpp"
#include "precond/precond.hpp"

namespace akr {

// Y = A D P (n x rank) a block of rows at a time, from the first row to the last: visit(first_row, y). Y is visit's to
// overwrite. One pass, n d² flops, n d rank ones where P is truncated; A must have panels. Polls after each block and
// tells the monitor how far it is.
void for_each_product_block(Call &call, const Matrix &a, const Precond &m,
                            const std::function<void(std::int64_t first_row, View<double> y)> &visit);

}  // namespace akr
