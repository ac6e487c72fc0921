// SPDX-License-Identifier: BSD-3-Clause
// Section 8 of akr.h: attention kernels.
#include "kernel/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "barrier.hpp"
#include "kernel/attention.hpp"
#include "kernel/build_precond.hpp"
#include "kernel/solve.hpp"
#include "regression.hpp"

namespace akr::capi {

namespace {

// The rows x cols numbers of a caller's matrix in either layout.
template <class T>
struct Input {
  const char *name;
  const T *data;
  std::int64_t rows, cols, ld;
  bool by_rows;

  ArrayArgument argument() const {
    return array_argument(name, data, by_rows ? cols : rows, by_rows ? rows : cols, ld);
  }
  // The numbers as they lie, by columns.
  View<const T> view() const {
    return by_rows ? View<const T>(data, cols, rows, usable_ld(cols, rows, ld))
                   : View<const T>(data, rows, cols, usable_ld(rows, cols, ld));
  }
  Panel<T> panel() const {
    const std::int64_t stride = view().ld;
    return by_rows ? Panel<T>{data, 0, rows, cols, stride, 1} : Panel<T>{data, 0, rows, cols, 1, stride};
  }
  Operand<T> operand() const { return {view(), by_rows ? linalg::Op::transpose : linalg::Op::none}; }
};

void check_scale(double scale, bool may_be_negative) {
  if (std::isfinite(scale) && (may_be_negative || scale >= 0)) return;
  throw Error(Status::e_argument,
              text("scale = ", scale, may_be_negative ? ": must be finite" : ": must be at least 0 and finite"));
}

template <class T>
akr_status create(const char *function, std::int32_t layout, std::int64_t points, std::int64_t dim, double scale,
                  const T *a, std::int64_t lda, const akr_options *options, akr_kernel **out) {
  return run_create(function, options, nullptr, out, [&](Call &call) {
    check_layout(layout);
    check_count("points", points);
    check_count("dim", dim);
    check_scale(scale, false);
    const Input<T> input{"a", a, points, dim, lda, layout == AKR_ROW_MAJOR};
    check_array(input.argument(), "lda", input.by_rows ? "dim" : "points");
    return std::make_unique<akr_kernel>(
        std::make_shared<Kernel>(AnyPanel(input.panel()), scale, call.options.check_finite != 0));
  });
}

// The caller's right-hand sides in double. Throws Error(e_not_finite) for a NaN or infinity.
template <class T>
Array2<double> wide(const char *name, View<const T> x) {
  Array2<double> out(x.rows, x.cols);
  for (std::int64_t c = 0; c < x.cols; ++c) {
    for (std::int64_t i = 0; i < x.rows; ++i) {
      if (!std::isfinite(x(i, c))) {
        throw Error(Status::e_not_finite, text(name, "(", i, ", ", c, ") = ", x(i, c), ": must be finite"));
      }
      out(i, c) = static_cast<double>(x(i, c));
    }
  }
  return out;
}

template <class T>
void narrow(const Array2<double> &from, View<T> to) {
  for (std::int64_t c = 0; c < to.cols; ++c) {
    for (std::int64_t i = 0; i < to.rows; ++i) to(i, c) = static_cast<T>(from(i, c));
  }
}

template <class T>
akr_status apply(const char *function, const akr_kernel *kernel, std::int64_t nrhs, const T *x, std::int64_t ldx, T *y,
                 std::int64_t ldy, const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Kernel &k = *require(kernel, "kernel").kernel;
    check_bits("kernel", "the kernel", k.bits(), static_cast<int>(8 * sizeof(T)));
    check_columns("nrhs", nrhs);
    const std::int64_t n = nrhs > 0 ? k.points() : 0;
    const View<const T> in = checked_view("x", x, n, nrhs, "ldx", ldx, "points");
    const View<T> out = checked_view("y", y, n, nrhs, "ldy", ldy, "points");
    check_no_overlap(array_argument("y", y, n, nrhs, ldy), array_argument("x", x, n, nrhs, ldx));
    Array2<double> result(n, nrhs);
    const Status status = kernel_product(call, k, wide("x", in).view(), result.view());
    narrow(result, out);
    return status;
  });
}

