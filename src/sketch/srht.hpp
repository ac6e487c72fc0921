// SPDX-License-Identifier: BSD-3-Clause
// The block subsampled randomised trigonometric (or Hadamard) transform (Balabanov, Beaupère, Grigori, Lederer,
// arXiv 2210.11295), with a permutation inside each block that cures coherent matrices:
//   S = [S_1 … S_p],  S_i = √(r/m)·D̃_i P H D_i Π_i,
// for blocks of r rows, the last padded with zeros. P, a sample of rows without replacement, is shared by the blocks;
// the permutations Π_i and the signs D_i, D̃_i are independent. For m > r, ⌈m/r⌉ independent copies of about m/⌈m/r⌉
// rows each are stacked.
#pragma once

#include "base/memory.hpp"
#include "sketch/sketch.hpp"
#include "transform/transform.hpp"

namespace akr {

class SrhtSketch final : public Sketch {
 public:
  explicit SrhtSketch(const SketchSpec &spec);

  std::int64_t row_alignment() const noexcept override { return r_; }
  void accumulate(Run &run, const AnyPanel &panel, View<double> sa) const override;
  void apply_transpose(Run &run, View<const double> x, View<double> y) const override;

  // r: the least power of two that is at least m, within 2^11 … 2^14, and no larger than n needs.
  static std::int64_t block_rows(std::int64_t sketch_rows, std::int64_t rows) noexcept;

 private:
  // The random parts of some consecutive blocks.
  struct Tables {
    std::int64_t first_block = 0;
    std::int64_t blocks = 0;
    Buffer<std::uint32_t> inputs;   // blocks x copies x r: where each row goes, sign in the topmost bit
    Buffer<std::uint32_t> outputs;  // blocks x m: the place that goes out to each row of S, sign in the topmost bit
  };
  Tables make_tables(std::int64_t most_blocks) const;
  void fill_tables(Run &run, std::int64_t first_block, std::int64_t blocks, Tables &tables) const;
  void fill_inputs(std::int64_t block, std::int64_t copy, std::uint32_t *inputs) const;
  void fill_outputs(std::int64_t block, std::uint32_t *outputs) const;
  // Rows [copy_begin(k), copy_begin(k + 1)) of S are copy k's.
  std::int64_t copy_begin(std::int64_t copy) const noexcept { return spec().sketch_rows * copy / copies_; }

  template <class T>
  void accumulate_panel(Run &run, const Panel<T> &panel, View<double> sa) const;
  template <class T>
  void accumulate_by_columns(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const;
  template <class T>
  void accumulate_side_by_side(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const;
  template <class T>
  void scatter(const Panel<T> &rows, std::int64_t col, const std::uint32_t *inputs, Buffer<T> &copied,
               double *out) const;
  bool side_by_side(Run &run, std::int64_t cols) const;
  template <class T>
  void accumulate_by_blocks(Run &run, const Panel<T> &panel, const Tables &tables, View<double> sa) const;
  template <class T>
  void add_column(const T *column, std::int64_t rows, const Tables &tables, std::int64_t block, double *scratch,
                  double *sum) const;

  std::int64_t r_;
  std::int64_t copies_;
  double scale_;
  OrthonormalTransform<double> transform_;
  Buffer<std::uint32_t> samples_;  // m: the sampled rows of H, copy by copy, increasing within a copy
};

}  // namespace akr
