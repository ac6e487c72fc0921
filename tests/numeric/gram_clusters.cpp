// SPDX-License-Identifier: BSD-3-Clause
// Functions of AᵀA where singular values are nearly equal. LAPACK's decomposition of an R of 4 x 4 is then off by 20u,
// which no certificate lets pass: up to 64 columns it is made by Jacobi rotations.
#include <gtest/gtest.h>

#include "reference/gram.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

// Columns of norm near 1, nearly orthogonal; the rows repeat.
Array<double> clustered(std::int64_t n, std::int64_t d) {
  Array<double> a(n, d);
  const double unit = std::sqrt(static_cast<double>(d) / static_cast<double>(n));
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) {
      a(i, j) = unit * ((i % d == j ? 1.0 : 0.0) + 0.1 / static_cast<double>(1 + i % 7 + j));
    }
  }
  return a;
}

Array<double> counting(std::int64_t d) {
  Array<double> b(d);
  for (std::int64_t j = 0; j < d; ++j) b[j] = static_cast<double>(j + 1);
  return b;
}

TEST(GramClusters, ExponentialsAreCertified) {
  for (std::int64_t n = 400; n <= 1000; n += 100) {
    for (std::int64_t d = 2; d <= 11; ++d) {
      const Array<double> tall = clustered(n, d), wide = tall.transposed();
      for (const Array<double> *a : {&tall, &wide}) {
        const Matrix matrix = dense(*a);
        const Options o({{"gram.method", "factor"}});
        const Array<double> b = counting(a->cols());
        Report report;
        const Solution<double> x = solve_exponential(matrix, 0.1, b, o, {nullptr, report.get()});
        EXPECT_EQ(x.status, AKR_OK) << n << " x " << d << ": " << report.json();
        const Solution<double> back = solve_exponential(matrix, -0.1, x.x, o);
        EXPECT_EQ(back.status, AKR_OK) << n << " x " << d;
        EXPECT_LT(relative_error(back.x, b), 1e-13) << n << " x " << d;
      }
    }
  }
}

TEST(GramClusters, PowersBySingularValuesAreCertified) {
  for (std::int64_t n = 400; n <= 1000; n += 100) {
    for (std::int64_t d = 2; d <= 11; ++d) {
      const Array<double> a = clustered(n, d);
      Report report;
      const Solution<double> x = solve_power(dense(a), false, 1000, counting(d), Options({{"gram.method", "factor"}}),
                                             {nullptr, report.get()});
      EXPECT_EQ(x.status, AKR_OK) << n << " x " << d << ": " << report.json();
    }
  }
}

// Products in single precision certify nothing of double: the report says that it goes no further.
TEST(GramClusters, WhatIsNotCertifiedStandsStill) {
  const Array<float> a = clustered(400, 4).as<float>();
  const Callback<float> products(a, false);
  Report report;
  const Solution<float> x = solve_power(products.matrix, false, 1000, counting(4).as<float>(),
                                        Options({{"gram.method", "factor"}}), {nullptr, report.get()});
  EXPECT_EQ(x.status, AKR_NOT_CONVERGED) << x.message;
  EXPECT_EQ(report.text("stopped_by"), "stagnation");
}

}  // namespace
