// SPDX-License-Identifier: BSD-3-Clause
// Householder QR and one-sided Jacobi SVD in extended precision (Golub, Van Loan, Matrix Computations, 5.2.2, 8.6.3).
#pragma once

#include <algorithm>
#include <limits>
#include <numeric>

#include "reference/array.hpp"

namespace numeric {

// A = Q R for rows >= cols; Q is kept as its reflectors I - v v^T with ‖v‖² = 2 (or v = 0).
class HouseholderQr {
 public:
  explicit HouseholderQr(Array<Real> a) : a_(std::move(a)), diagonal_(a_.cols()) {
    for (std::int64_t k = 0; k < a_.cols(); ++k) eliminate(k);
  }

  std::int64_t rows() const { return a_.rows(); }
  Array<Real> r() const {
    Array<Real> out(a_.cols(), a_.cols());
    for (std::int64_t j = 0; j < a_.cols(); ++j) {
      for (std::int64_t i = 0; i < j; ++i) out(i, j) = a_(i, j);
      out(j, j) = diagonal_[j];
    }
    return out;
  }
  // v := Q^T v and v := Q v, v with rows(A) entries.
  void apply_transposed(Real *v) const {
    for (std::int64_t k = 0; k < a_.cols(); ++k) reflect(k, v);
  }
  void apply(Real *v) const {
    for (std::int64_t k = a_.cols(); k-- > 0;) reflect(k, v);
  }

 private:
  void eliminate(std::int64_t k) {
    Real *column = a_.col(k);
    Real sum = 0;
    for (std::int64_t i = k; i < a_.rows(); ++i) sum += column[i] * column[i];
    const Real length = std::sqrt(sum);
    diagonal_[k] = column[k] > 0 ? -length : length;
    if (length == 0) return;
    column[k] -= diagonal_[k];  // no cancellation: the signs differ
    // ‖v‖² = 2 length (length + |a_kk|) before scaling.
    const Real scale = std::sqrt(Real(2)) / std::sqrt(2 * length * std::abs(column[k]));
    for (std::int64_t i = k; i < a_.rows(); ++i) column[i] *= scale;
    for (std::int64_t j = k + 1; j < a_.cols(); ++j) reflect(k, a_.col(j));
  }
  void reflect(std::int64_t k, Real *v) const {
    if (diagonal_[k] == 0) return;
    const Real *w = a_.col(k);
    Real dot = 0;
    for (std::int64_t i = k; i < a_.rows(); ++i) dot += w[i] * v[i];
    for (std::int64_t i = k; i < a_.rows(); ++i) v[i] -= dot * w[i];
  }

  Array<Real> a_;
  Array<Real> diagonal_;
};

// Square B = U diag(sigma) V^T, sigma descending. Columns of U that belong to sigma = 0 are zero.
struct Svd {
  Array<Real> u, sigma, v;
};

namespace detail {

inline Real dot(const Array<Real> &a, std::int64_t p, std::int64_t q) {
  Real sum = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) sum += a(i, p) * a(i, q);
  return sum;
}

inline void rotate(Array<Real> &a, std::int64_t p, std::int64_t q, Real c, Real s) {
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    const Real ap = a(i, p), aq = a(i, q);
    a(i, p) = c * ap - s * aq;
    a(i, q) = s * ap + c * aq;
  }
}

// Makes columns p and q of B orthogonal; false when they already were, to rounding.
inline bool orthogonalise(Array<Real> &b, Array<Real> &v, std::int64_t p, std::int64_t q) {
  const Real pp = dot(b, p, p), qq = dot(b, q, q), pq = dot(b, p, q);
  const Real tolerance = 8 * std::numeric_limits<Real>::epsilon();
  if (pq == 0 || std::abs(pq) <= tolerance * std::sqrt(pp) * std::sqrt(qq)) return false;
  const Real zeta = (qq - pp) / (2 * pq);
  const Real t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
  const Real c = 1 / std::sqrt(1 + t * t);
  rotate(b, p, q, c, c * t);
  rotate(v, p, q, c, c * t);
  return true;
}

}  // namespace detail

inline Svd jacobi_svd(Array<Real> b) {
  const std::int64_t d = b.cols();
  Array<Real> v(d, d);
  for (std::int64_t j = 0; j < d; ++j) v(j, j) = 1;
  bool rotated = true;
  for (int sweep = 0; sweep < 60 && rotated; ++sweep) {
    rotated = false;
    for (std::int64_t p = 0; p < d; ++p)
      for (std::int64_t q = p + 1; q < d; ++q) rotated |= detail::orthogonalise(b, v, p, q);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(d));
  std::iota(order.begin(), order.end(), std::int64_t(0));
  std::vector<Real> length(order.size());
  for (std::size_t j = 0; j < order.size(); ++j) length[j] = norm(b.column(static_cast<std::int64_t>(j)));
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
    return length[static_cast<std::size_t>(i)] > length[static_cast<std::size_t>(j)];
  });
  Svd out{Array<Real>(b.rows(), d), Array<Real>(d), Array<Real>(d, d)};
  for (std::int64_t k = 0; k < d; ++k) {
    const std::int64_t from = order[static_cast<std::size_t>(k)];
    const Real s = out.sigma[k] = length[static_cast<std::size_t>(from)];
    for (std::int64_t i = 0; i < b.rows(); ++i) out.u(i, k) = s > 0 ? b(i, from) / s : 0;
    for (std::int64_t i = 0; i < d; ++i) out.v(i, k) = v(i, from);
  }
  return out;
}

// B R⁻¹ by substitution, row by row.
template <class T>
Array<Real> right_divide(const Array<T> &b, const Array<double> &r) {
  Array<Real> out = b.template as<Real>();
  for (std::int64_t j = 0; j < b.cols(); ++j) {
    for (std::int64_t k = 0; k < j; ++k)
      for (std::int64_t i = 0; i < b.rows(); ++i) out(i, j) -= out(i, k) * wide(r(k, j));
    for (std::int64_t i = 0; i < b.rows(); ++i) out(i, j) /= wide(r(j, j));
  }
  return out;
}

}  // namespace numeric
