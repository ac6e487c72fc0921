// SPDX-License-Identifier: BSD-3-Clause
// akr lsq and akr gram: files in, a certified answer out.
#include <chrono>
#include <memory>

#include "commands.hpp"
#include "flags.hpp"
#include "gather.hpp"
#include "not_finite.hpp"
#include "output.hpp"
#include "plot.hpp"
#include "precision.hpp"
#include "report_text.hpp"
#include "solve_request.hpp"
#include "text.hpp"
#include "watch.hpp"

namespace akr::cli {

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class T>
std::vector<T> first_guess(const SolveRequest &request, const Problem<T> &problem) {
  const Table table = load_table(request.start, request.problem.header);
  const Array *array = table.array();
  if (!array || array->rows != problem.answer_rows() || array->cols != problem.right_sides()) {
    throw Failure(Exit::data, concat(table.name, ": the first guess must be dense and ", problem.answer_rows(), " x ",
                                     problem.right_sides(), ", not ", table.rows(), " x ", table.cols()));
  }
  std::vector<std::int64_t> columns;
  for (std::int64_t j = 0; j < array->cols; ++j) columns.push_back(j);
  const std::vector<T> answer = gather<T>(*array, columns, true);
  refuse_not_finite(Places(table, columns), answer.data(), array->rows, true, 0);
  return problem.unknowns_of(answer);
}

template <class T>
struct Solved {
  akr_status status;
  std::vector<T> x;
};

template <class T>
akr_status call(const SolveRequest &request, const Problem<T> &problem, const akr_matrix *matrix, T *x,
                const akr_options *options, akr_report *report) {
  const auto at_least_one = [](std::int64_t n) { return n > 0 ? n : std::int64_t{1}; };
  const std::int64_t k = problem.right_sides(), ldb = at_least_one(problem.b_rows());
  const std::int64_t ldx = at_least_one(problem.unknowns());
  switch (request.task) {
    case Task::power_even:
      return power_solve(matrix, request.power, k, problem.b(), ldb, x, ldx, options, report);
    case Task::power_odd:
      return power_lsq(matrix, request.power, k, problem.b(), ldb, x, ldx, options, report);
    case Task::exponential:
      return exp_solve(matrix, request.time, k, problem.b(), ldb, x, ldx, options, report);
    default:
      break;
  }
  return lsq_solve(matrix, request.problem.ridge, k, problem.b(), ldb, x, ldx, options, report);
}

// What is solved, for the report; empty for least squares.
std::string task_text(const SolveRequest &request) {
  switch (request.task) {
    case Task::power_even:
      return concat("(A'A)^", request.power, " x = b");
    case Task::power_odd:
      return concat("min ||A (A'A)^", request.power, " x - b||");
    case Task::exponential:
      return concat("exp(", request.time, " A'A) x = b");
    default:
      break;
  }
  return {};
}

template <class T>
Solved<T> solve(const SolveRequest &request, Problem<T> &problem, akr_options *options, akr_report *report) {
  Solved<T> out{AKR_OK, std::vector<T>(static_cast<std::size_t>(problem.unknowns() * problem.right_sides()))};
  if (!request.start.empty()) out.x = first_guess(request, problem);
  out.status = watched(request, options, [&] {
    const Matrix matrix = problem.make_matrix(for_making(options).get());
    return call(request, problem, matrix.get(), out.x.data(), options, report);
  });
  return out;
}

template <class T>
SolveFacts facts_of(const SolveRequest &request, const Problem<T> &problem, const akr_options *options) {
  SolveFacts out;
  out.matrix = problem.description();
  out.rows = problem.rows();
  out.unknowns = problem.unknowns();
  out.right_sides = problem.right_sides();
  out.single_precision = sizeof(T) == 4;
  out.ridge = request.problem.ridge;
  out.task = task_text(request);
  if (request.problem.intercept) {
    out.intercept = out.ridge > 0 ? "intercept by centring" : "intercept as a last column of ones";
  }
  char method[64] = "";
  std::int64_t length = 0;
  check(akr_options_get_str(options, "method", method, sizeof method, &length));
  out.asked_method = method;
  return out;
}

// What the report's history holds is told in akr.h; here in the signs of the text report.
Convergence convergence_of(const SolveRequest &request, const ReportView &report, const SolveFacts &facts) {
  const std::string method = report.text("method").value_or("?");
  const auto route = report.text("gram.method");
  Convergence out;
  out.history = report.reals("history");
  const char *worst = facts.right_sides > 1 ? ", worst column" : "";
  if (facts.task.empty()) {
    out.title = concat("akr lsq: ", method);
    out.quantity = concat("preconditioned gradient ",
                          facts.ridge > 0 ? "||P'(A'(b - A x) - ridge x)||" : "||P'A'(b - A x)||", " / ||b||", worst);
    out.step = "correction";
    out.note = concat("method ", method, " made no corrections");
    return out;
  }
  const std::string by = route ? concat(*route, ", ", method) : method;
  out.title = concat("akr gram: ", facts.task, ", ", by);
  // A wide A is solved through C = A', where the even powers begin with least squares and the odd ones do not.
  const bool wide = facts.rows < facts.unknowns;
  const std::string c = wide ? "C" : "A";
  const bool squares_first = (request.task == Task::power_odd) != wide;
  out.quantity = concat(squares_first ? concat("||P'", c, "'(b - ", c, " y)|| / ||b||, then ") : std::string(),
                        "||P'(s - ", c, "'", c, " x)|| / ||s|| of each stage", wide ? ", C = A'" : "", worst);
  out.step = "correction, stage after stage";
  out.note = concat(by, " made no corrections");
  return out;
}

template <class T>
int solve_files(const SolveRequest &request) {
  const Options options = make_options(request);
  const Report report = make_report();
  const ReportView view(report.get());
  const double started = seconds_now();
  Problem<T> problem(request.problem);
  SolveFacts facts = facts_of(request, problem, options.get());
  facts.read_seconds = seconds_now() - started;

  const Solved<T> solved = solve(request, problem, options.get(), report.get());
  if (solved.status < 0) {
    if (request.json) write_text(*request.json, view.json());
    if (solved.status == AKR_E_CALLBACK && !problem.read_error().empty()) {
      throw Failure(Exit::input_output, problem.read_error());
    }
    if (solved.status == AKR_E_NOT_FINITE) problem.refuse_not_finite();
    check(solved.status);
  }
  if (request.answer_goes_out()) {
    write_columns(request.output, problem.answer_of(solved.x), problem.answer_rows(), problem.right_sides());
  }
  if (request.json) write_text(*request.json, view.json());
  if (!request.plot.empty()) write_text(request.plot, convergence_svg(convergence_of(request, view, facts)));
  if (!request.quiet) {
    const bool stdout_is_free = !request.output.empty() && request.json != std::string();
    say(report_text(view, facts, solved.status), stdout_is_free);
  }
  return solved.status;
}

}  // namespace

int run_lsq(const std::vector<std::string> &words) {
  const Arguments arguments(words, lsq_flags());
  if (arguments.has("--help") || arguments.has("-h")) {
    write_text("", help_text("lsq"));
    return 0;
  }
  const SolveRequest request = parse_lsq(arguments);
  return request.single_precision ? solve_files<float>(request) : solve_files<double>(request);
}

int run_gram(const std::vector<std::string> &words) {
  const Arguments arguments(words, gram_flags());
  if (arguments.has("--help") || arguments.has("-h")) {
    write_text("", help_text("gram"));
    return 0;
  }
  const SolveRequest request = parse_gram(arguments);
  return request.single_precision ? solve_files<float>(request) : solve_files<double>(request);
}

}  // namespace akr::cli
