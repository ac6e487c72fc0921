// SPDX-License-Identifier: BSD-3-Clause
#include "npy.hpp"

#include <algorithm>
#include <vector>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

[[noreturn]] void fail(const std::string &shown, const std::string &message) {
  throw Failure(Exit::data, concat(shown, ": ", message));
}

// The header is a Python dictionary literal with the keys descr, fortran_order and shape, in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string &shown) : rest_(text), shown_(shown) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = string_literal();
      expect(':');
      if (key == "descr") {
        descr = string_literal();
        have_ |= 1;
      } else if (key == "fortran_order") {
        column_major = boolean();
        have_ |= 2;
      } else if (key == "shape") {
        tuple();
        have_ |= 4;
      } else {
        bad(concat("unknown key ", quote(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (have_ != 7) bad("it must have the keys 'descr', 'fortran_order' and 'shape'");
  }

  std::string descr;
  bool column_major = false;
  std::vector<std::int64_t> shape;

 private:
  [[noreturn]] void bad(const std::string &why) const { fail(shown_, concat("bad .npy header: ", why)); }

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) bad(concat(quote(std::string(1, c)), " expected at ", quote(rest_)));
  }
  std::string string_literal() {
    skip_blanks();
    if (!rest_.empty() && rest_.front() == '[') fail(shown_, "has named fields; only plain numbers are read");
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"'))
      bad(concat("a string expected at ", quote(rest_)));
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) bad(concat("unfinished string ", quote(rest_)));
    std::string out(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (!starts_with(rest_, word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    bad(concat("True or False expected at ", quote(rest_)));
  }
  void tuple() {
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      const auto value = parse_integer(rest_.substr(0, digits));
      if (!value) bad(concat("a size expected at ", quote(rest_)));
      shape.push_back(*value);
      rest_.remove_prefix(digits);
      accept('L');  // Python 2 wrote long integers so
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view rest_;
  const std::string &shown_;
  int have_ = 0;
};

Element element_of(const std::string &descr, const std::string &shown) {
  static const struct {
    const char *descr;
    Element element;
  } known[] = {{"f8", Element::f64}, {"f4", Element::f32}, {"i1", Element::i8},     {"i2", Element::i16},
               {"i4", Element::i32}, {"i8", Element::i64}, {"u1", Element::u8},     {"u2", Element::u16},
               {"u4", Element::u32}, {"u8", Element::u64}, {"b1", Element::boolean}};
  if (!descr.empty() && descr.front() == '>') {
    fail(shown, concat("holds big-endian numbers (", quote(descr),
                       "), and only little-endian ones are read: save it with a.astype('<f8')"));
  }
  const std::string_view plain = std::string_view(descr).substr(descr.find_first_not_of("<|=") == 1 ? 1 : 0);
  for (const auto &row : known) {
    if (plain == row.descr) return row.element;
  }
  fail(shown, concat("the element type ", quote(descr), " is not read: use '<f8', '<f4' or an integer type"));
}

std::string shape_text(const std::vector<std::int64_t> &shape) {
  std::string out = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) append(out, concat(k ? ", " : "", shape[k]));
  return out + (shape.size() == 1 ? ",)" : ")");
}

// Where the header's text lies in the file: its first byte and one past its last.
std::pair<std::size_t, std::size_t> header_range(std::string_view file, const std::string &shown) {
  if (!is_npy(file)) fail(shown, "is not an .npy file: it does not begin with \\x93NUMPY");
  if (file.size() < 10) fail(shown, "truncated: the .npy header is not complete");
  const auto byte = [&](std::size_t k) { return static_cast<std::size_t>(static_cast<unsigned char>(file[k])); };
  const std::size_t major = byte(6);
  if (major < 1 || major > 3) {
    fail(shown, concat(".npy version ", major, ".", byte(7), " is not known: 1.0, 2.0 and 3.0 are read"));
  }
  const std::size_t first = major == 1 ? 10 : 12;
  if (file.size() < first) fail(shown, "truncated: the .npy header is not complete");
  std::size_t length = byte(8) | byte(9) << 8;
  if (major > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > file.size() - first) fail(shown, "truncated: the .npy header is not complete");
  return {first, first + length};
}

}  // namespace

Table read_npy(const std::shared_ptr<const Bytes> &bytes, const std::string &shown) {
  const std::string_view file = bytes->view();
  const auto [first, last] = header_range(file, shown);
  HeaderParser header(file.substr(first, last - first), shown);
  header.parse();

  Array array;
  array.element = element_of(header.descr, shown);
  if (header.shape.empty() || header.shape.size() > 2) {
    fail(shown, concat("has the shape ", shape_text(header.shape), ": a matrix or a vector is needed"));
  }
  array.rows = header.shape[0];
  array.cols = header.shape.size() == 2 ? header.shape[1] : 1;
  array.column_major = header.column_major;
  array.data = file.data() + last;
  array.owner = bytes;

  const std::int64_t count = checked_product(array.rows, array.cols, shown);
  const std::int64_t needed = checked_product(count, element_size(array.element), shown);
  if (static_cast<std::uint64_t>(needed) > file.size() - last) {
    fail(shown, concat("truncated: the shape ", shape_text(header.shape), " of ", quote(header.descr), " needs ",
                       needed, " bytes after the header, the file has ", file.size() - last));
  }
  if (count == 0 && std::max(array.rows, array.cols) > most_empty) {
    fail(shown, concat("has the shape ", shape_text(header.shape), ": so many empty rows or columns are not read"));
  }
  const auto version = static_cast<int>(static_cast<unsigned char>(file[6]));
  return Table{shown, concat(".npy ", version, ".0"), array};
}

std::string npy_header(std::int64_t rows, std::int64_t count, bool single_precision) {
  std::string text = concat("{'descr': '", single_precision ? "<f4" : "<f8",
                            "', 'fortran_order': ", count == 1 ? "False" : "True", ", 'shape': (", rows, ",");
  text += count == 1 ? "), }" : concat(" ", count, "), }");
  // Ten bytes stand before the text; the data start at a multiple of 64.
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(text.size() & 0xff);
  out += static_cast<char>(text.size() >> 8);
  return out + text;
}

}  // namespace akr::cli
