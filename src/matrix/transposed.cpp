// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/transposed.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "base/memory.hpp"
#include "matrix/dense.hpp"

namespace akr {

namespace {

template <class T>
std::unique_ptr<Matrix> view_of(const Panel<T> &p) {
  // Rows of A that lie apart are the columns of Aᵀ.
  const bool row_major = !p.row_major();
  const std::int64_t ld = std::max<std::int64_t>(row_major ? p.col_stride : p.row_stride, 1);
  return std::make_unique<DenseMatrix<T>>(row_major, p.cols, p.rows, p.data, ld, false);
}

// out (d x n) = Aᵀ
template <class T>
void fill(Run &run, const Matrix &a, Array2<T> &out) {
  if (a.has_panels()) {
    a.panels(run, 1, 0, [&](const AnyPanel &panel) {
      std::visit(
          [&](const auto &p) {
            for (std::int64_t i = 0; i < p.rows; ++i) {
              for (std::int64_t j = 0; j < p.cols; ++j) out(j, p.first_row + i) = static_cast<T>(p(i, j));
            }
          },
          panel);
    });
    return;
  }
  Array2<double> identity(a.rows(), a.rows(), 0.0);
  for (std::int64_t i = 0; i < a.rows(); ++i) identity(i, i) = 1;
  const View<const double> e = identity.view();
  const RightSides sides{e};
  Array2<double> z(a.cols(), a.rows());
  PassRequest request;
  request.b = &sides;
  request.z = z.view();
  a.pass(run, request);
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    for (std::int64_t j = 0; j < a.cols(); ++j) out(j, i) = static_cast<T>(z(j, i));
  }
}

template <class T>
std::unique_ptr<Matrix> copy_of(Run &run, const Matrix &a) {
  Array2<T> out(a.cols(), a.rows());
  fill(run, a, out);
  return std::make_unique<DenseMatrix<T>>(false, a.cols(), a.rows(), out.data(), std::max<std::int64_t>(a.cols(), 1),
                                          true);
}

}  // namespace

std::unique_ptr<Matrix> transposed(Run &run, const Matrix &a) {
  std::unique_ptr<Matrix> out;
  if (a.is_dense()) {
    a.panels(run, 1, 0,
             [&](const AnyPanel &panel) { out = std::visit([](const auto &p) { return view_of(p); }, panel); });
    return out;
  }
  return a.bits() == 32 ? copy_of<float>(run, a) : copy_of<double>(run, a);
}

}  // namespace akr
