// SPDX-License-Identifier: BSD-3-Clause
// A compressed file of any format, as the client opens it.
#include "gzip.hpp"

#include "format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char *>(data), size);
  if (akr::cli::is_gzip(bytes)) fuzz::read([&] { (void)akr::cli::inflate_gzip(bytes, "input"); });
  const fuzz::File file(data, size);
  return fuzz::read([&] { fuzz::look_at(akr::cli::load_table(file.name(), akr::cli::Header::automatic)); });
}
