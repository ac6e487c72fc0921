// SPDX-License-Identifier: BSD-3-Clause
// Memory runs out at the k-th allocation, for every k, in every function that computes, by every route that it has and
// for A in every form: AKR_E_MEMORY with x of a solver untouched, or the answer where what failed was not needed; the
// next call has the answer; nothing leaks. (The whole life of handles: memory_test.cpp.)
#include <gtest/gtest.h>

#include <algorithm>

#include "computations.hpp"
#include "failing_new.hpp"

namespace {

using failing_new::countdown;
using failing_new::failed;
using failing_new::live;

template <class T>
class AllocationFaults : public testing::Test {
 protected:
  static constexpr T untouched = T(-123.5);

  static akr_status run(const Computation<T> &computation, Workload<T> &work, const akr_options *options) {
    std::fill(work.out.begin(), work.out.end(), untouched);
    return computation.run(work, options, nullptr);
  }

  // Tells how many allocations there were.
  static long starve(const Computation<T> &computation, Workload<T> &work, const akr_options *options,
                     akr_status status, const std::vector<T> &expected) {
    for (long k = 0;; ++k) {
      failed = 0;
      countdown = k;
      const akr_status now = run(computation, work, options);
      countdown = -1;
      if (failed == 0) return k;
      const bool refused = now == AKR_E_MEMORY;
      EXPECT_TRUE(refused || now == status) << k << ": " << akr_status_name(now) << " " << akr_last_error();
      if (!refused) {
        EXPECT_EQ(work.out, expected) << k;
      } else if (computation.solver) {
        EXPECT_TRUE(std::all_of(work.out.begin(), work.out.end(), [](T v) { return v == untouched; })) << k;
      }
      EXPECT_EQ(run(computation, work, options), status) << "after " << k << ": " << akr_last_error();
      EXPECT_EQ(work.out, expected) << "after " << k;
      if (testing::Test::HasFailure() || k > 100000) return k;
    }
  }

  static void go_through(const std::vector<Computation<T>> &computations, const Sizes &sizes, Form form,
                         std::int64_t threads) {
    Workload<T> work(sizes);
    work.matrix = in_form(form, work.p);
    int tried = 0;
    for (const Computation<T> &computation : computations) {
      SCOPED_TRACE(computation.name);
      const OptionsPtr options = computation.options(threads);
      const akr_status status = run(computation, work, options.get());
      if (status == AKR_E_UNSUPPORTED && form == Form::products) continue;  // it needs the rows of A
      ASSERT_GE(status, 0) << akr_last_error();
      ++tried;
      const std::vector<T> expected = work.out;
      const long before = live;
      EXPECT_GT(starve(computation, work, options.get(), status, expected), 1)
          << "the operators of this program are not in use";
      EXPECT_EQ(live, before) << "blocks leaked";
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_GE(tried, 12);
  }
};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(AllocationFaults, Precisions);

constexpr Sizes tall = {60, 6, 2, 1, 1, 1}, wide = {6, 20, 2, 1, 1, 1, 1, 6}, points = {1, 1, 1, 40, 3, 2};

TYPED_TEST(AllocationFaults, Dense) { this->go_through(matrix_computations<TypeParam>(), tall, Form::dense, 2); }
TYPED_TEST(AllocationFaults, Kernels) { this->go_through(kernel_computations<TypeParam>(), points, Form::dense, 2); }

// What differs from there is how A is read: the same in both precisions, and with one thread in a fifth of the time.
using OtherForms = AllocationFaults<double>;
TEST_F(OtherForms, Wide) { go_through(matrix_computations<double>(), wide, Form::dense, 1); }
TEST_F(OtherForms, Sparse) { go_through(matrix_computations<double>(), tall, Form::sparse, 1); }
TEST_F(OtherForms, Operator) { go_through(matrix_computations<double>(), tall, Form::products, 1); }
TEST_F(OtherForms, RowBlocks) { go_through(matrix_computations<double>(), tall, Form::rows, 1); }

}  // namespace
