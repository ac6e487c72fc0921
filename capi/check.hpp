// SPDX-License-Identifier: BSD-3-Clause
// The checks of arguments that every function of akr.h makes before its first write. Each throws Error(e_argument) with
// the argument, its value and the rule it breaks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/view.hpp"
#include "handle.hpp"
#include "matrix/matrix.hpp"

namespace akr::capi {

// "ldb = 3: must be at least rows(A) = 100"; without `what`, "ldb = -1: must be at least 0".
void check_at_least(const char *name, std::int64_t value, std::int64_t least, const char *what = nullptr);
// "rows = -1: must be from 0 to 281474976710656". More cannot be addressed, and sums of some sizes do not overflow.
void check_count(const char *name, std::int64_t value);
// "nrhs = -1: must be from 0 to 2147483647": columns of a block of vectors, which the BLAS counts in 32 bits.
void check_columns(const char *name, std::int64_t value);
// "nrhs = 3: must be rows(A) = 100".
void check_equal(const char *name, std::int64_t value, std::int64_t wanted, const char *what);
// "layout = 7: must be AKR_COL_MAJOR (0) or AKR_ROW_MAJOR (1)".
void check_layout(std::int32_t layout);
// "transpose = 2: must be 0 or 1".
void check_flag(const char *name, std::int32_t value);
// "ridge = -1: must be at least 0 and finite".
void check_ridge(const char *name, double value);
// "matrix: A is f32, the function is f64".
void check_bits(const char *name, const char *what, int bits, int function_bits);
inline void check_bits(const Matrix &a, int function_bits) { check_bits("matrix", "A", a.bits(), function_bits); }
// "out: NULL, but a place for the result is needed": a pointer that must never be null.
void check_out(const char *name, const void *pointer);

// "key: NULL, must be a string".
std::string_view check_text(const char *name, const char *value);

// The rows x cols numbers of `size` bytes at `data`, ld apart: null only where there are none, aligned to their size,
// within the address space.
//   "ldb = 3: must be at least rows(A) = 100"; "b: NULL, but 100 x 2 numbers are needed"
// `least`: what ld must at least be (rows if column-major), called `least_name` in the message.
struct ArrayArgument {
  const char *name;
  const void *data;
  std::int64_t rows;  // of the contiguous direction
  std::int64_t cols;
  std::int64_t ld;
  std::int64_t size;  // bytes of a number
};
void check_array(const ArrayArgument &array, const char *ld_name, const char *least_name);

template <class T>
ArrayArgument array_argument(const char *name, const T *data, std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  return ArrayArgument{name, data, rows, cols, ld, static_cast<std::int64_t>(sizeof(T))};
}

// The leading dimension to go on with. Where it leads nowhere the caller may have given any, up to 2⁶³ − 1.
constexpr std::int64_t usable_ld(std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  return rows > 0 && cols > 1 ? ld : std::max<std::int64_t>(rows, 1);
}

// A column-major argument, checked, as a view.
template <class T>
View<T> checked_view(const char *name, T *data, std::int64_t rows, std::int64_t cols, const char *ld_name,
                     std::int64_t ld, const char *rows_name) {
  check_array(array_argument(name, data, rows, cols, ld), ld_name, rows_name);
  return View<T>(data, rows, cols, usable_ld(rows, cols, ld));
}

// A plain array of `count` numbers: "scores: NULL, but 100 numbers are needed".
void check_pointer(const char *name, const void *data, std::int64_t count, std::int64_t size);
template <class T>
void check_pointer(const char *name, const T *data, std::int64_t count) {
  check_pointer(name, data, count, static_cast<std::int64_t>(sizeof(T)));
}

// "x: overlaps b". Blocks of one array with one leading dimension (rows 0…9 and 10…19 of it) do not overlap although
// their address ranges do; with different leading dimensions the ranges decide.
void check_no_overlap(const ArrayArgument &output, const ArrayArgument &input);
// The same, but the output may be the input itself: same address, shape and leading dimension.
void check_same_or_no_overlap(const ArrayArgument &output, const ArrayArgument &input);
void check_no_overlap(const char *output, const void *out_data, std::int64_t out_bytes, const char *input,
                      const void *in_data, std::int64_t in_bytes);

}  // namespace akr::capi
