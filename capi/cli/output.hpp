// SPDX-License-Identifier: BSD-3-Clause
// Writing answers: .npy, .mtx, .csv or .txt by the name, numbers one a line on stdout.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace akr::cli {

// Throws Failure before any work is done: an ending that is not written (usage), a place that cannot be written
// (no_output), or one of the inputs (usage).
void check_output_name(const std::string &name, const std::vector<std::string> &inputs);
void check_writable(const std::string &name, const std::vector<std::string> &inputs);
void check_picture_name(const std::string &name, const std::vector<std::string> &inputs);

// The whole text to a file; "" is stdout.
void write_text(const std::string &name, const std::string &text);
// What is said to the person: on stdout, where a failure counts, or on stderr, where nobody could be told of it.
void say(const std::string &text, bool on_stdout);

// cols columns of rows numbers each, packed one after the other; "" is stdout.
template <class T>
void write_columns(const std::string &name, const std::vector<T> &values, std::int64_t rows, std::int64_t cols);

extern template void write_columns(const std::string &, const std::vector<float> &, std::int64_t, std::int64_t);
extern template void write_columns(const std::string &, const std::vector<double> &, std::int64_t, std::int64_t);

}  // namespace akr::cli
