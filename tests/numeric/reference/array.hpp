// SPDX-License-Identifier: BSD-3-Clause
// A column-major array with signed sizes; a vector is an array of one column.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace numeric {

// All references are computed in this type: 64 mantissa bits on x86-64 (u = 2^-64), 113 on aarch64, and an exponent
// range in which squares of doubles neither overflow nor underflow.
using Real = long double;

template <class T>
Real wide(T value) {
  return static_cast<Real>(value);
}

template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(std::int64_t rows, std::int64_t cols = 1, T value = T(0))
      : rows_(rows), cols_(cols), data_(static_cast<std::size_t>(rows * cols), value) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t size() const { return rows_ * cols_; }
  T *data() { return data_.data(); }
  const T *data() const { return data_.data(); }
  T *col(std::int64_t j) { return data_.data() + j * rows_; }
  const T *col(std::int64_t j) const { return data_.data() + j * rows_; }
  T &operator()(std::int64_t i, std::int64_t j) { return data_.data()[i + j * rows_]; }
  const T &operator()(std::int64_t i, std::int64_t j) const { return data_.data()[i + j * rows_]; }
  T &operator[](std::int64_t i) { return data_.data()[i]; }
  const T &operator[](std::int64_t i) const { return data_.data()[i]; }
  bool operator==(const Array &other) const {
    return rows_ == other.rows_ && cols_ == other.cols_ && data_ == other.data_;
  }

  Array column(std::int64_t j) const {
    Array out(rows_);
    for (std::int64_t i = 0; i < rows_; ++i) out[i] = (*this)(i, j);
    return out;
  }
  Array transposed() const {
    Array out(cols_, rows_);
    for (std::int64_t j = 0; j < cols_; ++j)
      for (std::int64_t i = 0; i < rows_; ++i) out(j, i) = (*this)(i, j);
    return out;
  }
  template <class U>
  Array<U> as() const {
    Array<U> out(rows_, cols_);
    for (std::int64_t i = 0; i < size(); ++i) out[i] = static_cast<U>(data_.data()[i]);
    return out;
  }

 private:
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::vector<T> data_;
};

// Frobenius norm; of a vector, the 2-norm.
template <class T>
Real norm(const Array<T> &a) {
  Real sum = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) sum += wide(a[i]) * wide(a[i]);
  return std::sqrt(sum);
}

template <class T, class U>
Real distance(const Array<T> &a, const Array<U> &b) {
  Real sum = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const Real difference = wide(a[i]) - wide(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

// b - A x, accumulated in Real.
template <class T, class U, class V>
Array<Real> residual(const Array<T> &a, const Array<U> &b, const Array<V> &x) {
  Array<Real> r = b.template as<Real>();
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    const Real xj = wide(x[j]);
    const T *column = a.col(j);
    for (std::int64_t i = 0; i < a.rows(); ++i) r[i] -= wide(column[i]) * xj;
  }
  return r;
}

// A^T r.
template <class T>
Array<Real> gradient(const Array<T> &a, const Array<Real> &r) {
  Array<Real> g(a.cols());
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    const T *column = a.col(j);
    for (std::int64_t i = 0; i < a.rows(); ++i) g[j] += wide(column[i]) * r[i];
  }
  return g;
}

// [A; sqrt(ridge) I]: the least-squares problem that ridge regression is.
template <class T>
Array<Real> stacked(const Array<T> &a, double ridge) {
  const std::int64_t n = a.rows(), d = a.cols();
  Array<Real> out(n + d, d);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) out(i, j) = wide(a(i, j));
    out(n + j, j) = std::sqrt(wide(ridge));
  }
  return out;
}

// v followed by `extra` zeros.
template <class T>
Array<T> padded(const Array<T> &v, std::int64_t extra) {
  Array<T> out(v.rows() + extra);
  for (std::int64_t i = 0; i < v.rows(); ++i) out[i] = v[i];
  return out;
}

}  // namespace numeric
