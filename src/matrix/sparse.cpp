// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/sparse.hpp"

#include <algorithm>
#include <cmath>

#include "base/long_sum.hpp"
#include "base/text.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

constexpr std::int64_t panel_bytes = 8 << 20;
constexpr std::int64_t least_chunk_entries = 1 << 15;
constexpr std::int64_t most_chunks = 16;
// Short sums: of at least so many rows, and of so many nonzeros an entry of the sum, that taking them over costs
// little.
constexpr std::int64_t least_rows_added = 64;
constexpr std::int64_t least_rows_filled = 64;
constexpr std::int64_t most_rows_added = 4096;
constexpr std::int64_t entries_per_sum = 8;

// A row's product with each side: in registers where their number is known.
template <int sides>
struct RowProducts {
  explicit RowProducts(std::int64_t) {}
  double &operator[](std::int64_t c) { return values[c]; }
  double values[sides] = {};
};
template <>
struct RowProducts<0> {
  explicit RowProducts(std::int64_t count) : values(count) {}
  double &operator[](std::int64_t c) { return values[c]; }
  Buffer<double> values;
};

}  // namespace

template <class T>
std::int64_t SparseMatrix<T>::bytes() const noexcept {
  return nnz_ * static_cast<std::int64_t>(sizeof(T) + static_cast<std::size_t>(index_bits_ / 8));
}

template <class T>
std::int64_t SparseMatrix<T>::rows_with(std::int64_t row, std::int64_t entries) const {
  const std::int64_t most = first_entry(row) + entries;
  std::int64_t end = row + 1,
               beyond = rows() + 1;  // first_entry(beyond) > most, with an entry more than all for row n + 1
  while (beyond - end > 1) {
    const std::int64_t middle = end + (beyond - end) / 2;
    (first_entry(middle) <= most ? end : beyond) = middle;
  }
  return end;
}

// Few enough chunks that adding their partial sums costs less than the products.
template <class T>
RowChunks SparseMatrix<T>::chunks(std::int64_t columns) const {
  const std::int64_t rows_per_chunk = std::max<std::int64_t>(
      8, least_chunk_entries * std::max<std::int64_t>(rows(), 1) / std::max<std::int64_t>(nnz_, 1));
  const std::int64_t affordable = std::max<std::int64_t>(2, nnz_ / std::max<std::int64_t>(4 * cols() * columns, 1));
  return RowChunks::split(rows(), rows_per_chunk, std::min(most_chunks, affordable));
}

// Vectors are held with their k components together, so that one visit of a nonzero serves all right-hand sides. One,
// the usual case, and two, of conjugate gradients with a probe beside them, have loops of their own: sides = 1 or 2 is
// known when they are compiled, 0 stands for any number.
template <class T>
template <int sides>
void SparseMatrix<T>::add_pass_of(Run &run, const PassRequest &request) const {
  const std::int64_t k = sides > 0 ? sides : request.b != nullptr ? request.b->cols() : request.x.cols;
  const std::int64_t d = cols();
  const bool has_x = request.x.data != nullptr;
  const bool wants_z = request.z.data != nullptr;
  Buffer<double> x(has_x ? d * k : 0);
  for (std::int64_t c = 0; has_x && c < k; ++c) {
    for (std::int64_t j = 0; j < d; ++j) x[j * k + c] = request.x(j, c);
  }
  const double sign = request.b != nullptr ? -1.0 : 1.0;
  const std::int64_t width = (wants_z ? d * k : 0) + k;
  Buffer<double> total(width, 0.0);
  const std::int64_t height =
      std::clamp(entries_per_sum * d * rows() / std::max<std::int64_t>(nnz_, 1), least_rows_added, most_rows_added);
  const auto add_rows = [&](std::int64_t begin, std::int64_t end, double *partial) {
    Array2<double> b(height, k, 0.0);
    RowProducts<sides> y(k);
    LongSums sums(width, partial);
    double *z = sums.terms();
    double *squares = z + (width - k);
    const double *xs = x.data();
    for (std::int64_t i0 = begin; i0 < end; i0 += height) {
      const std::int64_t i1 = std::min(i0 + height, end);
      for (std::int64_t c = 0; request.b != nullptr && c < k; ++c) request.b->load(i0, i1 - i0, c, b.col(c));
      for_each_row(i0, i1, [&](std::int64_t row, std::int64_t count, auto column, const T *values) {
        for (std::int64_t c = 0; c < k; ++c) y[c] = b(row - i0, c);
        if (has_x) {
          for (std::int64_t q = 0; q < count; ++q) {
            const double v = sign * static_cast<double>(values[q]);
            const double *xq = xs + column(q) * k;
            for (std::int64_t c = 0; c < k; ++c) y[c] += v * xq[c];
          }
        }
        for (std::int64_t c = 0; c < k; ++c) {
          squares[c] += y[c] * y[c];
          y[c] *= request.gain;
        }
        if (!wants_z) return;
        for (std::int64_t q = 0; q < count; ++q) {
          const double v = static_cast<double>(values[q]);
          double *zq = z + column(q) * k;
          for (std::int64_t c = 0; c < k; ++c) zq[c] += v * y[c];
        }
      });
      sums.take();
    }
    sums.finish();
  };
  run.reduction().sum(run.team(), chunks(k), width, total.data(), add_rows);
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t j = 0; wants_z && j < d; ++j) request.z(j, c) = total[j * k + c];
    if (request.sumsq != nullptr) request.sumsq[c] = total[width - k + c];
  }
}

