// SPDX-License-Identifier: BSD-3-Clause
// Section 3 of akr.h: the report.
#include "config/report.hpp"

#include <memory>
#include <string>
#include <string_view>

#include "akr.h"
#include "barrier.hpp"
#include "config/nearest.hpp"
#include "output.hpp"

using namespace akr::capi;

namespace {

using akr::Error;
using akr::Key;
using akr::Report;
using akr::ReportRow;
using akr::Status;
using akr::text;

// The row of a key that the last call has set.
const ReportRow &said(const Report &report, const char *key) {
  const ReportRow *row = akr::find_report_key(check_text("key", key));
  if (row == nullptr) {
    throw Error(Status::e_option,
                text("unknown report key ", akr::quoted(key), "; nearest is \"", akr::nearest_report_key(key), "\""));
  }
  if (!report.has(row->key)) throw Error(Status::e_no_value, text(row->name, ": not set by the last call"));
  return *row;
}

[[noreturn]] void refuse_type(const ReportRow &row, const char *wanted) {
  throw Error(Status::e_option, text(row.name, ": is of type ", row.type, ", read as ", wanted));
}

template <class T>
const T &value_of(const Report &report, const char *key, const char *wanted) {
  const ReportRow &row = said(report, key);
  const T *value = std::get_if<T>(&report.get(row.key));
  if (value == nullptr) refuse_type(row, wanted);
  return *value;
}

// An integer reads as a double too, where it is one.
double real_of(const Report &report, const char *key) {
  const ReportRow &row = said(report, key);
  const Report::Value &value = report.get(row.key);
  if (const auto *real = std::get_if<double>(&value)) return *real;
  const auto *integer = std::get_if<std::int64_t>(&value);
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (integer == nullptr || *integer > exact || *integer < -exact) refuse_type(row, "f64");
  return static_cast<double>(*integer);
}

// Any number reads as text too, in the form that reads back to the same number.
std::string text_of(const Report &report, const char *key) {
  const ReportRow &row = said(report, key);
  if (row.key == Key::message) return report.message();
  const Report::Value &value = report.get(row.key);
  if (const auto *string = std::get_if<std::string>(&value)) return *string;
  if (const auto *integer = std::get_if<std::int64_t>(&value)) return text(*integer);
  if (const auto *real = std::get_if<double>(&value)) return text(*real);
  refuse_type(row, "str");
}

template <class T>
akr_status get_array(const char *function, const akr_report *report, const char *key, const char *type, T *buf,
                     int64_t capacity, int64_t *length) {
  return run_light(function, [&] {
    copy_array(value_of<std::vector<T>>(require(report, "report").report, key, type), buf, capacity, length);
  });
}

}  // namespace

akr_status akr_report_create(akr_report **out) {
  if (out != nullptr) *out = nullptr;
  return run_light("akr_report_create", [&] {
    check_out("out", out);
    *out = std::make_unique<akr_report>().release();
  });
}

void akr_report_destroy(akr_report *report) { destroy("akr_report_destroy", "report", report); }

int64_t akr_report_count(const akr_report *report) {
  int64_t count = 0;
  run_light("akr_report_count", [&] {
    const Report &from = require(report, "report").report;
    for (const ReportRow &row : akr::report_table()) count += from.has(row.key) ? 1 : 0;
  });
  return count;
}

const char *akr_report_key(const akr_report *report, int64_t index) {
  const char *key = nullptr;
  run_light("akr_report_key", [&] {
    const Report &from = require(report, "report").report;
    for (const ReportRow &row : akr::report_table()) {
      if (from.has(row.key) && index-- == 0) key = row.name;
    }
  });
  return key;
}

akr_status akr_report_get_i64(const akr_report *report, const char *key, int64_t *value) {
  return run_light("akr_report_get_i64", [&] {
    const Report &from = require(report, "report").report;
    check_out("value", value);
    *value = value_of<std::int64_t>(from, key, "i64");
  });
}

akr_status akr_report_get_f64(const akr_report *report, const char *key, double *value) {
  return run_light("akr_report_get_f64", [&] {
    const Report &from = require(report, "report").report;
    check_out("value", value);
    *value = real_of(from, key);
  });
}

akr_status akr_report_get_str(const akr_report *report, const char *key, char *buf, int64_t capacity, int64_t *length) {
  return run_light("akr_report_get_str",
                   [&] { copy_text(text_of(require(report, "report").report, key), buf, capacity, length); });
}

akr_status akr_report_get_array_f64(const akr_report *report, const char *key, double *buf, int64_t capacity,
                                    int64_t *length) {
  return get_array("akr_report_get_array_f64", report, key, "array_f64", buf, capacity, length);
}

akr_status akr_report_get_array_i64(const akr_report *report, const char *key, int64_t *buf, int64_t capacity,
                                    int64_t *length) {
  return get_array("akr_report_get_array_i64", report, key, "array_i64", buf, capacity, length);
}

akr_status akr_report_to_json(const akr_report *report, char *buf, int64_t capacity, int64_t *length) {
  return run_light("akr_report_to_json",
                   [&] { copy_text(require(report, "report").report.to_json(), buf, capacity, length); });
}
