// SPDX-License-Identifier: BSD-3-Clause
// Clouds of points on which kernels have been seen to fail, and whether a status tells the truth of an answer: an empty
// text, or what the lie is.
#pragma once

#include <sstream>

#include "reference/bounds.hpp"
#include "reference/kernel.hpp"
#include "reference/problems.hpp"

namespace numeric {

constexpr const char *cloud_names[] = {"gaussian",        "on a sphere", "repeated points", "identical",
                                       "collinear",       "one outlier", "far apart",       "norms spread",
                                       "smooth curve",    "zero",        "one at zero",     "orthogonal",
                                       "tight clusters",  "signs",       "a grid",          "huge and tiny s",
                                       "tiny and huge s", "antipodal",   "graded axes"};
constexpr std::int64_t cloud_count = static_cast<std::int64_t>(std::size(cloud_names));

struct Cloud {
  Array<double> a;
  double scale = 1;
};

// Number `kind`: s‖a‖² is some units but for those where it is the point.
inline Cloud make_cloud(std::int64_t kind, std::int64_t n, std::int64_t d, bool single, Random &random) {
  Cloud out{random.normals(n, d), 1};
  Array<double> &a = out.a;
  const auto each = [&](auto &&entry) {
    for (std::int64_t l = 0; l < d; ++l)
      for (std::int64_t i = 0; i < n; ++i) a(i, l) = entry(i, l, a(i, l));
  };
  const auto real = [](std::int64_t k) { return static_cast<double>(k); };
  const double unit = 1 / std::sqrt(real(d));
  each([&](auto, auto, double g) { return unit * g; });
  const double extreme = single ? 1e15 : 1e150;
  switch (kind) {
    case 1:
    case 6:
    case 7:
      for (std::int64_t i = 0; i < n; ++i) {
        double square = 0;
        for (std::int64_t l = 0; l < d; ++l) square += a(i, l) * a(i, l);
        const double length = kind == 1 ? 1.2 : kind == 6 ? 22.0 : std::sqrt(27.6 * real(i) / real(n));
        for (std::int64_t l = 0; l < d && square > 0; ++l) a(i, l) *= length / std::sqrt(square);
      }
      break;
    case 2:
      each([&](auto i, auto l, double g) { return i >= (n + 1) / 2 ? a(i - (n + 1) / 2, l) : g; });
      break;
    case 3:
      each([&](auto, auto l, double) { return 0.7 * unit * (1 + real(l % 3)); });
      break;
    case 4:
      each([&](auto i, auto l, double) { return unit * (2 * real(i) / real(n) - 1) * (1 + real(l % 2)); });
      break;
    case 5:
      each([&](auto i, auto, double g) { return i == n / 2 ? 15 * g : g; });
      break;
    case 8:
      each([&](auto i, auto l, double) { return unit * std::cos(real(l + 1) * real(i) / real(n)); });
      break;
    case 9:
      each([&](auto, auto, double) { return 0.0; });
      break;
    case 10:
      each([&](auto i, auto, double g) { return i == 0 ? 0.0 : g; });
      break;
    case 11:
      each([&](auto i, auto l, double) { return i % d == l ? 3.0 : 0.0; });
      break;
    case 12:
      each([&](auto i, auto l, double g) { return i >= 3 ? a(i % 3, l) * (1 + 1e-9 * real(i)) : g; });
      break;
    case 13:
      each([&](auto, auto, double g) { return g < 0 ? -unit : unit; });
      break;
    case 14:
      each([&](auto i, auto l, double) { return 0.25 * real((i + l * i) % 7); });
      break;
    case 15:
    case 16: {
      const double by = kind == 15 ? extreme : 1 / extreme;
      each([&](auto, auto, double g) { return g * by; });
      out.scale = 1 / (by * by);
      break;
    }
    case 17:
      each([&](auto i, auto l, double g) { return i % 2 == 1 ? -a(i - 1, l) : g; });
      break;
    case 18:
      each([&](auto, auto l, double g) { return g * std::pow(10.0, -2 * real(l)); });
      break;
    default:
      break;
  }
  return out;
}

struct KernelAnswer {
  std::int64_t status = 0;
  bool converged = true;
  double log_scale = 0;  // x is e^log_scale times what the array holds
  double rtol = 0;
  bool alone = true;  // with other columns it may share their scale
};

// K of one cloud, in extended precision, with e^−shift() in its entries.
template <class T>
class KernelJudge {
 public:
  KernelJudge(const Array<T> &a, double scale) : dim_(a.cols()), k_(exponents(a, a, scale)) {
    const std::int64_t n = k_.rows();
    for (std::int64_t i = 0; i < n; ++i) {
      shift_ = std::max(shift_, k_(i, i));
      least_ = i == 0 ? k_(i, i) : std::min(least_, k_(i, i));
    }
    Real square = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      Real row = 0;
      for (std::int64_t j = 0; j < n; ++j) row += k_(i, j) = std::exp(k_(i, j) - shift_);
      square += row * row;
    }
    norm_ = n > 0 ? std::max<Real>(1, std::sqrt(square / static_cast<Real>(n))) : 0;  // a lower bound of ‖K‖
  }

