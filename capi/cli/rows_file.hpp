// SPDX-License-Identifier: BSD-3-Clause
// An .npy matrix in C order that stays on the disk: its rows are read when they are asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "table.hpp"

namespace akr::cli {

class RowsFile {
 public:
  // Throws Failure unless the file is a plain .npy in C order.
  explicit RowsFile(const std::string &name);

  const Table &table() const { return table_; }  // sizes and type; its data are not there

  // Row-major, ld numbers from row to row, of the given columns. False after noting why in error().
  template <class T>
  bool read(const std::vector<std::int64_t> &columns, std::int64_t first_row, std::int64_t nrows, T *block,
            std::int64_t ld);

  const std::string &error() const { return error_; }

 private:
  bool read_bytes(std::int64_t first_row, std::int64_t nrows, char *out);

  Table table_;
  Descriptor descriptor_;
  std::int64_t offset_ = 0;
  std::int64_t row_bytes_ = 0;
  std::vector<char> buffer_;
  std::string error_;
};

extern template bool RowsFile::read(const std::vector<std::int64_t> &, std::int64_t, std::int64_t, float *,
                                    std::int64_t);
extern template bool RowsFile::read(const std::vector<std::int64_t> &, std::int64_t, std::int64_t, double *,
                                    std::int64_t);

}  // namespace akr::cli
