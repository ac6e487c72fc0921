// SPDX-License-Identifier: BSD-3-Clause
// The pass over A and the product A X of every kind of matrix, against plain loops in extended precision.
#include <algorithm>
#include <array>
#include <cmath>

#include "matrix/matrix.hpp"
#include "matrix/strip_pass.hpp"
#include "matrix_kinds.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::Kind;
using core_fixture::Real;
using core_fixture::single_numbers;
using core_fixture::u32;
using core_fixture::u64;
using core_fixture::wide;

constexpr std::int64_t most_columns = 17;
constexpr std::int64_t widths[] = {1, 2, 5, 6, 17};  // by columns below 6, by matrix products from there on

Array<Real> absolute(const Array<double> &a) {
  Array<Real> out(a.rows(), a.cols());
  for (std::int64_t i = 0; i < a.size(); ++i) out[i] = std::fabs(wide(a[i]));
  return out;
}

// Products of A (or |A|) with `count` columns of X and B.
struct Products {
  Array<Real> ax, at_b, at_ax;
  Products(const Array<Real> &a, const Array<Real> &x, const Array<Real> &b)
      : ax(core_fixture::product(a, x)), at_b(transposed_product(a, b)), at_ax(transposed_product(a, ax)) {}

  static Array<Real> transposed_product(const Array<Real> &a, const Array<Real> &b) {
    Array<Real> out(a.cols(), b.cols());
    for (std::int64_t c = 0; c < b.cols(); ++c) {
      for (std::int64_t j = 0; j < a.cols(); ++j) {
        Real sum = 0;
        for (std::int64_t i = 0; i < a.rows(); ++i) sum += a(i, j) * b(i, c);
        out(j, c) = sum;
      }
    }
    return out;
  }
};

struct Combination {
  bool with_b = true, with_x = true;
  bool wants_z = true, wants_squares = true;
  bool picks = false, scales = false, single_b = false;
  double gain = 1;
  std::int64_t k = 1;
};

constexpr std::uint32_t combinations = 3 * 3 * 16;
Combination make_combination(std::uint32_t number, std::int64_t k) {
  Combination c;
  const std::uint32_t inputs = number % 3, outputs = number / 3 % 3, rest = number / 9;
  c.with_b = inputs != 1;
  c.with_x = inputs != 2;
  c.wants_z = outputs != 1;
  c.wants_squares = outputs != 2;
  c.picks = (rest & 1) != 0;
  c.scales = (rest & 2) != 0;
  c.single_b = (rest & 4) != 0;
  c.gain = (rest & 8) != 0 ? 0x1p-40 : 1;
  c.k = k;
  return c;
}

std::ostream &operator<<(std::ostream &out, const Combination &c) {
  return out << (c.with_b ? "b " : "") << (c.with_x ? "x " : "") << (c.wants_z ? "z " : "")
             << (c.wants_squares ? "sumsq " : "") << (c.picks ? "pick " : "") << (c.scales ? "scale " : "")
             << (c.single_b ? "b32 " : "") << "gain " << c.gain << ", k = " << c.k;
}

using Pass = void (*)(akr::Run &run, const Matrix &a, const PassRequest &request);

void chosen_pass(akr::Run &run, const Matrix &a, const PassRequest &request) { a.pass(run, request); }

// By products of our own, whether or not they pay.
void strip_pass(akr::Run &run, const Matrix &a, const PassRequest &request) {
  for (std::int64_t c = 0; c < request.z.cols && request.z.data != nullptr; ++c) {
    std::fill_n(request.z.col(c), request.z.rows, 0.0);
  }
  const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
  if (request.sumsq != nullptr) std::fill_n(request.sumsq, k, 0.0);
  a.panels(run, 1, 0, [&](const AnyPanel &panel) { add_strip_pass(run, panel, request); });
}

class PassCase {
 public:
  PassCase(std::int64_t n, std::int64_t d, std::int64_t columns = most_columns)
      : columns_(columns),
        a_(single_numbers(n, d, 11, true)),
        x_(single_numbers(d, columns, 12, false)),
        b_(single_numbers(n, columns, 13, false)),
        b32_(b_.as<float>()),
        exact_(a_.as<Real>(), x_.as<Real>(), b_.as<Real>()),
        size_(absolute(a_), absolute(x_), absolute(b_)),
        kinds_(core_fixture::all_kinds(a_)) {}