  Real largest_exponent() const { return shift_; }

  // ‖b − (K + μI)x‖ is at most 32 u ((‖K‖ + μ)‖x‖ + ‖b‖) for the K that was computed, or rtol‖b‖; 8 u for the products
  // of the check and for x as f32 rounds it in the end; and the entries of K carry (dim + 8) u₆₄ E.
  std::string solve_lie(double ridge, const Array<T> &b, const Array<T> &x, const KernelAnswer &is) const {
    const std::int64_t n = k_.rows();
    if (is.status < 0) {
      // The one documented refusal: norms that spread by more than 300 in s‖a‖²/2.
      return is.status == AKR_E_NUMERIC && shift_ - least_ > 590 ? "" : "a solvable problem was refused";
    }
    for (std::int64_t i = 0; i < n; ++i)
      if (!std::isfinite(x[i])) return "x is not finite";
    std::ostringstream out;
    const bool limited = is.status == AKR_PRECISION_LIMIT;
    if (is.log_scale != 0 && !limited) out << "a scale of e^" << is.log_scale << " without AKR_PRECISION_LIMIT";
    if (is.status != AKR_OK && !(limited && is.converged)) return out.str();
    const Real by = std::exp(static_cast<Real>(is.log_scale)), k_by = std::exp(shift_ + is.log_scale);
    const Real mu = wide(ridge) * by;
    const Array<Real> y = product(x);
    Real residual = 0;
    for (std::int64_t i = 0; i < n; ++i) residual = std::hypot(residual, wide(b[i]) - mu * wide(x[i]) - k_by * y[i]);
    const Real size = (k_by * norm_ + mu) * norm(x) + norm(b);
    const Real of_entries = (static_cast<Real>(dim_) + 8) * 0x1p-53L * shift_ * size;
    const Real bound =
        std::max(40 * unit_roundoff<T> * size, 1.01L * static_cast<Real>(is.rtol) * norm(b)) + of_entries +
        // The scale itself is a double, and of L two ulps are as much in e^L.
        (limited ? 4 * 0x1p-53L * (1 + std::fabs(static_cast<Real>(is.log_scale))) * size : 0) + rounded(x, k_by, mu);
    if (!(residual <= bound))
      out << akr_status_name(static_cast<akr_status>(is.status)) << ", but the residual is " << residual / bound
          << " bounds";
    if (limited && is.alone && norm(x) > 0 && is.log_scale != 0) {
      Real most = 0;
      for (std::int64_t i = 0; i < n; ++i) most = std::max(most, std::fabs(wide(x[i])));
      const Real log = std::log(most) + is.log_scale;
      if (log < std::log(wide(std::numeric_limits<T>::max()) / 4) && log > std::log(4 * tiny()))
        out << "AKR_PRECISION_LIMIT, but x is representable";
    }
    return out.str();
  }

  // An entry of K x has an error of at most (dim + 8) u₆₄ E + 64 u of the sum of magnitudes.
  std::string product_lie(const Array<T> &x, const Array<T> &y, const KernelAnswer &is) const {
    const std::int64_t n = k_.rows();
    std::ostringstream out;
    Real most = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      if (!std::isfinite(y[i])) return "y is not finite";
      most = std::max(most, std::fabs(wide(y[i])));
    }
    const Real relative = (static_cast<Real>(dim_) + 8) * 0x1p-53L * shift_ + 64 * unit_roundoff<T> +
                          4 * 0x1p-53L * std::fabs(static_cast<Real>(is.log_scale));
    const Real by = std::exp(shift_ - is.log_scale);
    for (std::int64_t i = 0; i < n; ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        sum += k_(i, j) * wide(x[j]);
        size += k_(i, j) * std::fabs(wide(x[j]));
      }
      const Real bound = relative * by * size + tiny() * static_cast<Real>(n) * std::max<Real>(1, most);
      if (!(std::fabs(wide(y[i]) - by * sum) <= bound)) {
        out << "entry " << i << " of K x is off by " << std::fabs(wide(y[i]) - by * sum) / bound << " bounds";
        return out.str();
      }
    }
    return "";
  }

  // (K x) e^−shift.
  template <class X>
  Array<Real> product(const Array<X> &x) const {
    Array<Real> y(k_.rows());
    for (std::int64_t j = 0; j < k_.cols(); ++j)
      for (std::int64_t i = 0; i < k_.rows(); ++i) y[i] += k_(i, j) * wide(x[j]);
    return y;
  }

 private:
  static Real tiny() { return wide(std::numeric_limits<T>::min()); }
  // What entries of x that underflow may do.
  Real rounded(const Array<T> &x, Real k_by, Real mu) const {
    return tiny() * unit_roundoff<T> * 2 * std::sqrt(static_cast<Real>(x.rows())) * (k_by * norm_ + mu) *
           std::sqrt(static_cast<Real>(x.rows()));
  }

  std::int64_t dim_;
  Array<Real> k_;
  Real shift_ = 0, least_ = 0, norm_ = 0;
};

}  // namespace numeric
