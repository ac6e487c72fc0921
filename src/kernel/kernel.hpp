// SPDX-License-Identifier: BSD-3-Clause
// K = exp(s A Aᵀ), exp entrywise, for n points of dimension d: kept as the points alone, never as n² numbers.
#pragma once

#include <cstdint>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "config/call.hpp"
#include "matrix/matrix.hpp"

namespace akr {

class Kernel {
 public:
  // A copy of the points in double, times √s. Throws Error(e_not_finite) naming a NaN or infinity where `check` is set,
  // and Error(e_numeric) where s‖a‖² overflows. points: n x dim.
  Kernel(const AnyPanel &points, double scale, bool check);

  std::int64_t points() const { return packed_.cols(); }
  std::int64_t dim() const { return packed_.rows(); }
  int bits() const { return bits_; }
  double scale() const { return scale_; }

  // dim x n: √s a_i, a column a point. Its Gram matrix holds the exponents.
  View<const double> packed() const { return packed_.view(); }
  // out(i, c) = s⟨a_(first + i), q_c⟩ for queries q_c, √s times each a column, on the calling thread; first a multiple
  // of linalg::task_gemm_size, at most as many rows and columns.
  void exponents(std::int64_t first, View<const double> queries, View<double> out) const;
  // The largest exponent, max s‖a_i‖².
  double largest_exponent() const { return largest_; }

 private:
  int bits_;
  double scale_;
  double largest_ = 0;
  Array2<double> packed_;
  // The points again, task_gemm_size x dim of them in each column: the form of a left factor that BLAS does best, and
  // with no power of two between the columns of a block.
  Array2<double> left_blocks_;
};

// √s times the points of a panel, dim x rows.
Array2<double> packed_points(const AnyPanel &points, double scale);
// Throws Error(e_not_finite) naming the first NaN or infinity of an array of the caller's.
void check_array_finite(const char *name, const AnyPanel &array);

// Y = K X. Where some entry of K X is outside the range of a double, Y = e^(−log_scale) K X with the common log_scale
// that brings the largest entry near 1, and the status is precision_limit. Sets passes and, then, kernel.log_scale.
Status kernel_product(Call &call, const Kernel &k, View<const double> x, View<double> y);

// y_q = Σ_i exp(s⟨q, a_i⟩) x_i for the queries (a row each), over Σ_i exp(s⟨q, a_i⟩) where normalize is set; else
// scaled as in kernel_product.
Status kernel_predict(Call &call, const Kernel &k, bool normalize, const AnyPanel &queries, View<const double> x,
                      View<double> y);

}  // namespace akr
