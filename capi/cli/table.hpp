// SPDX-License-Identifier: BSD-3-Clause
// A file's content in memory: a dense array of any element type, in either layout, or a sparse matrix.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace akr::cli {

class Bytes;

enum class Element { f64, f32, i8, i16, i32, i64, u8, u16, u32, u64, boolean };

const char *element_name(Element element);
std::int64_t element_size(Element element);

// Packed: the leading dimension is rows or cols.
struct Array {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  bool column_major = false;
  Element element = Element::f64;
  const char *data = nullptr;  // need not be aligned
  std::shared_ptr<const void> owner;

  std::int64_t offset(std::int64_t i, std::int64_t j) const { return column_major ? j * rows + i : i * cols + j; }
  std::int64_t count() const { return rows * cols; }
};

// Compressed sparse rows, columns ascending in each row, no duplicates.
struct Sparse {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::int64_t> ptr;
  std::vector<std::int64_t> index;
  std::vector<double> values;
};

// Most rows or columns for which a file holds no numbers: they cost memory all the same.
constexpr std::int64_t most_empty = 10000000;

struct Table {
  std::string name;    // as messages show it
  std::string format;  // ".npy 1.0", "Matrix Market coordinate real general", "CSV, delimiter ','"
  std::variant<Array, Sparse> data;
  std::vector<std::string> column_names = {};  // of a CSV header, else empty
  std::vector<std::int64_t> lines = {};        // of a CSV file: where each row begins

  const Array *array() const { return std::get_if<Array>(&data); }
  const Sparse *sparse() const { return std::get_if<Sparse>(&data); }
  std::int64_t rows() const { return array() ? array()->rows : sparse()->rows; }
  std::int64_t cols() const { return array() ? array()->cols : sparse()->cols; }
};

// Calls `visit` with a null pointer of the element's C++ type.
template <class Visit>
decltype(auto) with_element(Element element, Visit &&visit) {
  switch (element) {
    case Element::f64:
      return visit(static_cast<const double *>(nullptr));
    case Element::f32:
      return visit(static_cast<const float *>(nullptr));
    case Element::i8:
      return visit(static_cast<const std::int8_t *>(nullptr));
    case Element::i16:
      return visit(static_cast<const std::int16_t *>(nullptr));
    case Element::i32:
      return visit(static_cast<const std::int32_t *>(nullptr));
    case Element::i64:
      return visit(static_cast<const std::int64_t *>(nullptr));
    case Element::u16:
      return visit(static_cast<const std::uint16_t *>(nullptr));
    case Element::u32:
      return visit(static_cast<const std::uint32_t *>(nullptr));
    case Element::u64:
      return visit(static_cast<const std::uint64_t *>(nullptr));
    default:
      return visit(static_cast<const std::uint8_t *>(nullptr));  // u8, and NumPy's bool: 0 or 1
  }
}

// out[k * stride] = element k of the `count` packed elements at `source`, as a T.
template <class T>
void convert(Element element, const char *source, std::int64_t count, T *out, std::int64_t stride = 1) {
  with_element(element, [&](auto *type) {
    using E = std::remove_cv_t<std::remove_pointer_t<decltype(type)>>;
    for (std::int64_t k = 0; k < count; ++k) {
      E value;
      std::memcpy(&value, source + k * static_cast<std::int64_t>(sizeof(E)), sizeof(E));
      out[k * stride] = static_cast<T>(value);
    }
  });
}

// An array that owns row-major doubles.
Array array_of(std::vector<double> values, std::int64_t rows, std::int64_t cols, bool column_major);

enum class Header { automatic, yes, no };

// Reads a file of any format, "-" from stdin. The first bytes tell the format. Throws Failure.
Table load_table(const std::string &name, Header header);
// The same of what is read already; the name's ending counts where the bytes tell nothing.
Table read_table(const std::shared_ptr<const Bytes> &bytes, const std::string &name, Header header);

// Product of two sizes; throws Failure (data) where it overflows 63 bits.
std::int64_t checked_product(std::int64_t a, std::int64_t b, const std::string &shown);

}  // namespace akr::cli
