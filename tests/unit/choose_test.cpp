// SPDX-License-Identifier: BSD-3-Clause
// Which method `auto` means. The cost model's constants may change; what is tested here must not.
#include "solve/choose.hpp"

#include "core_fixture.hpp"
#include "precond/gram.hpp"

namespace akr {
namespace {

// The sizes of a matrix without the matrix.
class Shape final : public Matrix {
 public:
  enum class Kind { dense, sparse, products };
  Shape(Kind kind, std::int64_t rows, std::int64_t cols, double density = 1)
      : Matrix(rows, cols, 64),
        kind_(kind),
        nnz_(static_cast<std::int64_t>(density * static_cast<double>(rows) * static_cast<double>(cols))) {}
  std::int64_t nnz() const noexcept override { return nnz_; }
  bool has_panels() const noexcept override { return kind_ != Kind::products; }
  bool is_dense() const noexcept override { return kind_ == Kind::dense; }
  bool is_sparse() const noexcept override { return kind_ == Kind::sparse; }
  void add_pass(akr::Run &, const PassRequest &) const override { FAIL() << "the choice must not read A"; }
  void apply(akr::Run &, View<const double>, View<double>) const override { FAIL(); }
  void panels(akr::Run &, std::int64_t, std::int64_t, const std::function<void(const AnyPanel &)> &) const override {
    FAIL();
  }
  void check_finite(akr::Run &) const override { FAIL(); }

