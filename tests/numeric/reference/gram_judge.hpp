// SPDX-License-Identifier: BSD-3-Clause
// Whether a status tells the truth of an answer to a Gram power or exponential: an empty text, or what the lie is.
#pragma once

#include <akr.h>

#include <sstream>

#include "reference/bounds.hpp"
#include "reference/gram_reference.hpp"
#include "reference/problem_reference.hpp"

namespace numeric {

template <class T>
Real largest_entry(const Array<T> &x) {
  Real most = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) most = std::max(most, std::fabs(wide(x[i])));
  return most;
}

struct GramAnswer {
  std::int64_t status = 0, rank = -1;
  double rtol = 0;
  bool doubled = false;
  Real sigma = 1.05L;  // how well σ_d is known for ê: within five per cent, of a sketch within a half
  Real products = 0;   // the backward error of an operator's own products, relative to ‖A‖_F
};

template <class T>
class GramJudge {
 public:
  explicit GramJudge(const Array<T> &a)
      : a_(a),
        tall_(a.rows() >= a.cols()),
        full_(std::min(a.rows(), a.cols())),
        truth_(a),
        // The numerical rank is that of the matrix with columns (of a wide one: rows) of norm one.
        scaled_(with_unit_columns(tall_ ? a.template as<Real>() : a.template as<Real>().transposed())) {}

  const GramReference &truth() const { return truth_; }

  std::string power_lie(bool odd, std::int64_t j, const Array<T> &b, const Array<T> &x, const GramAnswer &is) const {
    if (is.status < 0) return is.status == AKR_E_NUMERIC ? power_range_lie(odd, j, b) : "";
    if (!finite(x)) return "x is not finite";
    if (!odd && j == 0) return x == b && is.status == AKR_OK ? "" : "x is not b, or not AKR_OK";
    if (is.status == AKR_NOT_CONVERGED || is.status == AKR_CANCELLED) return "";
    const bool short_rank = is.rank >= 0 && is.rank < full_;
    if (is.status == AKR_RANK_DEFICIENT || (is.status == AKR_PRECISION_LIMIT && short_rank)) {
      const std::string lie = rank_lie(is.rank);
      if (!lie.empty()) return lie;
    }
    if (is.status == AKR_RANK_DEFICIENT) return deficient_lie(odd, j, b, x, is);
    const GramReference::Power right = truth_.power(odd, j, b, short_rank ? is.rank : full_);
    if (is.status == AKR_PRECISION_LIMIT) return is.doubled || short_rank ? "" : refusal_lie(j, right, is);
    return ok_lie(odd, j, b, x, right, is);
  }

  std::string exponential_lie(double t, const Array<T> &b, const Array<T> &x, const GramAnswer &is) const {
    const GramReference::Exponential right = truth_.exponential(t, b);
    const Real u = 0x1p-53L, size = std::fabs(static_cast<Real>(t)) * truth_.sigma(0) * truth_.sigma(0);
    // The certificate finds (A + E)ᵀ(A + F) with a backward error of at most max(16, 2√d) u ‖A‖_F in each of E and F;
    // to first order that moves the exponent by |t|‖EᵀA + AᵀF‖. V may be as far from orthonormal.
    const Real root = std::sqrt(static_cast<Real>(full_));
    const Real spread = truth_.sigma(0) > 0 ? truth_.frobenius() / truth_.sigma(0) : 1;
    const Real of_sums = (2 * std::max<Real>(16, 2 * root) * u * spread + is.products) * (1 + size);
    const Real bound = std::max(of_sums, static_cast<Real>(is.rtol)) * norm(b);
    if (is.status == AKR_E_NUMERIC) {
      const Real most = largest_entry(right.x);
      return may_leave_range(most + bound, most - bound, right.shift) ? "" : "AKR_E_NUMERIC, but x is representable";
    }
    if (is.status < 0) return "";
    if (!finite(x)) return "x is not finite";
    if (is.status == AKR_NOT_CONVERGED || is.status == AKR_CANCELLED) return "";
    std::ostringstream out;
    // Digits that are left: u (1 + |t|σ₁²) ‖exp(−tAᵀA)‖‖b‖/‖x‖, up to what the library's own figures are off by.
    const Real lost = norm(right.x) > 0 ? u * (1 + size) * norm(b) / norm(right.x) : norm(b) > 0 ? 1 : 0;
    if (is.status == AKR_PRECISION_LIMIT) {
      if (!(lost > fewest_digits / 2)) out << "AKR_PRECISION_LIMIT, but the error is only " << lost;
      return out.str();
    }
    if (!(lost < 2 * fewest_digits)) out << "AKR_OK, but the error may be " << lost;
    Real gap = 0;
    const Real scale = std::exp(-right.shift);
    if (norm(b) == 0 || !std::isfinite(scale)) return norm(x) == 0 ? "" : "x is not zero";
    for (std::int64_t l = 0; l < x.rows(); ++l) gap = std::hypot(gap, wide(x[l]) * scale - right.x[l]);
    const Real rounding = unit_roundoff<T> * norm(right.x) + least() * scale;
    if (!(gap <= bound + rounding)) out << "AKR_OK, but x is off by " << gap / (bound + rounding) << " bounds";
    return out.str();
  }

