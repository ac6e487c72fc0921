// SPDX-License-Identifier: BSD-3-Clause
// A small least-squares problem in every form in which libakr takes one, and handles that clean up after themselves.
#pragma once

#include <akr.h>

#include <cstdint>
#include <memory>
#include <vector>

template <class H, void (*destroy)(H *)>
struct Destroy {
  void operator()(H *handle) const { destroy(handle); }
};
using OptionsPtr = std::unique_ptr<akr_options, Destroy<akr_options, akr_options_destroy>>;
using ReportPtr = std::unique_ptr<akr_report, Destroy<akr_report, akr_report_destroy>>;
using MatrixPtr = std::unique_ptr<akr_matrix, Destroy<akr_matrix, akr_matrix_destroy>>;
using PrecondPtr = std::unique_ptr<akr_precond, Destroy<akr_precond, akr_precond_destroy>>;
using SketchPtr = std::unique_ptr<akr_sketch, Destroy<akr_sketch, akr_sketch_destroy>>;
using KernelPtr = std::unique_ptr<akr_kernel, Destroy<akr_kernel, akr_kernel_destroy>>;

// A(i, j) = 1 at i mod d = j, plus a smooth part; b = A·(1, 2, …, d): well conditioned, residual 0. Column-major, and
// the same entries by rows for the callbacks and the sparse form.
template <class T>
struct Problem {
  std::int64_t rows, cols;
  std::vector<T> a, by_rows, b, x;
  std::vector<std::int64_t> row_start, column;

  Problem(std::int64_t n, std::int64_t d)
      : rows(n),
        cols(d),
        a(static_cast<std::size_t>(n * d)),
        by_rows(a.size()),
        b(static_cast<std::size_t>(n)),
        x(static_cast<std::size_t>(d)),
        column(a.size()) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < d; ++j) {
        const T entry = (i % d == j ? T(1) : T(0)) + T(0.1) / static_cast<T>(1 + i % 7 + j);
        a[static_cast<std::size_t>(i + j * n)] = entry;
        by_rows[static_cast<std::size_t>(i * d + j)] = entry;
        column[static_cast<std::size_t>(i * d + j)] = j;
        b[static_cast<std::size_t>(i)] += entry * static_cast<T>(j + 1);
      }
      row_start.push_back(i * d);
    }
    row_start.push_back(n * d);
  }

  // The condition number of A is below 10, so this is far above what any backward-stable solver leaves.
  bool solved() const {
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double error = static_cast<double>(x[j]) - static_cast<double>(j + 1);
      if (!(error * error < (sizeof(T) == 8 ? 1e-20 : 1e-4))) return false;
    }
    return true;
  }

  // Sums are wider than T: the stages of a Gram power are certified to 2u, which plain sums over the rows miss.
  static std::int32_t products(void *user, std::int32_t transpose, std::int64_t ncols, const T *x, std::int64_t ldx,
                               T *y, std::int64_t ldy) {
    const auto &p = *static_cast<const Problem *>(user);
    for (std::int64_t k = 0; k < ncols; ++k) {
      const std::int64_t outputs = transpose != 0 ? p.cols : p.rows;
      const std::int64_t inputs = transpose != 0 ? p.rows : p.cols;
      for (std::int64_t i = 0; i < outputs; ++i) {
        long double sum = 0;
        for (std::int64_t j = 0; j < inputs; ++j) {
          const T entry = p.by_rows[static_cast<std::size_t>(transpose != 0 ? j * p.cols + i : i * p.cols + j)];
          sum += static_cast<long double>(entry) * x[j + k * ldx];
        }
        y[i + k * ldy] = static_cast<T>(sum);
      }
    }
    return 0;
  }
  static std::int32_t read_rows(void *user, std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld) {
    const auto &p = *static_cast<const Problem *>(user);
    for (std::int64_t i = 0; i < nrows; ++i) {
      for (std::int64_t j = 0; j < p.cols; ++j) {
        block[i * ld + j] = p.by_rows[static_cast<std::size_t>((first_row + i) * p.cols + j)];
      }
    }
    return 0;
  }
};

inline MatrixPtr dense(const Problem<double> &p) {
  akr_matrix *matrix = nullptr;
  akr_matrix_create_dense_f64(AKR_COL_MAJOR, p.rows, p.cols, p.a.data(), p.rows, nullptr, &matrix);
  return MatrixPtr(matrix);
}
inline MatrixPtr dense(const Problem<float> &p) {
  akr_matrix *matrix = nullptr;
  akr_matrix_create_dense_f32(AKR_COL_MAJOR, p.rows, p.cols, p.a.data(), p.rows, nullptr, &matrix);
  return MatrixPtr(matrix);
}
