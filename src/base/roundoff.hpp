// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace akr {

// u: 2⁻⁵³ for 64 bits, 2⁻²⁴ for 32.
constexpr double unit_roundoff(int bits) { return bits == 32 ? 0x1p-24 : 0x1p-53; }

}  // namespace akr
