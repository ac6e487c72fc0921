// SPDX-License-Identifier: BSD-3-Clause
#include "solve/problem.hpp"

#include <algorithm>

namespace akr {

LeastSquaresProblem::LeastSquaresProblem(Run &run, const Matrix &a, double ridge, const RightSides &b, const Precond &m)
    : run_(run), a_(a), ridge_(ridge), b_(b), m_(m) {
  // Aᵀr is formed before D brings it back to size: keep it away from the ends of the exponent range.
  if (m.frobenius > 1e100 || m.frobenius < 1e-100) gain_ = power_of_two_scale(m.frobenius);
}

Array2<double> LeastSquaresProblem::unscaled(View<const double> x) const {
  Array2<double> out(x.rows, x.cols);
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t j = 0; j < x.rows; ++j) out(j, c) = m_.scale[j] * x(j, c);
  }
  return out;
}

void LeastSquaresProblem::gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g,
                                   double *plain_square, double *stacked_square) {
  const Array2<double> original = unscaled(x);
  RightSides b = b_;
  b.pick = columns.data();
  b.picked = static_cast<std::int64_t>(columns.size());
  PassRequest request;
  request.b = &b;
  request.x = original.view();
  request.gain = gain_;
  request.z = g;
  request.sumsq = plain_square;
  a_.pass(run_, request);
  ++passes_;
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double square = 0;
    for (std::int64_t j = 0; j < x.rows; ++j) {
      const double xj = original(j, c);
      g(j, c) = (m_.scale[j] / gain_) * g(j, c) - (ridge_ * m_.scale[j]) * xj;
      square += ridge_ * xj * xj;
    }
    stacked_square[c] = plain_square[c] + square;
  }
}

void LeastSquaresProblem::normal_product(View<const double> p, View<double> h, double *energy) {
  const Array2<double> original = unscaled(p);
  PassRequest request;
  request.x = original.view();
  request.gain = gain_;
  request.z = h;
  request.sumsq = energy;
  a_.pass(run_, request);
  ++passes_;
  for (std::int64_t c = 0; c < p.cols; ++c) {
    for (std::int64_t j = 0; j < p.rows; ++j) {
      const double pj = original(j, c);
      h(j, c) = (m_.scale[j] / gain_) * h(j, c) + (ridge_ * m_.scale[j]) * pj;
      energy[c] += ridge_ * pj * pj;
    }
  }
}

}  // namespace akr
