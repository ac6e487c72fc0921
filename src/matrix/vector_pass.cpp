// SPDX-License-Identifier: BSD-3-Clause
// The pass for few right-hand sides, by products with vectors. It uses A twice and reads it once: a block of rows stays
// in cache between b - A x and its product with Aᵀ.
#include "matrix/vector_pass.hpp"

#include <algorithm>

#include "base/long_sum.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

// Two column-major blocks are in cache at once, and each has a piece of every column; short pieces keep memory waiting.
// Bytes: those of a block, that a good piece may raise to most_bytes; and those of a piece.
struct ColumnBlocks {
  std::int64_t bytes, most_bytes, good_piece, least_piece, most_piece;
};
// Processors with AVX-512 have a second-level cache of 1 MiB or more, for two blocks and what is on its way.
constexpr ColumnBlocks in_second_level = {192 << 10, 256 << 10, 384, 256, 16 << 10};
// That of others has 256 or 512 KiB, too little for good pieces anyway: then the third level takes longer ones.
constexpr ColumnBlocks in_third_level = {1 << 20, 1 << 20, 768, 768, 4 << 10};
constexpr std::int64_t row_block_bytes = 24 << 10;
constexpr std::int64_t most_row_block = 64;
// Sums over blocks of so many rows together are plain ones.
constexpr std::int64_t rows_added = 64;
// Rows of so many bytes the processor sees coming by itself.
constexpr std::int64_t long_row_bytes = 4096;
// A chunk of the reduction holds at least this many entries of A; there are at most so many chunks.
constexpr std::int64_t least_chunk_entries = 1 << 16;
constexpr std::int64_t most_chunks = 32;

template <class T>
std::int64_t row_bytes(const Panel<T> &p) {
  return std::max<std::int64_t>(1, p.cols) * static_cast<std::int64_t>(sizeof(T));
}

template <class T>
std::int64_t block_rows(const Panel<T> &p) {
  const std::int64_t bytes = row_bytes(p);
  if (p.row_major()) {
    const std::int64_t wanted = bytes >= long_row_bytes ? 2 * row_block_bytes : row_block_bytes;
    return std::clamp<std::int64_t>(wanted / bytes / 4 * 4, 8, most_row_block);
  }
  const ColumnBlocks &blocks = simd::kernels().lanes == 8 ? in_second_level : in_third_level;
  constexpr std::int64_t size = sizeof(T);
  const bool good = blocks.good_piece / size * bytes <= blocks.most_bytes;
  const std::int64_t least = (good ? blocks.good_piece : blocks.least_piece) / size;
  return std::clamp<std::int64_t>(blocks.bytes / bytes / 16 * 16, least, blocks.most_piece / size);
}

// The row-major block that comes next, of which one half is fetched during A x and the other during Aᵀ y.
template <class T>
struct NextBlock {
  simd::Fetch<T> during_apply, during_adjoint;

  NextBlock() = default;
  NextBlock(const Panel<T> &block, std::int64_t rows) {
    // Pieces are counted for a block as high as this one.
    if (!block.row_major() || rows < block.rows || row_bytes(block) >= long_row_bytes) return;
    const T *first = &block(0, 0) + block.rows * block.row_stride;
    const std::int64_t half = block.rows / 4 * 2;
    during_apply = {first, 2, block.cols, block.row_stride};
    during_adjoint = {first + half * block.row_stride, 2, block.cols, block.row_stride};
  }
};

// Sums of Z and of the squares over some rows, for each of the k right-hand sides.
template <class T>
class VectorPass {
 public:
  VectorPass(const Panel<T> &panel, const PassRequest &request)
      : panel_(panel),
        request_(request),
        k_(request.b != nullptr ? request.b->cols() : request.x.cols),
        height_(block_rows(panel)),
        wants_z_(request.z.data != nullptr) {}

  // Z, then the sums of squares.
  std::int64_t width() const { return (wants_z_ ? panel_.cols * k_ : 0) + k_; }

  void add(std::int64_t begin, std::int64_t end, double *partial) const {
    if (!panel_.row_major() && wants_z_ && has_x()) {
      add_sheared(begin, end, partial);
    } else {
      add_by_blocks(begin, end, partial);
    }
  }

 private:
  bool has_x() const { return request_.x.data != nullptr; }
  double sign() const { return request_.b != nullptr ? -1.0 : 1.0; }

  // y = b, or 0.
  void load(const Panel<T> &block, std::int64_t c, double *y) const {
    if (request_.b != nullptr) {
      request_.b->load(block.first_row, block.rows, c, y);
    } else {
      std::fill_n(y, block.rows, 0.0);
    }
  }
  // y *= gain; Σ y² before.
  double finish(std::int64_t rows, double *y) const {
    const double square = simd::sum_of_squares(rows, y);
    for (std::int64_t i = 0; request_.gain != 1 && i < rows; ++i) y[i] *= request_.gain;
    return square;
  }

