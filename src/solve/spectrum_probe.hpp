// SPDX-License-Identifier: BSD-3-Clause
// What conjugate gradients without a factor do not know: the rank and the condition number of A D, H = D(AᵀA + μI)D.
// A second system, H y = w with normal random w, is solved beside the caller's, as one more column of each pass, and
// its coefficients are Lanczos' tridiagonal matrix. After k steps its residual is q(H)w, q(λ) = Π(1 − λ/θ_i) over the
// Ritz values θ_i. The component of w along the eigenvector of the smallest eigenvalue λ is normal whatever A is, and
// so larger than 10⁻⁸ but for a probability of 8·10⁻⁹: q(λ) ≤ 10⁸ ‖q(H)w‖, and since q falls from 1 to 0 between 0 and
// the smallest θ, the λ where it has that value is a lower bound. Nothing that hides in b, or in what b sees of A,
// hides from w.
#pragma once

#include <cstdint>
#include <vector>

#include "base/memory.hpp"

namespace akr {

class SpectrumProbe {
 public:
  // noise: the roundoff of products with A. Eigenvalues below a hundred times that and the largest are not told from 0.
  SpectrumProbe(std::int64_t cols, std::uint64_t seed, double noise);

  // Of the next product with H.
  const double *direction() const { return p_.data(); }
  // H p and pᵀH p.
  void take(const double *h, double energy);

  // Ritz values: within the spectrum, and close to its ends after some steps.
  double largest() const { return largest_; }
  double smallest() const { return smallest_; }
  // Of the bound below to the largest Ritz value: √ of it bounds 1/κ(A D), up to the little that this value may be
  // below the largest eigenvalue; 0 where nothing is known.
  double least_ratio() const { return largest_ > 0 ? least_ / largest_ : 0; }
  // √ of the ratio of the Ritz values, never more than κ(A D); infinite for a singular A.
  double condition() const;
  // A lower bound of H's smallest eigenvalue, but for that probability; 0 as long as nothing can be said.
  double least_eigenvalue() const { return least_; }
  // Nothing more is to be learnt: κ(A D) is known within a factor of two or so, or A is as good as singular.
  bool settled() const { return settled_; }
  // All of A's columns count, but for that probability.
  bool full_rank() const { return least_ > least_ratio_ * largest_; }
  // Steps in which conjugate gradients reduce an error by `factor` at this condition number:
  // 2((κ − 1)/(κ + 1))^k <= factor.
  double steps_to(double factor) const;

 private:
  struct Shifted {
    std::int64_t below = 0;  // Ritz values below the shift
    double logarithm = 0;    // of Π(1 − λ/θ_i), where there are none
  };

  void look();
  Shifted shifted(double lambda) const;
  template <class Holds>
  double last(double low, double high, int steps, Holds holds) const;

  Buffer<double> z_, p_;  // residual and direction
  double least_ratio_;
  double rho_ = 0;                      // ‖z‖²
  std::vector<double> pivots_, betas_;  // 1/α and β of each step
  std::size_t next_look_ = 1;
  double largest_ = 0;
  double smallest_ = 0;
  double least_ = 0;
  bool settled_ = false;
};

}  // namespace akr
