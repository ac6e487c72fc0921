// SPDX-License-Identifier: BSD-3-Clause
// Matrices and right-hand sides on which solvers have been seen to fail.
#pragma once

#include <algorithm>
#include <cmath>

#include "reference/problems.hpp"

namespace numeric {

constexpr const char *adversary_names[] = {"gaussian",        "graded columns",   "graded rows",
                                           "rank d-1",        "rank d/2",         "repeated columns",
                                           "repeated rows",   "zero rows",        "zero columns",
                                           "Hilbert",         "Vandermonde",      "Kahan",
                                           "spiked spectrum", "[I; 0]",           "strided unit rows",
                                           "one huge row",    "one huge column",  "huge entries",
                                           "tiny entries",    "ill-conditioned",  "sparse, empty rows",
                                           "small integers",  "constant",         "zero",
                                           "Läuchli",         "nearly collinear", "a row of each size"};
constexpr std::int64_t adversary_count = static_cast<std::int64_t>(std::size(adversary_names));

namespace adversary {

// A product of two Gaussian factors, of rank `rank` but for rounding.
inline Array<double> of_rank(std::int64_t n, std::int64_t d, std::int64_t rank, Random &random) {
  const Array<double> left = random.normals(n, rank), right = random.normals(rank, d);
  Array<double> a(n, d);
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t k = 0; k < rank; ++k)
      for (std::int64_t i = 0; i < n; ++i) a(i, j) += left(i, k) * right(k, j);
  return a;
}

// Sum of n gaussian directions with the given weights; the singular values are near the weights for n >> d.
inline Array<double> weighted(std::int64_t n, std::int64_t d, const Array<double> &weight, Random &random) {
  Array<double> a(n, d);
  const std::int64_t rank = weight.rows();
  const Array<double> left = random.normals(n, rank), right = random.normals(rank, d);
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t k = 0; k < rank; ++k)
      for (std::int64_t i = 0; i < n; ++i) a(i, j) += left(i, k) * weight[k] * right(k, j);
  return a;
}

}  // namespace adversary

