// SPDX-License-Identifier: BSD-3-Clause
// Memory runs out at the k-th allocation, for every k: the call says AKR_E_MEMORY, outputs and handles are as promised,
// the next call works, nothing leaks. The operators new of this program stand in for those of the whole process, libakr
// included; what OpenBLAS, LAPACKE and FFTW take with malloc is beyond anybody's hooks and not counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <tuple>
#include <utility>

#include "failing_new.hpp"
#include "problem.hpp"

namespace {

using failing_new::countdown;
using failing_new::failed;
using failing_new::for_good;
using failing_new::live;

enum class Form { dense, sparse, products, rows };

// The whole life of a problem: options, report, matrix, preconditioner, solve, scores, sketch. No allocation of its
// own.
struct Life {
  explicit Life(Form f, const char *m, const char *s) : form(f), method(m), sketch_kind(s) {}

  Form form;
  const char *method;
  const char *sketch_kind;
  Problem<double> p{200, 8};
  std::vector<double> scores = std::vector<double>(200);
  std::vector<double> sa = std::vector<double>(40 * 8);

  akr_options *options = nullptr;
  akr_report *report = nullptr;
  akr_matrix *matrix = nullptr;
  akr_precond *precond = nullptr;
  akr_sketch *sketch = nullptr;
  akr_kernel *kernel = nullptr;

  akr_status create_matrix() {
    switch (form) {
      case Form::sparse:
        return akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, p.rows, p.cols, 64, 0, p.row_start.data(), p.column.data(),
                                            p.by_rows.data(), options, &matrix);
      case Form::products:
        return akr_matrix_create_callback_f64(p.rows, p.cols, Problem<double>::products, &p, options, &matrix);
      case Form::rows:
        return akr_matrix_create_rows_f64(p.rows, p.cols, Problem<double>::read_rows, &p, options, &matrix);
      case Form::dense:
        break;
    }
    return akr_matrix_create_dense_f64(AKR_COL_MAJOR, p.rows, p.cols, p.a.data(), p.rows, options, &matrix);
  }

  // The first error, or AKR_OK. Handles that were made stay for close().
  akr_status open_and_solve() {
    akr_status status = akr_options_create(&options);
    if (status == AKR_OK) status = akr_options_set_str(options, "method", method);
    if (status == AKR_OK) status = akr_options_set_str(options, "sketch.kind", sketch_kind);
    if (status == AKR_OK) status = akr_options_set_i64(options, "threads", 2);
    if (status == AKR_OK) status = akr_report_create(&report);
    if (status == AKR_OK) status = create_matrix();
    if (status == AKR_OK)
      status = akr_lsq_solve_f64(matrix, nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, options, report);
    if (status == AKR_OK) status = gram(options);
    if (status == AKR_OK) status = akr_precond_create(matrix, 0, options, report, &precond);
    if (status == AKR_OK) status = akr_leverage_scores_f64(matrix, precond, 0, scores.data(), options, report);
    if (status == AKR_OK) status = attend(options);
    if (status == AKR_OK) status = akr_sketch_create(40, p.rows, options, report, &sketch);
    if (status == AKR_OK) status = akr_sketch_apply_f64(sketch, matrix, sa.data(), 40, options, report);
    std::int64_t length = 0;
    if (status == AKR_OK) status = akr_report_to_json(report, nullptr, 0, &length);
    return status;
  }

  // Of what stands on the same core once is enough: every allocation is one more life.
  bool once() const { return form == Form::dense && std::strcmp(method, "qr") == 0; }

