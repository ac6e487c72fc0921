// SPDX-License-Identifier: BSD-3-Clause
// A host under a locale that writes 1.234,5 for 1234.5: libakr reads and writes as in C, and leaves the locale alone.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <locale>
#include <regex>
#include <sstream>
#include <string>

#include "calls.hpp"
#include "surroundings.hpp"

namespace {

constexpr char german[] = "de_DE.UTF-8";

// In a folder of its own, from the sources that Debian's package locales brings.
bool build_german(const std::string &folder) {
  const std::string log = folder + "/log";
  const std::string command = "localedef -i de_DE -f UTF-8 '" + folder + "/" + german + "' >'" + log +
                              "' 2>&1 && test -d '" + folder + "/" + german + "'";
  return std::system(command.c_str()) == 0;
}

class Locale : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::setlocale(LC_ALL, german) == nullptr) {
      char name[] = "/tmp/akr_locale_XXXXXX";
      ASSERT_NE(mkdtemp(name), nullptr);
      folder = name;
      if (build_german(folder)) setenv("LOCPATH", folder.c_str(), 1);
      there = std::setlocale(LC_ALL, german) != nullptr;
    }
    std::setlocale(LC_ALL, "C");
  }
  static void TearDownTestSuite() {
    unsetenv("LOCPATH");
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }
  void SetUp() override {
    if (!there) {
      std::puts("skipped: there is no locale with a decimal comma, and localedef cannot build one");
      GTEST_SKIP();
    }
  }
  // For the C library and for C++ streams, which would also write 20.000 for 20000.
  static void enter() {
    std::locale::global(std::locale(german));
    std::ostringstream text;
    text << 20000 << " " << 0.5;
    ASSERT_EQ(text.str(), "20.000 0,5") << "the locale is not in force";
    ASSERT_EQ(std::strtod("0,5", nullptr), 0.5);
  }
  void TearDown() override { std::locale::global(std::locale::classic()); }

  static inline std::string folder;
  static inline bool there = true;
};

std::string json(const akr_report *report) {
  std::int64_t length = 0;
  akr_report_to_json(report, nullptr, 0, &length);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  akr_report_to_json(report, text.data(), length + 1, &length);
  text.resize(static_cast<std::size_t>(length));
  static const std::regex seconds("\"seconds[a-z.]*\":[0-9.e+-]*,?");
  return std::regex_replace(text, seconds, "");
}

// All that libakr writes with numbers in it, less what the clock says.
std::string every_text() {
  std::string all = std::string(akr_build_info()) + "\n";
  for (std::int64_t i = 0; i < akr_option_count(); ++i) {
    for (const char *field : {"type", "default", "min", "max", "choices", "help"}) {
      const char *text = akr_option_info(akr_option_key(i), field);
      all += std::string(text != nullptr ? text : "-") + "\n";
    }
  }
  akr_options *o = nullptr;
  akr_report *r = nullptr;
  akr_options_create(&o);
  akr_report_create(&r);
  const OptionsPtr options(o);
  const ReportPtr report(r);
  char value[64] = "";
  std::int64_t length = 0;
  for (const char *text : {"1.5e-3", "0.25", "1,5", "0,25", "1.000,5"}) {
    const akr_status status = akr_options_set_str(o, "rtol", text);
    akr_options_get_str(o, "rtol", value, sizeof value, &length);
    all += std::string(text) + ": " + akr_status_name(status) + " " + value + "\n";
    if (status != AKR_OK) all += std::string(akr_last_error()) + "\n";
  }
  akr_options_set_f64(o, "rtol", -12345.5);
  all += std::string(akr_last_error()) + "\n";
  akr_options_set_i64(o, "threads", 123456789);
  all += std::string(akr_last_error()) + "\n";
  akr_options_set_f64(o, "rtol", 0);
  akr_options_set_i64(o, "threads", 1);  // for the counts of bytes
  Problem<double> p(3000, 8);
  for (double &b : p.b) b += 0.125 * static_cast<double>(&b - p.b.data());
  const MatrixPtr matrix = dense(p);
  for (const std::int64_t ldx : {p.cols, std::int64_t{1}}) {
    akr_lsq_solve_f64(matrix.get(), nullptr, 0.5, 1, p.b.data(), p.rows, p.x.data(), ldx, o, r);
    all += json(r) + "\n";
  }
  akr_matrix *none = nullptr;
  akr_matrix_create_dense_f64(AKR_COL_MAJOR, 123456, 1000, p.a.data(), 1234, nullptr, &none);
  all += std::string(akr_last_error()) + "\n";
  return all;
}

TEST_F(Locale, TextsAreTheSame) {
  const std::string in_c = every_text();
  EXPECT_NE(in_c.find("0.0015"), std::string::npos) << in_c;
  EXPECT_NE(in_c.find("1,5: AKR_E_OPTION"), std::string::npos) << in_c;
  enter();
  EXPECT_EQ(every_text(), in_c);
}

TEST_F(Locale, EveryCallLeavesItAlone) {
  warm_up_blas();
  enter();
  Stage stage;
  const Surroundings before = look_around();
  for (const auto &[name, call] : all_calls()) {
    call(stage);
    EXPECT_EQ(difference(before, look_around()), "") << name;
  }
}

}  // namespace
