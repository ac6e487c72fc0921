// SPDX-License-Identifier: BSD-3-Clause
// Matrices on which solvers have been seen to fail, in Gram powers and exponentials by every route, method and sketch:
// a right answer by the reference in extended precision, or a status that says it is none.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "reference/adversaries.hpp"
#include "reference/gram.hpp"
#include "reference/gram_judge.hpp"
#include "reference/gram_right_sides.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr const char *kRoutes[][2] = {{"auto", "auto"},          {"recursion", "cholesky"}, {"recursion", "sketch"},
                                      {"recursion", "gradient"}, {"factor", "cholesky"},    {"factor", "sketch-cholqr"},
                                      {"factor", "qr"}};
constexpr const char *kSketches[][2] = {{"auto", "auto"},     {"srht", "hartley"},     {"srht", "cosine"},
                                        {"srht", "hadamard"}, {"sparse-sign", "auto"}, {"gaussian", "auto"}};

bool by_sketch(const std::string &method) { return method.find("sketch") == 0 || method == "gradient"; }

struct Way {
  std::string name;
  Options options;
  bool sketch = false;
};

std::vector<Way> ways() {
  std::vector<Way> out;
  for (const auto &route : kRoutes)
    for (const auto &sketch : kSketches) {
      const bool usual = std::string(sketch[0]) == "auto";
      if (!usual && !by_sketch(route[1])) continue;
      out.push_back({std::string(route[0]) + ", " + route[1] + ", " + sketch[0] + ' ' + sketch[1],
                     Options({{"gram.method", route[0]},
                              {"method", route[1]},
                              {"sketch.kind", sketch[0]},
                              {"sketch.transform", sketch[1]}}),
                     by_sketch(route[1])});
    }
  return out;
}

using Counts = std::map<std::string, std::int64_t>;

void print(const Counts &counts) {
  std::int64_t all = 0;
  for (const auto &[status, times] : counts) all += times;
  for (const auto &[status, times] : counts)
    std::printf("%-24s %5lld of %lld\n", status.c_str(), static_cast<long long>(times), static_cast<long long>(all));
}

// d = 2^k, where [I; 0] and strided unit rows meet the structure of a Hadamard transform.
constexpr std::int64_t kRows = 96, kCols = 8;

class GramAdversaries : public testing::TestWithParam<std::int64_t> {};

TEST_P(GramAdversaries, PowersAreRightOrHonest) {
  Random random(300 + static_cast<std::uint64_t>(GetParam()));
  const Array<double> a = adversary_matrix(GetParam(), kRows, kCols, 150, random);
  const GramJudge<double> judge(a);
  const Matrix matrix = dense(a);
  const std::vector<Way> all = ways();
  Counts counts;
  for (const bool odd : {false, true}) {
    const std::int64_t kinds = odd ? right_side_count : even_right_side_count;
    for (const std::int64_t j : {1, 3}) {
      Array<double> b(odd ? kRows : kCols, kinds);  // a column of each kind
      for (std::int64_t kind = 0; kind < kinds; ++kind) {
        const Array<double> one =
            odd ? adversary_right_side(kind, a, 150, random) : even_right_side(kind, a, judge.truth(), j, 150, random);
        std::copy_n(one.data(), one.rows(), b.col(kind));
      }
      for (const Way &way : all) {
        for (std::int64_t kind = 0; kind < kinds; ++kind) {
          const Report report;
          const Solution<double> s = solve_power(matrix, odd, j, b.column(kind), way.options, {nullptr, report.get()});
          ++counts[akr_status_name(s.status)];
          ASSERT_TRUE(s.status >= 0 || s.status == AKR_E_NUMERIC) << s.message;
          GramAnswer is;
          is.status = s.status;
          if (report.has("rank")) is.rank = report.integer("rank");
          if (way.sketch) is.sigma = 2;
          EXPECT_EQ(judge.power_lie(odd, j, b.column(kind), s.x, is), "")
              << (odd ? "odd" : "even") << ", j = " << j << ", b "
              << (odd ? right_side_names[kind] : even_right_side_names[kind]) << ", " << way.name;
        }
      }
    }
  }
  print(counts);
}

