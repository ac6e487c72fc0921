// SPDX-License-Identifier: BSD-3-Clause
// What the statistical tests of the sketches share. Seeds are fixed, so a test passes always or never; the stated
// failure probability is that over a fresh choice of the seeds.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/memory.hpp"
#include "base/random.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "matrix/dense.hpp"
#include "sketch/sketch.hpp"
#include "transform/transform.hpp"

namespace akr::statistics {

inline std::vector<SketchSpec> all_kinds(std::int64_t sketch_rows, std::int64_t rows, bool with_gaussian = true) {
  std::vector<SketchSpec> specs = {{SketchKind::sparse_sign, Transform::hadamard, sketch_rows, rows, 8, 0},
                                   {SketchKind::srht, Transform::hadamard, sketch_rows, rows, 8, 0}};
  if (has_transform(TransformKind::hartley)) {
    specs.push_back({SketchKind::srht, Transform::hartley, sketch_rows, rows, 8, 0});
    specs.push_back({SketchKind::srht, Transform::cosine, sketch_rows, rows, 8, 0});
  }
  if (with_gaussian) specs.push_back({SketchKind::gaussian, Transform::hadamard, sketch_rows, rows, 8, 0});
  return specs;
}

inline Array2<double> normals(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  const RandomStream stream(seed, Purpose::probe, 3);
  Array2<double> a(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) a.data()[i] = stream.normals(static_cast<std::uint64_t>(i))[0];
  return a;
}

inline Array2<double> product(Run &run, SketchSpec spec, std::uint64_t seed, View<const double> a) {
  spec.seed = seed;
  Array2<double> sa(spec.sketch_rows, a.cols);
  sketch_matrix(run, *make_sketch(spec), DenseMatrix<double>(false, a.rows, a.cols, a.data, a.ld, false), sa.view());
  return sa;
}

struct Extremes {
  double smallest = 0;
  double largest = 0;
};

// Of the singular values of a matrix with at least as many rows as columns, which is destroyed.
inline Extremes singular_values(View<double> a) {
  std::vector<double> tau(static_cast<std::size_t>(a.cols));
  linalg::qr(a, tau.data());
  const View<double> r = a.block(0, a.cols, 0, a.cols);
  linalg::clear_lower(r);
  const linalg::Svd svd = linalg::svd(r);
  return {svd.s[a.cols - 1], svd.s[0]};
}

}  // namespace akr::statistics
