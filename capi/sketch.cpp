// SPDX-License-Identifier: BSD-3-Clause
// Section 7 of akr.h: sketches.
#include "sketch/sketch.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "barrier.hpp"
#include "sketch/choose.hpp"

namespace akr::capi {

namespace {

void describe(Call &call, const Sketch &sketch) {
  call.report.set(Key::sketch_kind, std::string(sketch_kind_name(sketch.spec())));
  call.report.set(Key::sketch_rows, sketch.spec().sketch_rows);
}

// Computes into doubles of ours and rounds them to the caller's precision. `look` is called before anything is written
// if a number comes out that is not finite.
template <class T, class F, class L>
void compute_into(View<T> out, F &&compute, const L &look) {
  Array2<double> wide(out.rows, out.cols);
  compute(wide.view());
  const auto finite = [](double x) { return std::isfinite(static_cast<T>(x)); };
  for (std::int64_t j = 0; j < out.cols; ++j) {
    if (std::all_of(wide.col(j), wide.col(j) + out.rows, finite)) continue;
    look();
    break;
  }
  for (std::int64_t j = 0; j < out.cols; ++j) {
    std::transform(wide.col(j), wide.col(j) + out.rows, out.col(j), [](double x) { return static_cast<T>(x); });
  }
}

[[noreturn]] void out_of_range(const char *name) {
  throw Error(Status::e_numeric, text(name, ": outside the range of the function's precision; scale the input down"));
}

// NaN and infinities may come of A's own, which is not looked at otherwise; of finite numbers they are an error.
void check_cause(Run &run, const Matrix &a) {
  try {
    a.check_finite(run);
  } catch (const Error &error) {
    if (error.status() != Status::e_not_finite) throw;
    return;
  }
  out_of_range("sa");
}

template <class T>
void check_cause(View<const T> x) {
  for (std::int64_t j = 0; j < x.cols; ++j) {
    if (!std::all_of(x.col(j), x.col(j) + x.rows, [](T v) { return std::isfinite(v); })) return;
  }
  out_of_range("y");
}

template <class T>
akr_status apply(const char *function, const akr_sketch *sketch, const akr_matrix *matrix, T *sa, std::int64_t ldsa,
                 const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Sketch &s = *require(sketch, "sketch").sketch;
    const Matrix &a = *require(matrix, "matrix").matrix;
    check_bits(a, static_cast<int>(8 * sizeof(T)));
    check_equal("rows(A)", a.rows(), s.spec().rows, "rows(sketch)");
    const View<T> out = checked_view("sa", sa, s.spec().sketch_rows, a.cols(), "ldsa", ldsa, "sketch_rows");
    const PhaseTimer timer(call.report, Key::seconds_sketch);
    call.run.monitor().phase("sketch");
    describe(call, s);
    compute_into(
        out, [&](View<double> wide) { sketch_matrix(call.run, s, a, wide); }, [&] { check_cause(call.run, a); });
    return Status::ok;
  });
}

// y = Sᵀ x, some columns at a time.
template <class T>
void apply_transpose(Run &run, const Sketch &s, View<const T> x, View<T> y) {
  const std::int64_t fitting = (std::int64_t{1} << 22) / std::max<std::int64_t>({x.rows, y.rows, 1});
  const std::int64_t chunk = std::max<std::int64_t>(fitting, 1);
  for (std::int64_t j = 0; j < y.cols; j += chunk) {
    const std::int64_t count = std::min(chunk, y.cols - j);
    Array2<double> in(x.rows, count);
    for (std::int64_t c = 0; c < count; ++c) std::copy_n(x.col(j + c), x.rows, in.col(c));
    compute_into(
        y.columns(j, count), [&](View<double> wide) { s.apply_transpose(run, in.view(), wide); },
        [&] { check_cause(x.columns(j, count)); });
    run.poll();
  }
}

template <class T>
akr_status apply_dense(const char *function, const akr_sketch *sketch, std::int32_t transpose, std::int64_t ncols,
                       const T *x, std::int64_t ldx, T *y, std::int64_t ldy, const akr_options *options,
                       akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Sketch &s = *require(sketch, "sketch").sketch;
    check_flag("transpose", transpose);
    check_columns("ncols", ncols);
    const bool adjoint = transpose != 0;
    const std::int64_t in_rows = adjoint ? s.spec().sketch_rows : s.spec().rows;
    const std::int64_t out_rows = adjoint ? s.spec().rows : s.spec().sketch_rows;
    const auto in =
        checked_view("x", x, ncols > 0 ? in_rows : 0, ncols, "ldx", ldx, adjoint ? "sketch_rows" : "rows(sketch)");
    const auto out =
        checked_view("y", y, ncols > 0 ? out_rows : 0, ncols, "ldy", ldy, adjoint ? "rows(sketch)" : "sketch_rows");
    check_no_overlap(array_argument("y", y, out_rows, ncols, ldy), array_argument("x", x, in_rows, ncols, ldx));
    const PhaseTimer timer(call.report, Key::seconds_sketch);
    call.run.monitor().phase("sketch");
    describe(call, s);
    if (ncols == 0) return Status::ok;
    if (adjoint) {
      apply_transpose(call.run, s, in, out);
    } else {
      compute_into(
          out, [&](View<double> wide) { sketch_right_sides(call.run, s, RightSides{in}, wide); },
          [&] { check_cause(in); });
    }
    return Status::ok;
  });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_sketch_create(int64_t sketch_rows, int64_t rows, const akr_options *options, akr_report *report,
                             akr_sketch **out) {
  return run_create(__func__, options, report, out, [&](akr::Call &call) {
    akr::capi::check_count("rows", rows);
    std::shared_ptr<const akr::Sketch> sketch = akr::make_sketch(akr::choose_sketch(call.options, sketch_rows, rows));
    akr::capi::describe(call, *sketch);
    return std::make_unique<akr_sketch>(std::move(sketch));
  });
}

akr_status akr_sketch_apply_f64(const akr_sketch *sketch, const akr_matrix *matrix, double *sa, int64_t ldsa,
                                const akr_options *options, akr_report *report) {
  return apply(__func__, sketch, matrix, sa, ldsa, options, report);
}

akr_status akr_sketch_apply_f32(const akr_sketch *sketch, const akr_matrix *matrix, float *sa, int64_t ldsa,
                                const akr_options *options, akr_report *report) {
  return apply(__func__, sketch, matrix, sa, ldsa, options, report);
}

akr_status akr_sketch_apply_dense_f64(const akr_sketch *sketch, int32_t transpose, int64_t ncols, const double *x,
                                      int64_t ldx, double *y, int64_t ldy, const akr_options *options,
                                      akr_report *report) {
  return apply_dense(__func__, sketch, transpose, ncols, x, ldx, y, ldy, options, report);
}

akr_status akr_sketch_apply_dense_f32(const akr_sketch *sketch, int32_t transpose, int64_t ncols, const float *x,
                                      int64_t ldx, float *y, int64_t ldy, const akr_options *options,
                                      akr_report *report) {
  return apply_dense(__func__, sketch, transpose, ncols, x, ldx, y, ldy, options, report);
}

void akr_sketch_destroy(akr_sketch *sketch) { destroy(__func__, "sketch", sketch); }