  akr_status attend(const akr_options *o) {
    if (!once()) return AKR_OK;
    akr_status status = akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 0.1, p.a.data(), p.rows, o, &kernel);
    if (status == AKR_OK)
      status = akr_kernel_apply_f64(kernel, 1, p.b.data(), p.rows, scores.data(), p.rows, o, report);
    if (status == AKR_OK)
      status = akr_kernel_solve_f64(kernel, nullptr, 0.1, 1, p.b.data(), p.rows, scores.data(), p.rows, o, report);
    if (status == AKR_OK)
      status = akr_kernel_predict_f64(kernel, 1, AKR_COL_MAJOR, p.rows, p.a.data(), p.rows, 1, p.b.data(), p.rows,
                                      scores.data(), p.rows, o, report);
    return status;
  }

  akr_status gram(const akr_options *o) {
    if (!once()) return AKR_OK;
    akr_status status =
        akr_gram_power_lsq_f64(matrix, nullptr, 2, 1, p.b.data(), p.rows, scores.data(), p.cols, o, report);
    if (status == AKR_OK)
      status = akr_gram_exp_solve_f64(matrix, nullptr, 1e-3, 1, p.b.data(), p.cols, scores.data(), p.cols, o, report);
    if (status != AKR_OK || form == Form::products) return status;
    status = akr_options_set_str(options, "residual.precision", "doubled");
    if (status == AKR_OK)
      status = akr_gram_power_solve_f64(matrix, nullptr, 2, 1, p.b.data(), p.cols, scores.data(), p.cols, o, report);
    return status;
  }

  void close() {
    akr_sketch_destroy(std::exchange(sketch, nullptr));
    akr_kernel_destroy(std::exchange(kernel, nullptr));
    akr_precond_destroy(std::exchange(precond, nullptr));
    akr_matrix_destroy(std::exchange(matrix, nullptr));
    akr_report_destroy(std::exchange(report, nullptr));
    akr_options_destroy(std::exchange(options, nullptr));
  }
};

// Fails allocation number k, or all from k on, for k = 0, 1, … until a life is lived without meeting a failure.
// Returns how many k there were.
long starve(Life &life, bool from_then_on) {
  constexpr double untouched = 123.0;
  for (long k = 0;; ++k) {
    std::fill(life.p.x.begin(), life.p.x.end(), untouched);
    failed = 0;
    for_good = from_then_on;
    countdown = k;
    const akr_status status = life.open_and_solve();
    countdown = -1;
    const std::string where = "allocation " + std::to_string(k) + (from_then_on ? " and all after it" : "");
    if (failed == 0) {
      EXPECT_EQ(status, AKR_OK) << where << ": " << akr_last_error();
      EXPECT_TRUE(life.p.solved()) << where;
      life.close();
      return k;
    }
    EXPECT_EQ(status, AKR_E_MEMORY) << where << ": " << akr_status_name(status) << " " << akr_last_error();
    EXPECT_STRNE(akr_last_error(), "") << where;
    const bool solved = life.p.x[0] != untouched;
    for (const double x : life.p.x) EXPECT_EQ(x == untouched, !solved) << where << ": x is half written";
    EXPECT_EQ(life.p.solved(), solved) << where;
    life.close();

    EXPECT_EQ(life.open_and_solve(), AKR_OK) << "the call after " << where << ": " << akr_last_error();
    EXPECT_TRUE(life.p.solved()) << "the call after " << where;
    life.close();
    if (testing::Test::HasFailure() || k > 100000) return k;
  }
}

// A call for Gram powers or exponentials with all that it may be asked for, on handles that are there already.
enum class Gram { power, power_lsq, exponential };

struct GramCase {
  const char *name;
  Gram what;
  const char *route;      // gram.method
  const char *method;     // of the preconditioner
  const char *precision;  // residual.precision
  std::int64_t j;
};

template <class T>
class GramCall {
 public:
  static constexpr T untouched = T(-123.5);
  static constexpr std::int64_t columns = 3;

  explicit GramCall(const GramCase &c, double time_limit = 0) : case_(c) {
    akr_options *o = nullptr;
    akr_report *r = nullptr;
    EXPECT_EQ(akr_options_create(&o), AKR_OK);
    EXPECT_EQ(akr_report_create(&r), AKR_OK);
    options_.reset(o);
    report_.reset(r);
    EXPECT_EQ(akr_options_set_str(o, "gram.method", c.route), AKR_OK);
    EXPECT_EQ(akr_options_set_str(o, "method", c.method), AKR_OK);
    EXPECT_EQ(akr_options_set_str(o, "residual.precision", c.precision), AKR_OK);
    EXPECT_EQ(akr_options_set_i64(o, "threads", 2), AKR_OK);
    EXPECT_EQ(akr_options_set_f64(o, "time_limit", time_limit), AKR_OK);
    for (T &entry : problem_.a) entry *= T(0.2);  // singular values near 1, for many stages
    matrix_ = dense(problem_);
    for (std::size_t i = 0; i < b_.size(); ++i) b_[i] = T(1) + static_cast<T>(i % 7) / 8;
  }

