// SPDX-License-Identifier: BSD-3-Clause
// akr kernel fit and akr kernel predict: from points and values to a model file, and from it to values elsewhere.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "columns.hpp"
#include "commands.hpp"
#include "flags.hpp"
#include "gather.hpp"
#include "kernel_model.hpp"
#include "not_finite.hpp"
#include "output.hpp"
#include "plot.hpp"
#include "report_view.hpp"
#include "solve_request.hpp"
#include "watch.hpp"

namespace akr::cli {

namespace {

std::int64_t at_least_one(std::int64_t n) { return n > 0 ? n : 1; }

const Array &dense_array(const Table &table) {
  if (table.sparse()) throw Failure(Exit::data, concat(table.name, ": must be dense"));
  return *table.array();
}

std::vector<double> by_rows(const Table &table, const std::vector<std::int64_t> &columns) {
  return gather<double>(dense_array(table), columns, false);
}

struct Data {
  KernelModel model;      // without its coefficients
  std::vector<double> b;  // by columns, about the mean
};

Data load_data(const ProblemRequest &request, double scale, bool centre) {
  const Table points = load_table(request.a_name, request.header);
  const bool one_file = request.b_name.empty();
  const Table second = one_file ? Table{} : load_table(request.b_name, request.header);
  const Table &values = one_file ? points : second;
  if (values.rows() != points.rows()) {
    throw Failure(Exit::data, concat(values.name, ": has ", values.rows(), " rows, but ", points.name, " has ",
                                     points.rows(), ": there must be a row of values for each point"));
  }
  const auto b_columns =
      request.targets.empty() ? other_columns(values.cols(), {}) : find_columns(values, request.targets);
  const auto a_columns = other_columns(points.cols(), one_file ? b_columns : std::vector<std::int64_t>());
  if (a_columns.empty()) throw Failure(Exit::usage, concat(points.name, ": no column is left for the points"));
  Data out;
  out.model.scale = scale;
  out.model.points = points.rows();
  out.model.dim = static_cast<std::int64_t>(a_columns.size());
  out.model.columns = static_cast<std::int64_t>(b_columns.size());
  out.model.a = by_rows(points, a_columns);
  out.b = gather<double>(dense_array(values), b_columns, true);
  refuse_not_finite(Places(points, a_columns), out.model.a.data(), out.model.points, false, out.model.dim);
  refuse_not_finite(Places(values, b_columns), out.b.data(), out.model.points, true, 0);
  for (std::int64_t c = 0; c < out.model.columns; ++c) {
    double *const column = out.b.data() + c * out.model.points;
    double mean = 0;
    for (std::int64_t i = 0; centre && i < out.model.points; ++i) {
      mean += column[i] / static_cast<double>(out.model.points);
    }
    for (std::int64_t i = 0; i < out.model.points; ++i) column[i] -= mean;
    out.model.mean.push_back(mean);
  }
  return out;
}

std::string fit_text(const ReportView &report, const KernelModel &model, double ridge, const std::vector<double> &b,
                     akr_status status) {
  double norm = 0;
  for (const double value : b) norm = std::hypot(norm, value);
  std::string out =
      concat("problem    (exp(", model.scale, " A A') + ", ridge, " I) x = b; ", model.points, " points of dimension ",
             model.dim, ", ", model.columns, model.columns == 1 ? " column" : " columns", " of values\n");
  if (const auto precond = report.text("kernel.precond")) {
    out += concat("method     conjugate gradients, preconditioned by ", *precond, ", rank ",
                  report.integer("kernel.rank").value_or(0), "\n");
  }
  const auto counted = [&](const char *key, const char *thing) {
    const std::int64_t count = report.integer(key).value_or(0);
    return concat(count, " ", thing, count == 1 ? "" : "s");
  };
  out += concat("work       ", counted("iterations", "iteration"), ", ", counted("passes", "product"),
                " with the kernel, ", counted("threads", "thread"), "\n");
  if (const auto residual = report.real("residual_norm")) {
    out += concat("residual   ||b - (K + ridge I) x|| = ", rounded(*residual, 3),
                  model.columns > 1 ? " (worst column)" : "",
                  norm > 0 ? concat(", ", rounded(*residual / norm, 2), " of ||b||") : std::string(), "\n");
  }
  if (const auto seconds = report.real("seconds")) out += concat("time       ", rounded(*seconds, 3), " s\n");
  out += concat("status     ", akr_status_name(status),
                status == AKR_OK ? ": the residual was recomputed by a product of its own"
                                 : concat(" (", report.text("stopped_by").value_or("?"), ")"),
                "\n");
  const std::string message = report.text("message").value_or("");
  return message.empty() ? out : concat(out, "           ", message, "\n");
}

Convergence convergence_of(const ReportView &report, const KernelModel &model, const akr_options *options) {
  Convergence out;
  out.history = report.reals("history");
  const auto precond = report.text("kernel.precond");
  out.title = concat("akr kernel fit: ",
                     precond ? concat(*precond, ", rank ", report.integer("kernel.rank").value_or(0)) : "no iteration");
  out.quantity =
      concat("residual ||b - (K + ridge I) x|| / ||b||, as it is updated", model.columns > 1 ? ", worst column" : "");
  out.step = "iteration";
  out.note = "made no iterations";
  check(akr_options_get_f64(options, "rtol", &out.level));
  out.level_name = "rtol";
  return out;
}

// Throws Failure where the library failed because the exponents are too large: it knows neither the file nor the flag.
void refuse_scale(akr_status status, const std::string &name, const KernelModel &model) {
  if (status != AKR_E_NUMERIC || model.points == 0) return;
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (std::int64_t i = 0; i < model.points; ++i) {
    double norm = 0;
    for (std::int64_t j = 0; j < model.dim; ++j) {
      norm = std::hypot(norm, model.a[static_cast<std::size_t>(i * model.dim + j)]);
    }
    low = std::min(low, norm * norm / 2);
    high = std::max(high, norm * norm / 2);
  }
  constexpr double most_spread = 300;  // akr_kernel_solve
  if (!std::isfinite(high) || model.scale * (high - low) <= most_spread) return;
  // Two digits, rounded down.
  const double most = most_spread / (high - low);
  const double digit = std::pow(10, std::floor(std::log10(most)) - 1);
  throw Failure(
      Exit::usage,
      concat("--scale ", model.scale, ": too large for ", name, ": half the squared norms of its points lie between ",
             rounded(low, 3), " and ", rounded(high, 3), ", and times the scale must not spread by more than ",
             most_spread, ": at most --scale ", rounded(std::floor(most / digit) * digit, 2), ", better about --scale ",
             rounded(1 / high, 1), ", which makes exponents of order 1"));
}

Kernel make_kernel(const KernelModel &model, const akr_options *options) {
  akr_kernel *made = nullptr;
  check(akr_kernel_create_f64(AKR_ROW_MAJOR, model.points, model.dim, model.scale, model.a.data(),
                              at_least_one(model.dim), for_making(options).get(), &made));
  return Kernel(made);
}

int fit(const Arguments &arguments) {
  const SolveRequest request = parse_kernel_fit(arguments);
  const Options options = make_options(request);
  const Report report = make_report();
  const ReportView view(report.get());
  Data data = load_data(request.problem, request.scale, request.centre);
  KernelModel &model = data.model;
  const Kernel kernel = make_kernel(model, options.get());
  model.coefficients.resize(data.b.size());
  const std::int64_t ld = at_least_one(model.points);
  const akr_status status = watched(request, options.get(), [&] {
    return akr_kernel_solve_f64(kernel.get(), nullptr, request.problem.ridge, model.columns, data.b.data(), ld,
                                model.coefficients.data(), ld, options.get(), report.get());
  });
  if (request.json) write_text(*request.json, view.json());
  refuse_scale(status, shown_name(request.problem.a_name), model);
  check(status);
  if (status == AKR_PRECISION_LIMIT) {
    throw Failure(Exit::usage, concat("--scale ", model.scale, ": too large for ", shown_name(request.problem.a_name),
                                      ": the coefficients leave the range of a double, so that no model is written"));
  }
  write_text(request.output, model_text(model));
  if (!request.plot.empty()) write_text(request.plot, convergence_svg(convergence_of(view, model, options.get())));
  if (!request.quiet) {
    const bool stdout_is_free = request.json != std::string();
    say(fit_text(view, model, request.problem.ridge, data.b, status), stdout_is_free);
  }
  return status;
}

int predict(const Arguments &arguments) {
  const SolveRequest request = parse_kernel_predict(arguments);
  const Options options = make_options(request);
  const Report report = make_report();
  const KernelModel model = load_model(request.problem.a_name);
  const Table queries = load_table(request.problem.b_name, request.problem.header);
  if (queries.cols() != model.dim) {
    throw Failure(Exit::data, concat(queries.name, ": has ", queries.cols(), " columns, but the points of ",
                                     request.problem.a_name, " have ", model.dim, " coordinates"));
  }
  const std::vector<double> q = by_rows(queries, other_columns(queries.cols(), {}));
  const Kernel kernel = make_kernel(model, options.get());
  std::vector<double> y(static_cast<std::size_t>(checked_product(queries.rows(), model.columns, queries.name)));
  const akr_status status = watched(request, options.get(), [&] {
    return akr_kernel_predict_f64(kernel.get(), 0, AKR_ROW_MAJOR, queries.rows(), q.data(), at_least_one(model.dim),
                                  model.columns, model.coefficients.data(), at_least_one(model.points), y.data(),
                                  at_least_one(queries.rows()), options.get(), report.get());
  });
  const ReportView view(report.get());
  if (request.json) write_text(*request.json, view.json());
  if (status == AKR_E_NOT_FINITE) {
    refuse_not_finite(Places(queries, other_columns(model.dim, {})), q.data(), queries.rows(), false, model.dim);
  }
  check(status);
  for (std::size_t k = 0; status == AKR_OK && k < y.size(); ++k) {
    y[k] += model.mean[k / static_cast<std::size_t>(queries.rows())];
  }
  if (status == AKR_PRECISION_LIMIT && !request.quiet) {
    const std::optional<double> log_scale = view.real("kernel.log_scale");
    std::string scales = log_scale ? concat(*log_scale) : std::string();
    for (const double each : log_scale ? std::vector<double>() : view.reals("column_log_scale")) {
      scales += concat(scales.empty() ? "" : ", ", each);
    }
    std::fputs(concat("akr: warning: the values leave the range of a double: they are exp(", scales,
                      ") times what is written, without the mean\n")
                   .c_str(),
               stderr);
  }
  if (request.answer_goes_out()) write_columns(request.output, y, queries.rows(), model.columns);
  return status;
}

}  // namespace

int run_kernel(const std::vector<std::string> &words) {
  const std::string what = words.empty() ? std::string() : words.front();
  if (what == "--help" || what == "-h") {
    write_text("", help_text("kernel"));
    return 0;
  }
  const std::vector<std::string> parts = {"fit", "predict"};
  if (what != "fit" && what != "predict") {
    throw Failure(Exit::usage, what.empty()
                                   ? std::string("kernel needs fit or predict (akr kernel --help)")
                                   : concat("kernel ", what, ": must be fit or predict", suggestion(what, parts)));
  }
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  const Arguments arguments(rest, what == "fit" ? kernel_fit_flags() : kernel_predict_flags());
  if (arguments.has("--help") || arguments.has("-h")) {
    write_text("", help_text(concat("kernel ", what)));
    return 0;
  }
  return what == "fit" ? fit(arguments) : predict(arguments);
}

}  // namespace akr::cli
