// SPDX-License-Identifier: BSD-3-Clause
// Gram powers, a power at a time (Song, Yin, Zhang, arXiv 2308.14304, section 4): b_0 = b, or the least-squares
// solution A⁺b for an odd one, and AᵀA b_i = b_{i−1} for i = 1..j with one preconditioner. Preconditioning the power
// itself does not work: M ≈ AᵀA does not give Mʲ ≈ (AᵀA)ʲ.
//
// Both routes begin each stage with b_i = P Pᵀ b_{i−1}. The recursion refines it with products by A until the stage is
// solved as well as a backward-stable method solves it. The factor route takes it as it is, R being as good as
// Householder's, and checks many of them by one pass. For large j it goes by singular values, without stages.
#include "gram/power.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/roundoff.hpp"
#include "base/text.hpp"
#include "gram/doubled.hpp"
#include "gram/power_stages.hpp"
#include "linalg/blas.hpp"
#include "matrix/pair_pass.hpp"
#include "matrix/transposed.hpp"
#include "solve/lsq.hpp"
#include "solve/outcome.hpp"

namespace akr {

namespace {

// AᵀA works on the null space of a rank-deficient A as zero: that part of b is left out. Twice: of a b that is nearly
// all there the first time leaves as much of its rounding errors in the null space as beside it, and no x meets that.
void remove_null_part(const Precond &m, ScaledColumns &b) {
  if (m.full_rank()) return;
  Array2<double> part(m.null_basis.cols(), b.cols());
  for (int times = 0; times < 2; ++times) {
    linalg::gemm(linalg::Op::transpose, linalg::Op::none, 1.0, m.null_basis.view(), View<const double>(b.values()), 0.0,
                 part.view());
    linalg::gemm(linalg::Op::none, linalg::Op::none, -1.0, m.null_basis.view(), View<const double>(part.view()), 1.0,
                 b.values());
  }
}

class GramPowerSolve {
 public:
  // through_product: the answer is A times what is solved for (the dual of a wide matrix).
  GramPowerSolve(Call &call, const Matrix &a, GramParity parity, std::int64_t j, const ScaledRightSides &rhs,
                 bool through_product)
      : call_(call),
        a_(a),
        odd_(parity == GramParity::odd),
        j_(j),
        rhs_(rhs),
        through_product_(through_product),
        prepared_(call, a),
        record_(rhs.sides.cols()) {}

  // The answer, in the scale of rhs.
  ScaledColumns solve(const Precond *given) {
    ScaledColumns x(a_.cols(), rhs_.sides.cols());
    const std::int64_t all = j_ + (odd_ ? 1 : 0);
    try {
      prepared_.begin(given, all, x.cols());
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      record_.interrupt(stop);
      record_.forget();
      return ScaledColumns(through_product_ ? a_.rows() : a_.cols(), x.cols());
    }
    begun_ = true;
    const Precond &m = prepared_.in_units();
    record_.set_matrix(m.rank > 0 ? extreme_singular_values(m) : linalg::ExtremeSingularValues{1, 1}, m.frobenius,
                       doubled() ? pair_roundoff : unit_roundoff(64));
    call_.run.monitor().phase("iterate");
    if (doubled()) return solve_doubled(all);
    PowerStages stages(call_, a_, prepared_, record_, j_, all);
    if (odd_) {
      stages.least_squares(rhs_, x);
    } else {
      for (std::int64_t c = 0; c < x.cols(); ++c) rhs_.sides.load(0, x.rows(), c, x.values().col(c));
      remove_null_part(prepared_.of_a(), x);
      x.normalise();
    }
    if (prepared_.of_a().rank > 0) power(stages, x);
    return from_units(product_of(std::move(x)));
  }

  Status conclude_call() {
    Outcome outcome;
    outcome.passes = record_.passes() + prepared_.passes();
    outcome.method = "none";
    if (begun_) {
      const Precond &m = prepared_.of_a();
      outcome.method = prepared_.method_name();
      outcome.rank = m.rank;
      outcome.full_rank = m.full_rank();
      outcome.condition = m.condition;
      outcome.kept = m.kept;
      outcome.dropped = m.dropped;
      call_.report.set(Key::gram_method, std::string(factor() ? "factor" : "recursion"));
      record_.finish(call_.report, static_cast<double>(all_factors() + (through_product_ ? -1 : 0)), through_product_);
    }
    return conclude(call_, outcome, rhs_, record_.result());
  }

 private:
  bool doubled() const { return call_.options.chosen_precision() == ResidualPrecision::doubled; }

  ScaledColumns solve_doubled(std::int64_t all) {
    if (!prepared_.of_a().full_rank()) {
      throw Error(Status::e_unsupported, text("residual.precision = doubled: A has rank ", prepared_.of_a().rank,
                                              ", which must be cols(A) = ", a_.cols()));
    }
    ScaledPairs x(a_.cols(), rhs_.sides.cols());
    DoubledStages stages(call_, a_, prepared_, record_, j_, all);
    if (odd_) {
      stages.least_squares(rhs_, x);
    } else {
      for (std::int64_t c = 0; c < x.values.cols(); ++c) rhs_.sides.load(0, a_.cols(), c, x.values.hi.col(c));
    }
    const std::int64_t done = stages.power(x);
    if (done < j_) {
      ScaledColumns rest = x.rounded();
      PowerStages(call_, a_, prepared_, record_, j_, all).without_certificates(done + 1, rest);
      x = ScaledPairs(rest);
    }
    if (!through_product_) return from_units(x.rounded());
    ScaledPairs product(a_.rows(), x.values.cols());
    product.exponents = x.exponents;
    PairPassRequest request;
    request.x = &x.values;
    request.v = &product.values;
    pair_pass(call_.run, a_, request);
    return from_units(product.rounded());
  }