template <class T>
akr_status predict(const char *function, const akr_kernel *kernel, std::int32_t normalize, const Input<T> &queries,
                   std::int32_t layout, std::int64_t nrhs, const T *x, std::int64_t ldx, T *y, std::int64_t ldy,
                   const akr_options *options, akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Kernel &k = *require(kernel, "kernel").kernel;
    check_bits("kernel", "the kernel", k.bits(), static_cast<int>(8 * sizeof(T)));
    check_flag("normalize", normalize);
    check_layout(layout);
    check_count("queries", queries.rows);
    check_columns("nrhs", nrhs);
    Input<T> q = queries;
    q.cols = k.dim();
    check_array(q.argument(), "ldq", q.by_rows ? "dim" : "queries");
    const std::int64_t n = nrhs > 0 ? k.points() : 0;
    const std::int64_t m = nrhs > 0 ? q.rows : 0;
    const View<const T> in = checked_view("x", x, n, nrhs, "ldx", ldx, "points");
    const View<T> out = checked_view("y", y, m, nrhs, "ldy", ldy, "queries");
    check_no_overlap(array_argument("y", y, m, nrhs, ldy), array_argument("x", x, n, nrhs, ldx));
    check_no_overlap(array_argument("y", y, m, nrhs, ldy), q.argument());
    if (call.options.check_finite != 0) check_array_finite("q", AnyPanel(q.panel()));
    Array2<double> result(m, nrhs);
    const Status status =
        kernel_predict(call, k, normalize != 0, AnyPanel(q.panel()), wide("x", in).view(), result.view());
    narrow(result, out);
    return status;
  });
}

template <class T>
akr_status solve(const char *function, const akr_kernel *kernel, const akr_precond *precond, double ridge,
                 std::int64_t nrhs, const T *b, std::int64_t ldb, T *x, std::int64_t ldx, const akr_options *options,
                 akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    const Kernel &k = *require(kernel, "kernel").kernel;
    check_bits("kernel", "the kernel", k.bits(), static_cast<int>(8 * sizeof(T)));
    check_ridge("ridge", ridge);
    check_columns("nrhs", nrhs);
    const KernelPrecond *m = nullptr;
    if (precond != nullptr) {
      m = require(precond, "precond").kernel.get();
      if (m == nullptr) throw Error(Status::e_argument, "precond: was made for a matrix, not for a kernel");
      check_equal("points(precond)", m->points, k.points(), "points(kernel)");
      check_bits("precond", "the preconditioner", m->bits, k.bits());
    }
    const std::int64_t n = nrhs > 0 ? k.points() : 0;
    const View<const T> in = checked_view("b", b, n, nrhs, "ldb", ldb, "points");
    const View<T> out = checked_view("x", x, n, nrhs, "ldx", ldx, "points");
    check_same_or_no_overlap(array_argument("x", x, n, nrhs, ldx), array_argument("b", b, n, nrhs, ldb));
    Array2<double> answer(n, nrhs);
    const Status status = solve_kernel(call, k, m, ridge, wide("b", in).view(), answer.view());
    hand_over(answer, out);
    return status;
  });
}

template <class T>
struct AttentionArguments {
  std::int32_t layout;
  std::int64_t queries, keys, dim, value_dim;
  double scale;
  std::int32_t causal;
  const T *q;
  std::int64_t ldq;
  const T *k;
  std::int64_t ldk;
  const T *v;
  std::int64_t ldv;
  T *out;
  std::int64_t ldout;
};

