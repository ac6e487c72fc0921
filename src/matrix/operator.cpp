// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/operator.hpp"

#include <algorithm>
#include <cmath>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "matrix/dense_pass.hpp"

namespace akr {

namespace {

void convert(View<const double> from, View<float> to) {
  for (std::int64_t j = 0; j < from.cols; ++j) {
    for (std::int64_t i = 0; i < from.rows; ++i) to(i, j) = static_cast<float>(from(i, j));
  }
}

}  // namespace

template <class T>
void OperatorMatrix<T>::product(bool transpose, View<const double> x, View<double> y) const {
  if (y.cols == 0) return;
  if constexpr (std::is_same_v<T, double>) {
    product_(transpose, x.cols, x.data, x.ld, y.data, y.ld);
  } else {
    Array2<float> in(x.rows, x.cols);
    Array2<float> out(y.rows, y.cols);
    convert(x, in.view());
    product_(transpose, x.cols, in.data(), in.ld(), out.data(), out.ld());
    for (std::int64_t j = 0; j < y.cols; ++j) {
      for (std::int64_t i = 0; i < y.rows; ++i) y(i, j) = static_cast<double>(out(i, j));
    }
  }
}

template <class T>
void OperatorMatrix<T>::add_pass(Run &run, const PassRequest &request) const {
  const std::int64_t k = request.b != nullptr ? request.b->cols() : request.x.cols;
  if (k == 0) return;
  Array2<double> v(rows(), k, 0.0);
  if (request.x.data != nullptr) product(false, request.x, v.view());
  run.poll();
  Buffer<double> b(request.b != nullptr ? rows() : 0);
  for (std::int64_t c = 0; c < k; ++c) {
    double *column = v.col(c);
    if (request.b != nullptr) {
      request.b->load(0, rows(), c, b.data());
      for (std::int64_t i = 0; i < rows(); ++i) column[i] = b[i] - column[i];
    }
    double square = 0;
    for (std::int64_t i = 0; i < rows(); ++i) square += column[i] * column[i];
    if (request.sumsq != nullptr) request.sumsq[c] = square;
    if (request.gain != 1) {
      for (std::int64_t i = 0; i < rows(); ++i) column[i] *= request.gain;
    }
  }
  if (request.z.data != nullptr) product(true, v.view(), request.z);
  run.poll();
}

template <class T>
void OperatorMatrix<T>::apply(Run &run, View<const double> x, View<double> y) const {
  product(false, x, y);
  run.poll();
}

template <class T>
void OperatorMatrix<T>::panels(Run &, std::int64_t, std::int64_t, const std::function<void(const AnyPanel &)> &) const {
  throw Error(Status::e_unsupported, "A is given by its products only: its rows cannot be read");
}

template <class T>
void OperatorMatrix<T>::check_finite(Run &run) const {
  Array2<double> x(cols(), 1, 0.0);
  Array2<double> y(rows(), 1);
  for (std::int64_t j = 0; j < cols(); ++j) {
    x(j, 0) = 1;
    apply(run, x.view(), y.view());
    x(j, 0) = 0;
    for (std::int64_t i = 0; i < rows(); ++i) {
      if (!std::isfinite(y(i, 0))) {
        throw Error(Status::e_not_finite,
                    text("A(", i, ", ", j, ") = ", y(i, 0), ": must be finite (rows and columns count from 0)"));
      }
    }
  }
}

template class OperatorMatrix<double>;
template class OperatorMatrix<float>;

}  // namespace akr
