// SPDX-License-Identifier: BSD-3-Clause
// After a cancel a matrix whose passes may be long is not read again: the solve ends with the iterate it has, and says
// of it what is known. (In memory it is certified by one more pass: unit/refine_test.cpp.)
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

#include "reference/api.hpp"

namespace {

using namespace numeric;

// A behind a callback that raises the cancel flag in its stop_at-th call: to read a block of rows, or for a product.
class Counted {
 public:
  Counted(const Array<double> &a, bool rows) : a_(a), rows_(rows) {
    akr_matrix *p = nullptr;
    require(rows ? akr_matrix_create_rows_f64(a.rows(), a.cols(), read, this, nullptr, &p)
                 : akr_matrix_create_callback_f64(a.rows(), a.cols(), apply, this, nullptr, &p));
    matrix.reset(p);
  }
  Counted(const Counted &) = delete;
  Counted &operator=(const Counted &) = delete;

  Solution<double> solve_until(int call, const Array<double> &b, const char *method, const Report &report) {
    calls = 0;
    flag_ = 0;
    stop_at_ = call;
    Options options({{"method", method}});
    require(akr_options_set_cancel(options.get(), &flag_));
    return solve(matrix, b, options, {0, nullptr, report.get()});
  }

  Matrix matrix;
  int calls = 0;

 private:
  void count() {
    if (++calls == stop_at_) flag_ = 1;
  }
  static std::int32_t read(void *user, std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
    auto &self = *static_cast<Counted *>(user);
    self.count();
    for (std::int64_t j = 0; j < self.a_.cols(); ++j) {
      const double *column = self.a_.col(j) + first;
      for (std::int64_t i = 0; i < count; ++i) block[i * ld + j] = column[i];
    }
    return 0;
  }
  static std::int32_t apply(void *user, std::int32_t transpose, std::int64_t ncols, const double *x, std::int64_t ldx,
                            double *y, std::int64_t ldy) {
    auto &self = *static_cast<Counted *>(user);
    self.count();
    const lapack_int n = narrow(self.a_.rows()), d = narrow(self.a_.cols());
    cblas_dgemm(CblasColMajor, transpose ? CblasTrans : CblasNoTrans, CblasNoTrans, transpose ? d : n, narrow(ncols),
                transpose ? n : d, 1.0, self.a_.data(), n, x, narrow(ldx), 0.0, y, narrow(ldy));
    return 0;
  }

  const Array<double> &a_;
  bool rows_;
  int stop_at_ = 0;
  std::int32_t flag_ = 0;
};

constexpr std::int64_t kRows = 20000, kCols = 64;  // 10 MB: two blocks of rows a pass

struct Subject {
  explicit Subject(Problem<double> p) : problem(std::move(p)), reference(problem.a) {
    optimal = residual(problem.a, problem.b, reference.solve(problem.b, kCols));
  }
  // ‖A(x - x*)‖, where ‖A x*‖ <= 1 and ‖r‖ = 1.
  Real error(const Array<double> &x) const { return distance(optimal, residual(problem.a, problem.b, x)); }
  Problem<double> problem;
  Reference reference;
  Array<Real> optimal;
};

const Subject &subject() {
  static const Subject instance{make_problem(kRows, kCols, 1e4, 1, 161)};
  return instance;
}

void expect_true(const Subject &s, const Solution<double> &solution, const Report &report) {
  for (std::int64_t j = 0; j < kCols; ++j) ASSERT_TRUE(std::isfinite(solution.x[j]));
  if (report.has("residual_norm")) {
    const double size = static_cast<double>(norm(residual(s.problem.a, s.problem.b, solution.x)));
    EXPECT_NEAR(report.real("residual_norm"), size, 1e-12 * size);
  }
  if (report.has("backward_error")) {
    // The factor is that of a sketch at worst; see lsq_stop.cpp for the sharp form of this bound.
    const Real error = s.reference.backward_error(s.problem.a, s.problem.b, solution.x);
    EXPECT_GE(report.real("backward_error"), error / 2 - 0.2L * 0x1p-53L);
    EXPECT_LE(report.real("backward_error"), 4 * error + 0x1p-53L);
  }
}

// Stopped at every call of a solve, one after the other (the flag is seen at the next poll, so the call in which it is
// raised may be the last of a pass, and its check may still be made). Later stops are never worse than earlier ones:
// what an iteration has reached in a round that nobody has judged yet is not thrown away. ‖A(x - x*)‖ falls
// monotonically in CG; the floor is u kappa ‖r‖.
void stop_everywhere(bool rows, const char *method) {
  const Subject &s = subject();
  Counted counted(s.problem.a, rows);
  Report report;
  ASSERT_GE(counted.solve_until(-1, s.problem.b, method, report).status, 0);  // gradient: at its floor
  const int all = counted.calls;
  Real previous = std::numeric_limits<Real>::infinity();
  bool progress_in_a_round = false;
  const int step = std::max(1, all / 24);
  for (int call = 1; call < all; call += step) {
    SCOPED_TRACE(std::string(method) + (rows ? " rows" : " products") + ", stopped at call " + std::to_string(call) +
                 " of " + std::to_string(all));
    const Solution<double> solution = counted.solve_until(call, s.problem.b, method, report);
    ASSERT_GE(solution.status, 0) << solution.message;
    EXPECT_EQ(counted.calls, call) << "A was read after the cancel";
    if (solution.status != AKR_OK) {
      EXPECT_EQ(solution.status, AKR_CANCELLED);
      EXPECT_EQ(report.text("stopped_by"), "cancel");
    }
    expect_true(s, solution, report);
    const Real error = s.error(solution.x);
    EXPECT_LE(error, 1.1L * previous + 1e-10L);
    progress_in_a_round = progress_in_a_round || (!report.has("backward_error") && error < 0.1L * previous);
    if (norm(solution.x) > 0) previous = error;  // a sketched start may be further off than zero, by about eta ‖r‖
  }
  if (std::string(method) == "sketch" && all > 24) {
    EXPECT_TRUE(progress_in_a_round) << "nothing was kept of an unfinished round";
    EXPECT_LE(previous, 1e-8L);
  }
}

TEST(Interrupted, RowBlocksAreNotReadAgain) {
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"})
    stop_everywhere(true, method);
}

TEST(Interrupted, AnOperatorIsNotCalledAgain) {
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "gradient"}) stop_everywhere(false, method);
}

// n < d: A is read whole first; the solution made of it is kept though its check was not finished.
TEST(Interrupted, WideMatrixKeepsItsSolution) {
  const Array<double> a = Random(162).normals(20, 50), b = Random(163).normals(20);
  Counted counted(a, true);
  Report report;
  ASSERT_EQ(counted.solve_until(-1, b, "auto", report).status, AKR_OK);
  const int all = counted.calls;
  ASSERT_GE(all, 3);  // the copy, A x, A'r
  for (int call = 1; call < all; ++call) {
    SCOPED_TRACE(call);
    const Solution<double> solution = counted.solve_until(call, b, "auto", report);
    EXPECT_EQ(solution.status, AKR_CANCELLED);
    EXPECT_EQ(counted.calls, call);
    EXPECT_FALSE(report.has("backward_error"));
    if (call == 1) {
      EXPECT_EQ(norm(solution.x), 0);
      EXPECT_FALSE(report.has("rank"));
    } else {
      EXPECT_EQ(report.integer("rank"), 20);
      EXPECT_FALSE(report.has("residual_norm"));
      EXPECT_LE(norm(residual(a, b, solution.x)), 1e-13L * norm(b));
    }
  }
}

}  // namespace
