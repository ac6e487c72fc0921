// SPDX-License-Identifier: BSD-3-Clause
// Section 6 of akr.h, continued: Gram powers and the Gram exponential.
#include "gram/exponential.hpp"
#include "gram/power.hpp"

#include "barrier.hpp"
#include "regression.hpp"

namespace akr::capi {

namespace {

template <class T>
struct Arguments {
  const akr_matrix *matrix;
  const akr_precond *precond;
  std::int64_t nrhs;
  const T *b;
  std::int64_t ldb;
  T *x;
  std::int64_t ldx;
  const akr_options *options;
  akr_report *report;
};

// solve(call, A, M, b, answer) between the checks that all three functions need. b has rows(A) rows, or cols(A).
template <class T, class Check, class Solve>
akr_status gram_call(const char *function, const Arguments<T> &in, bool rows_of_a, const Check &check,
                     const Solve &solve) {
  return run_call(function, in.options, in.report, [&](Call &call) {
    const Matrix &a = *require(in.matrix, "matrix").matrix;
    check_bits(a, static_cast<int>(8 * sizeof(T)));
    check();
    check_columns("nrhs", in.nrhs);
    const Precond *m = matching_precond(in.precond, a);
    const std::int64_t rows = rows_of_a ? a.rows() : a.cols();
    const View<const T> rhs =
        checked_view("b", in.b, in.nrhs > 0 ? rows : 0, in.nrhs, "ldb", in.ldb, rows_of_a ? "rows(A)" : "cols(A)");
    const View<T> out = checked_view("x", in.x, in.nrhs > 0 ? a.cols() : 0, in.nrhs, "ldx", in.ldx, "cols(A)");
    check_same_or_no_overlap(array_argument("x", in.x, a.cols(), in.nrhs, in.ldx),
                             array_argument("b", in.b, rows, in.nrhs, in.ldb));
    Array2<double> answer(a.cols(), in.nrhs, 0.0);
    const Status status = solve(call, a, m, RightSides{rhs}, answer.view());
    hand_over(answer, out);
    return status;
  });
}

// 2j rounding errors of 2⁻⁵³ come to 1/4096 there: beyond it no digit of x is certain, whatever A is.
constexpr std::int64_t largest_power = std::int64_t(1) << 40;

void check_power(std::int64_t j) {
  if (j < 0) throw Error(Status::e_argument, text("j = ", j, ": must be at least 0"));
  if (j > largest_power) throw Error(Status::e_argument, text("j = ", j, ": must be at most 2^40 = ", largest_power));
}

void check_time(double t) {
  if (!std::isfinite(t)) throw Error(Status::e_argument, text("t = ", t, ": must be a finite number"));
}

template <class T>
akr_status power(const char *function, GramParity parity, std::int64_t j, const Arguments<T> &in) {
  return gram_call(
      function, in, parity == GramParity::odd, [&] { check_power(j); },
      [&](Call &call, const Matrix &a, const Precond *m, const RightSides &b, View<double> x) {
        return solve_gram_power(call, a, m, parity, j, b, x);
      });
}

template <class T>
akr_status exponential(const char *function, double t, const Arguments<T> &in) {
  return gram_call(
      function, in, false, [&] { check_time(t); },
      [&](Call &call, const Matrix &a, const Precond *m, const RightSides &b, View<double> x) {
        return solve_gram_exponential(call, a, m, t, b, x);
      });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_gram_power_solve_f64(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                    const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                                    akr_report *report) {
  return power(__func__, akr::GramParity::even, j,
               Arguments<double>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}

akr_status akr_gram_power_solve_f32(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                    const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                                    akr_report *report) {
  return power(__func__, akr::GramParity::even, j,
               Arguments<float>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}

akr_status akr_gram_power_lsq_f64(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                  const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                                  akr_report *report) {
  return power(__func__, akr::GramParity::odd, j,
               Arguments<double>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}

akr_status akr_gram_power_lsq_f32(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                  const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                                  akr_report *report) {
  return power(__func__, akr::GramParity::odd, j,
               Arguments<float>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}

akr_status akr_gram_exp_solve_f64(const akr_matrix *matrix, const akr_precond *precond, double t, int64_t nrhs,
                                  const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                                  akr_report *report) {
  return exponential(__func__, t, Arguments<double>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}

akr_status akr_gram_exp_solve_f32(const akr_matrix *matrix, const akr_precond *precond, double t, int64_t nrhs,
                                  const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                                  akr_report *report) {
  return exponential(__func__, t, Arguments<float>{matrix, precond, nrhs, b, ldb, x, ldx, options, report});
}
