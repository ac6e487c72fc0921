// SPDX-License-Identifier: BSD-3-Clause
// Section 6 of akr.h: regression.
#include <algorithm>
#include <cmath>
#include <limits>

#include "barrier.hpp"
#include "precond/precond.hpp"
#include "solve/lsq.hpp"

namespace akr::capi {

namespace {

// NULL, or a preconditioner of A's size and precision.
const Precond *matching_precond(const akr_precond *precond, const Matrix &a) {
  if (precond == nullptr) return nullptr;
  const Precond &m = *require(precond, "precond").precond;
  check_equal("rows(precond)", m.rows, a.rows(), "rows(A)");
  check_equal("cols(precond)", m.cols, a.cols(), "cols(A)");
  check_bits("precond", "the preconditioner", m.bits, a.bits());
  return &m;
}

// What the caller's precision can hold of x, or an error before anything is written.
template <class T>
void check_representable(View<const double> x) {
  for (std::int64_t c = 0; c < x.cols; ++c) {
    double largest = 0;
    for (std::int64_t j = 0; j < x.rows; ++j) largest = std::max(largest, std::fabs(x(j, c)));
    if (largest > 0 && largest < static_cast<double>(std::numeric_limits<T>::min())) {
      throw Error(Status::e_numeric, text("x: column ", c, " is at most ", largest,
                                          ": below the range of normal numbers of the function's "
                                          "precision; scale A or b"));
    }
    for (std::int64_t j = 0; j < x.rows; ++j) {
      if (!std::isfinite(static_cast<T>(x(j, c)))) {
        throw Error(Status::e_numeric,
                    text("x(", j, ", ", c, ") = ", x(j, c), ": outside the range of the function's precision"));
      }
    }
  }
}

template <class T>
akr_status lsq_solve(const char *function, const akr_matrix *matrix, const akr_precond *precond, double ridge,
                     std::int64_t nrhs, const T *b, std::int64_t ldb, T *x, std::int64_t ldx,
                     const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Matrix &a = *require(matrix, "matrix").matrix;
    check_bits(a, static_cast<int>(8 * sizeof(T)));
    check_ridge("ridge", ridge);
    check_count("nrhs", nrhs);
    const Precond *m = matching_precond(precond, a);
    const View<const T> rhs = checked_view("b", b, nrhs > 0 ? a.rows() : 0, nrhs, "ldb", ldb, "rows(A)");
    const View<T> out = checked_view("x", x, nrhs > 0 ? a.cols() : 0, nrhs, "ldx", ldx, "cols(A)");
    check_same_or_no_overlap(array_argument("x", x, a.cols(), nrhs, ldx), array_argument("b", b, a.rows(), nrhs, ldb));

    Array2<double> solution(a.cols(), nrhs, 0.0);
    if (call.options.warm_start != 0) {
      for (std::int64_t c = 0; c < nrhs; ++c) {
        for (std::int64_t j = 0; j < a.cols(); ++j) solution(j, c) = static_cast<double>(out(j, c));
      }
    }
    const Status status = solve_least_squares(call, a, m, ridge, RightSides{rhs}, solution.view());
    check_representable<T>(solution.view());
    for (std::int64_t c = 0; c < nrhs; ++c) {
      for (std::int64_t j = 0; j < a.cols(); ++j) out(j, c) = static_cast<T>(solution(j, c));
    }
    return status;
  });
}

template <class T>
akr_status leverage(const char *function, const akr_matrix *matrix, const akr_precond *precond, double ridge, T *scores,
                    const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Matrix &a = *require(matrix, "matrix").matrix;
    check_bits(a, static_cast<int>(8 * sizeof(T)));
    check_ridge("ridge", ridge);
    const Precond *m = matching_precond(precond, a);
    check_pointer("scores", scores, a.rows());
    Buffer<double> result(a.rows());
    const Status status = leverage_scores(call, a, m, ridge, result.data());
    for (std::int64_t i = 0; i < a.rows(); ++i) scores[i] = static_cast<T>(result[i]);
    return status;
  });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_lsq_solve_f64(const akr_matrix *matrix, const akr_precond *precond, double ridge, int64_t nrhs,
                             const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                             akr_report *report) {
  return lsq_solve(__func__, matrix, precond, ridge, nrhs, b, ldb, x, ldx, options, report);
}

akr_status akr_lsq_solve_f32(const akr_matrix *matrix, const akr_precond *precond, double ridge, int64_t nrhs,
                             const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                             akr_report *report) {
  return lsq_solve(__func__, matrix, precond, ridge, nrhs, b, ldb, x, ldx, options, report);
}

akr_status akr_leverage_scores_f64(const akr_matrix *matrix, const akr_precond *precond, double ridge, double *scores,
                                   const akr_options *options, akr_report *report) {
  return leverage(__func__, matrix, precond, ridge, scores, options, report);
}

akr_status akr_leverage_scores_f32(const akr_matrix *matrix, const akr_precond *precond, double ridge, float *scores,
                                   const akr_options *options, akr_report *report) {
  return leverage(__func__, matrix, precond, ridge, scores, options, report);
}
