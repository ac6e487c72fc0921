// SPDX-License-Identifier: BSD-3-Clause
// Owners of the library's handles, and its statuses as the client's failures.
#pragma once

#include <akr.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "failure.hpp"

namespace akr::cli {

struct Destroy {
  void operator()(akr_options *handle) const { akr_options_destroy(handle); }
  void operator()(akr_report *handle) const { akr_report_destroy(handle); }
  void operator()(akr_matrix *handle) const { akr_matrix_destroy(handle); }
  void operator()(akr_kernel *handle) const { akr_kernel_destroy(handle); }
};
using Options = std::unique_ptr<akr_options, Destroy>;
using Report = std::unique_ptr<akr_report, Destroy>;
using Kernel = std::unique_ptr<akr_kernel, Destroy>;
using Matrix = std::unique_ptr<akr_matrix, Destroy>;

Options make_options();
Report make_report();
// The same, but for the time limit: that of a solve shall not end the making of its matrix.
Options for_making(const akr_options *options);

// The exit status for a negative akr_status.
Exit exit_of(akr_status status);

// Throws Failure with the library's own message, behind `context` and a colon if there is one, where status < 0.
void check(akr_status status, std::string_view context = {});

// The keys of all options.
std::vector<std::string> option_keys();

// One column of the table of options; "" where the library has nothing to say.
std::string option_info(const std::string &key, const char *field);

}  // namespace akr::cli
