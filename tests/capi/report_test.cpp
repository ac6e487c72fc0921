// SPDX-License-Identifier: BSD-3-Clause
// Section 3 of akr.h, on the reports of real calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "akr.h"

namespace {

class ReportTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(akr_report_create(&report_), AKR_OK); }
  void TearDown() override { akr_report_destroy(report_); }

  // Two columns against a 6 x 2 matrix of full rank.
  void solve() {
    const double a[12] = {1, 2, 3, 4, 5, 6, 1, -1, 1, -1, 1, -1};
    const double b[12] = {1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 7};
    double x[4];
    akr_matrix *matrix = nullptr;
    ASSERT_EQ(akr_matrix_create_dense_f64(AKR_COL_MAJOR, 6, 2, a, 6, nullptr, &matrix), AKR_OK) << akr_last_error();
    EXPECT_EQ(akr_lsq_solve_f64(matrix, nullptr, 0, 2, b, 6, x, 2, nullptr, report_), AKR_OK) << akr_last_error();
    akr_matrix_destroy(matrix);
  }

  // An error of a call that receives the report.
  void fail() {
    double x = 0;
    ASSERT_EQ(akr_lsq_solve_f64(nullptr, nullptr, 0, 1, &x, 1, &x, 1, nullptr, report_), AKR_E_ARGUMENT);
  }

  std::string text(const char *key) {
    char buf[1024];
    EXPECT_EQ(akr_report_get_str(report_, key, buf, sizeof buf, nullptr), AKR_OK) << akr_last_error();
    return buf;
  }

  std::string json() {
    std::int64_t length = -1;
    EXPECT_EQ(akr_report_to_json(report_, nullptr, 0, &length), AKR_OK);
    std::string buf(static_cast<std::size_t>(length) + 1, '?');
    EXPECT_EQ(akr_report_to_json(report_, buf.data(), length + 1, nullptr), AKR_OK);
    EXPECT_EQ(std::strlen(buf.c_str()), static_cast<std::size_t>(length));
    buf.pop_back();
    return buf;
  }

  akr_report *report_ = nullptr;
};

// Reads one JSON value of the kinds a report has; false where the text is none.
class Json {
 public:
  explicit Json(const std::string &text) : p_(text.c_str()), end_(p_ + text.size()) {}
  bool valid_object() { return object() && p_ == end_; }
  const std::vector<std::string> &keys() const { return keys_; }

 private:
  bool eat(char c) { return p_ < end_ && *p_ == c ? (++p_, true) : false; }
  bool string(std::string *out) {
    if (!eat('"')) return false;
    const char *begin = p_;
    while (p_ < end_ && *p_ != '"') {
      if (static_cast<unsigned char>(*p_) < 0x20) return false;
      p_ += *p_ == '\\' ? 2 : 1;
    }
    if (out != nullptr) out->assign(begin, p_);
    return eat('"');
  }
  bool number() {
    const char *begin = p_;
    eat('-');
    const char *digits = p_;
    while (p_ < end_ && std::isdigit(static_cast<unsigned char>(*p_))) ++p_;
    if (p_ == digits || (*digits == '0' && p_ - digits > 1)) return false;
    if (eat('.')) {
      const char *fraction = p_;
      while (p_ < end_ && std::isdigit(static_cast<unsigned char>(*p_))) ++p_;
      if (p_ == fraction) return false;
    }
    if (eat('e')) {
      if (!eat('-')) eat('+');
      const char *exponent = p_;
      while (p_ < end_ && std::isdigit(static_cast<unsigned char>(*p_))) ++p_;
      if (p_ == exponent) return false;
    }
    return p_ > begin;
  }
  bool array() {
    if (!eat('[')) return false;
    if (eat(']')) return true;
    do {
      if (!value()) return false;
    } while (eat(','));
    return eat(']');
  }
  bool value() {
    if (p_ == end_) return false;
    if (*p_ == '"') return string(nullptr);
    if (*p_ == '[') return array();
    if (std::strncmp(p_, "null", 4) == 0) return p_ += 4, true;
    return number();
  }
  bool object() {
    if (!eat('{')) return false;
    if (eat('}')) return true;
    do {
      std::string key;
      if (!string(&key) || !eat(':') || !value()) return false;
      keys_.push_back(key);
    } while (eat(','));
    return eat('}');
  }

  const char *p_;
  const char *end_;
  std::vector<std::string> keys_;
};

TEST_F(ReportTest, IsEmptyAtFirst) {
  EXPECT_EQ(akr_report_count(report_), 0);
  EXPECT_EQ(akr_report_key(report_, 0), nullptr);
  EXPECT_EQ(json(), "{}");
  std::int64_t status = 7;
  EXPECT_EQ(akr_report_get_i64(report_, "status", &status), AKR_E_NO_VALUE);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_i64: status: not set by the last call");
  EXPECT_EQ(status, 7);
}

TEST_F(ReportTest, TellsAnError) {
  fail();
  std::int64_t status = 7;
  EXPECT_EQ(akr_report_get_i64(report_, "status", &status), AKR_OK);
  EXPECT_EQ(status, AKR_E_ARGUMENT);
  EXPECT_EQ(text("message"), "akr_lsq_solve_f64: matrix: NULL, must be an akr_matrix handle");
  EXPECT_EQ(text("message"), akr_last_error());
  EXPECT_EQ(text("status"), "-1");
}

TEST_F(ReportTest, EveryCallClearsItFirst) {
  solve();
  std::int64_t iterations = 0;
  EXPECT_EQ(akr_report_get_i64(report_, "iterations", &iterations), AKR_OK) << akr_last_error();
  fail();
  EXPECT_EQ(akr_report_get_i64(report_, "iterations", &iterations), AKR_E_NO_VALUE);
}

