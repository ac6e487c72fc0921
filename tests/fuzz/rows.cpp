// SPDX-License-Identifier: BSD-3-Clause
#include "rows_file.hpp"

#include "format.hpp"

namespace {

// All columns, and every other one, some rows at a time.
template <class T>
void read_all(akr::cli::RowsFile &file) {
  const std::int64_t rows = file.table().rows(), cols = file.table().cols();
  std::vector<std::int64_t> all, some;
  for (std::int64_t j = 0; j < cols; ++j) {
    all.push_back(j);
    if (j % 2 == 0) some.push_back(cols - 1 - j);
  }
  for (const auto &columns : {all, some}) {
    const std::int64_t ld = static_cast<std::int64_t>(columns.size()) + 1;
    for (std::int64_t first = 0; first < rows && !columns.empty(); first += 3) {
      const std::int64_t count = std::min<std::int64_t>(3, rows - first);
      std::vector<T> block(static_cast<std::size_t>(count * ld));
      if (!file.read(columns, first, count, block.data(), ld)) {
        fuzz::require(!file.error().empty(), "a failure without a reason");
        return;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const fuzz::File file(data, size);
  return fuzz::read([&] {
    akr::cli::RowsFile rows(file.name());
    read_all<double>(rows);
    read_all<float>(rows);
  });
}
