// SPDX-License-Identifier: BSD-3-Clause
// The factorisations of linalg/ against references in extended precision.
#include <limits>

#include "base/status.hpp"
#include "core_fixture.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::copied;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::product;
using core_fixture::Real;
using core_fixture::u32;
using core_fixture::u64;
using core_fixture::view;
using core_fixture::wide;
using core_fixture::with_spectrum;
using linalg::Op;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

Array<double> upper_part(const Array<double> &a) {
  Array<double> r(a.cols(), a.cols());
  for (std::int64_t j = 0; j < a.cols(); ++j) std::copy_n(a.col(j), std::min(j + 1, a.rows()), r.col(j));
  return r;
}

Array<Real> difference(const Array<Real> &a, const Array<Real> &b) {
  Array<Real> out = a;
  for (std::int64_t i = 0; i < a.size(); ++i) out[i] -= b[i];
  return out;
}

// R with a nonnegative diagonal: then it is unique.
Array<Real> signed_rows(Array<Real> r) {
  for (std::int64_t i = 0; i < r.rows(); ++i) {
    if (r(i, i) >= 0) continue;
    for (std::int64_t j = i; j < r.cols(); ++j) r(i, j) = -r(i, j);
  }
  return r;
}

template <class T>
void check_cholesky(std::int64_t d, Real u) {
  const Array<double> b = Numbers(static_cast<std::uint64_t>(d)).normals(d + 5, d);
  const Array<Real> gram = product(b.transposed(), b);
  Array2<T> a(d, d, static_cast<T>(nan_value));  // what is below the diagonal is not read
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) a(i, j) = static_cast<T>(gram(i, j));
  }
  Array2<T> r(d, d);
  std::copy_n(a.data(), d * d, r.data());
  ASSERT_TRUE(linalg::cholesky_upper(r.view()));
  // |A - RᵀR| <= γ(d + 1) |Rᵀ||R| (Higham 2002, Theorem 10.3).
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) {
      Real sum = 0, size = 0;
      for (std::int64_t k = 0; k <= i; ++k) {
        sum += wide(r(k, i)) * wide(r(k, j));
        size += std::fabs(wide(r(k, i)) * wide(r(k, j)));
      }
      ASSERT_LE(std::fabs(sum - wide(a(i, j))), 1.01L * wide(d + 1) * u * size) << d << ": " << i << ", " << j;
    }
  }
}

TEST(Cholesky, Factors) {
  for (const std::int64_t d : {1, 2, 3, 8, 33, 48, 49, 100, 160, 161}) {  // on both sides of linalg::small_cols
    check_cholesky<double>(d, u64);
    check_cholesky<float>(d, u32);
  }
}

TEST(Cholesky, RefusesWhatIsNotPositiveDefinite) {
  for (const std::int64_t d : {1, 2, 40}) {
    for (const double last : {0.0, -1.0, -1e-300}) {
      Array2<double> a(d, d, 0.0);
      Array2<float> f(d, d, 0.0F);
      for (std::int64_t j = 0; j < d; ++j) {
        a(j, j) = j + 1 < d ? 1 : last;
        f(j, j) = j + 1 < d ? 1.0F : last < -1e-30 ? -1.0F : 0.0F;
      }
      EXPECT_FALSE(linalg::cholesky_upper(a.view()));
      EXPECT_FALSE(linalg::cholesky_upper(f.view()));
    }
  }
  Array2<double> equal(2, 2, 1.0);  // rank 1
  EXPECT_FALSE(linalg::cholesky_upper(equal.view()));
  Array2<double> none(0, 0);
  EXPECT_TRUE(linalg::cholesky_upper(none.view()));
}

