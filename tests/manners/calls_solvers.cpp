// SPDX-License-Identifier: BSD-3-Clause
// The functions that compute.
#include <cmath>

#include "calls.hpp"

namespace {

// Right-hand sides of cols(A) rows are the first of b.
void add_gram_calls(Calls &calls) {
  calls.emplace_back("akr_gram_power_solve_f64", [](Stage &s) {
    const auto power = [&](std::int64_t j, std::int64_t ldb) {
      return akr_gram_power_solve_f64(s.matrix.get(), s.precond.get(), j, 1, s.p.b.data(), ldb, s.out.data(), s.p.cols,
                                      s.options.get(), s.report.get());
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
                                       s.out_f32.data(), s.pf.cols, s.options.get(), s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_gram_power_lsq_f64", [](Stage &s) {
    EXPECT_EQ(akr_gram_power_lsq_f64(s.matrix.get(), nullptr, 1, 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.cols,
                                     s.options.get(), s.report.get()),
              AKR_OK);
    EXPECT_LT(akr_gram_power_lsq_f64(nullptr, nullptr, 1, 1, s.p.b.data(), s.p.rows, s.out.data(), s.p.cols,
                                     s.options.get(), s.report.get()),
              0);
  });
  calls.emplace_back("akr_gram_power_lsq_f32", [](Stage &s) {
    EXPECT_EQ(akr_gram_power_lsq_f32(s.matrix_f32.get(), nullptr, 1, 1, s.pf.b.data(), s.pf.rows, s.out_f32.data(),
                                     s.pf.cols, s.options.get(), s.report.get()),
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
                                     s.p.cols, s.options.get(), s.report.get()),
              0);
  });
  calls.emplace_back("akr_gram_exp_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_gram_exp_solve_f32(s.matrix_f32.get(), s.precond_f32.get(), 1e-3, 1, s.pf.b.data(), s.pf.cols,
                                     s.out_f32.data(), s.pf.cols, s.options.get(), s.report.get()),
              AKR_OK);
  });
}

}  // namespace

void add_solver_calls(Calls &calls) {
  calls.emplace_back("akr_precond_create", [](Stage &s) {
    made<akr_precond>(
        [&](akr_precond **out) {
          return akr_precond_create(s.matrix.get(), 0.5, s.options.get(), s.report.get(), out);
        },
        akr_precond_destroy);
  });
  calls.emplace_back("akr_precond_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_precond_apply_f64(s.precond.get(), AKR_PRECOND_FULL, 0, 1, s.p.x.data(), s.p.cols, s.out.data(),
                                    s.p.cols, s.options.get(), nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_precond_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_precond_apply_f32(s.precond_f32.get(), AKR_PRECOND_RIGHT, 1, 1, s.pf.x.data(), s.pf.cols,
                                    s.out_f32.data(), s.pf.cols, s.options.get(), nullptr),
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
    EXPECT_EQ(s.solve(s.options.get(), s.report.get()), AKR_OK);
    EXPECT_TRUE(s.p.solved());
    EXPECT_LT(
        akr_lsq_solve_f64(s.matrix.get(), nullptr, -1, 1, s.p.b.data(), 1, s.p.x.data(), 1, s.options.get(), nullptr),
        0);
    EXPECT_LT(akr_lsq_solve_f64(s.matrix_f32.get(), nullptr, 0, 1, s.p.b.data(), s.p.rows, s.p.x.data(), s.p.cols,
                                s.options.get(), nullptr),
              0);
  });
  calls.emplace_back("akr_lsq_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_lsq_solve_f32(s.matrix_f32.get(), nullptr, 0, 1, s.pf.b.data(), s.pf.rows, s.pf.x.data(), s.pf.cols,
                                s.options.get(), s.report.get()),
              AKR_OK);
    EXPECT_TRUE(s.pf.solved());
  });
  add_gram_calls(calls);
  calls.emplace_back("akr_leverage_scores_f64", [](Stage &s) {
    EXPECT_EQ(akr_leverage_scores_f64(s.matrix.get(), nullptr, 0, s.out.data(), s.options.get(), nullptr), AKR_OK);
  });
  calls.emplace_back("akr_leverage_scores_f32", [](Stage &s) {
    EXPECT_EQ(akr_leverage_scores_f32(s.matrix_f32.get(), nullptr, 0, s.out_f32.data(), s.options.get(), nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_sketch_create", [](Stage &s) {
    for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
      akr_options_set_str(s.options.get(), "sketch.kind", kind);
      made<akr_sketch>(
          [&](akr_sketch **out) { return akr_sketch_create(48, s.p.rows, s.options.get(), s.report.get(), out); },
          akr_sketch_destroy);
    }
  });
  calls.emplace_back("akr_sketch_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_f64(s.sketch.get(), s.matrix.get(), s.out.data(), 48, s.options.get(), nullptr), AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_f32(s.sketch.get(), s.matrix_f32.get(), s.out_f32.data(), 48, s.options.get(), nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_dense_f64", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_dense_f64(s.sketch.get(), 0, 1, s.p.b.data(), s.p.rows, s.out.data(), 48,
                                         s.options.get(), nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_sketch_apply_dense_f32", [](Stage &s) {
    EXPECT_EQ(akr_sketch_apply_dense_f32(s.sketch.get(), 1, 1, s.pf.b.data(), 48, s.out_f32.data(), s.p.rows,
                                         s.options.get(), nullptr),
              AKR_OK);
  });
  calls.emplace_back("akr_sketch_destroy", [](Stage &) { akr_sketch_destroy(nullptr); });
}