  akr_options *options() { return options_.get(); }
  const akr_report *report() const { return report_.get(); }

  akr_status run() {
    std::fill(x_.begin(), x_.end(), untouched);
    const std::int64_t d = problem_.cols, ldb = case_.what == Gram::power_lsq ? problem_.rows : d;
    constexpr double t = 0.1;
    if constexpr (sizeof(T) == 8) {
      const auto power = case_.what == Gram::power ? akr_gram_power_solve_f64 : akr_gram_power_lsq_f64;
      return case_.what == Gram::exponential ? akr_gram_exp_solve_f64(matrix_.get(), nullptr, t, columns, b_.data(),
                                                                      ldb, x_.data(), d, options_.get(), report_.get())
                                             : power(matrix_.get(), nullptr, case_.j, columns, b_.data(), ldb,
                                                     x_.data(), d, options_.get(), report_.get());
    } else {
      const auto power = case_.what == Gram::power ? akr_gram_power_solve_f32 : akr_gram_power_lsq_f32;
      return case_.what == Gram::exponential ? akr_gram_exp_solve_f32(matrix_.get(), nullptr, t, columns, b_.data(),
                                                                      ldb, x_.data(), d, options_.get(), report_.get())
                                             : power(matrix_.get(), nullptr, case_.j, columns, b_.data(), ldb,
                                                     x_.data(), d, options_.get(), report_.get());
    }
  }

  bool is_untouched() const {
    return std::all_of(x_.begin(), x_.end(), [](T v) { return v == untouched; });
  }
  bool is_written() const {
    return std::all_of(x_.begin(), x_.end(), [](T v) { return v - v == 0 && v != untouched; });
  }
  const std::vector<T> &x() const { return x_; }

 private:
  GramCase case_;
  Problem<T> problem_{120, 6};
  OptionsPtr options_;
  ReportPtr report_;
  MatrixPtr matrix_;
  std::vector<T> b_ = std::vector<T>(static_cast<std::size_t>(120 * columns));
  std::vector<T> x_ = std::vector<T>(static_cast<std::size_t>(6 * columns));
};

const GramCase gram_cases[] = {
    {"exp_factor", Gram::exponential, "factor", "auto", "working", 0},
    {"exp_krylov", Gram::exponential, "krylov", "auto", "working", 0},
    {"power_recursion", Gram::power, "recursion", "cholesky", "working", 3},
    {"power_recursion_sketch", Gram::power_lsq, "recursion", "sketch", "working", 1},
    {"power_factor", Gram::power_lsq, "factor", "sketch-cholqr", "working", 2},
    {"power_spectrum", Gram::power, "factor", "qr", "working", 45},
    {"power_doubled", Gram::power_lsq, "auto", "auto", "doubled", 2},
};

class GramCalls : public testing::TestWithParam<GramCase> {};

// The k-th allocation fails, or all from it on: x is the answer or untouched, and the next call has the answer.
template <class T>
void starve_gram(const GramCase &what) {
  GramCall<T> call(what);
  ASSERT_EQ(call.run(), AKR_OK) << akr_last_error();
  const std::vector<T> answer = call.x();
  const long before = live;
  for (const bool from_then_on : {false, true}) {
    for (long k = 0;; ++k) {
      failed = 0;
      for_good = from_then_on;
      countdown = k;
      const akr_status status = call.run();
      countdown = -1;
      const std::string where = "allocation " + std::to_string(k) + (from_then_on ? " and all after it" : "");
      if (failed == 0) {
        EXPECT_GT(k, 10) << "the operators of this program are not in use";
        break;
      }
      if (status == AKR_OK) {  // what failed was not needed
        EXPECT_EQ(call.x(), answer) << where;
      } else {
        EXPECT_EQ(status, AKR_E_MEMORY) << where << ": " << akr_last_error();
        EXPECT_TRUE(call.is_untouched()) << where;
      }
      if (testing::Test::HasFailure() || k > 100000) return;
    }
    EXPECT_EQ(call.run(), AKR_OK) << akr_last_error();
    EXPECT_EQ(call.x(), answer);
  }
  EXPECT_LE(live, before + 8) << "blocks leaked";  // the report may hold other texts
}

