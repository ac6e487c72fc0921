// SPDX-License-Identifier: BSD-3-Clause
#include "solve/gauss_radau.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/memory.hpp"
#include "linalg/blas.hpp"

namespace akr {

namespace {

// Of vectors of norm 1 at the start: a product beyond this has met R⁻¹ or S at the ends of the exponent range.
constexpr double most_energy = 1e200;

// CG for (I + ω²R⁻ᵀS²R⁻¹)y = v/‖v‖ and the two rules by its coefficients.
struct Column {
  std::int64_t index = 0;
  double size = 0;       // ‖v‖
  double square = 1;     // of the residual
  double gauss = 0;      // the lower bound
  double last_node = 1;  // γ^(μ) of Meurant and Tichý, μ = 1
};

}  // namespace

int bound_inverse_forms(View<const double> r, const double *s, const double *omega, View<double> v, int steps,
                        const std::function<bool(std::int64_t, double, double)> &settled) {
  const std::int64_t d = r.cols;
  std::vector<Column> columns;
  Array2<double> direction(d, v.cols), product(d, v.cols);
  Buffer<double> energies(v.cols);  // ‖p‖² + ω²‖S R⁻¹p‖²
  for (std::int64_t c = 0; c < v.cols; ++c) {
    Column column;
    column.index = c;
    column.size = linalg::norm2(v.col(c), d);
    if (!(column.size > 0 && std::isfinite(column.size))) continue;
    for (std::int64_t i = 0; i < d; ++i) v(i, c) /= column.size;
    std::copy_n(v.col(c), d, direction.col(static_cast<std::int64_t>(columns.size())));
    columns.push_back(column);
  }
  int step = 0;
  for (; step < steps && !columns.empty(); ++step) {
    const auto count = static_cast<std::int64_t>(columns.size());
    const View<double> p = direction.view().columns(0, count), q = product.view().columns(0, count);
    for (std::int64_t k = 0; k < count; ++k) std::copy_n(p.col(k), d, q.col(k));
    linalg::trsm_left_upper(linalg::Op::none, r, q);
    for (std::int64_t k = 0; k < count; ++k) {
      const double w = omega[columns[static_cast<std::size_t>(k)].index];
      double sum = 0;
      for (std::int64_t i = 0; i < d; ++i) {
        const double row = s != nullptr ? w * s[i] : w, image = row * q(i, k);
        sum += image * image;
        q(i, k) = row * image;
      }
      energies[k] = linalg::dot(p.col(k), p.col(k), d) + sum;
    }
    linalg::trsm_left_upper(linalg::Op::transpose, r, q);
    std::int64_t kept = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      Column column = columns[static_cast<std::size_t>(k)];
      double *residual = v.col(column.index);
      for (std::int64_t i = 0; i < d; ++i) q(i, k) += p(i, k);
      const double energy = energies[k];
      if (!(energy > 0 && energy <= most_energy)) continue;
      const double gamma = column.square / energy;
      column.gauss += gamma * column.square;
      linalg::axpy(-gamma, q.col(k), residual, d);
      const double square = linalg::dot(residual, residual, d), delta = square / column.square;
      const double excess = std::max(column.last_node - gamma, 0.0);  // γ ≤ γ^(μ) but for roundoff
      column.last_node = excess + delta > 0 ? excess / (excess + delta) : 0;
      column.square = square;
      const double upper = column.gauss + column.last_node * square;
      if (settled(column.index, column.size * std::sqrt(column.gauss), column.size * std::sqrt(upper)) || square == 0) {
        continue;
      }
      for (std::int64_t i = 0; i < d; ++i) direction(i, kept) = residual[i] + delta * p(i, k);
      columns[static_cast<std::size_t>(kept++)] = column;
    }
    columns.resize(static_cast<std::size_t>(kept));
  }
  return step;
}

}  // namespace akr
