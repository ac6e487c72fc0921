// SPDX-License-Identifier: BSD-3-Clause
// Section 5 of akr.h: preconditioners.
#include "precond/precond.hpp"

#include <cstring>
#include <memory>

#include "barrier.hpp"
#include "kernel/kernel_precond.hpp"
#include "regression.hpp"
#include "solve/lsq.hpp"

namespace akr::capi {

namespace {

// x = D x; an error where that makes a zero of a column that is none.
void scale_rows(const Precond &m, View<double> x) {
  for (std::int64_t c = 0; c < x.cols; ++c) {
    bool before = false;
    bool after = false;
    for (std::int64_t j = 0; j < x.rows; ++j) {
      before = before || x(j, c) != 0;
      x(j, c) *= m.scale[j];
      after = after || x(j, c) != 0;
    }
    if (before && !after) {
      throw Error(Status::e_numeric, text("y: column ", c, " is below the range of a double; scale A or x"));
    }
  }
}

// out = part(in) in the caller's variables: RIGHT is D P, FULL is D P Pᵀ D, which is symmetric.
Array2<double> apply_part(const Precond &m, bool full, bool transpose, View<double> in) {
  if (full || transpose) {
    scale_rows(m, in);
    Array2<double> u(m.rank, in.cols);
    m.right_transpose(in, u.view());
    if (!full) return u;
    Array2<double> x(m.cols, in.cols);
    m.right(u.view(), x.view());
    scale_rows(m, x.view());
    return x;
  }
  Array2<double> x(m.cols, in.cols);
  m.right(in, x.view());
  scale_rows(m, x.view());
  return x;
}

// (K + ridge I)⁻¹ x, approximately.
Array2<double> apply_kernel_part(const KernelPrecond &m, bool full, View<const double> in) {
  if (!full) {
    throw Error(Status::e_unsupported, "part = AKR_PRECOND_RIGHT: the preconditioner of a kernel has no such part");
  }
  Array2<double> out(m.points, in.cols);
  m.apply_inverse(in, out.view());
  return out;
}

template <class T>
akr_status apply(const char *function, const akr_precond *precond, std::int32_t part, std::int32_t transpose,
                 std::int64_t nrhs, const T *x, std::int64_t ldx, T *y, std::int64_t ldy, const akr_options *options,
                 akr_report *report) {
  return run_call(function, options, report, [&](Call &) {
    const akr_precond &handle = require(precond, "precond");
    const bool of_kernel = handle.kernel != nullptr;
    const int bits = of_kernel ? handle.kernel->bits : handle.precond->bits;
    const std::int64_t cols = of_kernel ? handle.kernel->points : handle.precond->cols;
    const std::int64_t rank = of_kernel ? cols : handle.precond->rank;
    if (part != AKR_PRECOND_FULL && part != AKR_PRECOND_RIGHT) {
      throw Error(Status::e_argument, text("part = ", part, ": must be AKR_PRECOND_FULL (0) or AKR_PRECOND_RIGHT (1)"));
    }
    check_flag("transpose", transpose);
    check_columns("nrhs", nrhs);
    check_bits("precond", "the preconditioner", bits, static_cast<int>(8 * sizeof(T)));
    const bool full = part == AKR_PRECOND_FULL;
    const std::int64_t rows_in = full || transpose != 0 ? cols : rank;
    const std::int64_t rows_out = full || transpose == 0 ? cols : rank;
    const auto in = checked_view("x", x, nrhs > 0 ? rows_in : 0, nrhs, "ldx", ldx, "the rows of x");
    const auto out = checked_view("y", y, nrhs > 0 ? rows_out : 0, nrhs, "ldy", ldy, "the rows of y");
    check_same_or_no_overlap(array_argument("y", y, rows_out, nrhs, ldy), array_argument("x", x, rows_in, nrhs, ldx));
    if (nrhs == 0) return Status::ok;
    Array2<double> work(rows_in, nrhs);
    for (std::int64_t c = 0; c < nrhs; ++c) {
      for (std::int64_t j = 0; j < rows_in; ++j) work(j, c) = static_cast<double>(in(j, c));
    }
    const Array2<double> result = of_kernel ? apply_kernel_part(*handle.kernel, full, work.view())
                                            : apply_part(*handle.precond, full, transpose != 0, work.view());
    hand_over(result, out, "y");
    return Status::ok;
  });
}

template <class T>
akr_status get_r(const char *function, const akr_precond *precond, T *r, std::int64_t ldr) {
  return run_light(function, [&] {
    const akr_precond &handle = require(precond, "precond");
    if (!handle.precond) throw Error(Status::e_unsupported, "precond: of a kernel, which has no triangular factor");
    const Precond &m = *handle.precond;
    check_bits("precond", "the preconditioner", m.bits, static_cast<int>(8 * sizeof(T)));
    const auto out = checked_view("r", r, m.cols, m.cols, "ldr", ldr, "cols(A)");
    if (!m.full_rank()) {
      throw Error(Status::e_unsupported,
                  text("precond: of rank ", m.rank, " < cols(A) = ", m.cols, ", which has no triangular factor"));
    }
    const Array2<double> unscaled = m.unscaled_r();
    check_range<T>("R", unscaled);
    for (std::int64_t j = 0; j < m.cols; ++j) {
      for (std::int64_t i = 0; i < m.cols; ++i) out(i, j) = i <= j ? static_cast<T>(unscaled(i, j)) : T{0};
    }
  });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_precond_create(const akr_matrix *matrix, double ridge, const akr_options *options, akr_report *report,
                              akr_precond **out) {
  return run_create(__func__, options, report, out, [&](akr::Call &call) {
    const akr::Matrix &a = *require(matrix, "matrix").matrix;
    check_ridge("ridge", ridge);
    return std::make_unique<akr_precond>(std::make_shared<akr::Precond>(akr::make_precond(call, a, ridge)));
  });
}

akr_status akr_precond_apply_f64(const akr_precond *precond, int32_t part, int32_t transpose, int64_t nrhs,
                                 const double *x, int64_t ldx, double *y, int64_t ldy, const akr_options *options,
                                 akr_report *report) {
  return apply(__func__, precond, part, transpose, nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_precond_apply_f32(const akr_precond *precond, int32_t part, int32_t transpose, int64_t nrhs,
                                 const float *x, int64_t ldx, float *y, int64_t ldy, const akr_options *options,
                                 akr_report *report) {
  return apply(__func__, precond, part, transpose, nrhs, x, ldx, y, ldy, options, report);
}

akr_status akr_precond_get_r_f64(const akr_precond *precond, double *r, int64_t ldr) {
  return get_r(__func__, precond, r, ldr);
}

akr_status akr_precond_get_r_f32(const akr_precond *precond, float *r, int64_t ldr) {
  return get_r(__func__, precond, r, ldr);
}

akr_status akr_precond_get_i64(const akr_precond *precond, const char *key, int64_t *value) {
  return run_light(__func__, [&] {
    const akr_precond &handle = require(precond, "precond");
    const akr::Precond *m = handle.precond.get();
    const akr::KernelPrecond *k = handle.kernel.get();
    check_text("key", key);
    check_out("value", value);
    if (std::strcmp(key, "rows") == 0) {
      *value = m != nullptr ? m->rows : k->points;
    } else if (std::strcmp(key, "cols") == 0) {
      *value = m != nullptr ? m->cols : k->points;
    } else if (std::strcmp(key, "rank") == 0) {
      *value = m != nullptr ? m->rank : k->rank;
    } else if (std::strcmp(key, "bits") == 0) {
      *value = m != nullptr ? m->bits : k->bits;
    } else if (std::strcmp(key, "bytes") == 0) {
      *value = m != nullptr ? m->bytes() : k->bytes();
    } else {
      throw akr::Error(akr::Status::e_option,
                       akr::text("key = \"", key, "\": must be one of rows, cols, rank, bits, bytes"));
    }
  });
}

void akr_precond_destroy(akr_precond *precond) { destroy(__func__, "precond", precond); }
