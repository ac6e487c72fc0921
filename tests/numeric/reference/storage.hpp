// SPDX-License-Identifier: BSD-3-Clause
// One matrix in every form that akr.h takes. Each keeps the arrays it lends.
#pragma once

#include <cstring>
#include <limits>

#include "reference/api.hpp"

namespace numeric {

// Rows or columns with ld beyond the need; the padding is NaN, which any read of it would spread.
template <class T>
class PaddedDense {
 public:
  PaddedDense(const Array<T> &a, std::int32_t layout, std::int64_t padding, const Options &options = {})
      : ld_((layout == AKR_ROW_MAJOR ? a.cols() : a.rows()) + padding),
        data_(ld_, layout == AKR_ROW_MAJOR ? a.rows() : a.cols(), std::numeric_limits<T>::quiet_NaN()) {
    for (std::int64_t j = 0; j < a.cols(); ++j)
      for (std::int64_t i = 0; i < a.rows(); ++i) data_[layout == AKR_ROW_MAJOR ? i * ld_ + j : i + j * ld_] = a(i, j);
    akr_matrix *p = nullptr;
    require(create_dense(layout, a.rows(), a.cols(), data_.data(), ld_, options.get(), &p));
    matrix.reset(p);
  }

 private:
  std::int64_t ld_;
  Array<T> data_;

 public:
  Matrix matrix;
};

// CSR (AKR_ROW_MAJOR) or CSC with indices of 32 or 64 bits from base 0 or 1. Zeros are not stored.
template <class T>
class Sparse {
 public:
  Sparse(const Array<T> &a, std::int32_t layout, std::int32_t bits, std::int32_t base) : bits_(bits) {
    const bool by_rows = layout == AKR_ROW_MAJOR;
    const std::int64_t outer = by_rows ? a.rows() : a.cols(), inner = by_rows ? a.cols() : a.rows();
    push(pointers_, base);
    for (std::int64_t p = 0; p < outer; ++p) {
      for (std::int64_t q = 0; q < inner; ++q) {
        const T value = by_rows ? a(p, q) : a(q, p);
        if (value == 0) continue;
        push(indices_, q + base);
        values_.push_back(value);
      }
      push(pointers_, static_cast<std::int64_t>(values_.size()) + base);
    }
    akr_matrix *p = nullptr;
    require(create_sparse(layout, a.rows(), a.cols(), bits, base, pointers_.data(), indices_.data(), values_.data(),
                          nullptr, &p));
    matrix.reset(p);
  }
  const std::vector<T> &values() const { return values_; }

 private:
  void push(std::vector<char> &to, std::int64_t value) {
    const std::int32_t narrow_value = static_cast<std::int32_t>(value);
    const char *from = bits_ == 32 ? reinterpret_cast<const char *>(&narrow_value) : reinterpret_cast<char *>(&value);
    to.insert(to.end(), from, from + bits_ / 8);
  }

  std::int32_t bits_;
  std::vector<char> pointers_, indices_;
  std::vector<T> values_;

 public:
  Matrix matrix;
};

inline akr_status create_callback(std::int64_t n, std::int64_t d, akr_apply_f64 f, void *user, akr_matrix **out) {
  return akr_matrix_create_callback_f64(n, d, f, user, nullptr, out);
}
inline akr_status create_callback(std::int64_t n, std::int64_t d, akr_apply_f32 f, void *user, akr_matrix **out) {
  return akr_matrix_create_callback_f32(n, d, f, user, nullptr, out);
}
inline akr_status create_rows(std::int64_t n, std::int64_t d, akr_rows_f64 f, void *user, akr_matrix **out) {
  return akr_matrix_create_rows_f64(n, d, f, user, nullptr, out);
}
inline akr_status create_rows(std::int64_t n, std::int64_t d, akr_rows_f32 f, void *user, akr_matrix **out) {
  return akr_matrix_create_rows_f32(n, d, f, user, nullptr, out);
}

// A behind a product callback and behind a row callback. The n-th call fails with the value of `fail_with`.
template <class T>
class Callback {
 public:
  Callback(const Array<T> &a, bool rows) : a_(a) {
    akr_matrix *p = nullptr;
    require(rows ? create_rows(a.rows(), a.cols(), read, this, &p)
                 : create_callback(a.rows(), a.cols(), apply, this, &p));
    matrix.reset(p);
  }
  Callback(const Callback &) = delete;
  Callback &operator=(const Callback &) = delete;

  std::int64_t calls = 0;
  std::int64_t fail_at = -1;
  std::int32_t fail_with = 0;
  Matrix matrix;

 private:
  static std::int32_t apply(void *user, std::int32_t transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y,
                            std::int64_t ldy) {
    auto &self = *static_cast<Callback *>(user);
    if (self.calls++ == self.fail_at) return self.fail_with;
    const Array<T> &a = self.a_;
    for (std::int64_t k = 0; k < ncols; ++k) {
      for (std::int64_t i = 0; !transpose && i < a.rows(); ++i) y[i + k * ldy] = 0;
      for (std::int64_t j = 0; j < a.cols(); ++j) {
        T sum = 0;
        for (std::int64_t i = 0; i < a.rows(); ++i) {
          if (transpose)
            sum += a(i, j) * x[i + k * ldx];
          else
            y[i + k * ldy] += a(i, j) * x[j + k * ldx];
        }
        if (transpose) y[j + k * ldy] = sum;
      }
    }
    return 0;
  }
  static std::int32_t read(void *user, std::int64_t first, std::int64_t count, T *block, std::int64_t ld) {
    auto &self = *static_cast<Callback *>(user);
    if (self.calls++ == self.fail_at) return self.fail_with;
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < self.a_.cols(); ++j) block[i * ld + j] = self.a_(first + i, j);
    return 0;
  }

  const Array<T> &a_;
};

constexpr const char *storage_names[] = {"columns", "rows", "CSR", "CSC", "operator", "row blocks"};
constexpr std::int64_t storage_count = static_cast<std::int64_t>(std::size(storage_names));

// A in storage number `storage`; variant, 0 to 3: the padding, or the bits and the base of indices.
template <class T>
class Lent {
 public:
  Lent(const Array<T> &a, std::int64_t storage, std::int64_t variant) {
    if (storage < 2)
      dense_ = std::make_unique<PaddedDense<T>>(a, storage == 0 ? AKR_COL_MAJOR : AKR_ROW_MAJOR, variant);
    else if (storage < 4)
      sparse_ = std::make_unique<Sparse<T>>(a, storage == 2 ? AKR_ROW_MAJOR : AKR_COL_MAJOR, variant < 2 ? 32 : 64,
                                            variant % 2 == 0 ? 0 : 1);
    else
      callback_ = std::make_unique<Callback<T>>(a, storage == 5);
  }
  const Matrix &matrix() const { return dense_ ? dense_->matrix : sparse_ ? sparse_->matrix : callback_->matrix; }

 private:
  std::unique_ptr<PaddedDense<T>> dense_;
  std::unique_ptr<Sparse<T>> sparse_;
  std::unique_ptr<Callback<T>> callback_;
};

}  // namespace numeric
