// SPDX-License-Identifier: BSD-3-Clause
#include "solve/dominant_ridge.hpp"

#include <cmath>

#include "base/text.hpp"
#include "linalg/blas.hpp"
#include "solve/round.hpp"

namespace akr {

namespace {

// Entries down to the smallest normal number lose nothing in Aᵀb with such a gain; operators in single precision have
// no room for it, and their numbers no need.
constexpr double lift = 0x1p500;
constexpr double small_norm = 0x1p-300;

}  // namespace

bool ridge_dominates(double ridge, double frobenius) { return frobenius <= 0x1p-100 * std::sqrt(ridge) && ridge > 0; }

std::vector<ColumnResult> solve_under_ridge(Run &run, const Matrix &a, double ridge, double frobenius,
                                            const ScaledRightSides &rhs, View<double> x) {
  Array2<double> z(x.rows, x.cols);
  PassRequest request;
  request.b = &rhs.sides;
  request.gain = a.bits() == 64 && frobenius < small_norm ? lift : 1;
  request.z = z.view();
  a.pass(run, request);
  int ridge_exponent = 0;
  const double ridge_part = std::frexp(ridge, &ridge_exponent);
  std::vector<ColumnResult> out(static_cast<std::size_t>(x.cols));
  for (std::int64_t c = 0; c < x.cols; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    const int shift = std::ilogb(rhs.factor[at]) + std::ilogb(request.gain) + ridge_exponent;
    Array2<double> ratio(x.rows, 1);
    for (std::int64_t j = 0; j < x.rows; ++j) ratio(j, 0) = z(j, c) / ridge_part;
    round_to_bits(a.bits(), ratio.view());
    Buffer<double> gradient(x.rows);
    for (std::int64_t j = 0; j < x.rows; ++j) {
      gradient[j] = std::fma(-ratio(j, 0), ridge_part, z(j, c)) / request.gain;
      x(j, c) = std::ldexp(ratio(j, 0), -shift);
    }
    check_normal(ratio.view(), View<const double>(x.col(c), x.rows, 1, x.rows), c);
    ColumnResult &column = out[at];
    column.residual = rhs.norm[at];  // that of A x is below its roundoff
    column.gradient = linalg::norm2(gradient.data(), x.rows);
    // ‖Aᵀr − μx‖/(‖A‖‖r‖ + μ‖x‖), as BackwardError has it for a ridge.
    const double size = frobenius * rhs.norm[at] + linalg::norm2(z.col(c), x.rows) / request.gain;
    column.backward_error = column.gradient > 0 ? column.gradient / size : 0;
    if (!std::isfinite(size) || !std::isfinite(column.gradient)) {
      throw Error(Status::e_numeric, text("x: column ", c, ": products of A with b overflow; scale A or b"));
    }
  }
  return out;
}

}  // namespace akr
