// SPDX-License-Identifier: BSD-3-Clause
// Every function of akr.h, good call and bad call, leaves the process as it found it and prints nothing.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "calls.hpp"
#include "started.hpp"
#include "surroundings.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace {

// The functions that share their work among threads. On the stage's sizes each must start some: else a look at what is
// left of them would see nothing.
const std::set<std::string> sharing = {
    "akr_options_set_progress",    "akr_options_set_log",         "akr_options_set_cancel",
    "akr_matrix_create_dense_f64", "akr_matrix_create_dense_f32", "akr_precond_create",
    "akr_lsq_solve_f64",           "akr_lsq_solve_f32",           "akr_gram_power_solve_f64",
    "akr_gram_power_solve_f32",    "akr_gram_power_lsq_f64",      "akr_gram_power_lsq_f32",
    "akr_gram_exp_solve_f64",      "akr_gram_exp_solve_f32",      "akr_leverage_scores_f64",
    "akr_leverage_scores_f32",     "akr_sketch_apply_f64",        "akr_sketch_apply_f32",
    "akr_sketch_apply_dense_f64",  "akr_sketch_apply_dense_f32",  "akr_kernel_apply_f64",
    "akr_kernel_apply_f32",        "akr_kernel_precond_create",   "akr_kernel_solve_f64",
    "akr_kernel_solve_f32",        "akr_kernel_predict_f64",      "akr_kernel_predict_f32",
    "akr_attention_f64",           "akr_attention_f32",
};

// The first look comes before anything of libakr has run, except that the BLAS has its threads.
void run_all(Stage &stage) {
  for (const auto &[name, call] : all_calls()) {
    const Surroundings before = look_around();
    const std::int64_t started = threads_started();
    std::string printed;
    {
      const OutputWatch output;
      call(stage);
      printed = output.text();
    }
    EXPECT_EQ(printed, "") << name << " printed this, or a check inside it failed";
    EXPECT_EQ(difference(before, look_around()), "") << name;
    if (sharing.count(name) > 0) {
      EXPECT_GT(threads_started(), started) << name << " started no thread";
    }
  }
}

TEST(Manners, NoFunctionIsForgotten) {
  std::ifstream file(AKR_SYMBOLS);
  std::set<std::string> wanted, tested;
  for (std::string line; std::getline(file, line);) wanted.insert(line.substr(0, line.find('@')));
  for (const auto &[name, call] : all_calls()) tested.insert(name);
  EXPECT_GT(wanted.size(), 50U);
  EXPECT_EQ(wanted, tested);
  for (const std::string &name : sharing) EXPECT_EQ(wanted.count(name), 1U) << name;
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

TEST(Manners, EveryMethodLeavesNoThread) {
  warm_up_blas();
  Stage stage;
  for (const char *method : {"auto", "cholesky", "sketch", "sketch-cholqr", "qr", "gradient", "cgls"}) {
    ASSERT_EQ(akr_options_set_str(stage.options.get(), "method", method), AKR_OK);
    const Surroundings before = look_around();
    const std::int64_t started = threads_started();
    EXPECT_EQ(akr_lsq_solve_f64(stage.matrix.get(), nullptr, 0, 1, stage.p.b.data(), stage.p.rows, stage.p.x.data(),
                                stage.p.cols, stage.options.get(), nullptr),
              AKR_OK)
        << method << ": " << akr_last_error();
    EXPECT_GT(threads_started(), started) << method << " started no thread";
    EXPECT_EQ(difference(before, look_around()), "") << method;
  }
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

}  // namespace
