// SPDX-License-Identifier: BSD-3-Clause
#include "transform/transform.hpp"

#include <cmath>

#include "base/status.hpp"
#include "base/text.hpp"
#include "transform/fftw.hpp"
#include "transform/hadamard.hpp"

namespace akr {

namespace {

const char *name(TransformKind kind) { return kind == TransformKind::hartley ? "hartley" : "cosine"; }

}  // namespace

bool has_transform(TransformKind kind) noexcept { return kind == TransformKind::hadamard || fftw::available(); }

template <class T>
OrthonormalTransform<T>::OrthonormalTransform(TransformKind kind, std::int64_t r) : kind_(kind), size_(r) {
  if (r < 1 || r > largest_transform || (r & (r - 1)) != 0) {
    throw Error(Status::e_argument,
                text("transform of ", r, " points: must be a power of two of at most ", largest_transform));
  }
  if (!has_transform(kind)) {
    throw Error(Status::e_unsupported,
                text("sketch.transform = ", name(kind), ": this build has no FFTW; hadamard needs none"));
  }
  // REDFT10 is twice the unnormalised DCT-II: its squared row norms are 2r, and 4r for row 0 (cured in the transforms).
  scale_ = static_cast<T>(1.0 / std::sqrt(static_cast<double>(kind == TransformKind::cosine ? 2 * r : r)));
  if (kind == TransformKind::hartley) {
    forward_plan_ = transpose_plan_ = fftw::plan<T>(fftw::Kind::dht, r);
  } else if (kind == TransformKind::cosine) {
    forward_plan_ = fftw::plan<T>(fftw::Kind::redft10, r);
    transpose_plan_ = fftw::plan<T>(fftw::Kind::redft01, r);
  }
}

template <class T>
void OrthonormalTransform<T>::forward_unscaled(T *x) const noexcept {
  if (kind_ == TransformKind::hadamard) return hadamard_unscaled(size_, x);
  fftw::execute(forward_plan_, x);
  if (kind_ == TransformKind::cosine) x[0] *= static_cast<T>(0.70710678118654752440);
}

template <class T>
void OrthonormalTransform<T>::transpose_unscaled(T *x) const noexcept {
  if (kind_ == TransformKind::hadamard) return hadamard_unscaled(size_, x);
  // REDFT01 takes x_0 once and the others twice; the orthonormal transpose weighs them 1/√2 : 1.
  if (kind_ == TransformKind::cosine) x[0] *= static_cast<T>(1.41421356237309504880);
  fftw::execute(transpose_plan_, x);
}

template <class T>
void OrthonormalTransform<T>::forward(T *x) const noexcept {
  forward_unscaled(x);
  for (std::int64_t i = 0; i < size_; ++i) x[i] *= scale_;
}

template <class T>
void OrthonormalTransform<T>::transpose(T *x) const noexcept {
  transpose_unscaled(x);
  for (std::int64_t i = 0; i < size_; ++i) x[i] *= scale_;
}

template class OrthonormalTransform<double>;
template class OrthonormalTransform<float>;

}  // namespace akr