// Householder QR: the computed R and Q belong to A + ΔA with ‖ΔA‖_F <= γ̃(n d)‖A‖_F, and Q is within √d γ̃(n d) of one
// with orthonormal columns (Higham 2002, Theorem 19.4). The constant in γ̃ is taken as 1: LAPACK stays far below.
TEST(Qr, ReproducesA) {
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{1, 1},
                             {7, 1},
                             {7, 7},
                             {65, 20},
                             {200, 64},
                             {40, 33},
                             {129, 128},
                             {200, 129}}) {
    const Array<double> a = Numbers(5).normals(n, d);
    Array<double> factored = a;
    std::vector<double> tau(static_cast<std::size_t>(d));
    linalg::qr(view(factored), tau.data());
    const Array<double> r = upper_part(factored);
    const Real bound = wide(n) * wide(d) * u64;

    Array<double> q = factored;
    linalg::form_q(view(q), tau.data());
    const Array<Real> qr = product(q, r);
    EXPECT_LE(norm(difference(qr, a.as<Real>())), bound * norm(a));
    Array<Real> gram = product(q.transposed(), q);
    for (std::int64_t j = 0; j < d; ++j) gram(j, j) -= 1;
    EXPECT_LE(norm(gram), 2 * std::sqrt(wide(d)) * bound);

    Array<double> rotated = a;  // Qᵀ A = [R; 0], and Q Qᵀ A = A again
    linalg::apply_q(Op::transpose, view(std::as_const(factored)), tau.data(), view(rotated));
    Array<Real> expected(n, d);
    for (std::int64_t j = 0; j < d; ++j) std::copy_n(r.as<Real>().col(j), d, expected.col(j));
    EXPECT_LE(norm(difference(rotated.as<Real>(), expected)), 2 * bound * norm(a));
    linalg::apply_q(Op::none, view(std::as_const(factored)), tau.data(), view(rotated));
    EXPECT_LE(norm(difference(rotated.as<Real>(), a.as<Real>())), 2 * bound * norm(a));
  }
}

// The same by its reflectors alone, also of more columns than rows, for which Qᵀ A is a trapezoid; beside numbers that
// are not A's. Of 705 columns panels are wider.
TEST(Qr, ReflectorsOfAnyShape) {
  for (const auto &[n, d] :
       {std::pair<std::int64_t, std::int64_t>{1, 5}, {33, 34}, {50, 200}, {64, 65}, {65, 64}, {100, 150}, {720, 705}}) {
    constexpr std::int64_t beside = 3;
    const Array<double> a = Numbers(6).normals(n, d);
    Array<double> held(n + beside, d);
    for (std::int64_t j = 0; j < d; ++j) {
      std::copy_n(a.col(j), n, held.col(j));
      std::fill_n(held.col(j) + n, beside, std::nan(""));
    }
    const View<double> factored(held.data(), n, d, n + beside);
    const std::int64_t used = std::min(n, d);
    std::vector<double> tau(static_cast<std::size_t>(used) + 1, -7);
    linalg::qr(factored, tau.data());
    EXPECT_EQ(tau.back(), -7);
    Array<double> rotated = a;
    Array<Real> expected(n, d);
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i <= std::min(j, n - 1); ++i) expected(i, j) = wide(factored(i, j));
      for (std::int64_t i = n; i < n + beside; ++i) EXPECT_TRUE(std::isnan(held(i, j)));
    }
    linalg::apply_q(Op::transpose, factored, tau.data(), view(rotated));
    const Real bound = 2 * wide(n) * wide(used) * u64 * norm(a);
    EXPECT_LE(norm(difference(rotated.as<Real>(), expected)), bound) << n << " x " << d;
    linalg::apply_q(Op::none, factored, tau.data(), view(rotated));
    EXPECT_LE(norm(difference(rotated.as<Real>(), a.as<Real>())), bound) << n << " x " << d;
  }
}

// Each column of A is reproduced in units of its own (Higham 2002, Theorem 19.4), from the smallest numbers to all but
// the largest: reflectors are scaled where squares or reciprocals would not fit. Zero columns, columns that end at the
// diagonal and equal ones have reflectors with τ = 0, or of rounding errors.
TEST(Qr, ColumnsOfAnySize) {
  constexpr std::int64_t n = 90, d = 40;
  Array<double> a = Numbers(8).normals(n, d);
  const double sizes[] = {1, 0x1p-1060, 0x1p-1022, 0x1p-560, 0x1p-450, 0x1p+500, 0x1p+1005};
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) {
      a(i, j) *= sizes[j % 7];
      if (j == 11 || j == 23 || ((j == 0 || j == 31) && i > j)) a(i, j) = 0;
    }
  }
  std::copy_n(a.col(3), n, a.col(17));
  Array<double> factored = a;
  std::vector<double> tau(d);
  linalg::qr(view(factored), tau.data());
  EXPECT_EQ(tau[0], 0);
  EXPECT_EQ(tau[11], 0);
  Array<double> q = factored;
  linalg::form_q(view(q), tau.data());
  const Array<Real> qr = product(q, upper_part(factored));
  for (std::int64_t j = 0; j < d; ++j) {
    Real error = 0, size = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      error = std::hypot(error, qr(i, j) - wide(a(i, j)));
      size = std::hypot(size, wide(a(i, j)));
    }
    // Subnormal numbers are rounded to multiples of 2⁻¹⁰⁷⁴.
    EXPECT_LE(error, wide(n) * wide(d) * (u64 * size + 0x1p-1074L)) << j;
  }
  Array<Real> gram = product(q.transposed(), q);
  for (std::int64_t j = 0; j < d; ++j) gram(j, j) -= 1;
  EXPECT_LE(norm(gram), 2 * std::sqrt(wide(d)) * wide(n) * wide(d) * u64);
}

