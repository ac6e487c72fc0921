// SPDX-License-Identifier: BSD-3-Clause
#include "output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <type_traits>

#include "failure.hpp"
#include "npy.hpp"
#include "text.hpp"

namespace akr::cli {

namespace fs = std::filesystem;

void check_output_name(const std::string &name, const std::vector<std::string> &inputs) {
  const std::string lower = lower_case(name);
  for (const char *end : {".npy", ".mtx", ".csv", ".txt"}) {
    if (ends_with(lower, end)) return check_writable(name, inputs);
  }
  throw Failure(Exit::usage, concat(name, ": the name of the output must end in .npy, .mtx, .csv or .txt"));
}

void check_picture_name(const std::string &name, const std::vector<std::string> &inputs) {
  check_writable(name, inputs);
  if (!ends_with(lower_case(name), ".svg")) {
    throw Failure(Exit::usage, concat(name, ": the name of the picture must end in .svg: it is written as SVG only"));
  }
}

void check_writable(const std::string &name, const std::vector<std::string> &inputs) {
  std::error_code ignored;
  for (const std::string &input : inputs) {
    if (fs::equivalent(name, input, ignored)) {
      throw Failure(Exit::usage, concat(name, ": is an input, and would be overwritten"));
    }
  }
  const bool exists = fs::exists(name, ignored);
  const fs::path parent = fs::path(name).parent_path();
  const std::string target = exists ? name : parent.empty() ? std::string(".") : parent.string();
  if (fs::is_directory(name, ignored)) throw Failure(Exit::no_output, concat(name, ": is a directory"));
  if (access(target.c_str(), exists ? W_OK : W_OK | X_OK) != 0) {
    throw Failure(Exit::no_output, concat(name, ": ", std::strerror(errno)));
  }
}

void write_text(const std::string &name, const std::string &text) {
  std::FILE *file = name.empty() ? stdout : std::fopen(name.c_str(), "wb");
  if (!file) throw Failure(Exit::no_output, concat(name, ": ", std::strerror(errno)));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = (name.empty() ? std::fflush(file) : std::fclose(file)) == 0;
  if (!written || !closed) {
    throw Failure(Exit::input_output, concat(name.empty() ? "stdout" : name, ": ", std::strerror(errno)));
  }
}

void say(const std::string &text, bool on_stdout) {
  if (on_stdout) return write_text("", text);
  std::fputs(text.c_str(), stderr);
}

template <class T>
void write_columns(const std::string &name, const std::vector<T> &values, std::int64_t rows, std::int64_t cols) {
  const std::string lower = lower_case(name);
  std::string out;
  if (ends_with(lower, ".npy")) {
    out = npy_header(rows, cols, std::is_same_v<T, float>);
    out.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
  } else if (ends_with(lower, ".mtx")) {
    out = concat("%%MatrixMarket matrix array real general\n", rows, " ", cols, "\n");
    for (const T value : values) append(out, concat(value, "\n"));
  } else {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < cols; ++j) {
        append(out, values[static_cast<std::size_t>(j * rows + i)]);
        out += j + 1 < cols ? ',' : '\n';
      }
    }
  }
  write_text(name, out);
}

template void write_columns(const std::string &, const std::vector<float> &, std::int64_t, std::int64_t);
template void write_columns(const std::string &, const std::vector<double> &, std::int64_t, std::int64_t);

}  // namespace akr::cli
