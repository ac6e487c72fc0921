// SPDX-License-Identifier: BSD-3-Clause
// A report's values by key: absent where the call did not set them.
#pragma once

#include <akr.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace akr::cli {

class ReportView {
 public:
  explicit ReportView(const akr_report *report) : report_(report) {}

  std::optional<std::int64_t> integer(const char *key) const;
  std::optional<double> real(const char *key) const;
  std::optional<std::string> text(const char *key) const;
  std::vector<double> reals(const char *key) const;
  std::vector<std::int64_t> integers(const char *key) const;
  std::string json() const;

 private:
  const akr_report *report_;
};

}  // namespace akr::cli
