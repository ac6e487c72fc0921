// SPDX-License-Identifier: BSD-3-Clause
// Every function of akr.h, good call and bad call, leaves the process as it found it and prints nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include "problem.hpp"
#include "surroundings.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace {

// What the calls work on; made before the first look.
struct Stage {
  Problem<double> p{300, 12};
  Problem<float> pf{300, 12};
  OptionsPtr options;
  ReportPtr report;
  MatrixPtr matrix, matrix_f32;
  PrecondPtr precond, precond_f32;
  SketchPtr sketch;
  KernelPtr kernel, kernel_f32;
  std::vector<double> out = std::vector<double>(600 * 12);
  std::vector<float> out_f32 = std::vector<float>(600 * 12);
  char text[256];
  std::int64_t number = 0;
  double real = 0;
  std::int32_t flag = 0;

  Stage() {
    akr_options *o = nullptr;
    akr_report *r = nullptr;
    akr_precond *m = nullptr;
    akr_sketch *s = nullptr;
    akr_kernel *k = nullptr;
    akr_options_create(&o);
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
    akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 0.1, p.a.data(), p.rows, nullptr, &k);
    kernel.reset(k);
    akr_kernel_create_f32(AKR_COL_MAJOR, pf.rows, pf.cols, 0.1, pf.a.data(), pf.rows, nullptr, &k);
    kernel_f32.reset(k);
    solve(options.get(), report.get());
  }
  akr_status solve(const akr_options *o, akr_report *r) {
    return akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o, r);
  }
};

std::int32_t no_progress(void *, const akr_report *) { return 0; }
void no_log(void *, std::int32_t, const char *) {}
void no_lock(void *) {}

// A create and its destroy: the handle lives between two looks.
template <class H, class Create>
void made(Create create, void (*destroy)(H *)) {
  H *handle = nullptr;
  EXPECT_EQ(create(&handle), AKR_OK) << akr_last_error();
  EXPECT_NE(handle, nullptr);
  destroy(handle);
}

using Calls = std::vector<std::pair<std::string, std::function<void(Stage &)>>>;

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
  calls.emplace_back("akr_matrix_create_dense_f64", [](Stage &s) { EXPECT_NE(dense(s.p), nullptr); });
  calls.emplace_back("akr_matrix_create_dense_f32", [](Stage &s) { EXPECT_NE(dense(s.pf), nullptr); });
  calls.emplace_back("akr_matrix_create_sparse_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_sparse_f64(AKR_ROW_MAJOR, s.p.rows, s.p.cols, 64, 0, s.p.row_start.data(),
                                              s.p.column.data(), s.p.by_rows.data(), nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_sparse_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_sparse_f32(AKR_ROW_MAJOR, s.pf.rows, s.pf.cols, 64, 0, s.pf.row_start.data(),
                                              s.pf.column.data(), s.pf.by_rows.data(), nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_callback_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_callback_f64(s.p.rows, s.p.cols, Problem<double>::products, &s.p, nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_callback_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_callback_f32(s.pf.rows, s.pf.cols, Problem<float>::products, &s.pf, nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_rows_f64", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_rows_f64(s.p.rows, s.p.cols, Problem<double>::read_rows, &s.p, nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_create_rows_f32", [](Stage &s) {
    made<akr_matrix>(
        [&](akr_matrix **out) {
          return akr_matrix_create_rows_f32(s.pf.rows, s.pf.cols, Problem<float>::read_rows, &s.pf, nullptr, out);
        },
        akr_matrix_destroy);
  });
  calls.emplace_back("akr_matrix_get_i64", [](Stage &s) { akr_matrix_get_i64(s.matrix.get(), "nnz", &s.number); });
  calls.emplace_back("akr_matrix_destroy", [](Stage &) { akr_matrix_destroy(nullptr); });
}

// Right-hand sides of cols(A) rows are the first of b.
void add_gram_calls(Calls &calls) {
  calls.emplace_back("akr_gram_power_solve_f64", [](Stage &s) {
    const auto power = [&](std::int64_t j, std::int64_t ldb) {
      return akr_gram_power_solve_f64(s.matrix.get(), s.precond.get(), j, 1, s.p.b.data(), ldb, s.out.data(), s.p.cols,
                                      nullptr, s.report.get());
    };
    EXPECT_EQ(power(2, s.p.cols), AKR_OK) << akr_last_error();
    EXPECT_LT(power(-2, s.p.cols), 0);
    EXPECT_LT(power(2, 1), 0);
    akr_options_set_str(s.options.get(), "residual.precision", "doubled");
    EXPECT_EQ(akr_gram_power_solve_f64(s.matrix.get(), nullptr, 2, 1, s.p.b.data(), s.p.cols, s.out.data(), s.p.cols,
                                       s.options.get(), nullptr),
              AKR_OK);
    akr_options_set_str(s.options.get(), "residual.precision", "working");
  });
  calls.emplace_back("akr_gram_power_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_gram_power_solve_f32(s.matrix_f32.get(), s.precond_f32.get(), 1, 1, s.pf.b.data(), s.pf.cols,
                                       s.out_f32.data(), s.pf.cols, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_gram_power_lsq_f64", [](Stage &s) {
    EXPECT_EQ(akr_gram_power_lsq_f64(s.matrix.get(), nullptr, 1, 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.cols,
                                     nullptr, s.report.get()),
              AKR_OK);
    EXPECT_LT(akr_gram_power_lsq_f64(nullptr, nullptr, 1, 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.cols, nullptr,
                                     s.report.get()),
              0);
  });
  calls.emplace_back("akr_gram_power_lsq_f32", [](Stage &s) {
    EXPECT_EQ(akr_gram_power_lsq_f32(s.matrix_f32.get(), nullptr, 1, 1, s.pf.b.data(), s.pf.rows, s.out_f32.data(),
                                     s.pf.cols, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_gram_exp_solve_f64", [](Stage &s) {
    for (const char *method : {"factor", "krylov"}) {
      akr_options_set_str(s.options.get(), "gram.method", method);
      EXPECT_EQ(akr_gram_exp_solve_f64(s.matrix.get(), nullptr, 1e-3, 1, s.p.b.data(), s.p.cols, s.out.data(), s.p.cols,
                                       s.options.get(), s.report.get()),
                AKR_OK);
    }
    akr_options_set_str(s.options.get(), "gram.method", "auto");
    EXPECT_LT(akr_gram_exp_solve_f64(s.matrix.get(), nullptr, HUGE_VAL, 1, s.p.b.data(), s.p.cols, s.out.data(),
                                     s.p.cols, nullptr, s.report.get()),
              0);
  });
  calls.emplace_back("akr_gram_exp_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_gram_exp_solve_f32(s.matrix_f32.get(), s.precond_f32.get(), 1e-3, 1, s.pf.b.data(), s.pf.cols,
                                     s.out_f32.data(), s.pf.cols, nullptr, s.report.get()),
              AKR_OK);
  });
}

