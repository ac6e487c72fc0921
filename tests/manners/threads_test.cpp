// SPDX-License-Identifier: BSD-3-Clause
// Two threads of the host inside libakr at once, each call with a team of its own. Meant for the thread sanitizer;
// without it, the answers must still be the same to the last bit.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>

#include "on_threads.hpp"

namespace {

constexpr std::int64_t rows = 6000;
constexpr std::int64_t cols = 24;

void on_two_threads(const std::function<void(int)> &body) { on_threads(2, body); }

class Methods : public testing::TestWithParam<const char *> {};

// Matrix, preconditioner and options are [shared]: two calls use the same ones.
TEST_P(Methods, SolveWithSharedHandles) {
  Problem<double> p(rows, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", GetParam());
  akr_precond *made = nullptr;
  ASSERT_EQ(akr_precond_create(matrix.get(), 0, options.get(), nullptr, &made), AKR_OK) << akr_last_error();
  const PrecondPtr precond(made);
  std::vector<double> x[2], again[2], scores[2];
  akr_status status[2][4];
  std::vector<double> powers[2];
  on_two_threads([&](int i) {
    x[i].resize(cols);
    again[i].resize(cols);
    scores[i].resize(rows);
    powers[i].resize(cols);
    status[i][0] = akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), rows, x[i].data(), cols,
                                     options.get(), nullptr);
    status[i][1] =
        akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), rows, again[i].data(), cols, options.get(), nullptr);
    status[i][2] = akr_leverage_scores_f64(matrix.get(), precond.get(), 0, scores[i].data(), options.get(), nullptr);
    status[i][3] = akr_gram_power_lsq_f64(matrix.get(), precond.get(), 2, 1, p.b.data(), rows, powers[i].data(), cols,
                                          options.get(), nullptr);
  });
  for (const auto &each : status) {
    for (const akr_status s : each) EXPECT_EQ(s, AKR_OK);
  }
  EXPECT_EQ(x[0], x[1]);
  EXPECT_EQ(again[0], again[1]);
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_EQ(powers[0], powers[1]);
  p.x = x[0];
  EXPECT_TRUE(p.solved());
}

