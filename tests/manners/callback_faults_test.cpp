// SPDX-License-Identifier: BSD-3-Clause
// A is behind a callback that fails: at its first call, at one in the middle, at the last; by a code or by an
// exception. The call ends there with AKR_E_CALLBACK and says so, x of a solver is untouched, and the next call has the
// bits it had before. (What a solver of least squares makes of it: numeric/lsq_bad_input.cpp.)
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "computations.hpp"

namespace {

// Answers from the problem until it is to fail.
template <class T>
struct Source {
  const Problem<T> *problem;
  std::int64_t calls = 0;
  std::int64_t fails_at = -1;  // counted from 0; negative: never
  bool throws = false;

  std::int32_t fails() {
    if (calls++ != fails_at) return 0;
    if (throws) throw std::runtime_error("the disk is gone");
    return 4711;
  }
  static std::int32_t products(void *user, std::int32_t transpose, std::int64_t ncols, const T *x, std::int64_t ldx,
                               T *y, std::int64_t ldy) {
    auto &self = *static_cast<Source *>(user);
    if (const std::int32_t code = self.fails()) return code;
    return Problem<T>::products(const_cast<Problem<T> *>(self.problem), transpose, ncols, x, ldx, y, ldy);
  }
  static std::int32_t read(void *user, std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld) {
    auto &self = *static_cast<Source *>(user);
    if (const std::int32_t code = self.fails()) return code;
    return Problem<T>::read_rows(const_cast<Problem<T> *>(self.problem), first_row, nrows, block, ld);
  }
};

MatrixPtr behind(Source<double> &source, Form form) {
  akr_matrix *made = nullptr;
  const Problem<double> &p = *source.problem;
  if (form == Form::products)
    akr_matrix_create_callback_f64(p.rows, p.cols, Source<double>::products, &source, nullptr, &made);
  else
    akr_matrix_create_rows_f64(p.rows, p.cols, Source<double>::read, &source, nullptr, &made);
  return MatrixPtr(made);
}
MatrixPtr behind(Source<float> &source, Form form) {
  akr_matrix *made = nullptr;
  const Problem<float> &p = *source.problem;
  if (form == Form::products)
    akr_matrix_create_callback_f32(p.rows, p.cols, Source<float>::products, &source, nullptr, &made);
  else
    akr_matrix_create_rows_f32(p.rows, p.cols, Source<float>::read, &source, nullptr, &made);
  return MatrixPtr(made);
}

template <class T>
class CallbackFaults : public testing::Test {
 protected:
  static constexpr T untouched = T(-123.5);

  void SetUp() override {
    akr_report *made = nullptr;
    ASSERT_EQ(akr_report_create(&made), AKR_OK);
    report_.reset(made);
  }

  akr_status run(const Computation<T> &computation, Workload<T> &work) {
    std::fill(work.out.begin(), work.out.end(), untouched);
    return computation.run(work, computation.options(2).get(), report_.get());
  }

  void expect_failure(const Computation<T> &computation, Workload<T> &work, Source<T> &source, std::int64_t at,
                      Form form) {
    source.calls = 0;
    source.fails_at = at;
    EXPECT_EQ(run(computation, work), AKR_E_CALLBACK) << akr_last_error();
    source.fails_at = -1;
    EXPECT_EQ(source.calls, at + 1) << "called again after it had failed";
    const std::string text = akr_last_error();
    const char *argument = form == Form::products ? "apply" : "read";
    EXPECT_EQ(text.find(computation.function + ": " + argument + ": the callback "), 0U) << text;
    EXPECT_NE(text.find(source.throws ? "the disk is gone" : "4711"), std::string::npos) << text;
    std::int64_t code = 0;
    EXPECT_EQ(akr_report_get_i64(report_.get(), "callback_code", &code), source.throws ? AKR_E_NO_VALUE : AKR_OK);
    EXPECT_EQ(code, source.throws ? 0 : 4711);
    if (computation.solver) {
      EXPECT_TRUE(std::all_of(work.out.begin(), work.out.end(), [](T v) { return v == untouched; }));
    }
  }

  // Every function that takes a matrix, A of this size and behind a callback.
  void go_through(const Sizes &sizes, Form form) {
    Workload<T> work(sizes);
    Source<T> source{&work.p};
    work.matrix = behind(source, form);
    int tried = 0;
    for (const Computation<T> &computation : matrix_computations<T>()) {
      SCOPED_TRACE(computation.name);
      source.calls = 0;
      const akr_status status = run(computation, work);
      if (status == AKR_E_UNSUPPORTED && form == Form::products) continue;  // it needs the rows of A
      ASSERT_GE(status, 0) << akr_last_error();
      if (source.calls == 0) continue;  // vectors are sketched without A
      ++tried;
      const std::vector<T> expected = work.out;
      const std::int64_t calls = source.calls;
      const std::pair<std::int64_t, bool> failures[] = {
          {0, false}, {calls / 2, false}, {calls / 2, true}, {calls - 1, false}};
      for (const auto &[at, throws] : failures) {
        SCOPED_TRACE("call " + std::to_string(at) + " of " + std::to_string(calls) + (throws ? " throws" : " fails"));
        source.throws = throws;
        expect_failure(computation, work, source, at, form);
      }
      EXPECT_EQ(run(computation, work), status) << akr_last_error();
      EXPECT_EQ(work.out, expected) << "the next call";
    }
    EXPECT_GE(tried, 12);
  }

 private:
  ReportPtr report_;
};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(CallbackFaults, Precisions);

TYPED_TEST(CallbackFaults, Operator) { this->go_through({600, 12, 2, 1, 1, 1}, Form::products); }
// In double more than one block of 8 MiB, so that a pass has a middle.
TYPED_TEST(CallbackFaults, RowBlocks) {
  this->go_through({sizeof(TypeParam) == 8 ? 95000 : 3000, 12, 2, 1, 1, 1}, Form::rows);
}
// In double only: the high power of so small a matrix leaves the range of f32.
using WideCallbackFaults = CallbackFaults<double>;
TEST_F(WideCallbackFaults, RowBlocks) { go_through({6, 20, 2, 1, 1, 1, 1, 6}, Form::rows); }

}  // namespace
