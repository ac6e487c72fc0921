// SPDX-License-Identifier: BSD-3-Clause
// Section 4 of akr.h: matrices.
#include <cstring>
#include <memory>

#include "barrier.hpp"
#include "matrix/dense.hpp"
#include "matrix/operator.hpp"
#include "matrix/row_blocks.hpp"
#include "matrix/sparse.hpp"
#include "user_callback.hpp"

namespace akr::capi {

namespace {

void check_shape(std::int64_t rows, std::int64_t cols) {
  check_count("rows", rows);
  check_count("cols", cols);
}

// Of a matrix that no array bounds: the bytes of its entries must be countable.
void check_entries(std::int64_t rows, std::int64_t cols) {
  check_shape(rows, cols);
  constexpr std::int64_t most = (std::int64_t{1} << 60) - 1;
  if (cols > 0 && rows > most / cols) {
    throw Error(Status::e_argument, text("rows = ", rows, ", cols = ", cols, ": rows*cols must be at most ", most));
  }
}

std::unique_ptr<akr_matrix> finish(Call &call, std::shared_ptr<const Matrix> matrix) {
  if (call.options.check_finite != 0) matrix->check_finite(call.run);
  return std::make_unique<akr_matrix>(std::move(matrix));
}

template <class T>
akr_status create_dense(const char *function, std::int32_t layout, std::int64_t rows, std::int64_t cols, const T *a,
                        std::int64_t lda, const akr_options *options, akr_matrix **out) {
  return run_create(function, options, nullptr, out, [&](Call &call) {
    check_layout(layout);
    check_shape(rows, cols);
    const bool row_major = layout == AKR_ROW_MAJOR;
    const std::int64_t length = row_major ? cols : rows, lines = row_major ? rows : cols;
    check_array(array_argument("a", a, length, lines, lda), "lda", row_major ? "cols" : "rows");
    const std::int64_t ld = usable_ld(length, lines, lda);
    return finish(call, std::make_shared<DenseMatrix<T>>(row_major, rows, cols, a, ld, call.options.copy != 0));
  });
}

template <class T>
akr_status create_sparse(const char *function, std::int32_t layout, std::int64_t rows, std::int64_t cols,
                         std::int32_t index_bits, std::int32_t index_base, const void *ptr, const void *index,
                         const T *values, const akr_options *options, akr_matrix **out) {
  return run_create(function, options, nullptr, out, [&](Call &call) {
    check_layout(layout);
    check_shape(rows, cols);
    if (index_bits != 32 && index_bits != 64) {
      throw Error(Status::e_argument, text("index_bits = ", index_bits, ": must be 32 or 64"));
    }
    check_flag("index_base", index_base);
    typename SparseMatrix<T>::Arrays arrays;
    arrays.by_columns = layout == AKR_COL_MAJOR;
    arrays.index_bits = index_bits;
    arrays.index_base = index_base;
    arrays.ptr = ptr;
    arrays.index = index;
    arrays.values = values;
    const std::int64_t lines = arrays.by_columns ? cols : rows;
    check_pointer("ptr", ptr, lines + 1, index_bits / 8);
    const std::int64_t last = index_bits == 32 ? static_cast<const std::int32_t *>(ptr)[lines]
                                               : static_cast<const std::int64_t *>(ptr)[lines];
    check_at_least("ptr[last]", last, index_base, "index_base");
    const std::int64_t entries = last - index_base;
    check_count("ptr[last] - index_base", entries);
    check_pointer("index", index, entries, index_bits / 8);
    check_pointer("values", values, entries);
    return finish(call, std::make_shared<SparseMatrix<T>>(rows, cols, arrays, call.options.copy != 0));
  });
}

template <class T, class Apply>
akr_status create_callback(const char *function, std::int64_t rows, std::int64_t cols, Apply apply, void *user,
                           const akr_options *options, akr_matrix **out) {
  return run_create(function, options, nullptr, out, [&](Call &) {
    check_entries(rows, cols);
    check_out("apply", reinterpret_cast<const void *>(apply));
    auto product = [apply, user](bool transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y,
                                 std::int64_t ldy) {
      call_user("apply", [&] { return apply(user, transpose ? 1 : 0, ncols, x, ldx, y, ldy); });
    };
    return std::make_unique<akr_matrix>(std::make_shared<OperatorMatrix<T>>(rows, cols, std::move(product)));
  });
}

template <class T, class Read>
akr_status create_rows(const char *function, std::int64_t rows, std::int64_t cols, Read read, void *user,
                       const akr_options *options, akr_matrix **out) {
  return run_create(function, options, nullptr, out, [&](Call &) {
    check_entries(rows, cols);
    check_out("read", reinterpret_cast<const void *>(read));
    auto reader = [read, user](std::int64_t first, std::int64_t count, T *block, std::int64_t ld) {
      call_user("read", [&] { return read(user, first, count, block, ld); });
    };
    return std::make_unique<akr_matrix>(std::make_shared<RowBlockMatrix<T>>(rows, cols, std::move(reader)));
  });
}

}  // namespace
}  // namespace akr::capi