// LAPACK changes some of its input arrays and restores them: two calls that share such an array race, and what is
// "restored" may be what the other had put there for good. It shows in a few of a hundred rounds, so there are many.
TEST_P(Methods, SharedPreconditionerIsNeverWritten) {
  constexpr int rounds = 150;
  const Problem<double> p(1500, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", GetParam());
  akr_precond *made = nullptr;
  ASSERT_EQ(akr_precond_create(matrix.get(), 0, options.get(), nullptr, &made), AKR_OK) << akr_last_error();
  const PrecondPtr precond(made);
  const auto solve = [&](std::vector<double> &x) {
    return akr_lsq_solve_f64(matrix.get(), precond.get(), 0, 1, p.b.data(), p.rows, x.data(), cols, options.get(),
                             nullptr);
  };
  std::vector<double> alone(cols);
  ASSERT_EQ(solve(alone), AKR_OK) << akr_last_error();
  int other_answers[2] = {0, 0};
  on_two_threads([&](int i) {
    std::vector<double> x(cols);
    for (int round = 0; round < rounds; ++round) {
      other_answers[i] += solve(x) != AKR_OK || x != alone;
    }
  });
  EXPECT_EQ(other_answers[0], 0);
  EXPECT_EQ(other_answers[1], 0);
  std::vector<double> after(cols);
  EXPECT_EQ(solve(after), AKR_OK);
  EXPECT_EQ(after, alone) << "the preconditioner has changed";
}

INSTANTIATE_TEST_SUITE_P(Threads, Methods, testing::Values("sketch", "sketch-cholqr", "cholesky", "qr"),
                         [](const testing::TestParamInfo<const char *> &which) {
                           std::string name = which.param;
                           for (char &c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

// Even and odd powers and the exponential, by every way, with one matrix, preconditioner and options for both threads.
TEST(Threads, GramFunctionsWithSharedHandles) {
  Problem<double> p(rows, cols);
  const MatrixPtr matrix = dense(p);
  akr_precond *made = nullptr;
  ASSERT_EQ(akr_precond_create(matrix.get(), 0, nullptr, nullptr, &made), AKR_OK) << akr_last_error();
  const PrecondPtr precond(made);
  using Solve = std::function<akr_status(double *, const akr_options *)>;
  const Solve even = [&](double *x, const akr_options *o) {
    return akr_gram_power_solve_f64(matrix.get(), precond.get(), 2, 1, p.b.data(), cols, x, cols, o, nullptr);
  };
  const Solve odd = [&](double *x, const akr_options *o) {
    return akr_gram_power_lsq_f64(matrix.get(), precond.get(), 1, 1, p.b.data(), rows, x, cols, o, nullptr);
  };
  const Solve exponential = [&](double *x, const akr_options *o) {
    return akr_gram_exp_solve_f64(matrix.get(), nullptr, 1e-3, 1, p.b.data(), cols, x, cols, o, nullptr);
  };
  const struct {
    const Solve &solve;
    const char *method;
  } cases[] = {{even, "recursion"}, {even, "factor"},        {odd, "recursion"},
               {odd, "factor"},     {exponential, "krylov"}, {exponential, "factor"}};
  for (const auto &each : cases) {
    const OptionsPtr options = options_with("gram.method", each.method);
    std::vector<double> alone(cols), x[2] = {alone, alone};
    ASSERT_EQ(each.solve(alone.data(), options.get()), AKR_OK) << each.method << ": " << akr_last_error();
    akr_status status[2];
    on_two_threads([&](int i) { status[i] = each.solve(x[i].data(), options.get()); });
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(status[i], AKR_OK) << each.method;
      EXPECT_EQ(x[i], alone) << each.method;
    }
  }
}

// A kernel and its preconditioner are [shared]; each thread goes through all that can be done with them.
TEST(Threads, KernelWithSharedHandles) {
  const Problem<double> p(400, 8);
  const auto n = static_cast<std::size_t>(p.rows);
  constexpr double ridge = 0.1;
  akr_kernel *k = nullptr;
  ASSERT_EQ(akr_kernel_create_f64(AKR_COL_MAJOR, p.rows, p.cols, 0.5, p.a.data(), p.rows, nullptr, &k), AKR_OK);
  const KernelPtr kernel(k);
  for (const char *kind : {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"}) {
    const OptionsPtr options = options_with("kernel.precond", kind);
    akr_precond *m = nullptr;
    ASSERT_EQ(akr_kernel_precond_create(kernel.get(), ridge, options.get(), nullptr, &m), AKR_OK) << akr_last_error();
    const PrecondPtr precond(m);
    const auto everything = [&] {
      std::vector<double> all(5 * n);
      akr_status worst = AKR_OK;
      const auto note = [&](akr_status status) { worst = status != AKR_OK ? status : worst; };
      double *out = all.data();
      for (const akr_precond *given :
           {static_cast<const akr_precond *>(nullptr), static_cast<const akr_precond *>(m)}) {
        note(akr_kernel_solve_f64(kernel.get(), given, ridge, 1, p.b.data(), p.rows, out, p.rows, options.get(),
                                  nullptr));
        out += n;
      }
      note(akr_kernel_apply_f64(kernel.get(), 1, p.b.data(), p.rows, out, p.rows, options.get(), nullptr));
      note(akr_precond_apply_f64(precond.get(), AKR_PRECOND_FULL, 0, 1, p.b.data(), p.rows, out + n, p.rows,
                                 options.get(), nullptr));
      note(akr_kernel_predict_f64(kernel.get(), 1, AKR_COL_MAJOR, p.rows, p.a.data(), p.rows, 1, p.b.data(), p.rows,
                                  out + 2 * n, p.rows, options.get(), nullptr));
      return std::pair(worst, all);
    };
    const auto alone = everything();
    EXPECT_EQ(alone.first, AKR_OK) << kind << ": " << akr_last_error();
    std::pair<akr_status, std::vector<double>> both[2];
    on_two_threads([&](int i) { both[i] = everything(); });
    for (const auto &one : both) EXPECT_EQ(one, alone) << kind;
  }
}

TEST(Threads, AttentionOnTheSameArrays) {
  const Problem<double> p(500, 8);
  const OptionsPtr options = options_with("method", "auto");
  std::vector<double> out[3];
  const auto attention = [&](int i) {
    out[i].resize(static_cast<std::size_t>(p.rows * p.cols));
    EXPECT_EQ(akr_attention_f64(AKR_COL_MAJOR, p.rows, p.rows, p.cols, p.cols, 0.5, i == 2, p.a.data(), p.rows,
                                p.a.data(), p.rows, p.a.data(), p.rows, out[i].data(), p.rows, options.get(), nullptr),
              AKR_OK);
  };
  on_two_threads(attention);
  EXPECT_EQ(out[0], out[1]);
  attention(2);
  EXPECT_NE(out[0], out[2]) << "the causal one";
}

// AᵀA in the threads of one call, by both: by parts of the rows (30 and 100 columns, which fill no whole number of
// vectors), by groups of columns (150) and by both. Whoever added to another's sum would be caught here. There are rows
// enough for threads to be started.
TEST(Threads, OfOneCallAddToTheirOwnSums) {
  for (const std::int64_t d : {30, 100, 150}) {
    Problem<double> p(d == 30 ? 40000 : d == 100 ? 9000 : 6500, d);
    for (const auto layout : {AKR_COL_MAJOR, AKR_ROW_MAJOR}) {
      std::vector<double> x[2];
      for (int i = 0; i < 2; ++i) {
        const OptionsPtr options = options_with("method", "cholesky");
        ASSERT_EQ(akr_options_set_i64(options.get(), "threads", i + 1), AKR_OK);
        akr_matrix *made = nullptr;
        const bool by_rows = layout == AKR_ROW_MAJOR;
        ASSERT_EQ(akr_matrix_create_dense_f64(layout, p.rows, d, by_rows ? p.by_rows.data() : p.a.data(),
                                              by_rows ? d : p.rows, options.get(), &made),
                  AKR_OK);
        const MatrixPtr matrix(made);
        x[i].resize(static_cast<std::size_t>(d));
        EXPECT_EQ(
            akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), p.rows, x[i].data(), d, options.get(), nullptr),
            AKR_OK);
      }
      EXPECT_EQ(x[0], x[1]);
      p.x = x[0];
      EXPECT_TRUE(p.solved()) << d;
    }
  }
}

// Each thread makes, uses and destroys its own; what lies between them is the process: caches, planner, error texts.
TEST(Threads, OwnHandlesOfEveryKind) {
  for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
    std::vector<double> sa[2];
    on_two_threads([&](int i) {
      Problem<double> p(rows, cols);
      const MatrixPtr matrix = dense(p);
      const OptionsPtr options = options_with("sketch.kind", kind);
      akr_sketch *made = nullptr;
      EXPECT_EQ(akr_sketch_create(100, rows, options.get(), nullptr, &made), AKR_OK);
      const SketchPtr sketch(made);
      sa[i].resize(100 * cols);
      EXPECT_EQ(akr_sketch_apply_f64(sketch.get(), matrix.get(), sa[i].data(), 100, options.get(), nullptr), AKR_OK);
    });
    EXPECT_EQ(sa[0], sa[1]) << kind;
  }
}

TEST(Threads, EachHasItsOwnErrorText) {
  std::string text[2];
  on_two_threads([&](int i) {
    akr_options *made = nullptr;
    akr_options_create(&made);
    const OptionsPtr options(made);
    for (int round = 0; round < 200; ++round) {
      akr_options_set_i64(options.get(), i == 0 ? "unknown_zero" : "unknown_one", 1);
      text[i] = akr_last_error();
      EXPECT_NE(text[i].find(i == 0 ? "unknown_zero" : "unknown_one"), std::string::npos);
    }
  });
}

struct Signals {
  std::atomic<bool> inside{false};
  std::int32_t cancel = 0;
};

// The solver waits here until the other thread has raised the flag.
std::int32_t wait_for_flag(void *user, const akr_report *) {
  auto &signals = *static_cast<Signals *>(user);
  signals.inside = true;
  while (__atomic_load_n(&signals.cancel, __ATOMIC_ACQUIRE) == 0) usleep(500);
  return 0;
}

TEST(Threads, CancelFlagFromTheOtherThread) {
  Problem<double> p(rows, cols);
  const MatrixPtr matrix = dense(p);
  const OptionsPtr options = options_with("method", "sketch");
  Signals signals;
  ASSERT_EQ(akr_options_set_progress(options.get(), wait_for_flag, &signals), AKR_OK);
  ASSERT_EQ(akr_options_set_cancel(options.get(), &signals.cancel), AKR_OK);
  akr_status status = -1000;
  on_two_threads([&](int i) {
    if (i == 0) {
      while (!signals.inside) usleep(500);
      __atomic_store_n(&signals.cancel, 1, __ATOMIC_RELEASE);
    } else {
      status =
          akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, p.b.data(), rows, p.x.data(), cols, options.get(), nullptr);
    }
  });
  EXPECT_EQ(status, AKR_CANCELLED);
}

}  // namespace
