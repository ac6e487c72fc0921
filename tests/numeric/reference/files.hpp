// SPDX-License-Identifier: BSD-3-Clause
// Readers of the files under tests/data.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "reference/array.hpp"

namespace numeric {

inline std::ifstream open_data(const std::string &name) {
  std::ifstream in(std::string(AKR_TEST_DATA) + '/' + name);
  if (!in) throw std::runtime_error("cannot read tests/data/" + name);
  return in;
}

// The first line that is neither empty nor a comment.
inline std::string content_line(std::ifstream &in) {
  std::string line;
  while (std::getline(in, line) && (line.empty() || line[0] == '%' || line[0] == '#')) {
  }
  return line;
}

// Matrix Market, real, general: coordinate or array form.
inline Array<double> read_matrix_market(const std::string &name, bool coordinate) {
  std::ifstream in = open_data(name);
  std::istringstream sizes(content_line(in));
  std::int64_t rows = 0, cols = 0, i = 0, j = 0;
  sizes >> rows >> cols;
  Array<double> a(rows, cols);
  double value = 0;
  if (coordinate) {
    while (in >> i >> j >> value) a(i - 1, j - 1) += value;
  } else {
    while (i < a.size() && in >> value) a[i++] = value;
  }
  return a;
}

// One number a line after the comments.
inline Array<Real> read_numbers(const std::string &name) {
  std::ifstream in = open_data(name);
  std::vector<Real> values;
  for (std::string line = content_line(in); in; std::getline(in, line)) values.push_back(std::stold(line));
  Array<Real> out(static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

// Comma-separated numbers.
inline Array<double> read_csv(const std::string &name) {
  std::ifstream in = open_data(name);
  std::vector<double> values;
  std::int64_t rows = 0;
  for (std::string line; std::getline(in, line); ++rows) {
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) values.push_back(std::stod(field));
  }
  const std::int64_t cols = static_cast<std::int64_t>(values.size()) / rows;
  Array<double> out(rows, cols);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < cols; ++j) out(i, j) = values[static_cast<std::size_t>(i * cols + j)];
  return out;
}

// A NIST StRD linear regression file: certified coefficients, and rows "y x1 x2 …".
struct NistFile {
  std::vector<Real> coefficients;
  Real residual_sum_of_squares = 0;
  Array<double> rows;
};

inline NistFile read_nist(const std::string &name) {
  std::ifstream in = open_data("nist/" + name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  NistFile out;
  std::size_t first = 0, last = 0;
  for (const std::string &line : lines) {
    const std::size_t range = line.find("(lines ");
    if (line.find("Data") != std::string::npos && range != std::string::npos)
      if (std::sscanf(line.c_str() + range, "(lines %zu to %zu)", &first, &last) != 2) throw std::runtime_error(name);
    std::string label, value;
    std::istringstream fields(line);
    fields >> label >> value;
    if (label.size() >= 2 && label[0] == 'B' && std::isdigit(label[1])) out.coefficients.push_back(std::stold(value));
    if (label == "Residual" && !value.empty() && std::isdigit(value[0])) {
      std::string sum;
      fields >> sum;
      out.residual_sum_of_squares = std::stold(sum);
    }
  }
  std::vector<double> values;
  for (std::size_t i = first - 1; i < last; ++i) {
    std::istringstream fields(lines.at(i));
    for (double value = 0; fields >> value;) values.push_back(value);
  }
  const std::int64_t n = static_cast<std::int64_t>(last - first + 1);
  const std::int64_t width = static_cast<std::int64_t>(values.size()) / n;
  out.rows = Array<double>(n, width);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j) out.rows(i, j) = values[static_cast<std::size_t>(i * width + j)];
  return out;
}

}  // namespace numeric
