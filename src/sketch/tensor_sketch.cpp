// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/tensor_sketch.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "transform/hadamard.hpp"

namespace akr {

namespace {

// The inner dimension where neither the vectors nor the rows ask for more or can do with less.
constexpr std::int64_t least_inner = 64;
constexpr std::int64_t most_inner = 512;
constexpr std::int64_t vectors_together = 32;

}  // namespace

// What one thread needs for one vector.
struct TensorSketch::Scratch {
  explicit Scratch(const TensorSketch &t)
      : full(t.inner_, static_cast<std::int64_t>(t.nodes_.size())),
        known(t.nodes_.size(), 0),
        mixed(t.inner_, t.levels_) {}

  const double *x = nullptr;
  Array2<double> full;      // H D v of each node whose leaves all hold x
  std::vector<char> known;  // which of them are made
  Array2<double> mixed;     // of the one node on each level that has both kinds of leaves
};

TensorSketch::TensorSketch(std::uint64_t seed, std::int64_t dim, std::vector<std::int64_t> rows)
    : dim_(dim), rows_(std::move(rows)) {
  std::int64_t most = 0;
  for (const std::int64_t r : rows_) {
    total_ += r;
    most = std::max(most, r);
  }
  while (inner_ < std::max(dim, std::clamp(2 * most, least_inner, most_inner))) inner_ *= 2;
  while ((std::int64_t{1} << levels_) < static_cast<std::int64_t>(rows_.size()) - 1) ++levels_;
  nodes_.resize(number(levels_, 0));
  for (int level = 0; level < levels_; ++level) {
    for (std::int64_t i = 0; i < std::int64_t{1} << (levels_ - level); ++i) {
      const std::size_t at = number(level, i);
      Node &node = nodes_[at];
      const RandomStream bits(seed, Purpose::tensor_signs, static_cast<std::uint32_t>(at));
      node.signs = Buffer<double>(inner_);
      for (std::int64_t k = 0; k < inner_; ++k) {
        const std::uint32_t word =
            bits.words(static_cast<std::uint64_t>(k / 128))[static_cast<std::size_t>(k / 32 % 4)];
        node.signs[k] = (word >> (k % 32) & 1U) != 0 ? -1 : 1;
      }
      if (level > 0) draw_pairs(seed, static_cast<std::uint32_t>(at), inner_, node.left, node.right);
    }
  }
  roots_.resize(rows_.size());
  for (std::size_t l = 1; l < rows_.size(); ++l) {
    draw_pairs(seed, static_cast<std::uint32_t>(nodes_.size() + l), rows_[l], roots_[l].left, roots_[l].right);
  }
}

// Leaves come first, then the level above them, …
std::size_t TensorSketch::number(int level, std::int64_t index) const {
  std::int64_t before = 0;
  for (int below = 0; below < level; ++below) before += std::int64_t{1} << (levels_ - below);
  return static_cast<std::size_t>(before + index);
}

void TensorSketch::draw_pairs(std::uint64_t seed, std::uint32_t block, std::int64_t count, Buffer<std::uint32_t> &left,
                              Buffer<std::uint32_t> &right) const {
  const RandomStream random(seed, Purpose::tensor_pairs, block);
  left = Buffer<std::uint32_t>(std::max<std::int64_t>(count, 1));
  right = Buffer<std::uint32_t>(std::max<std::int64_t>(count, 1));
  for (std::int64_t k = 0; k < count; ++k) {
    const auto words = random.words(static_cast<std::uint64_t>(k));
    left[k] = RandomStream::below(words[0], static_cast<std::uint32_t>(inner_));
    right[k] = RandomStream::below(words[1], static_cast<std::uint32_t>(inner_));
  }
}

// v of the node where the first `degree` leaves of the tree hold x, one of its own at least.
void TensorSketch::value(int level, std::int64_t index, std::int64_t degree, Scratch &s, double *out) const {
  if (level == 0) {
    std::copy_n(s.x, dim_, out);
    std::fill(out + dim_, out + inner_, 0.0);
    return;
  }
  const std::int64_t right_leaves = degree - (2 * index + 1) * (std::int64_t{1} << (level - 1));
  if (right_leaves <= 0) return value(level - 1, 2 * index, degree, s, out);
  const Node &node = nodes_[number(level, index)];
  const double *left = transformed(level - 1, 2 * index, degree, s);
  const double *right = transformed(level - 1, 2 * index + 1, degree, s);
  const double scale = 1 / std::sqrt(static_cast<double>(inner_));
  for (std::int64_t k = 0; k < inner_; ++k) out[k] = scale * left[node.left[k]] * right[node.right[k]];
}

// H D v.
const double *TensorSketch::transformed(int level, std::int64_t index, std::int64_t degree, Scratch &s) const {
  const std::size_t at = number(level, index);
  const std::int64_t width = std::int64_t{1} << level;
  const bool full = degree >= (index + 1) * width;
  double *out = full ? s.full.col(static_cast<std::int64_t>(at)) : s.mixed.col(level);
  if (full && s.known[at] != 0) return out;
  if (full) s.known[at] = 1;
  value(level, index, degree, s, out);
  const Buffer<double> &signs = nodes_[at].signs;
  for (std::int64_t k = 0; k < inner_; ++k) out[k] *= signs[k];
  hadamard_unscaled(inner_, out);
  return out;
}

void TensorSketch::apply(const double *x, double *z, Scratch &s) const {
  s.x = x;
  std::fill(s.known.begin(), s.known.end(), 0);
  for (std::size_t l = 1; l < rows_.size(); ++l) {
    if (rows_[l] == 0) continue;
    const auto degree = static_cast<std::int64_t>(l);
    const double *left = transformed(levels_ - 1, 0, degree, s);
    const double scale = 1 / std::sqrt(static_cast<double>(rows_[l]));
    for (std::int64_t k = 0; k < rows_[l]; ++k) z[k] = scale * left[roots_[l].left[k]];
    if (degree > std::int64_t{1} << (levels_ - 1)) {
      const double *right = transformed(levels_ - 1, 1, degree, s);
      for (std::int64_t k = 0; k < rows_[l]; ++k) z[k] *= right[roots_[l].right[k]];
    }
    z += rows_[l];
  }
}

void TensorSketch::apply(Run &run, View<const double> x, View<double> z) const {
  run.parallel((x.cols + vectors_together - 1) / vectors_together, [&](std::int64_t task, int) {
    Scratch scratch(*this);
    for (std::int64_t c = task * vectors_together; c < std::min(x.cols, (task + 1) * vectors_together); ++c) {
      apply(x.col(c), z.col(c), scratch);
    }
  });
}

}  // namespace akr
