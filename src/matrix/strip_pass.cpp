// SPDX-License-Identifier: BSD-3-Clause
// All is transposed: with strips of eight right-hand sides as the left factor,  Yᵀ = gain (Bᵀ − Xᵀ Aᵀ)  and  Zᵀ += Yᵀ A
// are two products of one kind, and A, whose entries go into vectors one by one, may lie in memory either way. Rows of
// it are copied once, so that no two of its lines fall on one place of a cache, and read many times.
#include "matrix/strip_pass.hpp"

#include <algorithm>
#include <type_traits>

#include "base/long_sum.hpp"
#include "simd/dispatch.hpp"
#include "simd/tile_kernels.hpp"

namespace akr {

namespace {

constexpr std::int64_t strip = simd::strip_width<double>;
constexpr std::int64_t strips_for(std::int64_t sides) { return (sides + strip - 1) / strip; }

constexpr std::int64_t most_chunks = 32;
constexpr std::int64_t least_chunks = 4;
// The chunks' sums, d x k each, stay below a twentieth of A.
constexpr std::int64_t rows_for_a_side = 20;
// Rows that a task takes at once, as many as a tile of Yᵀ has, and columns of them: a slice stays in the second-level
// cache.
constexpr std::int64_t block_rows = simd::strip_rows;
constexpr std::int64_t slice_cols = 128;
constexpr std::int64_t most_rows_added = 512;  // in plain sums

std::int64_t chunk_count(std::int64_t rows, std::int64_t sides) {
  const std::int64_t count = std::min(most_chunks, rows / (rows_for_a_side * strip * strips_for(sides)));
  return count / 2 * 2;  // two threads end together
}

// A copy of some rows, slice by slice. Its lines begin an odd number of lines of the cache apart.
template <class T>
class RowsInSlices {
 public:
  struct Slice {
    const double *data;
    std::int64_t first, cols, row_stride, col_stride;
  };

  explicit RowsInSlices(const Panel<T> &panel)
      : cols_(panel.cols),
        by_rows_(panel.row_major()),
        pitch_((by_rows_ ? slice_cols : block_rows) + strip),
        slice_(pitch_ * (by_rows_ ? block_rows : std::min(slice_cols, panel.cols))),
        data_(slice_ * count()) {
    static_assert(slice_cols / strip % 2 == 0 && block_rows / strip % 2 == 0);
  }

  std::int64_t count() const { return (cols_ + slice_cols - 1) / slice_cols; }
  Slice slice(std::int64_t s) const {
    const std::int64_t first = s * slice_cols;
    return {data_.data() + s * slice_, first, std::min(slice_cols, cols_ - first), by_rows_ ? pitch_ : 1,
            by_rows_ ? 1 : pitch_};
  }
  void load(std::int64_t s, const Panel<T> &rows) {
    const Slice at = slice(s);
    const T *from = &rows(0, at.first);
    const std::int64_t lines = by_rows_ ? rows.rows : at.cols, length = by_rows_ ? at.cols : rows.rows;
    const std::int64_t stride = by_rows_ ? rows.row_stride : rows.col_stride;
    for (std::int64_t l = 0; l < lines; ++l) {
      std::copy_n(from + l * stride, length, data_.data() + s * slice_ + l * pitch_);
    }
  }

 private:
  std::int64_t cols_;
  bool by_rows_;
  std::int64_t pitch_;
  std::int64_t slice_;
  Buffer<double> data_;
};

template <class T>
class StripPass {
 public:
  StripPass(const Panel<T> &panel, const PassRequest &request, std::int64_t sides)
      : panel_(panel), request_(request), sides_(sides), strips_(strips_for(sides)) {
    if (request.x.data == nullptr) return;
    const double sign = request.b != nullptr ? -1 : 1;
    xt_ = Buffer<double>(strips_ * strip * panel.cols, 0.0);
    for (std::int64_t c = 0; c < sides; ++c) {
      double *to = xt_.data() + c / strip * strip * panel.cols + c % strip;
      for (std::int64_t j = 0; j < panel.cols; ++j) to[strip * j] = sign * request.x(j, c);
    }
  }

  // Zᵀ in strips, then the sums of squares.
  std::int64_t width() const { return strips_ * strip * (panel_.cols + 1); }

