// SPDX-License-Identifier: BSD-3-Clause
#include "check.hpp"

#include <cmath>
#include <limits>

#include "base/status.hpp"
#include "base/text.hpp"

namespace akr::capi {

namespace {

template <class... Parts>
[[noreturn]] void refuse(const Parts &...parts) {
  throw Error(Status::e_argument, text(parts...));
}

}  // namespace

void require_kind(const void *handle, Kind wanted, const char *argument) {
  if (handle == nullptr) refuse(argument, ": NULL, must be an ", kind_name(wanted), " handle");
  std::uint64_t tag = 0;
  std::memcpy(&tag, handle, sizeof tag);
  if (tag == static_cast<std::uint64_t>(wanted)) return;
  for (const Kind kind : all_kinds) {
    const auto value = static_cast<std::uint64_t>(kind);
    if (tag == value) refuse(argument, ": an ", kind_name(kind), " handle, must be an ", kind_name(wanted), " handle");
    if (tag == ~value) refuse(argument, ": an ", kind_name(kind), " handle that was destroyed");
  }
  refuse(argument, ": not an ", kind_name(wanted), " handle (destroyed, or other memory)");
}

void check_at_least(const char *name, std::int64_t value, std::int64_t least, const char *what) {
  if (value >= least) return;
  if (what == nullptr) refuse(name, " = ", value, ": must be at least ", least);
  refuse(name, " = ", value, ": must be at least ", what, " = ", least);
}

namespace {

void check_range(const char *name, std::int64_t value, std::int64_t most) {
  if (value < 0 || value > most) refuse(name, " = ", value, ": must be from 0 to ", most);
}

}  // namespace

void check_count(const char *name, std::int64_t value) { check_range(name, value, std::int64_t{1} << 48); }

void check_columns(const char *name, std::int64_t value) {
  check_range(name, value, std::numeric_limits<std::int32_t>::max());
}

void check_equal(const char *name, std::int64_t value, std::int64_t wanted, const char *what) {
  if (value != wanted) refuse(name, " = ", value, ": must be ", what, " = ", wanted);
}

void check_layout(std::int32_t layout) {
  if (layout != AKR_COL_MAJOR && layout != AKR_ROW_MAJOR) {
    refuse("layout = ", layout, ": must be AKR_COL_MAJOR (0) or AKR_ROW_MAJOR (1)");
  }
}

void check_flag(const char *name, std::int32_t value) {
  if (value != 0 && value != 1) refuse(name, " = ", value, ": must be 0 or 1");
}

void check_ridge(const char *name, double value) {
  if (!(value >= 0) || std::isinf(value)) refuse(name, " = ", value, ": must be at least 0 and finite");
}

void check_bits(const char *name, const char *what, int bits, int function_bits) {
  if (bits != function_bits) refuse(name, ": ", what, " is f", bits, ", the function is f", function_bits);
}

void check_out(const char *name, const void *pointer) {
  if (pointer == nullptr) refuse(name, ": NULL, but a place for the result is needed");
}

std::string_view check_text(const char *name, const char *value) {
  if (value == nullptr) refuse(name, ": NULL, must be a string");
  return value;
}

void check_array(const ArrayArgument &array, const char *ld_name, const char *least_name) {
  check_at_least(ld_name, array.ld, array.rows, least_name);
  if (array.rows == 0 || array.cols == 0) return;
  // The last number ends at ((cols − 1)·ld + rows)·size bytes.
  std::int64_t numbers = 0;
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(array.cols - 1, array.ld, &numbers) ||
      __builtin_add_overflow(numbers, array.rows, &numbers) || __builtin_mul_overflow(numbers, array.size, &bytes)) {
    refuse(array.name, ": ", array.rows, " x ", array.cols, " numbers with ", ld_name, " = ", array.ld,
           " cannot be addressed");
  }
  if (array.data == nullptr) refuse(array.name, ": NULL, but ", array.rows, " x ", array.cols, " numbers are needed");
  if (reinterpret_cast<std::uintptr_t>(array.data) % static_cast<std::uintptr_t>(array.size) != 0) {
    refuse(array.name, ": not aligned to the ", array.size, " bytes of a number");
  }
}

void check_pointer(const char *name, const void *data, std::int64_t count, std::int64_t size) {
  if (count == 0) return;
  if (count > std::numeric_limits<std::int64_t>::max() / size) {
    refuse(name, ": ", count, " numbers cannot be addressed");
  }
  if (data == nullptr) refuse(name, ": NULL, but ", count, " numbers are needed");
  if (reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(size) != 0) {
    refuse(name, ": not aligned to the ", size, " bytes of a number");
  }
}

namespace {

bool empty(const ArrayArgument &a) { return a.rows == 0 || a.cols == 0; }

std::int64_t span_bytes(const ArrayArgument &a) { return empty(a) ? 0 : ((a.cols - 1) * a.ld + a.rows) * a.size; }

bool ranges_meet(const void *p, std::int64_t p_bytes, const void *q, std::int64_t q_bytes) {
  const auto a = reinterpret_cast<std::uintptr_t>(p);
  const auto b = reinterpret_cast<std::uintptr_t>(q);
  return p_bytes > 0 && q_bytes > 0 && a < b + static_cast<std::uintptr_t>(q_bytes) &&
         b < a + static_cast<std::uintptr_t>(p_bytes);
}

// Two blocks with one leading dimension, the second shift = column·ld + row numbers after the first, 0 <= row < ld.
// Its columns cover rows row … row + second.rows of the parent array, wrapping into the next column beyond ld.
bool blocks_meet(const ArrayArgument &first, const ArrayArgument &second, std::int64_t shift) {
  const std::int64_t column = shift / first.ld;
  const std::int64_t row = shift % first.ld;
  const bool beside = row < first.rows && column < first.cols;
  const bool wrapped = row + second.rows > first.ld && column + 1 < first.cols;
  return beside || wrapped;
}

bool meet(const ArrayArgument &x, const ArrayArgument &y) {
  if (!ranges_meet(x.data, span_bytes(x), y.data, span_bytes(y))) return false;
  const auto p = reinterpret_cast<std::uintptr_t>(x.data);
  const auto q = reinterpret_cast<std::uintptr_t>(y.data);
  const std::uintptr_t distance = p < q ? q - p : p - q;
  if (x.ld != y.ld || x.size != y.size || distance % static_cast<std::uintptr_t>(x.size) != 0) return true;
  const auto shift = static_cast<std::int64_t>(distance) / x.size;
  return p < q ? blocks_meet(x, y, shift) : blocks_meet(y, x, shift);
}

}  // namespace

void check_no_overlap(const ArrayArgument &output, const ArrayArgument &input) {
  if (meet(output, input)) refuse(output.name, ": overlaps ", input.name);
}

void check_same_or_no_overlap(const ArrayArgument &output, const ArrayArgument &input) {
  const bool same = output.data == input.data && output.rows == input.rows && output.cols == input.cols &&
                    output.ld == input.ld && output.size == input.size;
  if (!same && meet(output, input)) refuse(output.name, ": overlaps ", input.name, " without being the same array");
}

void check_no_overlap(const char *output, const void *out_data, std::int64_t out_bytes, const char *input,
                      const void *in_data, std::int64_t in_bytes) {
  if (ranges_meet(out_data, out_bytes, in_data, in_bytes)) refuse(output, ": overlaps ", input);
}

}  // namespace akr::capi
