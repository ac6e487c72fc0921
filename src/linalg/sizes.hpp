// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>

#include "base/status.hpp"
#include "base/text.hpp"

namespace akr::linalg {

// A size as BLAS takes it, or Error(e_unsupported) above 2³¹ − 1.
inline int blas_size(std::int64_t size) {
  if (size > std::numeric_limits<int>::max()) {
    throw Error(Status::e_unsupported, text("a dimension of ", size, " is over the BLAS limit of 2147483647"));
  }
  return static_cast<int>(size);
}

}  // namespace akr::linalg
