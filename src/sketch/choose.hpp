// SPDX-License-Identifier: BSD-3-Clause
// Which sketch `auto` means.
#pragma once

#include <cstdint>

#include "config/options.hpp"
#include "matrix/matrix.hpp"
#include "sketch/sketch.hpp"

namespace akr {

// For a preconditioner of A: max(⌈factor·d⌉, d + 32) rows with the option sketch.factor unset (factor =
// default_factor), max(⌈sketch.factor·d⌉, d) with it. Honours sketch.kind, sketch.transform, sketch.factor,
// sketch.nonzeros and seed.
SketchSpec choose_sketch(const Options &options, const Matrix &a, double default_factor);

// For a sketch of given size, whatever it will be applied to.
SketchSpec choose_sketch(const Options &options, std::int64_t sketch_rows, std::int64_t rows);

}  // namespace akr
