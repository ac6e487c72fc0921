// SPDX-License-Identifier: BSD-3-Clause
#include "simd/dispatch.hpp"

#include <cstdlib>
#include <cstring>

#include "simd/exp_kernels.hpp"
#include "simd/pair_kernels.hpp"
#include "simd/tile_kernels.hpp"

namespace akr::simd {

namespace generic {
extern const Kernels kernels;
extern const PairKernels pair_kernels;
extern const ExpKernels exp_kernels;
extern const TileKernels tile_kernels;
}  // namespace generic
#ifdef AKR_HAVE_AVX
namespace avx2 {
extern const Kernels kernels;
extern const PairKernels pair_kernels;
extern const ExpKernels exp_kernels;
extern const TileKernels tile_kernels;
}  // namespace avx2
namespace avx512 {
extern const Kernels kernels;
extern const PairKernels pair_kernels;
extern const ExpKernels exp_kernels;
extern const TileKernels tile_kernels;
}  // namespace avx512
#endif

namespace {

const Kernels *choose() noexcept {
#ifdef AKR_HAVE_AVX
  const char *asked = std::getenv("AKR_ISA");
  const bool below_avx512 = asked != nullptr && (std::strcmp(asked, "avx2") == 0 || std::strcmp(asked, "generic") == 0);
  const bool below_avx2 = asked != nullptr && std::strcmp(asked, "generic") == 0;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (has_avx512 && !below_avx512) return &avx512::kernels;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !below_avx2) return &avx2::kernels;
#endif
  return &generic::kernels;
}

}  // namespace

const Kernels &kernels() noexcept {
  static const Kernels *const chosen = choose();
  return *chosen;
}

const char *isa_name() noexcept { return kernels().name; }

const PairKernels &pair_kernels() noexcept {
#ifdef AKR_HAVE_AVX
  if (&kernels() == &avx512::kernels) return avx512::pair_kernels;
  if (&kernels() == &avx2::kernels) return avx2::pair_kernels;
#endif
  return generic::pair_kernels;
}

const ExpKernels &exp_kernels() noexcept {
#ifdef AKR_HAVE_AVX
  if (&kernels() == &avx512::kernels) return avx512::exp_kernels;
  if (&kernels() == &avx2::kernels) return avx2::exp_kernels;
#endif
  return generic::exp_kernels;
}

const TileKernels &tile_kernels() noexcept {
#ifdef AKR_HAVE_AVX
  if (&kernels() == &avx512::kernels) return avx512::tile_kernels;
  if (&kernels() == &avx2::kernels) return avx2::tile_kernels;
#endif
  return generic::tile_kernels;
}

}  // namespace akr::simd