 private:
  static constexpr Real fewest_digits = 1e-3L;

  static bool finite(const Array<T> &x) {
    for (std::int64_t l = 0; l < x.rows(); ++l)
      if (!std::isfinite(x[l])) return false;
    return true;
  }
  // What rounding to the normal numbers of T may add.
  static Real least() { return wide(std::numeric_limits<T>::min()); }
  static bool may_leave_range(Real most, Real least_most, Real shift = 0) {
    if (!(least_most > 0)) return true;
    return std::log(most) + shift > std::log(wide(std::numeric_limits<T>::max()) / 16) ||
           std::log(least_most) + shift < std::log(16 * least());
  }

  std::string power_range_lie(bool odd, std::int64_t j, const Array<T> &b) const {
    for (std::int64_t k = 0; k <= full_; ++k) {  // whatever rank was found
      const GramReference::Power right = truth_.power(odd, j, b, k);
      const Real most = largest_entry(right.x), error = right.bound(ok_backward_error<double>);
      if (k > 0 && may_leave_range(most + error, most - error) && rank_lie(k).empty()) return "";
    }
    return "AKR_E_NUMERIC, but x is representable";
  }

  // What was cut must be small: the rule's tolerance, and as much again for the rounding of what it looks at.
  std::string rank_lie(std::int64_t rank) const {
    std::ostringstream out;
    if (rank < 0 || rank > full_) out << "rank " << rank;
    if (rank == full_ || scaled_.frobenius() == 0) return out.str();
    if (!(scaled_.sigma(rank) <= 20 * truncation<T>(full_) * scaled_.sigma(0)))
      out << "rank " << rank << ", but the next singular value is "
          << scaled_.sigma(rank) / scaled_.sigma(0) / unit_roundoff<T> << " u";
    return out.str();
  }

  // That of extended precision itself, u = 2⁻⁶⁴, with the constant of Jacobi's sweeps over d columns.
  static Real reference_error(const GramReference::Power &right) { return right.bound(64 * 0x1p-64L); }

  std::string refusal_lie(std::int64_t j, const GramReference::Power &right, const GramAnswer &is) const {
    std::ostringstream out;
    // ê counts roundings of u σ₁, with a σ_d that is not exact, to the power of 2j + 1.
    const Real error = (right.bound(0x1p-53L) + reference_error(right)) / norm(right.x);
    if (!std::isfinite(error)) return "";  // x = 0, or a power beyond the range of the reference
    if (!(error * std::pow(is.sigma, static_cast<Real>(2 * j + 1)) > fewest_digits / 2))
      out << "AKR_PRECISION_LIMIT, but the error is at most " << error;
    return out.str();
  }

