// SPDX-License-Identifier: BSD-3-Clause
// akr info: what a file holds.
#include <algorithm>
#include <cmath>
#include <limits>

#include "arguments.hpp"
#include "bytes.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "flags.hpp"
#include "kernel_model.hpp"
#include "output.hpp"
#include "table.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

// One pass over the entries, whatever their size: the sum of squares is kept relative to the largest entry, so that
// neither overflow nor underflow touches the norm.
class Entries {
 public:
  void add(double value) {
    ++count_;
    if (!std::isfinite(value)) {
      ++not_finite_;
      return;
    }
    if (value == 0) ++zeros_;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
    const double size = std::fabs(value);
    if (size > scale_) {
      const double ratio = scale_ / size;
      squares_ = 1 + squares_ * ratio * ratio;
      scale_ = size;
    } else if (size > 0) {
      squares_ += (size / scale_) * (size / scale_);
    }
  }

  std::string describe() const {
    std::string out = concat(
        "finite:   ",
        not_finite_ == 0 ? "yes" : concat("no, ", not_finite_, not_finite_ == 1 ? " entry is not" : " entries are not"),
        "\n");
    if (count_ > not_finite_) {
      out += concat("smallest: ", low_, "\nlargest:  ", high_, "\n");
      out += concat("norm:     ", rounded(scale_ * std::sqrt(squares_), 15), " (Frobenius",
                    not_finite_ ? ", of the finite entries" : "", ")\n");
    }
    return out;
  }
  std::int64_t zeros() const { return zeros_; }

 private:
  std::int64_t count_ = 0, not_finite_ = 0, zeros_ = 0;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -std::numeric_limits<double>::infinity();
  double scale_ = 0, squares_ = 0;
};

std::string describe(const Array &array) {
  Entries entries;
  constexpr std::int64_t chunk = 4096;
  double values[chunk];
  for (std::int64_t first = 0; first < array.count(); first += chunk) {
    const std::int64_t count = std::min(chunk, array.count() - first);
    convert(array.element, array.data + first * element_size(array.element), count, values);
    for (std::int64_t k = 0; k < count; ++k) entries.add(values[k]);
  }
  return concat("type:     ", element_name(array.element), "\n", "layout:   dense, ",
                array.column_major ? "column by column" : "row by row", "\n",
                "nonzeros: ", array.count() - entries.zeros(), " of ", array.count(), "\n", entries.describe());
}

std::string describe(const Sparse &sparse) {
  Entries entries;
  for (const double value : sparse.values) entries.add(value);
  const auto stored = static_cast<std::int64_t>(sparse.values.size());
  return concat("type:     float64\nlayout:   sparse, ", stored, " entries\nnonzeros: ", stored - entries.zeros(), "\n",
                entries.describe());
}

std::string describe(const Table &table) {
  std::string out = concat("file:     ", table.name, "\nformat:   ", table.format, "\nsize:     ", table.rows(), " x ",
                           table.cols(), "\n");
  if (!table.column_names.empty()) {
    out += "columns: ";
    for (const std::string &name : table.column_names) out += concat(" ", quote(name));
    out += "\n";
  }
  return out + std::visit([](const auto &data) { return describe(data); }, table.data);
}

std::string describe(const KernelModel &model, const std::string &name) {
  return concat("file:     ", name, "\nformat:   model of akr kernel fit\nsize:     ", model.points,
                " points of dimension ", model.dim, ", ", model.columns, model.columns == 1 ? " column" : " columns",
                " of values\nscale:    ", model.scale, "\n");
}

std::string describe_file(const std::string &name, Header header) {
  const auto bytes = Bytes::load(name);
  const std::string shown = shown_name(name);
  if (is_model(bytes->view())) return describe(read_model(bytes->view(), shown), shown);
  return describe(read_table(bytes, name, header));
}

}  // namespace

int run_info(const std::vector<std::string> &words) {
  const Arguments arguments(words, info_flags());
  if (arguments.has("--help") || arguments.has("-h")) {
    write_text("", help_text("info"));
    return 0;
  }
  if (arguments.rest().empty()) throw Failure(Exit::usage, "info needs a file");
  const Header header = header_of(arguments);
  bool first = true;
  for (const std::string &name : arguments.rest()) {
    write_text("", concat(first ? "" : "\n", describe_file(name, header)));
    first = false;
  }
  return 0;
}

}  // namespace akr::cli
