// SPDX-License-Identifier: BSD-3-Clause
// FFTW's plans, for transform.cpp alone. Without AKR_HAVE_FFTW available() is false and nothing else may be called.
#pragma once

#include <cstdint>

namespace akr::fftw {

enum class Kind { dht, redft10, redft01 };
inline constexpr int kinds = 3;

bool available() noexcept;

// The in-place plan of r = 2^k ≤ 2^14 points for 64-byte aligned vectors, made at first use (FFTW_ESTIMATE: the same
// plan every time, unless the host has loaded wisdom into a shared FFTW) and never destroyed. Throws Error(e_memory)
// where FFTW can make none.
template <class T>
const void *plan(Kind kind, std::int64_t r);

void execute(const void *plan, double *x) noexcept;
void execute(const void *plan, float *x) noexcept;

}  // namespace akr::fftw
