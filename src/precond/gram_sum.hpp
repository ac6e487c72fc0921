// SPDX-License-Identifier: BSD-3-Clause
// The Gram matrix as a running sum over blocks of rows, with AᵀB beside it while a block is in cache.
#pragma once

#include <optional>
#include <vector>

#include "matrix/panel_block.hpp"
#include "precond/block_gram.hpp"
#include "precond/gram.hpp"

namespace akr {

class GramSum {
 public:
  // Whether AᵀB is best made here; else a pass of its own is quicker, though A is read once more.
  static bool takes_sides(std::int64_t cols, std::int64_t sides);

  // Adds to the upper triangle of g and to request.atb. all_rows is for the progress report.
  GramSum(Run &run, View<double> g, const GramRequest &request, std::int64_t all_rows);

  // Those rows of the panel. Of rows of which the leading columns alone were added, the rest must be,
  // unless g and AᵀB begin again with zeros.
  void add(const AnyPanel &panel, const std::vector<RowRange> &ranges, GramColumns columns = GramColumns::all);
  // Those of the diagonal that the leading columns of those rows lack.
  void add_squares(const AnyPanel &panel, const std::vector<RowRange> &ranges);
  // From now on products are formed in single precision.
  void continue_in_single() { single_ = true; }
  // Completes g; call it before g is looked at.
  void flush();

 private:
  void add_batch(const AnyPanel &panel, const std::vector<RowRange> &batch, GramColumns columns);
  void add_block(const AnyPanel &panel, const RowRange &rows, GramColumns columns);
  void add_adjoint(const AnyPanel &panel, std::int64_t first, std::int64_t count);
  void add_single(const AnyPanel &panel, std::int64_t first, std::int64_t count);
  template <class T>
  View<const float> in_single(const Panel<T> &rows);

  Run &run_;
  View<double> g_;
  const GramRequest request_;
  std::int64_t all_rows_;
  std::int64_t height_;
  std::int64_t done_ = 0;
  bool single_ = false;
  std::optional<BlockGram> blocks_;  // in place of the BLAS's own routine, where it is faster
  PanelBlock block_;
  Array2<double> sides_;   // the rows of B that go with a block
  Array2<float> partial_;  // D G D of the rows since the last flush
  Buffer<float> rows_;     // a block, scaled and rounded
  std::int64_t unflushed_ = 0;
};

}  // namespace akr
