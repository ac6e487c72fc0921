// SPDX-License-Identifier: BSD-3-Clause
#include "report_text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "text.hpp"

namespace akr::cli {

namespace {

std::string line(const char *name, const std::string &text) {
  const std::string head(name);
  return concat(head, std::string(head.size() < 11 ? 11 - head.size() : 1, ' '), text, "\n");
}

std::string counted(std::int64_t count, const char *thing) {
  return concat(count, " ", thing, count == 1 ? "" : ends_with(thing, "s") ? "es" : "s");
}

double unit_roundoff(const SolveFacts &facts) {
  return facts.single_precision ? std::ldexp(1, -24) : std::ldexp(1, -53);
}

std::string problem_line(const SolveFacts &facts) {
  std::string out =
      concat(facts.rows, " x ", facts.unknowns, ", ", facts.matrix, ", ", facts.single_precision ? "single" : "double",
             " precision; ", counted(facts.right_sides, "right-hand side"));
  if (facts.ridge > 0) append(out, concat("; ridge ", facts.ridge));
  if (!facts.task.empty()) append(out, concat("; ", facts.task));
  if (!facts.intercept.empty()) append(out, concat("; ", facts.intercept));
  return line("problem", out);
}

// How, for those who do not know the name.
std::string method_words(const std::string &method) {
  static const std::map<std::string, const char *> words = {
      {"qr", "Householder QR of all of A"},
      {"cholesky", "the Cholesky factor of A'A preconditions, then refinement"},
      {"sketch", "the factor of a sketch of A preconditions an iteration"},
      {"sketch-cholqr", "a sketch's factor, orthonormalised by Cholesky QR, then refinement"},
      {"gradient", "unit gradient steps in the metric of a sketch"},
      {"cgls", "conjugate gradients with scaled columns, nothing factored"}};
  const auto match = words.find(method);
  return match == words.end() ? std::string() : concat(": ", match->second);
}

std::string method_lines(const ReportView &report, const SolveFacts &facts) {
  std::string out;
  if (const auto method = report.text("method")) {
    const std::string why = facts.asked_method == "auto"    ? " (chosen for this problem)"
                            : facts.asked_method == *method ? " (as asked)"
                                                            : concat(" (in place of ", facts.asked_method, ")");
    const auto route = report.text("gram.method");
    const std::string by = route ? concat(*route, *method == "none" ? "" : ", ") : std::string();
    out += line("method", *method == "none" ? (route ? by : *method) : concat(by, *method, why, method_words(*method)));
  }
  if (const auto kind = report.text("sketch.kind")) {
    const auto rows = report.integer("sketch.rows");
    out += line("sketch", concat(*kind, rows ? concat(", ", *rows, " rows") : ""));
  }
  std::string work;
  const auto add = [&](const std::string &part) { work += concat(work.empty() ? "" : ", ", part); };
  if (const auto value = report.integer("iterations")) add(counted(*value, "iteration"));
  if (const auto value = report.integer("passes")) add(concat(counted(*value, "pass"), " over A"));
  if (const auto value = report.integer("threads")) add(counted(*value, "thread"));
  if (const auto value = report.text("isa")) add(*value);
  if (!work.empty()) out += line("work", work);
  return out;
}

// A backward error of `error`: x is the exact answer for an A that differs from the given one by that part of ||A||.
std::string backward_error_words(double error, double roundoff) {
  if (error <= 4 * roundoff) return "x is exact for an A changed within rounding: nothing better exists";
  const auto digits = static_cast<std::int64_t>(std::floor(-std::log10(error)));
  if (digits < 1) return "x has little to do with A and b";
  return concat("x is exact for an A changed in its digit ", digits + 1, " relative to ||A||");
}

std::string accuracy_lines(const ReportView &report, const SolveFacts &facts) {
  std::string out;
  const char *worst = facts.right_sides > 1 ? " (worst column)" : "";
  const double roundoff = unit_roundoff(facts);
  if (const auto value = report.real("residual_norm")) {
    const char *norm = facts.task.empty()             ? "||b - A x|| = "
                       : report.real("gradient_norm") ? "of the least-squares part, ||b - A y|| = "
                                                      : "||b - (A'A)^j x|| is at most ";
    out += line("residual", concat(norm, rounded(*value, 6), worst));
  }
  if (const auto value = facts.task.empty() ? report.real("gradient_norm") : std::nullopt) {
    out += line(
        "gradient",
        concat(facts.ridge > 0 ? "||A'(b - A x) - ridge x|| = " : "||A'(b - A x)|| = ", rounded(*value, 3), worst));
  }
  const auto error = report.real("backward_error");
  if (error && !facts.task.empty()) {
    out += line("accuracy", concat("backward error of the worst stage ", rounded(*error, 2), worst));
  } else if (error) {
    out += line("accuracy",
                concat("backward error ", rounded(*error, 2), worst, ": ", backward_error_words(*error, roundoff)));
  }
  if (const auto value = report.real("cond_estimate")) {
    // A relative change of e in A moves x by about cond * e, or cond^2 * e where the residual is large.
    const double lost = std::max(1.0, *value) * std::max(error.value_or(roundoff), roundoff);
    const double digits = std::floor(-std::log10(lost));
    out += line("condition",
                concat("about ", rounded(*value, 2),
                       facts.task.empty() ? concat(": at most ", std::max(0.0, digits), " digits of x can be trusted")
                                          : std::string()));
  }
  if (const auto value = report.real("error_estimate")) {
    const double digits = std::floor(-std::log10(std::max(*value, roundoff)));
    const auto loss = report.real("precision_loss");
    out +=
        line("digits",
             concat("of x at least ", std::max(0.0, digits), " are right: relative error below ", rounded(*value, 2),
                    worst, loss ? concat("; the worst b leaves ", rounded(std::min(*loss, 1.0), 2)) : std::string()));
  }
  if (const auto value = report.integer("rank")) {
    const auto gap = report.real("rank_gap");
    out += line("rank", concat(*value, " of ", std::min(facts.rows, facts.unknowns),
                               gap ? concat("; there the singular values fall by a factor of ", rounded(*gap, 2))
                                   : std::string()));
  }
  return out;
}

const char *status_words(akr_status status) {
  switch (status) {
    case AKR_OK:
      return "checked against A itself";
    case AKR_NOT_CONVERGED:
      return "the best answer so far";
    case AKR_CANCELLED:
      return "cancelled; the best answer so far";
    case AKR_RANK_DEFICIENT:
      return "the minimum-norm answer of the part of full rank";
    case AKR_PRECISION_LIMIT:
      return "the conditioning exceeds the precision";
    default:
      return "an answer with reservations";
  }
}

std::string column_line(const ReportView &report) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const std::int64_t status : report.integers("column_status")) ++counts[status];
  if (counts.size() < 2) return {};
  std::string out;
  for (const auto &[status, count] : counts) {
    append(out, concat(out.empty() ? "" : ", ", count, " ", akr_status_name(static_cast<akr_status>(status))));
  }
  return line("columns", out);
}

}  // namespace

std::string report_text(const ReportView &report, const SolveFacts &facts, akr_status status) {
  std::string out = problem_line(facts) + method_lines(report, facts) + accuracy_lines(report, facts);
  const auto seconds = report.real("seconds");
  out += line("time", concat(seconds ? concat(rounded(*seconds, 3), " s solving, ") : std::string(),
                             rounded(facts.read_seconds, 3), " s reading"));
  out += column_line(report);
  const std::string reason = status == AKR_OK ? "" : concat(" (", report.text("stopped_by").value_or("?"), ")");
  out += line("status", concat(akr_status_name(status), reason, ": ", status_words(status)));
  const std::string message = report.text("message").value_or("");
  return message.empty() ? out : out + line("", message);
}

}  // namespace akr::cli