template <class T>
void SparseMatrix<T>::add_pass(Run &run, const PassRequest &request) const {
  const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
  if (k == 1) {
    add_pass_of<1>(run, request);
  } else if (k == 2) {
    add_pass_of<2>(run, request);
  } else if (k > 1) {
    add_pass_of<0>(run, request);
  }
}

template <class T>
void SparseMatrix<T>::apply(Run &run, View<const double> x, View<double> y) const {
  const RowChunks parts = chunks(1);
  run.parallel(parts.count, [&](std::int64_t chunk, int) {
    for_each_row(parts.begin(chunk), parts.end(chunk),
                 [&](std::int64_t row, std::int64_t count, auto column, const T *values) {
                   for (std::int64_t c = 0; c < x.cols; ++c) {
                     double sum = 0;
                     for (std::int64_t q = 0; q < count; ++q) sum += static_cast<double>(values[q]) * x(column(q), c);
                     y(row, c) = sum;
                   }
                 });
  });
}

template <class T>
void SparseMatrix<T>::panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
                             const std::function<void(const AnyPanel &)> &visit) const {
  if (rows() == 0 || cols() == 0) return;
  const std::int64_t fitting = panel_bytes / (cols() * static_cast<std::int64_t>(sizeof(T)));
  std::int64_t height = preferred_rows > 0 ? preferred_rows : std::max<std::int64_t>(fitting, 64);
  height = std::min((height + alignment - 1) / alignment * alignment, rows());
  const std::int64_t ld = std::max<std::int64_t>(cols(), 2);
  Buffer<T> block(checked_product(height, ld));
  for (std::int64_t first = 0; first < rows(); first += height) {
    const std::int64_t count = std::min(height, rows() - first);
    const RowChunks parts = RowChunks::split(count, least_rows_filled, most_chunks);
    run.parallel(parts.count, [&](std::int64_t chunk, int) {
      const std::int64_t begin = first + parts.begin(chunk), end = first + parts.end(chunk);
      std::fill_n(block.data() + (begin - first) * ld, (end - begin) * ld, T{0});
      for_each_row(begin, end, [&](std::int64_t row, std::int64_t entries, auto column, const T *values) {
        T *target = block.data() + (row - first) * ld;
        for (std::int64_t q = 0; q < entries; ++q) target[column(q)] = values[q];
      });
    });
    visit(Panel<T>{block.data(), first, count, cols(), ld, 1});
    run.poll();
  }
}

template <class T>
void SparseMatrix<T>::check_finite(Run &run) const {
  const RowChunks parts = chunks(1);
  const auto &products = simd::block_products<T>();
  run.parallel(parts.count, [&](std::int64_t chunk, int) {
    const std::int64_t begin = parts.begin(chunk), end = parts.end(chunk);
    if (products.all_finite(first_entry(end) - first_entry(begin), values_ + first_entry(begin))) return;
    for_each_row(begin, end, [](std::int64_t row, std::int64_t count, auto column, const T *values) {
      for (std::int64_t q = 0; q < count; ++q) {
        if (std::isfinite(values[q])) continue;
        throw Error(Status::e_not_finite, text("A(", row, ", ", column(q), ") = ", static_cast<double>(values[q]),
                                               ": must be finite (rows and columns count from 0)"));
      }
    });
  });
}

template class SparseMatrix<double>;
template class SparseMatrix<float>;

}  // namespace akr
