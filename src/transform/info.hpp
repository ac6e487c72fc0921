// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace akr {

// "FFTW 3.3.10 (static)", "FFTW 3.3.10 (shared)" or "none".
const char *fft_name() noexcept;

}  // namespace akr