template <class T>
akr_status attend(const char *function, const AttentionArguments<T> &in, const akr_options *options,
                  akr_report *report) {
  return run_call(function, options, report, [&](Call &call) {
    check_layout(in.layout);
    check_count("queries", in.queries);
    check_count("keys", in.keys);
    check_count("dim", in.dim);
    check_count("value_dim", in.value_dim);
    check_scale(in.scale, true);
    if (!std::isfinite(static_cast<T>(in.scale))) {
      throw Error(Status::e_argument, text("scale = ", in.scale, ": outside the range of the function's precision"));
    }
    check_flag("causal", in.causal);
    const bool by_rows = in.layout == AKR_ROW_MAJOR;
    const Input<T> q{"q", in.q, in.queries, in.dim, in.ldq, by_rows};
    const Input<T> k{"k", in.k, in.keys, in.dim, in.ldk, by_rows};
    const Input<T> v{"v", in.v, in.keys, in.value_dim, in.ldv, by_rows};
    const Input<T> out{"out", in.out, in.queries, in.value_dim, in.ldout, by_rows};
    check_array(q.argument(), "ldq", by_rows ? "dim" : "queries");
    check_array(k.argument(), "ldk", by_rows ? "dim" : "keys");
    check_array(v.argument(), "ldv", by_rows ? "value_dim" : "keys");
    check_array(out.argument(), "ldout", by_rows ? "value_dim" : "queries");
    for (const Input<T> *input : {&q, &k, &v}) {
      check_no_overlap(out.argument(), input->argument());
      if (call.options.check_finite != 0) check_array_finite(input->name, AnyPanel(input->panel()));
    }
    AttentionProblem<T> problem;
    problem.q = q.operand();
    problem.k = k.operand();
    problem.v = v.operand();
    problem.scale = in.scale;
    problem.causal = in.causal != 0;
    problem.out = View<T>(in.out, out.view().rows, out.view().cols, out.view().ld);
    problem.out_by_rows = by_rows;
    return attention(call, problem);
  });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_kernel_create_f64(int32_t layout, int64_t points, int64_t dim, double scale, const double *a,
                                 int64_t lda, const akr_options *options, akr_kernel **out) {
  return create(__func__, layout, points, dim, scale, a, lda, options, out);
}

akr_status akr_kernel_create_f32(int32_t layout, int64_t points, int64_t dim, double scale, const float *a, int64_t lda,
                                 const akr_options *options, akr_kernel **out) {
  return create(__func__, layout, points, dim, scale, a, lda, options, out);
}

akr_status akr_kernel_apply_f64(const akr_kernel *kernel, int64_t nrhs, const double *x, int64_t ldx, double *y,
                                int64_t ldy, const akr_options *options, akr_report *report) {
  return apply(__func__, kernel, nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_kernel_apply_f32(const akr_kernel *kernel, int64_t nrhs, const float *x, int64_t ldx, float *y,
                                int64_t ldy, const akr_options *options, akr_report *report) {
  return apply(__func__, kernel, nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_kernel_predict_f64(const akr_kernel *kernel, int32_t normalize, int32_t layout, int64_t queries,
                                  const double *q, int64_t ldq, int64_t nrhs, const double *x, int64_t ldx, double *y,
                                  int64_t ldy, const akr_options *options, akr_report *report) {
  return predict(__func__, kernel, normalize, Input<double>{"q", q, queries, 0, ldq, layout == AKR_ROW_MAJOR}, layout,
                 nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_kernel_predict_f32(const akr_kernel *kernel, int32_t normalize, int32_t layout, int64_t queries,
                                  const float *q, int64_t ldq, int64_t nrhs, const float *x, int64_t ldx, float *y,
                                  int64_t ldy, const akr_options *options, akr_report *report) {
  return predict(__func__, kernel, normalize, Input<float>{"q", q, queries, 0, ldq, layout == AKR_ROW_MAJOR}, layout,
                 nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_kernel_precond_create(const akr_kernel *kernel, double ridge, const akr_options *options,
                                     akr_report *report, akr_precond **out) {
  return run_create(__func__, options, report, out, [&](akr::Call &call) {
    const akr::Kernel &k = *require(kernel, "kernel").kernel;
    check_ridge("ridge", ridge);
    return std::make_unique<akr_precond>(
        std::make_shared<const akr::KernelPrecond>(akr::make_kernel_precond(call, k, ridge)));
  });
}

akr_status akr_kernel_solve_f64(const akr_kernel *kernel, const akr_precond *precond, double ridge, int64_t nrhs,
                                const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                                akr_report *report) {
  return solve(__func__, kernel, precond, ridge, nrhs, b, ldb, x, ldx, options, report);
}

akr_status akr_kernel_solve_f32(const akr_kernel *kernel, const akr_precond *precond, double ridge, int64_t nrhs,
                                const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                                akr_report *report) {
  return solve(__func__, kernel, precond, ridge, nrhs, b, ldb, x, ldx, options, report);
}

akr_status akr_attention_f64(int32_t layout, int64_t queries, int64_t keys, int64_t dim, int64_t value_dim,
                             double scale, int32_t causal, const double *q, int64_t ldq, const double *k, int64_t ldk,
                             const double *v, int64_t ldv, double *out, int64_t ldout, const akr_options *options,
                             akr_report *report) {
  return attend(__func__,
                AttentionArguments<double>{layout, queries, keys, dim, value_dim, scale, causal, q, ldq, k, ldk, v, ldv,
                                           out, ldout},
                options, report);
}

akr_status akr_attention_f32(int32_t layout, int64_t queries, int64_t keys, int64_t dim, int64_t value_dim,
                             double scale, int32_t causal, const float *q, int64_t ldq, const float *k, int64_t ldk,
                             const float *v, int64_t ldv, float *out, int64_t ldout, const akr_options *options,
                             akr_report *report) {
  return attend(__func__,
                AttentionArguments<float>{layout, queries, keys, dim, value_dim, scale, causal, q, ldq, k, ldk, v, ldv,
                                          out, ldout},
                options, report);
}

void akr_kernel_destroy(akr_kernel *kernel) { destroy(__func__, "kernel", kernel); }
