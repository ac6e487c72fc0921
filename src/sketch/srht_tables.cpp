// SPDX-License-Identifier: BSD-3-Clause
// The random parts of the block SRHT. Counters: the block is the stream's block, the copy the upper half of the index.
#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.hpp"
#include "base/status.hpp"
#include "base/text.hpp"
#include "simd/sketch_kernels.hpp"
#include "sketch/srht.hpp"

namespace akr {

namespace {

// The words of a stream one after the other, `copy` setting the upper half of the counter.
class Words {
 public:
  Words(std::uint64_t seed, Purpose purpose, std::int64_t block, std::int64_t copy)
      : stream_(seed, purpose, static_cast<std::uint32_t>(block)), index_(static_cast<std::uint64_t>(copy) << 32) {}

  std::uint32_t next() noexcept {
    if (used_ == 4) {
      words_ = stream_.words(index_++);
      used_ = 0;
    }
    return words_[used_++];
  }

 private:
  RandomStream stream_;
  std::uint64_t index_;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

// values[i] gets the i-th bit of the stream as its sign.
void add_signs(Words words, std::int64_t count, std::uint32_t *values) {
  for (std::int64_t i = 0; i < count; i += 32) {
    std::uint32_t bits = words.next();
    const std::int64_t end = std::min(i + 32, count);
    for (std::int64_t k = i; k < end; ++k, bits >>= 1) values[k] |= bits << 31;
  }
}

std::int64_t power_of_two_from(std::int64_t least) {
  std::int64_t power = 1;
  while (power < least) power *= 2;
  return power;
}

TransformKind kind_of(Transform transform) {
  switch (transform) {
    case Transform::hartley:
      return TransformKind::hartley;
    case Transform::cosine:
      return TransformKind::cosine;
    case Transform::hadamard:
      break;
  }
  return TransformKind::hadamard;
}

}  // namespace

std::int64_t SrhtSketch::block_rows(std::int64_t sketch_rows, std::int64_t rows) noexcept {
  const std::int64_t wanted = power_of_two_from(std::clamp<std::int64_t>(sketch_rows, 2048, largest_transform));
  return std::min(wanted, power_of_two_from(std::min(rows, largest_transform)));
}

SrhtSketch::SrhtSketch(const SketchSpec &spec)
    : Sketch(spec),
      r_(block_rows(spec.sketch_rows, spec.rows)),
      copies_((spec.sketch_rows + r_ - 1) / r_),
      scale_(0),
      transform_(kind_of(spec.transform), r_),
      samples_(spec.sketch_rows) {
  if (spec.rows / r_ >= std::int64_t{1} << 32) {
    throw Error(Status::e_unsupported,
                text("rows = ", spec.rows, ": an SRHT has at most 2^32 blocks of ", r_, " rows"));
  }
  scale_ = transform_.scale() * std::sqrt(static_cast<double>(r_) / static_cast<double>(spec.sketch_rows));
  std::vector<std::uint32_t> places(static_cast<std::size_t>(r_));
  for (std::int64_t copy = 0; copy < copies_; ++copy) {
    std::iota(places.begin(), places.end(), 0u);
    std::uint32_t *begin = samples_.data() + copy_begin(copy);
    std::uint32_t *end = samples_.data() + copy_begin(copy + 1);
    Words words(spec.seed, Purpose::srht_rows, 0, copy);
    std::size_t taken = 0;
    for (std::uint32_t *p = begin; p != end; ++p, ++taken) {
      const std::uint32_t left = static_cast<std::uint32_t>(places.size() - taken);
      std::swap(places[taken], places[taken + RandomStream::below(words.next(), left)]);
      *p = places[taken];
    }
    std::sort(begin, end);
  }
}

// Fisher–Yates, then the signs D.
void SrhtSketch::fill_inputs(std::int64_t block, std::int64_t copy, std::uint32_t *inputs) const {
  std::iota(inputs, inputs + r_, 0u);
  Words words(spec().seed, Purpose::srht_permutation, block, copy);
  for (std::int64_t i = r_ - 1; i > 0; --i) {
    std::swap(inputs[i], inputs[RandomStream::below(words.next(), static_cast<std::uint32_t>(i) + 1)]);
  }
  add_signs(Words(spec().seed, Purpose::srht_signs, block, copy), r_, inputs);
}

void SrhtSketch::fill_outputs(std::int64_t block, std::uint32_t *outputs) const {
  std::copy_n(samples_.data(), samples_.size(), outputs);
  add_signs(Words(spec().seed, Purpose::srht_output_signs, block, 0), samples_.size(), outputs);
}

// As many blocks as 2^16 rows hold, for all copies together: 256 KiB and the outputs.
SrhtSketch::Tables SrhtSketch::make_tables(std::int64_t most_blocks) const {
  Tables tables;
  const std::int64_t held = std::max<std::int64_t>((std::int64_t{1} << 16) / (r_ * copies_), 1);
  tables.blocks = std::min(most_blocks, held);
  tables.inputs = Buffer<std::uint32_t>(tables.blocks * copies_ * r_);
  tables.outputs = Buffer<std::uint32_t>(tables.blocks * spec().sketch_rows);
  return tables;
}

void SrhtSketch::fill_tables(Run &run, std::int64_t first_block, std::int64_t blocks, Tables &tables) const {
  tables.first_block = first_block;
  tables.blocks = blocks;
  run.parallel(blocks * copies_, [&](std::int64_t task, int) {
    fill_inputs(first_block + task / copies_, task % copies_, tables.inputs.data() + task * r_);
    if (task % copies_ == 0) {
      fill_outputs(first_block + task / copies_, tables.outputs.data() + task / copies_ * spec().sketch_rows);
    }
  });
}

}  // namespace akr
