// SPDX-License-Identifier: BSD-3-Clause
#include "gram/stage.hpp"

#include <algorithm>
#include <cmath>

namespace akr {

bool Lookahead::holds(View<const double> x) const {
  if (scaled_x.rows() != x.rows || scaled_x.cols() != x.cols) return false;
  for (std::int64_t c = 0; c < x.cols; ++c) {
    if (!std::equal(x.col(c), x.col(c) + x.rows, scaled_x.col(c))) return false;
  }
  return true;
}

void GramStageProblem::product(View<const double> x, View<double> z, double *weight_square) {
  const Array2<double> vectors = original(x);
  PassRequest request;
  request.x = vectors.view();
  request.gain = gain_;
  request.z = z;
  request.sumsq = weight_square;
  a_.pass(run_, request);
  count_pass();
}

void GramStageProblem::product_and_look_ahead(View<const double> x, View<double> z, double *weight_square) {
  const std::int64_t k = x.cols;
  ahead_->scaled_x = ahead_->next_start(x);
  Array2<double> both(x.rows, 2 * k);
  Array2<double> products(x.rows, 2 * k);
  std::vector<double> squares(static_cast<std::size_t>(2 * k));
  for (std::int64_t c = 0; c < k; ++c) {
    std::copy_n(x.col(c), x.rows, both.col(c));
    std::copy_n(ahead_->scaled_x.col(c), x.rows, both.col(k + c));
  }
  product(both.view(), products.view(), squares.data());
  ahead_->product = Array2<double>(x.rows, k);
  for (std::int64_t c = 0; c < k; ++c) {
    std::copy_n(products.col(c), x.rows, z.col(c));
    std::copy_n(products.col(k + c), x.rows, ahead_->product.col(c));
  }
  std::copy_n(squares.data(), k, weight_square);
  ahead_->weight_square.assign(squares.begin() + k, squares.end());
}

void GramStageProblem::gradient(const std::vector<std::int64_t> &columns, View<const double> x, View<double> g,
                                double *residual_square, double *weight_square) {
  if (ahead_ != nullptr && ahead_->holds(x)) {
    for (std::int64_t c = 0; c < x.cols; ++c) std::copy_n(ahead_->product.col(c), x.rows, g.col(c));
    std::copy(ahead_->weight_square.begin(), ahead_->weight_square.end(), weight_square);
  } else if (ahead_ != nullptr && ahead_->next_start && evaluations_ > 0 && x.cols == c_.cols) {
    product_and_look_ahead(x, g, weight_square);
  } else {
    product(x, g, weight_square);
  }
  ++evaluations_;
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
