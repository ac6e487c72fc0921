// SPDX-License-Identifier: BSD-3-Clause
// Section 1 of akr.h: version and errors.
#include <algorithm>
#include <string>

#include "akr.h"
#include "barrier.hpp"
#include "linalg/info.hpp"
#include "simd/dispatch.hpp"
#include "transform/info.hpp"
#include "transform/planner_lock.hpp"

using namespace akr::capi;

namespace {

#if defined(__clang__)
#define AKR_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define AKR_COMPILER "g++ " __VERSION__
#else
#define AKR_COMPILER "unknown compiler"
#endif

// Of trivial type, so that the text outlives every destructor of the process.
struct BuildInfo {
  char text[512];
};

BuildInfo make_build_info() {
  const std::string all = akr::text("libakr ", AKR_VERSION_MAJOR, ".", AKR_VERSION_MINOR, ".", AKR_VERSION_PATCH,
                                    "; compiler: ", AKR_COMPILER, "; BLAS: ", akr::linalg::blas_name(),
                                    "; FFT: ", akr::fft_name(), "; instruction set: ", akr::simd::isa_name());
  BuildInfo info{};
  const std::size_t count = std::min(all.size(), sizeof info.text - 1);
  std::copy_n(all.begin(), count, info.text);
  return info;
}

}  // namespace

int32_t akr_version(void) { return AKR_VERSION_MAJOR * 10000 + AKR_VERSION_MINOR * 100 + AKR_VERSION_PATCH; }

const char *akr_build_info(void) {
  const char *answer = "";
  run_light("akr_build_info", [&] {
    static const BuildInfo info = make_build_info();
    answer = info.text;
  });
  return answer;
}

const char *akr_status_name(akr_status status) { return status_name(status); }

const char *akr_last_error(void) { return last_error(); }

void akr_set_planner_lock(akr_lock_fn lock, akr_lock_fn unlock, void *user) {
  run_light("akr_set_planner_lock", [&] {
    if ((lock == nullptr) != (unlock == nullptr)) {
      throw akr::Error(akr::Status::e_argument,
                       akr::text(lock == nullptr ? "lock" : "unlock", ": NULL, but the other of the two is not"));
    }
    akr::set_planner_lock(lock, unlock, user);
  });
}
