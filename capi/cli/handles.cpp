// SPDX-License-Identifier: BSD-3-Clause
#include "handles.hpp"

#include <algorithm>

#include "text.hpp"

namespace akr::cli {

Options make_options() {
  akr_options *handle = nullptr;
  check(akr_options_create(&handle));
  return Options(handle);
}

Options for_making(const akr_options *options) {
  akr_options *handle = nullptr;
  check(akr_options_clone(options, &handle));
  Options out(handle);
  check(akr_options_set_f64(handle, "time_limit", 0));
  return out;
}

Report make_report() {
  akr_report *handle = nullptr;
  check(akr_report_create(&handle));
  return Report(handle);
}

Exit exit_of(akr_status status) {
  switch (status) {
    case AKR_E_ARGUMENT:
    case AKR_E_OPTION:
      return Exit::usage;
    case AKR_E_NOT_FINITE:
      return Exit::data;
    case AKR_E_MEMORY:
      return Exit::memory;
    case AKR_E_CALLBACK:
      return Exit::input_output;  // the client's only callback that fails reads a file
    case AKR_E_UNSUPPORTED:
      return Exit::unavailable;
    case AKR_E_CANCELLED:
      return Exit::interrupted;
    default:
      return Exit::software;
  }
}

void check(akr_status status, std::string_view context) {
  if (status >= 0) return;
  // The name of the function that failed tells nothing to who has not called it.
  std::string_view text = akr_last_error();
  const std::size_t name = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  if (starts_with(text, "akr_") && text.substr(std::min(name, text.size()), 2) == ": ") text.remove_prefix(name + 2);
  throw Failure(exit_of(status), concat(context, context.empty() ? "" : ": ", text));
}

std::vector<std::string> option_keys() {
  std::vector<std::string> keys;
  for (std::int64_t k = 0; k < akr_option_count(); ++k) keys.emplace_back(akr_option_key(k));
  return keys;
}

std::string option_info(const std::string &key, const char *field) {
  const char *text = akr_option_info(key.c_str(), field);
  return text ? text : "";
}

}  // namespace akr::cli
