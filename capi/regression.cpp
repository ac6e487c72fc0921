// SPDX-License-Identifier: BSD-3-Clause
// Section 6 of akr.h: regression.
#include "regression.hpp"

#include "barrier.hpp"
#include "solve/lsq.hpp"

namespace akr::capi {

namespace {

template <class T>
akr_status lsq_solve(const char *function, const akr_matrix *matrix, const akr_precond *precond, double ridge,
                     std::int64_t nrhs, const T *b, std::int64_t ldb, T *x, std::int64_t ldx,
                     const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Matrix &a = *require(matrix, "matrix").matrix;
    check_bits(a, static_cast<int>(8 * sizeof(T)));
    check_ridge("ridge", ridge);
    check_columns("nrhs", nrhs);
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
    hand_over(solution, out);
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
