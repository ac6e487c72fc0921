// SPDX-License-Identifier: BSD-3-Clause
// What is true of Gram powers and exponentials of any A: the answers by a singular value decomposition in extended
// precision, and how far a computed one may lie from them.
#pragma once

#include "reference/factor.hpp"

namespace numeric {

class GramReference {
 public:
  struct Power {
    Array<Real> x;
    // ‖x̂ − x‖ <= relative·ε, to first order, where every stage has a backward error of ε (relative to ‖A‖_F), plus
    // products, which is that of the products by A at either end.
    Real relative = 0, products = 0;
    Real bound(Real epsilon) const { return epsilon * relative + products; }
  };
  // exp(−tAᵀA) b = x·e^shift, ‖exp(−tAᵀA)‖ = e^shift.
  struct Exponential {
    Array<Real> x;
    Real shift = 0;
  };

  template <class T>
  explicit GramReference(const Array<T> &a) : tall_(a.rows() >= a.cols()), frobenius_(norm(a)) {
    const HouseholderQr qr(tall_ ? a.template as<Real>() : a.template as<Real>().transposed());
    Svd svd = jacobi_svd(qr.r());
    Array<Real> long_side(qr.rows(), svd.v.cols());
    for (std::int64_t k = 0; k < svd.v.cols(); ++k) {
      std::copy_n(svd.u.col(k), svd.u.rows(), long_side.col(k));
      qr.apply(long_side.col(k));
    }
    sigma_ = std::move(svd.sigma);
    left_ = tall_ ? std::move(long_side) : svd.v;
    right_ = tall_ ? std::move(svd.v) : std::move(long_side);
  }

  Real frobenius() const { return frobenius_; }
  Real sigma(std::int64_t k) const { return sigma_[k]; }
  std::int64_t rank(Real tolerance) const {
    std::int64_t k = 0;
    while (k < sigma_.rows() && sigma_[k] > tolerance * sigma_[0]) ++k;
    return k;
  }
  const Array<Real> &right() const { return right_; }

  // ((AᵀA)⁺)ʲ b, or for an odd power ((AᵀA)⁺)ʲ A⁺b, of A cut to rank k.
  //
  // The bound. A stage b_m solves (A + E)ᵀ(A + F) b_m = b_{m−1}, so b_m is off by at most ε‖A‖_F (s⁻²‖A b_m‖ +
  // s⁻¹‖b_m‖), s = σ_k, and the stages after it multiply that by s⁻² each; y = A⁺b is off by ε‖A‖_F (s⁻²‖b − A y‖ +
  // s⁻¹‖y‖) (Wedin 1973). Below full rank the row space turns by ε‖A‖_F/s: what b has beside it comes in, and x leans
  // out of it. For rows < cols the same is done with M = Aᵀ for z, A b = M⁺… at the beginning and x = M z at the end:
  // one factor s less, and the rounding of two products of cols(A) terms.
  template <class T>
  Power power(bool odd, std::int64_t j, const Array<T> &b, std::int64_t k) const {
    Power out;
    out.x = Array<Real>(right_.rows());
    if (k == 0) return out;
    const Array<Real> c = coefficients(odd ? left_ : right_, b, k);
    const Real s = sigma_[k - 1];
    const auto stage = [&](Real to_the) {  // ‖σ^to_the c‖
      Real sum = 0;
      for (std::int64_t i = 0; i < k; ++i) sum += std::pow(c[i] * std::pow(sigma_[i], to_the), 2.0L);
      return std::sqrt(sum);
    };
    const Real power_of_x = -2 * static_cast<Real>(j) - (odd ? 1 : 0);
    for (std::int64_t i = 0; i < k; ++i) {
      const Real weight = c[i] * std::pow(sigma_[i], power_of_x);
      for (std::int64_t l = 0; l < right_.rows(); ++l) out.x[l] += right_(l, i) * weight;
    }
    // z_m in terms of c: of tall A b_m = σ^(−2m) c, y and b_m = σ^(−1−2m) c; of wide ones z_m = σ^(1−2m) c for A b, or
    // σ^(−2m) c for b itself.
    const std::int64_t stages = tall_ ? j : j + 1;
    const Real first = tall_ ? (odd ? -1 : 0) : (odd ? 0 : 1), last = tall_ ? 0 : 1;
    for (std::int64_t m = 1; m <= stages; ++m) {
      const Real at = first - 2 * static_cast<Real>(m), left = 2 * static_cast<Real>(stages - m) - last;
      out.relative += std::pow(s, -left - 2) * stage(at + 1) + std::pow(s, -left - 1) * stage(at);
    }
    const Real length = norm(b), x_length = stage(power_of_x);
    if (tall_ && odd)
      out.relative +=
          std::pow(s, -2 * static_cast<Real>(j) - 2) * beside(left_, b, c, k) + std::pow(s, power_of_x) * stage(-1);
    if (k < sigma_.rows()) out.relative += std::pow(s, power_of_x - 1) * length + x_length / s;
    out.relative *= frobenius_;
    if (!tall_) {
      const Real u = static_cast<Real>(right_.rows()) * 0x1p-53L * frobenius_;
      out.products = u * stage(first - 2 * static_cast<Real>(stages));
      if (!odd) out.products += u * length * std::pow(s, power_of_x - 1);
    }
    return out;
  }

  template <class T>
  Exponential exponential(double t, const Array<T> &b) const {
    Exponential out;
    const bool null_space = sigma_.rows() < right_.rows();
    out.shift = null_space ? 0 : -std::numeric_limits<Real>::infinity();
    for (std::int64_t i = 0; i < sigma_.rows(); ++i)
      out.shift = std::max(out.shift, -static_cast<Real>(t) * sigma_[i] * sigma_[i]);
    out.x = Array<Real>(right_.rows());
    const Array<Real> c = coefficients(right_, b, sigma_.rows());
    const Real beside = null_space ? std::exp(-out.shift) : 0;
    for (std::int64_t l = 0; l < right_.rows(); ++l) out.x[l] = beside * wide(b[l]);
    for (std::int64_t i = 0; i < sigma_.rows(); ++i) {
      const Real factor = std::exp(-static_cast<Real>(t) * sigma_[i] * sigma_[i] - out.shift) - beside;
      for (std::int64_t l = 0; l < right_.rows(); ++l) out.x[l] += factor * c[i] * right_(l, i);
    }
    return out;
  }

 private:
  template <class T>
  static Array<Real> coefficients(const Array<Real> &basis, const Array<T> &b, std::int64_t k) {
    Array<Real> c(k);
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t l = 0; l < basis.rows(); ++l) c[i] += basis(l, i) * wide(b[l]);
    return c;
  }
  // What b has beside the first k vectors of a basis.
  template <class T>
  static Real beside(const Array<Real> &basis, const Array<T> &b, const Array<Real> &c, std::int64_t k) {
    Array<Real> rest = b.template as<Real>();
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t l = 0; l < basis.rows(); ++l) rest[l] -= c[i] * basis(l, i);
    return norm(rest);
  }

  bool tall_;
  Real frobenius_;
  Array<Real> sigma_, left_, right_;
};

}  // namespace numeric
