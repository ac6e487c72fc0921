// SPDX-License-Identifier: BSD-3-Clause
// The two tables and what is done by them: rules, messages, defaults, suggestions, JSON.
#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <set>
#include <string>

#include "base/status.hpp"
#include "config/nearest.hpp"
#include "config/options.hpp"
#include "config/report.hpp"

namespace {

using akr::Key;
using akr::Options;
using akr::Report;
using akr::Status;

template <class Value>
std::string refusal(const char *key, Value value) {
  Options options;
  try {
    akr::set_option(options, key, value);
  } catch (const akr::Error &e) {
    EXPECT_EQ(e.status(), Status::e_option);
    return e.what();
  }
  return "accepted";
}

std::string refusal(const char *key, const char *value) { return refusal(key, std::string_view(value)); }
std::string refusal(const char *key, int value) { return refusal(key, std::int64_t{value}); }

TEST(OptionTable, EveryRowIsComplete) {
  std::set<std::string> keys;
  for (const akr::OptionRow &row : akr::option_table()) {
    SCOPED_TRACE(row.key);
    EXPECT_TRUE(keys.insert(row.key).second);
    EXPECT_NE((row.integer != nullptr), (row.real != nullptr));
    const std::string type = row.type;
    EXPECT_EQ(type == "f64", row.real != nullptr);
    EXPECT_EQ(type == "str", *row.choices != '\0');
    EXPECT_TRUE(type == "i64" || type == "f64" || type == "str");
    EXPECT_GT(std::string(row.help).size(), 40U);
    EXPECT_EQ(std::string(row.help).back(), '.');
    EXPECT_EQ(std::string(row.read_by).rfind("akr_", 0), 0U);
    EXPECT_STREQ(row.since, "0.1");
    EXPECT_EQ(akr::find_option(row.key), &row);
  }
  EXPECT_EQ(keys.size(), 21U);
}

TEST(OptionTable, DefaultsAreThoseOfTheStruct) {
  const Options fresh;
  for (const akr::OptionRow &row : akr::option_table()) {
    EXPECT_EQ(akr::get_option_text(fresh, row.key), row.default_value) << row.key;
    Options set;
    akr::set_option(set, row.key, std::string_view(row.default_value));
    EXPECT_EQ(akr::get_option_text(set, row.key), row.default_value) << row.key;
  }
}

TEST(OptionTable, ChoicesAreTheEnumerators) {
  Options options;
  akr::set_option(options, "method", std::string_view("gradient"));
  EXPECT_EQ(options.chosen_method(), akr::Method::gradient);
  akr::set_option(options, "method", std::string_view("sketch-cholqr"));
  EXPECT_EQ(options.chosen_method(), akr::Method::sketch_cholqr);
  akr::set_option(options, "sketch.kind", std::string_view("gaussian"));
  EXPECT_EQ(options.chosen_sketch(), akr::SketchChoice::gaussian);
  akr::set_option(options, "sketch.kind", std::string_view("sparse-sign"));
  EXPECT_EQ(options.chosen_sketch(), akr::SketchChoice::sparse_sign);
  akr::set_option(options, "sketch.transform", std::string_view("hadamard"));
  EXPECT_EQ(options.chosen_transform(), akr::TransformChoice::hadamard);
}

TEST(SetOption, RangesAreEnforced) {
  EXPECT_EQ(refusal("rtol", -1), "rtol = -1: must be at least 0");
  EXPECT_EQ(refusal("rtol", 1.5), "rtol = 1.5: must be at most 1");
  EXPECT_EQ(refusal("rtol", "-1e-3"), "rtol = \"-1e-3\": must be at least 0");
  EXPECT_EQ(refusal("max_iter", -3), "max_iter = -3: must be at least 0");
  EXPECT_EQ(refusal("threads", 5000), "threads = 5000: must be at most 1024");
  EXPECT_EQ(refusal("check_finite", 2), "check_finite = 2: must be at most 1");
  EXPECT_EQ(refusal("log_level", "4"), "log_level = \"4\": must be at most 3");
  EXPECT_EQ(refusal("threads", 1024), "accepted");
  EXPECT_EQ(refusal("rtol", 1.0), "accepted");
  EXPECT_EQ(refusal("seed", std::numeric_limits<std::int64_t>::min()), "accepted");
  EXPECT_EQ(refusal("seed", std::numeric_limits<std::int64_t>::max()), "accepted");
}

TEST(SetOption, NumbersMustBeNumbers) {
  EXPECT_EQ(refusal("rtol", std::nan("")), "rtol = nan: must be a finite number");
  EXPECT_EQ(refusal("rtol", HUGE_VAL), "rtol = inf: must be a finite number");
  EXPECT_EQ(refusal("rtol", "nan"), "rtol = \"nan\": must be a finite number");
  EXPECT_EQ(refusal("rtol", "1,5"), "rtol = \"1,5\": must be a number such as 1e-8");
  EXPECT_EQ(refusal("rtol", ""), "rtol = \"\": must be a number such as 1e-8");
  EXPECT_EQ(refusal("rtol", "1e-999"), "rtol = \"1e-999\": is beyond the range of a double");
  EXPECT_EQ(refusal("max_iter", "ten"), "max_iter = \"ten\": must be an integer of 64 bits");
  EXPECT_EQ(refusal("max_iter", "1e3"), "max_iter = \"1e3\": must be an integer of 64 bits");
  EXPECT_EQ(refusal("max_iter", " 5"), "max_iter = \" 5\": must be an integer of 64 bits");
  EXPECT_EQ(refusal("max_iter", "+-5"), "max_iter = \"+-5\": must be an integer of 64 bits");
  EXPECT_EQ(refusal("seed", "9223372036854775808"), "seed = \"9223372036854775808\": must be an integer of 64 bits");
  EXPECT_EQ(refusal("max_iter", 2.5), "max_iter = 2.5: must be an integer of 64 bits");
  EXPECT_EQ(refusal("seed", 9223372036854775808.0), "seed = 9223372036854775808: must be an integer of 64 bits");
  EXPECT_EQ(refusal("rtol", (std::int64_t{1} << 53) + 1),
            "rtol = 9007199254740993: is not a double; set it with the f64 setter");
  EXPECT_EQ(refusal("max_iter", "+5"), "accepted");
  EXPECT_EQ(refusal("max_iter", 5.0), "accepted");
}

TEST(SetOption, ChoicesGoByName) {
  const std::string rule = ": must be one of auto, sketch, sketch-cholqr, cholesky, qr, gradient, cgls";
  EXPECT_EQ(refusal("method", "choleski"), "method = \"choleski\"" + rule);
  EXPECT_EQ(refusal("method", ""), "method = \"\"" + rule);
  EXPECT_EQ(refusal("method", "auto|sketch"), "method = \"auto|sketch\"" + rule);
  EXPECT_EQ(refusal("method", "QR"), "method = \"QR\"" + rule);
  EXPECT_EQ(refusal("method", 3), "method = 3" + rule);
  EXPECT_EQ(refusal("method", 3.0), "method = 3" + rule);
}

TEST(SetOption, UnknownKeysAreRefusedWithTheNearest) {
  EXPECT_EQ(refusal("treads", 2), "unknown option \"treads\"; nearest is \"threads\"");
  EXPECT_EQ(refusal("THREADS", 2), "unknown option \"THREADS\"; nearest is \"threads\"");
  EXPECT_EQ(refusal("sketch.kin", "srht"), "unknown option \"sketch.kin\"; nearest is \"sketch.kind\"");
  EXPECT_EQ(refusal("maxiter", 2.0), "unknown option \"maxiter\"; nearest is \"max_iter\"");
  const std::string endless(1000, 'x');
  EXPECT_EQ(refusal(endless.c_str(), 2).rfind("unknown option \"" + std::string(60, 'x') + "...\"; nearest is", 0), 0U);
}

TEST(SetOption, ARefusalChangesNothing) {
  Options options;
  options.rtol = 0.5;
  options.method = 2;
  EXPECT_THROW(akr::set_option(options, "rtol", -1.0), akr::Error);
  EXPECT_THROW(akr::set_option(options, "rtol", std::string_view("x")), akr::Error);
  EXPECT_THROW(akr::set_option(options, "method", std::string_view("x")), akr::Error);
  EXPECT_EQ(options.rtol, 0.5);
  EXPECT_EQ(options.method, 2);
}

TEST(GetOption, ConvertsOnlyWhereExact) {
  Options options;
  options.seed = (std::int64_t{1} << 53) + 1;
  options.max_iter = 7;
  EXPECT_EQ(akr::get_option_real(options, "max_iter"), 7.0);
  EXPECT_EQ(akr::get_option_integer(options, "seed"), 9007199254740993);
  EXPECT_THROW(akr::get_option_real(options, "seed"), akr::Error);
  EXPECT_THROW(akr::get_option_integer(options, "rtol"), akr::Error);
  EXPECT_THROW(akr::get_option_integer(options, "method"), akr::Error);
  EXPECT_THROW(akr::get_option_real(options, "method"), akr::Error);
}

TEST(GetOption, TextReadsBackToTheSameBits) {
  Options options;
  for (const double value : {0.1, 1e-300, 4.9406564584124654e-324, 1.0 / 3.0, 0.99999999999999989}) {
    akr::set_option(options, "rtol", value);
    Options again;
    akr::set_option(again, "rtol", std::string_view(akr::get_option_text(options, "rtol")));
    EXPECT_EQ(again.rtol, value);
  }
}

// What German and French desktops do: a decimal comma and grouped thousands.
struct Comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Locale, NeitherParsingNorWritingHeedsIt) {
  const std::locale previous = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const std::string c_previous = std::setlocale(LC_ALL, nullptr);
  for (const char *name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8", "de_DE"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  Options options;
  akr::set_option(options, "rtol", std::string_view("0.25"));
  akr::set_option(options, "seed", std::int64_t{1234567});
  Report report;
  report.set(Key::residual_norm, 12345.5);
  EXPECT_EQ(options.rtol, 0.25);
  EXPECT_EQ(akr::get_option_text(options, "rtol"), "0.25");
  EXPECT_EQ(akr::get_option_text(options, "seed"), "1234567");
  EXPECT_EQ(report.to_json(), "{\"residual_norm\":12345.5}");
  EXPECT_EQ(refusal("rtol", "0,25"), "rtol = \"0,25\": must be a number such as 1e-8");
  std::setlocale(LC_ALL, c_previous.c_str());
  std::locale::global(previous);
}

TEST(EditDistance, IsLevenshteins) {
  EXPECT_EQ(akr::edit_distance("", ""), 0U);
  EXPECT_EQ(akr::edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(akr::edit_distance("abc", ""), 3U);
  EXPECT_EQ(akr::edit_distance("Seed", "seed"), 0U);
  EXPECT_EQ(akr::edit_distance("flaw", "lawn"), 2U);
}

TEST(ReportTable, IsIndexedByKeyAndComplete) {
  const auto &table = akr::report_table();
  ASSERT_EQ(table.size(), static_cast<std::size_t>(Key::count_));
  std::set<std::string> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(table[i].key), i) << table[i].name;
    EXPECT_TRUE(names.insert(table[i].name).second) << table[i].name;
    EXPECT_EQ(std::string(table[i].help).back(), '.') << table[i].name;
    EXPECT_STREQ(table[i].since, "0.1");
    EXPECT_EQ(akr::find_report_key(table[i].name), &table[i]);
  }
  EXPECT_EQ(akr::find_report_key("sketch_kind"), nullptr);
  EXPECT_STREQ(akr::nearest_report_key("sketch_kind"), "sketch.kind");
}

