// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/pair_pass.hpp"

#include <algorithm>

#include "simd/pair_kernels.hpp"

namespace akr {

namespace {

constexpr std::int64_t block_rows = 256;  // 4 KiB of pairs
constexpr std::int64_t most_chunks = 32;
constexpr std::int64_t least_chunk_entries = 1 << 14;

// Z as hi and lo, and sumsq, of the rows one task has: width 2dk + k.
class PairBlock {
 public:
  PairBlock(const PairPassRequest &request, std::int64_t d)
      : request_(request), d_(d), k_(request.x->cols()), hi_(block_rows), lo_(block_rows) {}

  template <class T>
  void add(const Panel<T> &block, double *partial) {
    for (std::int64_t c = 0; c < k_; ++c) {
      product(block, c);
      finish(block, c, partial[2 * d_ * k_ + c]);
      if (request_.z != nullptr) adjoint(block, partial + c * d_, partial + (k_ + c) * d_);
    }
  }

 private:
  // V = A x, in units.
  template <class T>
  void product(const Panel<T> &block, std::int64_t c) {
    const auto &kernels = simd::pair_products<T>();
    std::fill_n(hi_.data(), block.rows, 0.0);
    std::fill_n(lo_.data(), block.rows, 0.0);
    const double *x_hi = request_.x->hi.col(c);
    const double *x_lo = request_.x->lo.col(c);
    if (block.row_major()) {
      for (std::int64_t i = 0; i < block.rows; ++i) {
        double s[2] = {0, 0};
        kernels.dot(d_, block.data + i * block.row_stride, x_hi, x_lo, s);
        hi_[i] = s[0];
        lo_[i] = s[1];
      }
    } else {
      for (std::int64_t j = 0; j < d_; ++j) {
        kernels.axpy(block.rows, block.data + j * block.col_stride, x_hi[j], x_lo[j], hi_.data(), lo_.data());
      }
    }
  }

  template <class T>
  void finish(const Panel<T> &block, std::int64_t c, double &square) {
    Buffer<double> b(request_.b != nullptr ? block.rows : 0);
    if (request_.b != nullptr) request_.b->load(block.first_row, block.rows, c, b.data());
    for (std::int64_t i = 0; i < block.rows; ++i) {
      Pair v = two_sum(hi_[i], lo_[i]) * request_.unit;
      if (request_.b != nullptr) v = Pair{b[i], 0} - v;
      hi_[i] = v.hi;
      lo_[i] = v.lo;
      square += v.hi * v.hi;
      if (request_.v != nullptr) request_.v->set(block.first_row + i, c, v);
    }
  }

  template <class T>
  void adjoint(const Panel<T> &block, double *z_hi, double *z_lo) {
    const auto &kernels = simd::pair_products<T>();
    if (block.row_major()) {
      for (std::int64_t i = 0; i < block.rows; ++i) {
        kernels.axpy(d_, block.data + i * block.row_stride, hi_[i], lo_[i], z_hi, z_lo);
      }
      return;
    }
    for (std::int64_t j = 0; j < d_; ++j) {
      double s[2] = {z_hi[j], z_lo[j]};
      kernels.dot(block.rows, block.data + j * block.col_stride, hi_.data(), lo_.data(), s);
      z_hi[j] = s[0];
      z_lo[j] = s[1];
    }
  }

  const PairPassRequest &request_;
  std::int64_t d_;
  std::int64_t k_;
  Buffer<double> hi_;
  Buffer<double> lo_;
};

template <class T>
void panel_pass(Run &run, const Panel<T> &panel, const PairPassRequest &request) {
  const std::int64_t d = panel.cols;
  const std::int64_t k = request.x->cols();
  const std::int64_t width = 2 * d * k + k;
  const RowChunks chunks = RowChunks::split(
      panel.rows, std::max<std::int64_t>(64, least_chunk_entries / std::max<std::int64_t>(d, 1)), most_chunks);
  // The chunks' sums are pairs: they are added as such, in order.
  Array2<double> partials(width, chunks.count, 0.0);
  run.parallel(chunks.count, [&](std::int64_t chunk, int) {
    PairBlock block(request, d);
    for (std::int64_t i = chunks.begin(chunk); i < chunks.end(chunk); i += block_rows) {
      block.add(panel.row_block(i, std::min(block_rows, chunks.end(chunk) - i)), partials.col(chunk));
    }
  });
  for (std::int64_t chunk = 0; chunk < chunks.count; ++chunk) {
    const double *partial = partials.col(chunk);
    for (std::int64_t c = 0; c < k; ++c) {
      if (request.sumsq != nullptr) request.sumsq[c] += partial[2 * d * k + c];
      for (std::int64_t j = 0; request.z != nullptr && j < d; ++j) {
        const Pair part = two_sum(partial[c * d + j], partial[(k + c) * d + j]) * request.unit;
        request.z->set(j, c, (*request.z)(j, c) + part);
      }
    }
  }
}

}  // namespace

void pair_pass(Run &run, const Matrix &a, const PairPassRequest &request) {
  if (request.z != nullptr) {
    request.z->hi.fill(0);
    request.z->lo.fill(0);
  }
  if (request.sumsq != nullptr) std::fill_n(request.sumsq, request.x->cols(), 0.0);
  a.panels(run, 1, 0, [&](const AnyPanel &panel) {
    std::visit([&](const auto &p) { panel_pass(run, p, request); }, panel);
    run.poll();
  });
}

}  // namespace akr
