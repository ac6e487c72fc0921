// SPDX-License-Identifier: BSD-3-Clause
#include "simd/dispatch.hpp"

#include <cstdlib>
#include <cstring>

#include "simd/tables.hpp"

// The tables that simd/kernels/ defines for one instruction set.
#define AKR_DECLARE_TABLES(isa)              \
  namespace isa {                            \
  extern const Kernels kernels;              \
  extern const PairKernels pair_kernels;     \
  extern const ExpKernels exp_kernels;       \
  extern const SketchKernels sketch_kernels; \
  extern const TileKernels tile_kernels;     \
  extern const StripPacks strip_packs;       \
  }
#define AKR_TABLES(isa) \
  { isa::kernels, isa::pair_kernels, isa::exp_kernels, isa::sketch_kernels, isa::tile_kernels, isa::strip_packs }

namespace akr::simd {

AKR_DECLARE_TABLES(generic)
#ifdef AKR_HAVE_AVX
AKR_DECLARE_TABLES(avx2)
AKR_DECLARE_TABLES(avx512)
#endif

std::vector<Tables> runnable_tables() {
  std::vector<Tables> out = {AKR_TABLES(generic)};
#ifdef AKR_HAVE_AVX
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(AKR_TABLES(avx2));
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    out.push_back(AKR_TABLES(avx512));
  }
#endif
  return out;
}

namespace {

Tables choose() {
  const char *asked = std::getenv("AKR_ISA");
  const std::vector<Tables> all = runnable_tables();
  for (const Tables &tables : all) {
    if (asked != nullptr && std::strcmp(asked, tables.kernels.name) == 0) return tables;
  }
  return all.back();
}

const Tables &tables() noexcept {
  static const Tables chosen = choose();
  return chosen;
}

}  // namespace

const Kernels &kernels() noexcept { return tables().kernels; }
const char *isa_name() noexcept { return kernels().name; }
const PairKernels &pair_kernels() noexcept { return tables().pair_kernels; }
const ExpKernels &exp_kernels() noexcept { return tables().exp_kernels; }
const SketchKernels &sketch_kernels() noexcept { return tables().sketch_kernels; }
const TileKernels &tile_kernels() noexcept { return tables().tile_kernels; }
const StripPacks &strip_packs() noexcept { return tables().strip_packs; }

}  // namespace akr::simd