// Number `kind` of adversary_names, n x d. `range` bounds the powers of ten of the extreme kinds: 150 for double, 17
// for float, so that squares overflow or vanish in that precision.
inline Array<double> adversary_matrix(std::int64_t kind, std::int64_t n, std::int64_t d, double range, Random &random) {
  Array<double> a = random.normals(n, d);
  const auto each = [&](auto &&entry) {
    for (std::int64_t j = 0; j < d; ++j)
      for (std::int64_t i = 0; i < n; ++i) a(i, j) = entry(i, j, a(i, j));
  };
  const auto real = [](std::int64_t k) { return static_cast<double>(k); };
  const std::int64_t last = d - 1, few = std::min(n, d);
  switch (kind) {
    case 1:
      each([&](auto, auto j, double g) { return g * std::pow(10.0, -10.0 * real(j) / real(d)); });
      break;
    case 2:
      each([&](auto i, auto, double g) { return g * std::pow(10.0, 8.0 - 16.0 * real(i) / real(n)); });
      break;
    case 3:
      a = adversary::of_rank(n, d, std::max<std::int64_t>(few - 1, 0), random);
      break;
    case 4:
      a = adversary::of_rank(n, d, few / 2, random);
      break;
    case 5:
      each([&](auto i, auto j, double g) { return j > 0 && j % 2 == 1 ? a(i, j - 1) : g; });
      break;
    case 6:
      each([&](auto i, auto j, double g) { return i >= d ? a(i % d, j) : g; });
      break;
    case 7:
      each([&](auto i, auto, double g) { return i % 3 == 1 ? 0.0 : g; });
      break;
    case 8:
      each([&](auto, auto j, double g) { return j % 4 == 1 ? 0.0 : g; });
      break;
    case 9:
      each([&](auto i, auto j, double) { return 1 / (1 + real(i) + real(j)); });
      break;
    case 10:
      each([&](auto i, auto j, double) { return std::pow((real(i) + 0.5) / real(n), real(j)); });
      break;
    case 11: {  // Kahan's triangle with theta = 1.2, zeros below
      const double c = std::cos(1.2), s = std::sin(1.2);
      each([&](auto i, auto j, double) { return i > j ? 0.0 : std::pow(s, real(i)) * (i == j ? 1.0 : -c); });
      break;
    }
    case 12: {
      Array<double> weight(few);
      for (std::int64_t k = 0; k < few; ++k) weight[k] = k < 2 ? 1e6 : 1;
      a = adversary::weighted(n, d, weight, random);
      break;
    }
    case 13:
      each([&](auto i, auto j, double) { return i == j ? 1.0 : 0.0; });
      break;
    case 14: {
      const std::int64_t stride = std::max<std::int64_t>(n / d, 1);
      each([&](auto i, auto j, double) { return i == (j * stride) % n ? 1.0 : 0.0; });
      break;
    }
    case 15: {
      const std::int64_t row = random.below(n);
      each([&](auto i, auto, double g) { return i == row ? 1e8 * g : g; });
      break;
    }
    case 16: {
      const std::int64_t column = random.below(d);
      each([&](auto, auto j, double g) { return j == column ? 1e10 * g : g; });
      break;
    }
    case 17:
      each([&](auto, auto, double g) { return g * std::pow(10.0, range); });
      break;
    case 18:
      each([&](auto, auto, double g) { return g * std::pow(10.0, -range); });
      break;
    case 19: {
      Array<double> weight(few);
      const double decades = 18 * random.uniform();
      for (std::int64_t k = 0; k < few; ++k) weight[k] = std::pow(10.0, -decades * real(k) / real(few));
      a = adversary::weighted(n, d, weight, random);
      break;
    }
    case 20:
      each([&](auto i, auto, double g) { return i % 5 == 2 || random.uniform() > 0.1 ? 0.0 : g; });
      break;
    case 21:
      each([&](auto, auto, double g) { return std::nearbyint(g); });
      break;
    case 22:
      each([&](auto, auto, double) { return 3.0; });
      break;
    case 23:
      each([&](auto, auto, double) { return 0.0; });
      break;
    case 24:  // a row of ones over eps I: its Gram matrix is all ones in double
      each([&](auto i, auto j, double) { return i == 0 ? 1.0 : i == j + 1 ? 1e-9 : 0.0; });
      break;
    case 25:
      each([&](auto i, auto j, double g) { return j == last && d > 1 ? a(i, 0) + 1e-13 * g : g; });
      break;
    case 26:
      each([&](auto i, auto, double g) { return g * std::pow(10.0, real(i % 21) - 10); });
      break;
    default:
      break;
  }
  return a;
}

constexpr const char *right_side_names[] = {
    "random", "in the range", "orthogonal to the range", "zero", "a unit vector", "huge", "tiny"};
constexpr std::int64_t right_side_count = static_cast<std::int64_t>(std::size(right_side_names));

inline Array<double> adversary_right_side(std::int64_t kind, const Array<double> &a, double range, Random &random) {
  Array<double> b = random.normals(a.rows());
  switch (kind) {
    case 1: {
      const Array<double> x = random.normals(a.cols());
      Array<double> minus(a.cols());
      for (std::int64_t j = 0; j < a.cols(); ++j) minus[j] = -x[j];
      b = residual(a, Array<double>(a.rows()), minus).as<double>();
      break;
    }
    case 2: {  // against each column, twice: orthogonal to double precision where the columns are independent
      for (int twice = 0; twice < 2; ++twice)
        for (std::int64_t j = 0; j < a.cols(); ++j) {
          Real dot = 0, square = 0;
          for (std::int64_t i = 0; i < a.rows(); ++i) {
            dot += wide(a(i, j)) * wide(b[i]);
            square += wide(a(i, j)) * wide(a(i, j));
          }
          for (std::int64_t i = 0; square > 0 && i < a.rows(); ++i)
            b[i] -= static_cast<double>(wide(a(i, j)) * (dot / square));
        }
      break;
    }
    case 3:
      b = Array<double>(a.rows());
      break;
    case 4:
      b = Array<double>(a.rows());
      b[random.below(a.rows())] = 1;
      break;
    case 5:
    case 6:
      for (std::int64_t i = 0; i < b.rows(); ++i) b[i] *= std::pow(10.0, kind == 5 ? range / 2 : -range / 2);
      break;
    default:
      break;
  }
  return b;
}

}  // namespace numeric
