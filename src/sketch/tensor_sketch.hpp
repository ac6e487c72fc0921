// SPDX-License-Identifier: BSD-3-Clause
// Oblivious sketches of tensor powers, T_l x ≈ x^(⊗l) with E⟨T_l x, T_l y⟩ = ⟨x, y⟩^l, for all degrees l at once (Ahle,
// Kapralov, Knudsen, Pagh, Velingkar, Woodruff, Zandieh, SODA 2020; Song, Yin, Zhang, arXiv 2308.14304, section 6).
#pragma once

#include <cstdint>
#include <vector>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "base/view.hpp"

namespace akr {

// A binary tree of degree-2 tensor SRHTs, T(x ⊗ y) = m^(−1/2) P ((H D₁ x) ⊗ (H D₂ y)), P a sample of m pairs of
// entries. Its leaves hold x for the first l; a node with leaves on its left alone takes the value from there as it is,
// for x ⊗ e₁ is x: the degrees share the tree, and what is made of x alone. A vector costs O((leaves + degrees
// log(leaves)) r log r), r the inner dimension.
class TensorSketch {
 public:
  // rows[l]: rows of T_l; rows[0] must be 0. dim: of x.
  TensorSketch(std::uint64_t seed, std::int64_t dim, std::vector<std::int64_t> rows);

  std::int64_t rows() const { return total_; }
  // z (rows() x k) = [T_1 x; T_2 x; …] for the columns of x (dim x k).
  void apply(Run &run, View<const double> x, View<double> z) const;

 private:
  struct Node {
    Buffer<double> signs;               // D of this node's value in its parent's transform
    Buffer<std::uint32_t> left, right;  // pairs of entries that make this node's value; none for a leaf
  };
  struct Scratch;

  std::size_t number(int level, std::int64_t index) const;
  void draw_pairs(std::uint64_t seed, std::uint32_t block, std::int64_t count, Buffer<std::uint32_t> &left,
                  Buffer<std::uint32_t> &right) const;
  void value(int level, std::int64_t index, std::int64_t degree, Scratch &s, double *out) const;
  const double *transformed(int level, std::int64_t index, std::int64_t degree, Scratch &s) const;
  void apply(const double *x, double *z, Scratch &s) const;

  std::int64_t dim_;
  std::vector<std::int64_t> rows_;
  std::int64_t total_ = 0;
  std::int64_t inner_ = 1;   // r, a power of two
  int levels_ = 1;           // 2^levels leaves
  std::vector<Node> nodes_;  // level by level from the leaves, without the root
  std::vector<Node> roots_;  // pairs of the root for each degree
};

}  // namespace akr
