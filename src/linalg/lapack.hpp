// SPDX-License-Identifier: BSD-3-Clause
// The factorisations of LAPACK on views, with workspace of ours. The caller makes sure that no NaN or Inf goes in:
// LAPACK may stop the process or never return.
#pragma once

#include <cstdint>
#include <vector>

#include "base/memory.hpp"
#include "base/view.hpp"
#include "linalg/blas.hpp"

namespace akr::linalg {

// Upper Cholesky factor in place, A = RᵀR. False when A is not positive definite to working precision.
bool cholesky_upper(View<double> a);
bool cholesky_upper(View<float> a);

// Square A = U diag(s) Vᵀ; A is destroyed. s descends. Throws Error(e_numeric) when LAPACK does not converge.
struct Svd {
  Array2<double> u;
  Array2<double> vt;
  Buffer<double> s;
};
Svd svd(View<double> a);

// Singular values and right vectors of a square matrix, which is destroyed. dgesdd ends in the QR iteration of dbdsqr,
// whose backward error may be a hundred u by design (it takes off-diagonals of ε^(−1/8) u for zero). Up to jacobi_cols
// one-sided Jacobi is used, which has some √d u.
struct RightVectors {
  Buffer<double> s;  // descending
  Array2<double> v;
};
constexpr std::int64_t jacobi_cols = 64;
RightVectors right_vectors(View<double> a);
// The singular values alone, in descending order: a third of the time, no memory but a's own, which is destroyed.
Buffer<double> singular_values(View<double> a);

// Symmetric tridiagonal T with n >= 1 diagonal and n − 1 off-diagonal entries, T = S diag(values) Sᵀ, values ascending.
struct Eigen {
  Buffer<double> values;
  Array2<double> vectors;
};
Eigen tridiagonal_eigen(const std::vector<double> &diagonal, const std::vector<double> &off_diagonal);

// Zeroes what is below the diagonal.
void clear_lower(View<double> a);
// False when some entry is NaN or infinite.
bool all_finite(View<const double> a);
// Of the upper triangle alone.
bool all_finite_upper(View<const double> a);

// Estimates of the largest and smallest singular value of an upper triangular R by power and inverse iteration on RᵀR
// from a fixed random start: never more than the true largest, never less than the true smallest, and mostly within
// five per cent with ten steps (both iterations run in O(d²) a step). smallest = 0 when R is exactly singular.
struct ExtremeSingularValues {
  double largest = 0;
  double smallest = 0;
  double condition() const;
};
ExtremeSingularValues estimate_singular_values(View<const double> r, int steps = 10);
ExtremeSingularValues estimate_singular_values(View<const float> r, int steps = 10);

// G = RᵀR, on and above the diagonal, for an upper triangular R with zeros below: d³/3 multiplications and as many
// additions, where dsyrk would take all d³/2.
void triangle_gram(View<const double> r, View<double> g);

}  // namespace akr::linalg
