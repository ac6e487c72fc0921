// SPDX-License-Identifier: BSD-3-Clause
// What is true of a least-squares problem min ‖b - A x‖: the singular values of A, the minimum-norm solution, the
// backward error of a computed x, and how far x may lie from the solution.
#pragma once

#include "reference/factor.hpp"

namespace numeric {

// A with columns of norm one.
template <class T>
Array<Real> with_unit_columns(const Array<T> &a) {
  Array<Real> out = a.template as<Real>();
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    const Real length = norm(out.column(j));
    for (std::int64_t i = 0; length > 0 && i < a.rows(); ++i) out(i, j) /= length;
  }
  return out;
}

// First-order bound on ‖x̂ - x‖ when x̂ has a backward error of epsilon (relative to ‖A‖_F and ‖b‖) and s is the smallest
// nonzero singular value of A:
//   x̂ - x = A⁺(db - dA x) + (AᵀA)⁺ dAᵀ r + (I - A⁺A) dAᵀ A⁺ᵀ x   (Björck, Numerical Methods for LS, 1996, Thm 1.4.6);
// the last term is zero for full column rank, and else as large as the one with dA x.
inline Real first_order_bound(Real frobenius, Real s, Real b_norm, Real x_norm, Real residual_norm, bool full_rank,
                              Real epsilon) {
  const Real kappa = frobenius / s;
  return epsilon * (b_norm / s + (full_rank ? 1 : 2) * kappa * x_norm + kappa * (residual_norm / s));
}

class Reference {
 public:
  template <class T>
  explicit Reference(const Array<T> &a)
      : tall_(a.rows() >= a.cols()),
        frobenius_(norm(a)),
        qr_(tall_ ? a.template as<Real>() : a.template as<Real>().transposed()),
        svd_(jacobi_svd(qr_.r())) {}

  Real frobenius() const { return frobenius_; }
  const Array<Real> &sigma() const { return svd_.sigma; }
  Real sigma(std::int64_t k) const { return svd_.sigma[k]; }
  // Number of singular values above tolerance·sigma_max.
  std::int64_t rank(Real tolerance) const {
    std::int64_t k = 0;
    while (k < svd_.sigma.rows() && svd_.sigma[k] > tolerance * svd_.sigma[0]) ++k;
    return k;
  }

  // The minimum-norm solution of the problem whose matrix is A cut to rank k. A = W S Z^T with W = Q U, Z = V for a
  // tall A = Q R, R = U S V^T; for a wide one A^T = Q R, so W = V, Z = Q U.
  template <class T>
  Array<Real> solve(const Array<T> &b, std::int64_t k) const {
    const Array<Real> &left = tall_ ? svd_.u : svd_.v;
    const Array<Real> &right = tall_ ? svd_.v : svd_.u;
    Array<Real> c = b.template as<Real>();
    if (tall_) qr_.apply_transposed(c.data());
    Array<Real> x(tall_ ? svd_.v.rows() : qr_.rows());
    for (std::int64_t i = 0; i < k; ++i) {
      Real weight = 0;
      for (std::int64_t l = 0; l < left.rows(); ++l) weight += left(l, i) * c[l];
      for (std::int64_t l = 0; l < right.rows(); ++l) x[l] += right(l, i) * weight / svd_.sigma[i];
    }
    if (!tall_) qr_.apply(x.data());
    return x;
  }

  // Karlson–Waldén estimate, relative to ‖A‖_F, of the optimal backward error
  //   min ‖[dA, theta db]‖_F such that x minimises ‖(b + db) - (A + dA) x‖,  theta = ‖A‖_F / ‖b‖.
  // estimate = theta/√(1 + theta²‖x‖²) ‖(A^T A + omega² I)^(-1/2) A^T r‖, omega² = theta²‖r‖² / (1 + theta²‖x‖²);
  // the optimum lies between it and √2 times it (Gratton, Jiránek, Titley-Peloquin, SIAM J. Matrix Anal. 2012,
  // Thm 4.2). b = 0 is the limit theta → ∞. Tall A only. In extended precision its own error is about 2^-64·√d.
  template <class T, class U, class V>
  Real backward_error(const Array<T> &a, const Array<U> &b, const Array<V> &x) const {
    const Array<Real> r = residual(a, b, x);
    const Array<Real> g = gradient(a, r);
    const Real theta_inverse = norm(b) / frobenius_;
    const Real weight = std::hypot(theta_inverse, norm(x));  // √(1 + theta²‖x‖²)/theta
    if (!(weight > 0)) return norm(g) > 0 ? std::numeric_limits<Real>::infinity() : 0;
    const Real omega = norm(r) / weight;
    Real sum = 0;
    for (std::int64_t k = 0; k < a.cols(); ++k) {
      Real component = 0;
      for (std::int64_t i = 0; i < a.cols(); ++i) component += svd_.v(i, k) * g[i];
      if (component == 0) continue;
      component /= std::hypot(svd_.sigma[k], omega);
      sum += component * component;
    }
    const Real value = std::sqrt(sum) / weight / frobenius_;
    return std::isfinite(value) ? value : std::numeric_limits<Real>::infinity();
  }

  // See first_order_bound.
  template <class U>
  Real forward_bound(const Array<U> &b, const Array<Real> &x, Real residual_norm, std::int64_t k, Real epsilon) const {
    const bool full = k == svd_.sigma.rows() && tall_;
    return first_order_bound(frobenius_, svd_.sigma[k - 1], norm(b), norm(x), residual_norm, full, epsilon);
  }

 private:
  bool tall_;
  Real frobenius_;
  HouseholderQr qr_;
  Svd svd_;
};

}  // namespace numeric
