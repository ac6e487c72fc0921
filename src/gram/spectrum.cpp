// SPDX-License-Identifier: BSD-3-Clause
#include "gram/spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "matrix/panel_block.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr double u = unit_roundoff(64);

// base^power as mantissa·2^exponent, by repeated squaring: for powers of any size.
struct ScaledPower {
  double mantissa = 1;
  std::int64_t exponent = 0;

  void times(double m, std::int64_t e) {
    int shift = 0;
    mantissa = std::frexp(mantissa * m, &shift);
    exponent += e + shift;
  }
};

ScaledPower scaled_power(double base, std::int64_t power) {
  ScaledPower out;
  int shift = 0;
  ScaledPower square;
  square.mantissa = std::frexp(base, &shift);
  square.exponent = shift;
  for (; power > 0; power /= 2) {
    if (power % 2 != 0) out.times(square.mantissa, square.exponent);
    square.times(square.mantissa, square.exponent);
  }
  return out;
}

// Up to here sums over powers take them one by one; beyond, in blocks that grow by 1/64 of themselves.
constexpr std::int64_t single_powers = 4096;

// Rᵀ of the R that stands in the upper triangle of q; its right vectors are the left ones of R.
void transpose_upper(View<const double> q, View<double> r) {
  for (std::int64_t c = 0; c < r.cols; ++c) {
    for (std::int64_t i = 0; i <= c; ++i) r(c, i) = q(i, c);
  }
}

}  // namespace

Spectrum spectrum_of(const Precond &m) {
  Array2<double> r = m.unscaled_r();
  linalg::RightVectors found = linalg::right_vectors(r.view());
  return {std::move(found.s), std::move(found.v), true};
}

// A D P is orthonormal: (AᵀA)⁺ = (D P)(D P)ᵀ.
Spectrum spectrum_of_row_space(const Precond &m) {
  if (m.full_rank()) return spectrum_of(m);
  const std::int64_t d = m.cols;
  const std::int64_t r = m.rank;
  Array2<double> q(d, r);
  for (std::int64_t c = 0; c < r; ++c) {
    for (std::int64_t j = 0; j < d; ++j) q(j, c) = m.scale[j] * m.truncated(j, c);
  }
  Buffer<double> tau(std::max<std::int64_t>(r, 1));
  linalg::qr(q.view(), tau.data());
  Array2<double> w(r, r, 0.0);
  transpose_upper(q.view(), w.view());
  linalg::form_q(q.view(), tau.data());
  const linalg::RightVectors found = linalg::right_vectors(w.view());
  Spectrum out{Buffer<double>(r), Array2<double>(d, r), false};
  Array2<double> left(r, r);
  for (std::int64_t i = 0; i < r; ++i) {
    out.sigma[i] = 1 / found.s[r - 1 - i];
    std::copy_n(found.v.col(r - 1 - i), r, left.col(i));
  }
  linalg::gemm(Op::none, Op::none, 1.0, View<const double>(q.view()), View<const double>(left.view()), 0.0,
               out.v.view());
  return out;
}

Spectrum spectrum_of_wide(Run &run, const Matrix &c) {
  const std::int64_t d = c.rows();
  const std::int64_t n = c.cols();
  Array2<double> q(d, n);
  c.panels(run, 1, 0, [&](const AnyPanel &panel) {
    const std::int64_t first = std::visit([](const auto &p) { return p.first_row; }, panel);
    const std::int64_t rows = std::visit([](const auto &p) { return p.rows; }, panel);
    PanelBlock::copy(panel, 0, rows, q.view().block(first, rows, 0, n));
  });
  if (!linalg::all_finite(q.view())) c.check_finite(run);
  Buffer<double> tau(std::max<std::int64_t>(n, 1));
  linalg::qr(q.view(), tau.data());
  Array2<double> r(n, n, 0.0);
  transpose_upper(q.view(), r.view());
  linalg::form_q(q.view(), tau.data());
  linalg::RightVectors found = linalg::right_vectors(r.view());
  Spectrum out{std::move(found.s), Array2<double>(d, n), false};
  linalg::gemm(Op::none, Op::none, 1.0, View<const double>(q.view()), View<const double>(found.v.view()), 0.0,
               out.v.view());
  return out;
}

