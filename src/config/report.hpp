// SPDX-License-Identifier: BSD-3-Clause
// What a call says about itself, and THE table of its keys.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.hpp"

namespace akr {

enum class Key : int {
  status,
  message,
  method,
  stopped_by,
  phase,
  iterations,
  passes,
  fraction,
  residual_norm,
  gradient_norm,
  backward_error,
  cond_estimate,
  rank,
  rank_gap,
  precision_loss,
  error_estimate,
  growth,
  gram_method,
  kernel_log_scale,
  kernel_precond,
  kernel_rank,
  sketch_kind,
  sketch_rows,
  callback_code,
  threads,
  isa,
  peak_bytes,
  seconds,
  seconds_sketch,
  seconds_factor,
  seconds_iterate,
  seconds_certify,
  history,
  column_status,
  column_residual,
  column_log_scale,
  count_
};

struct ReportRow {
  Key key;
  const char *name;  // "sketch.kind", "seconds.factor", …
  const char *type;  // "i64", "f64", "str", "array_f64", "array_i64"
  const char *help;
  const char *since;
};

// Indexed by Key.
const std::vector<ReportRow> &report_table();
const ReportRow *find_report_key(std::string_view name);
const char *nearest_report_key(std::string_view name);

class Report {
 public:
  using Value =
      std::variant<std::monostate, std::int64_t, double, std::string, std::vector<double>, std::vector<std::int64_t>>;

  void clear() noexcept;  // NOLINT(bugprone-exception-escape): see report.cpp
  // The type must be the key's own.
  void set(Key key, std::int64_t value) { slot(key) = value; }
  void set(Key key, double value) { slot(key) = value; }
  void set(Key key, std::string value) { slot(key) = std::move(value); }
  void set(Key key, std::vector<double> value) { slot(key) = std::move(value); }
  void set(Key key, std::vector<std::int64_t> value) { slot(key) = std::move(value); }
  void add(Key key, double value);     // sums up, from 0
  void append(Key key, double value);  // to an array

  // Never allocates: an error must be told even when memory is out. Longer text is cut at a character boundary.
  void set_outcome(Status status, const char *message) noexcept;  // NOLINT(bugprone-exception-escape): see report.cpp
  const char *message() const noexcept { return message_.data(); }

  const Value &get(Key key) const { return values_[static_cast<std::size_t>(key)]; }
  bool has(Key key) const noexcept;  // status and message: once an outcome is set
  std::string to_json() const;       // one object; numbers that JSON cannot say (NaN, Inf) as null

 private:
  Value &slot(Key key) { return values_[static_cast<std::size_t>(key)]; }

  std::array<Value, static_cast<std::size_t>(Key::count_)> values_;
  std::array<char, 1024> message_{};
};

// Adds the life of the scope to one of the seconds.* keys.
class PhaseTimer {
 public:
  PhaseTimer(Report &report, Key key) noexcept;
  ~PhaseTimer();  // NOLINT(bugprone-exception-escape): see report.cpp
  PhaseTimer(const PhaseTimer &) = delete;
  PhaseTimer &operator=(const PhaseTimer &) = delete;

 private:
  Report &report_;
  Key key_;
  double started_;
};

}  // namespace akr