  const std::vector<Kind> &kinds() const { return kinds_; }
  const Array<double> &x() const { return x_; }
  void check(const Kind &kind, const Combination &c, Pass pass = chosen_pass);
  void check_apply(const Kind &kind, std::int64_t k);

 private:
  // With v = b - A x and w = |b| + |A||x|, summation in any order gives |v̂ - v| <= γ(d + 2) w and then
  // |ẑ - z| <= |A|ᵀ|v̂ - v| + γ(n + 1)|A|ᵀ|v̂| <= γ(n + d + 4)|A|ᵀ w (Higham 2002, 3.1, 3.5; rounding v·gain is exact).
  // An operator of single precision rounds A x, v and z to it: 3 u32 |A|ᵀ w more.
  Real vector_bound(const Kind &kind) const {
    return 1.01L * wide(a_.cols() + 2) * u64 + (kind.products_in_single ? 1.01L * u32 : 0);
  }
  Real gradient_bound(const Kind &kind) const {
    return 1.01L * wide(a_.rows() + a_.cols() + 4) * u64 + (kind.products_in_single ? 3.03L * u32 : 0);
  }

  std::int64_t columns_;
  Array<double> a_, x_, b_;
  Array<float> b32_;
  Products exact_, size_;
  std::vector<Kind> kinds_;
};

void PassCase::check(const Kind &kind, const Combination &c, Pass pass) {
  const std::int64_t n = a_.rows(), d = a_.cols();
  SCOPED_TRACE(testing::Message() << kind.name << " " << n << " x " << d << ": " << c);
  std::vector<double> scale(static_cast<std::size_t>(columns_), 1.0);
  std::vector<std::int64_t> pick(static_cast<std::size_t>(c.k));
  for (std::int64_t j = 0; j < columns_ && c.scales; ++j)
    scale[static_cast<std::size_t>(j)] = std::ldexp(1.0, static_cast<int>(j % 5) - 2);
  for (std::int64_t j = 0; j < c.k; ++j) pick[static_cast<std::size_t>(j)] = c.picks ? (5 * j + 3) % columns_ : j;
  RightSides sides;
  const std::int64_t stored = c.picks ? columns_ : c.k;
  const std::int64_t ldb = std::max<std::int64_t>(n, 1);
  if (c.single_b) {
    sides.data = View<const float>(b32_.data(), n, stored, ldb);
  } else {
    sides.data = View<const double>(b_.data(), n, stored, ldb);
  }
  if (c.picks) {
    sides.pick = pick.data();
    sides.picked = c.k;
  }
  if (c.scales) sides.scale = scale.data();

  const std::int64_t ldz = d + 2;
  std::vector<double> z(static_cast<std::size_t>(ldz * c.k), std::nan(""));  // both are overwritten
  std::vector<double> squares(static_cast<std::size_t>(c.k), std::nan(""));
  PassRequest request;
  if (c.with_b) request.b = &sides;
  if (c.with_x) request.x = View<const double>(x_.data(), d, c.k, d);
  if (c.wants_z) request.z = View<double>(z.data(), d, c.k, ldz);
  if (c.wants_squares) request.sumsq = squares.data();
  request.gain = c.gain;
  akr::Run run(2, 0);
  pass(run, *kind.matrix, request);

  for (std::int64_t j = 0; j < c.k; ++j) {
    const std::int64_t at = pick[static_cast<std::size_t>(j)];
    const Real factor = c.with_b ? wide(scale[static_cast<std::size_t>(at)]) : 0;
    const Real sign = !c.with_x ? 0 : c.with_b ? -1 : 1;
    for (std::int64_t i = 0; i < d && c.wants_z; ++i) {
      const Real exact = wide(c.gain) * (factor * exact_.at_b(i, at) + sign * exact_.at_ax(i, j));
      const Real size = wide(c.gain) * (factor * size_.at_b(i, at) + std::fabs(sign) * size_.at_ax(i, j));
      const Real got = wide(z[static_cast<std::size_t>(j * ldz + i)]);
      ASSERT_LE(std::fabs(got - exact), gradient_bound(kind) * size) << "z(" << i << ", " << j << ")";
    }
    for (std::int64_t i = d; i < ldz; ++i)
      ASSERT_TRUE(std::isnan(z[static_cast<std::size_t>(j * ldz + i)])) << "between the columns";
    if (!c.wants_squares) continue;
    Real exact = 0, size = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const Real v = factor * wide(b_(i, at)) + sign * exact_.ax(i, j);
      const Real w = factor * std::fabs(wide(b_(i, at))) + std::fabs(sign) * size_.ax(i, j);
      exact += v * v;
      size += w * w;
    }
    // |v̂² - v²| <= 2 w |v̂ - v| to first order, and the sum of n squares adds γ(n + 1).
    const Real bound = 2.02L * vector_bound(kind) + 1.01L * wide(n + 1) * u64;
    ASSERT_LE(std::fabs(wide(squares[static_cast<std::size_t>(j)]) - exact), bound * size) << "sumsq[" << j << "]";
  }
}

