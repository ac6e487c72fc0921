// SPDX-License-Identifier: BSD-3-Clause
#include "precond/product_rows.hpp"

#include <algorithm>

#include "matrix/panel_block.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr std::int64_t block_rows = 4096;
constexpr std::int64_t task_rows = 256;

}  // namespace

void for_each_product_block(Call &call, const Matrix &a, const Precond &m,
                            const std::function<void(std::int64_t first_row, View<double> y)> &visit) {
  const std::int64_t d = a.cols();
  // Blocks of at most a twentieth of A: the copy must not cost the memory that a sketch saved.
  const std::int64_t height = std::clamp<std::int64_t>(a.rows() / 20, 256, block_rows);
  Array2<double> copy(height, d);
  Array2<double> product(m.full_rank() ? 0 : height, m.full_rank() ? 0 : m.rank);
  std::int64_t done = 0;
  a.panels(call.run, 1, height, [&](const AnyPanel &panel) {
    const auto [rows, first_row] =
        std::visit([](const auto &p) { return std::pair<std::int64_t, std::int64_t>(p.rows, p.first_row); }, panel);
    for (std::int64_t i = 0; i < rows; i += height) {
      const std::int64_t count = std::min(height, rows - i);
      const View<double> block(copy.data(), count, d, copy.ld());
      call.run.parallel((count + task_rows - 1) / task_rows, [&, first = i](std::int64_t task, int) {
        const std::int64_t begin = task * task_rows, some = std::min(task_rows, count - begin);
        const View<double> part = block.block(begin, some, 0, d);
        PanelBlock::copy(panel, first + begin, some, part);
        for (std::int64_t j = 0; j < d; ++j) {
          for (std::int64_t q = 0; q < some; ++q) part(q, j) *= m.scale[j];
        }
      });
      View<double> y = block;
      if (m.full_rank()) {
        linalg::trsm_right_upper(m.r.view(), block);
      } else {
        y = View<double>(product.data(), count, m.rank, product.ld());
        linalg::gemm(Op::none, Op::none, 1.0, View<const double>(block), m.truncated.view(), 0.0, y);
      }
      visit(first_row + i, y);
      done += count;
      call.run.monitor().advance(static_cast<double>(done) / static_cast<double>(a.rows()));
      call.run.poll();
    }
  });
}

}  // namespace akr
