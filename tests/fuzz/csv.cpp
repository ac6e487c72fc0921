// SPDX-License-Identifier: BSD-3-Clause
#include "csv.hpp"

#include "format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  for (const auto header : {akr::cli::Header::automatic, akr::cli::Header::yes, akr::cli::Header::no})
    fuzz::read([&] { fuzz::look_at(akr::cli::read_csv(text, "input", header)); });
  return 0;
}
