// SPDX-License-Identifier: BSD-3-Clause
// Right-hand sides of even Gram powers and exponentials on which solvers fail.
#pragma once

#include "reference/gram_judge.hpp"
#include "reference/problems.hpp"

namespace numeric {

constexpr const char *even_right_side_names[] = {
    "random", "an image", "beside the row space", "zero", "a unit vector", "huge", "tiny", "the last singular vector"};
constexpr std::int64_t even_right_side_count = static_cast<std::int64_t>(std::size(even_right_side_names));

// b of cols(A) entries.
inline Array<double> even_right_side(std::int64_t kind, const Array<double> &a, const GramReference &truth,
                                     std::int64_t j, double range, Random &random) {
  Array<double> b = random.normals(a.cols());
  const Array<Real> &v = truth.right();
  const std::int64_t rank = truth.rank(1e-14L);
  if (kind == 1) {  // (AᵀA)ʲ x
    Array<Real> w = b.as<Real>();
    for (std::int64_t m = 0; m < std::min<std::int64_t>(j, 4); ++m) {
      Array<Real> minus = residual(a, Array<Real>(a.rows()), w);
      w = gradient(a, minus);
    }
    const Real size = largest_entry(w);
    for (std::int64_t l = 0; l < b.rows(); ++l) b[l] = size > 0 ? static_cast<double>(w[l] / size) : 0;
  } else if (kind == 2) {  // twice, to double precision
    for (int twice = 0; twice < 2; ++twice)
      for (std::int64_t k = 0; k < rank; ++k) {
        Real dot = 0;
        for (std::int64_t l = 0; l < b.rows(); ++l) dot += v(l, k) * wide(b[l]);
        for (std::int64_t l = 0; l < b.rows(); ++l) b[l] -= static_cast<double>(v(l, k) * dot);
      }
  } else if (kind == 3 || kind == 4) {
    b = Array<double>(a.cols());
    if (kind == 4) b[random.below(a.cols())] = 1;
  } else if (kind == 5 || kind == 6) {
    for (std::int64_t l = 0; l < b.rows(); ++l) b[l] *= std::pow(10.0, kind == 5 ? range / 2 : -range / 2);
  } else if (kind == 7 && rank > 0) {
    for (std::int64_t l = 0; l < b.rows(); ++l) b[l] = static_cast<double>(v(l, rank - 1));
  }
  return b;
}

}  // namespace numeric
