// SPDX-License-Identifier: BSD-3-Clause
// The stages of a Gram power by either route. Each begins with b_i = P Pᵀ b_{i−1}; see power.cpp.
#pragma once

#include "config/call.hpp"
#include "gram/prepare.hpp"
#include "gram/record.hpp"
#include "gram/scaled.hpp"
#include "gram/spectrum.hpp"
#include "gram/stage.hpp"
#include "solve/right_sides.hpp"

namespace akr {

class PowerStages {
 public:
  // `all` counts the least-squares stage of an odd power too, j does not.
  PowerStages(Call &call, const Matrix &a, GramPreparation &prepared, PowerRecord &record, std::int64_t j,
              std::int64_t all)
      : call_(call), a_(a), prepared_(prepared), record_(record), j_(j), all_(all) {}

  // x = A⁺b.
  void least_squares(const ScaledRightSides &rhs, ScaledColumns &x);
  // x = (AᵀA)⁻ʲx, each stage refined by products with A before the next begins.
  void recursion(ScaledColumns &x) { recursion(1, x); }
  // The stages by an accurate R, and a pass over A that certifies many of them together. From a stage that falls short
  // on, the recursion goes on.
  void factor(ScaledColumns &x);
  // x = V Σ⁻²ʲ Vᵀx by the singular value decomposition of an accurate R. The first and the last stage are certified.
  // False, and nothing done, where they fall short below full rank, for then the stages may do better.
  bool spectrum(ScaledColumns &x) { return spectrum(x, Decomposition::divide); }
  // After an interruption or max_iter: the stages from i on as they begin, and nothing known of x. The time it takes
  // does not grow with j.
  void without_certificates(std::int64_t i, ScaledColumns &x);

 private:
  struct Evaluated {
    Array2<double> gradient;
    std::vector<double> residual;
    std::vector<double> weight;
  };

  bool spectrum(ScaledColumns &x, Decomposition by);
  void recursion(std::int64_t i, ScaledColumns &x);
  void refined(std::int64_t i, ScaledColumns &x);
  std::int64_t certify(std::int64_t done, const std::vector<ScaledColumns> &b, View<const double> scaled_x);
  bool certify_spectrum(const Spectrum &s, const ScaledColumns &first, const ScaledColumns &last,
                        std::vector<double> &errors);
  // False when it was interrupted.
  bool evaluate(View<const double> c, View<const double> scaled_x, Evaluated &out);

  RefinePlan plan(double residual) const;
  bool may_iterate() const;
  bool wants_stronger(const RefineResult &result) const;
  bool strengthen(View<double> scaled_x);
  void begin_stage();
  bool looks_ahead(std::int64_t i, std::int64_t columns) const;
  void start(View<const double> c, View<double> scaled_x) const;
  void move_on(View<const double> scaled_x, ScaledColumns &x) const;

  Call &call_;
  const Matrix &a_;
  GramPreparation &prepared_;
  PowerRecord &record_;
  std::int64_t j_;
  std::int64_t all_;
  std::int64_t begun_ = 0;
  Lookahead ahead_;
};

}  // namespace akr
