// SPDX-License-Identifier: BSD-3-Clause
#include "table.hpp"

#include <limits>

#include "bytes.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "kernel_model.hpp"
#include "matrix_market.hpp"
#include "npy.hpp"
#include "text.hpp"

namespace akr::cli {

const char *element_name(Element element) {
  static const char *const names[] = {"float64", "float32", "int8",   "int16",  "int32", "int64",
                                      "uint8",   "uint16",  "uint32", "uint64", "bool"};
  return names[static_cast<int>(element)];
}

std::int64_t element_size(Element element) {
  return with_element(element, [](auto *type) { return static_cast<std::int64_t>(sizeof *type); });
}

Array array_of(std::vector<double> values, std::int64_t rows, std::int64_t cols, bool column_major) {
  const auto owner = std::make_shared<const std::vector<double>>(std::move(values));
  return Array{rows, cols, column_major, Element::f64, reinterpret_cast<const char *>(owner->data()), owner};
}

std::int64_t checked_product(std::int64_t a, std::int64_t b, const std::string &shown) {
  if (a != 0 && b > std::numeric_limits<std::int64_t>::max() / a) {
    throw Failure(Exit::data, concat(shown, ": the size ", a, " x ", b, " is too large"));
  }
  return a * b;
}

// The name without .gz, in lower case.
static std::string plain_name(const std::string &name) {
  const std::string lower = lower_case(name);
  return ends_with(lower, ".gz") ? lower.substr(0, lower.size() - 3) : lower;
}

Table load_table(const std::string &name, Header header) { return read_table(Bytes::load(name), name, header); }

Table read_table(const std::shared_ptr<const Bytes> &bytes, const std::string &name, Header header) {
  const std::string shown = shown_name(name);
  const std::string plain = plain_name(name);
  if (is_npy(bytes->view()) || ends_with(plain, ".npy")) return read_npy(bytes, shown);
  if (is_matrix_market(bytes->view()) || ends_with(plain, ".mtx")) return read_matrix_market(bytes->view(), shown);
  if (is_model(bytes->view())) {
    throw Failure(Exit::data, concat(shown, ": is a model of akr kernel fit, not a matrix"));
  }
  return read_csv(bytes->view(), shown, header);
}

}  // namespace akr::cli
