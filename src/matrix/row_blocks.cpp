// SPDX-License-Identifier: BSD-3-Clause
#include "matrix/row_blocks.hpp"

#include <algorithm>

#include "base/memory.hpp"
#include "matrix/dense_pass.hpp"

namespace akr {

namespace {
constexpr std::int64_t buffer_bytes = 8 << 20;
}

template <class T>
void RowBlockMatrix<T>::panels(Run &run, std::int64_t alignment, std::int64_t preferred_rows,
                               const std::function<void(const AnyPanel &)> &visit) const {
  if (rows() == 0 || cols() == 0) return;
  const std::int64_t fitting = buffer_bytes / (cols() * static_cast<std::int64_t>(sizeof(T)));
  std::int64_t height = preferred_rows > 0 ? preferred_rows : std::max<std::int64_t>(fitting, 64);
  height = std::min((height + alignment - 1) / alignment * alignment, rows());
  const std::int64_t ld = std::max<std::int64_t>(cols(), 2);
  Buffer<T> block(checked_product(height, ld));
  for (std::int64_t first = 0; first < rows(); first += height) {
    const std::int64_t count = std::min(height, rows() - first);
    read_(first, count, block.data(), ld);
    visit(Panel<T>{block.data(), first, count, cols(), ld, 1});
    run.poll();
  }
}

template <class T>
void RowBlockMatrix<T>::add_pass(Run &run, const PassRequest &request) const {
  if (cols() == 0) {  // nothing to read, but b still has a norm
    add_panel_pass(run, Panel<T>{nullptr, 0, rows(), 0, 0, 1}, request);
    return;
  }
  panels(run, 1, 0, [&](const AnyPanel &panel) { add_panel_pass(run, panel, request); });
}

template <class T>
void RowBlockMatrix<T>::apply(Run &run, View<const double> x, View<double> y) const {
  if (cols() == 0) {
    for (std::int64_t c = 0; c < y.cols; ++c) std::fill_n(y.col(c), y.rows, 0.0);
  }
  panels(run, 1, 0, [&](const AnyPanel &panel) { apply_panel(run, panel, x, y); });
}

template <class T>
void RowBlockMatrix<T>::check_finite(Run &run) const {
  panels(run, 1, 0, [&](const AnyPanel &panel) { check_panel_finite(run, panel); });
}

template class RowBlockMatrix<double>;
template class RowBlockMatrix<float>;

}  // namespace akr