  // The answer from what was solved for.
  ScaledColumns product_of(ScaledColumns z) const {
    if (!through_product_) return z;
    ScaledColumns product(a_.rows(), z.cols());
    for (std::int64_t c = 0; c < z.cols(); ++c) product.exponent(c) = z.exponent(c);
    a_.apply(call_.run, z.values(), product.values());
    return product;
  }

  ScaledColumns from_units(ScaledColumns x) const {
    for (std::int64_t c = 0; c < x.cols(); ++c) x.exponent(c) += all_factors() * std::ilogb(prepared_.unit());
    return x;
  }

  bool factor() const { return prepared_.plan().route == GramMethod::factor; }
  // How often A⁺ or its transpose is applied.
  std::int64_t all_factors() const { return 2 * j_ + (odd_ ? 1 : 0); }

  void power(PowerStages &stages, ScaledColumns &x) {
    if (!factor()) {
      stages.recursion(x);
    } else if (!worth_svd(a_.cols(), j_, x.cols()) || !stages.spectrum(x)) {
      stages.factor(x);
    }
  }

  Call &call_;
  const Matrix &a_;
  bool odd_;
  std::int64_t j_;
  const ScaledRightSides &rhs_;
  bool through_product_;
  GramPreparation prepared_;
  PowerRecord record_;
  bool begun_ = false;
};

// From the scale of the right-hand sides to the caller's.
void hand_over(const ScaledRightSides &rhs, ScaledColumns &x, View<double> out) {
  for (std::int64_t c = 0; c < x.cols(); ++c) x.exponent(c) -= std::ilogb(rhs.factor[static_cast<std::size_t>(c)]);
  x.normalise();
  x.write(out);
}

// What needs no A: b itself for j = 0, and zero where A has no entries.
Status solve_trivial(Call &call, const Matrix &a, const ScaledRightSides &rhs, bool copy, View<double> x) {
  RefineResult result;
  result.columns.resize(static_cast<std::size_t>(x.cols));
  for (std::int64_t c = 0; c < x.cols; ++c) {
    std::fill_n(x.col(c), x.rows, 0.0);
    ColumnResult &column = result.columns[static_cast<std::size_t>(c)];
    column.backward_error = 0;
    column.residual = copy ? 0 : rhs.norm[static_cast<std::size_t>(c)];
    column.converged = true;
    if (!copy) continue;
    rhs.sides.load(0, x.rows, c, x.col(c));
    for (std::int64_t l = 0; l < x.rows; ++l) x(l, c) /= rhs.factor[static_cast<std::size_t>(c)];
  }
  Outcome outcome;
  outcome.method = "none";
  if (a.rows() == 0 || a.cols() == 0) outcome.rank = 0;
  return conclude(call, outcome, rhs, result);
}

// n < d: with the tall C = Aᵀ, ((AᵀA)⁺)ʲ = C (CᵀC)⁻ʲ C⁺ and ((AᵀA)⁺)ʲA⁺ = C (CᵀC)^(−j−1). The rank found is that of
// A, and full where it is n.
Status solve_wide_power(Call &call, const Matrix &a, GramParity parity, std::int64_t j, const ScaledRightSides &rhs,
                        View<double> x) {
  const std::unique_ptr<Matrix> c = transposed(call.run, a);
  const bool odd = parity == GramParity::odd;
  GramPowerSolve dual(call, *c, odd ? GramParity::even : GramParity::odd, odd ? j + 1 : j, rhs, true);
  ScaledColumns product = dual.solve(nullptr);
  hand_over(rhs, product, x);
  return dual.conclude_call();
}

}  // namespace

Status solve_gram_power(Call &call, const Matrix &a, const Precond *m, GramParity parity, std::int64_t j,
                        const RightSides &b, View<double> x) {
  if (parity == GramParity::odd && j == 0) {
    Options options = call.options;
    options.warm_start = 0;  // x is output only here
    Call plain{call.run, options, call.report};
    return solve_least_squares(plain, a, m, 0, b, x);
  }
  ScaledRightSides rhs = scale_right_sides(call.run, b, parity == GramParity::odd ? a.rows() : a.cols());
  rhs.sides.scale = rhs.factor.data();  // the factors moved with the struct
  if (j == 0) return solve_trivial(call, a, rhs, true, x);
  if (x.cols == 0 || a.rows() == 0 || a.cols() == 0) return solve_trivial(call, a, rhs, false, x);
  if (a.rows() < a.cols()) return solve_wide_power(call, a, parity, j, rhs, x);
  if (call.options.chosen_precision() == ResidualPrecision::doubled && !a.has_panels()) {
    throw Error(Status::e_unsupported,
                "residual.precision = doubled: A is given by its products only, and this needs its rows");
  }
  GramPowerSolve solve(call, a, parity, j, rhs, false);
  ScaledColumns answer = solve.solve(m);
  hand_over(rhs, answer, x);
  return solve.conclude_call();
}

}  // namespace akr
