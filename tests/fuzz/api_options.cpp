// SPDX-License-Identifier: BSD-3-Clause
// Sections 2 and 3 of akr.h, and the questions that handles answer.
#include "api.hpp"

namespace fuzz {

namespace {

std::int32_t on_progress(void *user, const akr_report *now) {
  auto &w = *static_cast<World *>(user);
  double fraction = 0;
  const akr_status known = akr_report_get_f64(now, "fraction", &fraction);
  require(known == AKR_OK || known == AKR_E_NO_VALUE, "fraction cannot be read");
  require(fraction >= 0 && fraction <= 1, "fraction " + std::to_string(fraction));
  if (w.cancel_after < 0 || w.cancel_after-- != 0) return 0;
  if (w.in.flip()) throw std::runtime_error("from the progress callback");
  return 3;
}

const char *const settings[][2] = {{"method", "auto"},
                                   {"method", "sketch"},
                                   {"method", "sketch-cholqr"},
                                   {"method", "cholesky"},
                                   {"method", "qr"},
                                   {"method", "gradient"},
                                   {"method", "cgls"},
                                   {"sketch.kind", "srht"},
                                   {"sketch.kind", "gaussian"},
                                   {"sketch.kind", "sparse-sign"},
                                   {"sketch.kind", "auto"},
                                   {"sketch.factor", "1"},
                                   {"sketch.factor", "0"},
                                   {"rtol", "1e-3"},
                                   {"rtol", "0"},
                                   {"max_iter", "1"},
                                   {"max_iter", "0"},
                                   {"check_finite", "0"},
                                   {"check_finite", "1"},
                                   {"copy", "1"},
                                   {"copy", "0"},
                                   {"warm_start", "0"},
                                   {"rank.tol", "0.1"},
                                   {"rank.tol", "0"},
                                   {"residual.precision", "doubled"},
                                   {"residual.precision", "working"},
                                   {"memory_limit", "20000"},
                                   {"memory_limit", "0"},
                                   {"threads", "2"},
                                   {"threads", "1"},
                                   {"gram.method", "recursion"},
                                   {"gram.method", "factor"},
                                   {"gram.method", "auto"},
                                   {"kernel.precond", "nystrom"},
                                   {"kernel.precond", "rpcholesky-diag"},
                                   {"kernel.precond", "tensor-sketch"},
                                   {"kernel.precond", "dense"},
                                   {"kernel.precond", "auto"},
                                   {"kernel.rank", "3"},
                                   {"kernel.storage", "tiles"},
                                   {"sketch.transform", "cosine"},
                                   {"sketch.transform", "hartley"},
                                   {"sketch.nonzeros", "2"},
                                   {"gram.method", "krylov"},
                                   {"seed", "7"}};

// A value of any kind for any key but those that keep a call short.
void set_any(World &w) {
  const std::string key = akr_option_key(w.in.choice(static_cast<int>(akr_option_count())));
  for (const char *kept : {"time_limit", "threads", "memory_limit", "log_level"})
    if (key == kept) return;
  const double value = w.in.flip() ? w.in.number() : w.in.choice(20);
  const akr_status status = akr_options_set_f64(w.options.get(), key.c_str(), value);
  require(status == AKR_OK || status == AKR_E_OPTION, akr_last_error());
}

}  // namespace

void set_option(World &w) {
  const auto &setting = settings[w.in.choice(static_cast<int>(std::size(settings)))];
  require(akr_options_set_str(w.options.get(), setting[0], setting[1]) == AKR_OK, akr_last_error());
  if (w.in.choice(4) == 0) set_any(w);
  std::int64_t check = 1;
  require(akr_options_get_i64(w.options.get(), "check_finite", &check) == AKR_OK, "check_finite");
  if (check == 0) w.checks_finite = false;  // handles made meanwhile may hold anything
  if (w.in.rarely()) {
    w.cancel_after = w.in.choice(6);
    akr_options_set_progress(w.options.get(), on_progress, &w);
  }
  if (w.in.rarely()) {
    w.cancelled = w.in.choice(2);
    akr_options_set_cancel(w.options.get(), &w.cancelled);
  }
  if (w.in.rarely()) {
    akr_options *copy = nullptr;
    require(akr_options_clone(w.options.get(), &copy) == AKR_OK, akr_last_error());
    w.options.reset(copy);
  }
}

void read_report(World &w) {
  std::int64_t length = 0;
  require(akr_report_to_json(w.report.get(), nullptr, 0, &length) == AKR_OK, "json");
  std::string json(static_cast<std::size_t>(length) + 1, '#');
  require(akr_report_to_json(w.report.get(), json.data(), length + 1, &length) == AKR_OK, "json");
  require(json.front() == '{' && json[static_cast<std::size_t>(length) - 1] == '}', "json: " + json);
  for (std::int64_t i = 0; i < akr_report_count(w.report.get()); ++i) {
    const char *key = akr_report_key(w.report.get(), i);
    require(key != nullptr, "a key is missing");
    double number = 0;
    std::int64_t integer = 0;
    std::vector<double> exact(3);
    const akr_status statuses[] = {akr_report_get_f64(w.report.get(), key, &number),
                                   akr_report_get_i64(w.report.get(), key, &integer),
                                   akr_report_get_str(w.report.get(), key, nullptr, 0, &length),
                                   akr_report_get_array_f64(w.report.get(), key, exact.data(), 3, &length)};
    bool readable = length >= 0;
    for (const akr_status s : statuses)
      readable = readable && (s == AKR_OK || s == AKR_E_OPTION || s == AKR_E_ARGUMENT);
    require(readable, std::string("a key that is set cannot be read: ") + key);
  }
  require(akr_report_key(w.report.get(), akr_report_count(w.report.get())) == nullptr, "a key beyond the last");
}

void ask_handles(World &w) {
  static const char *const keys[] = {"rows", "cols", "nnz", "bits", "rank", "bytes", "color", ""};
  const char *key = keys[w.in.choice(8)];
  std::int64_t value = -5;
  if (const MatrixItem *item = w.pick(w.matrices)) {
    const akr_status status = akr_matrix_get_i64(item->handle.get(), key, &value);
    check_status(status, "akr_matrix_get_i64", nullptr);
    require(status == AKR_OK ? value >= 0 : status == AKR_E_OPTION && value == -5, std::string("matrix: ") + key);
  }
  value = -5;
  if (const PrecondItem *item = w.pick(w.preconds)) {
    const akr_status status = akr_precond_get_i64(item->handle.get(), key, &value);
    check_status(status, "akr_precond_get_i64", nullptr);
    require(status == AKR_OK ? value >= 0 : status == AKR_E_OPTION && value == -5, std::string("precond: ") + key);
  }
}

}  // namespace fuzz
