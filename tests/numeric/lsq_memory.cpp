// SPDX-License-Identifier: BSD-3-Clause
// The memory that a solve takes beside the caller's arrays: at most a quarter of a dense A with n >= 50 d, for every
// method that makes its preconditioner from less than A (qr copies all of it, unless A comes in row blocks).
#include <gtest/gtest.h>

#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

template <class T>
class Memory : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(Memory, Precisions);

TYPED_TEST(Memory, IsAtMostAQuarterOfTheMatrix) {
  using T = TypeParam;
  const std::int64_t n = 20000, d = 400;
  const double most = 0.25 * static_cast<double>(n * d) * sizeof(T);
  for (const double kappa : {1e1, 1e4, sizeof(T) == 8 ? 1e12 : 1e5}) {
    // Columns of length 1 but almost parallel to each other in pairs: κ survives the scaling of columns, and building
    // this A takes n d operations only.
    Random random(5);
    Array<double> a(n, d);
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t i = 0; i < n; ++i) {
        a(i, j) = j % 2 == 0 ? random.normal() : a(i, j - 1) + 2 / kappa * random.normal();
      }
    }
    const Problem<T> p{a.template as<T>(), random.normals(n).template as<T>()};
    for (const char *method : {"auto", "cholesky", "sketch", "sketch-cholqr"}) {
      if (std::string(method) == "cholesky" && kappa > 1e6) continue;
      Report report;
      SolveArguments more;
      more.report = report.get();
      const Solution<T> solution = solve(p.a, p.b, Options({{"method", method}}), more);
      EXPECT_EQ(solution.status, AKR_OK) << solution.message;
      EXPECT_LE(static_cast<double>(report.integer("peak_bytes")), most)
          << method << " (" << report.text("method") << "), kappa " << kappa << ": "
          << static_cast<double>(report.integer("peak_bytes")) / (4 * most) << " of A";
    }
  }
}

}  // namespace
