// SPDX-License-Identifier: BSD-3-Clause
// What calls of LAPACKE have in common.
#pragma once

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/memory.hpp"
#include "base/status.hpp"
#include "base/text.hpp"

namespace akr::linalg {

inline void check_info(lapack_int info, const char *routine) {
  if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR) {
    throw Error(Status::e_memory, text(routine, ": no memory for its workspace"));
  }
  if (info < 0) throw Error(Status::e_internal, text(routine, ": argument ", -info, " refused"));
  if (info > 0) throw Error(Status::e_numeric, text(routine, ": did not converge, info = ", info));
}

// Of the size that a query came back with.
inline Buffer<double> workspace(double query) { return Buffer<double>(std::max<std::int64_t>(1, std::llround(query))); }

}  // namespace akr::linalg
