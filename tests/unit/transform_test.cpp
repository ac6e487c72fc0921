// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/memory.hpp"
#include "base/random.hpp"
#include "base/status.hpp"
#include "simd/dispatch.hpp"
#include "simd/tables.hpp"
#include "transform/info.hpp"
#include "transform/transform.hpp"

// The tables of the single instruction sets; a test runs those that the processor has.
namespace akr {
namespace {

int hadamard_sign(std::int64_t k, std::int64_t j) {
  return __builtin_popcountll(static_cast<unsigned long long>(k & j)) % 2 == 0 ? 1 : -1;
}

void run_hadamard(const simd::SketchKernels &table, std::int64_t r, double *x) { table.hadamard_f64(r, x); }
void run_hadamard(const simd::SketchKernels &table, std::int64_t r, float *x) { table.hadamard_f32(r, x); }

template <class T>
Buffer<T> random_vector(std::int64_t size, std::uint64_t seed) {
  const RandomStream stream(seed, Purpose::probe, 77);
  Buffer<T> x(size);
  for (std::int64_t i = 0; i < size; ++i) x[i] = static_cast<T>(stream.normals(static_cast<std::uint64_t>(i))[0]);
  return x;
}

template <class T>
long double norm(const Buffer<T> &x) {
  long double sum = 0;
  for (const T v : x) sum += static_cast<long double>(v) * static_cast<long double>(v);
  return std::sqrt(sum);
}

// The definition in transform.hpp.
long double entry(TransformKind kind, std::int64_t r, std::int64_t k, std::int64_t j) {
  constexpr long double pi = 3.14159265358979323846264338327950288L;
  const auto size = static_cast<long double>(r);
  if (kind == TransformKind::hadamard) return hadamard_sign(k, j) / std::sqrt(size);
  if (kind == TransformKind::hartley) {
    const long double angle = 2 * pi * static_cast<long double>(k * j % r) / size;
    return (std::cos(angle) + std::sin(angle)) / std::sqrt(size);
  }
  const long double row = std::sqrt((k == 0 ? 1 : 2) / size);
  return row * std::cos(pi * static_cast<long double>(k * (2 * j + 1) % (4 * r)) / (2 * size));
}

std::vector<TransformKind> kinds() {
  std::vector<TransformKind> all = {TransformKind::hadamard};
  if (has_transform(TransformKind::hartley)) {
    all.push_back(TransformKind::hartley);
    all.push_back(TransformKind::cosine);
  }
  return all;
}

// ‖computed − exact‖ ≤ bound·‖x‖. Hadamard: each of the log₂ r stages is √2 times an orthogonal matrix and rounds each
// number once, so its error is at most u times its output's norm and travels on isometrically: log₂ r·u; 1/√r is off by
// at most 2u and multiplying by it rounds once more. Fourier-like: Higham, Accuracy and Stability, Theorem 24.2: at
// most u + γ₄(√2 + u) < 7u a stage for twiddles accurate to u; building a real transform of it costs two stages more.
template <class T>
double error_bound(TransformKind kind, std::int64_t r) {
  const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  const double stages = std::log2(static_cast<double>(r));
  return 1.01 * u * (kind == TransformKind::hadamard ? stages + 3 : 7 * (stages + 2) + 3);
}

template <class T>
class TransformTest : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(TransformTest, Precisions);

TYPED_TEST(TransformTest, HadamardSignsAreExactOnEveryInstructionSet) {
  using T = TypeParam;
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::SketchKernels *const table = &tables.sketch_kernels;
    for (std::int64_t r = 1; r <= 64; r *= 2) {
      for (std::int64_t j = 0; j < r; ++j) {
        Buffer<T> x(r, T(0));
        x[j] = 1;
        run_hadamard(*table, r, x.data());
        for (std::int64_t k = 0; k < r; ++k) ASSERT_EQ(x[k], static_cast<T>(hadamard_sign(k, j))) << r << " " << j;
      }
    }
    for (std::int64_t r = 128; r <= largest_transform; r *= 2) {
      for (const std::int64_t j : {std::int64_t{0}, std::int64_t{1}, r / 3, r / 2, r - 1}) {
        Buffer<T> x(r, T(0));
        x[j] = 1;
        run_hadamard(*table, r, x.data());
        for (std::int64_t k = 0; k < r; ++k) ASSERT_EQ(x[k], static_cast<T>(hadamard_sign(k, j))) << r << " " << j;
      }
    }
  }
}

// Integers small enough to be added without rounding: every instruction set must give the same, exact, sums.
TYPED_TEST(TransformTest, SignedSumsAreExactOnEveryInstructionSet) {
  using T = TypeParam;
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::SketchKernels *const table = &tables.sketch_kernels;
    for (const int wide : {0, 1}) {
      const std::int64_t width = wide == 1 ? 16 : 8;
      constexpr std::int64_t rows = 50;
      constexpr std::int64_t sums = 7;
      Buffer<T> block(rows * width);
      for (std::int64_t i = 0; i < block.size(); ++i) block[i] = static_cast<T>(i % 101 - 50);
      std::vector<std::uint32_t> entries;
      Buffer<double> expected(sums * width, 3.0);
      for (std::int64_t e = 0; e < 200; ++e) {
        const std::int64_t sum = e * 5 % sums;
        const std::int64_t row = e * 17 % rows;
        const bool negative = e % 3 == 0;
        entries.push_back(simd::make_entry(negative ? simd::negative_bit : 0, static_cast<std::uint32_t>(sum),
                                           static_cast<std::uint32_t>(row)));
        for (std::int64_t c = 0; c < width; ++c) {
          expected[sum * width + c] += (negative ? -0.5 : 0.5) * static_cast<double>(block[row * width + c]);
        }
      }
      Buffer<double> got(sums * width, 3.0);
      const auto count = static_cast<std::int64_t>(entries.size());
      if constexpr (std::is_same_v<T, double>) {
        table->signed_sums_f64[wide](count, entries.data(), block.data(), 0.5, got.data());
      } else {
        table->signed_sums_f32[wide](count, entries.data(), block.data(), 0.5, got.data());
      }
      for (std::int64_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], expected[i]) << i;
    }
  }
}

