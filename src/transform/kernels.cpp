// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>

#include "simd/dispatch.hpp"
#include "simd/sketch_kernels.hpp"

namespace akr::simd {

namespace generic {
extern const SketchKernels sketch_kernels;
}
#ifdef AKR_HAVE_AVX
namespace avx2 {
extern const SketchKernels sketch_kernels;
}
namespace avx512 {
extern const SketchKernels sketch_kernels;
}
#endif

namespace {

const SketchKernels *choose() noexcept {
#ifdef AKR_HAVE_AVX
  if (std::strcmp(isa_name(), "avx512") == 0) return &avx512::sketch_kernels;
  if (std::strcmp(isa_name(), "avx2") == 0) return &avx2::sketch_kernels;
#endif
  return &generic::sketch_kernels;
}

}  // namespace

const SketchKernels &sketch_kernels() noexcept {
  static const SketchKernels *const chosen = choose();
  return *chosen;
}

}  // namespace akr::simd
