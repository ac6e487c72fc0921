// SPDX-License-Identifier: BSD-3-Clause
// Bounds of gᵀ(RᵀR + ω²S²)⁻¹g, S diagonal, by a few triangular solves in place of a factorisation. With v = R⁻ᵀg it is
// vᵀ(I + ω²R⁻ᵀS²R⁻¹)⁻¹v; k steps of conjugate gradients are Gauss quadrature of it, a lower bound, and the rule of
// Gauss and Radau with a node at 1, which no eigenvalue is below, an upper one (Golub, Meurant 2010; by CG's
// coefficients as in Meurant, Tichý 2013). Both are rigorous but for roundoff; before the first step they are 0 and
// ‖v‖².
#pragma once

#include <cstdint>
#include <functional>

#include "base/view.hpp"

namespace akr {

// For each column of v = R⁻ᵀG, which is destroyed: settled(c, lower, upper) is told the bounds of the form's square
// root after each step, and whether that is enough. Up to so many steps while some column is not settled, two solves
// with R each; fewer where numbers leave the exponent range. Returns how many. s: the diagonal of S; null where it is
// I. Roundoff is that of solves with R, κ(R)√d u relative.
int bound_inverse_forms(View<const double> r, const double *s, const double *omega, View<double> v, int steps,
                        const std::function<bool(std::int64_t c, double lower, double upper)> &settled);

}  // namespace akr
