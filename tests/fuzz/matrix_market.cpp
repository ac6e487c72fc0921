// SPDX-License-Identifier: BSD-3-Clause
#include "matrix_market.hpp"

#include "format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  return fuzz::read([&] { fuzz::look_at(akr::cli::read_matrix_market(text, "input")); });
}
