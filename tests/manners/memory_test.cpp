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

#include "problem.hpp"

namespace {

std::atomic<long> live{0};        // blocks not yet freed
std::atomic<long> countdown{-1};  // allocations left until one fails; negative: none fails
std::atomic<bool> for_good{false};
std::atomic<long> failed{0};

bool fails_now() {
  if (countdown.load() < 0) return false;
  const long left = countdown.fetch_sub(1);
  if (left > 0) return false;
  if (for_good) countdown = 0;
  ++failed;
  return true;
}

void *take(std::size_t size, std::size_t alignment) {
  if (fails_now()) return nullptr;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void *p =
      alignment > alignof(std::max_align_t) ? std::aligned_alloc(alignment, rounded) : std::malloc(size > 0 ? size : 1);
  if (p != nullptr) ++live;
  return p;
}

void *take_or_throw(std::size_t size, std::size_t alignment) {
  void *p = take(size, alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void give(void *p) {
  if (p == nullptr) return;
  --live;
  std::free(p);
}

}  // namespace

void *operator new(std::size_t size) { return take_or_throw(size, 1); }
void *operator new[](std::size_t size) { return take_or_throw(size, 1); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return take(size, 1); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return take(size, 1); }
void *operator new(std::size_t size, std::align_val_t a) { return take_or_throw(size, static_cast<std::size_t>(a)); }
void *operator new[](std::size_t size, std::align_val_t a) { return take_or_throw(size, static_cast<std::size_t>(a)); }
void operator delete(void *p) noexcept { give(p); }
void operator delete[](void *p) noexcept { give(p); }
void operator delete(void *p, std::size_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t) noexcept { give(p); }
void operator delete(void *p, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::align_val_t) noexcept { give(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t, std::align_val_t) noexcept { give(p); }

namespace {

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
