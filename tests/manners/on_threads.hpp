// SPDX-License-Identifier: BSD-3-Clause
// Host threads inside libakr at once.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "problem.hpp"

// body(0) … body(count − 1), the first on this thread.
inline void on_threads(int count, const std::function<void(int)> &body) {
  std::vector<std::thread> others;
  for (int i = 1; i < count; ++i) others.emplace_back([&body, i] { body(i); });
  body(0);
  for (std::thread &other : others) other.join();
}

// A team of two for each call.
inline OptionsPtr options_with(const char *key, const char *value) {
  akr_options *options = nullptr;
  akr_options_create(&options);
  EXPECT_EQ(akr_options_set_str(options, key, value), AKR_OK) << akr_last_error();
  EXPECT_EQ(akr_options_set_i64(options, "threads", 2), AKR_OK);
  return OptionsPtr(options);
}
