// SPDX-License-Identifier: BSD-3-Clause
// Section 1 of akr.h.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "akr.h"

namespace {

TEST(Version, IsTheHeaders) {
  EXPECT_EQ(akr_version(), AKR_VERSION_MAJOR * 10000 + AKR_VERSION_MINOR * 100 + AKR_VERSION_PATCH);
}

TEST(Version, BuildInfoNamesEveryPart) {
  const std::string info = akr_build_info();
  const std::string version = "libakr " + std::to_string(AKR_VERSION_MAJOR) + "." + std::to_string(AKR_VERSION_MINOR) +
                              "." + std::to_string(AKR_VERSION_PATCH) + "; ";
  EXPECT_EQ(info.rfind(version, 0), 0U) << info;
  for (const char *part : {"; compiler: ", "; BLAS: ", "; FFT: ", "; instruction set: "}) {
    const std::size_t at = info.find(part);
    ASSERT_NE(at, std::string::npos) << info;
    const std::size_t value = at + std::string(part).size();
    ASSERT_LT(value, info.size()) << info;
    EXPECT_NE(info[value], ';') << info;
  }
  EXPECT_EQ(akr_build_info(), akr_build_info());
}

TEST(StatusName, IsTheConstantsName) {
  const struct {
    akr_status status;
    const char *name;
  } all[] = {{0, "AKR_OK"},
             {1, "AKR_NOT_CONVERGED"},
             {2, "AKR_CANCELLED"},
             {3, "AKR_RANK_DEFICIENT"},
             {4, "AKR_PRECISION_LIMIT"},
             {-1, "AKR_E_ARGUMENT"},
             {-2, "AKR_E_OPTION"},
             {-3, "AKR_E_MEMORY"},
             {-4, "AKR_E_NOT_FINITE"},
             {-5, "AKR_E_NUMERIC"},
             {-6, "AKR_E_CALLBACK"},
             {-7, "AKR_E_UNSUPPORTED"},
             {-8, "AKR_E_NO_VALUE"},
             {-9, "AKR_E_CANCELLED"},
             {-99, "AKR_E_INTERNAL"}};
  for (const auto &one : all) EXPECT_STREQ(akr_status_name(one.status), one.name);
  EXPECT_STREQ(akr_status_name(12345), "AKR_?");
}

TEST(LastError, BelongsToItsThread) {
  EXPECT_EQ(akr_options_set_i64(nullptr, "seed", 1), AKR_E_ARGUMENT);
  const std::string expected = "akr_options_set_i64: options: NULL, must be an akr_options handle";
  EXPECT_EQ(akr_last_error(), expected);
  std::string elsewhere = "?";
  std::thread([&] { elsewhere = akr_last_error(); }).join();
  EXPECT_EQ(elsewhere, "");
  EXPECT_EQ(akr_last_error(), expected);
}

TEST(LastError, IsLeftAloneBySuccess) {
  EXPECT_EQ(akr_options_create(nullptr), AKR_E_ARGUMENT);
  akr_options *options = nullptr;
  EXPECT_EQ(akr_options_create(&options), AKR_OK);
  EXPECT_STREQ(akr_last_error(), "akr_options_create: out: NULL, but a place for the result is needed");
  akr_options_destroy(options);
}

TEST(PlannerLock, NeedsBothOrNeither) {
  akr_set_planner_lock([](void *) {}, nullptr, nullptr);
  EXPECT_STREQ(akr_last_error(), "akr_set_planner_lock: unlock: NULL, but the other of the two is not");
  akr_set_planner_lock(
      nullptr, [](void *) {}, nullptr);
  EXPECT_STREQ(akr_last_error(), "akr_set_planner_lock: lock: NULL, but the other of the two is not");
  akr_set_planner_lock(nullptr, nullptr, nullptr);
}

}  // namespace
