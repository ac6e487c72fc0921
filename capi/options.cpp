// SPDX-License-Identifier: BSD-3-Clause
// Section 2 of akr.h: options.
#include "config/options.hpp"

#include <memory>
#include <string_view>

#include "akr.h"
#include "barrier.hpp"
#include "output.hpp"

using namespace akr::capi;

namespace {

template <class Value>
akr_status set(const char *function, akr_options *options, const char *key, Value value) {
  return run_light(function,
                   [&] { akr::set_option(require(options, "options").values, check_text("key", key), value); });
}

// A static text of one column of the table, or null.
const char *info(const akr::OptionRow &row, std::string_view field) {
  const auto or_null = [](const char *value) { return *value != '\0' ? value : nullptr; };
  if (field == "type") return row.type;
  if (field == "default") return row.default_value;
  if (field == "min") return or_null(row.min);
  if (field == "max") return or_null(row.max);
  if (field == "choices") return or_null(row.choices);
  if (field == "help") return row.help;
  if (field == "read_by") return row.read_by;
  if (field == "since") return row.since;
  return nullptr;
}

}  // namespace

akr_status akr_options_create(akr_options **out) {
  if (out != nullptr) *out = nullptr;
  return run_light("akr_options_create", [&] {
    check_out("out", out);
    *out = std::make_unique<akr_options>().release();
  });
}

akr_status akr_options_clone(const akr_options *options, akr_options **out) {
  if (out != nullptr) *out = nullptr;
  return run_light("akr_options_clone", [&] {
    check_out("out", out);
    const akr_options &from = require(options, "options");
    auto made = std::make_unique<akr_options>();
    made->values = from.values;
    made->progress = from.progress;
    made->progress_user = from.progress_user;
    made->log = from.log;
    made->log_user = from.log_user;
    made->cancel = from.cancel;
    *out = made.release();
  });
}

void akr_options_destroy(akr_options *options) { destroy("akr_options_destroy", "options", options); }

akr_status akr_options_set_i64(akr_options *options, const char *key, int64_t value) {
  return set("akr_options_set_i64", options, key, value);
}

akr_status akr_options_set_f64(akr_options *options, const char *key, double value) {
  return set("akr_options_set_f64", options, key, value);
}

akr_status akr_options_set_str(akr_options *options, const char *key, const char *value) {
  return run_light("akr_options_set_str", [&] {
    akr::Options &values = require(options, "options").values;
    const std::string_view checked_key = check_text("key", key);
    akr::set_option(values, checked_key, check_text("value", value));
  });
}

akr_status akr_options_get_i64(const akr_options *options, const char *key, int64_t *value) {
  return run_light("akr_options_get_i64", [&] {
    const akr::Options &values = require(options, "options").values;
    check_out("value", value);
    *value = akr::get_option_integer(values, check_text("key", key));
  });
}

akr_status akr_options_get_f64(const akr_options *options, const char *key, double *value) {
  return run_light("akr_options_get_f64", [&] {
    const akr::Options &values = require(options, "options").values;
    check_out("value", value);
    *value = akr::get_option_real(values, check_text("key", key));
  });
}

akr_status akr_options_get_str(const akr_options *options, const char *key, char *buf, int64_t capacity,
                               int64_t *length) {
  return run_light("akr_options_get_str", [&] {
    const akr::Options &values = require(options, "options").values;
    copy_text(akr::get_option_text(values, check_text("key", key)), buf, capacity, length);
  });
}

int64_t akr_option_count(void) {
  int64_t count = 0;
  run_light("akr_option_count", [&] { count = static_cast<int64_t>(akr::option_table().size()); });
  return count;
}

const char *akr_option_key(int64_t index) {
  const char *key = nullptr;
  run_light("akr_option_key", [&] {
    const auto &table = akr::option_table();
    if (index >= 0 && index < static_cast<int64_t>(table.size())) key = table[static_cast<std::size_t>(index)].key;
  });
  return key;
}

const char *akr_option_info(const char *key, const char *field) {
  const char *found = nullptr;
  run_light("akr_option_info", [&] {
    const akr::OptionRow *row = key != nullptr && field != nullptr ? akr::find_option(key) : nullptr;
    if (row != nullptr) found = info(*row, field);
  });
  return found;
}

akr_status akr_options_set_progress(akr_options *options, akr_progress_fn fn, void *user) {
  return run_light("akr_options_set_progress", [&] {
    akr_options &to = require(options, "options");
    to.progress = fn;
    to.progress_user = user;
  });
}

akr_status akr_options_set_log(akr_options *options, akr_log_fn fn, void *user) {
  return run_light("akr_options_set_log", [&] {
    akr_options &to = require(options, "options");
    to.log = fn;
    to.log_user = user;
  });
}

akr_status akr_options_set_cancel(akr_options *options, const int32_t *flag) {
  return run_light("akr_options_set_cancel", [&] { require(options, "options").cancel = flag; });
}