TEST(Report, RemembersUntilCleared) {
  Report report;
  EXPECT_FALSE(report.has(Key::status));
  EXPECT_FALSE(report.has(Key::message));
  report.set_outcome(Status::e_numeric, "something");
  report.add(Key::seconds_sketch, 0.5);
  report.add(Key::seconds_sketch, 0.25);
  report.append(Key::history, 2.0);
  report.append(Key::history, 1.0);
  EXPECT_TRUE(report.has(Key::status));
  EXPECT_TRUE(report.has(Key::message));
  EXPECT_EQ(std::get<std::int64_t>(report.get(Key::status)), -5);
  EXPECT_EQ(std::get<double>(report.get(Key::seconds_sketch)), 0.75);
  EXPECT_EQ(std::get<std::vector<double>>(report.get(Key::history)), (std::vector<double>{2.0, 1.0}));
  report.clear();
  for (const akr::ReportRow &row : akr::report_table()) EXPECT_FALSE(report.has(row.key)) << row.name;
  EXPECT_STREQ(report.message(), "");
}

TEST(Report, LongMessagesAreCutBetweenCharacters) {
  // 1023 bytes fit: 511 characters of two bytes, and a 512th would be cut in half.
  std::string text;
  for (int i = 0; i < 600; ++i) text += "\xc3\xa9";
  Report report;
  report.set_outcome(Status::e_internal, text.c_str());
  EXPECT_EQ(std::string(report.message()), text.substr(0, 1022));
}

