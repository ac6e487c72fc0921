// SPDX-License-Identifier: BSD-3-Clause
// Least-squares problems with prescribed singular values and residual.
#pragma once

#include <random>

#include "reference/lapack.hpp"

namespace numeric {

// Box–Muller on 53-bit uniforms, so that the numbers do not depend on the standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586476925 * uniform());
  }
  std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(uniform() * static_cast<double>(bound)); }
  Array<double> normals(std::int64_t rows, std::int64_t cols = 1) {
    Array<double> out(rows, cols);
    for (std::int64_t i = 0; i < out.size(); ++i) out[i] = normal();
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

template <class T>
struct Problem {
  Array<T> a;
  Array<T> b;
};

// n x rank orthonormal U and d x d orthonormal V, made once and used for many spectra.
struct Frame {
  Array<double> u, v;
  Array<double> x;      // a unit vector
  Array<double> noise;  // a unit vector orthogonal to U

  Frame(std::int64_t n, std::int64_t d, std::uint64_t seed) {
    Random random(seed);
    u = orthonormal(random.normals(n, d));
    v = orthonormal(random.normals(d, d));
    x = random.normals(d);
    noise = random.normals(n);
    for (int twice = 0; twice < 2; ++twice) {
      const Array<double> inside = multiply(u, false, multiply(u, true, noise));
      for (std::int64_t i = 0; i < n; ++i) noise[i] -= inside[i];
    }
    scale(x);
    scale(noise);
  }

 private:
  static void scale(Array<double> &w) {
    const double length = static_cast<double>(norm(w));
    for (std::int64_t i = 0; i < w.size(); ++i) w[i] /= length;
  }
};

// kappa^(-i/(d-1)), i = 0 … d-1.
inline Array<double> log_spaced(std::int64_t d, double kappa) {
  Array<double> sigma(d);
  for (std::int64_t i = 0; i < d; ++i)
    sigma[i] = d > 1 ? std::pow(kappa, -static_cast<double>(i) / static_cast<double>(d - 1)) : 1;
  return sigma;
}

// A = U diag(sigma) V^T.
inline Array<double> with_spectrum(const Frame &frame, const Array<double> &sigma) {
  const std::int64_t d = frame.v.rows();
  Array<double> right = frame.v.transposed();
  for (std::int64_t j = 0; j < d; ++j)
    for (std::int64_t i = 0; i < d; ++i) right(i, j) *= sigma[i];
  return multiply(frame.u, false, right);
}

// b = A x + residual_norm·noise, rounded once (the set-up of Epperly, Meier, Nakatsukasa, "Fast randomized
// least-squares solvers can be just as accurate and stable as classical direct solvers", section 5).
template <class T>
Array<T> right_side(const Array<T> &a, const Frame &frame, double residual_norm) {
  Array<double> minus_x = frame.x, r = frame.noise;
  for (std::int64_t i = 0; i < minus_x.size(); ++i) minus_x[i] = -minus_x[i];
  for (std::int64_t i = 0; i < r.size(); ++i) r[i] *= residual_norm;
  return residual(a, r, minus_x).template as<T>();
}

inline Problem<double> make_problem(std::int64_t n, std::int64_t d, double kappa, double residual_norm,
                                    std::uint64_t seed) {
  const Frame frame(n, d, seed);
  Array<double> a = with_spectrum(frame, log_spaced(d, kappa));
  Array<double> b = right_side(a, frame, residual_norm);
  return {std::move(a), std::move(b)};
}

}  // namespace numeric
