// SPDX-License-Identifier: BSD-3-Clause
// The tall matrix A as every solver sees it. Entries are f32 or f64; all vectors beside it are double.
#pragma once

#include <cstdint>
#include <functional>
#include <variant>

#include "base/run.hpp"
#include "base/view.hpp"

namespace akr {

// Consecutive rows of A as a dense window. One of the two strides is 1.
template <class T>
struct Panel {
  const T *data = nullptr;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;  // from one row to the next
  std::int64_t col_stride = 0;  // from one column to the next

  const T &operator()(std::int64_t i, std::int64_t j) const { return data[i * row_stride + j * col_stride]; }
  bool row_major() const { return col_stride == 1 && row_stride != 1; }
  Panel row_block(std::int64_t first, std::int64_t count) const {
    return Panel{data + first * row_stride, first_row + first, count, cols, row_stride, col_stride};
  }
  Panel column_block(std::int64_t first, std::int64_t count) const {
    return Panel{data + first * col_stride, first_row, rows, count, row_stride, col_stride};
  }
};
using AnyPanel = std::variant<Panel<double>, Panel<float>>;

// The caller's right-hand sides in the caller's precision, column-major; or some of the columns, each times a factor.
struct RightSides {
  std::variant<View<const double>, View<const float>> data = View<const double>();
  const std::int64_t *pick = nullptr;  // the columns that take part, -1 for a column of zeros; null: all
  std::int64_t picked = 0;
  const double *scale = nullptr;  // a power of two for each column of data; null: 1

  std::int64_t cols() const {
    if (pick != nullptr) return picked;
    return std::visit([](const auto &v) { return v.cols; }, data);
  }
  // out[0..count) = rows [first, first + count) of the j-th column that takes part.
  void load(std::int64_t first, std::int64_t count, std::int64_t j, double *out) const {
    const std::int64_t at = pick != nullptr ? pick[j] : j;
    if (at < 0) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = 0;
      return;
    }
    const double factor = scale != nullptr ? scale[at] : 1.0;
    std::visit(
        [&](const auto &v) {
          const auto *column = v.col(at) + first;
          for (std::int64_t i = 0; i < count; ++i) out[i] = factor * static_cast<double>(column[i]);
        },
        data);
  }
};

// One pass over A:   V = gain·(B − A X),  Z = Aᵀ V,  sumsq_j = ‖(B − A X)_j‖².
// With B absent V = gain·A X (so Z = gain·AᵀA X); with X absent V = gain·B.
// gain is a power of two that keeps Z in range when A's entries are near the ends of the exponent range.
struct PassRequest {
  const RightSides *b = nullptr;
  View<const double> x;  // d x k, or no data
  double gain = 1;
  View<double> z;           // d x k, overwritten; no data: not wanted
  double *sumsq = nullptr;  // k numbers, overwritten; null: not wanted
};

class Matrix {
 public:
  virtual ~Matrix() = default;

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t cols() const noexcept { return cols_; }
  int bits() const noexcept { return bits_; }  // 32 or 64: the precision of the entries
  virtual std::int64_t nnz() const noexcept { return rows_ * cols_; }
  // Bytes that one pass reads.
  virtual std::int64_t bytes() const noexcept { return nnz() * (bits_ / 8); }

  // See PassRequest. Reads A once.
  void pass(Run &run, const PassRequest &request) const;

  // Y = A X (n x k), for callers that need the long vectors themselves.
  virtual void apply(Run &run, View<const double> x, View<double> y) const = 0;

  // What A can show of itself.
  virtual bool has_panels() const noexcept { return true; }  // panels() works
  virtual bool is_dense() const noexcept { return false; }   // panels() is free: it shows the caller's own memory
  virtual bool is_sparse() const noexcept { return false; }
  // A pass costs no more than reading memory: no file behind it, no products of the caller's.
  bool in_memory() const noexcept { return is_dense() || is_sparse(); }

  // Shows all rows of A from the first to the last as dense panels; each starts at a multiple of `alignment`, and
  // `preferred_rows` (0: as it likes) bounds their size where a panel must be copied. Reads A once.
  virtual void panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
                      const std::function<void(const AnyPanel &)> &visit) const = 0;

  // Throws Error(e_not_finite) naming the first NaN or infinite entry, if there is one. Reads A once.
  virtual void check_finite(Run &run) const = 0;

 protected:
  Matrix(std::int64_t rows, std::int64_t cols, int bits) : rows_(rows), cols_(cols), bits_(bits) {}
  Matrix(const Matrix &) = default;
  Matrix &operator=(const Matrix &) = default;

 private:
  // Adds to the zeroed outputs of the request what the rows held here give.
  virtual void add_pass(Run &run, const PassRequest &request) const = 0;

  std::int64_t rows_;
  std::int64_t cols_;
  int bits_;
};

}  // namespace akr