TEST_P(GramAdversaries, ExponentialsAreRightOrHonest) {
  Random random(400 + static_cast<std::uint64_t>(GetParam()));
  const Array<double> a = adversary_matrix(GetParam(), kRows, kCols, 150, random);
  const GramJudge<double> judge(a);
  const Lent<double> columns(a, 0, 3), csr(a, 2, 0), product(a, 4, 0);
  const Real square = judge.truth().sigma(0) * judge.truth().sigma(0);
  Counts counts;
  for (const double size : {1e-3, 1.0, 40.0, 1e6, -1e-3, -1.0, -40.0, -690.0}) {
    const double t = square > 0 ? static_cast<double>(static_cast<Real>(size) / square) : size;
    if (!std::isfinite(t)) continue;
    for (const Lent<double> *lent : {&columns, &csr, &product}) {
      for (std::int64_t kind = 0; kind < even_right_side_count; ++kind) {
        const Array<double> b = even_right_side(kind, a, judge.truth(), 1, 150, random);
        for (const auto &route : {std::pair("auto", "auto"), std::pair("factor", "qr"),
                                  std::pair("factor", "sketch-cholqr"), std::pair("krylov", "auto")}) {
          if (lent == &product && std::string(route.second) == "qr") continue;
          const Report report;
          const Options options({{"gram.method", route.first}, {"method", route.second}});
          const Solution<double> s = solve_exponential(lent->matrix(), t, b, options, {nullptr, report.get()});
          ++counts[akr_status_name(s.status)];
          const bool no_factor = s.status == AKR_E_UNSUPPORTED && lent == &product;
          ASSERT_TRUE(s.status >= 0 || s.status == AKR_E_NUMERIC || no_factor) << s.message;
          GramAnswer is;
          is.status = s.status;
          if (lent == &product) is.products = static_cast<Real>(kRows + kCols) * 0x1p-53L;
          EXPECT_EQ(judge.exponential_lie(t, b, s.x, is), "")
              << "t s1^2 = " << size << ", b " << even_right_side_names[kind] << ", " << route.first << ", "
              << route.second;
        }
      }
    }
  }
  print(counts);
}

std::string matrix_name(const testing::TestParamInfo<std::int64_t> &kind) {
  std::string name;
  for (const char *c = adversary_names[kind.param]; *c != 0; ++c)
    if (std::isalnum(static_cast<unsigned char>(*c)) != 0) name += *c;
  return name + std::to_string(kind.param);
}
INSTANTIATE_TEST_SUITE_P(All, GramAdversaries, testing::Range<std::int64_t>(0, adversary_count), matrix_name);

// Controls: the judge finds what it is there for.
TEST(GramJudges, CanFind) {
  Random random(7);
  const Array<double> a = random.normals(60, 5), b = random.normals(5);
  const GramJudge<double> judge(a);
  Solution<double> s = solve_power(dense(a), false, 2, b);
  GramAnswer ok, limit, deficient;
  ok.rank = limit.rank = 5;
  deficient.rank = 4;
  limit.status = AKR_PRECISION_LIMIT;
  deficient.status = AKR_RANK_DEFICIENT;
  GramAnswer range;
  range.status = AKR_E_NUMERIC;
  EXPECT_EQ(judge.power_lie(false, 2, b, s.x, ok), "");
  EXPECT_NE(judge.power_lie(false, 2, b, s.x, limit), "") << "a needless refusal";
  EXPECT_NE(judge.power_lie(false, 2, b, s.x, deficient), "") << "a rank that is one too small";
  EXPECT_NE(judge.power_lie(false, 2, b, s.x, range), "") << "a range that is not left";
  EXPECT_NE(judge.power_lie(true, 2, random.normals(60), s.x, ok), "") << "another problem";
  s.x[2] *= 1 + 1e-11;
  EXPECT_NE(judge.power_lie(false, 2, b, s.x, ok), "") << "a wrong eleventh digit";
  s = solve_exponential(dense(a), 0.01, b);
  EXPECT_EQ(judge.exponential_lie(0.01, b, s.x, ok), "");
  EXPECT_NE(judge.exponential_lie(0.01, b, s.x, limit), "");
  EXPECT_NE(judge.exponential_lie(0.01, b, s.x, range), "");
  s.x[2] *= 1 + 1e-11;
  EXPECT_NE(judge.exponential_lie(0.01, b, s.x, ok), "");
}

}  // namespace