// Random numbers, so that another order of the stages would round otherwise.
TEST(Transform, ColumnsSideBySideHaveTheBitsOfEachAloneOnEveryInstructionSet) {
  constexpr int width = simd::transform_width;
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::SketchKernels *const table = &tables.sketch_kernels;
    for (std::int64_t r = 1; r <= largest_transform; r *= 2) {
      const Buffer<double> numbers = random_vector<double>(r * width, 5);
      Buffer<double> x(r * width);
      std::copy_n(numbers.data(), numbers.size(), x.data());
      table->hadamard_rows(r, x.data());
      for (int c = 0; c < width; ++c) {
        Buffer<double> alone(r);
        for (std::int64_t i = 0; i < r; ++i) alone[i] = numbers[i * width + c];
        table->hadamard_f64(r, alone.data());
        for (std::int64_t i = 0; i < r; ++i) ASSERT_EQ(x[i * width + c], alone[i]) << r << " " << i << " " << c;
      }
    }
  }
}

template <class T>
const simd::Scatters<T> &scatters_of(const simd::SketchKernels &table) {
  if constexpr (std::is_same_v<T, double>) {
    return table.scatter_f64;
  } else {
    return table.scatter_f32;
  }
}

TYPED_TEST(TransformTest, ScattersAndGatherMoveEveryEntryOnEveryInstructionSet) {
  using T = TypeParam;
  constexpr int width = simd::transform_width;
  constexpr std::int64_t rows = 37;  // no multiple of any vector's length
  Buffer<T> a(rows * width);
  std::vector<std::uint32_t> places;
  for (std::int64_t i = 0; i < rows; ++i) {
    places.push_back(static_cast<std::uint32_t>(i * 10 % rows) | (i % 3 == 0 ? simd::negative_bit : 0));
    for (int c = 0; c < width; ++c) a[i * width + c] = static_cast<T>(i * width + c + 1);
  }
  Buffer<T> by_columns(rows * width);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (int c = 0; c < width; ++c) by_columns[i + c * rows] = a[i * width + c];
  }
  for (const simd::Tables &tables : simd::runnable_tables()) {
    const simd::SketchKernels *const table = &tables.sketch_kernels;
    Buffer<double> x(rows * width, 99.0), y(rows * width, 99.0);
    scatters_of<T>(*table).row_major(rows, a.data(), width, places.data(), 0.5, x.data());
    scatters_of<T>(*table).column_major(rows, by_columns.data(), rows, places.data(), 0.5, y.data());
    for (std::int64_t i = 0; i < rows; ++i) {
      for (int c = 0; c < width; ++c) {
        const double expected = (i % 3 == 0 ? -0.5 : 0.5) * static_cast<double>(a[i * width + c]);
        ASSERT_EQ(x[i * 10 % rows * width + c], expected) << i << " " << c;
        ASSERT_EQ(y[i * 10 % rows * width + c], expected) << i << " " << c;
      }
    }
    for (std::int64_t cols = 1; cols <= width; ++cols) {
      Buffer<double> sums((rows + 2) * width, 7.0);
      table->gather_columns(rows, cols, places.data(), x.data(), sums.data(), rows + 2);
      for (int c = 0; c < width; ++c) {
        for (std::int64_t i = 0; i < rows + 2; ++i) {
          const bool wanted = i < rows && c < cols;
          const double expected = wanted ? 7 + 0.5 * static_cast<double>(a[i * width + c]) : 7.0;
          ASSERT_EQ(sums[i + c * (rows + 2)], expected) << i << " " << c << " of " << cols;
        }
      }
    }
  }
}

