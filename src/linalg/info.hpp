// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace akr::linalg {

// The BLAS in use, as it names itself.
const char *blas_name() noexcept;

// The speed of its matrix products as a fraction of what a BLAS made for the processor reaches: below 1 where OpenBLAS
// does not know the processor and falls back on the kernels of an old one ("Prescott" on processors that came out after
// it), which the environment variable OPENBLAS_CORETYPE cures. From its name for the processor alone, so that it never
// changes within a process.
double blas_speed() noexcept;

// Whether its kernels are made of vectors of 64 bytes, likewise: OpenBLAS 0.3.21 takes those of Haswell on a Zen 5.
bool blas_has_avx512() noexcept;

}  // namespace akr::linalg
