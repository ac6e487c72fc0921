// SPDX-License-Identifier: BSD-3-Clause
// Every function that computes, in a process with little address space left: the answer that it gives with plenty, or
// AKR_E_MEMORY with x of a solver untouched; and once there is space again, the answer. The limit stands in a child of
// its own. OpenBLAS has made its buffers before: what it does when it cannot is its own affair (docs/guarantees.md).
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "computations.hpp"
#include "surroundings.hpp"

namespace {

using Computations = std::vector<Computation<double>>;

// One heap for all threads: each of its own would be address space that is there to be used.
const int one_heap = mallopt(M_ARENA_MAX, 1);

constexpr double untouched = -123.5;

std::int64_t address_space_in_use() {
  long pages = 0;
  FILE *file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld", &pages) != 1) pages = 0;
  if (file != nullptr) std::fclose(file);
  return static_cast<std::int64_t>(pages) * sysconf(_SC_PAGESIZE);
}

// For as long as it lives, so much address space more than there is in use.
class AddressSpace {
 public:
  explicit AddressSpace(std::int64_t room_mib) {
    malloc_trim(0);  // what was freed is not there to be used again
    getrlimit(RLIMIT_AS, &usual_);
    const rlimit tight{static_cast<rlim_t>(address_space_in_use() + (room_mib << 20)), usual_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
  }
  ~AddressSpace() { setrlimit(RLIMIT_AS, &usual_); }
  AddressSpace(const AddressSpace &) = delete;
  AddressSpace &operator=(const AddressSpace &) = delete;

 private:
  rlimit usual_;
};

// What a computation left, for comparing without a second array.
struct Result {
  akr_status status = AKR_OK;
  std::uint64_t bits = 0;

  bool operator==(const Result &other) const { return status == other.status && bits == other.bits; }
};
std::ostream &operator<<(std::ostream &out, const Result &result) {
  return out << akr_status_name(result.status) << ", " << result.bits;
}

Result compute(const Computation<double> &computation, Workload<double> &work, const akr_options *options) {
  std::fill(work.out.begin(), work.out.end(), untouched);
  Result result;
  result.status = computation.run(work, options, nullptr);
  for (const double value : work.out) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    result.bits = result.bits * 0x9E3779B97F4A7C15 + bits;
  }
  return result;
}

bool is_untouched(const std::vector<double> &out) {
  return std::all_of(out.begin(), out.end(), [](double v) { return v == untouched; });
}

// Runs body in a child; its failures are ours.
template <class Body>
void in_a_child(Body body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    warm_up_blas();  // a child has to start the threads of OpenBLAS again
    body();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << (WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                              : "exit status " + std::to_string(WEXITSTATUS(status)));
}

// All of them one after the other, and once more without the limit.
void go_through(const Computations &computations, Workload<double> &work, const std::vector<std::int64_t> &rooms_mib) {
  std::vector<OptionsPtr> options;
  std::vector<Result> expected;
  warm_up_blas();
  for (const auto &computation : computations) {
    options.push_back(computation.options(2));
    expected.push_back(compute(computation, work, options.back().get()));
    ASSERT_GE(expected.back().status, 0) << computation.name << ": " << akr_last_error();
  }
  for (const std::int64_t room : rooms_mib) {
    SCOPED_TRACE(std::to_string(room) + " MiB");
    in_a_child([&] {
      int refused = 0;
      for (std::size_t i = 0; i < computations.size(); ++i) {
        SCOPED_TRACE(computations[i].name);
        Result result;
        {
          const AddressSpace little(room);
          result = compute(computations[i], work, options[i].get());
        }
        if (result.status != AKR_E_MEMORY) {
          EXPECT_EQ(result, expected[i]) << akr_last_error();
          continue;
        }
        ++refused;
        if (computations[i].solver) {
          EXPECT_TRUE(is_untouched(work.out));
        }
        EXPECT_EQ(compute(computations[i], work, options[i].get()), expected[i]) << "the next call";
      }
      if (room == 0) {
        EXPECT_GT(refused, 0) << "the limit is not in use";
      }
    });
  }
}

TEST(AddressSpace, LittleForMatrices) {
  Workload<double> work({4000, 120, 20, 1, 1, 1});
  go_through(matrix_computations<double>(), work, {0, 1, 4});
}

TEST(AddressSpace, LittleForKernels) {
  Workload<double> work({1, 1, 1, 1200, 6, 12});
  go_through(kernel_computations<double>(), work, {0, 1, 4});
}

template <class Condition>
Computations picked(Condition condition) {
  Computations some;
  for (Computation<double> &one : matrix_computations<double>())
    if (condition(one)) some.push_back(std::move(one));
  return some;
}

// Arrays that do not fit, and a small problem before and after the limit is gone.
void refuse(const Computations &computations, Workload<double> &large, Workload<double> &small, std::int64_t room_mib) {
  in_a_child([&] {
    for (const auto &computation : computations) {
      SCOPED_TRACE(computation.name);
      const OptionsPtr options = computation.options(2);
      const Result expected = compute(computation, small, options.get());
      {
        const AddressSpace little(room_mib);
        const Result result = compute(computation, large, options.get());
        EXPECT_EQ(result.status, AKR_E_MEMORY) << akr_last_error();
        if (computation.solver) {
          EXPECT_TRUE(is_untouched(large.out));
        }
        const Result after = compute(computation, small, options.get());
        EXPECT_EQ(after, expected) << akr_last_error();
      }
      EXPECT_EQ(compute(computation, small, options.get()), expected) << "the next call";
    }
  });
}

TEST(AddressSpace, TooLittleForManyRightHandSides) {
  Workload<double> large({128, 64, 300000, 1, 1, 1}), small({128, 64, 2, 1, 1, 1});
  refuse(picked([](const Computation<double> &one) { return one.solver; }), large, small, 512);
}

// By sketches: the other methods have done their work before they come to an array that does not fit.
TEST(AddressSpace, TooLittleForManyColumns) {
  Workload<double> large({6000, 6000, 1, 1, 1, 1, 1, 6000}), small({128, 64, 2, 1, 1, 1});
  refuse(picked([](const Computation<double> &one) {
           return one.name.find(", sketch") != std::string::npos || one.name.find(", gradient") != std::string::npos;
         }),
         large, small, 512);
}

TEST(AddressSpace, TooLittleForWhatKernelsAreMultipliedWith) {
  Workload<double> large({1, 1, 1, 800, 3, 90000}), small({1, 1, 1, 300, 3, 2});
  refuse(kernel_computations<double>(), large, small, 512);
}

}  // namespace