void PassCase::check_apply(const Kind &kind, std::int64_t k) {
  const std::int64_t n = a_.rows(), d = a_.cols(), ldy = n + 1;
  SCOPED_TRACE(testing::Message() << kind.name << " " << n << " x " << d << ", k = " << k);
  std::vector<double> y(static_cast<std::size_t>(ldy * k), std::nan(""));
  akr::Run run(2, 0);
  kind.matrix->apply(run, View<const double>(x_.data(), d, k, d), View<double>(y.data(), n, k, ldy));
  for (std::int64_t j = 0; j < k; ++j) {
    for (std::int64_t i = 0; i < n; ++i) {
      const Real got = wide(y[static_cast<std::size_t>(j * ldy + i)]);
      ASSERT_LE(std::fabs(got - exact_.ax(i, j)), vector_bound(kind) * size_.ax(i, j)) << "y(" << i << ", " << j << ")";
    }
    ASSERT_TRUE(std::isnan(y[static_cast<std::size_t>(j * ldy + n)])) << "between the columns";
  }
}

constexpr std::int64_t sizes[] = {1, 2, 3, 7, 8, 9, 63, 64, 65, 1000};

// Every combination on the small sizes; on the others each kind takes a few of them in turn.
TEST(MatrixPass, AgreesWithPlainLoops) {
  std::uint32_t turn = 0;
  for (const std::int64_t n : sizes) {
    for (const std::int64_t d : sizes) {
      PassCase pass(n, d);
      const bool all = (n == 9 && (d == 8 || d == 1)) || (n == 65 && d == 3);
      for (const Kind &kind : pass.kinds()) {
        if (all) {
          for (std::uint32_t c = 0; c < combinations; ++c) {
            for (const std::int64_t k : widths) pass.check(kind, make_combination(c, k));
          }
        } else {
          const int draws = n * d < 100000 ? 4 : 1;
          for (int draw = 0; draw < draws; ++draw, turn += 31)
            pass.check(kind, make_combination(turn % combinations, widths[turn % 5]));
        }
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

// Several chunks of the reduction, several blocks of the kernels and of the reader.
TEST(MatrixPass, TallMatrices) {
  PassCase pass(17003, 65, 7);
  std::uint32_t turn = 7;
  for (const Kind &kind : pass.kinds()) {
    pass.check(kind, make_combination(0, turn % 2 == 0 ? 2 : 7));
    pass.check(kind, make_combination(turn % combinations, turn % 3 == 0 ? 6 : 1));
    if (testing::Test::HasFatalFailure()) return;
    turn += 31;
  }
}

// Panels of f64 and f32, by rows and by columns; one slice of columns and three; right-hand sides in one strip, in a
// tile of them, and in two tiles.
TEST(MatrixPass, StripsOfRightHandSides) {
  std::uint32_t turn = 0;
  for (const auto &[n, d, k] : {std::array<std::int64_t, 3>{1003, 1, 6},
                                {1003, 65, 6},
                                {1303, 300, 9},
                                {2701, 17, 17},
                                {10301, 7, 64},
                                {10401, 70, 65}}) {
    PassCase pass(n, d, k);
    for (const Kind &kind : pass.kinds()) {
      if (!kind.matrix->is_dense()) continue;
      const int draws = n < 10000 ? 12 : 2;
      pass.check(kind, make_combination(0, k), strip_pass);
      for (int draw = 0; draw < draws; ++draw, turn += 31) {
        pass.check(kind, make_combination(turn % combinations, k), strip_pass);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(MatrixApply, AgreesWithPlainLoops) {
  for (const std::int64_t n : sizes) {
    for (const std::int64_t d : sizes) {
      if (n * d > 10000) continue;
      PassCase pass(n, d);
      for (const Kind &kind : pass.kinds()) {
        pass.check_apply(kind, 1);
        if (n * d < 1000) pass.check_apply(kind, 6);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
  PassCase tall(17003, 65, 2);
  for (const Kind &kind : tall.kinds()) tall.check_apply(kind, 2);
}

// Bits do not depend on the number of threads, nor on the moment.
TEST(MatrixPass, SameBitsForAnyNumberOfThreads) {
  const std::int64_t n = 9003, d = 33;
  const Array<double> a = single_numbers(n, d, 21, true), b = single_numbers(n, 6, 22, false);
  const Array<double> x = single_numbers(d, 6, 23, false);
  for (const Kind &kind : core_fixture::all_kinds(a)) {
    for (const std::int64_t k : {3, 6}) {
      const RightSides sides{View<const double>(b.data(), n, k, n)};
      auto bits = [&](int threads) {
        std::vector<double> out(static_cast<std::size_t>((d + 1 + n) * k));
        PassRequest request;
        request.b = &sides;
        request.x = View<const double>(x.data(), d, k, d);
        request.z = View<double>(out.data(), d, k, d);
        request.sumsq = out.data() + d * k;
        akr::Run run(threads, 0);
        kind.matrix->pass(run, request);
        kind.matrix->apply(run, request.x, View<double>(out.data() + (d + 1) * k, n, k, n));
        return out;
      };
      const std::vector<double> one = bits(1);
      for (int threads = 2; threads <= 4; ++threads) {
        const std::vector<double> many = bits(threads);
        EXPECT_TRUE(core_fixture::same_bits(one.data(), many.data(), static_cast<std::int64_t>(one.size())))
            << kind.name << ", k = " << k << ", " << threads << " threads";
      }
    }
  }
}

// Nothing to do is done: no columns, no rows, no right-hand sides.
TEST(MatrixPass, EmptySizes) {
  for (const auto &[n, d, k] : {std::array<std::int64_t, 3>{0, 5, 2}, {5, 0, 2}, {5, 3, 0}, {0, 0, 6}, {5, 0, 6}}) {
    const Array<double> a = single_numbers(n, d, 5, false), b = single_numbers(n, k, 6, false);
    const Array<double> x = single_numbers(std::max<std::int64_t>(d, 1), k + 1, 7, false);
    for (const Kind &kind : core_fixture::all_kinds(a)) {
      SCOPED_TRACE(testing::Message() << kind.name << " " << n << " x " << d << ", k = " << k);
      std::vector<double> z(static_cast<std::size_t>(d * k + 1), 3.0), squares(static_cast<std::size_t>(k + 1), 3.0);
      const RightSides sides{core_fixture::view(b)};
      PassRequest request;
      request.b = &sides;
      request.x = View<const double>(x.data(), d, k, std::max<std::int64_t>(d, 1));
      request.z = View<double>(z.data(), d, k, std::max<std::int64_t>(d, 1));
      request.sumsq = squares.data();
      akr::Run run(2, 0);
      kind.matrix->pass(run, request);
      std::vector<double> y(static_cast<std::size_t>(n * k + 1), 3.0);
      kind.matrix->apply(run, request.x, View<double>(y.data(), n, k, std::max<std::int64_t>(n, 1)));
      for (std::int64_t i = 0; i < n * k && d == 0; ++i) {
        EXPECT_EQ(y[static_cast<std::size_t>(i)], 0) << "a sum of nothing";
      }
      EXPECT_EQ(y.back(), 3.0);
      for (std::int64_t i = 0; i < d * k; ++i) EXPECT_EQ(z[static_cast<std::size_t>(i)], 0) << "no row adds to it";
      for (std::int64_t c = 0; c < k; ++c) {
        Real exact = 0;
        for (std::int64_t i = 0; i < n; ++i) exact += wide(b(i, c)) * wide(b(i, c));
        // Five squares and four sums: at most 9u.
        EXPECT_NEAR(squares[static_cast<std::size_t>(c)], static_cast<double>(exact),
                    9 * unit_roundoff(64) * static_cast<double>(exact));
      }
      EXPECT_EQ(z.back(), 3.0);
      EXPECT_EQ(squares.back(), 3.0);
    }
  }
}

}  // namespace
}  // namespace akr
