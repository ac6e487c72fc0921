// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "precond/rpcholesky.hpp"

namespace akr {

// G ≈ (GΩ)(ΩᵀGΩ)⁻¹(GΩ)ᵀ = F Fᵀ with a normal Ω of so many columns, shifted by the rounding of GΩ so that the inner
// factor exists (Tropp, Yurtsever, Udell, Cevher 2017; Frangella, Tropp, Udell, arXiv 2110.02820). Costs `rank`
// products with G.
LowRank nystrom(Call &call, const SymmetricOperator &g, std::int64_t rank);

}  // namespace akr
