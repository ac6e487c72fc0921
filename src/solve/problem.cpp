// SPDX-License-Identifier: BSD-3-Clause
#include "solve/problem.hpp"

#include <algorithm>
#include <cmath>

namespace akr {

NormalProblem::NormalProblem(Run &run, const Matrix &a, double ridge, const Precond &m, double unit)
    : run_(run), a_(a), m_(m), ridge_(ridge), unit_(unit), gain_(unit) {
  // Aᵀr is formed before D brings it back to size: keep it away from the ends of the exponent range.
  // The products of a huge A stay large, so that those of its small columns do not vanish.
  if (m.frobenius < 1e-100) gain_ = power_of_two_scale(m.frobenius);
  if (m.frobenius > 1e100) gain_ = 0x1p332 * power_of_two_scale(m.frobenius);
  // An operator in single precision gives and takes numbers of that range only.
  const bool narrow = a.bits() == 32 && !a.has_panels();
  if (narrow && m.frobenius > 1e10) gain_ = 0x1p32 * power_of_two_scale(m.frobenius);
}

Array2<double> NormalProblem::original(View<const double> x) const {
  Array2<double> out(x.rows, x.cols);
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < x.rows; ++j) out(j, c) = unit_ * m_.scale[j] * x(j, c);
  }
  return out;
}

void NormalProblem::normal_product(View<const double> p, View<double> h, double *energy) {
  const Array2<double> vectors = original(p);
  PassRequest request;
  request.x = vectors.view();
  request.gain = gain_;
  request.z = h;
  request.sumsq = energy;
  a_.pass(run_, request);
  count_pass();
  for (std::int64_t c = 0; c < p.cols; ++c) {
    for (std::int64_t j = 0; j < p.rows; ++j) {
      const double pj = vectors(j, c);
      h(j, c) = (m_.scale[j] * (unit_ / gain_)) * h(j, c) + (ridge_ * m_.scale[j]) * pj;
      energy[c] += ridge_ * pj * pj;
    }
  }
}

LeastSquaresProblem::LeastSquaresProblem(Run &run, const Matrix &a, double ridge, const RightSides &b, const Precond &m)
    : NormalProblem(run, a, ridge, m, 1), b_(b) {}

void LeastSquaresProblem::gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g,
                                   double *residual_square, double *weight_square) {
  const Array2<double> vectors = original(x);
  RightSides b = b_;
  b.pick = columns.data();
  b.picked = static_cast<std::int64_t>(columns.size());
  PassRequest request;
  request.b = &b;
  request.x = vectors.view();
  request.gain = gain_;
  request.z = g;
  request.sumsq = residual_square;
  a_.pass(run_, request);
  count_pass();
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double square = 0;
    for (std::int64_t j = 0; j < x.rows; ++j) {
      const double xj = vectors(j, c);
      g(j, c) = (m_.scale[j] / gain_) * g(j, c) - (ridge_ * m_.scale[j]) * xj;
      square += ridge_ * xj * xj;
    }
    weight_square[c] = residual_square[c] + square;
  }
}

// ‖b − A x‖² falls by what ‖A(x − x*)‖² falls by.
double LeastSquaresProblem::weight_after(double weight, double decrease) const {
  return std::sqrt(std::max(0.0, weight * weight - decrease));
}

}  // namespace akr
