// SPDX-License-Identifier: BSD-3-Clause
// G += AᵀA for block after block of rows, by products of 64 x 64 columns that each thread makes on its own: by the BLAS
// where it has kernels for small products (180 Gflop/s on two cores with AVX-512 at d = 100 to 1000, where dsyrk, whose
// threads meet at every turn, has 90 to 120), elsewhere by our own.
#pragma once

#include <cstdint>
#include <vector>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// What multiplies tiles, and so their form.
enum class TileProducts { blas, strips };

class BlockGram {
 public:
  // The quicker one for so many columns.
  static TileProducts best_products(std::int64_t cols);
  // Whether that beats the BLAS's own dsyrk.
  static bool pays(std::int64_t cols);
  // Rows for one add(): enough for the products to outweigh the sum's tiles, no more than a small part of A.
  static std::int64_t height(std::int64_t rows, std::int64_t cols);

  BlockGram(Run &run, View<double> g, std::int64_t all_rows, TileProducts products);

  // The rows [first, first + count) of the panel. With scale, powers of two, D A rounded to single takes the place of A
  // in the products and is scaled back in the sum, which is always in double.
  void add(const AnyPanel &panel, std::int64_t first, std::int64_t count, const double *scale);
  // Completes g; to be called before g is looked at.
  void flush();

 private:
  template <class W, class T>
  void add_typed(const Panel<T> &rows, const double *scale);
  template <class W, class T>
  void add_by_parts(const Panel<T> &rows, const double *scale);
  template <class W, class T>
  void add_by_tiles(const Panel<T> &rows, const double *scale);

  Run &run_;
  View<double> g_;
  bool strips_;
  // Few columns: each part of the rows has a sum of its own, so that a task packs what it multiplies.
  std::int64_t parts_ = 0;
  std::int64_t piece_ = 0;  // rows that a task packs at once
  std::int64_t turn_ = 0;   // the part that the next piece of rows goes to
  Array2<double> partial_;
  Buffer<double> packed_;
  Array2<double> products_;  // the tiles of a task, a column a worker
  bool flushed_ = true;
};

}  // namespace akr