  std::string ok_lie(bool odd, std::int64_t j, const Array<T> &b, const Array<T> &x, const GramReference::Power &right,
                     const GramAnswer &is) const {
    std::ostringstream out;
    if (truth_.frobenius() == 0 || norm(b) == 0) return norm(x) == 0 ? "" : "x of a zero problem is not zero";
    if (!(scaled_.sigma(full_ - 1) >= 0.5L * unit_roundoff<T> * scaled_.sigma(0)))
      out << "AKR_OK, but sigma_min/sigma_max = " << scaled_.sigma(full_ - 1) / scaled_.sigma(0);
    const Real epsilon = is.doubled ? 0 : ok_backward_error<double> + is.products;
    const Real rounding = (is.doubled ? 2 * 0x1p-53L : 0) * norm(right.x) + unit_roundoff<T> * norm(right.x) +
                          least() * std::sqrt(static_cast<Real>(x.rows())) + reference_error(right);
    const Real error = distance(x, right.x), bound = right.bound(epsilon) + rounding;
    // No digit left is no AKR_OK, whatever the bound allows; ê, which decides, is that of σ₁ in the place of ‖A‖_F.
    const Real most =
        is.doubled ? bound
                   : (2 * std::sqrt(static_cast<Real>(full_)) + is.products / 0x1p-53L) * fewest_digits * norm(right.x);
    if (is.rtol == 0) {
      if (!(error <= bound)) out << "AKR_OK, but x is off by " << error / bound << " bounds";
      if (!(error <= most + rounding)) out << "AKR_OK, but x is off by " << error / norm(right.x);
    } else if (!odd && tall_) {
      const Real e = power_residual(j, b, x, right.x, is);
      if (!(e <= 1)) out << "AKR_OK, but the residual is " << e << " times what was asked for";
    }
    return out.str();
  }

  // ‖(AᵀA)ʲx − b‖ relative to rtol‖b‖, or to what the roundings of all stages leave of it: Σ (AᵀA)^(m−1) r_m with
  // ‖r_m‖ <= ε ‖A‖_F (‖A b_m‖ + σ₁‖b_m‖), and where that is more that of x as it is stored.
  Real power_residual(std::int64_t j, const Array<T> &b, const Array<T> &x, const Array<Real> &right,
                      const GramAnswer &is) const {
    const auto product = [&](const Array<Real> &v) {
      const Array<Real> nothing(a_.rows());
      Array<Real> av = residual(a_, nothing, v);
      for (std::int64_t i = 0; i < av.rows(); ++i) av[i] = -av[i];
      return av;
    };
    Array<Real> v = x.template as<Real>(), w = right;
    Real allowed = 0;
    for (std::int64_t m = j; m >= 1; --m) {
      const Array<Real> aw = product(w);
      allowed += (ok_backward_error<double> + is.products) * truth_.frobenius() *
                 (norm(aw) + truth_.sigma(0) * norm(w)) * std::pow(truth_.sigma(0), 2 * static_cast<Real>(m - 1));
      w = gradient(a_, aw);
      v = gradient(a_, product(v));
    }
    allowed += unit_roundoff<T> * norm(right) * std::pow(truth_.sigma(0), 2 * static_cast<Real>(j));
    return distance(v, b) / std::max(allowed, 1.3L * static_cast<Real>(is.rtol) * norm(b));
  }

  // What was cut is small in A with its columns scaled. Only where they are alike and the gap is wide that means
  // something for x; then the cut is worth a backward error of the rule's tolerance.
  std::string deficient_lie(bool odd, std::int64_t j, const Array<T> &b, const Array<T> &x,
                            const GramAnswer &is) const {
    std::ostringstream out;
    const std::int64_t rank = is.rank;
    if (rank >= full_) out << "AKR_RANK_DEFICIENT with rank " << rank;
    Real narrow = std::numeric_limits<Real>::infinity(), broad = 0;
    for (std::int64_t c = 0; c < full_; ++c) {
      Real length = 0;
      for (std::int64_t i = 0; i < (tall_ ? a_.rows() : a_.cols()); ++i)
        length = std::hypot(length, wide(tall_ ? a_(i, c) : a_(c, i)));
      if (length > 0) narrow = std::min(narrow, length), broad = std::max(broad, length);
    }
    if (rank == 0 || norm(b) == 0 || is.rtol > 0 || broad > 16 * narrow ||
        !(truth_.sigma(rank) < 1e-4L * truth_.sigma(rank - 1)))
      return out.str();
    const GramReference::Power right = truth_.power(odd, j, b, rank);
    const Real epsilon = 4 * 16 * truncation<T>(full_) + is.products + truth_.sigma(rank) / truth_.frobenius();
    const Real bound = right.bound(epsilon) + (unit_roundoff<T> + 0x1p-53L) * norm(right.x) +
                       least() * std::sqrt(static_cast<Real>(x.rows()));
    if (!(distance(x, right.x) <= bound))
      out << "rank deficient, but x is off by " << distance(x, right.x) / bound << " bounds";
    return out.str();
  }

  const Array<T> &a_;
  bool tall_;
  std::int64_t full_;
  GramReference truth_;
  Reference scaled_;
};

}  // namespace numeric
