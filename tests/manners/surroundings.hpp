// SPDX-License-Identifier: BSD-3-Clause
// What a library must leave as it found it, in one comparable value.
#pragma once

#include <map>
#include <string>

// Everything here is text, so that a difference can be printed: {"locale": "C", "threads": "3", ...}.
using Surroundings = std::map<std::string, std::string>;

Surroundings look_around();

// The lines in which two looks differ; empty when nothing changed.
std::string difference(const Surroundings &before, const Surroundings &after);

// OpenBLAS keeps its pool of threads once it has begun: let it begin before anything is compared.
void warm_up_blas();

// Sends standard output and error to a file for the life of the object, and counts what arrives.
class OutputWatch {
 public:
  OutputWatch();
  ~OutputWatch();
  OutputWatch(const OutputWatch &) = delete;
  OutputWatch &operator=(const OutputWatch &) = delete;
  long bytes() const;
  std::string text() const;  // what arrived, for the report of a failure

 private:
  int file_;
  int saved_out_;
  int saved_err_;
};
