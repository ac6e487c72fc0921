// SPDX-License-Identifier: BSD-3-Clause
// What goes wrong in the soak: bad input, callbacks that fail, calls that are cancelled or out of time or memory.
#include <limits>

#include "soak_host.hpp"

namespace {

constexpr std::int64_t rows = 400, cols = 6, points = 200;

std::int32_t fails(void *, std::int32_t, std::int64_t, const double *, std::int64_t, double *, std::int64_t) {
  return 7;
}
std::int32_t throws(void *, std::int64_t, std::int64_t, double *, std::int64_t) { throw 8; }

// Nonzero at the call whose number user holds.
std::int32_t stop_at(void *user, const akr_report *) { return --*static_cast<int *>(user) <= 0; }

}  // namespace

template <class T>
void Host::bad_input() {
  using F = Akr<T>;
  Problem<T> p(rows, cols);
  const OptionsPtr o = options();
  expect(akr_options_set_i64(o.get(), "no such key", 1) == AKR_E_OPTION, "an unknown option");
  const MatrixPtr a = stored(p, storage(), o.get());
  T *x = p.x.data();
  const T *b = p.b.data();
  expect(F::lsq(a.get(), nullptr, -1, 1, b, rows, x, cols, o.get(), nullptr) == AKR_E_ARGUMENT, "a negative ridge");
  expect(F::even_power(a.get(), nullptr, -1, 1, b, cols, x, cols, o.get(), nullptr) == AKR_E_ARGUMENT,
         "a negative power");
  akr_sketch *sketch = nullptr;
  expect(akr_sketch_create(0, rows, o.get(), nullptr, &sketch) == AKR_E_ARGUMENT, "a sketch without rows");
  akr_kernel *kernel = nullptr;
  expect(F::kernel(AKR_COL_MAJOR, rows, cols, -1, p.a.data(), rows, o.get(), &kernel) == AKR_E_ARGUMENT,
         "a negative scale");
  p.b[7] = std::numeric_limits<T>::quiet_NaN();
  expect(F::lsq(a.get(), nullptr, 0, 1, b, rows, x, cols, o.get(), nullptr) == AKR_E_NOT_FINITE, "a NaN in b");
  // Found when the work is under way.
  p.by_rows[5] = std::numeric_limits<T>::infinity();
  akr_matrix *made = nullptr;
  expect(F::dense(AKR_ROW_MAJOR, rows, cols, p.by_rows.data(), cols, o.get(), &made) == AKR_E_NOT_FINITE,
         "an infinity in A");
  const Problem<T> right(rows, cols);
  akr_options_set_i64(o.get(), "check_finite", 0);
  expect(F::dense(AKR_ROW_MAJOR, rows, cols, p.by_rows.data(), cols, o.get(), &made) == AKR_OK, "an unseen infinity");
  const MatrixPtr infinite(made);
  expect(F::lsq(made, nullptr, 0, 1, right.b.data(), rows, x, cols, o.get(), nullptr) != AKR_OK,
         "least squares with an infinity");
  akr_options_set_i64(o.get(), "memory_limit", 100);
  expect(F::lsq(a.get(), nullptr, 0, 1, right.b.data(), rows, x, cols, o.get(), nullptr) == AKR_E_MEMORY,
         "a memory limit");
}

void Host::bad_callbacks() {
  const Problem<double> p(rows, cols);
  const OptionsPtr o = options();
  std::vector<double> x(cols), scores(rows);
  akr_matrix *made = nullptr;
  expect(akr_matrix_create_callback_f64(rows, cols, fails, nullptr, o.get(), &made) == AKR_OK, "an operator");
  const MatrixPtr failing(made);
  expect(akr_lsq_solve_f64(made, nullptr, 0, 1, p.b.data(), rows, x.data(), cols, o.get(), nullptr) == AKR_E_CALLBACK,
         "an operator that fails");
  expect(akr_matrix_create_rows_f64(rows, cols, throws, nullptr, o.get(), &made) == AKR_OK, "row blocks");
  const MatrixPtr throwing(made);
  expect(akr_leverage_scores_f64(made, nullptr, 0, scores.data(), o.get(), nullptr) == AKR_E_CALLBACK,
         "row blocks that throw");
  akr_precond *m = nullptr;
  expect(akr_precond_create(made, 0, o.get(), nullptr, &m) == AKR_E_CALLBACK, "a preconditioner of them");
}

template <class T>
void Host::cancels() {
  using F = Akr<T>;
  const Problem<T> p(rows, cols), cloud(points, 4);
  const MatrixPtr a = stored(p, storage());
  akr_kernel *k = nullptr;
  expect(F::kernel(AKR_COL_MAJOR, points, 4, 0.5, cloud.a.data(), points, nullptr, &k) == AKR_OK, "kernel_create");
  const KernelPtr kernel(k);
  std::vector<T> x(points), out(rows * cols);
  const auto all = [&](const akr_options *o, const auto &solver, const auto &other) {
    solver(F::lsq(a.get(), nullptr, 0, 1, p.b.data(), rows, x.data(), cols, o, nullptr), "lsq_solve");
    solver(F::odd_power(a.get(), nullptr, 1, 1, p.b.data(), rows, x.data(), cols, o, nullptr), "gram_power_lsq");
    solver(F::exponential(a.get(), nullptr, 1e-3, 1, p.b.data(), cols, x.data(), cols, o, nullptr), "gram_exp_solve");
    solver(F::kernel_solve(k, nullptr, 0.1, 1, cloud.b.data(), points, x.data(), points, o, nullptr), "kernel_solve");
    other(F::leverage(a.get(), nullptr, 0, out.data(), o, nullptr), "leverage_scores");
    other(F::kernel_apply(k, 1, cloud.b.data(), points, x.data(), points, o, nullptr), "kernel_apply");
    other(F::attention(AKR_COL_MAJOR, rows, rows, cols, cols, 0.5, 0, p.a.data(), rows, p.a.data(), rows, p.a.data(),
                       rows, out.data(), rows, o, nullptr),
          "attention");
  };
  const OptionsPtr flagged = options(), timed = options(), counted = options();
  const std::int32_t raised = 1;
  akr_options_set_cancel(flagged.get(), &raised);
  all(
      flagged.get(), [&](akr_status s, const char *what) { expect(s == AKR_CANCELLED, what); },
      [&](akr_status s, const char *what) { expect(s == AKR_E_CANCELLED, what); });
  akr_options_set_f64(timed.get(), "time_limit", 1e-9);
  all(
      timed.get(), [&](akr_status s, const char *what) { expect(s == AKR_NOT_CONVERGED || s == AKR_OK, what); },
      [&](akr_status s, const char *what) { expect(s == AKR_E_CANCELLED, what); });
  // Somewhere on the way, if it is long enough.
  int left = 1 + static_cast<int>(turn_ % 5);
  akr_options_set_progress(counted.get(), stop_at, &left);
  all(
      counted.get(), [&](akr_status s, const char *what) { expect(s == AKR_CANCELLED || s == AKR_OK, what); },
      [&](akr_status s, const char *what) { expect(s == AKR_E_CANCELLED || s == AKR_OK, what); });
}

template void Host::bad_input<double>();
template void Host::bad_input<float>();
template void Host::cancels<double>();
template void Host::cancels<float>();
