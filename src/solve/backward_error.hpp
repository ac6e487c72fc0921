// SPDX-License-Identifier: BSD-3-Clause
// The certificate: the Karlson–Waldén estimate of the normwise backward error of a least-squares solution (Karlson,
// Waldén 1997; Gratton, Jiránek, Titley-Peloquin 2012: within a factor √2 or so of the optimum),
//   BE = φ ‖(AᵀA + ω²I)^(−1/2) Aᵀr‖,   φ = 1/√((‖b‖/‖A‖_F)² + ‖x‖²),   ω = φ‖r‖,
// relative to ‖A‖_F, for the stacked matrix where there is a ridge. R stands for A: RᵀR ≈ AᵀA.
//
// With g = c − AᵀA x, r = A x and b = 0 the same formula gives, and not as an estimate, the backward error of a
// solution of (AᵀA)x = c: the smallest (‖E‖_F² + ‖F‖_F²)^(1/2) with (A + E)ᵀ(A + F) x = c to first order, as Eᵀ(A x) +
// Aᵀ(F x) = g has a solution of norm (gᵀ(‖A x‖² I + ‖x‖² AᵀA)⁻¹ g)^(1/2). The two factors are perturbed each by itself,
// as rounding does it in the two triangular solves with a factor of AᵀA.
#pragma once

#include <vector>

#include "base/memory.hpp"
#include "precond/precond.hpp"

namespace akr {

class BackwardError {
 public:
  // Below so many columns d³ flops are no work.
  static constexpr std::int64_t least_normal_cols = 64;

  // normal: D(AᵀA + μI)D, the upper triangle, where somebody has formed it; or empty.
  explicit BackwardError(const Precond &m, std::int64_t normal_from = least_normal_cols,
                         Array2<double> normal = Array2<double>());

  struct Point {
    const double *x;  // x~ and g~ of the scaled variables
    const double *g;
    double residual;  // of the stacked problem; of (AᵀA)x = c: ‖A x‖
    double rhs;       // ‖b‖; of (AᵀA)x = c: 0
    bool exact = true;
  };

  // Relative to ‖A‖_F; where the columns' scales differ, the larger of that and of the same in the scaled variables, so
  // that small columns are not drowned. Infinite where any of it left the exponent range. Two rigorous bounds come
  // first, φ‖R⁻ᵀg‖ and ‖g‖/‖r‖; only when neither is below `enough`, and exact is set, (AᵀA + ω²I)^(−1/2) is applied
  // through a QR or Cholesky factorisation (d³ flops), one for all points whose ω are about the same. Before that, what
  // may save it: a factor made for an ω that is near, which bounds the error by 1.7 times the estimate at
  // most, and from 250 columns on some steps of quadrature.
  std::vector<double> evaluate(const std::vector<Point> &points, double enough);
  double evaluate(const Point &point, double enough) { return evaluate(std::vector<Point>{point}, enough).front(); }

  // Where there is no R: σ with (A D)ᵀ(A D) + μD² ≥ σ²I, which takes its place; 0, where nothing is known, leaves
  // ‖g‖/‖r‖ and φ‖r‖.
  void set_least_singular_value(double sigma) { least_singular_value_ = sigma; }

  // True when even the lower bound φ‖Aᵀr‖/√(‖A‖_F² + ω²) is above `enough`: the exact value is not worth its flops.
  bool hopeless(const Point &point, double enough) const;

  // What it is relative to: the Frobenius norm of the stacked matrix, and the same after column scaling.
  double norm() const { return plain_norm_ / unit_; }
  double scaled_norm() const { return scaled_norm_; }

 private:
  struct Factor {
    int exponent = 0;
    bool scaled = false;
    Array2<double> t;
  };

  struct Open {  // a point whose bound is not enough
    std::size_t point;
    double phi;
    int exponent;  // of ω, see factor
  };

  std::vector<double> evaluate_in(const std::vector<Point> &points, bool scaled, double enough);
  double first_bound(const Point &point, bool scaled, double &phi) const;
  void bound_without_factor(const std::vector<Point> &points, const std::vector<Open> &open, bool scaled, double norm,
                            double *errors) const;
  void bound_by_near_factors(const std::vector<Point> &points, const std::vector<Open> &open, bool scaled, double norm,
                             double enough, double *errors) const;
  void bound_by_quadrature(const std::vector<Point> &points, std::vector<Open> &open, bool scaled, double norm,
                           double enough, double *errors);
  void solve_and_bound(const std::vector<Point> &points, const Open *open, std::size_t count, const Array2<double> &t,
                       int exponent, double norm, double *errors) const;
  // ‖Aᵀr − μx‖/(‖A‖‖r‖ + μ‖x‖) where √μ > ‖A‖_F: there the stacked matrix is all ridge, and an error relative to its
  // norm would say nothing about A.
  double ridge_error(const Point &point) const;
  static int rounded_exponent(double omega);
  const Factor *find_factor(int exponent, bool scaled) const;
  const Array2<double> &factor(int exponent, bool scaled);
  void factor_stacked(double omega, bool scaled, View<double> t) const;
  bool may_form_normal(double omega, bool scaled) const;
  bool factor_normal(double omega, bool scaled, View<double> t) const;

  const Precond &m_;
  std::int64_t normal_from_;  // columns from which on RᵀR + ω²I may be formed
  Array2<double> normal_;     // RᵀR, until a factor takes its place
  // All is homogeneous in A, so A stands for unit·A with its largest column near 1, and x for x/unit: at the ends of
  // the exponent range products with A's own numbers would underflow, and a zero would certify.
  double unit_ = 1;
  Buffer<double> spread_;  // D/unit
  double plain_norm_ = 0;  // ‖unit·A‖_F, stacked
  double scaled_norm_ = 0;
  double least_singular_value_ = 0;
  bool graded_ = false;
  std::vector<Factor> factors_;
  int quadrature_steps_ = 0;  // taken so far
};

}  // namespace akr
