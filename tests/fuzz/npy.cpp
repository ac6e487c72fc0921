// SPDX-License-Identifier: BSD-3-Clause
#include "npy.hpp"

#include "format.hpp"

namespace {

// The numbers lie in the file: a mapping hides a reading beyond its end from the sanitizer.
void check_place(const akr::cli::Array &array, std::string_view file) {
  const std::int64_t bytes = array.count() * akr::cli::element_size(array.element);
  fuzz::require(array.data >= file.data() && array.data + bytes <= file.data() + file.size(),
                "numbers beyond the file");
}

// What we write reads back as what it was.
void round_trip(const akr::cli::Array &array) {
  const bool single = array.element == akr::cli::Element::f32;
  if (!single && array.element != akr::cli::Element::f64) return;
  const std::string header = akr::cli::npy_header(array.rows, array.cols, single);
  std::string bytes = header + std::string(static_cast<std::size_t>(array.count() * (single ? 4 : 8)), '\0');
  const fuzz::File file(reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size());
  const akr::cli::Table back = akr::cli::read_npy(akr::cli::Bytes::load(file.name()), "written");
  fuzz::require(back.rows() == array.rows && back.cols() == array.cols && back.array()->element == array.element,
                "the header does not read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const fuzz::File file(data, size);
  return fuzz::read([&] {
    const auto bytes = akr::cli::Bytes::load(file.name());
    const akr::cli::Table table = akr::cli::read_npy(bytes, "input");
    check_place(*table.array(), bytes->view());
    fuzz::look_at(table);
    round_trip(*table.array());
  });
}