// What does not fit ends, and shows.
TEST(Qr, WhatOverflowsIsNotFinite) {
  for (const double large : {1e308, std::numeric_limits<double>::infinity(), nan_value}) {
    for (const std::int64_t d : {2, 40}) {
      Array2<double> a(50, d, large);
      std::vector<double> tau(static_cast<std::size_t>(d));
      linalg::qr(a.view(), tau.data());
      EXPECT_FALSE(linalg::all_finite_upper(a.view())) << large << ", " << d;
    }
  }
}

TEST(Norm2, OfNumbersWhoseSquaresDoNotFit) {
  EXPECT_EQ(linalg::norm2(nullptr, 0), 0);
  for (const double size : {0x1p-1074, 0x1p-1022, 0x1p-460, 0x1p-440, 1.0, 0x1p+490, 0x1p+520, 0x1p+1015}) {
    std::vector<double> x(37);
    Real expected = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<double>(i % 5 + 1) * size;
      expected = std::hypot(expected, wide(x[i]));
    }
    // Of n squares and a root; the smallest result is rounded to a multiple of 2⁻¹⁰⁷⁴.
    EXPECT_NEAR(static_cast<double>(linalg::norm2(x.data(), 37) / expected), 1,
                40 * 0x1p-53 + (size < 0x1p-1070 ? 0.05 : 0));
  }
  const double bad[] = {1, nan_value}, large[] = {std::numeric_limits<double>::infinity(), 1};
  EXPECT_TRUE(std::isnan(linalg::norm2(bad, 2)));
  EXPECT_TRUE(std::isinf(linalg::norm2(large, 2)));
}

// R of [R₀; B] against a stacked QR in extended precision. R is perturbed by at most about √2 κ ‖ΔA‖_F (Higham 2002,
// 19.9); κ <= 50 for these data.
TEST(QrAppend, AgreesWithStackedQr) {
  constexpr Real kappa = 50;
  for (const std::int64_t d : {1, 2, 7, 31, 33, 64, 70, 161}) {
    for (const bool triangular : {true, false}) {
      const std::int64_t p = triangular ? d : 5;
      Numbers numbers(static_cast<std::uint64_t>(100 * d + p));
      Array<double> r = upper_part(numbers.normals(d, d)), b = numbers.normals(p, d);
      if (triangular) b = upper_part(b);
      for (std::int64_t j = 0; j < d; ++j) r(j, j) = (d > 100 ? 14 : 4) + static_cast<double>(j % 3);
      Array<Real> stack(d + p, d);
      for (std::int64_t j = 0; j < d; ++j) {
        std::copy_n(r.as<Real>().col(j), d, stack.col(j));
        std::copy_n(b.as<Real>().col(j), p, stack.col(j) + d);
        for (std::int64_t i = j + 1; i < d; ++i) r(i, j) = 7;  // neither read nor written
        for (std::int64_t i = j + 1; i < d && triangular; ++i) b(i, j) = nan_value;
      }
      const Array<Real> exact = signed_rows(numeric::HouseholderQr(stack).r());
      const Array<Real> sigma = core_fixture::singular_values(stack);
      ASSERT_LE(sigma[0], kappa * sigma[d - 1]) << "the data are not what the bound is for";
      linalg::qr_append(view(r), view(b), triangular);
      EXPECT_LE(norm(difference(signed_rows(upper_part(r).as<Real>()), exact)),
                1.5L * kappa * wide(d + p) * wide(d) * u64 * norm(stack))
          << d << (triangular ? " triangular" : " full");
      for (std::int64_t j = 0; j < d; ++j) {
        for (std::int64_t i = j + 1; i < d; ++i) ASSERT_EQ(r(i, j), 7) << "below the diagonal";
      }
    }
  }
}

// Singular values within d·√d·u of the largest, U and V orthonormal to as much.
TEST(Svd, AgreesWithJacobi) {
  for (const std::int64_t d : {1, 2, 9, 40}) {
    for (const double kappa : {1.0, 1e6, 1e14}) {
      const Array<double> a = with_spectrum(d, log_spaced(d, kappa), 17);
      const Array<Real> exact = numeric::jacobi_svd(a.as<Real>()).sigma;
      Array<double> work = a;
      const linalg::Svd svd = linalg::svd(view(work));
      const Real bound = 4 * wide(d) * std::sqrt(wide(d)) * u64 * exact[0];
      Array<Real> scaled = copied(svd.u.view()).as<Real>();
      for (std::int64_t j = 0; j < d; ++j) {
        EXPECT_LE(std::fabs(wide(svd.s[j]) - exact[j]), bound);
        if (j > 0) {
          EXPECT_LE(svd.s[j], svd.s[j - 1]);
        }
        for (std::int64_t i = 0; i < d; ++i) scaled(i, j) *= wide(svd.s[j]);
      }
      EXPECT_LE(norm(difference(product(scaled, copied(svd.vt.view())), a.as<Real>())), bound);
    }
  }
  Array<double> none(0, 0);
  EXPECT_EQ(linalg::svd(view(none)).s.size(), 0);
}

