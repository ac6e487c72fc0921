// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "base/status.hpp"
#include "base/text.hpp"
#include "linalg/blas.hpp"

namespace akr {

void check_array_finite(const char *name, const AnyPanel &array) {
  std::visit(
      [&](const auto &p) {
        if (p.cols == 0) return;
        for (std::int64_t i = 0; i < p.rows; ++i) {
          for (std::int64_t j = 0; j < p.cols; ++j) {
            if (std::isfinite(p(i, j))) continue;
            throw Error(Status::e_not_finite, text(name, "(", i, ", ", j, ") = ", p(i, j),
                                                   ": must be finite (rows and columns count from 0)"));
          }
        }
      },
      array);
}

Array2<double> packed_points(const AnyPanel &points, double scale) {
  const double root = std::sqrt(scale);
  return std::visit(
      [&](const auto &p) {
        Array2<double> out(p.cols, p.rows);
        for (std::int64_t i = 0; i < p.rows; ++i) {
          for (std::int64_t j = 0; j < p.cols; ++j) out(j, i) = root * static_cast<double>(p(i, j));
        }
        return out;
      },
      points);
}

void Kernel::exponents(std::int64_t first, View<const double> queries, View<double> out) const {
  linalg::gemm_in_task(
      linalg::Op::none, linalg::Op::none, 1.0,
      View<const double>(left_blocks_.col(first / linalg::task_gemm_size), out.rows, dim(), linalg::task_gemm_size),
      queries, 0.0, out);
}

Kernel::Kernel(const AnyPanel &points, double scale, bool check)
    : bits_(std::holds_alternative<Panel<double>>(points) ? 64 : 32), scale_(scale) {
  if (check) check_array_finite("a", points);
  packed_ = packed_points(points, scale);
  for (std::int64_t i = 0; i < packed_.cols(); ++i) {
    double square = 0;
    for (std::int64_t j = 0; j < packed_.rows(); ++j) square += packed_(j, i) * packed_(j, i);
    if (!std::isfinite(square)) {
      throw Error(Status::e_numeric,
                  text("scale times the squared norm of point ", i, " overflows; scale the points down"));
    }
    largest_ = std::max(largest_, square);
  }
  if (packed_.cols() == 0) return;
  constexpr std::int64_t side = linalg::task_gemm_size;
  left_blocks_ = Array2<double>(side * std::max<std::int64_t>(dim(), 1), packed_.cols() / side + 1);
  for (std::int64_t i = 0; i < packed_.cols(); ++i) {
    double *block = left_blocks_.col(i / side) + i % side;
    for (std::int64_t j = 0; j < dim(); ++j) block[j * side] = packed_(j, i);
  }
}

}  // namespace akr