void add_solver_calls(Calls &calls) {
  calls.emplace_back("akr_precond_create", [](Stage &s) {
    made<akr_precond>(
        [&](akr_precond **out) { return akr_precond_create(s.matrix.get(), 0.5, nullptr, s.report.get(), out); },
        akr_precond_destroy);
  });
  calls.emplace_back("akr_precond_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_precond_apply_f64(s.precond.get(), AKR_PRECOND_FULL, 0, 1, s.p.x.data(), s.p.cols, s.out.data(),
                                    s.p.cols, nullptr, nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_precond_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_precond_apply_f32(s.precond_f32.get(), AKR_PRECOND_RIGHT, 1, 1, s.pf.x.data(), s.pf.cols,
                                    s.out_f32.data(), s.pf.cols, nullptr, nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_precond_get_r_f64", [](Stage &s) {
    EXPECT_EQ(akr_precond_get_r_f64(s.precond.get(), s.out.data(), s.p.cols), AKR_OK);
  });
  calls.emplace_back("akr_precond_get_r_f32", [](Stage &s) {
    EXPECT_EQ(akr_precond_get_r_f32(s.precond_f32.get(), s.out_f32.data(), s.p.cols), AKR_OK);
  });
  calls.emplace_back("akr_precond_get_i64", [](Stage &s) { akr_precond_get_i64(s.precond.get(), "rank", &s.number); });
  calls.emplace_back("akr_precond_destroy", [](Stage &) { akr_precond_destroy(nullptr); });
  calls.emplace_back("akr_lsq_solve_f64", [](Stage &s) {
    EXPECT_EQ(s.solve(nullptr, s.report.get()), AKR_OK);
    EXPECT_TRUE(s.p.solved());
    EXPECT_LT(akr_lsq_solve_f64(s.matrix.get(), nullptr, -1, 1, s.p.b.data(), 1, s.p.x.data(), 1, nullptr, nullptr), 0);
    EXPECT_LT(akr_lsq_solve_f64(s.matrix_f32.get(), nullptr, 0, 1, s.p.b.data(), s.p.rows, s.p.x.data(), s.p.cols,
                                nullptr, nullptr),
              0);
  });
  calls.emplace_back("akr_lsq_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_lsq_solve_f32(s.matrix_f32.get(), nullptr, 0, 1, s.pf.b.data(), s.pf.rows, s.pf.x.data(), s.pf.cols,
                                nullptr, s.report.get()),
              AKR_OK);
    EXPECT_TRUE(s.pf.solved());
  });
  add_gram_calls(calls);
  calls.emplace_back("akr_leverage_scores_f64", [](Stage &s) {
    EXPECT_EQ(akr_leverage_scores_f64(s.matrix.get(), nullptr, 0, s.out.data(), nullptr, nullptr), AKR_OK);
  });
  calls.emplace_back("akr_leverage_scores_f32", [](Stage &s) {
    EXPECT_EQ(akr_leverage_scores_f32(s.matrix_f32.get(), nullptr, 0, s.out_f32.data(), nullptr, nullptr), AKR_OK);
  });
  calls.emplace_back("akr_sketch_create", [](Stage &s) {
    for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
      akr_options_set_str(s.options.get(), "sketch.kind", kind);
      made<akr_sketch>(
          [&](akr_sketch **out) { return akr_sketch_create(40, 300, s.options.get(), s.report.get(), out); },
          akr_sketch_destroy);
    }
  });
  calls.emplace_back("akr_sketch_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_f64(s.sketch.get(), s.matrix.get(), s.out.data(), 48, nullptr, nullptr), AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_f32(s.sketch.get(), s.matrix_f32.get(), s.out_f32.data(), 48, nullptr, nullptr), AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_dense_f64", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_dense_f64(s.sketch.get(), 0, 1, s.p.b.data(), 300, s.out.data(), 48, nullptr, nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_dense_f32", [](Stage &s) {
    EXPECT_EQ(
        akr_sketch_apply_dense_f32(s.sketch.get(), 1, 1, s.pf.b.data(), 48, s.out_f32.data(), 300, nullptr, nullptr),
        AKR_OK);
  });
  calls.emplace_back("akr_sketch_destroy", [](Stage &) { akr_sketch_destroy(nullptr); });
}

