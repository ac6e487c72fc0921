// SPDX-License-Identifier: BSD-3-Clause
// G += AᵀA, and AᵀB beside it, block after block of rows, by our own products of 64 x 64 columns
// (simd/tile_kernels.hpp). Each task packs what it multiplies and adds to a sum that is its own: nothing is handed from
// one core to another, which takes as long as packing it ten times where their caches are far apart.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// Rows [first, first + count) of a panel.
struct RowRange {
  std::int64_t first, count;
};

// Which columns of the upper triangle of G a sum goes to: half of them, up to whole tiles, or those on their right.
enum class GramColumns { all, leading, rest };
std::int64_t leading_gram_columns(std::int64_t cols);

class BlockGram {
 public:
  // Whether that beats the BLAS's own dsyrk.
  static bool pays(std::int64_t cols);
  // Rows for one add(), with so many right-hand sides: the work of a part of a second.
  static std::int64_t height(std::int64_t cols, std::int64_t sides);

  // Adds to the upper triangle of g; where b is given, AᵀB to atb. What is added in all has all_rows rows.
  BlockGram(Run &run, View<double> g, const RightSides *b, View<double> atb, std::int64_t all_rows);

  // Those rows of the panel, at once: the threads meet at the end. With scale, powers of two, D A rounded to single
  // takes the place of A in the products and is scaled back in the sum, which is always in double. AᵀB gets the same
  // columns' rows. Of rows of which the leading columns alone were added, the rest must be too,
  // unless g and AᵀB begin again with zeros.
  void add(const AnyPanel &panel, const std::vector<RowRange> &ranges, const double *scale,
           GramColumns columns = GramColumns::all);
  // Completes g and atb; to be called before they are looked at.
  void flush();

 private:
  struct Share;  // of a task: the columns of some tiles, and the sums that they go to
  // Rows that a task packs at once.
  template <class W>
  std::int64_t piece_of() const {
    return std::is_same_v<W, float> ? 2 * piece_ : piece_;
  }
  template <class W, class T>
  void add_typed(const Panel<T> &panel, const std::vector<RowRange> &ranges, const double *scale);
  template <class W, class T>
  void add_share(const Panel<T> &rows, const double *scale, Share &share, int worker);
  template <class W>
  void add_tile(std::int64_t i, std::int64_t j, std::int64_t rows, const W *packed, const double *scale, bool first,
                View<double> sum) const;
  template <class T>
  void add_adjoint(const Panel<T> &rows, const Share &share, int worker);
  template <class T>
  void add_adjoint_by_tiles(const Panel<T> &rows, const double *tiles, const Share &share, int worker);

  Run &run_;
  View<double> g_;
  const RightSides *b_;
  View<double> atb_;
  // The rows are cut into parts, each with sums of its own, and the columns into groups of tiles with about as many
  // products each: a task is a part and a group. The parts do not depend on the threads, so that the sums don't.
  std::int64_t parts_;
  GramColumns columns_ = GramColumns::all;  // of the sums since the last flush
  std::vector<std::int64_t> groups_;        // the first tile of each of their groups, and the end of the last
  std::int64_t piece_;                      // rows in double that a task packs at once
  std::int64_t turn_ = 0;                   // the part that takes the next rows, where they are too few for all
  std::vector<char> fresh_;                 // parts whose sums hold nothing yet
  Array2<double> partial_;                  // sums of parts, side by side; none for a single part: that is g
  Array2<double> partial_atb_;
  std::vector<Buffer<double>> packed_;  // of each worker
  // Of each worker: columns of B, the same in strips, and a tile of A in double where others are in single.
  struct Sides {
    Buffer<double> columns, packed, left;
  };
  std::vector<Sides> sides_;
};

}  // namespace akr