  static void take_if_many(LongSums &sums, std::int64_t rows, std::int64_t &added) {
    added += rows;
    if (added < rows_added) return;
    sums.take();
    added = 0;
  }

  void add_by_blocks(std::int64_t begin, std::int64_t end, double *partial) const {
    const auto &products = simd::block_products<T>();
    Buffer<double> y(height_);
    LongSums sums(width(), partial);
    std::int64_t added = 0;
    for (std::int64_t i = begin; i < end; i += height_) {
      const Panel<T> block = panel_.row_block(i, std::min(height_, end - i));
      const NextBlock<T> following(block, std::min(height_, end - i - block.rows));
      for (std::int64_t c = 0; c < k_; ++c) {
        const NextBlock<T> next = c + 1 == k_ ? following : NextBlock<T>();
        load(block, c, y.data());
        if (has_x() && block.row_major()) {
          products.dot_lines(block.cols, block.rows, block.data, block.row_stride, request_.x.col(c), sign(), y.data(),
                             next.during_apply);
        } else if (has_x()) {
          products.add_lines(block.rows, block.cols, block.data, block.col_stride, request_.x.col(c), sign(), y.data(),
                             {});
        }
        sums.terms()[width() - k_ + c] += finish(block.rows, y.data());
        double *z = wants_z_ ? sums.terms() + c * block.cols : nullptr;
        if (wants_z_ && block.row_major()) {
          products.add_lines(block.cols, block.rows, block.data, block.row_stride, y.data(), 1.0, z,
                             next.during_adjoint);
        } else if (wants_z_) {
          products.dot_lines(block.rows, block.cols, block.data, block.col_stride, y.data(), 1.0, z, {});
        }
      }
      take_if_many(sums, block.rows, added);
    }
    sums.take();
    sums.finish();
  }

  // A x of each block together with Aᵀ y of the block above.
  void add_sheared(std::int64_t begin, std::int64_t end, double *partial) const {
    const auto &products = simd::block_products<T>();
    const std::int64_t d = panel_.cols;
    Array2<double> y(height_, k_), above(height_, k_);
    std::int64_t rows_above = 0;
    LongSums sums(width(), partial);
    std::int64_t added = 0;
    for (std::int64_t i = begin; i < end; i += height_) {
      const Panel<T> block = panel_.row_block(i, std::min(height_, end - i));
      for (std::int64_t c = 0; c < k_; ++c) {
        const std::int64_t next = c + 1 == k_ ? std::min(height_, end - i - block.rows) : 0;
        load(block, c, y.col(c));
        products.apply_and_adjoint(block.rows, d, block.data, block.col_stride, request_.x.col(c), sign(), y.col(c),
                                   rows_above, above.col(c), sums.terms() + c * d, next);
        sums.terms()[width() - k_ + c] += finish(block.rows, y.col(c));
      }
      take_if_many(sums, block.rows, added);
      std::swap(y, above);
      rows_above = block.rows;
    }
    const Panel<T> last = panel_.row_block(end - rows_above, rows_above);
    for (std::int64_t c = 0; c < k_; ++c) {
      products.dot_lines(last.rows, d, last.data, last.col_stride, above.col(c), 1.0, sums.terms() + c * d, {});
    }
    sums.take();
    sums.finish();
  }

  const Panel<T> &panel_;
  const PassRequest &request_;
  std::int64_t k_;
  std::int64_t height_;
  bool wants_z_;
};

}  // namespace

RowChunks vector_pass_chunks(std::int64_t rows, std::int64_t cols, std::int64_t sides) {
  const std::int64_t least = std::max<std::int64_t>(64, least_chunk_entries / std::max<std::int64_t>(cols, 1));
  const double bytes = sizeof(double) * static_cast<double>(rows) * static_cast<double>(cols);
  return RowChunks::split(rows, least, most_chunks, static_cast<double>(sides) * bytes / bytes_a_second);
}

void add_vector_pass(Run &run, const AnyPanel &panel, const PassRequest &request) {
  std::visit(
      [&](const auto &p) {
        const VectorPass pass(p, request);
        const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
        Buffer<double> total(pass.width(), 0.0);
        run.reduction().sum(
            run.team(), vector_pass_chunks(p.rows, p.cols, k), pass.width(), total.data(),
            [&](std::int64_t begin, std::int64_t end, double *partial) { pass.add(begin, end, partial); });
        for (std::int64_t c = 0; c < k; ++c) {
          for (std::int64_t j = 0; request.z.data != nullptr && j < p.cols; ++j)
            request.z(j, c) += total[c * p.cols + j];
          if (request.sumsq != nullptr) request.sumsq[c] += total[pass.width() - k + c];
        }
      },
      panel);
}

}  // namespace akr
