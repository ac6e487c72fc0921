// SPDX-License-Identifier: BSD-3-Clause
// Orthonormal r x r transforms H for r a power of two, applied in place to contiguous vectors:
//   hadamard  H_kj = (−1)^popcount(k & j) / √r                    (Sylvester's order; our own code)
//   hartley   H_kj = (cos θ + sin θ) / √r,  θ = 2π kj / r         (FFTW)
//   cosine    H_kj = √(2/r) cos(π k (2j + 1) / (2r)), row 0 divided by √2   (DCT-II, FFTW)
// The first two are symmetric, hence their own inverses; the cosine transform's transpose is the DCT-III.
#pragma once

#include <cstdint>

namespace akr {

enum class TransformKind { hartley, cosine, hadamard };

// Whether this build has the kind: hadamard always, the others with FFTW.
bool has_transform(TransformKind kind) noexcept;

inline constexpr std::int64_t largest_transform = std::int64_t{1} << 14;

// Cheap to make and to copy: plans are made once for each (kind, r, precision) and kept for the life of the process.
// Executing is re-entrant: any number of threads may share one object.
template <class T>
class OrthonormalTransform {
 public:
  // Throws Error(e_argument) unless r is a power of two in [1, 2^14], Error(e_unsupported) where the build has no such
  // kind. Plans, hence takes the planner's lock, the first time.
  OrthonormalTransform(TransformKind kind, std::int64_t r);

  std::int64_t size() const noexcept { return size_; }
  // The scale that makes unscaled() orthonormal.
  T scale() const noexcept { return scale_; }

  // x <- H x and x <- Hᵀ x. x: size() numbers, 64-byte aligned.
  void forward(T *x) const noexcept;
  void transpose(T *x) const noexcept;
  // The same divided by scale(), for callers that fold the scale into another step.
  void forward_unscaled(T *x) const noexcept;
  void transpose_unscaled(T *x) const noexcept;

 private:
  TransformKind kind_;
  std::int64_t size_;
  T scale_;
  const void *forward_plan_ = nullptr;  // FFTW's, for the kinds that are FFTW's
  const void *transpose_plan_ = nullptr;
};

extern template class OrthonormalTransform<double>;
extern template class OrthonormalTransform<float>;

}  // namespace akr
