// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace akr::linalg {

// The BLAS in use, as it names itself.
const char *blas_name() noexcept;

}  // namespace akr::linalg
