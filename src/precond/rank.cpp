// SPDX-License-Identifier: BSD-3-Clause
#include "precond/rank.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "precond/build.hpp"

namespace akr {

using linalg::Op;

namespace {

// The estimate of the smallest singular value may be a few times too large: look closely from here on.
constexpr double suspicion = 100;

// What rounding errors make of a zero singular value depends on A: with entries of one sign and size they add up
// instead of averaging out, and were seen at 13 u where 5 u was expected (two columns of 630 equal numbers, QR). Values
// up to so many times the expected level are not believed before A has been asked.
constexpr double doubt = 16;

// Singular values number first … last - 1 of A D, and their vectors, from A itself. R = Q(A D + E) has v₀ with an angle
// of about ‖E‖/σ to the true vector v, which alone would make ‖A D v₀‖ as large as ‖E‖; a step of inverse iteration in
// the complement, v₁ = v₀ − V₁Σ₁⁻²V₁ᵀ(A D)ᵀ(A D v₀), leaves an angle of second order. The error of ‖A D v₁‖ is then
// that of one product with A: √d u ‖A D‖_F at most, whatever the number of rows.
void ask_matrix(Call &call, const Matrix &a, Precond &m, linalg::Svd &svd, std::int64_t first, std::int64_t last) {
  const std::int64_t d = m.cols;
  const std::int64_t k = last - first;
  Array2<double> v(d, k);
  Array2<double> x(d, k);
  Array2<double> z(d, k);
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t i = 0; i < d; ++i) v(i, c) = svd.vt(first + c, i);
  }
  const auto multiply = [&] {  // z = D(AᵀA + μI)D v
    const double gain = power_of_two_scale(m.frobenius);
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < d; ++i) x(i, c) = m.scale[i] * v(i, c);
    }
    PassRequest request;
    request.x = x.view();
    request.gain = gain;
    request.z = z.view();
    a.pass(call.run, request);
    ++m.passes;
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < d; ++i) {
        z(i, c) = m.scale[i] / gain * z(i, c) + m.ridge * m.scale[i] * x(i, c);
      }
    }
  };
  multiply();
  Array2<double> t(first, k);
  linalg::gemm(Op::none, Op::none, 1.0, svd.vt.view().block(0, first, 0, d), View<const double>(z.view()), 0.0,
               t.view());
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t i = 0; i < first; ++i) t(i, c) /= svd.s[i] * svd.s[i];
  }
  linalg::gemm(Op::transpose, Op::none, -1.0, svd.vt.view().block(0, first, 0, d), View<const double>(t.view()), 1.0,
               v.view());
  multiply();
  Array2<double> gram(k, k);
  linalg::gemm(Op::transpose, Op::none, 1.0, View<const double>(v.view()), View<const double>(z.view()), 0.0,
               gram.view());
  if (!linalg::all_finite(gram.view())) return;
  const linalg::Svd inner = linalg::svd(gram.view());
  Array2<double> u(svd.u.rows(), k);
  linalg::gemm(Op::none, Op::transpose, 1.0, svd.u.view().block(0, svd.u.rows(), first, k), inner.vt.view(), 0.0,
               u.view());
  Array2<double> rotated(d, k);
  linalg::gemm(Op::none, Op::transpose, 1.0, View<const double>(v.view()), inner.vt.view(), 0.0, rotated.view());
  for (std::int64_t c = 0; c < k; ++c) {
    svd.s[first + c] = std::sqrt(std::max(inner.s[c], 0.0));
    std::copy_n(u.col(c), u.rows(), svd.u.col(first + c));
    for (std::int64_t i = 0; i < d; ++i) svd.vt(first + c, i) = rotated(i, c);
  }
}

// N = orthonormal basis of D V₀: the null vectors of A are D times those of A D. Components of V₀ at the level of its
// rounding errors are taken for zeros: D may span many orders, and would turn the noise of a small column into the
// whole vector. That changes A D by as little as the rounding of its entries does. Where a row of D V₀ is zero so is
// that of N: QR would put its own rounding errors there, and they would be multiplied by the x of other sizes.
Array2<double> null_space(const Buffer<double> &scale, const linalg::Svd &svd, std::int64_t rank) {
  const std::int64_t d = svd.vt.rows();
  Array2<double> basis(d, d - rank);
  const double noise = 64 * std::sqrt(static_cast<double>(d)) * unit_roundoff(64);
  Buffer<bool> zero_row(d, true);
  for (std::int64_t c = 0; c < d - rank; ++c) {
    double largest = 0;
    for (std::int64_t i = 0; i < d; ++i) {
      const double v = svd.vt(rank + c, i);
      basis(i, c) = std::fabs(v) > noise ? scale[i] * v : 0;
      if (basis(i, c) != 0) zero_row[i] = false;
      largest = std::max(largest, std::fabs(basis(i, c)));
    }
    const double factor = power_of_two_scale(largest);  // D spans many orders; QR wants columns of like size
    for (std::int64_t i = 0; i < d; ++i) basis(i, c) *= factor;
  }
  Buffer<double> tau(std::max<std::int64_t>(d - rank, 1));
  linalg::qr(basis.view(), tau.data());
  linalg::form_q(basis.view(), tau.data());
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t c = 0; zero_row[i] && c < d - rank; ++c) basis(i, c) = 0;
  }
  return basis;
}