void add_kernel_calls(Calls &calls) {
  calls.emplace_back("akr_kernel_create_f64", [](Stage &s) {
    made<akr_kernel>(
        [&](akr_kernel **out) {
          return akr_kernel_create_f64(AKR_COL_MAJOR, s.p.rows, s.p.cols, 0.5, s.p.a.data(), s.p.rows, nullptr, out);
        },
        akr_kernel_destroy);
    akr_kernel *none = nullptr;
    EXPECT_LT(akr_kernel_create_f64(7, 1, 1, 0.5, s.p.a.data(), 1, nullptr, &none), 0);
  });
  calls.emplace_back("akr_kernel_create_f32", [](Stage &s) {
    made<akr_kernel>(
        [&](akr_kernel **out) {
          return akr_kernel_create_f32(AKR_COL_MAJOR, s.pf.rows, s.pf.cols, 0.5, s.pf.a.data(), s.pf.rows, nullptr,
                                       out);
        },
        akr_kernel_destroy);
  });
  calls.emplace_back("akr_kernel_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_kernel_apply_f64(s.kernel.get(), 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.rows, nullptr,
                                   s.report.get()),
              AKR_OK);
    EXPECT_LT(
        akr_kernel_apply_f64(s.kernel_f32.get(), 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.rows, nullptr, nullptr),
        0);
  });
  calls.emplace_back("akr_kernel_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_kernel_apply_f32(s.kernel_f32.get(), 1, s.pf.b.data(), s.pf.rows, s.out_f32.data(), s.pf.rows,
                                   nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_precond_create", [](Stage &s) {
    made<akr_precond>(
        [&](akr_precond **out) { return akr_kernel_precond_create(s.kernel.get(), 0.1, nullptr, s.report.get(), out); },
        akr_precond_destroy);
  });
  calls.emplace_back("akr_kernel_solve_f64", [](Stage &s) {
    for (const char *precond : {"rpcholesky", "dense"}) {
      akr_options_set_str(s.options.get(), "kernel.precond", precond);
      EXPECT_EQ(akr_kernel_solve_f64(s.kernel.get(), nullptr, 0.1, 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.rows,
                                     s.options.get(), s.report.get()),
                AKR_OK);
    }
    EXPECT_LT(akr_kernel_solve_f64(s.kernel.get(), s.precond.get(), 0.1, 1, s.p.b.data(), s.p.rows, s.out.data(),
                                   s.p.rows, nullptr, nullptr),
              0);
  });
  calls.emplace_back("akr_kernel_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_kernel_solve_f32(s.kernel_f32.get(), nullptr, 0.1, 1, s.pf.b.data(), s.pf.rows, s.out_f32.data(),
                                   s.pf.rows, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_predict_f64", [](Stage &s) {
    EXPECT_EQ(akr_kernel_predict_f64(s.kernel.get(), 1, AKR_COL_MAJOR, 40, s.p.a.data(), s.p.rows, 1, s.p.b.data(),
                                     s.p.rows, s.out.data(), 40, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_predict_f32", [](Stage &s) {
    EXPECT_EQ(akr_kernel_predict_f32(s.kernel_f32.get(), 0, AKR_COL_MAJOR, 40, s.pf.a.data(), s.pf.rows, 1,
                                     s.pf.b.data(), s.pf.rows, s.out_f32.data(), 40, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_attention_f64", [](Stage &s) {
    EXPECT_EQ(akr_attention_f64(AKR_COL_MAJOR, 50, 60, s.p.cols, 2, 0.5, 1, s.p.a.data(), s.p.rows, s.p.a.data(),
                                s.p.rows, s.p.a.data(), s.p.rows, s.out.data(), 50, nullptr, s.report.get()),
              AKR_OK);
    EXPECT_LT(akr_attention_f64(AKR_COL_MAJOR, 50, 60, s.p.cols, 2, 0.5, 5, s.p.a.data(), s.p.rows, s.p.a.data(),
                                s.p.rows, s.p.a.data(), s.p.rows, s.out.data(), 50, nullptr, s.report.get()),
              0);
  });
  calls.emplace_back("akr_attention_f32", [](Stage &s) {
    EXPECT_EQ(akr_attention_f32(AKR_COL_MAJOR, 50, 60, s.pf.cols, 2, 0.5, 0, s.pf.a.data(), s.pf.rows, s.pf.a.data(),
                                s.pf.rows, s.pf.a.data(), s.pf.rows, s.out_f32.data(), 50, nullptr, s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_destroy", [](Stage &) { akr_kernel_destroy(nullptr); });
}

Calls all_calls() {
  Calls calls;
  add_small_calls(calls);
  add_matrix_calls(calls);
  add_solver_calls(calls);
  add_kernel_calls(calls);
  return calls;
}

// The first look comes before anything of libakr has run, except that the BLAS has its threads.
void run_all(Stage &stage) {
  for (const auto &[name, call] : all_calls()) {
    const Surroundings before = look_around();
    std::string printed;
    {
      const OutputWatch output;
      call(stage);
      printed = output.text();
    }
    EXPECT_EQ(printed, "") << name << " printed this, or a check inside it failed";
    EXPECT_EQ(difference(before, look_around()), "") << name;
  }
}

TEST(Manners, NoFunctionIsForgotten) {
  std::ifstream file(AKR_SYMBOLS);
  std::set<std::string> wanted, tested;
  for (std::string line; std::getline(file, line);) wanted.insert(line.substr(0, line.find('@')));
  for (const auto &[name, call] : all_calls()) tested.insert(name);
  EXPECT_GT(wanted.size(), 50U);
  EXPECT_EQ(wanted, tested);
}

TEST(Manners, EveryCallLeavesTheProcessAsItWas) {
  warm_up_blas();
  const Surroundings before = look_around();
  {
    Stage stage;
    EXPECT_EQ(difference(before, look_around()), "") << "creating handles";
    run_all(stage);
  }
  EXPECT_EQ(difference(before, look_around()), "") << "from first to last";
}

#if defined(__x86_64__)
// A host may run with denormals flushed; the library must neither switch that off nor fall over it.
TEST(Manners, KeepsTheHostsDenormalMode) {
  warm_up_blas();
  const unsigned int usual = _mm_getcsr();
  Stage stage;
  _mm_setcsr(usual | 0x8040U);
  run_all(stage);
  EXPECT_EQ(_mm_getcsr() & 0x8040U, 0x8040U);
  _mm_setcsr(usual);
}
#endif

// The watchers themselves: each kind of misbehaviour must be seen.
TEST(Manners, TheWatchersSee) {
  const Surroundings before = look_around();
  std::FILE *left_open = std::fopen("/dev/null", "r");
  EXPECT_NE(difference(before, look_around()).find("open files"), std::string::npos);
  std::fclose(left_open);
#if defined(__x86_64__)
  const unsigned int usual = _mm_getcsr();
  _mm_setcsr(usual | 0x8000U);
  EXPECT_NE(difference(before, look_around()).find("floating point"), std::string::npos);
  _mm_setcsr(usual);
#endif
  const OutputWatch output;
  std::fputs("x", stderr);
  EXPECT_EQ(output.bytes(), 1);
}

}  // namespace
