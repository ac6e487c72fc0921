// SPDX-License-Identifier: BSD-3-Clause
// Coherent matrices, on which careless sketches lose rank: [I; 0], strided unit vectors, one huge row. Every kind of
// sketch and transform must see full rank and lead to the answer.
#include <gtest/gtest.h>

#include "reference/api.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 4096;

struct Coherent {
  Coherent(std::string its_name, Array<double> matrix)
      : name(std::move(its_name)), a(std::move(matrix)), reference(a) {}
  std::string name;
  Array<double> a;
  Reference reference;
};

std::vector<Coherent> make_coherent_matrices() {
  std::vector<Coherent> out;
  for (const std::int64_t d : {16, 64, 128}) {
    Array<double> top(kRows, d), strided(kRows, d), bottom(kRows, d);
    for (std::int64_t j = 0; j < d; ++j) {
      top(j, j) = 1;
      strided(j * (kRows / d), j) = 1;
      bottom(kRows - 1 - j, j) = 1;
    }
    out.push_back({"[I; 0], d = " + std::to_string(d), top});
    out.push_back({"strided, d = " + std::to_string(d), strided});
    out.push_back({"[0; I], d = " + std::to_string(d), bottom});
  }
  Array<double> huge = Random(61).normals(kRows, 48);
  for (std::int64_t j = 0; j < 48; ++j) huge(1234, j) *= 1e6;
  out.push_back({"one huge row", huge});
  Array<double> spike = Random(62).normals(kRows, 48);  // the last column lives in one row
  for (std::int64_t i = 0; i < kRows; ++i) spike(i, 47) = i == 4000 ? 1 : 0;
  out.push_back({"a column of one entry", spike});
  Array<double> blocks(kRows, 32);  // equal rows, 128 of each
  const Array<double> core = Random(63).normals(32, 32);
  for (std::int64_t j = 0; j < 32; ++j)
    for (std::int64_t i = 0; i < kRows; ++i) blocks(i, j) = core(i % 32, j);
  out.push_back({"repeated rows", blocks});
  return out;
}

const std::vector<Coherent> &coherent_matrices() {
  static const std::vector<Coherent> all = make_coherent_matrices();
  return all;
}

struct Sketching {
  const char *kind, *transform;
};

class CoherentMatrices : public testing::TestWithParam<Sketching> {};

TEST_P(CoherentMatrices, AreSolvedByEveryMethod) {
  const Sketching sketching = GetParam();
  for (const Coherent &c : coherent_matrices()) {
    const bool gaussian = std::string(sketching.kind) == "gaussian";  // slow: every entry is a random number
    if (gaussian && c.a.cols() > 64) continue;
    const Array<double> b = Random(64).normals(kRows);
    const Reference &reference = c.reference;
    ASSERT_EQ(reference.rank(1e-12L), c.a.cols());
    for (const char *method : {"auto", "sketch", "sketch-cholqr", "gradient"}) {
      if (gaussian && std::string(method) == "gradient") continue;
      for (const char *seed : {"0", "1", "2"}) {
        if (gaussian && seed[0] != '0') continue;
        SCOPED_TRACE(c.name + ", " + method + ", seed " + seed);
        const Solution<double> solution = solve(c.a, b,
                                                Options({{"method", method},
                                                         {"sketch.kind", sketching.kind},
                                                         {"sketch.transform", sketching.transform},
                                                         {"seed", seed}}));
        const bool gradient = std::string(method) == "gradient";
        if (gradient && solution.status == AKR_NOT_CONVERGED) continue;  // slow is no error
        EXPECT_EQ(solution.status, AKR_OK) << solution.message;
        EXPECT_LE(reference.backward_error(c.a, b, solution.x), ok_backward_error<double>);
      }
    }
  }
}

std::string sketching_name(const testing::TestParamInfo<Sketching> &sketching) {
  std::string name = std::string(sketching.param.kind) + '_' + sketching.param.transform;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Kind, CoherentMatrices,
                         testing::Values(Sketching{"auto", "auto"}, Sketching{"srht", "hartley"},
                                         Sketching{"srht", "cosine"}, Sketching{"srht", "hadamard"},
                                         Sketching{"sparse-sign", "auto"}, Sketching{"gaussian", "auto"}),
                         sketching_name);

TEST(CoherentMatricesWithoutSketch, CholeskyAndQr) {
  for (const Coherent &c : coherent_matrices()) {
    const Array<double> b = Random(65).normals(kRows);
    const Reference &reference = c.reference;
    for (const char *method : {"cholesky", "qr"}) {
      const Solution<double> solution = solve(c.a, b, Options({{"method", method}}));
      EXPECT_EQ(solution.status, AKR_OK) << c.name << ' ' << method << ' ' << solution.message;
      EXPECT_LE(reference.backward_error(c.a, b, solution.x), ok_backward_error<double>) << c.name << ' ' << method;
    }
  }
}

}  // namespace
