// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_model.hpp"

#include <cmath>
#include <optional>
#include <string_view>

#include "bytes.hpp"
#include "failure.hpp"
#include "table.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

class Lines {
 public:
  Lines(std::string shown, std::string_view text) : shown_(std::move(shown)), text_(text) {}

  // The fields of the next line.
  std::vector<std::string_view> next() {
    if (text_.empty()) fail("the file ends too early");
    ++number_;
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    std::string_view line = trim(text_.substr(0, end));
    text_.remove_prefix(std::min(end + 1, text_.size()));
    std::vector<std::string_view> out;
    while (!line.empty()) {
      const std::size_t length = std::min(line.find_first_of(" \t"), line.size());
      out.push_back(line.substr(0, length));
      line = trim(line.substr(length));
    }
    return out;
  }
  // Of the line read last.
  double real(std::string_view field) const {
    const auto value = parse_real(field);
    if (!value || !std::isfinite(*value)) fail(concat(quote(field), " is no finite number"));
    return *value;
  }
  [[noreturn]] void fail(const std::string &what) const {
    throw Failure(Exit::data, concat(shown_, ":", number_, ": ", what));
  }
  bool at_end() const { return trim(text_).empty(); }

 private:
  std::string shown_;
  std::string_view text_;
  std::int64_t number_ = 0;
};

void append_line(std::string &out, const std::vector<double> &numbers) {
  for (std::size_t k = 0; k < numbers.size(); ++k) out += concat(k == 0 ? "" : " ", numbers[k]);
  out += "\n";
}

}  // namespace

std::string model_text(const KernelModel &model) {
  std::string out = concat("akr-kernel 1\nscale ", model.scale, "\nsize ", model.points, " ", model.dim, " ",
                           model.columns, "\nmean ");
  append_line(out, model.mean);
  std::vector<double> line(static_cast<std::size_t>(model.dim + model.columns));
  for (std::int64_t i = 0; i < model.points; ++i) {
    for (std::int64_t j = 0; j < model.dim; ++j) {
      line[static_cast<std::size_t>(j)] = model.a[static_cast<std::size_t>(i * model.dim + j)];
    }
    for (std::int64_t c = 0; c < model.columns; ++c) {
      line[static_cast<std::size_t>(model.dim + c)] =
          model.coefficients[static_cast<std::size_t>(c * model.points + i)];
    }
    append_line(out, line);
  }
  return out;
}

KernelModel load_model(const std::string &name) { return read_model(Bytes::load(name)->view(), shown_name(name)); }

KernelModel read_model(std::string_view text, const std::string &shown) {
  if (!is_model(text)) {
    throw Failure(Exit::data, concat(shown, ": is no model of akr kernel fit: it does not begin with 'akr-kernel'"));
  }
  Lines lines(shown, text);
  KernelModel out;
  const auto expect = [&](const char *word, std::size_t count) {
    auto fields = lines.next();
    if (fields.size() != count + 1 || fields[0] != word) {
      lines.fail(concat("must be ", quote(word), " and ", count, count == 1 ? " number" : " numbers"));
    }
    fields.erase(fields.begin());
    return fields;
  };
  if (expect("akr-kernel", 1)[0] != "1") lines.fail("only version 1 of a model is known");
  out.scale = lines.real(expect("scale", 1)[0]);
  if (out.scale < 0) lines.fail("the scale must be 0 or more");
  const auto sizes = expect("size", 3);
  std::int64_t *const places[] = {&out.points, &out.dim, &out.columns};
  const auto most = static_cast<std::int64_t>(text.size());  // a number takes a byte or more
  for (std::size_t k = 0; k < 3; ++k) {
    const auto value = parse_integer(sizes[k]);
    if (value && *value > most) lines.fail(concat(quote(sizes[k]), " is more than the file can hold"));
    if (!value || *value < 0) lines.fail(concat(quote(sizes[k]), " is no size"));
    *places[k] = *value;
  }
  checked_product(out.points, out.dim + out.columns, shown);
  for (const std::string_view field : expect("mean", static_cast<std::size_t>(out.columns))) {
    out.mean.push_back(lines.real(field));
  }
  // Grows with what the file holds, whatever its third line says.
  std::vector<double> by_rows;
  const auto width = static_cast<std::size_t>(out.dim + out.columns);
  for (std::int64_t i = 0; i < out.points; ++i) {
    const auto fields = lines.next();
    if (fields.size() != width) lines.fail(concat("has ", fields.size(), " numbers, not ", width));
    for (std::size_t j = 0; j < width; ++j) {
      (j < static_cast<std::size_t>(out.dim) ? out.a : by_rows).push_back(lines.real(fields[j]));
    }
  }
  if (!lines.at_end()) lines.fail(concat("more lines follow than the ", out.points, " points"));
  out.coefficients.resize(by_rows.size());
  for (std::int64_t i = 0; i < out.points; ++i) {
    for (std::int64_t c = 0; c < out.columns; ++c) {
      out.coefficients[static_cast<std::size_t>(c * out.points + i)] =
          by_rows[static_cast<std::size_t>(i * out.columns + c)];
    }
  }
  return out;
}

}  // namespace akr::cli
