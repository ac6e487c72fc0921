// SPDX-License-Identifier: BSD-3-Clause
// The system refuses threads to every function that computes: the call goes on with those it has, the caller's alone if
// need be, to the same status and the same bits, and the next call has all of them again.
#include <gtest/gtest.h>

#include <algorithm>

#include "computations.hpp"
#include "refused_threads.hpp"
#include "surroundings.hpp"

namespace {

namespace threads = refused_threads;

constexpr std::int64_t wanted = 3;  // the caller's included

template <class T>
class ThreadFaults : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(ThreadFaults, Precisions);

// Tells how many threads were started.
template <class T>
int expect_same(const Computation<T> &computation, Workload<T> &work, akr_status status,
                const std::vector<T> &expected) {
  std::fill(work.out.begin(), work.out.end(), T(-123.5));
  const OptionsPtr options = computation.options(wanted);
  threads::started = 0;
  EXPECT_EQ(computation.run(work, options.get(), nullptr), status) << akr_last_error();
  threads::before = -1;
  EXPECT_EQ(work.out, expected);
  return threads::started;
}

TYPED_TEST(ThreadFaults, EveryFunctionGoesOnWithTheThreadsItGets) {
  using T = TypeParam;
  warm_up_blas();
  Workload<T> work({36000, 24, 2, 700, 6, 2});
  for (const Computation<T> &computation : all_computations<T>()) {
    SCOPED_TRACE(computation.name);
    std::fill(work.out.begin(), work.out.end(), T(-123.5));
    const akr_status status = computation.run(work, computation.options(wanted).get(), nullptr);
    ASSERT_GE(status, 0) << akr_last_error();
    const std::vector<T> expected = work.out;
    const int usual = expect_same(computation, work, status, expected);
    EXPECT_GT(usual, 0) << "too small a problem, or the stand-in is not in use";
    constexpr struct {
      int granted;
      bool for_good;
      const char *name;
    } refusals[] = {{0, true, "none is granted"}, {0, false, "the first is refused"}, {1, true, "one is granted"}};
    for (const auto &refusal : refusals) {
      SCOPED_TRACE(refusal.name);
      threads::for_good = refusal.for_good;
      threads::refused = 0;
      threads::before = refusal.granted;
      expect_same(computation, work, status, expected);
      EXPECT_GT(threads::refused, 0);
    }
    EXPECT_EQ(expect_same(computation, work, status, expected), usual) << "the next call";
  }
}

}  // namespace
