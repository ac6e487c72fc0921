// SPDX-License-Identifier: BSD-3-Clause
// What a preconditioner makes of a matrix, in extended precision.
#pragma once

#include "core_fixture.hpp"
#include "precond/build.hpp"

namespace akr::core_fixture {

// A D, or [A; √ridge I] D.
inline Array<Real> scaled_stack(const Array<double> &a, const Precond &m, double ridge) {
  Array<Real> out = ridge > 0 ? numeric::stacked(a, ridge) : a.as<Real>();
  for (std::int64_t j = 0; j < out.cols(); ++j) {
    for (std::int64_t i = 0; i < out.rows(); ++i) out(i, j) *= wide(m.scale[j]);
  }
  return out;
}

// A D P with P as it is stored: R⁻¹ by substitution, or the truncated P.
inline Array<Real> preconditioned(const Array<double> &a, const Precond &m, double ridge = 0) {
  Array<Real> out = scaled_stack(a, m, ridge);
  if (!m.full_rank()) return product(out, copied(m.truncated.view()));
  for (std::int64_t j = 0; j < out.cols(); ++j) {
    for (std::int64_t k = 0; k < j; ++k) {
      const Real factor = wide(m.r(k, j));
      for (std::int64_t i = 0; i < out.rows(); ++i) out(i, j) -= out(i, k) * factor;
    }
    for (std::int64_t i = 0; i < out.rows(); ++i) out(i, j) /= wide(m.r(j, j));
  }
  return out;
}

// ‖(AP)ᵀ(AP) - I‖₂ = max |σ² - 1| over the singular values of AP.
inline Real departure(const Array<Real> &ap) {
  const Array<Real> sigma = singular_values(ap);
  Real worst = 0;
  for (std::int64_t j = 0; j < sigma.rows(); ++j) worst = std::max(worst, std::fabs(sigma[j] * sigma[j] - 1));
  return worst;
}

inline Real condition(const Array<Real> &a) {
  const Array<Real> sigma = singular_values(a);
  return sigma[0] / sigma[sigma.rows() - 1];
}

inline Precond made_by_qr(Workbench &bench, const Matrix &a, double ridge = 0) {
  return precond_by_qr(bench.call, a, ridge, nullptr, View<double>());
}

}  // namespace akr::core_fixture
