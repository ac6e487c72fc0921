// SPDX-License-Identifier: BSD-3-Clause
// Leverage scores ℓ_i(μ) = a_iᵀ(AᵀA + μI)⁺a_i = ‖eᵢᵀ A P‖² with A P orthonormal. A preconditioner from a sketch or from
// Cholesky is orthonormalised first: κ(AP) near 1 is not enough here.
#include <algorithm>
#include <cmath>

#include "linalg/lapack.hpp"
#include "matrix/panel_block.hpp"
#include "precond/build.hpp"
#include "solve/lsq.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr std::int64_t block_rows = 4096;

void scores_of_panels(Call &call, const Matrix &a, const Precond &m, double *scores) {
  const std::int64_t height = std::clamp<std::int64_t>(a.rows() / 20, 256, block_rows);
  Array2<double> copy(height, a.cols());
  Array2<double> product(m.full_rank() ? 0 : height, m.full_rank() ? 0 : m.rank);
  a.panels(call.run, 1, height, [&](const AnyPanel &panel) {
    const auto [rows, first_row] =
        std::visit([](const auto &p) { return std::pair<std::int64_t, std::int64_t>(p.rows, p.first_row); }, panel);
    for (std::int64_t i = 0; i < rows; i += height) {
      const std::int64_t count = std::min(height, rows - i);
      const View<double> block(copy.data(), count, a.cols(), copy.ld());
      PanelBlock::copy(panel, i, count, block);
      for (std::int64_t j = 0; j < a.cols(); ++j) {
        for (std::int64_t q = 0; q < count; ++q) block(q, j) *= m.scale[j];
      }
      View<double> y = block;
      if (m.full_rank()) {
        linalg::trsm_right_upper(m.r.view(), block);
      } else {
        y = View<double>(product.data(), count, m.rank, product.ld());
        linalg::gemm(Op::none, Op::none, 1.0, View<const double>(block), m.truncated.view(), 0.0, y);
      }
      std::fill_n(scores + first_row + i, count, 0.0);
      for (std::int64_t j = 0; j < y.cols; ++j) {
        for (std::int64_t q = 0; q < count; ++q) scores[first_row + i + q] += y(q, j) * y(q, j);
      }
      call.run.poll();
    }
  });
}

// Columns of A D P a few at a time.
void scores_of_operator(Call &call, const Matrix &a, const Precond &m, double *scores) {
  constexpr std::int64_t width = 16;
  std::fill_n(scores, a.rows(), 0.0);
  for (std::int64_t first = 0; first < m.rank; first += width) {
    const std::int64_t count = std::min(width, m.rank - first);
    Array2<double> unit(m.rank, count, 0.0);
    for (std::int64_t c = 0; c < count; ++c) unit(first + c, c) = 1;
    Array2<double> p(a.cols(), count);
    m.right(unit.view(), p.view());
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t j = 0; j < a.cols(); ++j) p(j, c) *= m.scale[j];
    }
    Array2<double> y(a.rows(), count);
    a.apply(call.run, p.view(), y.view());
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t i = 0; i < a.rows(); ++i) scores[i] += y(i, c) * y(i, c);
    }
  }
}

Precond copy_of(const Precond &m) {
  Precond out;
  out.rows = m.rows;
  out.cols = m.cols;
  out.bits = m.bits;
  out.ridge = m.ridge;
  out.origin = m.origin;
  out.rank = m.rank;
  out.frobenius = m.frobenius;
  out.sigma_max = m.sigma_max;
  out.condition = m.condition;
  out.contraction = m.contraction;
  out.scale = Buffer<double>(m.cols);
  std::copy_n(m.scale.data(), m.cols, out.scale.data());
  out.r = Array2<double>(m.cols, m.cols);
  std::copy_n(m.r.data(), m.cols * m.cols, out.r.data());
  out.truncated = Array2<double>(m.truncated.rows(), m.truncated.cols());
  std::copy_n(m.truncated.data(), m.truncated.rows() * m.truncated.cols(), out.truncated.data());
  return out;
}

}  // namespace

Status leverage_scores(Call &call, const Matrix &a, const Precond *given, double ridge, double *scores) {
  if (a.rows() == 0 || a.cols() == 0) {
    std::fill_n(scores, a.rows(), 0.0);
    return Status::ok;
  }
  Precond m;
  bool ours = true;
  if (given != nullptr && belongs_to(call.run, *given, a)) {
    std::optional<Precond> adapted;
    if (given->ridge == ridge) {
      adapted = copy_of(*given);
    } else {
      adapted = adapt_ridge(call.options, *given, ridge);
    }
    if (adapted) {
      m = std::move(*adapted);
      ours = false;
    }
  }
  if (ours) m = make_precond(call, a, ridge);
  const bool orthonormal = m.origin == PrecondOrigin::qr || m.origin == PrecondOrigin::sketch_cholqr;
  if (!orthonormal && !orthonormalise(call, a, m)) {
    throw Error(Status::e_numeric, "A: the Cholesky factor of the preconditioned Gram matrix does not exist");
  }
  if (a.has_panels()) {
    scores_of_panels(call, a, m, scores);
  } else {
    scores_of_operator(call, a, m, scores);
  }
  call.report.set(Key::rank, m.rank);
  call.report.set(Key::cond_estimate, m.condition);
  return m.full_rank() ? Status::ok : Status::rank_deficient;
}

}  // namespace akr