TEST_P(GramCalls, EveryAllocationMayFail) {
  starve_gram<double>(GetParam());
  starve_gram<float>(GetParam());
}

// Wherever the time ends, a finite x and a status that says so.
TEST_P(GramCalls, TheTimeMayEndAnywhere) {
  for (const double seconds : {1e-9, 1e-5, 1e-4, 3e-4, 1e-3}) {
    GramCall<double> call(GetParam(), seconds);
    const akr_status status = call.run();
    EXPECT_TRUE(status == AKR_OK || status == AKR_NOT_CONVERGED) << seconds << ": " << akr_status_name(status);
    EXPECT_TRUE(call.is_written()) << seconds;
    char why[32] = "";
    EXPECT_EQ(akr_report_get_str(call.report(), "stopped_by", why, sizeof why, nullptr), AKR_OK);
    EXPECT_STREQ(why, status == AKR_OK ? "converged" : "time_limit") << seconds;
    if (seconds < 1e-8) {
      EXPECT_EQ(status, AKR_NOT_CONVERGED);
    }
  }
}

struct CancelAt {
  int left;
  int calls = 0;

  static std::int32_t hear(void *user, const akr_report *) {
    auto &self = *static_cast<CancelAt *>(user);
    ++self.calls;
    return self.left-- == 0 ? 1 : 0;
  }
};

// Progress is told of at most ten times a second, so that most calls here tell of it once; the flag is looked at by
// every poll.
TEST_P(GramCalls, EveryProgressCallMayCancel) {
  for (int k = 0;; ++k) {
    GramCall<double> call(GetParam());
    CancelAt cancel{k};
    akr_options_set_progress(call.options(), CancelAt::hear, &cancel);
    const akr_status status = call.run();
    EXPECT_TRUE(call.is_written()) << k;
    if (cancel.calls <= k) {
      EXPECT_EQ(status, AKR_OK) << k << ": " << akr_last_error();
      break;
    }
    EXPECT_EQ(status, AKR_CANCELLED) << k << ": " << akr_status_name(status);
    ASSERT_LT(k, 1000);
  }
}

INSTANTIATE_TEST_SUITE_P(Manners, GramCalls, testing::ValuesIn(gram_cases),
                         [](const testing::TestParamInfo<GramCase> &c) { return std::string(c.param.name); });

class Starving : public testing::TestWithParam<std::tuple<Form, const char *, const char *>> {};

TEST_P(Starving, EveryAllocationMayFail) {
  const auto [form, method, kind] = GetParam();
  Life life(form, method, kind);
  // Cold first: caches and tables that live as long as the process are filled under failing allocations too.
  const long once = starve(life, false);
  EXPECT_GT(once, 20) << "the operators of this program are not in use";
  const long before = live;
  starve(life, true);
  starve(life, false);
  EXPECT_EQ(live, before) << "blocks leaked";
}

using Params = std::tuple<Form, const char *, const char *>;

std::string name_of(const testing::TestParamInfo<Params> &life) {
  const char *forms[] = {"dense", "sparse", "products", "rows"};
  std::string name = forms[static_cast<int>(std::get<0>(life.param))];
  name += std::string("_") + std::get<1>(life.param) + "_" + std::get<2>(life.param);
  for (char &c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Manners, Starving,
                         testing::Values(Params(Form::dense, "auto", "auto"), Params(Form::dense, "sketch", "srht"),
                                         Params(Form::dense, "sketch-cholqr", "gaussian"),
                                         Params(Form::dense, "cholesky", "sparse-sign"),
                                         Params(Form::dense, "qr", "auto"),
                                         Params(Form::sparse, "sketch", "sparse-sign"),
                                         Params(Form::products, "sketch", "auto"), Params(Form::rows, "auto", "auto")),
                         name_of);

}  // namespace
