// SPDX-License-Identifier: BSD-3-Clause
// How the core says that something went wrong. The numbers are those of akr.h; capi/barrier.hpp asserts that they
// agree.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace akr {

enum class Status : std::int32_t {
  ok = 0,
  not_converged = 1,
  cancelled = 2,
  rank_deficient = 3,
  precision_limit = 4,
  e_argument = -1,
  e_option = -2,
  e_memory = -3,
  e_not_finite = -4,
  e_numeric = -5,
  e_callback = -6,
  e_unsupported = -7,
  e_no_value = -8,
  e_cancelled = -9,
  e_internal = -99
};

// An error on its way to the C boundary. The text names the argument, its value and the rule it breaks; the boundary
// puts the name of the function before it.
class Error : public std::exception {
 public:
  Error(Status status, std::string text) : status_(status), text_(std::move(text)) {}
  Status status() const noexcept { return status_; }
  const char *what() const noexcept override { return text_.c_str(); }

 private:
  Status status_;
  std::string text_;
};

// A callback of the caller returned nonzero; the code travels into the report.
class CallbackError : public Error {
 public:
  CallbackError(std::int64_t code, std::string text) : Error(Status::e_callback, std::move(text)), code_(code) {}
  std::int64_t code() const noexcept { return code_; }

 private:
  std::int64_t code_;
};

// Why a computation ends before its own stopping rule is met. Solvers catch it and return their best iterate;
// everything else lets it travel to the C boundary, which turns it into AKR_E_CANCELLED.
enum class StopReason { cancel, time_limit };

class Interrupted : public std::exception {
 public:
  explicit Interrupted(StopReason reason) : reason_(reason) {}
  StopReason reason() const noexcept { return reason_; }
  const char *what() const noexcept override {
    return reason_ == StopReason::cancel ? "cancelled by the caller" : "time_limit reached";
  }

 private:
  StopReason reason_;
};

}  // namespace akr
