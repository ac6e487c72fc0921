// SPDX-License-Identifier: BSD-3-Clause
#include "rows_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.hpp"
#include "npy.hpp"
#include "text.hpp"

namespace akr::cli {

RowsFile::RowsFile(const std::string &name) : descriptor_(open_input(name)) {
  const std::string shown = shown_name(name);
  const auto bytes = Bytes::load(name);
  if (!bytes->is_plain_file() || !is_npy(bytes->view())) {
    throw Failure(Exit::usage, concat(shown, ": --rows-from-disk reads plain .npy files only"));
  }
  table_ = read_npy(bytes, shown);
  Array &array = std::get<Array>(table_.data);
  if (array.column_major && array.rows > 1 && array.cols > 1) {
    throw Failure(Exit::usage, concat(shown,
                                      ": --rows-from-disk needs C order, and this file is in Fortran order: "
                                      "save it with numpy.ascontiguousarray(a)"));
  }
  offset_ = array.data - bytes->view().data();
  row_bytes_ = array.cols * element_size(array.element);
  // The mapping goes: it served the header, and its pages would count as memory of this process.
  array.data = nullptr;
  array.owner = nullptr;
}

bool RowsFile::read_bytes(std::int64_t first_row, std::int64_t nrows, char *out) {
  const std::int64_t wanted = nrows * row_bytes_;
  for (std::int64_t done = 0; done < wanted;) {
    const ssize_t count = pread(descriptor_.number(), out + done, static_cast<std::size_t>(wanted - done),
                                static_cast<off_t>(offset_ + first_row * row_bytes_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error_ = concat(table_.name, ": ", count < 0 ? std::strerror(errno) : "has become shorter while it was read");
      return false;
    }
    done += count;
  }
  return true;
}

template <class T>
bool RowsFile::read(const std::vector<std::int64_t> &columns, std::int64_t first_row, std::int64_t nrows, T *block,
                    std::int64_t ld) {
  const Element own = sizeof(T) == 4 ? Element::f32 : Element::f64;
  const Array &array = *table_.array();
  const auto used = static_cast<std::int64_t>(columns.size());
  const bool whole_rows = used == array.cols && std::is_sorted(columns.begin(), columns.end());
  if (array.element == own && whole_rows && ld == array.cols) {
    return read_bytes(first_row, nrows, reinterpret_cast<char *>(block));
  }
  const std::int64_t chunk = std::max<std::int64_t>(1, (std::int64_t{1} << 20) / std::max<std::int64_t>(1, row_bytes_));
  buffer_.resize(static_cast<std::size_t>(std::min(chunk, nrows) * row_bytes_));
  std::vector<T> row(static_cast<std::size_t>(array.cols));
  for (std::int64_t first = 0; first < nrows; first += chunk) {
    const std::int64_t count = std::min(chunk, nrows - first);
    if (!read_bytes(first_row + first, count, buffer_.data())) return false;
    for (std::int64_t i = 0; i < count; ++i) {
      T *out = block + (first + i) * ld;
      convert(array.element, buffer_.data() + i * row_bytes_, array.cols, whole_rows ? out : row.data());
      if (whole_rows) continue;
      for (std::int64_t j = 0; j < used; ++j) {
        out[j] = row[static_cast<std::size_t>(columns[static_cast<std::size_t>(j)])];
      }
    }
  }
  return true;
}

template bool RowsFile::read(const std::vector<std::int64_t> &, std::int64_t, std::int64_t, float *, std::int64_t);
template bool RowsFile::read(const std::vector<std::int64_t> &, std::int64_t, std::int64_t, double *, std::int64_t);

}  // namespace akr::cli
