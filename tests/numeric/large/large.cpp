// SPDX-License-Identifier: BSD-3-Clause
// A real matrix of 2.2·10⁹ single-precision entries, more than 32-bit numbers can count, in both layouts: sizes,
// strides and offsets are 64 bits wide all the way, and what goes to BLAS in parts comes together again.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "reference/api.hpp"
#include "reference/bounds.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t n = 22000000, d = 100;
static_assert(n * d > (std::int64_t{1} << 31));

// The same numbers whichever way they are laid out: entry k is made from k alone, in (−1/2, 1/2).
float entry(std::uint64_t k) {
  k = (k + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
  k = (k ^ (k >> 29)) * 0x94d049bb133111ebu;
  return static_cast<float>(static_cast<std::int32_t>(k >> 33) - (1 << 30)) * 0x1p-31F;
}

const std::vector<float> &entries() {
  static const std::vector<float> all = [] {
    std::vector<float> a(static_cast<std::size_t>(n * d));
    for (std::size_t k = 0; k < a.size(); ++k) a[k] = entry(k);
    return a;
  }();
  return all;
}

struct Layout {
  std::int32_t layout;
  std::int64_t row_stride, col_stride;
  float at(std::int64_t i, std::int64_t j) const {
    return entries()[static_cast<std::size_t>(i * row_stride + j * col_stride)];
  }
};
constexpr Layout by_columns{AKR_COL_MAJOR, 1, n}, by_rows{AKR_ROW_MAJOR, d, 1};

double coefficient(std::int64_t j) { return static_cast<double>(1 + j % 7); }

constexpr std::int64_t block_rows = 1000;
static_assert(n % block_rows == 0);

// Calls visit(first row, block by rows) for all of A, reading it in the order of the memory.
template <class Visit>
void for_each_block(const Layout &a, const Visit &visit) {
  std::vector<double> block(block_rows * d);
  for (std::int64_t first = 0; first < n; first += block_rows) {
    if (a.layout == AKR_COL_MAJOR) {
      for (std::int64_t j = 0; j < d; ++j)
        for (std::int64_t i = 0; i < block_rows; ++i)
          block[static_cast<std::size_t>(i * d + j)] = static_cast<double>(a.at(first + i, j));
    } else {
      for (std::int64_t k = 0; k < block_rows * d; ++k)
        block[static_cast<std::size_t>(k)] = static_cast<double>(a.at(first, k));
    }
    visit(first, block.data());
  }
}

// A x plus a residual of the last rows, where a 32-bit offset would have gone wrong.
Array<float> right_side(const Layout &a) {
  Array<float> b(n);
  for_each_block(a, [&](std::int64_t first, const double *block) {
    for (std::int64_t i = 0; i < block_rows; ++i) {
      double sum = first + block_rows == n ? 0.25 : 0;
      for (std::int64_t j = 0; j < d; ++j) sum += block[i * d + j] * coefficient(j);
      b[first + i] = static_cast<float>(sum);
    }
  });
  return b;
}

// ‖Aᵀr‖/(‖A‖_F ‖r‖), an upper bound of the backward error, with sums over blocks of rows in double.
double gradient_ratio(const Layout &a, const Array<float> &b, const Array<float> &x) {
  std::vector<double> g(d), part(d);
  double square = 0, frobenius = 0;
  for_each_block(a, [&](std::int64_t first, const double *block) {
    std::fill(part.begin(), part.end(), 0.0);
    double part_square = 0, part_frobenius = 0;
    for (std::int64_t i = 0; i < block_rows; ++i) {
      const double *row = block + i * d;
      double r = static_cast<double>(b[first + i]);
      for (std::int64_t j = 0; j < d; ++j) r -= row[j] * static_cast<double>(x[j]);
      for (std::int64_t j = 0; j < d; ++j) {
        part[static_cast<std::size_t>(j)] += row[j] * r;
        part_frobenius += row[j] * row[j];
      }
      part_square += r * r;
    }
    for (std::size_t j = 0; j < g.size(); ++j) g[j] += part[j];
    square += part_square;
    frobenius += part_frobenius;
  });
  double norm = 0;
  for (const double v : g) norm += v * v;
  return std::sqrt(norm / frobenius / square);
}

class Large : public testing::TestWithParam<const Layout *> {};

TEST_P(Large, IsSolvedByEveryMethodThatReadsItInParts) {
  const Layout &a = *GetParam();
  akr_matrix *made = nullptr;
  require(
      akr_matrix_create_dense_f32(a.layout, n, d, entries().data(), a.layout == AKR_COL_MAJOR ? n : d, nullptr, &made));
  const Matrix matrix(made);
  const Array<float> b = right_side(a);
  for (const char *method : {"auto", "sketch", "sketch-cholqr"}) {
    Report report;
    const Solution<float> s = solve(matrix, b, Options({{"method", method}}), {0, nullptr, report.get()});
    ASSERT_EQ(s.status, AKR_OK) << method << ": " << s.message;
    const double ratio = gradient_ratio(a, b, s.x);
    std::printf("%s, %s: %.1f s, backward error at most %.2f u\n", a.layout == AKR_COL_MAJOR ? "columns" : "rows",
                method, report.real("seconds"), ratio * 0x1p24);
    std::fflush(stdout);
    // x is 1 … 7 up to the residual's part in the range, 0.25·√1000/√n; rounding to f32 comes on top.
    for (std::int64_t j = 0; j < d; ++j)
      EXPECT_NEAR(static_cast<double>(s.x[j]), coefficient(j), 1e-3) << method << ' ' << j;
    EXPECT_LT(report.real("backward_error"), 2 * 0x1p-24);
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Large, testing::Values(&by_columns, &by_rows),
                         [](const testing::TestParamInfo<const Layout *> &which) {
                           return which.param->layout == AKR_COL_MAJOR ? "columns" : "rows";
                         });

std::int64_t available_gib() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::int64_t kib = 0;
    if (key == "MemAvailable:" && file >> kib) return kib >> 20;
  }
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  if (available_gib() < 13) {
    std::printf("skipped: %lld GiB of memory are free, 13 are needed\n", static_cast<long long>(available_gib()));
    return 77;
  }
  return RUN_ALL_TESTS();
}