 private:
  Kind kind_;
  std::int64_t nnz_;
};

Method automatic(const Matrix &a, std::int64_t nrhs = 1) { return choose_method(Options(), a, nrhs); }

TEST(ChooseMethod, ByShape) {
  using Kind = Shape::Kind;
  EXPECT_EQ(automatic(Shape(Kind::dense, 100, 10)), Method::qr) << "tiny";
  EXPECT_EQ(automatic(Shape(Kind::dense, 1000, 1000)), Method::qr) << "square";
  EXPECT_EQ(automatic(Shape(Kind::dense, 1400, 1000)), Method::qr) << "nearly square";
  EXPECT_EQ(automatic(Shape(Kind::dense, 3000, 1000)), Method::cholesky)
      << "a glimpse at AᵀA tells whether that is wise";
  EXPECT_EQ(automatic(Shape(Kind::dense, 120, 64)), Method::cholesky) << "likewise";
  EXPECT_EQ(automatic(Shape(Kind::dense, 200, 50)), Method::qr) << "too few columns for a glimpse";
  EXPECT_EQ(automatic(Shape(Kind::sparse, 3000, 1000)), Method::qr) << "nobody glimpses at a sparse A";
  EXPECT_EQ(automatic(Shape(Kind::dense, 100, 1)), Method::cholesky) << "κ of one column is 1";
  EXPECT_EQ(automatic(Shape(Kind::dense, 100000, 10)), Method::cholesky) << "tall and skinny";
  EXPECT_EQ(automatic(Shape(Kind::dense, 1000000, 50)), Method::cholesky) << "tall and skinny";
  EXPECT_EQ(automatic(Shape(Kind::products, 1000000, 50)), Method::sketch) << "nothing but products";
  EXPECT_EQ(automatic(Shape(Kind::products, 10, 5)), Method::sketch) << "nothing but products";
}

TEST(ChooseMethod, NeverWhatCannotWork) {
  for (const auto kind : {Shape::Kind::dense, Shape::Kind::sparse, Shape::Kind::products}) {
    for (const std::int64_t d : {1, 10, 100, 1000, 10000}) {
      for (const std::int64_t ratio : {1, 2, 5, 20, 100, 10000}) {
        for (const std::int64_t nrhs : {0, 1, 10, 1000}) {
          const Shape a(kind, ratio * d, d, kind == Shape::Kind::sparse ? 0.01 : 1);
          const Method first = automatic(a, nrhs), second = choose_for_ill_conditioned(a, nrhs);
          SCOPED_TRACE(testing::Message() << static_cast<int>(kind) << ": " << ratio * d << " x " << d << ", " << nrhs);
          EXPECT_TRUE(first == Method::sketch || first == Method::sketch_cholqr || first == Method::cholesky ||
                      first == Method::qr);
          EXPECT_TRUE(second == Method::sketch || second == Method::sketch_cholqr || second == Method::qr)
              << "an ill-conditioned A has no use for its Gram matrix";
          if (kind == Shape::Kind::products) {
            EXPECT_EQ(first, Method::sketch);
          }
          if (kind != Shape::Kind::dense) {
            EXPECT_EQ(second, Method::sketch);
          }
        }
      }
    }
  }
}

// Who asks for AᵀA gets it, and where all of A has been read before anything is known of it nothing is thrown away.
TEST(ChooseMethod, GivesUpTheSumInDoubleOnlyWhereThatSavesTime) {
  for (const std::int64_t d : {10, 100, 1000}) {
    for (const std::int64_t ratio : {5, 10, 20, 100, 10000}) {
      const Shape a(Shape::Kind::dense, ratio * d, d);
      SCOPED_TRACE(testing::Message() << ratio * d << " x " << d);
      Options forced;
      forced.method = static_cast<std::int64_t>(Method::cholesky);
      EXPECT_FALSE(cholesky_plan(forced, a, 1).single_or_none);
      EXPECT_EQ(gram_is_seen_early(a), ratio >= 10);
      const CholeskyPlan plan = cholesky_plan(Options(), a, 1);
      if (!gram_is_seen_early(a)) {
        EXPECT_FALSE(plan.single_or_none);
      }
      if (automatic(a) == Method::cholesky && plan.single_limit == 0) {
        EXPECT_FALSE(plan.single_or_none) << "nothing would be left to do";
      }
    }
  }
}

Precond of_origin(PrecondOrigin origin, std::int64_t cols, std::int64_t rank) {
  Precond m;
  m.origin = origin;
  m.cols = cols;
  m.rank = rank;
  return m;
}

// From the weaker to the stronger, each once; a sparse A does not pay the flops of a dense one without need.
TEST(AffordableCglsSteps, WhereOneMayBeginWithoutAFactor) {
  using Kind = Shape::Kind;
  const Options plain;
  EXPECT_GT(affordable_cgls_steps(plain, Shape(Kind::sparse, 200000, 2000, 0.01), 1), 16);
  EXPECT_GT(affordable_cgls_steps(plain, Shape(Kind::sparse, 300000, 100000, 1e-4), 1), 1000) << "AᵀA has 10¹⁰ entries";
  EXPECT_GT(affordable_cgls_steps(plain, Shape(Kind::products, 10000, 1000), 1), 100);
  EXPECT_EQ(affordable_cgls_steps(plain, Shape(Kind::products, 10000, 60), 1), 0) << "60 products are few";
  EXPECT_EQ(affordable_cgls_steps(plain, Shape(Kind::sparse, 1000000, 70, 0.05), 1), 0) << "a small AᵀA";
  EXPECT_EQ(affordable_cgls_steps(plain, Shape(Kind::dense, 200000, 2000), 1), 0);
  Options counted;
  counted.max_iter = 5;
  EXPECT_EQ(affordable_cgls_steps(counted, Shape(Kind::sparse, 200000, 2000, 0.01), 1), 0);
}

TEST(ChooseStronger, Order) {
  using Kind = Shape::Kind;
  using From = PrecondOrigin;
  const Options options;
  const auto next = [&](const Shape &a, From from, bool enlarged = false, std::int64_t lacking = 0) {
    return choose_stronger(options, a, of_origin(from, a.cols(), a.cols() - lacking), enlarged, 1);
  };
  const Shape dense(Kind::dense, 100000, 500), products(Kind::products, 100000, 500);
  const Shape sparse(Kind::sparse, 100000, 2000, 0.01), long_sparse(Kind::sparse, 10000000, 2000, 0.001);
  for (const Shape *a : {&dense, &products, &sparse, &long_sparse}) {
    EXPECT_EQ(next(*a, From::cholesky), Stronger::sketch);
    EXPECT_EQ(next(*a, From::qr), Stronger::nothing);
    EXPECT_EQ(next(*a, From::sketch_cholqr, true, 1), Stronger::nothing) << "rank-deficient";
  }
  EXPECT_EQ(next(dense, From::sketch), Stronger::sketch_cholqr);
  EXPECT_EQ(next(dense, From::sketch_cholqr), Stronger::qr);
  EXPECT_EQ(next(products, From::sketch, true), Stronger::sketch_cholqr);
  EXPECT_EQ(next(products, From::sketch_cholqr, true), Stronger::nothing) << "it has no rows";
  EXPECT_EQ(next(sparse, From::sketch), Stronger::larger_sketch);
  EXPECT_EQ(next(sparse, From::sketch, true), Stronger::sketch_cholqr) << "twice larger did not do";
  EXPECT_EQ(next(sparse, From::sketch_cholqr, true), Stronger::qr);
  EXPECT_EQ(next(long_sparse, From::sketch), Stronger::larger_sketch);
  EXPECT_EQ(next(long_sparse, From::sketch, true), Stronger::nothing) << "8e13 flops after a solve of seconds";
  EXPECT_EQ(next(long_sparse, From::sketch_cholqr, true), Stronger::nothing);
  const Shape squarish(Kind::sparse, 10000, 2000, 0.01);
  EXPECT_EQ(next(squarish, From::sketch), Stronger::sketch_cholqr) << "no sketch twice as large is smaller than A";
}

TEST(ChooseStronger, LargerSketch) {
  const Shape a(Shape::Kind::sparse, 100000, 500, 0.01);
  Options options;
  const double first = sketch_factor_for(Method::sketch, a);
  EXPECT_EQ(larger_sketch_factor(options, a), 2 * first);
  options.sketch_factor = 20;
  EXPECT_EQ(larger_sketch_factor(options, a), 40);
  options.sketch_factor = 1;
  EXPECT_GE(larger_sketch_factor(options, a), 4) << "twice a sketch that is no sketch is none either";
  options.sketch_factor = 800;
  EXPECT_EQ(larger_sketch_factor(options, a), 1000);
}

TEST(ChooseMethod, WhatIsAskedFor) {
  const Shape dense(Shape::Kind::dense, 1000, 10), products(Shape::Kind::products, 1000, 10);
  for (const Method method : {Method::sketch, Method::sketch_cholqr, Method::cholesky, Method::qr, Method::gradient}) {
    Options options;
    options.method = static_cast<std::int64_t>(method);
    EXPECT_EQ(choose_method(options, dense, 1), method);
    if (method == Method::qr) {
      const std::string text =
          core_fixture::error_text(Status::e_unsupported, [&] { choose_method(options, products, 1); });
      EXPECT_TRUE(core_fixture::contains(text, "method = qr")) << text;
    } else {
      EXPECT_EQ(choose_method(options, products, 1), method);
    }
  }
}

// Iterating costs passes for every column, a factor costs them once: more right-hand sides never favour a sketch alone.
TEST(ChooseMethod, ManyRightHandSides) {
  for (const std::int64_t d : {100, 1000, 4000}) {
    const Shape a(Shape::Kind::dense, 30 * d, d);
    if (automatic(a, 1) != Method::sketch) {
      EXPECT_NE(automatic(a, 1000), Method::sketch) << d;
    }
    EXPECT_NE(choose_for_ill_conditioned(a, 100000), Method::sketch) << d;
  }
}

// The unit step contracts from 11.7 d rows on; one with conjugate gradients at every size above d: 4 d are enough for
// few steps, 2 d where the factor of more would cost as much as that of A.
TEST(SketchFactor, EnoughRows) {
  for (const std::int64_t d : {1, 10, 1000}) {
    for (const std::int64_t ratio : {5, 100, 10000}) {
      const Shape a(Shape::Kind::dense, ratio * d, d);
      EXPECT_GE(sketch_factor_for(Method::gradient, a), 12);
      for (const Method method : {Method::sketch, Method::sketch_cholqr}) {
        EXPECT_GE(sketch_factor_for(method, a), ratio == 5 && d == 1000 && method == Method::sketch ? 2 : 4);
        EXPECT_LE(sketch_factor_for(method, a), 16);
      }
    }
  }
}

}  // namespace
}  // namespace akr