void truncate(Precond &m, const linalg::Svd &svd, Array2<double> *start_map) {
  const std::int64_t d = m.cols;
  m.truncated = Array2<double>(d, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t i = 0; i < d; ++i) m.truncated(i, c) = svd.vt(c, i) / svd.s[c];
  }
  m.null_basis = null_space(m.scale, svd, m.rank);
  if (start_map == nullptr) return;
  Array2<double> v(d, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t i = 0; i < d; ++i) v(i, c) = svd.vt(c, i) / svd.s[c];
  }
  *start_map = Array2<double>(d, d, 0.0);
  linalg::gemm(Op::none, Op::transpose, 1.0, View<const double>(v.view()), svd.u.view().block(0, d, 0, m.rank), 0.0,
               start_map->view());
}

}  // namespace

bool counts(const Buffer<double> &s, std::int64_t k, double tolerance) { return s[k] > 0 && s[k] >= tolerance * s[0]; }

double default_rank_tolerance(std::int64_t cols, int bits) {
  return std::max(5.0, std::sqrt(static_cast<double>(cols)) / 2) * unit_roundoff(bits);
}

double rank_tolerance(const Options &options, std::int64_t cols, int bits) {
  return options.rank_tol > 0 ? options.rank_tol : default_rank_tolerance(cols, bits);
}

namespace {

// ask(svd, first, last) finds those singular values again. R was summed up from numbers of so many `bits`.
template <class Ask>
void settle(const Options &options, Precond &m, Array2<double> *start_map, int bits, const Ask &ask) {
  const std::int64_t d = m.cols;
  m.rank = d;
  m.tolerance = rank_tolerance(options, d, m.bits);
  const double tolerance = options.rank_tol > 0 ? m.tolerance : std::max(m.tolerance, m.noise);
  const auto extremes = linalg::estimate_singular_values(m.r.view());
  m.sigma_max = extremes.largest;
  m.condition = extremes.condition();
  if (d == 0 || m.condition * tolerance * suspicion < 1) return;

  Array2<double> copy(d, d);
  std::copy_n(m.r.data(), d * d, copy.data());
  Buffer<double> s = linalg::singular_values(copy.view());
  m.sigma_max = s[0];
  while (m.rank > 0 && !counts(s, m.rank - 1, tolerance)) --m.rank;

  const double doubtful = doubt * std::max(default_rank_tolerance(d, bits), m.noise);
  std::int64_t certain = m.rank;
  while (certain > 1 && !counts(s, certain - 1, doubtful)) --certain;
  linalg::Svd svd;
  if (m.rank < d || certain < m.rank) {
    std::copy_n(m.r.data(), d * d, copy.data());
    svd = linalg::svd(copy.view());
  }
  if (certain < m.rank) {
    ask(svd, certain, m.rank);
    for (std::int64_t k = certain; k < m.rank; ++k) s[k] = svd.s[k];
    while (m.rank > certain && !counts(s, m.rank - 1, m.tolerance)) --m.rank;
  }
  m.condition = m.rank > 0 ? s[0] / s[m.rank - 1] : 1;
  m.kept = m.rank > 0 ? s[m.rank - 1] / s[0] : 0;
  m.dropped = m.rank < d && s[0] > 0 ? s[m.rank] / s[0] : 0;
  if (m.rank == d) return;
  truncate(m, svd, start_map);
}

}  // namespace

void settle_rank(Call &call, const Matrix &a, Precond &m, Array2<double> *start_map) {
  const int bits = a.has_panels() ? 64 : a.bits();  // an operator's products are rounded to its precision
  settle(call.options, m, start_map, bits,
         [&](linalg::Svd &svd, std::int64_t first, std::int64_t last) { ask_matrix(call, a, m, svd, first, last); });
}

void settle_rank(const Options &options, Precond &m, Array2<double> *start_map) {
  settle(options, m, start_map, 64, [](linalg::Svd &, std::int64_t, std::int64_t) {});
}

}  // namespace akr
