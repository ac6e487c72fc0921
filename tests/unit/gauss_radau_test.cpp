// SPDX-License-Identifier: BSD-3-Clause
// Both bounds against the form in extended precision, at each step.
#include "solve/gauss_radau.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core_fixture.hpp"
#include "linalg/blas.hpp"
#include "linalg/qr.hpp"
#include "solve/backward_error.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::view;
using core_fixture::wide;
using core_fixture::with_spectrum;

// ‖T⁻ᵀg‖, T the R factor of [R; ωS].
Real exact_root(const Array<double> &r, const std::vector<double> &s, double omega, const double *g) {
  const std::int64_t d = r.cols();
  Array<Real> stack(2 * d, d);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) stack(i, j) = wide(r(i, j));
    stack(d + j, j) = wide(omega) * wide(s[static_cast<std::size_t>(j)]);
  }
  const Array<Real> t = numeric::HouseholderQr(stack).r();
  Real sum = 0;
  std::vector<Real> v(static_cast<std::size_t>(d));
  for (std::int64_t j = 0; j < d; ++j) {
    Real x = wide(g[j]);
    for (std::int64_t i = 0; i < j; ++i) x -= t(i, j) * v[static_cast<std::size_t>(i)];
    v[static_cast<std::size_t>(j)] = x / t(j, j);
    sum += v[static_cast<std::size_t>(j)] * v[static_cast<std::size_t>(j)];
  }
  return std::sqrt(sum);
}

Array<double> upper(std::int64_t d, double kappa, std::uint64_t seed) {
  const Array<Real> r = numeric::HouseholderQr(with_spectrum(d + 5, log_spaced(d, kappa), seed).as<Real>()).r();
  return r.as<double>();
}

TEST(GaussRadau, BoundsTheFormFromBothSides) {
  constexpr std::int64_t d = 40, count = 3;
  for (const double kappa : {1.0, 1e3, 1e8}) {
    const Array<double> r = upper(d, kappa, 51);
    for (const bool graded : {false, true}) {
      std::vector<double> s(d, 1.0);
      for (std::size_t j = 0; graded && j < s.size(); ++j) s[j] = std::exp2(static_cast<double>(j % 11));
      for (const double omega : {1e-9, 1e-3, 0.1, 1.0, 1e3}) {
        SCOPED_TRACE(testing::Message() << "kappa " << kappa << ", omega " << omega << (graded ? ", graded" : ""));
        Array<double> g = Numbers(52).normals(d, count);
        for (std::int64_t i = 0; i < d; ++i) g(i, 1) = 0;
        Array<double> v = g;
        linalg::trsm_left_upper(linalg::Op::transpose, view(r), view(v));
        Real exact[count], first[count];
        for (std::int64_t c = 0; c < count; ++c) {
          exact[c] = exact_root(r, s, omega, g.col(c));
          first[c] = wide(linalg::norm2(v.col(c), d));
        }
        const std::vector<double> omegas(count, omega);
        // Solves with R are off by κ u at most, and so is the form of such a v.
        const Real slack = 1e-12L + 4 * wide(d) * wide(kappa) * core_fixture::u64;
        Real low[count] = {}, high[count] = {first[0], first[1], first[2]};
        bool agreed[count] = {false, true, false};
        bound_inverse_forms(view(r), graded ? s.data() : nullptr, omegas.data(), view(v), 3 * static_cast<int>(d),
                            [&](std::int64_t c, double lower, double upper) {
                              EXPECT_NE(c, 1) << "there is nothing to bound";
                              EXPECT_LE(wide(lower), exact[c] * (1 + slack));
                              EXPECT_GE(wide(upper), exact[c] * (1 - slack));
                              EXPECT_GE(wide(lower), low[c] * (1 - slack));
                              EXPECT_LE(wide(upper), high[c] * (1 + slack));
                              low[c] = wide(lower);
                              high[c] = wide(upper);
                              agreed[c] = upper <= 1.001 * lower;
                              return agreed[c];
                            });
        // The spectrum is within [1, 1 + (ω max s/σ_d)²]: as many steps as that takes settle the form.
        if (omega * (graded ? 1024 : 1) * kappa <= 1e3) {
          EXPECT_TRUE(agreed[0] && agreed[2]);
        }
      }
    }
  }
}

TEST(GaussRadau, LeavesWhatHasNoRange) {
  constexpr std::int64_t d = 3;
  const Array<double> r = upper(d, 1, 53);
  for (const double bad : {0.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Array<double> v = Numbers(54).normals(d, 1);
    v[0] = bad;
    if (bad == 0) v[1] = v[2] = 0;
    const double omega = 1;
    bound_inverse_forms(view(r), nullptr, &omega, view(v), 5, [&](std::int64_t, double, double) {
      ADD_FAILURE() << bad;
      return true;
    });
  }
  Array<double> v = Numbers(55).normals(d, 1);
  const double omega = 1e200;  // its square overflows
  bound_inverse_forms(view(r), nullptr, &omega, view(v), 5, [&](std::int64_t, double, double) {
    ADD_FAILURE();
    return true;
  });
}

// From 250 columns on the certificate is had by quadrature: never below the estimate, and where both bounds agree
// never more than 2^(1/4) times it. With exact = false there is none of it.
TEST(GaussRadau, CertifiesManyColumns) {
  constexpr std::int64_t d = 750;
  Precond m;
  m.rows = 2 * d;
  m.cols = m.rank = d;
  m.r = Array2<double>(d, d, 0.0);
  const Array<double> normal = Numbers(56).normals(d, d);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) {
      const double row = std::exp2(-10 * static_cast<double>(i) / d);  // κ of some thousand
      m.r(i, j) = row * (i == j ? 1 : 0.3 * normal(i, j) / std::sqrt(static_cast<double>(d)));
    }
  }
  m.scale = Buffer<double>(d, 1.0);
  m.frobenius = linalg::norm2(m.r.data(), d * d);
  const Array<double> x = Numbers(57).normals(d), g = Numbers(58).normals(d);
  for (const double residual : {1e-3, 1.0, 30.0, 1e4}) {
    SCOPED_TRACE(testing::Message() << "residual " << residual);
    const double rhs = 1, phi = 1 / std::hypot(rhs / m.frobenius, linalg::norm2(x.data(), d));
    Array2<double> t = m.r.clone(), rows(d, d, 0.0), v(d, 1);
    for (std::int64_t j = 0; j < d; ++j) rows(j, j) = phi * residual;
    linalg::qr_append(t.view(), rows.view(), true);
    std::copy_n(g.data(), d, v.data());
    linalg::trsm_left_upper(linalg::Op::transpose, t.view(), v.view());
    const Real exact = wide(phi * linalg::norm2(v.data(), d) / m.frobenius);
    BackwardError error(m);
    const BackwardError::Point point{x.data(), g.data(), residual, rhs, true};
    for (const double enough : {1.4, 1.2, 0.5, 0.0}) {
      BackwardError fresh(m);
      const double found = fresh.evaluate(point, enough * static_cast<double>(exact));
      EXPECT_GE(wide(found), exact * (1 - 1e-9L)) << enough;
      EXPECT_LE(wide(found), exact * std::max(1.2L, wide(enough))) << enough;
    }
    BackwardError::Point bounded = point;
    bounded.exact = false;
    EXPECT_GE(wide(error.evaluate(bounded, 0)), exact * (1 - 1e-9L));
  }
}

}  // namespace
}  // namespace akr