std::vector<double> spectrum_errors(Run &run, const Matrix &a, const Spectrum &s, View<const double> v) {
  const std::int64_t d = v.rows;
  const std::int64_t k = v.cols;
  const std::int64_t r = s.sigma.size();
  const double norm = linalg::norm2(s.sigma.data(), r);
  const double unit = power_of_two_scale(norm);  // unit·A in the place of A: no overflow
  Array2<double> scaled(d, k);
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) scaled(j, c) = unit * v(j, c);
  }
  Array2<double> gap(d, k);
  std::vector<double> weight(static_cast<std::size_t>(k));  // ‖A v‖²
  PassRequest request;
  request.x = scaled.view();
  request.gain = unit;
  request.z = gap.view();
  request.sumsq = weight.data();
  a.pass(run, request);
  run.poll();
  Array2<double> in_basis(r, k);
  linalg::gemm(Op::transpose, Op::none, 1.0, s.v.view(), v, 0.0, in_basis.view());
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t i = 0; i < r; ++i) in_basis(i, c) *= (unit * s.sigma[i]) * (unit * s.sigma[i]);
  }
  linalg::gemm(Op::none, Op::none, -1.0, s.v.view(), View<const double>(in_basis.view()), 1.0, gap.view());
  linalg::gemm(Op::transpose, Op::none, 1.0, s.v.view(), View<const double>(gap.view()), 0.0, in_basis.view());
  // What is beside V by subtraction: a difference of squares would leave √u of what is inside.
  if (!s.complete) {
    linalg::gemm(Op::none, Op::none, -1.0, s.v.view(), View<const double>(in_basis.view()), 1.0, gap.view());
  }
  std::vector<double> errors;
  for (std::int64_t c = 0; c < k; ++c) {
    const double size = linalg::norm2(v.col(c), d);
    // An F of u‖A‖ makes ‖(A + F)v‖ that large where A v is next to nothing, and so lets E be small.
    const double floor = u * unit * norm;
    const double least = floor * size;
    const double own_weight = weight[static_cast<std::size_t>(c)] + least * least;
    double square = weight[static_cast<std::size_t>(c)] < least * least ? floor * floor : 0;
    for (std::int64_t i = 0; i < r; ++i) {
      const double part = in_basis(i, c) * in_basis(i, c);
      const double stretched = size * unit * s.sigma[i];
      if (part > 0) square += part / (own_weight + stretched * stretched);
    }
    const double beside = s.complete ? 0 : linalg::norm2(gap.col(c), d);
    if (beside > 0) square += beside * beside / own_weight;
    errors.push_back(norm > 0 ? std::sqrt(square) / (unit * norm) : 0);
  }
  return errors;
}

SpectralPowers::SpectralPowers(const Spectrum &spectrum, const ScaledColumns &b)
    : spectrum_(spectrum), coefficients_(spectrum.sigma.size(), b.cols()) {
  linalg::gemm(Op::transpose, Op::none, 1.0, spectrum_.v.view(), b.values(), 0.0, coefficients_.view());
  for (std::int64_t c = 0; c < b.cols(); ++c) exponents_.push_back(b.exponent(c));
}

// With σ_d the smallest, (σ_d/σ)²ⁱ is in [0, 1], and σ_d⁻²ⁱ goes into the exponent.
ScaledColumns SpectralPowers::solution(std::int64_t i) const {
  const std::int64_t r = coefficients_.rows();
  const double least = spectrum_.sigma[r - 1];
  const ScaledPower common = scaled_power(1 / least, 2 * i);
  Array2<double> weighted(r, coefficients_.cols());
  for (std::int64_t c = 0; c < coefficients_.cols(); ++c) {
    for (std::int64_t l = 0; l < r; ++l) {
      const double factor = std::pow(least / spectrum_.sigma[l], 2 * static_cast<double>(i)) * common.mantissa;
      weighted(l, c) = factor * coefficients_(l, c);
    }
  }
  ScaledColumns out(spectrum_.v.rows(), coefficients_.cols());
  linalg::gemm(Op::none, Op::none, 1.0, spectrum_.v.view(), View<const double>(weighted.view()), 0.0, out.values());
  for (std::int64_t c = 0; c < out.cols(); ++c) {
    out.exponent(c) = exponents_[static_cast<std::size_t>(c)] + common.exponent;
  }
  out.normalise();
  return out;
}

// σ_dᵖ‖A⁻ᵖb‖ for the power p, without the column's exponent: it falls with p.
double SpectralPowers::relative_norm(std::int64_t power, std::int64_t column) const {
  const std::int64_t r = coefficients_.rows();
  const double least = spectrum_.sigma[r - 1];
  double square = 0;
  for (std::int64_t l = 0; l < r; ++l) {
    const double part = std::pow(least / spectrum_.sigma[l], static_cast<double>(power)) * coefficients_(l, column);
    square += part * part;
  }
  return std::sqrt(square);
}

// A block of the sum counts as its first and largest term, which is at most each term of the block before: together at
// most 1/64 too much.
StagesAtOnce SpectralPowers::stages(std::int64_t i, std::int64_t column) const {
  const double log2_least = std::log2(spectrum_.sigma[coefficients_.rows() - 1]);
  const double log2_scale = static_cast<double>(exponents_[static_cast<std::size_t>(column)]);
  double sum = 0;
  for (std::int64_t p = 1; p <= 2 * i;) {
    const std::int64_t block = p <= single_powers ? 1 : std::min(p / 64, 2 * i + 1 - p);
    sum += static_cast<double>(block) * relative_norm(p, column);
    p += block;
  }
  StagesAtOnce out;
  out.log2_growth = -2 * static_cast<double>(i) * log2_least;
  // cppcheck-suppress invalidFunctionArg; a zero column has the norm 2^-inf, as it should
  out.log2_sum = std::log2(sum) + log2_scale;
  out.log2_weight = std::log2(relative_norm(2 * i - 1, column)) + out.log2_growth + log2_least + log2_scale;
  out.log2_norm = std::log2(relative_norm(2 * i, column)) + out.log2_growth + log2_scale;
  return out;
}

}  // namespace akr