  void add(std::int64_t begin, std::int64_t end, double *partial) const {
    RowsInSlices<T> slices(panel_);
    Buffer<double> yt(strips_ * strip * block_rows);
    Array2<double> columns(block_rows + strip, std::min(sides_, block_rows));
    LongSums sums(width(), partial);
    std::int64_t added = 0;
    for (std::int64_t i = begin; i < end; i += block_rows) {
      const Panel<T> rows = panel_.row_block(i, std::min(block_rows, end - i));
      load(rows, columns, yt.data());
      residual(rows, slices, yt.data());
      finish(rows.rows, yt.data(), sums.terms() + strips_ * strip * panel_.cols);
      if (request_.z.data != nullptr) adjoint(rows.rows, slices, yt.data(), sums.terms());
      added += rows.rows;
      if (added < most_rows_added && i + block_rows < end) continue;
      sums.take();
      added = 0;
    }
    sums.finish();
  }

  void add_to_request(const double *total) const {
    for (std::int64_t c = 0; c < sides_; ++c) {
      const double *from = total + c / strip * strip * panel_.cols + c % strip;
      for (std::int64_t j = 0; request_.z.data != nullptr && j < panel_.cols; ++j) request_.z(j, c) += from[strip * j];
      if (request_.sumsq != nullptr) request_.sumsq[c] += total[strips_ * strip * panel_.cols + c];
    }
  }

 private:
  // yᵀ = Bᵀ.
  void load(const Panel<T> &rows, Array2<double> &columns, double *yt) const {
    if (request_.b == nullptr) {
      std::fill_n(yt, strips_ * strip * block_rows, 0.0);
      return;
    }
    for (std::int64_t c = 0; c < sides_; c += columns.cols()) {
      const std::int64_t some = std::min(columns.cols(), sides_ - c);
      for (std::int64_t q = 0; q < some; ++q) request_.b->load(rows.first_row, rows.rows, c + q, columns.col(q));
      simd::strip_pack(double(), double())(rows.rows, some, columns.data(), 1, columns.ld(), nullptr,
                                           yt + c * block_rows);
    }
  }

  // yᵀ ±= Xᵀ Aᵀ, and the rows are in slices then.
  void residual(const Panel<T> &rows, RowsInSlices<T> &slices, double *yt) const {
    for (std::int64_t s = 0; s < slices.count(); ++s) {
      slices.load(s, rows);
      if (xt_.size() == 0) continue;
      const auto a = slices.slice(s);
      product_(a.cols, strips_, rows.rows, xt_.data() + strip * a.first, strip * panel_.cols, a.data, a.col_stride,
               a.row_stride, yt, strip * block_rows);
    }
  }

  // The squares, and then the gain.
  void finish(std::int64_t rows, double *yt, double *square) const {
    for (std::int64_t s = 0; s < strips_; ++s) {
      double *y = yt + s * strip * block_rows, *sum = square + s * strip;
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t q = 0; q < strip; ++q) sum[q] += y[strip * i + q] * y[strip * i + q];
      }
      for (std::int64_t i = 0; request_.gain != 1 && i < strip * rows; ++i) y[i] *= request_.gain;
    }
  }

  // zᵀ += yᵀ A; the last slices, which are the nearest, first.
  void adjoint(std::int64_t rows, const RowsInSlices<T> &slices, const double *yt, double *zt) const {
    for (std::int64_t s = slices.count(); s-- > 0;) {
      const auto a = slices.slice(s);
      product_(rows, strips_, a.cols, yt, strip * block_rows, a.data, a.row_stride, a.col_stride, zt + strip * a.first,
               strip * panel_.cols);
    }
  }

  const Panel<T> &panel_;
  const PassRequest &request_;
  std::int64_t sides_, strips_;
  Buffer<double> xt_;
  simd::StripProduct product_ = simd::tile_kernels().strip_product;
};

}  // namespace

bool strip_pass_pays(std::int64_t rows, std::int64_t sides) {
  return simd::kernels().lanes >= 4 && chunk_count(rows, sides) >= least_chunks;
}

void add_strip_pass(Run &run, const AnyPanel &panel, const PassRequest &request) {
  std::visit(
      [&](const auto &p) {
        const std::int64_t sides = request.b != nullptr ? request.b->cols() : request.x.cols;
        const StripPass pass(p, request, sides);
        Buffer<double> total(pass.width(), 0.0);
        const RowChunks chunks = RowChunks::split(p.rows, 1, chunk_count(p.rows, sides));
        run.reduction().sum(
            run.team(), chunks, pass.width(), total.data(),
            [&](std::int64_t begin, std::int64_t end, double *partial) { pass.add(begin, end, partial); });
        pass.add_to_request(total.data());
      },
      panel);
}

}  // namespace akr
