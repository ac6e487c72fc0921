// SPDX-License-Identifier: BSD-3-Clause
// Numbers in text: separated by ; or , or tabs or blanks, with or without a header line.
#pragma once

#include <string>
#include <string_view>

#include "table.hpp"

namespace akr::cli {

// The separator is the first of ; , tab that stands outside quotes in the first line, else blanks. Lines that begin
// with # are comments. The first line is a header when none of its fields is a number, unless `header` decides.
Table read_csv(std::string_view text, const std::string &shown, Header header);

}  // namespace akr::cli