TEST_F(ReportTest, KeysListWhatIsSetAndEachReadsAsItsType) {
  solve();
  const std::int64_t count = akr_report_count(report_);
  std::set<std::string> keys;
  for (std::int64_t i = 0; i < count; ++i) {
    const char *key = akr_report_key(report_, i);
    ASSERT_NE(key, nullptr);
    EXPECT_TRUE(keys.insert(key).second) << key;
    std::int64_t integer = 0;
    std::int64_t length = 0;
    double real = 0;
    const bool scalar = akr_report_get_str(report_, key, nullptr, 0, &length) == AKR_OK;
    const bool array = akr_report_get_array_f64(report_, key, nullptr, 0, &length) == AKR_OK ||
                       akr_report_get_array_i64(report_, key, nullptr, 0, &length) == AKR_OK;
    EXPECT_NE(scalar, array) << key;
    const bool is_integer = akr_report_get_i64(report_, key, &integer) == AKR_OK;
    const bool is_real = akr_report_get_f64(report_, key, &real) == AKR_OK;
    if (is_integer) {
      EXPECT_TRUE(is_real && real == static_cast<double>(integer)) << key;
    }
    EXPECT_TRUE(scalar || !is_real) << key;
  }
  EXPECT_EQ(akr_report_key(report_, count), nullptr);
  EXPECT_EQ(akr_report_key(report_, -1), nullptr);
  for (const char *key :
       {"status", "message", "method", "stopped_by", "iterations", "passes", "residual_norm", "gradient_norm",
        "backward_error", "rank", "threads", "isa", "peak_bytes", "seconds", "column_status", "column_residual"}) {
    EXPECT_EQ(keys.count(key), 1U) << key;
  }
}

TEST_F(ReportTest, Arrays) {
  solve();
  std::int64_t length = -1;
  EXPECT_EQ(akr_report_get_array_f64(report_, "column_residual", nullptr, 0, &length), AKR_OK);
  EXPECT_EQ(length, 2);
  double one[2] = {-1, -1};
  length = -1;
  EXPECT_EQ(akr_report_get_array_f64(report_, "column_residual", one, 1, &length), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_array_f64: capacity = 1: must be at least 2 numbers");
  EXPECT_EQ(length, 2);
  EXPECT_EQ(one[0], -1);
  EXPECT_EQ(akr_report_get_array_f64(report_, "column_residual", one, 2, nullptr), AKR_OK);
  double worst = 0;
  EXPECT_EQ(akr_report_get_f64(report_, "residual_norm", &worst), AKR_OK);
  EXPECT_EQ(worst, std::max(one[0], one[1]));
  std::int64_t statuses[2] = {7, 7};
  EXPECT_EQ(akr_report_get_array_i64(report_, "column_status", statuses, 2, nullptr), AKR_OK);
  EXPECT_EQ(statuses[0], AKR_OK);
  EXPECT_EQ(statuses[1], AKR_OK);
  EXPECT_EQ(akr_report_get_array_i64(report_, "column_residual", statuses, 2, nullptr), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_array_i64: column_residual: is of type array_f64, read as array_i64");
}

TEST_F(ReportTest, JsonIsValidAndHasTheKeys) {
  fail();
  for (int round = 0; round < 2; ++round) {
    const std::string text = json();
    Json parsed(text);
    EXPECT_TRUE(parsed.valid_object()) << text;
    ASSERT_EQ(static_cast<std::int64_t>(parsed.keys().size()), akr_report_count(report_)) << text;
    for (std::size_t i = 0; i < parsed.keys().size(); ++i) {
      EXPECT_EQ(parsed.keys()[i], akr_report_key(report_, static_cast<std::int64_t>(i)));
    }
    solve();
  }
  char small[2] = "?";
  std::int64_t length = -1;
  EXPECT_EQ(akr_report_to_json(report_, small, 2, &length), AKR_E_ARGUMENT);
  EXPECT_GT(length, 2);
  EXPECT_STREQ(small, "?");
}

TEST_F(ReportTest, UnknownKeysAndWrongTypes) {
  fail();
  std::int64_t integer = 7;
  double real = 7;
  EXPECT_EQ(akr_report_get_i64(report_, "itertions", &integer), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_i64: unknown report key \"itertions\"; nearest is \"iterations\"");
  EXPECT_EQ(akr_report_get_i64(report_, "seconds", &integer), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_i64: seconds: is of type f64, read as i64");
  EXPECT_EQ(akr_report_get_f64(report_, "message", &real), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_f64: message: is of type str, read as f64");
  EXPECT_EQ(akr_report_get_f64(report_, "rank", &real), AKR_E_NO_VALUE);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_f64: rank: not set by the last call");
  EXPECT_EQ(akr_report_get_f64(report_, nullptr, &real), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_f64: key: NULL, must be a string");
  EXPECT_EQ(akr_report_get_f64(report_, "rank", nullptr), AKR_E_ARGUMENT);
  EXPECT_EQ(akr_report_get_f64(nullptr, "rank", &real), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_report_get_f64: report: NULL, must be an akr_report handle");
  EXPECT_EQ(integer, 7);
  EXPECT_EQ(real, 7);
  EXPECT_EQ(akr_report_create(nullptr), AKR_E_ARGUMENT);
  EXPECT_EQ(akr_report_count(nullptr), 0);
  EXPECT_EQ(akr_report_key(nullptr, 0), nullptr);
  akr_report_destroy(nullptr);
}

}  // namespace
