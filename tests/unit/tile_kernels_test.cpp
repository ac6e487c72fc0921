// SPDX-License-Identifier: BSD-3-Clause
// Every table of tile products and of packing that this processor can run, against sums in extended precision and
// against the layout.
#include "simd/tile_kernels.hpp"

#include "base/memory.hpp"
#include "core_fixture.hpp"
#include "simd/tables.hpp"

namespace akr {
namespace {

using core_fixture::Numbers;
using core_fixture::Real;
using core_fixture::wide;

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
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::TileKernels *const table = &tables.tile_kernels;
    check_all<double>(*table);
    check_all<float>(*table);
  }
}

// Strips by a matrix with either of its strides 1, and with neither; what lies between the strips stays as it was.
void check_strips(simd::StripProduct product, std::int64_t rows, std::int64_t strips, std::int64_t width,
                  std::int64_t row_step, std::int64_t col_step) {
  constexpr std::int64_t strip = simd::strip_width<double>;
  const std::int64_t left_apart = strip * (rows + 1), product_apart = strip * (width + 2);
  Numbers numbers(9);
  const auto draw = [&](std::int64_t count) {
    Buffer<double> out(count);
    for (std::int64_t i = 0; i < count; ++i) out[i] = numbers.normal();
    return out;
  };
  const Buffer<double> left = draw(strips * left_apart), right = draw(rows * row_step + width * col_step);
  Buffer<double> out = draw(strips * product_apart), before(out.size());
  std::copy_n(out.data(), out.size(), before.data());
  product(rows, strips, width, left.data(), left_apart, right.data(), row_step, col_step, out.data(), product_apart);
  for (std::int64_t s = 0; s < strips; ++s) {
    for (std::int64_t j = 0; j < width + 2; ++j) {
      for (std::int64_t i = 0; i < strip; ++i) {
        const std::int64_t at = s * product_apart + strip * j + i;
        Real sum = before[at], size = std::fabs(sum);
        for (std::int64_t r = 0; j < width && r < rows; ++r) {
          const Real term = wide(left[s * left_apart + strip * r + i]) * wide(right[r * row_step + j * col_step]);
          sum += term;
          size += std::fabs(term);
        }
        const Real bound = j < width ? core_fixture::u64 * static_cast<Real>(rows + 2) * size : 0;
        ASSERT_LE(std::fabs(wide(out[at]) - sum), bound) << "strip " << s << ", " << i << ", " << j;
      }
    }
  }
}

TEST(TileKernels, StripsByAnyMatrixOnEveryInstructionSet) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    SCOPED_TRACE(tables.kernels.name);
    const simd::StripProduct product = tables.tile_kernels.strip_product;
    for (const std::int64_t rows : {0, 1, 63, 64, 129, 300}) {
      for (const std::int64_t strips : {1, 2, 3, 4, 7, 9}) {
        for (const std::int64_t width : {1, 2, 5, 6, 13}) {
          check_strips(product, rows, strips, width, 1, rows + 3);
          check_strips(product, rows, strips, width, width + 1, 1);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
    check_strips(product, 20, 2, 7, 16, 2);
  }
}

simd::StripPack<double, double> pack_of(const simd::StripPacks &table, double, double) { return table.f64; }
simd::StripPack<double, float> pack_of(const simd::StripPacks &table, double, float) { return table.f64_of_f32; }
simd::StripPack<float, double> pack_of(const simd::StripPacks &table, float, double) { return table.f32_of_f64; }
simd::StripPack<float, float> pack_of(const simd::StripPacks &table, float, float) { return table.f32; }

// Against the layout's definition, in both layouts of A; what is not of the tiles stays as it was.
template <class W, class T>
void check_pack(const simd::StripPacks &table, std::int64_t rows, std::int64_t cols) {
  const std::int64_t lead = 5, row_ld = cols + 3, col_ld = rows + 2;  // A need not begin on a line of the cache
  const auto a = Numbers(3).normals(rows, cols).template as<T>();
  Buffer<T> by_rows(lead + rows * row_ld, T(7)), by_cols(lead + cols * col_ld, T(7));
  std::vector<double> scales;
  for (std::int64_t c = 0; c < cols; ++c) {
    scales.push_back(std::ldexp(1.0, static_cast<int>(c % 9) - 4));
    for (std::int64_t r = 0; r < rows; ++r) by_rows[lead + r * row_ld + c] = by_cols[lead + c * col_ld + r] = a(r, c);
  }
  const double *const scale = sizeof(W) == 8 ? nullptr : scales.data();
  const std::int64_t size = (rows + 63) / 64 * simd::tile_entries;
  Buffer<W> expected(size, W(-1)), from_rows(size, W(-1)), from_cols(size, W(-1));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < (cols + simd::strip_width<W> - 1) / simd::strip_width<W> * simd::strip_width<W>; ++c) {
      W &entry = expected[r / 64 * simd::tile_entries + simd::strip_start<W>(c) + simd::strip_width<W> * (r % 64)];
      entry = c >= cols ? W(0) : static_cast<W>((scale != nullptr ? scale[c] : 1.0) * static_cast<double>(a(r, c)));
    }
  }
  const auto pack = pack_of(table, W(), T());
  pack(rows, cols, by_rows.data() + lead, row_ld, 1, scale, from_rows.data());
  pack(rows, cols, by_cols.data() + lead, 1, col_ld, scale, from_cols.data());
  EXPECT_TRUE(core_fixture::same_bits(expected.data(), from_rows.data(), size)) << rows << " x " << cols << " by rows";
  EXPECT_TRUE(core_fixture::same_bits(expected.data(), from_cols.data(), size)) << rows << " x " << cols;
}

TEST(StripPacks, PutEveryEntryInItsPlaceOnEveryInstructionSet) {
  for (const simd::Tables &tables : simd::runnable_tables()) {
    SCOPED_TRACE(tables.kernels.name);
    for (const std::int64_t rows : {1, 7, 16, 63, 64, 65, 150}) {
      for (const std::int64_t cols : {1, 7, 8, 9, 16, 33, 63, 64}) {
        check_pack<double, double>(tables.strip_packs, rows, cols);
        check_pack<double, float>(tables.strip_packs, rows, cols);
        check_pack<float, double>(tables.strip_packs, rows, cols);
        check_pack<float, float>(tables.strip_packs, rows, cols);
      }
    }
  }
}

}  // namespace
}  // namespace akr
