// SPDX-License-Identifier: BSD-3-Clause
#include "gram/stage.hpp"

#include <cmath>

namespace akr {

void GramStageProblem::gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g,
                                double *residual_square, double *weight_square) {
  const Array2<double> vectors = original(x);
  PassRequest request;
  request.x = vectors.view();
  request.gain = gain_;
  request.z = g;
  request.sumsq = weight_square;
  a_.pass(run_, request);
  count_pass();
  for (std::int64_t i = 0; i < x.cols; ++i) {
    const std::int64_t column = columns[static_cast<std::size_t>(i)];
    const double *c = c_.col(column);
    weights_[static_cast<std::size_t>(column)] = std::sqrt(weight_square[i]);
    double square = 0;
    for (std::int64_t j = 0; j < x.rows; ++j) {
      const double residual = c[j] - g(j, i) * (unit_ / gain_);
      square += residual * residual;
      g(j, i) = m_.scale[j] * residual;
    }
    residual_square[i] = square;
  }
}

}  // namespace akr
