// SPDX-License-Identifier: BSD-3-Clause
// What the tests of the sketches share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "matrix/dense.hpp"
#include "sketch/sketch.hpp"
#include "transform/transform.hpp"

namespace akr::sketch_fixture {

inline std::vector<SketchSpec> all_kinds(std::int64_t sketch_rows, std::int64_t rows, std::uint64_t seed = 7) {
  const int nonzeros = static_cast<int>(std::min<std::int64_t>(8, sketch_rows));
  std::vector<SketchSpec> specs = {{SketchKind::sparse_sign, Transform::hadamard, sketch_rows, rows, nonzeros, seed},
                                   {SketchKind::srht, Transform::hadamard, sketch_rows, rows, 8, seed},
                                   {SketchKind::gaussian, Transform::hadamard, sketch_rows, rows, 8, seed}};
  if (has_transform(TransformKind::hartley)) {
    specs.push_back({SketchKind::srht, Transform::hartley, sketch_rows, rows, 8, seed});
    specs.push_back({SketchKind::srht, Transform::cosine, sketch_rows, rows, 8, seed});
  }
  return specs;
}

template <class T>
Array2<T> random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed = 1) {
  const RandomStream stream(seed, Purpose::probe, 5);
  Array2<T> a(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    a.data()[i] = static_cast<T>(stream.normals(static_cast<std::uint64_t>(i))[0]);
  }
  return a;
}

// S itself, as the sketch of the identity.
template <class T>
Array2<double> sketch_of_identity(const SketchSpec &spec, int threads) {
  Array2<T> identity(spec.rows, spec.rows, T(0));
  for (std::int64_t i = 0; i < spec.rows; ++i) identity(i, i) = 1;
  const DenseMatrix<T> a(false, spec.rows, spec.rows, identity.data(), identity.ld(), false);
  Array2<double> s(spec.sketch_rows, spec.rows);
  akr::Run run(threads, 0);
  sketch_matrix(run, *make_sketch(spec), a, s.view());
  return s;
}

inline Array2<double> sketch_of(const SketchSpec &spec, const Matrix &a, int threads) {
  Array2<double> sa(spec.sketch_rows, a.cols(), -1.0);
  akr::Run run(threads, 0);
  sketch_matrix(run, *make_sketch(spec), a, sa.view());
  return sa;
}

inline ::testing::AssertionResult same_bits(const Array2<double> &a, const Array2<double> &b) {
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    for (std::int64_t i = 0; i < a.rows(); ++i) {
      if (std::memcmp(&a(i, j), &b(i, j), sizeof(double)) != 0) {
        return ::testing::AssertionFailure() << "(" << i << ", " << j << "): " << a(i, j) << " and " << b(i, j);
      }
    }
  }
  return ::testing::AssertionSuccess();
}

inline std::string label(const SketchSpec &spec) {
  return std::string(sketch_kind_name(spec)) + " " + std::to_string(spec.sketch_rows) + " x " +
         std::to_string(spec.rows);
}

struct Size {
  std::int64_t sketch_rows;
  std::int64_t rows;
};
// m < n, m > n, m > r (stacked copies), several blocks with a short last one, single rows and columns.
inline constexpr Size sizes[] = {{12, 60}, {100, 30}, {700, 90}, {40, 2500}, {1, 5}, {3, 1}, {300, 256}, {2100, 2048}};

}  // namespace akr::sketch_fixture
