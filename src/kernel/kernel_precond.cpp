// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/kernel_precond.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "linalg/blas.hpp"
#include "linalg/lapack.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr double first_shift = 1e-7;
constexpr std::int64_t block_columns = linalg::task_gemm_size;

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
    std::vector<double> norm(static_cast<std::size_t>(k));
    for (std::int64_t c = 0; c < k; ++c) {
      // Scaled to 1, so that single precision neither over- nor underflows.
      for (std::int64_t i = 0; i < points; ++i) z(i, c) = equilibrate[i] * r(i, c);
      norm[static_cast<std::size_t>(c)] = linalg::norm2(z.col(c), points);
      const double factor_c = norm[static_cast<std::size_t>(c)] > 0 ? 1 / norm[static_cast<std::size_t>(c)] : 1;
      for (std::int64_t i = 0; i < points; ++i) v(i, c) = static_cast<float>(factor_c * z(i, c));
    }
    linalg::trsm_left_upper(Op::transpose, factor.view(), v.view());
    linalg::trsm_left_upper(Op::none, factor.view(), v.view());
    for (std::int64_t c = 0; c < k; ++c) {
      const double size = norm[static_cast<std::size_t>(c)];
      for (std::int64_t i = 0; i < points; ++i) z(i, c) = size * equilibrate[i] * static_cast<double>(v(i, c));
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
  // Equilibrated by the exponents: −log e_i = log(1 + μ_i)/2.
  Buffer<double> minus_log(m.equilibrate.size());
  for (std::int64_t i = 0; i < n; ++i) minus_log[i] = g.log_d()[i] + std::log1p(mu[i]) / 2;
  while (true) {
    call.run.parallel((n + block_columns - 1) / block_columns, [&](std::int64_t task, int) {
      const std::int64_t j = task * block_columns, cols = std::min(block_columns, n - j);
      alignas(64) std::array<double, static_cast<std::size_t>(block_columns * block_columns)> scratch;
      for (std::int64_t i = 0; i < j + cols; i += block_columns) {  // the upper triangle
        const View<double> b(scratch.data(), std::min(block_columns, n - i), cols, block_columns);
        g.block(minus_log.data(), i, j, b);
        for (std::int64_t c = 0; c < cols; ++c) {
          float *out = m.factor.col(j + c) + i;
          for (std::int64_t k = 0; k < b.rows; ++k) out[k] = static_cast<float>(b(k, c));
        }
      }
    });
    for (std::int64_t i = 0; i < n && m.shift > 0; ++i) {
      m.factor(i, i) = static_cast<float>(1 + m.shift * m.equilibrate[i] * m.equilibrate[i]);
    }
    if (linalg::cholesky_upper(m.factor.view())) return m;
    m.shift = m.shift > 0 ? 4 * m.shift : std::max(first_shift, ridge < 1 ? ridge : first_shift);
    if (m.shift > 1) throw Error(Status::e_numeric, "the kernel has no Cholesky factor in single precision");
    call.run.monitor().log(2, "the kernel is not positive definite in single precision: shifted");
  }
}

}  // namespace akr
