// SPDX-License-Identifier: BSD-3-Clause
// Answers of unknown length into the caller's buffer: (NULL, 0) asks for the length, and a buffer that is too small
// gets nothing.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace akr::capi {

// *length: bytes without the terminating NUL, for which buf must have room too. It is set before a small buffer is
// refused with Error(e_argument).
void copy_text(std::string_view answer, char *buf, std::int64_t capacity, std::int64_t *length);
// *length and capacity count numbers.
void copy_array(const std::vector<double> &answer, double *buf, std::int64_t capacity, std::int64_t *length);
void copy_array(const std::vector<std::int64_t> &answer, std::int64_t *buf, std::int64_t capacity,
                std::int64_t *length);

}  // namespace akr::capi