using namespace akr::capi;  // NOLINT: this file is the C face of that namespace

akr_status akr_matrix_create_dense_f64(int32_t layout, int64_t rows, int64_t cols, const double *a, int64_t lda,
                                       const akr_options *options, akr_matrix **out) {
  return create_dense(__func__, layout, rows, cols, a, lda, options, out);
}

akr_status akr_matrix_create_dense_f32(int32_t layout, int64_t rows, int64_t cols, const float *a, int64_t lda,
                                       const akr_options *options, akr_matrix **out) {
  return create_dense(__func__, layout, rows, cols, a, lda, options, out);
}

akr_status akr_matrix_create_sparse_f64(int32_t layout, int64_t rows, int64_t cols, int32_t index_bits,
                                        int32_t index_base, const void *ptr, const void *index, const double *values,
                                        const akr_options *options, akr_matrix **out) {
  return create_sparse(__func__, layout, rows, cols, index_bits, index_base, ptr, index, values, options, out);
}

akr_status akr_matrix_create_sparse_f32(int32_t layout, int64_t rows, int64_t cols, int32_t index_bits,
                                        int32_t index_base, const void *ptr, const void *index, const float *values,
                                        const akr_options *options, akr_matrix **out) {
  return create_sparse(__func__, layout, rows, cols, index_bits, index_base, ptr, index, values, options, out);
}

akr_status akr_matrix_create_callback_f64(int64_t rows, int64_t cols, akr_apply_f64 apply, void *user,
                                          const akr_options *options, akr_matrix **out) {
  return create_callback<double>(__func__, rows, cols, apply, user, options, out);
}

akr_status akr_matrix_create_callback_f32(int64_t rows, int64_t cols, akr_apply_f32 apply, void *user,
                                          const akr_options *options, akr_matrix **out) {
  return create_callback<float>(__func__, rows, cols, apply, user, options, out);
}

akr_status akr_matrix_create_rows_f64(int64_t rows, int64_t cols, akr_rows_f64 read, void *user,
                                      const akr_options *options, akr_matrix **out) {
  return create_rows<double>(__func__, rows, cols, read, user, options, out);
}

akr_status akr_matrix_create_rows_f32(int64_t rows, int64_t cols, akr_rows_f32 read, void *user,
                                      const akr_options *options, akr_matrix **out) {
  return create_rows<float>(__func__, rows, cols, read, user, options, out);
}

akr_status akr_matrix_get_i64(const akr_matrix *matrix, const char *key, int64_t *value) {
  return run_light(__func__, [&] {
    const akr::Matrix &a = *require(matrix, "matrix").matrix;
    check_text("key", key);
    check_out("value", value);
    if (std::strcmp(key, "rows") == 0) {
      *value = a.rows();
    } else if (std::strcmp(key, "cols") == 0) {
      *value = a.cols();
    } else if (std::strcmp(key, "nnz") == 0) {
      *value = a.nnz();
    } else if (std::strcmp(key, "bits") == 0) {
      *value = a.bits();
    } else {
      throw akr::Error(akr::Status::e_option, akr::text("key = \"", key, "\": must be one of rows, cols, nnz, bits"));
    }
  });
}

void akr_matrix_destroy(akr_matrix *matrix) { destroy(__func__, "matrix", matrix); }
