// SPDX-License-Identifier: BSD-3-Clause
// Randomised Cholesky QR (Balabanov 2022; Higgins, Szyld, Boman, Yamazaki 2024): with P from a sketch, κ(AP) = O(1), so
// the Cholesky factor C of (AP)ᵀ(AP) is accurate whatever κ(A) is, and A P C⁻¹ is orthonormal to O(u).
#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "precond/build.hpp"
#include "precond/product_rows.hpp"

namespace akr {

using linalg::Op;

namespace {

// (AP)ᵀ(AP) with a larger relative error in its smallest eigenvalue does not orthonormalise. For P of a sketch of A it
// is 10⁻¹⁴; 10⁻⁴ leaves room for poor sketches.
constexpr double worst_gram_error = 1e-4;

Array2<double> gram_of_product(Call &call, const Matrix &a, const Precond &m) {
  Array2<double> g(m.rank, m.rank, 0.0);
  for_each_product_block(call, a, m, [&](std::int64_t, View<double> y) {
    linalg::syrk_upper(Op::transpose, 1.0, View<const double>(y), 1.0, g.view());
  });
  for (std::int64_t j = 0; j < m.rank; ++j) call.run.reduction().combine(g.col(j), j + 1);
  return g;
}

// The same for an operator, some columns of P at a time: Pᵀ D (AᵀA D P).
Array2<double> gram_by_products(Call &call, const Matrix &a, const Precond &m) {
  constexpr std::int64_t width = 32;
  Array2<double> g(m.rank, m.rank, 0.0);
  for (std::int64_t first = 0; first < m.rank; first += width) {
    const std::int64_t count = std::min(width, m.rank - first);
    Array2<double> unit(m.rank, count, 0.0);
    for (std::int64_t c = 0; c < count; ++c) unit(first + c, c) = 1;
    Array2<double> x(m.cols, count);
    Array2<double> z(m.cols, count);
    m.right(unit.view(), x.view());
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t j = 0; j < m.cols; ++j) x(j, c) *= m.scale[j];
    }
    PassRequest request;
    request.x = x.view();
    request.z = z.view();
    a.pass(call.run, request);
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t j = 0; j < m.cols; ++j) z(j, c) *= m.scale[j];
    }
    m.right_transpose(z.view(), g.view().columns(first, count));
  }
  return g;
}

// The rows √μ I of the stacked matrix.
void add_ridge_rows(const Precond &m, View<double> g) {
  Array2<double> rows(m.cols, m.cols, 0.0);
  for (std::int64_t j = 0; j < m.cols; ++j) rows(j, j) = std::sqrt(m.ridge) * m.scale[j];
  if (m.full_rank()) {
    linalg::trsm_right_upper(m.r.view(), rows.view());
    linalg::syrk_upper(Op::transpose, 1.0, View<const double>(rows.view()), 1.0, g);
  } else {
    Array2<double> product(m.cols, m.rank);
    linalg::gemm(Op::none, Op::none, 1.0, View<const double>(rows.view()), m.truncated.view(), 0.0, product.view());
    linalg::syrk_upper(Op::transpose, 1.0, View<const double>(product.view()), 1.0, g);
  }
}

// max c_jj / min c_jj, a lower bound of κ(C) = κ(AP), and within a small factor of it where it is small.
double diagonal_ratio(View<const double> c) {
  double smallest = c(0, 0);
  double largest = c(0, 0);
  for (std::int64_t j = 1; j < c.cols; ++j) {
    smallest = std::min(smallest, c(j, j));
    largest = std::max(largest, c(j, j));
  }
  return largest / smallest;
}

}  // namespace

bool orthonormalise(Call &call, const Matrix &a, Precond &m) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("orthonormalise");
  call.run.monitor().stage(0.3, 0.8);
  if (m.rank == 0) return true;
  Array2<double> c = a.has_panels() ? gram_of_product(call, a, m) : gram_by_products(call, a, m);
  if (m.ridge > 0) add_ridge_rows(m, c.view());
  if (!linalg::all_finite_upper(c.view()) || !linalg::cholesky_upper(c.view())) return false;
  // C is that of (AP)ᵀ(AP) + E with ‖E‖ = O(√d u)‖AP‖². On a singular product the last pivots are rounding errors, of
  // either sign: whether the factorisation breaks down is chance, so the ratio of the pivots decides.
  const double ratio = diagonal_ratio(c.view());
  const double gram_error = std::sqrt(static_cast<double>(m.cols)) * unit_roundoff(64) * ratio * ratio;
  if (!(gram_error < worst_gram_error)) return false;
  linalg::clear_lower(c.view());
  if (m.full_rank()) {
    linalg::trmm_left_upper(c.view(), m.r.view());
  } else {
    linalg::trsm_right_upper(c.view(), m.truncated.view());
  }
  // What is left is the error of forming A P, O(u κ) in the worst case as for Householder's R, and that of its Gram
  // matrix.
  m.contraction = 4 * (std::sqrt(static_cast<double>(m.cols)) * unit_roundoff(64) * m.condition + gram_error);
  if (m.origin == PrecondOrigin::sketch) m.origin = PrecondOrigin::sketch_cholqr;
  return true;
}

}  // namespace akr
