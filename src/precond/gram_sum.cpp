// SPDX-License-Identifier: BSD-3-Clause
#include "precond/gram_sum.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "matrix/dense_pass.hpp"
#include "simd/dispatch.hpp"

namespace akr {

namespace {

using linalg::Op;

// A block is read from memory once and from cache after that; the cancel flag is read between two of them.
constexpr std::int64_t block_entries = 1 << 20;
// Whole multiples of what the BLAS sums at once: 262 rows took a third longer than 256 or 1024 at d = 4000.
constexpr std::int64_t least_rows = 1024;
constexpr std::int64_t most_rows = 4096;
// With so many columns a block is in no cache anyway, and G is read and written once for each: 4096 rows in place of
// 1024 took a twelfth less at 20000 x 4000, and a twentieth at 30000 x 2000. A copy stays below an eighth of A, and the
// work between two looks at the cancel flag below a second.
constexpr std::int64_t many_cols = 2000;
constexpr double most_block_flops = 64e9;
constexpr std::int64_t blocks_of_all = 8;
constexpr std::int64_t rows_at_once = 256;
// Rows whose products are summed in single precision before they go to the sum in double.
constexpr std::int64_t single_rows = 8192;
constexpr std::int64_t task_columns = 32;
// Tasks of consecutive columns (lines, where lines are columns).
std::int64_t tasks_for(std::int64_t lines) { return (lines + task_columns - 1) / task_columns; }

std::int64_t block_rows(std::int64_t rows, std::int64_t cols) {
  const double row = static_cast<double>(std::max<std::int64_t>(cols, 1));
  const std::int64_t wanted =
      cols >= many_cols ? std::min(static_cast<std::int64_t>(most_block_flops / (row * row)), rows / blocks_of_all)
                        : block_entries / std::max<std::int64_t>(cols, 1);
  return std::clamp(wanted / rows_at_once * rows_at_once, least_rows, most_rows);
}

AnyPanel columns_of(const AnyPanel &panel, std::int64_t first, std::int64_t count) {
  return std::visit([&](const auto &p) { return AnyPanel(p.column_block(first, count)); }, panel);
}

}  // namespace

// Beside the BLAS's AᵀA they would go one by one.
bool GramSum::takes_sides(std::int64_t cols, std::int64_t sides) { return sides < many_sides || BlockGram::pays(cols); }

GramSum::GramSum(Run &run, View<double> g, const GramRequest &request, std::int64_t all_rows)
    : run_(run), g_(g), request_(request), all_rows_(all_rows), height_(block_rows(all_rows, g.cols)) {
  if (BlockGram::pays(g.cols)) {
    blocks_.emplace(run, g, request.b, request.atb, all_rows);
    height_ = BlockGram::height(g.cols, request.b != nullptr ? request.b->cols() : 0);
  } else if (request.b != nullptr) {
    sides_ = Array2<double>(std::min(height_, all_rows), request.b->cols());
  }
}

// In batches of height_ rows, each of them followed by a report.
void GramSum::add(const AnyPanel &panel, const std::vector<RowRange> &ranges, GramColumns columns) {
  std::vector<RowRange> batch;
  std::int64_t rows = 0;
  const auto add_what_there_is = [&] {
    if (rows == 0) return;
    add_batch(panel, batch, columns);
    if (columns != GramColumns::leading) done_ += rows;
    run_.monitor().advance(static_cast<double>(done_) / static_cast<double>(all_rows_));
    run_.poll();
    batch.clear();
    rows = 0;
  };
  for (RowRange range : ranges) {
    while (range.count > 0) {
      const std::int64_t some = std::min(range.count, height_ - rows);
      batch.push_back({range.first, some});
      rows += some;
      range.first += some;
      range.count -= some;
      if (rows == height_) add_what_there_is();
    }
    if (!blocks_) add_what_there_is();  // the BLAS takes a range at a time anyway
  }
  add_what_there_is();
}

void GramSum::add_batch(const AnyPanel &panel, const std::vector<RowRange> &batch, GramColumns columns) {
  if (blocks_) {
    blocks_->add(panel, batch, single_ ? request_.scale : nullptr, columns);
    return;
  }
  for (const RowRange &range : batch) add_block(panel, range, columns);
}

// In single precision all columns.
void GramSum::add_block(const AnyPanel &panel, const RowRange &rows, GramColumns columns) {
  if (request_.b != nullptr && columns != GramColumns::leading) add_adjoint(panel, rows.first, rows.count);
  if (single_) {
    add_single(panel, rows.first, rows.count);
    return;
  }
  const std::int64_t d = g_.cols, half = leading_gram_columns(d);
  const bool leading = columns == GramColumns::leading;
  if (columns == GramColumns::rest && half == d) return;
  const AnyPanel wanted = leading ? columns_of(panel, 0, half) : panel;
  block_.load(run_, wanted, rows.first, rows.count);
  const bool as_it_is = block_.op() == Op::none;
  const Op op = as_it_is ? Op::transpose : Op::none;
  if (columns != GramColumns::rest) {
    linalg::syrk_upper(op, 1.0, block_.view(), 1.0, leading ? g_.block(0, half, 0, half) : g_);
    return;
  }
  const auto part = [&](std::int64_t first, std::int64_t count) {
    const View<const double> v = block_.view();
    return as_it_is ? v.columns(first, count) : v.block(first, count, 0, v.cols);
  };
  const View<const double> left = part(0, half), right = part(half, d - half);
  linalg::gemm(op, block_.op(), 1.0, left, right, 1.0, g_.block(0, half, half, d - half));
  linalg::syrk_upper(op, 1.0, right, 1.0, g_.block(half, d - half, half, d - half));
}

void GramSum::add_adjoint(const AnyPanel &panel, std::int64_t first, std::int64_t count) {
  const std::int64_t k = sides_.cols();
  const std::int64_t first_row = std::visit([](const auto &p) { return p.first_row; }, panel) + first;
  const View<double> v(sides_.data(), count, k, sides_.ld());
  for (std::int64_t c = 0; c < k; ++c) request_.b->load(first_row, count, c, v.col(c));
  std::visit(
      [&](const auto &whole) {
        const auto p = whole.row_block(first, count);
        const auto &products = simd::block_products<std::decay_t<decltype(*p.data)>>();
        run_.parallel(tasks_for(p.cols), [&](std::int64_t task, int) {
          const std::int64_t j = task * task_columns;
          const std::int64_t cols = std::min(task_columns, p.cols - j);
          for (std::int64_t c = 0; c < k; ++c) {
            double *z = request_.atb.col(c) + j;
            if (p.row_major()) {
              products.add_lines(cols, p.rows, &p(0, j), p.row_stride, v.col(c), 1.0, z, {});
            } else {
              products.dot_lines(p.rows, cols, &p(0, j), p.col_stride, v.col(c), 1.0, z, {});
            }
          }
        });
      },
      panel);
}

void GramSum::add_squares(const AnyPanel &panel, const std::vector<RowRange> &ranges) {
  const std::int64_t half = leading_gram_columns(g_.cols);
  std::visit(
      [&](const auto &whole) {
        run_.parallel(tasks_for(whole.cols - half), [&](std::int64_t task, int) {
          const std::int64_t begin = half + task * task_columns;
          const auto p = whole.column_block(begin, std::min(task_columns, whole.cols - begin));
          std::array<double, task_columns> squares{};
          const auto add = [&](std::int64_t i, std::int64_t j) {
            const double entry = static_cast<double>(p(i, j));
            squares[static_cast<std::size_t>(j)] += entry * entry;
          };
          for (const RowRange &range : ranges) {
            const std::int64_t end = range.first + range.count;
            if (p.row_major()) {
              for (std::int64_t i = range.first; i < end; ++i) {
                for (std::int64_t j = 0; j < p.cols; ++j) add(i, j);
              }
            } else {
              for (std::int64_t j = 0; j < p.cols; ++j) {
                for (std::int64_t i = range.first; i < end; ++i) add(i, j);
              }
            }
          }
          for (std::int64_t j = 0; j < p.cols; ++j) g_(begin + j, begin + j) += squares[static_cast<std::size_t>(j)];
        });
      },
      panel);
}

// The rows of A D, rounded.
template <class T>
View<const float> GramSum::in_single(const Panel<T> &rows) {
  const bool row_major = rows.row_major();
  const std::int64_t length = row_major ? rows.cols : rows.rows;
  const std::int64_t lines = row_major ? rows.rows : rows.cols;
  const std::int64_t stride = row_major ? rows.row_stride : rows.col_stride;
  if (rows_.size() < length * lines) rows_ = Buffer<float>(checked_product(length, lines));
  const double *scale = request_.scale;
  run_.parallel(tasks_for(lines), [&](std::int64_t task, int) {
    const std::int64_t end = std::min(lines, (task + 1) * task_columns);
    for (std::int64_t line = task * task_columns; line < end; ++line) {
      const T *from = rows.data + line * stride;
      float *to = rows_.data() + line * length;
      if (row_major) {
        for (std::int64_t j = 0; j < length; ++j) to[j] = static_cast<float>(scale[j] * static_cast<double>(from[j]));
      } else {
        const double factor = scale[line];
        for (std::int64_t i = 0; i < length; ++i) to[i] = static_cast<float>(factor * static_cast<double>(from[i]));
      }
    }
  });
  return View<const float>(rows_.data(), length, lines, std::max<std::int64_t>(length, 1));
}

void GramSum::add_single(const AnyPanel &panel, std::int64_t first, std::int64_t count) {
  if (partial_.empty()) partial_ = Array2<float>(g_.rows, g_.cols);
  std::visit(
      [&](const auto &p) {
        const Op op = p.row_major() ? Op::none : Op::transpose;
        linalg::syrk_upper(op, 1.0F, in_single(p.row_block(first, count)), unflushed_ > 0 ? 1.0F : 0.0F,
                           partial_.view());
      },
      panel);
  unflushed_ += count;
  if (unflushed_ >= single_rows) flush();
}

void GramSum::flush() {
  if (blocks_) blocks_->flush();
  if (unflushed_ == 0) return;
  const double *scale = request_.scale;
  run_.parallel(tasks_for(g_.cols), [&](std::int64_t task, int) {
    const std::int64_t end = std::min(g_.cols, (task + 1) * task_columns);
    for (std::int64_t j = task * task_columns; j < end; ++j) {
      for (std::int64_t i = 0; i <= j; ++i) g_(i, j) += static_cast<double>(partial_(i, j)) / scale[i] / scale[j];
    }
  });
  unflushed_ = 0;
}

}  // namespace akr
