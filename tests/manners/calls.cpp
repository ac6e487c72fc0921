// SPDX-License-Identifier: BSD-3-Clause
// The stage, and the functions that make handles or answer at once.
#include "calls.hpp"

Stage::Stage() {
  akr_options *o = nullptr;
  akr_report *r = nullptr;
  akr_precond *m = nullptr;
  akr_sketch *s = nullptr;
  akr_kernel *made_kernel = nullptr;
  akr_options_create(&o);
  akr_options_set_i64(o, "threads", 3);
  akr_report_create(&r);
  options.reset(o);
  report.reset(r);
  matrix = dense(p);
  matrix_f32 = dense(pf);
  akr_precond_create(matrix.get(), 0, nullptr, nullptr, &m);
  precond.reset(m);
  akr_precond_create(matrix_f32.get(), 0, nullptr, nullptr, &m);
  precond_f32.reset(m);
  akr_sketch_create(48, p.rows, nullptr, nullptr, &s);
  sketch.reset(s);
  akr_kernel_create_f64(AKR_COL_MAJOR, k.rows, k.cols, 0.1, k.a.data(), k.rows, nullptr, &made_kernel);
  kernel.reset(made_kernel);
  akr_kernel_create_f32(AKR_COL_MAJOR, kf.rows, kf.cols, 0.1, kf.a.data(), kf.rows, nullptr, &made_kernel);
  kernel_f32.reset(made_kernel);
  solve(nullptr, report.get());
}

akr_status Stage::solve(const akr_options *o, akr_report *r) {
  return akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o, r);
}

namespace {

std::int32_t no_progress(void *, const akr_report *) { return 0; }
void no_log(void *, std::int32_t, const char *) {}
void no_lock(void *) {}

}  // namespace