TEST(Report, JsonSaysNullForWhatItCannotSay) {
  Report report;
  report.set_outcome(Status::ok, "");
  report.set(Key::iterations, std::int64_t{-9223372036854775807 - 1});
  report.set(Key::residual_norm, 0.1);
  report.set(Key::gradient_norm, HUGE_VAL);
  report.set(Key::history, std::vector<double>{1e-300, std::nan(""), -0.0});
  report.set(Key::column_status, std::vector<std::int64_t>{});
  EXPECT_EQ(report.to_json(),
            "{\"status\":0,\"message\":\"\",\"iterations\":-9223372036854775808,\"residual_norm\":0.1,"
            "\"gradient_norm\":null,\"history\":[1e-300,null,-0],\"column_status\":[]}");
  EXPECT_EQ(Report().to_json(), "{}");
}

TEST(Report, JsonEscapesAndRepairsText) {
  Report report;
  report.set(Key::method, std::string("a\"b\\c\n\x01 \xc3\xa9 \xff \xc0\x80 \xed\xa0\x80 \xf0\x9f\x98\x80 \xe2\x82"));
  EXPECT_EQ(report.to_json(),
            "{\"method\":\"a\\\"b\\\\c\\u000a\\u0001 \xc3\xa9 \\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd "
            "\xf0\x9f\x98\x80 \\ufffd\\ufffd\"}");
}

TEST(PhaseTimer, AddsUp) {
  Report report;
  { const akr::PhaseTimer timer(report, Key::seconds_certify); }
  report.add(Key::seconds_certify, 1.0);
  { const akr::PhaseTimer timer(report, Key::seconds_certify); }
  EXPECT_GE(std::get<double>(report.get(Key::seconds_certify)), 1.0);
}

}  // namespace
