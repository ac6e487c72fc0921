// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/kernel_precond.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/lapack.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr double first_shift = 1e-7;
constexpr std::int64_t block_columns = 512;

}  // namespace

Buffer<double> ridge_diagonal(const Gaussian &g, double ridge) {
  Buffer<double> out(std::max<std::int64_t>(g.size(), 1));
  for (std::int64_t i = 0; i < g.size(); ++i) out[i] = ridge * std::exp(-2 * g.log_d()[i]);
  return out;
}

// K + μI = D H D.
void KernelPrecond::apply_inverse(View<const double> b, View<double> x) const {
  Array2<double> scaled(points, b.cols);
  for (std::int64_t c = 0; c < b.cols; ++c) {
    for (std::int64_t i = 0; i < points; ++i) scaled(i, c) = b(i, c) * std::exp(-log_d[i]);
  }
  solve(scaled.view(), x);
  for (std::int64_t c = 0; c < b.cols; ++c) {
    for (std::int64_t i = 0; i < points; ++i) x(i, c) *= std::exp(-log_d[i]);
  }
}

std::int64_t KernelPrecond::bytes() const {
  return log_d.bytes() + inverse_root.bytes() + scaled_f.bytes() + core.bytes() + factor.bytes() + equilibrate.bytes();
}

// (Δ + F Fᵀ)⁻¹ = Δ^(−1/2) (I − B (I + BᵀB)⁻¹ Bᵀ) Δ^(−1/2), B = Δ^(−1/2)F.
void KernelPrecond::solve(View<const double> r, View<double> z) const {
  const std::int64_t k = r.cols;
  if (form == KernelForm::dense) {
    Array2<float> v(points, k);
    for (std::int64_t c = 0; c < k; ++c) {
      // Scaled to 1, so that single precision neither over- nor underflows.
      const double norm = linalg::norm2(r.col(c), points);
      const double factor_c = norm > 0 ? 1 / norm : 1;
      for (std::int64_t i = 0; i < points; ++i) v(i, c) = static_cast<float>(factor_c * equilibrate[i] * r(i, c));
    }
    linalg::trsm_left_upper(Op::transpose, factor.view(), v.view());
    linalg::trsm_left_upper(Op::none, factor.view(), v.view());
    for (std::int64_t c = 0; c < k; ++c) {
      const double norm = linalg::norm2(r.col(c), points);
      for (std::int64_t i = 0; i < points; ++i) z(i, c) = norm * equilibrate[i] * static_cast<double>(v(i, c));
    }
    return;
  }
  Array2<double> t(rank, k);
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t i = 0; i < points; ++i) z(i, c) = inverse_root[i] * r(i, c);
  }
  if (rank > 0) {
    linalg::gemm(Op::transpose, Op::none, 1.0, scaled_f.view(), View<const double>(z), 0.0, t.view());
    linalg::trsm_left_upper(Op::transpose, core.view(), t.view());
    linalg::trsm_left_upper(Op::none, core.view(), t.view());
    linalg::gemm(Op::none, Op::none, -1.0, scaled_f.view(), View<const double>(t.view()), 1.0, z);
  }
  for (std::int64_t c = 0; c < k; ++c) {
    for (std::int64_t i = 0; i < points; ++i) z(i, c) *= inverse_root[i];
  }
}

KernelPrecond precond_from_low_rank(const Gaussian &g, double ridge, const LowRank &low_rank, KernelForm form,
                                    const char *name) {
  const std::int64_t n = g.size();
  KernelPrecond m;
  m.points = n;
  m.ridge = ridge;
  m.form = form;
  m.name = name;
  m.rank = low_rank.rank;
  m.log_d = g.log_d().clone();
  const Buffer<double> mu = ridge_diagonal(g, ridge);
  m.inverse_root = Buffer<double>(std::max<std::int64_t>(n, 1));
  // Where neither ridge nor remainder is left (pivots) something must be: 1e9 is what the core's factor can bear.
  constexpr double least = 1e-9;
  for (std::int64_t i = 0; i < n; ++i) {
    const double diagonal = mu[i] + (form == KernelForm::low_rank_diagonal ? low_rank.remainder[i] : 0.0);
    m.inverse_root[i] = 1 / std::sqrt(std::max(diagonal, least));
  }
  m.scaled_f = Array2<double>(n, m.rank);
  for (std::int64_t c = 0; c < m.rank; ++c) {
    for (std::int64_t i = 0; i < n; ++i) m.scaled_f(i, c) = m.inverse_root[i] * low_rank.f(i, c);
  }
  m.core = Array2<double>(m.rank, m.rank, 0.0);
  for (std::int64_t c = 0; c < m.rank; ++c) m.core(c, c) = 1;
  if (m.rank > 0) {
    linalg::syrk_upper(Op::transpose, 1.0, View<const double>(m.scaled_f.view()), 1.0, m.core.view());
    if (!linalg::all_finite_upper(m.core.view()) || !linalg::cholesky_upper(m.core.view())) {
      throw Error(Status::e_numeric, "the kernel's low-rank factor has no Cholesky factor with this ridge");
    }
    linalg::clear_lower(m.core.view());
  }
  return m;
}

KernelPrecond precond_by_dense(Call &call, const Gaussian &g, double ridge) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  const std::int64_t n = g.size();
  KernelPrecond m;
  m.points = n;
  m.ridge = ridge;
  m.rank = n;
  m.log_d = g.log_d().clone();
  const Buffer<double> mu = ridge_diagonal(g, ridge);
  m.equilibrate = Buffer<double>(std::max<std::int64_t>(n, 1));
  for (std::int64_t i = 0; i < n; ++i) m.equilibrate[i] = 1 / std::sqrt(1 + mu[i]);
  m.factor = Array2<float>(n, n);
  Array2<double> block(n, std::min(block_columns, n));
  while (true) {
    for (std::int64_t j = 0; j < n; j += block_columns) {
      const std::int64_t cols = std::min(block_columns, n - j);
      const std::int64_t rows = j + cols;  // the upper triangle
      const View<double> b(block.data(), rows, cols, block.ld());
      g.block(call.run, 0, j, b);
      call.run.parallel(cols, [&](std::int64_t c, int) {
        for (std::int64_t i = 0; i <= j + c; ++i) {
          const double h = b(i, c) + (i == j + c ? mu[i] + m.shift : 0.0);
          m.factor(i, j + c) = static_cast<float>(m.equilibrate[i] * m.equilibrate[j + c] * h);
        }
      });
      call.run.poll();
    }
    if (linalg::cholesky_upper(m.factor.view())) return m;
    m.shift = m.shift > 0 ? 4 * m.shift : std::max(first_shift, ridge < 1 ? ridge : first_shift);
    if (m.shift > 1) throw Error(Status::e_numeric, "the kernel has no Cholesky factor in single precision");
    call.run.monitor().log(2, "the kernel is not positive definite in single precision: shifted");
  }
}

}  // namespace akr