// Singular values and AᵀA = V S² Vᵀ, nearly equal ones and zeros too, by rotations and beyond jacobi_cols.
TEST(Svd, RightVectors) {
  for (const std::int64_t d : {1, 2, 9, 40, 70}) {
    for (const double kappa : {1.0, 1.1, 1e6, 1e14}) {
      Array<double> a = with_spectrum(d, log_spaced(d, kappa), 18);
      if (d == 9) std::fill_n(a.col(4), d, 0.0);
      const Array<Real> exact = numeric::jacobi_svd(a.as<Real>()).sigma;
      Array<double> work = a;
      const linalg::RightVectors svd = linalg::right_vectors(view(work));
      const Real bound = 4 * wide(d) * std::sqrt(wide(d)) * u64 * exact[0];
      const Array<Real> product_v = product(a.as<Real>(), copied(svd.v.view()).as<Real>());
      for (std::int64_t j = 0; j < d; ++j) {
        EXPECT_LE(std::fabs(wide(svd.s[j]) - exact[j]), bound);
        for (std::int64_t i = 0; i <= j; ++i) {
          Real inner = 0, image = 0;
          for (std::int64_t l = 0; l < d; ++l) {
            inner += wide(svd.v.view()(l, i)) * wide(svd.v.view()(l, j));
            image += product_v(l, i) * product_v(l, j);
          }
          EXPECT_LE(std::fabs(inner - (i == j ? 1 : 0)), 4 * wide(d) * std::sqrt(wide(d)) * u64);
          EXPECT_LE(std::fabs(image - (i == j ? wide(svd.s[j]) * wide(svd.s[j]) : 0)), bound * exact[0]);
        }
      }
    }
  }
  Array<double> none(0, 0);
  EXPECT_EQ(linalg::right_vectors(view(none)).s.size(), 0);
}

// Unchecked numbers of the caller's may get as far: no internal error.
TEST(Svd, RefusesWhatIsNotFinite) {
  Array<double> a(3, 3, 1.0);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    a(1, 2) = bad;
    for (const bool vectors : {false, true}) {
      try {
        if (vectors) {
          linalg::svd(view(a));
        } else {
          linalg::singular_values(view(a));
        }
        FAIL();
      } catch (const Error &error) {
        EXPECT_EQ(error.status(), Status::e_numeric);
      }
    }
  }
}

// The component of the estimates' fixed random start along a unit vector.
Real start_component(const Array<Real> &vectors, std::int64_t column) {
  const RandomStream random(0, Purpose::probe);
  Real dot = 0, square = 0;
  for (std::int64_t i = 0; i < vectors.rows(); ++i) {
    const Real w = wide(random.normals(static_cast<std::uint64_t>(i))[0]);
    dot += w * vectors(i, column);
    square += w * w;
  }
  return std::fabs(dot) / std::sqrt(square);
}

// Never more than the largest, never less than the smallest, up to the rounding of R and of the substitutions (4 d u κ
// relative to the smallest). How near they come: the estimate of σ₁² is a quotient m₁₉/m₁₈ of moments m_k = Σ c_i²
// σ_i^2k of the start, and as log m_k is convex in k and m₀ = 1, it is at least m₁₉^(1/19) >= c₁^(2/19) σ₁²; so for the
// smallest.
TEST(EstimateSingularValues, WithinItsClaims) {
  int cases = 0, near = 0;
  for (const std::int64_t d : {1, 2, 5, 30}) {
    for (const double kappa : {1.0, 10.0, 1e3, 1e6, 1e9, 1e12}) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const Array<double> a = with_spectrum(d + 10, log_spaced(d, kappa), seed);
        const Array<double> r = numeric::HouseholderQr(a.as<Real>()).r().as<double>();
        const numeric::Svd svd = numeric::jacobi_svd(r.as<Real>());
        const Real high = svd.sigma[0], low = svd.sigma[d - 1];
        const linalg::ExtremeSingularValues found = linalg::estimate_singular_values(view(r));
        const Real roundoff = 4 * wide(d) * u64;
        SCOPED_TRACE(testing::Message() << "d = " << d << ", kappa = " << kappa << ", seed " << seed);
        EXPECT_LE(wide(found.largest), high * (1 + roundoff));
        EXPECT_GE(wide(found.largest), (1 - 20 * roundoff) * high * std::pow(start_component(svd.v, 0), 1.0L / 19));
        EXPECT_GE(wide(found.smallest), low * (1 - roundoff * wide(kappa)));
        EXPECT_LE(wide(found.smallest) * std::pow(start_component(svd.u, d - 1), 1.0L / 19),
                  low * (1 + 20 * roundoff * wide(kappa)));
        EXPECT_EQ(found.condition(), found.largest / found.smallest);
        ++cases;
        near += wide(found.largest) >= 0.95L * high && wide(found.smallest) <= 1.05L * low ? 1 : 0;
      }
    }
  }
  EXPECT_GE(near, cases * 9 / 10) << "a few per cent, unless the start is unlucky";
}