void add_kernel_calls(Calls &calls) {
  calls.emplace_back("akr_kernel_create_f64", [](Stage &s) {
    made<akr_kernel>(
        [&](akr_kernel **out) {
          return akr_kernel_create_f64(AKR_COL_MAJOR, s.k.rows, s.k.cols, 0.5, s.k.a.data(), s.k.rows, s.options.get(),
                                       out);
        },
        akr_kernel_destroy);
    akr_kernel *none = nullptr;
    EXPECT_LT(akr_kernel_create_f64(7, 1, 1, 0.5, s.k.a.data(), 1, s.options.get(), &none), 0);
  });
  calls.emplace_back("akr_kernel_create_f32", [](Stage &s) {
    made<akr_kernel>(
        [&](akr_kernel **out) {
          return akr_kernel_create_f32(AKR_COL_MAJOR, s.kf.rows, s.kf.cols, 0.5, s.kf.a.data(), s.kf.rows,
                                       s.options.get(), out);
        },
        akr_kernel_destroy);
  });
  calls.emplace_back("akr_kernel_apply_f64", [](Stage &s) {
    EXPECT_EQ(akr_kernel_apply_f64(s.kernel.get(), 1, s.k.b.data(), s.k.rows, s.out.data(), s.k.rows, s.options.get(),
                                   s.report.get()),
              AKR_OK);
    EXPECT_LT(akr_kernel_apply_f64(s.kernel_f32.get(), 1, s.k.b.data(), s.k.rows, s.out.data(), s.k.rows,
                                   s.options.get(), nullptr),
              0);
  });
  calls.emplace_back("akr_kernel_apply_f32", [](Stage &s) {
    EXPECT_EQ(akr_kernel_apply_f32(s.kernel_f32.get(), 1, s.kf.b.data(), s.kf.rows, s.out_f32.data(), s.kf.rows,
                                   s.options.get(), s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_precond_create", [](Stage &s) {
    made<akr_precond>(
        [&](akr_precond **out) {
          return akr_kernel_precond_create(s.kernel.get(), 0.1, s.options.get(), s.report.get(), out);
        },
        akr_precond_destroy);
  });
  calls.emplace_back("akr_kernel_solve_f64", [](Stage &s) {
    for (const char *precond : {"rpcholesky", "dense"}) {
      akr_options_set_str(s.options.get(), "kernel.precond", precond);
      EXPECT_EQ(akr_kernel_solve_f64(s.kernel.get(), nullptr, 0.1, 1, s.k.b.data(), s.k.rows, s.out.data(), s.k.rows,
                                     s.options.get(), s.report.get()),
                AKR_OK);
    }
    EXPECT_LT(akr_kernel_solve_f64(s.kernel.get(), s.precond.get(), 0.1, 1, s.k.b.data(), s.k.rows, s.out.data(),
                                   s.k.rows, s.options.get(), nullptr),
              0);
  });
  calls.emplace_back("akr_kernel_solve_f32", [](Stage &s) {
    EXPECT_EQ(akr_kernel_solve_f32(s.kernel_f32.get(), nullptr, 0.1, 1, s.kf.b.data(), s.kf.rows, s.out_f32.data(),
                                   s.kf.rows, s.options.get(), s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_predict_f64", [](Stage &s) {
    EXPECT_EQ(akr_kernel_predict_f64(s.kernel.get(), 1, AKR_COL_MAJOR, s.k.rows, s.k.a.data(), s.k.rows, 1,
                                     s.k.b.data(), s.k.rows, s.out.data(), s.k.rows, s.options.get(), s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_predict_f32", [](Stage &s) {
    EXPECT_EQ(
        akr_kernel_predict_f32(s.kernel_f32.get(), 0, AKR_COL_MAJOR, s.k.rows, s.kf.a.data(), s.kf.rows, 1,
                               s.kf.b.data(), s.kf.rows, s.out_f32.data(), s.k.rows, s.options.get(), s.report.get()),
        AKR_OK);
  });
  calls.emplace_back("akr_attention_f64", [](Stage &s) {
    EXPECT_EQ(
        akr_attention_f64(AKR_COL_MAJOR, s.k.rows, s.k.rows, s.k.cols, 2, 0.5, 1, s.k.a.data(), s.k.rows, s.k.a.data(),
                          s.k.rows, s.k.a.data(), s.k.rows, s.out.data(), s.k.rows, s.options.get(), s.report.get()),
        AKR_OK);
    EXPECT_LT(
        akr_attention_f64(AKR_COL_MAJOR, s.k.rows, s.k.rows, s.k.cols, 2, 0.5, 5, s.k.a.data(), s.k.rows, s.k.a.data(),
                          s.k.rows, s.k.a.data(), s.k.rows, s.out.data(), s.k.rows, s.options.get(), s.report.get()),
        0);
  });
  calls.emplace_back("akr_attention_f32", [](Stage &s) {
    EXPECT_EQ(akr_attention_f32(AKR_COL_MAJOR, s.k.rows, s.k.rows, s.kf.cols, 2, 0.5, 0, s.kf.a.data(), s.kf.rows,
                                s.kf.a.data(), s.kf.rows, s.kf.a.data(), s.kf.rows, s.out_f32.data(), s.k.rows,
                                s.options.get(), s.report.get()),
              AKR_OK);
  });
  calls.emplace_back("akr_kernel_destroy", [](Stage &) { akr_kernel_destroy(nullptr); });
}
