// SPDX-License-Identifier: BSD-3-Clause
#include "output.hpp"

#include <algorithm>

#include "base/status.hpp"
#include "base/text.hpp"
#include "check.hpp"

namespace akr::capi {

namespace {

// True when there is a buffer and `needed` items fit; false when only the length is asked for.
bool prepare(const void *buf, std::int64_t capacity, std::int64_t *length, std::int64_t answer, std::int64_t needed,
             const char *items) {
  check_at_least("capacity", capacity, 0);
  if (buf == nullptr && capacity > 0) {
    throw Error(Status::e_argument, text("buf: NULL, but capacity = ", capacity));
  }
  if (buf == nullptr) check_out("length", length);
  if (length != nullptr) *length = answer;
  if (buf != nullptr && capacity < needed) {
    throw Error(Status::e_argument, text("capacity = ", capacity, ": must be at least ", needed, " ", items));
  }
  return buf != nullptr;
}

template <class T>
void copy_numbers(const std::vector<T> &answer, T *buf, std::int64_t capacity, std::int64_t *length) {
  const auto count = static_cast<std::int64_t>(answer.size());
  if (prepare(buf, capacity, length, count, count, "numbers")) std::copy(answer.begin(), answer.end(), buf);
}

}  // namespace

void copy_text(std::string_view answer, char *buf, std::int64_t capacity, std::int64_t *length) {
  const auto count = static_cast<std::int64_t>(answer.size());
  if (!prepare(buf, capacity, length, count, count + 1, "bytes, the final NUL included")) return;
  *std::copy(answer.begin(), answer.end(), buf) = '\0';
}

void copy_array(const std::vector<double> &answer, double *buf, std::int64_t capacity, std::int64_t *length) {
  copy_numbers(answer, buf, capacity, length);
}

void copy_array(const std::vector<std::int64_t> &answer, std::int64_t *buf, std::int64_t capacity,
                std::int64_t *length) {
  copy_numbers(answer, buf, capacity, length);
}

}  // namespace akr::capi
