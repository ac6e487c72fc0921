// SPDX-License-Identifier: BSD-3-Clause
// Every table of tile products that this processor can run, against sums in extended precision.
#include "simd/tile_kernels.hpp"

#include "base/memory.hpp"
#include "core_fixture.hpp"

namespace akr::simd {
namespace generic {
extern const TileKernels tile_kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const TileKernels tile_kernels;
}
namespace avx512 {
extern const TileKernels tile_kernels;
}
#endif
}  // namespace akr::simd

namespace akr {
namespace {

using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::wide;

std::vector<const simd::TileKernels *> tables() {
  std::vector<const simd::TileKernels *> out = {&simd::generic::tile_kernels};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(&simd::avx2::tile_kernels);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    out.push_back(&simd::avx512::tile_kernels);
  }
#endif
  return out;
}

simd::TileProduct<double> product_of(const simd::TileKernels &table, double) { return table.product_f64; }
simd::TileProduct<float> product_of(const simd::TileKernels &table, float) { return table.product_f32; }

// Tiles of `rows` rows and `cols` columns; NaN wherever a product must not look.
template <class T>
Buffer<T> tiles(const core_fixture::Array<T> &values) {
  const std::int64_t strip = simd::strip_width<T>;
  const std::int64_t padded = (values.cols() + strip - 1) / strip * strip;
  Buffer<T> out((values.rows() + 63) / 64 * simd::tile_entries, std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t r = 0; r < values.rows(); ++r) {
    for (std::int64_t c = 0; c < padded; ++c) {
      out[r / 64 * simd::tile_entries + simd::strip_start<T>(c) + strip * (r % 64)] =
          c < values.cols() ? values(r, c) : T(0);
    }
  }
  return out;
}

template <class T>
struct Case {
  std::int64_t rows, height, width, ld;
  bool add, upper;
};

template <class T>
void check(simd::TileProduct<T> product, const Case<T> &c) {
  const auto left = Numbers(1).normals(c.rows, c.height).template as<T>();
  const auto right = c.upper ? left : Numbers(2).normals(c.rows, c.width).template as<T>();
  const Buffer<T> a = tiles(left), b = tiles(right);
  const T before = 3;
  Buffer<T> out(c.ld * c.width + 64, before);
  product(c.rows, c.height, c.width, a.data(), b.data(), c.add, c.upper, out.data(), c.ld);
  const Real u = std::numeric_limits<T>::epsilon() / 2;
  for (std::int64_t j = 0; j < c.width; ++j) {
    for (std::int64_t i = 0; i < (c.upper ? j + 1 : c.height); ++i) {
      Real sum = c.add ? Real(before) : 0, size = std::fabs(sum);
      for (std::int64_t r = 0; r < c.rows; ++r) {
        sum += wide(left(r, i)) * wide(right(r, j));
        size += std::fabs(wide(left(r, i)) * wide(right(r, j)));
      }
      // A rounding each for the products, the additions and the last one.
      ASSERT_LE(std::fabs(wide(out[i + c.ld * j]) - sum), u * static_cast<Real>(c.rows + 2) * size)
          << i << ", " << j << " of " << c.rows << ": " << c.height << " x " << c.width;
    }
    // Below a column nothing is changed but what the last strip covers, and that by + 0 where the sum is added to.
    const std::int64_t strips = (c.height + simd::strip_width<T> - 1) / simd::strip_width<T> * simd::strip_width<T>;
    for (std::int64_t i = c.add && !c.upper ? c.height : strips; i < c.ld; ++i) {
      ASSERT_EQ(out[i + c.ld * j], before) << i << ", " << j;
    }
  }
}

template <class T>
void check_all(const simd::TileKernels &table) {
  const auto product = product_of(table, T());
  for (const std::int64_t rows : {1, 63, 64, 65, 200}) {
    for (const std::int64_t height : {1, 8, 17, 40, 64}) {
      for (const std::int64_t width : {1, 2, 5, 6, 11, 36, 64}) {
        for (const bool add : {false, true}) check<T>(product, {rows, height, width, 80, add, false});
      }
      for (const bool add : {false, true}) check<T>(product, {rows, height, height, 80, add, true});
    }
  }
}

TEST(TileKernels, AreSumsOfProductsOnEveryInstructionSet) {
  for (const simd::TileKernels *table : tables()) {
    check_all<double>(*table);
    check_all<float>(*table);
  }
}

}  // namespace
}  // namespace akr
