// SPDX-License-Identifier: BSD-3-Clause
// The sparse sign sketch: every column of S holds ζ nonzeros ±1/√ζ in rows drawn without replacement.
#pragma once

#include <functional>

#include "sketch/sketch.hpp"

namespace akr {

// Rows [begin, end) of A as some rows of S add them up. The rows of S are taken 2^share_bits at a time; the entries of
// share k are entries[first[k]] … entries[first[k + 1] − 1], coded as the kernels want them: the sum counted from
// k·share, the row of A counted from begin, in increasing order of the rows.
struct SignLists {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  const std::uint32_t *first = nullptr;
  const std::uint32_t *entries = nullptr;
};

class SparseSignSketch final : public Sketch {
 public:
  explicit SparseSignSketch(const SketchSpec &spec);

  void accumulate(Run &run, const AnyPanel &panel, View<double> sa) const override;
  void apply_transpose(Run &run, View<const double> x, View<double> y) const override;

  double scale() const noexcept { return scale_; }  // 1/√ζ

  // The ζ positions of the nonzeros of column `row` of S, the sign in the topmost bit.
  void column(std::int64_t row, std::uint32_t *positions) const noexcept;

  // Calls visit(lists, count) for the rows [begin, end) of A in order, cut into runs of blocks of at most block_rows
  // (≤ 2^24) rows each; the lists are valid during the call, which may use the team. share_bits ≤ 7.
  void for_each_lists(Run &run, std::int64_t begin, std::int64_t end, std::int64_t block_rows, int share_bits,
                      const std::function<void(const SignLists *lists, std::int64_t count)> &visit) const;

 private:
  void build_lists(const SignLists &range, int share_bits, std::uint32_t *first, std::uint32_t *entries) const;
  // Some columns of A and some shares of the rows of S.
  struct Tile {
    std::int64_t col = 0;
    std::int64_t cols = 0;
    std::int64_t width = 0;
    std::int64_t first_share = 0;
    std::int64_t last_share = 0;
  };
  template <class T>
  void add_tile(const Panel<T> &panel, const Tile &tile, const SignLists *lists, std::int64_t count,
                View<double> sa) const;
  template <class T>
  void accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const;

  double scale_;
};

}  // namespace akr
