// SPDX-License-Identifier: BSD-3-Clause
#include "matrix_market.hpp"

#include <algorithm>
#include <numeric>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

constexpr std::int64_t lines_for_entry = 1000;

// The words of one line, without copying.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t first = std::min(rest_.find_first_not_of(" \t\r"), rest_.size());
    rest_.remove_prefix(first);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r"));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view rest_;
};

struct Triplet {
  std::int64_t row, col;
  double value;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string &shown) : text_(text), shown_(shown) {}

  Table read() {
    read_banner();
    return Table{shown_, concat("Matrix Market ", coordinate_ ? "coordinate " : "array ", field_, " ", symmetry_),
                 coordinate_ ? std::variant<Array, Sparse>(read_coordinate()) : read_array()};
  }

 private:
  [[noreturn]] void fail(const std::string &message) const {
    throw Failure(Exit::data, concat(shown_, ":", line_, ": ", message));
  }

  // The next line that holds something; comments are skipped.
  bool next_line(std::string_view &line) {
    while (position_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', position_), text_.size());
      line = trim(text_.substr(position_, end - position_));
      position_ = end + 1;
      ++line_;
      if (!line.empty() && line.front() != '%') return true;
    }
    return false;
  }

  void read_banner() {
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    Words words(text_.substr(0, end));
    line_ = 1;
    position_ = end + 1;
    const std::string banner = lower_case(words.next());
    const std::string object = lower_case(words.next());
    const std::string format = lower_case(words.next());
    field_ = lower_case(words.next());
    symmetry_ = lower_case(words.next());
    if (banner != "%%matrixmarket" || object != "matrix" || (format != "coordinate" && format != "array")) {
      fail("the first line must be '%%MatrixMarket matrix coordinate|array FIELD SYMMETRY'");
    }
    coordinate_ = format == "coordinate";
    if (field_ == "complex") fail("complex matrices are not read");
    if (field_ != "real" && field_ != "double" && field_ != "integer" && !(field_ == "pattern" && coordinate_)) {
      fail(concat("the field ", quote(field_), " is not known: real, integer or (coordinate only) pattern"));
    }
    if (symmetry_ != "general" && symmetry_ != "symmetric" && symmetry_ != "skew-symmetric") {
      fail(concat("the symmetry ", quote(symmetry_), " is not known: general, symmetric or skew-symmetric"));
    }
    symmetric_ = symmetry_ != "general";
    skew_ = symmetry_ == "skew-symmetric";
  }

  // Reads the line of sizes into `sizes`.
  void read_sizes(int count, std::int64_t *sizes) {
    std::string_view line;
    if (!next_line(line)) fail("the line with the sizes is missing");
    Words words(line);
    for (int k = 0; k < count; ++k) {
      const std::string_view word = words.next();
      const auto value = parse_integer(word);
      if (!value || *value < 0) {
        fail(concat("the size ", quote(word), " must be an integer from 0 to 9223372036854775807"));
      }
      sizes[k] = *value;
    }
    if (!words.next().empty()) fail(concat(count, " sizes expected"));
    if (symmetric_ && sizes[0] != sizes[1]) {
      fail(concat("a ", symmetry_, " matrix must be square, not ", sizes[0], " x ", sizes[1]));
    }
  }

  // Each number takes two bytes or more, so a file cannot hold what its sizes promise when it is shorter than that.
  void check_promise(std::int64_t promised, std::int64_t bytes_each) const {
    const std::size_t left = position_ < text_.size() ? text_.size() - position_ + 1 : 0;
    if (promised > 0 && static_cast<std::uint64_t>(promised) > left / static_cast<std::uint64_t>(bytes_each)) {
      fail(concat("promises ", promised, " entries, more than the rest of the file can hold"));
    }
  }

  // Eight bytes are needed for each row and column, whatever the file holds.
  void check_filled(std::int64_t lines, const char *called, std::int64_t promised) const {
    if (lines > most_empty && lines / lines_for_entry > promised) {
      fail(concat(lines, called, promised, " entries: nearly all of them are empty"));
    }
  }

  double read_value(std::string_view word) {
    const auto value = parse_real(word);
    if (!value) fail(word.empty() ? std::string("a value is missing") : concat(quote(word), " is not a number"));
    return *value;
  }

  std::int64_t read_index(std::string_view word, std::int64_t size, const char *what) {
    const auto value = parse_integer(word);
    if (!value || *value < 1 || *value > size) {
      fail(concat(what, " index ", quote(word), " must be an integer from 1 to ", size));
    }
    return *value - 1;
  }

  Sparse read_coordinate() {
    std::int64_t sizes[3];
    read_sizes(3, sizes);
    const std::int64_t promised = sizes[2];
    const bool pattern = field_ == "pattern";
    check_promise(promised, pattern ? 4 : 6);
    check_filled(sizes[0], " rows for ", promised);
    check_filled(sizes[1], " columns for ", promised);
    std::vector<Triplet> entries;
    entries.reserve(static_cast<std::size_t>(symmetric_ ? 2 * promised : promised));
    std::string_view line;
    for (std::int64_t k = 0; k < promised; ++k) {
      if (!next_line(line)) fail(concat("ends after ", k, " of ", promised, " entries"));
      Words words(line);
      Triplet entry{read_index(words.next(), sizes[0], "row"), 0, 1.0};
      entry.col = read_index(words.next(), sizes[1], "column");
      if (!pattern) entry.value = read_value(words.next());
      if (!words.next().empty()) fail("more on the line than one entry");
      if (skew_ && entry.row == entry.col) fail("a skew-symmetric matrix has no entries on its diagonal");
      entries.push_back(entry);
      if (symmetric_ && entry.row != entry.col) {
        entries.push_back({entry.col, entry.row, skew_ ? -entry.value : entry.value});
      }
    }
    if (next_line(line)) fail(concat("goes on after the ", promised, " entries it promises"));
    return compress(sizes[0], sizes[1], entries);
  }

  // The sort is stable so that entries given twice are added in the order of the file.
  static Sparse compress(std::int64_t rows, std::int64_t cols, std::vector<Triplet> &entries) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Triplet &a, const Triplet &b) { return a.row != b.row ? a.row < b.row : a.col < b.col; });
    Sparse out{rows, cols, std::vector<std::int64_t>(static_cast<std::size_t>(rows) + 1), {}, {}};
    out.index.reserve(entries.size());
    out.values.reserve(entries.size());
    const Triplet *before = nullptr;
    for (const Triplet &entry : entries) {
      if (before && before->row == entry.row && before->col == entry.col) {
        out.values.back() += entry.value;
      } else {
        out.index.push_back(entry.col);
        out.values.push_back(entry.value);
        ++out.ptr[static_cast<std::size_t>(entry.row) + 1];
      }
      before = &entry;
    }
    std::partial_sum(out.ptr.begin(), out.ptr.end(), out.ptr.begin());
    return out;
  }

  // Column by column; of a symmetric matrix the lower triangle, of a skew-symmetric one what is below the diagonal.
  Array read_array() {
    std::int64_t sizes[2];
    read_sizes(2, sizes);
    const std::int64_t rows = sizes[0], cols = sizes[1];
    const std::int64_t count = checked_product(rows, cols, concat(shown_, ":", line_));
    check_promise(symmetric_ ? count / 2 - rows / 2 : count, 2);
    check_filled(rows, " rows for ", count);
    check_filled(cols, " columns for ", count);
    std::vector<double> values(static_cast<std::size_t>(count));
    std::string_view line;
    for (std::int64_t j = 0; j < cols; ++j) {
      for (std::int64_t i = !symmetric_ ? 0 : skew_ ? j + 1 : j; i < rows; ++i) {
        if (!next_line(line)) fail(concat("ends before the value of row ", i + 1, ", column ", j + 1));
        Words words(line);
        const double value = read_value(words.next());
        if (!words.next().empty()) fail("more on the line than one value");
        values[static_cast<std::size_t>(j * rows + i)] = value;
        if (symmetric_) values[static_cast<std::size_t>(i * rows + j)] = i == j || !skew_ ? value : -value;
      }
    }
    if (next_line(line)) fail(concat("goes on after the ", rows, " x ", cols, " values it promises"));
    return array_of(std::move(values), rows, cols, true);
  }

  std::string_view text_;
  const std::string &shown_;
  std::size_t position_ = 0;
  std::int64_t line_ = 0;
  bool coordinate_ = false, symmetric_ = false, skew_ = false;
  std::string field_, symmetry_;
};

}  // namespace

Table read_matrix_market(std::string_view text, const std::string &shown) { return Reader(text, shown).read(); }

}  // namespace akr::cli
