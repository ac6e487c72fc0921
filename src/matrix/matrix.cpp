// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/matrix.hpp"

#include <algorithm>

namespace akr {

void Matrix::pass(Run &run, const PassRequest &request) const {
  const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
  if (request.z.data != nullptr) {
    for (std::int64_t c = 0; c < request.z.cols; ++c) std::fill_n(request.z.col(c), request.z.rows, 0.0);
  }
  if (request.sumsq != nullptr) std::fill_n(request.sumsq, k, 0.0);
  add_pass(run, request);
  // The sums over the rows held here are complete.
  if (request.z.data != nullptr) {
    for (std::int64_t c = 0; c < request.z.cols; ++c) run.reduction().combine(request.z.col(c), request.z.rows);
  }
  if (request.sumsq != nullptr) run.reduction().combine(request.sumsq, k);
}

}  // namespace akr
