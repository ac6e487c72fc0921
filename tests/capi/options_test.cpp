// SPDX-License-Identifier: BSD-3-Clause
// Section 2 of akr.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "akr.h"

namespace {

class OptionsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(akr_options_create(&options_), AKR_OK); }
  void TearDown() override { akr_options_destroy(options_); }

  std::string get(const char *key) {
    char buf[64];
    std::int64_t length = -1;
    EXPECT_EQ(akr_options_get_str(options_, key, buf, sizeof buf, &length), AKR_OK) << akr_last_error();
    EXPECT_EQ(std::string(buf).size(), static_cast<std::size_t>(length));
    return buf;
  }

  akr_options *options_ = nullptr;
};

TEST_F(OptionsTest, EveryOptionIsSettableFromItsOwnDefaultAndDescribed) {
  const std::int64_t count = akr_option_count();
  ASSERT_EQ(count, 21);
  for (std::int64_t i = 0; i < count; ++i) {
    const char *key = akr_option_key(i);
    ASSERT_NE(key, nullptr);
    SCOPED_TRACE(key);
    const char *fallback = akr_option_info(key, "default");
    ASSERT_NE(fallback, nullptr);
    EXPECT_EQ(get(key), fallback);
    EXPECT_EQ(akr_options_set_str(options_, key, fallback), AKR_OK) << akr_last_error();
    EXPECT_EQ(get(key), fallback);
    for (const char *field : {"type", "help", "read_by", "since"}) {
      ASSERT_NE(akr_option_info(key, field), nullptr) << field;
      EXPECT_STRNE(akr_option_info(key, field), "") << field;
    }
    const bool choice = std::string(akr_option_info(key, "type")) == "str";
    EXPECT_EQ(akr_option_info(key, "choices") != nullptr, choice);
    for (const char *field : {"min", "max"}) {
      const char *bound = akr_option_info(key, field);
      if (bound == nullptr) continue;
      EXPECT_FALSE(choice);
      EXPECT_EQ(akr_options_set_str(options_, key, bound), AKR_OK) << akr_last_error();
    }
  }
}

TEST_F(OptionsTest, EveryChoiceIsSettable) {
  for (std::int64_t i = 0; i < akr_option_count(); ++i) {
    const char *key = akr_option_key(i);
    const char *choices = akr_option_info(key, "choices");
    if (choices == nullptr) continue;
    std::string rest = choices;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('|'), rest.size());
      const std::string name = rest.substr(0, end);
      EXPECT_EQ(akr_options_set_str(options_, key, name.c_str()), AKR_OK) << akr_last_error();
      EXPECT_EQ(get(key), name);
      rest.erase(0, end + 1);
    }
  }
}

TEST_F(OptionsTest, TheListEnds) {
  EXPECT_EQ(akr_option_key(-1), nullptr);
  EXPECT_EQ(akr_option_key(akr_option_count()), nullptr);
  EXPECT_EQ(akr_option_info("treads", "help"), nullptr);
  EXPECT_EQ(akr_option_info("threads", "colour"), nullptr);
  EXPECT_EQ(akr_option_info(nullptr, "help"), nullptr);
  EXPECT_EQ(akr_option_info("threads", nullptr), nullptr);
}

TEST_F(OptionsTest, SettersAndGettersOfEachType) {
  EXPECT_EQ(akr_options_set_i64(options_, "seed", INT64_MIN), AKR_OK);
  std::int64_t integer = 0;
  EXPECT_EQ(akr_options_get_i64(options_, "seed", &integer), AKR_OK);
  EXPECT_EQ(integer, INT64_MIN);
  EXPECT_EQ(get("seed"), "-9223372036854775808");
  EXPECT_EQ(akr_options_set_f64(options_, "rtol", 1e-7), AKR_OK);
  double real = 0;
  EXPECT_EQ(akr_options_get_f64(options_, "rtol", &real), AKR_OK);
  EXPECT_EQ(real, 1e-7);
  EXPECT_EQ(get("rtol"), "1e-07");
  EXPECT_EQ(akr_options_set_i64(options_, "time_limit", 3), AKR_OK);
  EXPECT_EQ(akr_options_set_f64(options_, "threads", 2.0), AKR_OK);
  EXPECT_EQ(akr_options_get_f64(options_, "threads", &real), AKR_OK);
  EXPECT_EQ(real, 2.0);
}

