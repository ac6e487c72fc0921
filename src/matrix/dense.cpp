// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/dense.hpp"

#include <algorithm>

#include "matrix/dense_pass.hpp"

namespace akr {

template <class T>
DenseMatrix<T>::DenseMatrix(bool row_major, std::int64_t rows, std::int64_t cols, const T *a, std::int64_t lda,
                            bool copy)
    : Matrix(rows, cols, static_cast<int>(8 * sizeof(T))) {
  const std::int64_t lines = row_major ? rows : cols;
  const std::int64_t length = row_major ? cols : rows;
  std::int64_t stride = lda;
  static const T nothing{};
  if (rows == 0 || cols == 0) {
    a = &nothing;  // it may be a null pointer, to which no offset may be added
  } else if (copy) {
    copy_ = Buffer<T>(checked_product(rows, cols));
    for (std::int64_t j = 0; j < lines; ++j) std::copy_n(a + j * lda, length, copy_.data() + j * length);
    a = copy_.data();
    stride = length;
  }
  all_ = row_major ? Panel<T>{a, 0, rows, cols, stride, 1} : Panel<T>{a, 0, rows, cols, 1, stride};
}

template <class T>
void DenseMatrix<T>::add_pass(Run &run, const PassRequest &request) const {
  add_panel_pass(run, all_, request);
}

template <class T>
void DenseMatrix<T>::apply(Run &run, View<const double> x, View<double> y) const {
  apply_panel(run, all_, x, y);
}

template <class T>
void DenseMatrix<T>::panels(Run &, std::int64_t, std::int64_t,
                            const std::function<void(const AnyPanel &)> &visit) const {
  if (rows() > 0) visit(all_);
}

template <class T>
void DenseMatrix<T>::check_finite(Run &run) const {
  if (rows() > 0 && cols() > 0) check_panel_finite(run, all_);
}

template class DenseMatrix<double>;
template class DenseMatrix<float>;

}  // namespace akr
