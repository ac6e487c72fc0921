// SPDX-License-Identifier: BSD-3-Clause
// What the targets of the client's file formats share: a reader may refuse an input with a Failure that says why, and
// nothing else; of what it takes every number is looked at.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "failure.hpp"
#include "gather.hpp"
#include "input.hpp"
#include "table.hpp"

namespace fuzz {

// A file in memory with a name.
class File {
 public:
  File(const std::uint8_t *data, std::size_t size) : descriptor_(memfd_create("input", 0)) {
    require(descriptor_ >= 0, "memfd_create");
    for (std::size_t done = 0; done < size;) {
      const ssize_t count = write(descriptor_, data + done, size - done);
      require(count > 0, "write");
      done += static_cast<std::size_t>(count);
    }
  }
  ~File() { close(descriptor_); }
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

inline void look_at(const akr::cli::Table &table) {
  const std::int64_t rows = table.rows(), cols = table.cols();
  require(rows >= 0 && cols >= 0, "a negative size");
  if (!table.column_names.empty()) {
    require(static_cast<std::int64_t>(table.column_names.size()) == cols, "names and columns differ in number");
  }
  volatile double sink = 0;
  if (const akr::cli::Array *array = table.array()) {
    if (rows == 0 || cols == 0) return;
    std::vector<std::int64_t> all;
    for (std::int64_t j = 0; j < cols; ++j) all.push_back(j);
    for (const double v : akr::cli::gather<double>(*array, all, true)) sink = sink + v;
    return;
  }
  const akr::cli::Sparse &sparse = *table.sparse();
  require(static_cast<std::int64_t>(sparse.ptr.size()) == rows + 1 && sparse.ptr.front() == 0, "ptr");
  require(sparse.index.size() == sparse.values.size() &&
              sparse.ptr.back() == static_cast<std::int64_t>(sparse.index.size()),
          "the number of entries");
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = sparse.ptr[static_cast<std::size_t>(i)]; k < sparse.ptr[static_cast<std::size_t>(i) + 1];
         ++k) {
      const std::int64_t column = sparse.index[static_cast<std::size_t>(k)];
      require(column >= 0 && column < cols, "a column outside");
      require(k == sparse.ptr[static_cast<std::size_t>(i)] || sparse.index[static_cast<std::size_t>(k) - 1] < column,
              "columns out of order");
      sink = sink + sparse.values[static_cast<std::size_t>(k)];
    }
  }
}

// Any exception but a Failure leaves, and the fuzzer sees it.
template <class Read>
int read(const Read &reader) {
  try {
    reader();
  } catch (const akr::cli::Failure &failure) {
    require(failure.what()[0] != '\0', "a refusal without a reason");
  }
  return 0;
}

}  // namespace fuzz
