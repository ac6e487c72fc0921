// SPDX-License-Identifier: BSD-3-Clause
// Functions of AᵀA = V Σ² Vᵀ.
#pragma once

#include <cmath>
#include <vector>

#include "base/roundoff.hpp"
#include "base/run.hpp"
#include "gram/error_estimate.hpp"
#include "gram/scaled.hpp"
#include "precond/precond.hpp"

namespace akr {

struct Spectrum {
  Buffer<double> sigma;  // descending
  Array2<double> v;      // d x r, orthonormal
  bool complete = true;  // r = d; else AᵀA is zero on what V does not span
};

// LAPACK's divide and conquer, or Jacobi rotations: where few singular values are nearly equal the former was seen to
// be off by 20u, more than is accepted, and the latter by 3u.
enum class Decomposition { divide, jacobi };
constexpr std::int64_t most_jacobi_cols = 128;

// From the singular value decomposition of R D⁻¹, for an accurate R, small singular values included.
Spectrum spectrum_of(const Precond &m, Decomposition by = Decomposition::divide);
// The part of it that counts: below full rank from that of D P, with singular values that are the inverses, so that the
// large ones have an error of u κ.
Spectrum spectrum_of_row_space(const Precond &m, Decomposition by = Decomposition::divide);
// Of a wide A with the transpose c: c = Q R, R = U Σ Wᵀ, so A = W Σ (Q U)ᵀ.
Spectrum spectrum_of_wide(Run &run, const Matrix &c, Decomposition by = Decomposition::divide);

// How well V Σ² Vᵀ stands for the caller's A at the columns of v: the smallest (‖E‖_F² + ‖F‖_F²)^(1/2)/‖A‖_F with
// (A + E)ᵀ(A + F)v = V Σ² Vᵀv, exactly in the basis V (see BackwardError). One pass. Throws Interrupted.
std::vector<double> spectrum_errors(Run &run, const Matrix &a, const Spectrum &s, View<const double> v);
// What is accepted: LAPACK's decomposition is backward stable with a constant that grows with its size; 10u was seen at
// r = 40, 12u at 500.
inline double acceptable_spectrum_error(std::int64_t r) {
  return std::fmax(16.0, 2 * std::sqrt(static_cast<double>(r))) * unit_roundoff(64);
}

// b_i = V Σ⁻²ⁱ Vᵀ b for any i.
class SpectralPowers {
 public:
  SpectralPowers(const Spectrum &spectrum, const ScaledColumns &b);

  ScaledColumns solution(std::int64_t i) const;
  // What the stages up to i are to a column's error estimate.
  StagesAtOnce stages(std::int64_t i, std::int64_t column) const;

 private:
  double relative_norm(std::int64_t power, std::int64_t column) const;

  const Spectrum &spectrum_;
  Array2<double> coefficients_;  // Vᵀ b
  std::vector<std::int64_t> exponents_;
};

}  // namespace akr
