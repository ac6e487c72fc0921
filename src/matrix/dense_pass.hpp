// SPDX-License-Identifier: BSD-3-Clause
// The pass of matrix.hpp over one dense panel, shared by every matrix that can show panels.
#pragma once

#include <cstdint>

#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// From this many right-hand sides on products of matrices beat those of vectors, column by column.
inline constexpr std::int64_t many_sides = 6;

// Adds the panel's part to request.z and request.sumsq (the caller has zeroed them).
void add_panel_pass(Run &run, const AnyPanel &panel, const PassRequest &request);

// y(panel's rows, :) = panel·x.
void apply_panel(Run &run, const AnyPanel &panel, View<const double> x, View<double> y);

// Throws Error(e_not_finite) when the panel holds a NaN or an infinity.
void check_panel_finite(Run &run, const AnyPanel &panel);

}  // namespace akr
