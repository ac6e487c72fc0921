// SPDX-License-Identifier: BSD-3-Clause
// Gram powers with residuals, solutions and all that goes from stage to stage in pairs of doubles.
#pragma once

#include "base/pair.hpp"
#include "config/call.hpp"
#include "gram/prepare.hpp"
#include "gram/record.hpp"
#include "solve/right_sides.hpp"

namespace akr {

// Roundoff of a pair, with what sums of pairs lose.
constexpr double pair_roundoff = 0x1p-104;

// Columns of pairs, each times a power of two.
struct ScaledPairs {
  PairArray values;
  std::vector<std::int64_t> exponents;

  ScaledPairs(std::int64_t rows, std::int64_t cols)
      : values(rows, cols), exponents(static_cast<std::size_t>(cols), 0) {}
  explicit ScaledPairs(const ScaledColumns &x);
  void normalise();
  double log2_norm(std::int64_t c) const;
  ScaledColumns rounded() const;
};

class DoubledStages {
 public:
  // `prepared` must hold an accurate R of full rank, and A have panels.
  DoubledStages(Call &call, const Matrix &a, const GramPreparation &prepared, PowerRecord &record, std::int64_t j,
                std::int64_t all)
      : call_(call), a_(a), prepared_(prepared), record_(record), j_(j), all_(all) {}

  // x = A⁺b.
  void least_squares(const ScaledRightSides &rhs, ScaledPairs &x);
  // x = (AᵀA)⁻ⁱx, i = j where neither an interruption nor max_iter ends it before: returned.
  std::int64_t power(ScaledPairs &x);

 private:
  struct Stage {
    const RightSides *b = nullptr;   // least squares, or
    const ScaledPairs *c = nullptr;  // AᵀA x = c
    std::vector<double> rhs;         // ‖b‖ or ‖c‖
  };
  struct Column {
    double last = 0;  // ‖Pᵀg~‖ of the correction before
    bool active = true;
    ColumnResult result;
    double weight = 0;
  };

  std::vector<Column> solve(const Stage &stage, PairArray &x, const Precond &m, double unit);
  void gradient(const Stage &stage, const PairArray &x, const Precond &m, double unit, View<double> g,
                std::vector<Column> &columns);
  bool may_iterate() const;
  void begin_stage();

  Call &call_;
  const Matrix &a_;
  const GramPreparation &prepared_;
  PowerRecord &record_;
  std::int64_t j_;
  std::int64_t all_;
  std::int64_t begun_ = 0;
};

}  // namespace akr
