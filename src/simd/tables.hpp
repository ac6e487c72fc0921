// SPDX-License-Identifier: BSD-3-Clause
// What simd/kernels/ is for one instruction set.
#pragma once

#include <vector>

#include "simd/exp_kernels.hpp"
#include "simd/kernels.hpp"
#include "simd/pair_kernels.hpp"
#include "simd/sketch_kernels.hpp"
#include "simd/tile_kernels.hpp"

namespace akr::simd {

struct Tables {
  const Kernels &kernels;
  const PairKernels &pair_kernels;
  const ExpKernels &exp_kernels;
  const SketchKernels &sketch_kernels;
  const TileKernels &tile_kernels;
  const StripPacks &strip_packs;
};

// Those that this processor can run, the widest vectors last; the library takes the last that AKR_ISA allows.
std::vector<Tables> runnable_tables();

}  // namespace akr::simd
