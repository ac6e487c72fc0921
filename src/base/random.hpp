// SPDX-License-Identifier: BSD-3-Clause
// Counter-based random numbers (Philox 4x32-10; Salmon, Moraes, Dror, Shaw, SC 2011): the value is a function of
// (seed, purpose, block, index), so it depends neither on threads nor on the order in which it is asked for.
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace akr {

// What a stream is for; streams of different purposes are independent. Values are part of the reproducibility promise.
enum class Purpose : std::uint32_t {
  srht_signs = 1,
  srht_output_signs = 2,
  srht_rows = 3,
  srht_permutation = 4,
  sparse_sign = 5,
  gaussian = 6,
  probe = 7,
  pivots = 8,
  nystrom = 9,
  tensor_signs = 10,
  tensor_pairs = 11,
};

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t block = 0) noexcept
      : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
        purpose_(static_cast<std::uint32_t>(purpose)),
        block_(block) {}

  // 128 random bits.
  std::array<std::uint32_t, 4> words(std::uint64_t index) const noexcept {
    const r123::Philox4x32::ctr_type counter = {
        {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), block_, purpose_}};
    const auto out = r123::Philox4x32()(counter, key_);
    return {out[0], out[1], out[2], out[3]};
  }

  // Two standard normals (Box–Muller on 52-bit uniforms in (0, 1)).
  std::array<double, 2> normals(std::uint64_t index) const noexcept {
    const auto w = words(index);
    const double u = uniform(w[0], w[1]);
    const double v = uniform(w[2], w[3]);
    const double radius = std::sqrt(-2.0 * std::log(u));
    const double angle = 6.283185307179586476925286766559 * v;
    return {radius * std::cos(angle), radius * std::sin(angle)};
  }

  // Uniform on {0, …, bound − 1} by multiplication; the bias is below bound·2⁻³².
  static std::uint32_t below(std::uint32_t word, std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(word) * bound) >> 32);
  }

  // Uniform in (0, 1), never an end point.
  static double uniform(std::uint32_t high, std::uint32_t low) noexcept {
    const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 20) | (low >> 12);
    return (static_cast<double>(bits) + 0.5) * 0x1p-52;
  }

 private:
  r123::Philox4x32::key_type key_;
  std::uint32_t purpose_;
  std::uint32_t block_;
};

}  // namespace akr
