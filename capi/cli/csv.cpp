// SPDX-License-Identifier: BSD-3-Clause
#include "csv.hpp"

#include <algorithm>
#include <deque>

#include "failure.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

// Cuts the text into records of fields. Quoted fields may hold separators, line ends and doubled quotes.
class Records {
 public:
  Records(std::string_view text, const std::string &shown) : text_(text), shown_(shown) {
    if (starts_with(text_, "\xef\xbb\xbf")) position_ = 3;  // the byte-order mark of some spreadsheets
  }

  [[noreturn]] void fail(std::int64_t line, const std::string &message) const {
    throw Failure(Exit::data, concat(shown_, ":", line, ": ", message));
  }

  std::int64_t line() const { return first_line_; }
  char delimiter() const { return delimiter_; }
  const std::vector<std::string_view> &fields() const { return fields_; }

  // False at the end of the text. Blank lines may stand in front of the first record and behind the last.
  bool next() {
    fields_.clear();
    unquoted_.clear();
    std::int64_t blank_line = 0;
    for (;;) {
      if (position_ >= text_.size()) return false;
      const std::string_view line = rest_of_line();
      if (trim(line).empty()) {
        if (blank_line == 0) blank_line = line_;
      } else if (line.front() != '#') {
        break;
      }
      skip(line.size());
    }
    if (blank_line != 0 && delimiter_ != '\0') fail(blank_line, "blank line between the numbers");
    if (delimiter_ == '\0') delimiter_ = find_delimiter(rest_of_line());
    first_line_ = line_;
    while (read_field()) {
    }
    return true;
  }

 private:
  std::string_view rest_of_line() const { return text_.substr(position_, text_.find('\n', position_) - position_); }

  // To behind the line end that follows `count` more characters.
  void skip(std::size_t count) {
    position_ += count + 1;
    ++line_;
  }

  static char find_delimiter(std::string_view line) {
    std::string bare;
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (!quoted) bare += c;
    }
    for (const char c : {';', ',', '\t'}) {
      if (bare.find(c) != std::string::npos) return c;
    }
    return ' ';
  }

  bool at_end_of_record() {
    if (position_ < text_.size() && text_[position_] != '\n') return false;
    ++position_;
    ++line_;
    return true;
  }

  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  }
  bool is_blank(char c) const { return c == ' ' || c == '\r' || (c == '\t' && delimiter_ != '\t'); }

  // Appends one field; false when it was the last of its record.
  bool read_field() {
    skip_blanks();
    if (position_ < text_.size() && text_[position_] == '"') {
      fields_.push_back(read_quoted());
    } else {
      const char stops[3] = {'\n', delimiter_, delimiter_ == ' ' ? '\t' : delimiter_};
      const std::size_t end = std::min(text_.find_first_of(std::string_view(stops, 3), position_), text_.size());
      fields_.push_back(trim(text_.substr(position_, end - position_)));
      position_ = end;
    }
    skip_blanks();
    if (at_end_of_record()) return false;
    if (delimiter_ != ' ') ++position_;  // over the separator; blanks are skipped already
    return true;
  }

  std::string_view read_quoted() {
    std::string out;
    for (++position_;; ++position_) {
      if (position_ >= text_.size()) fail(first_line_, "a quoted field does not end");
      if (text_[position_] == '\n') ++line_;
      if (text_[position_] == '"') {
        if (text_.substr(position_ + 1, 1) != "\"") break;
        ++position_;
      }
      out += text_[position_];
    }
    ++position_;
    skip_blanks();
    const bool ends = position_ >= text_.size() || text_[position_] == '\n' || text_[position_] == delimiter_ ||
                      (delimiter_ == ' ' && is_blank(text_[position_ - 1]));
    if (!ends) fail(first_line_, concat("unexpected text behind the quoted field ", quote(out)));
    unquoted_.push_back(std::move(out));
    return trim(unquoted_.back());
  }

  std::string_view text_;
  const std::string &shown_;
  std::size_t position_ = 0;
  std::int64_t line_ = 1;
  std::int64_t first_line_ = 1;
  char delimiter_ = '\0';
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // keeps its elements where they are
};

bool looks_like_header(const std::vector<std::string_view> &fields) {
  return std::none_of(fields.begin(), fields.end(), [](std::string_view f) { return parse_real(f).has_value(); });
}

std::string column_text(std::size_t column, const std::vector<std::string> &names) {
  return concat("column ", column + 1, names.empty() ? "" : concat(" (", names[column], ")"));
}

void append_record(const Records &records, const std::vector<std::string> &names, std::vector<double> &values) {
  const auto &fields = records.fields();
  for (std::size_t j = 0; j < fields.size(); ++j) {
    const auto value = parse_real(fields[j]);
    if (value) {
      values.push_back(*value);
      continue;
    }
    if (fields[j].empty()) records.fail(records.line(), concat(column_text(j, names), " is empty"));
    const bool comma = fields[j].find(',') != std::string_view::npos;
    records.fail(records.line(), concat(column_text(j, names), ": ", quote(fields[j]), " is not a number",
                                        comma ? " (the decimal point must be a point)" : ""));
  }
}

std::string format_name(char delimiter, bool has_header) {
  const std::string shown = delimiter == '\t'  ? "tabs"
                            : delimiter == ' ' ? "blanks"
                                               : concat("'", std::string(1, delimiter), "'");
  return concat("CSV, separated by ", shown, has_header ? ", with a header" : "");
}

}  // namespace

Table read_csv(std::string_view text, const std::string &shown, Header header) {
  if (text.substr(0, 4096).find('\0') != std::string_view::npos) {
    throw Failure(Exit::data, concat(shown, ": is neither .npy, nor Matrix Market, nor text"));
  }
  Records records(text, shown);
  if (!records.next()) throw Failure(Exit::data, concat(shown, ": holds no numbers"));
  const std::size_t cols = records.fields().size();
  const std::int64_t first_line = records.line();
  std::vector<std::string> names;
  std::vector<double> values;
  std::vector<std::int64_t> lines;
  if (header == Header::yes || (header == Header::automatic && looks_like_header(records.fields()))) {
    names.assign(records.fields().begin(), records.fields().end());
  } else {
    append_record(records, names, values);
    lines.push_back(first_line);
  }
  while (records.next()) {
    if (records.fields().size() != cols) {
      records.fail(records.line(), concat(records.fields().size(), " fields, but ", cols, " in line ", first_line));
    }
    append_record(records, names, values);
    lines.push_back(records.line());
  }
  const std::string format = format_name(records.delimiter(), !names.empty());
  if (lines.empty()) records.fail(first_line, "holds no numbers, but names only");
  const auto rows = static_cast<std::int64_t>(lines.size());
  return Table{shown, format, array_of(std::move(values), rows, static_cast<std::int64_t>(cols), false), names, lines};
}

}  // namespace akr::cli
