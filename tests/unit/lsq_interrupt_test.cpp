// SPDX-License-Identifier: BSD-3-Clause
// A solve that is interrupted while it replaces a preconditioner that did not do: what it had is still whole.
#include <gtest/gtest.h>

#include "precond_fixture.hpp"
#include "solve/lsq.hpp"

namespace akr {
namespace {

using core_fixture::Array;
using core_fixture::log_spaced;
using core_fixture::Numbers;
using core_fixture::Workbench;

constexpr std::int64_t n = 600, d = 12;

// Cancels in its stop_at-th reading, whatever that is for.
class Cancelling final : public Matrix {
 public:
  explicit Cancelling(const Matrix &inner) : Matrix(inner.rows(), inner.cols(), inner.bits()), inner_(inner) {}
  void add_pass(akr::Run &run, const PassRequest &request) const override {
    count();
    inner_.pass(run, request);
    run.poll();
  }
  void apply(akr::Run &run, View<const double> x, View<double> y) const override { inner_.apply(run, x, y); }
  void panels(akr::Run &run, std::int64_t alignment, std::int64_t preferred,
              const std::function<void(const AnyPanel &)> &visit) const override {
    count();
    inner_.panels(run, alignment, preferred, visit);
    run.poll();
  }
  void check_finite(akr::Run &run) const override { inner_.check_finite(run); }

  mutable int readings = 0;
  mutable std::int32_t cancel = 0;
  int stop_at = 0;

 private:
  void count() const {
    if (++readings == stop_at) cancel = 1;
  }
  const Matrix &inner_;
};

// R is another matrix's: its rows are scaled by down to 10^-22, which no number of iterations makes up for.
Precond useless(Workbench &bench, const Matrix &a) {
  Precond m = make_precond(bench.call, a, 0);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = i; j < d; ++j) m.r(i, j) *= std::pow(0.01, static_cast<double>(i));
  }
  return m;
}

TEST(InterruptedSolve, WhileAGivenPreconditionerIsReplaced) {
  const Array<double> a = core_fixture::with_spectrum(n, log_spaced(d, 100), 61), b = Numbers(62).normals(n);
  const auto inner = core_fixture::dense(a);
  Workbench maker;
  const Precond m = useless(maker, inner);
  int whole = 0, before = 0, after = 0;
  for (int stop = 1; stop < 2000; ++stop) {
    SCOPED_TRACE(stop);
    Cancelling matrix(inner);
    matrix.stop_at = stop;
    Workbench bench;
    bool replaced = false;
    bench.run.monitor().set_log(
        [&](int, const char *line) {
          replaced = replaced || std::string(line).find("takes over") != std::string::npos;
        },
        2);
    bench.run.monitor().set_cancel_flag(&matrix.cancel);
    Array<double> x(d);
    const Status status = solve_least_squares(bench.call, matrix, &m, 0,
                                              RightSides{core_fixture::view(std::as_const(b))}, core_fixture::view(x));
    if (status == Status::ok) {
      whole = stop;
      EXPECT_TRUE(replaced) << "the preconditioner was of use after all: this tests nothing";
      break;
    }
    EXPECT_EQ(status, Status::cancelled);
    (replaced ? after : before) += 1;
    EXPECT_EQ(matrix.readings, stop) << "read after the cancel";
    for (std::int64_t j = 0; j < d; ++j) ASSERT_TRUE(std::isfinite(x[j]));
    const auto *told = std::get_if<double>(&bench.report.get(Key::residual_norm));
    if (told != nullptr) {
      EXPECT_NEAR(*told / static_cast<double>(norm(residual(a, b, x))), 1, 1e-12) << "the figures are of another x";
    }
  }
  EXPECT_GT(whole, 4);
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace akr