TYPED_TEST(TransformTest, AgreesWithTheDefiningSums) {
  using T = TypeParam;
  for (const TransformKind kind : kinds()) {
    for (std::int64_t r = 1; r <= 512; r *= 2) {
      const OrthonormalTransform<T> transform(kind, r);
      const Buffer<T> x = random_vector<T>(r, 1);
      Buffer<T> forward(r);
      Buffer<T> transposed(r);
      std::copy(x.begin(), x.end(), forward.begin());
      std::copy(x.begin(), x.end(), transposed.begin());
      transform.forward(forward.data());
      transform.transpose(transposed.data());
      long double forward_error = 0;
      long double transpose_error = 0;
      for (std::int64_t k = 0; k < r; ++k) {
        long double sum = 0;
        long double adjoint = 0;
        for (std::int64_t j = 0; j < r; ++j) {
          sum += entry(kind, r, k, j) * static_cast<long double>(x[j]);
          adjoint += entry(kind, r, j, k) * static_cast<long double>(x[j]);
        }
        forward_error += std::pow(sum - static_cast<long double>(forward[k]), 2.0L);
        transpose_error += std::pow(adjoint - static_cast<long double>(transposed[k]), 2.0L);
      }
      const long double bound = static_cast<long double>(error_bound<T>(kind, r)) * norm(x);
      EXPECT_LE(std::sqrt(forward_error), bound) << static_cast<int>(kind) << " r " << r;
      EXPECT_LE(std::sqrt(transpose_error), bound) << static_cast<int>(kind) << " r " << r;
    }
  }
}

TYPED_TEST(TransformTest, KeepsNormsAndIsUndoneByItsTranspose) {
  using T = TypeParam;
  for (const TransformKind kind : kinds()) {
    const std::int64_t largest = kind == TransformKind::hadamard ? largest_transform : 4096;
    for (std::int64_t r = 1; r <= largest; r *= 2) {
      const OrthonormalTransform<T> transform(kind, r);
      const Buffer<T> x = random_vector<T>(r, 2);
      const auto bound = static_cast<long double>(error_bound<T>(kind, r));
      Buffer<T> y(r);
      std::copy(x.begin(), x.end(), y.begin());
      transform.forward(y.data());
      EXPECT_LE(std::abs(norm(y) - norm(x)), bound * norm(x)) << static_cast<int>(kind) << " r " << r;
      transform.transpose(y.data());
      for (std::int64_t i = 0; i < r; ++i) y[i] -= x[i];  // one more rounding, of a small difference
      EXPECT_LE(norm(y), 2.1L * bound * norm(x)) << static_cast<int>(kind) << " r " << r;
    }
  }
}

TYPED_TEST(TransformTest, InnerProductsShowTheTranspose) {
  using T = TypeParam;
  for (const TransformKind kind : kinds()) {
    for (const std::int64_t r : {2, 64, 4096}) {
      const OrthonormalTransform<T> transform(kind, r);
      Buffer<T> x = random_vector<T>(r, 3);
      Buffer<T> y = random_vector<T>(r, 4);
      Buffer<T> hx(r);
      Buffer<T> hty(r);
      std::copy(x.begin(), x.end(), hx.begin());
      std::copy(y.begin(), y.end(), hty.begin());
      transform.forward(hx.data());
      transform.transpose(hty.data());
      long double left = 0;
      long double right = 0;
      for (std::int64_t i = 0; i < r; ++i) {
        left += static_cast<long double>(hx[i]) * static_cast<long double>(y[i]);
        right += static_cast<long double>(x[i]) * static_cast<long double>(hty[i]);
      }
      EXPECT_LE(std::abs(left - right), 2 * static_cast<long double>(error_bound<T>(kind, r)) * norm(x) * norm(y));
    }
  }
}

TEST(Transform, NaNGoesEverywhere) {
  for (const TransformKind kind : kinds()) {
    const OrthonormalTransform<double> transform(kind, 256);
    Buffer<double> x(256, 1.0);
    x[17] = std::nan("");
    transform.forward(x.data());
    for (const double v : x) ASSERT_TRUE(std::isnan(v));
  }
}

TEST(Transform, RefusesOtherSizes) {
  for (const std::int64_t r : {-4, 0, 3, 48, 32768}) {
    try {
      const OrthonormalTransform<double> transform(TransformKind::hadamard, r);
      FAIL() << r;
    } catch (const Error &e) {
      EXPECT_EQ(e.status(), Status::e_argument);
      EXPECT_NE(std::string(e.what()).find(std::to_string(r)), std::string::npos);
    }
  }
}

TEST(Transform, NameSaysWhetherThereIsFftw) {
  const std::string name = fft_name();
  if (has_transform(TransformKind::cosine)) {
    EXPECT_EQ(name.rfind("FFTW 3.", 0), 0u) << name;
    EXPECT_TRUE(name.find("(static)") != std::string::npos || name.find("(shared)") != std::string::npos) << name;
  } else {
    EXPECT_EQ(name, "none");
    EXPECT_THROW(OrthonormalTransform<double>(TransformKind::hartley, 8), Error);
    try {
      const OrthonormalTransform<double> transform(TransformKind::cosine, 8);
    } catch (const Error &e) {
      EXPECT_EQ(e.status(), Status::e_unsupported);
    }
  }
}

}  // namespace
}  // namespace akr
