// SPDX-License-Identifier: BSD-3-Clause
#include "config/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "config/nearest.hpp"

namespace akr {

const std::vector<ReportRow> &report_table() {
  static const std::vector<ReportRow> table = {
      {Key::status, "status", "i64", "What the call returned.", "0.1"},
      {Key::message, "message", "str",
       "Empty after AKR_OK; else the function, and for an error the argument, its value and the rule it breaks.",
       "0.1"},
      {Key::method, "method", "str",
       "The method that was used: one of the choices of the option method, or none where there was nothing to do or no "
       "time to begin.",
       "0.1"},
      {Key::stopped_by, "stopped_by", "str",
       "Why the computation ended: converged, max_iter, time_limit, stagnation or cancel.", "0.1"},
      {Key::phase, "phase", "str", "Progress only: what is being done.", "0.1"},
      {Key::iterations, "iterations", "i64", "Corrections of x, or steps of the iteration, over all rounds.", "0.1"},
      {Key::passes, "passes", "i64", "How often all of A was read.", "0.1"},
      {Key::fraction, "fraction", "f64", "Progress only: the part of the work that is done, from 0 to 1.", "0.1"},
      {Key::residual_norm, "residual_norm", "f64", "Norm of b - A x, of the worst column.", "0.1"},
      {Key::gradient_norm, "gradient_norm", "f64", "Norm of A'(b - A x) - ridge x, of the worst column.", "0.1"},
      {Key::backward_error, "backward_error", "f64",
       "Karlson and Walden's estimate of the backward error of x, or an upper bound of it, over the Frobenius norm of "
       "A; of the worst column.",
       "0.1"},
      {Key::cond_estimate, "cond_estimate", "f64",
       "Estimated condition number of A with its columns scaled to norm about 1, ridge included.", "0.1"},
      {Key::rank, "rank", "i64", "Numerical rank of A, or of A with the ridge under it.", "0.1"},
      {Key::rank_gap, "rank_gap", "f64",
       "The smallest singular value that counts over the largest that does not; unset where all count.", "0.1"},
      {Key::precision_loss, "precision_loss", "f64",
       "Of a Gram power, its worst-case condition number times the unit roundoff of double: of A to the power 2j, or "
       "2j + 1. Of an exponential, the worst case over b of error_estimate.",
       "0.1"},
      {Key::error_estimate, "error_estimate", "f64",
       "A-posteriori estimate of the relative error of x, of the worst column; above 1e-3 the status is "
       "AKR_PRECISION_LIMIT.",
       "0.1"},
      {Key::growth, "growth", "f64",
       "Of an exponential, the norm of exp(-t A'A) times that of b over that of x, of the worst column.", "0.1"},
      {Key::gram_method, "gram.method", "str",
       "How a Gram power or exponential was solved: recursion, factor or krylov.", "0.1"},
      {Key::kernel_log_scale, "kernel.log_scale", "f64",
       "Set where the result is outside the range of its precision: the arrays hold it times e to the power of minus "
       "this. Unset where no such factor brings all columns into the range: then column_log_scale has one for each.",
       "0.1"},
      {Key::kernel_precond, "kernel.precond", "str",
       "The preconditioner a kernel was solved with at last: rpcholesky, rpcholesky-diag, nystrom, tensor-sketch or "
       "dense.",
       "0.1"},
      {Key::kernel_rank, "kernel.rank", "i64", "Its rank; that of a dense factor is the number of points.", "0.1"},
      {Key::sketch_kind, "sketch.kind", "str",
       "The sketch that was used: srht-hartley, srht-cosine, srht-hadamard, sparse-sign or gaussian.", "0.1"},
      {Key::sketch_rows, "sketch.rows", "i64", "Rows of the sketch that was used.", "0.1"},
      {Key::callback_code, "callback_code", "i64",
       "The nonzero value by which a callback of the caller stopped the call.", "0.1"},
      {Key::threads, "threads", "i64", "Threads of libakr's own that could work at once.", "0.1"},
      {Key::isa, "isa", "str", "Instruction set of the kernels in use: generic, avx2 or avx512.", "0.1"},
      {Key::peak_bytes, "peak_bytes", "i64", "Most bytes that libakr's own arrays took at a time in this call.", "0.1"},
      {Key::seconds, "seconds", "f64", "Wall time of the call.", "0.1"},
      {Key::seconds_sketch, "seconds.sketch", "f64", "Wall time of sketching.", "0.1"},
      {Key::seconds_factor, "seconds.factor", "f64", "Wall time of factorisations, Gram matrices included.", "0.1"},
      {Key::seconds_iterate, "seconds.iterate", "f64", "Wall time of iterations, or of forming leverage scores.",
       "0.1"},
      {Key::seconds_certify, "seconds.certify", "f64", "Wall time of checking the answer against the caller's A.",
       "0.1"},
      {Key::history, "history", "array_f64",
       "For each correction of x, norm of P'(A'(b - A x) - ridge x) over that of b, P the preconditioner, of the worst "
       "column still at work.",
       "0.1"},
      {Key::column_status, "column_status", "array_i64", "Status of each column of b.", "0.1"},
      {Key::column_residual, "column_residual", "array_f64",
       "Norm of b - A x of each column; NaN where it is not known.", "0.1"},
      {Key::column_log_scale, "column_log_scale", "array_f64",
       "Set where a column of a kernel's result is outside the range: each column is e to the power of this times what "
       "the array holds; 0 where it is in range.",
       "0.1"},
  };
  return table;
}

const ReportRow *find_report_key(std::string_view name) {
  for (const ReportRow &row : report_table()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

const char *nearest_report_key(std::string_view name) {
  const char *nearest = "";
  std::size_t least = static_cast<std::size_t>(-1);
  for (const ReportRow &row : report_table()) {
    const std::size_t distance = edit_distance(name, row.name);
    if (distance < least) {
      least = distance;
      nearest = row.name;
    }
  }
  return nearest;
}

// Nothing is put into a Value here but numbers, which need no memory: the assignment of a variant that might throw does
// not.
// NOLINTNEXTLINE(bugprone-exception-escape)
void Report::clear() noexcept {
  for (Value &value : values_) value = std::monostate();
  message_[0] = '\0';
}

void Report::add(Key key, double value) {
  double *sum = std::get_if<double>(&slot(key));
  if (sum != nullptr) {
    *sum += value;
  } else {
    slot(key) = value;
  }
}

void Report::append(Key key, double value) {
  if (!std::holds_alternative<std::vector<double>>(slot(key))) slot(key) = std::vector<double>();
  std::get<std::vector<double>>(slot(key)).push_back(value);
}

// NOLINTNEXTLINE(bugprone-exception-escape): as in clear()
void Report::set_outcome(Status status, const char *message) noexcept {
  std::size_t count = std::strlen(message);
  if (count >= message_.size()) {
    count = message_.size() - 1;  // back to the beginning of the character that does not fit
    while (count > 0 && (static_cast<unsigned char>(message[count]) & 0xC0) == 0x80) --count;
  }
  std::memmove(message_.data(), message, count);
  message_[count] = '\0';
  slot(Key::status) = static_cast<std::int64_t>(status);
}

bool Report::has(Key key) const noexcept {
  return !std::holds_alternative<std::monostate>(get(key == Key::message ? Key::status : key));
}

namespace {

// The length of the well-formed UTF-8 sequence at the beginning of `s` (RFC 3629: no surrogates, no overlong forms,
// nothing above U+10FFFF); 0 where there is none.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// Messages quote what callers passed, so any byte may come; those that are not UTF-8 become U+FFFD.
void append_json(std::string &out, std::string_view value) {
  constexpr const char *hex = "0123456789abcdef";
  out.push_back('"');
  while (!value.empty()) {
    const std::size_t length = utf8_length(value);
    const auto c = static_cast<unsigned char>(value[0]);
    if (length == 0) {
      out.append("\\ufffd");
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(value[0]);
    } else if (c < 0x20) {
      out.append("\\u00");
      out.push_back(hex[c >> 4]);
      out.push_back(hex[c & 15]);
    } else {
      out.append(value.substr(0, length));
    }
    value.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out.push_back('"');
}

void append_json(std::string &out, std::int64_t value) { append_text(out, value); }

void append_json(std::string &out, double value) {
  if (std::isfinite(value)) {
    append_text(out, value);
  } else {
    out.append("null");
  }
}

template <class T>
void append_json(std::string &out, const std::vector<T> &values) {
  out.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_json(out, values[i]);
  }
  out.push_back(']');
}

void append_json(std::string &out, std::monostate) { out.append("null"); }

}  // namespace

std::string Report::to_json() const {
  std::string out = "{";
  for (const ReportRow &row : report_table()) {
    if (!has(row.key)) continue;
    if (out.size() > 1) out.push_back(',');
    append_json(out, std::string_view(row.name));
    out.push_back(':');
    if (row.key == Key::message) {
      append_json(out, std::string_view(message()));
    } else {
      std::visit([&](const auto &value) { append_json(out, value); }, get(row.key));
    }
  }
  out.push_back('}');
  return out;
}

PhaseTimer::PhaseTimer(Report &report, Key key) noexcept : report_(report), key_(key), started_(seconds_now()) {}

// NOLINTNEXTLINE(bugprone-exception-escape): as in clear()
PhaseTimer::~PhaseTimer() { report_.add(key_, seconds_now() - started_); }

}  // namespace akr
