// SPDX-License-Identifier: BSD-3-Clause
#include "report_view.hpp"

#include "handles.hpp"

namespace akr::cli {

std::optional<std::int64_t> ReportView::integer(const char *key) const {
  std::int64_t value = 0;
  return akr_report_get_i64(report_, key, &value) == AKR_OK ? std::optional<std::int64_t>(value) : std::nullopt;
}

std::optional<double> ReportView::real(const char *key) const {
  double value = 0;
  return akr_report_get_f64(report_, key, &value) == AKR_OK ? std::optional<double>(value) : std::nullopt;
}

std::optional<std::string> ReportView::text(const char *key) const {
  std::int64_t length = 0;
  if (akr_report_get_str(report_, key, nullptr, 0, &length) != AKR_OK) return std::nullopt;
  std::string out(static_cast<std::size_t>(length) + 1, '\0');
  if (akr_report_get_str(report_, key, out.data(), length + 1, &length) != AKR_OK) return std::nullopt;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::vector<double> ReportView::reals(const char *key) const {
  std::int64_t length = 0;
  if (akr_report_get_array_f64(report_, key, nullptr, 0, &length) != AKR_OK) return {};
  std::vector<double> out(static_cast<std::size_t>(length));
  if (akr_report_get_array_f64(report_, key, out.data(), length, &length) != AKR_OK) return {};
  return out;
}

std::vector<std::int64_t> ReportView::integers(const char *key) const {
  std::int64_t length = 0;
  if (akr_report_get_array_i64(report_, key, nullptr, 0, &length) != AKR_OK) return {};
  std::vector<std::int64_t> out(static_cast<std::size_t>(length));
  if (akr_report_get_array_i64(report_, key, out.data(), length, &length) != AKR_OK) return {};
  return out;
}

std::string ReportView::json() const {
  std::int64_t length = 0;
  check(akr_report_to_json(report_, nullptr, 0, &length));
  std::string out(static_cast<std::size_t>(length) + 1, '\0');
  check(akr_report_to_json(report_, out.data(), length + 1, &length));
  out.resize(static_cast<std::size_t>(length));
  return out + "\n";
}

}  // namespace akr::cli
