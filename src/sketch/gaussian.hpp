// SPDX-License-Identifier: BSD-3-Clause
// The Gaussian sketch: independent entries of mean 0 and variance 1/m. The yardstick: its embedding is the best
// understood, and it costs 2mnd flops and mn normal deviates where the others cost a pass over A.
#pragma once

#include "sketch/sketch.hpp"

namespace akr {

class GaussianSketch final : public Sketch {
 public:
  explicit GaussianSketch(const SketchSpec &spec);

  void accumulate(Run &run, const AnyPanel &panel, View<double> sa) const override;
  void apply_transpose(Run &run, View<const double> x, View<double> y) const override;

 private:
  // out[i + j·tile] = S(top + i, first + j) for i < tile, j < count. top: a multiple of tile.
  void fill(std::int64_t top, std::int64_t first, std::int64_t count, double *out) const noexcept;
  template <class T>
  void accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const;

  double scale_;
};

}  // namespace akr
