// SPDX-License-Identifier: BSD-3-Clause
// The Gaussian part of an attention kernel. With l_i = s‖a_i‖²/2 and D = diag(e^{l_i}), K = D G D, where
// G_ij = exp(s⟨a_i, a_j⟩ − l_i − l_j) = exp(−s‖a_i − a_j‖²/2): unit diagonal, entries at most 1, whatever the norms
// are.
#pragma once

#include <vector>

#include "kernel/kernel.hpp"
#include "matrix/symmetric.hpp"

namespace akr {

class Gaussian final : public SymmetricOperator {
 public:
  // Refers to the kernel for its life.
  explicit Gaussian(const Kernel &kernel);

  const Buffer<double> &log_d() const { return log_d_; }  // l
  std::int64_t dim() const { return kernel_.dim(); }
  double largest_log_d() const { return largest_; }
  // The points about their mean, times √s, as unit vectors (dim x n), and the squares of their lengths.
  std::vector<double> centred_directions(View<double> out) const;

  void diagonal(Run &run, double *out) const override;
  void columns(Run &run, const std::int64_t *index, std::int64_t count, View<double> out) const override;
  void product(Run &run, View<const double> x, View<double> y) const override;

  // Keeps the upper half from now on, 4n² bytes, or 2n² in single precision, as an operator of its own: products with
  // it read it instead of making it again, those of product() still make it where it is kept in single.
  void store(Run &run, int bits);
  void drop();
  int stored_bits() const { return !tiles_.empty() ? 64 : !single_tiles_.empty() ? 32 : 0; }
  // By what is kept, at the precision it is kept in.
  void stored_product(Run &run, View<const double> x, View<double> y) const;
  static std::int64_t storage_bytes(std::int64_t n, int bits);
  // The block of diag(w) G diag(w) at (first_row, first_col) but for the diagonal, which is 1, on the calling thread;
  // at most linalg::task_gemm_size rows and columns. minus_log: l − log w, at least l.
  void block(const double *minus_log, std::int64_t first_row, std::int64_t first_col, View<double> out) const;

 private:
  template <class T>
  void store_tiles(Run &run, std::vector<Array2<T>> &tiles) const;
  template <class T>
  void tiles_product(Run &run, const std::vector<Array2<T>> &tiles, View<const double> x, View<double> y) const;

  const Kernel &kernel_;
  Buffer<double> log_d_;
  double largest_ = 0;
  std::vector<Array2<double>> tiles_;  // of the upper half, by columns of tiles
  std::vector<Array2<float>> single_tiles_;
};

}  // namespace akr