void add_small_calls(Calls &calls) {
  calls.emplace_back("akr_version", [](Stage &) { akr_version(); });
  calls.emplace_back("akr_build_info", [](Stage &) { akr_build_info(); });
  calls.emplace_back("akr_status_name", [](Stage &) { akr_status_name(-1234); });
  calls.emplace_back("akr_last_error", [](Stage &) { akr_last_error(); });
  calls.emplace_back("akr_set_planner_lock", [](Stage &) {
    akr_set_planner_lock(no_lock, no_lock, nullptr);
    akr_set_planner_lock(nullptr, nullptr, nullptr);
  });
  calls.emplace_back("akr_options_create", [](Stage &) { made<akr_options>(akr_options_create, akr_options_destroy); });
  calls.emplace_back("akr_options_clone", [](Stage &s) {
    made<akr_options>([&](akr_options **out) { return akr_options_clone(s.options.get(), out); }, akr_options_destroy);
  });
  calls.emplace_back("akr_options_destroy", [](Stage &) { akr_options_destroy(nullptr); });
  calls.emplace_back("akr_options_set_i64", [](Stage &s) { akr_options_set_i64(s.options.get(), "seed", 3); });
  calls.emplace_back("akr_options_set_f64", [](Stage &s) { akr_options_set_f64(s.options.get(), "nonsense", 3); });
  calls.emplace_back("akr_options_set_str", [](Stage &s) { akr_options_set_str(s.options.get(), "rtol", "1,5"); });
  calls.emplace_back("akr_options_get_i64", [](Stage &s) { akr_options_get_i64(s.options.get(), "seed", &s.number); });
  calls.emplace_back("akr_options_get_f64", [](Stage &s) { akr_options_get_f64(s.options.get(), "rtol", &s.real); });
  calls.emplace_back("akr_options_get_str", [](Stage &s) {
    akr_options_get_str(s.options.get(), "method", s.text, sizeof s.text, &s.number);
  });
  calls.emplace_back("akr_option_count", [](Stage &) { akr_option_count(); });
  calls.emplace_back("akr_option_key", [](Stage &) { akr_option_key(-1); });
  calls.emplace_back("akr_option_info", [](Stage &) { akr_option_info("rtol", "help"); });
  calls.emplace_back("akr_options_set_progress", [](Stage &s) {
    akr_options_set_progress(s.options.get(), no_progress, nullptr);
    s.solve(s.options.get(), nullptr);
  });
  calls.emplace_back("akr_options_set_log", [](Stage &s) {
    akr_options_set_log(s.options.get(), no_log, nullptr);
    s.solve(s.options.get(), nullptr);
  });
  calls.emplace_back("akr_options_set_cancel", [](Stage &s) {
    akr_options_set_cancel(s.options.get(), &s.flag);
    s.flag = 1;
    EXPECT_EQ(s.solve(s.options.get(), s.report.get()), AKR_CANCELLED);
    akr_options_set_cancel(s.options.get(), nullptr);
    EXPECT_EQ(s.solve(s.options.get(), s.report.get()), AKR_OK) << akr_last_error();
  });
  calls.emplace_back("akr_report_create", [](Stage &) { made<akr_report>(akr_report_create, akr_report_destroy); });
  calls.emplace_back("akr_report_destroy", [](Stage &) { akr_report_destroy(nullptr); });
  calls.emplace_back("akr_report_count", [](Stage &s) { akr_report_count(s.report.get()); });
  calls.emplace_back("akr_report_key", [](Stage &s) { akr_report_key(s.report.get(), 0); });
  calls.emplace_back("akr_report_get_i64", [](Stage &s) { akr_report_get_i64(s.report.get(), "rank", &s.number); });
  calls.emplace_back("akr_report_get_f64", [](Stage &s) { akr_report_get_f64(s.report.get(), "nothing", &s.real); });
  calls.emplace_back("akr_report_get_str",
                     [](Stage &s) { akr_report_get_str(s.report.get(), "method", s.text, sizeof s.text, &s.number); });
  calls.emplace_back("akr_report_get_array_f64", [](Stage &s) {
    akr_report_get_array_f64(s.report.get(), "history", s.out.data(), 100, &s.number);
  });
  calls.emplace_back("akr_report_get_array_i64", [](Stage &s) {
    akr_report_get_array_i64(s.report.get(), "column_status", nullptr, 0, &s.number);
  });
  calls.emplace_back("akr_report_to_json", [](Stage &s) { akr_report_to_json(s.report.get(), nullptr, 0, &s.number); });
}

void add_matrix_calls(Calls &calls) {
  calls.emplace_back("akr_matrix_create_dense_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_dense_f64(AKR_COL_MAJOR, s.p.rows, s.p.cols, s.p.a.data(), s.p.rows, s.options.get(),
                                             out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_dense_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_dense_f32(AKR_COL_MAJOR, s.pf.rows, s.pf.cols, s.pf.a.data(), s.pf.rows,
                                             s.options.get(), out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_sparse_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, s.p.rows, s.p.cols, 64, 0, s.p.row_start.data(),
                                              s.p.column.data(), s.p.by_rows.data(), s.options.get(), out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_sparse_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_sparse_f32(AKR_ROW_MAJOR, s.pf.rows, s.pf.cols, 64, 0, s.pf.row_start.data(),
                                              s.pf.column.data(), s.pf.by_rows.data(), s.options.get(), out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_callback_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_callback_f64(s.p.rows, s.p.cols, Problem<double>::products, &s.p, s.options.get(),
                                                out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_callback_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_callback_f32(s.pf.rows, s.pf.cols, Problem<float>::products, &s.pf, s.options.get(),
                                                out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_rows_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_rows_f64(s.p.rows, s.p.cols, Problem<double>::read_rows, &s.p, s.options.get(), out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_rows_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_rows_f32(s.pf.rows, s.pf.cols, Problem<float>::read_rows, &s.pf, s.options.get(),
                                            out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_get_i64", [](Stage &s) { akr_matrix_get_i64(s.matrix.get(), "nnz", &s.number); });
  calls.emplace_back("akr_matrix_destroy", [](Stage &) { akr_matrix_destroy(nullptr); });
}