// A single small singular value is found whatever the rest looks like: inverse iteration gains (σ₂/σ₁)² a step.
TEST(EstimateSingularValues, OneSmallValue) {
  for (const double smallest : {1e-3, 1e-8, 1e-13}) {
    std::vector<double> sigma(40, 1.0);
    sigma.back() = smallest;
    const Array<double> a = with_spectrum(60, sigma, 8);
    const Array<double> r = numeric::HouseholderQr(a.as<Real>()).r().as<double>();
    const double found = linalg::estimate_singular_values(view(r)).smallest;
    EXPECT_NEAR(found / static_cast<double>(numeric::jacobi_svd(r.as<Real>()).sigma[39]), 1, 0.05) << smallest;
  }
}

// A factor in single precision as the same numbers in double.
TEST(EstimateSingularValues, OfSinglePrecision) {
  for (const std::int64_t d : {1, 7, 8, 9, 60}) {
    Array<double> r = upper_part(Numbers(4).normals(d, d));
    Array<float> single(d, d);
    for (std::int64_t j = 0; j < d; ++j) {
      r(j, j) += 4;
      for (std::int64_t i = 0; i < d; ++i) {
        single(i, j) = static_cast<float>(r(i, j));
        r(i, j) = static_cast<double>(single(i, j));
        if (i > j) single(i, j) = std::numeric_limits<float>::quiet_NaN();
      }
    }
    const auto expected = linalg::estimate_singular_values(view(std::as_const(r)));
    const auto found = linalg::estimate_singular_values(View<const float>(single.data(), d, d, d));
    EXPECT_NEAR(found.largest / expected.largest, 1, 1e-12) << d;
    EXPECT_NEAR(found.smallest / expected.smallest, 1, 1e-9) << d;
  }
}

TEST(EstimateSingularValues, ExactSingularity) {
  for (const std::int64_t d : {1, 2, 20}) {
    for (const std::int64_t zero : {std::int64_t{0}, d / 2, d - 1}) {
      Array<double> r = upper_part(Numbers(3).normals(d, d));
      r(zero, zero) = 0;
      const auto found = linalg::estimate_singular_values(view(std::as_const(r)));
      EXPECT_EQ(found.smallest, 0);
      EXPECT_TRUE(std::isinf(found.condition()));
    }
  }
  Array<double> tiny(2, 2);
  tiny(0, 0) = 1;
  tiny(1, 1) = 1e-310;  // its inverse overflows
  EXPECT_EQ(linalg::estimate_singular_values(view(std::as_const(tiny))).smallest, 0);
  EXPECT_EQ(linalg::estimate_singular_values(View<const double>(nullptr, 0, 0, 1)).condition(), 1);
}

TEST(Finite, FindsEveryPlace) {
  Array2<double> a(5, 4, 1e308);
  EXPECT_TRUE(linalg::all_finite(a.view()));
  for (std::int64_t j = 0; j < 4; ++j) {
    for (std::int64_t i = 0; i < 5; ++i) {
      for (const double bad : {nan_value, std::numeric_limits<double>::infinity()}) {
        a(i, j) = bad;
        EXPECT_FALSE(linalg::all_finite(a.view()));
        EXPECT_EQ(linalg::all_finite_upper(a.view()), i > j);
        a(i, j) = 1;
      }
    }
  }
  linalg::clear_lower(a.view());
  for (std::int64_t j = 0; j < 4; ++j) {
    for (std::int64_t i = 0; i < 5; ++i) EXPECT_EQ(a(i, j) == 0, i > j);
  }
}

}  // namespace
}  // namespace akr
