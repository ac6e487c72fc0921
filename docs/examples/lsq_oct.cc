// SPDX-License-Identifier: BSD-3-Clause
// What GNU Octave needs to call libakr: the function behind lsq.m, as an oct-file.
//
//   mkoctfile lsq_oct.cc $(pkg-config --cflags --libs akr)
//
// Octave's errors are C++ exceptions: owners free the handles, and what a callback throws is kept until libakr has
// returned.
#include <akr.h>
#include <octave/oct.h>
#include <octave/ov-struct.h>
#include <octave/parse.h>

#include <exception>
#include <memory>
#include <string>

namespace {

template <class Handle>
using Owner = std::unique_ptr<Handle, void (*)(Handle *)>;

akr_status require(akr_status status) {
  if (status < 0) error_with_id((std::string("libakr:") + akr_status_name(status)).c_str(), "%s", akr_last_error());
  return status;
}

// The numbers and texts of a report, those that are set; arrays are left out. get_f64 reads whole numbers too.
octave_scalar_map as_struct(const akr_report *report) {
  octave_scalar_map fields;
  for (int64_t i = 0; i < akr_report_count(report); ++i) {
    const char *key = akr_report_key(report, i);
    double number = 0;
    char text[1024];
    if (akr_report_get_f64(report, key, &number) == AKR_OK)
      fields.setfield(key, number);
    else if (akr_report_get_str(report, key, text, sizeof text, nullptr) == AKR_OK)
      fields.setfield(key, text);
  }
  return fields;
}

struct Progress {
  octave_value function;
  std::exception_ptr thrown;
};

int32_t on_progress(void *user, const akr_report *now) {
  Progress &progress = *static_cast<Progress *>(user);
  try {
    return octave::feval(progress.function, octave_value_list(as_struct(now)), 1)(0).is_true() ? 1 : 0;
  } catch (...) {
    progress.thrown = std::current_exception();
    return 1;
  }
}

}  // namespace

DEFUN_DLD(lsq_oct, args, ,
          "version = lsq_oct ()\n"
          "[x, status, report] = lsq_oct (A, b, cols)\n"
          "[x, status, report] = lsq_oct (A, b, cols, progress)\n\n"
          "Least squares with a sparse A. x has cols numbers. progress (now) is called with the report so far; true\n"
          "cancels.") {
  if (args.length() == 0) return octave_value_list(octave_value(akr_version()));
  if (args.length() < 3 || args.length() > 4) print_usage();
  const SparseMatrix a = args(0).sparse_matrix_value();
  const NDArray b = args(1).array_value();
  NDArray x(dim_vector(args(2).idx_type_value(), 1), 0.0);

  // Octave keeps a sparse matrix by columns, counted from 0, as libakr takes it. The columns are turned into rows here,
  // so this handle borrows nothing; it could be kept for more solves with one A.
  akr_matrix *raw_matrix = nullptr;
  require(akr_matrix_create_sparse_f64(AKR_COL_MAJOR, a.rows(), a.cols(), 8 * sizeof(octave_idx_type), 0, a.cidx(),
                                       a.ridx(), a.data(), nullptr, &raw_matrix));
  const Owner<akr_matrix> matrix(raw_matrix, akr_matrix_destroy);
  akr_report *raw_report = nullptr;
  require(akr_report_create(&raw_report));
  const Owner<akr_report> report(raw_report, akr_report_destroy);
  akr_options *raw_options = nullptr;
  require(akr_options_create(&raw_options));
  const Owner<akr_options> options(raw_options, akr_options_destroy);
  Progress progress;
  if (args.length() == 4) {
    progress.function = args(3);
    require(akr_options_set_progress(options.get(), on_progress, &progress));
  }

  const akr_status status = akr_lsq_solve_f64(matrix.get(), nullptr, 0.0, 1, b.data(), b.numel(), x.fortran_vec(),
                                              x.numel(), options.get(), report.get());
  if (progress.thrown) std::rethrow_exception(progress.thrown);
  require(status);
  return ovl(x, akr_status_name(status), as_struct(report.get()));
}