TEST_F(OptionsTest, ErrorsNameFunctionKeyValueAndRule) {
  EXPECT_EQ(akr_options_set_f64(options_, "rtol", -1), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_f64: rtol = -1: must be at least 0");
  EXPECT_EQ(akr_options_set_f64(options_, "rtol", std::nan("")), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_f64: rtol = nan: must be a finite number");
  EXPECT_EQ(akr_options_set_i64(options_, "threads", -2), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_i64: threads = -2: must be at least 0");
  EXPECT_EQ(akr_options_set_f64(options_, "max_iter", 0.5), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_f64: max_iter = 0.5: must be an integer of 64 bits");
  EXPECT_EQ(akr_options_set_str(options_, "method", "choleski"), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(),
               "akr_options_set_str: method = \"choleski\": must be one of auto, sketch, sketch-cholqr, cholesky, qr, "
               "gradient, cgls");
  EXPECT_EQ(akr_options_set_i64(options_, "treads", 2), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_i64: unknown option \"treads\"; nearest is \"threads\"");
  double real = 7;
  EXPECT_EQ(akr_options_get_f64(options_, "sed", &real), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_get_f64: unknown option \"sed\"; nearest is \"seed\"");
  EXPECT_EQ(real, 7);
  std::int64_t integer = 7;
  EXPECT_EQ(akr_options_get_i64(options_, "rtol", &integer), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_get_i64: rtol: is an f64 option, read it with the f64 getter");
  EXPECT_EQ(akr_options_get_i64(options_, "method", &integer), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_get_i64: method: is a choice, read it with the str getter");
  EXPECT_EQ(integer, 7);
}

TEST_F(OptionsTest, NullArgumentsAreNamed) {
  EXPECT_EQ(akr_options_set_i64(options_, nullptr, 2), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_i64: key: NULL, must be a string");
  EXPECT_EQ(akr_options_set_str(options_, "seed", nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_str: value: NULL, must be a string");
  EXPECT_EQ(akr_options_get_i64(options_, "seed", nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_get_i64: value: NULL, but a place for the result is needed");
  EXPECT_EQ(akr_options_clone(options_, nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_clone: out: NULL, but a place for the result is needed");
  EXPECT_EQ(akr_options_set_progress(nullptr, nullptr, nullptr), AKR_E_ARGUMENT);
  EXPECT_EQ(akr_options_set_log(nullptr, nullptr, nullptr), AKR_E_ARGUMENT);
  EXPECT_EQ(akr_options_set_cancel(nullptr, nullptr), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_cancel: options: NULL, must be an akr_options handle");
  akr_options_destroy(nullptr);
}

TEST_F(OptionsTest, TextOfUnknownLength) {
  ASSERT_EQ(akr_options_set_str(options_, "sketch.kind", "sparse-sign"), AKR_OK);
  std::int64_t length = -1;
  EXPECT_EQ(akr_options_get_str(options_, "sketch.kind", nullptr, 0, &length), AKR_OK);
  EXPECT_EQ(length, 11);
  char buf[12] = "?";
  length = -1;
  EXPECT_EQ(akr_options_get_str(options_, "sketch.kind", buf, 11, &length), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(),
               "akr_options_get_str: capacity = 11: must be at least 12 bytes, the final NUL included");
  EXPECT_EQ(length, 11);
  EXPECT_STREQ(buf, "?");
  EXPECT_EQ(akr_options_get_str(options_, "sketch.kind", buf, 12, nullptr), AKR_OK);
  EXPECT_STREQ(buf, "sparse-sign");
}

TEST_F(OptionsTest, AnotherKindOfHandleIsNamed) {
  akr_report *report = nullptr;
  ASSERT_EQ(akr_report_create(&report), AKR_OK);
  auto *wrong = reinterpret_cast<akr_options *>(report);
  EXPECT_EQ(akr_options_set_i64(wrong, "seed", 1), AKR_E_ARGUMENT);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_i64: options: an akr_report handle, must be an akr_options handle");
  akr_options *clone = options_;
  EXPECT_EQ(akr_options_clone(wrong, &clone), AKR_E_ARGUMENT);
  EXPECT_EQ(clone, nullptr);
  akr_options_destroy(wrong);  // leaves it alone
  EXPECT_EQ(akr_report_count(report), 0);
  akr_report_destroy(report);
}

TEST_F(OptionsTest, ACloneIsASnapshot) {
  ASSERT_EQ(akr_options_set_i64(options_, "seed", 5), AKR_OK);
  akr_options *clone = nullptr;
  ASSERT_EQ(akr_options_clone(options_, &clone), AKR_OK);
  ASSERT_EQ(akr_options_set_i64(options_, "seed", 6), AKR_OK);
  std::int64_t seed = 0;
  EXPECT_EQ(akr_options_get_i64(clone, "seed", &seed), AKR_OK);
  EXPECT_EQ(seed, 5);
  akr_options_destroy(clone);
}

// Makes a locale with a decimal comma current, from those installed or else compiled for this test.
bool decimal_comma() {
  for (const char *name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8", "de_DE"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) return true;
  }
  const std::string folder = testing::TempDir() + "akr_locales";
  const std::string make =
      "mkdir -p " + folder + " && localedef -i de_DE -f UTF-8 " + folder + "/de_DE.UTF-8 2>/dev/null";
  if (std::system(make.c_str()) != 0) return false;
  setenv("LOCPATH", folder.c_str(), 1);
  const bool done = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
  unsetenv("LOCPATH");
  std::filesystem::remove_all(folder);
  return done;
}

TEST_F(OptionsTest, TheLocaleIsNotHeeded) {
  const std::string previous = std::setlocale(LC_ALL, nullptr);
  if (!decimal_comma()) GTEST_SKIP() << "no locale with a decimal comma can be had";
  ASSERT_STREQ(std::localeconv()->decimal_point, ",");
  EXPECT_EQ(akr_options_set_str(options_, "rtol", "0.25"), AKR_OK);
  EXPECT_EQ(get("rtol"), "0.25");
  EXPECT_EQ(akr_options_set_str(options_, "rtol", "0,25"), AKR_E_OPTION);
  EXPECT_EQ(akr_options_set_f64(options_, "rtol", -0.5), AKR_E_OPTION);
  EXPECT_STREQ(akr_last_error(), "akr_options_set_f64: rtol = -0.5: must be at least 0");
  std::setlocale(LC_ALL, previous.c_str());
}

}  // namespace
