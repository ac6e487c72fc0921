// SPDX-License-Identifier: BSD-3-Clause
// The system that is solved in place of (K + μI) x = b: with K = D G D and y = D x up to a common factor it is H y =
// D⁻¹b, H = G + μD⁻², with unit diagonal but for the ridge and no entry of G above 1, whatever the norms of the points
// are.
#pragma once

#include "config/call.hpp"
#include "kernel/gaussian.hpp"

namespace akr {

class KernelSystem {
 public:
  // Throws Error(e_numeric) where the norms of the points differ so much that the small rows would be lost.
  KernelSystem(Run &run, const Kernel &kernel, double ridge);

  std::int64_t size() const { return g_.size(); }
  double ridge() const { return ridge_; }
  const Gaussian &g() const { return g_; }
  // D over its largest entry.
  const Buffer<double> &weight() const { return weight_; }
  // The least entry of μD⁻².
  double least_ridge() const { return least_ridge_; }

  // out = H v, one product with G; where `exact` is not asked for, with the G that is kept, rounded or not.
  void multiply(View<const double> v, View<double> out, bool exact);
  std::int64_t passes() const { return passes_; }

  // ‖b − (K + μI) x‖ from a residual r of H y = D⁻¹b.
  double plain_norm(const double *r) const;
  // (‖K‖ + μ)‖x‖ of y, ‖K‖ over its largest entry and from below: ‖K 1‖/√n, close because K is positive, or 1. The
  // first call costs a product.
  double image_norm(const double *y);

  // Keeps G from now on, or no longer. In single precision where rounding it, which changes it by about δ = u₃₂√n in
  // norm, stays far below all of μD⁻²: then the rounded operator is definite and outer rounds with the exact residual
  // converge.
  void keep();
  void drop() { g_.drop(); }
  int kept_bits() const { return g_.stored_bits(); }
  // From now on what is kept is kept in double.
  void refuse_single() { single_refused_ = true; }
  // δ over the least entry of μD⁻².
  double single_change() const;

 private:
  double norm_estimate();

  Run &run_;
  Gaussian g_;
  double ridge_;
  Buffer<double> mu_;  // μD⁻²
  Buffer<double> weight_;
  double least_ridge_ = 0;
  double norm_ = 0;
  bool single_refused_ = false;
  std::int64_t passes_ = 0;
};

}  // namespace akr
