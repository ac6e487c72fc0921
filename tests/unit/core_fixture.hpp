// SPDX-License-Identifier: BSD-3-Clause
// What the white-box tests of the core share: a call to hand down, random data, matrices with a prescribed spectrum and
// references in extended precision.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/memory.hpp"
#include "base/random.hpp"
#include "base/roundoff.hpp"
#include "base/status.hpp"
#include "config/call.hpp"
#include "matrix/dense.hpp"
#include "reference/problem_reference.hpp"

namespace akr::core_fixture {

using numeric::Array;
using numeric::Real;
using numeric::wide;

constexpr Real u64 = 0x1p-53L;
constexpr Real u32 = 0x1p-24L;

// Everything a call of the library is made with.
struct Workbench {
  explicit Workbench(int threads = 1, std::int64_t memory_limit = 0) : run(threads, memory_limit) {}
  akr::Run run;
  Options options;
  Report report;
  Call call{run, options, report};
};

// The message of the Error of the given status that `action` throws; fails the test when it throws nothing of the kind.
template <class Action>
std::string error_text(Status status, Action &&action) {
  try {
    action();
  } catch (const Error &error) {
    EXPECT_EQ(static_cast<int>(error.status()), static_cast<int>(status)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

inline bool contains(const std::string &whole, const std::string &part) {
  return whole.find(part) != std::string::npos;
}

template <class T>
bool same_bits(const T *a, const T *b, std::int64_t count) {
  return count == 0 || std::memcmp(a, b, static_cast<std::size_t>(count) * sizeof(T)) == 0;
}

// Independent standard normals, the same on every machine.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : stream_(seed, Purpose::probe, 99) {}
  double normal() { return stream_.normals(next_++)[0]; }
  std::int64_t below(std::uint32_t bound) { return RandomStream::below(stream_.words(next_++)[0], bound); }
  Array<double> normals(std::int64_t rows, std::int64_t cols = 1) {
    Array<double> out(rows, cols);
    for (std::int64_t i = 0; i < out.size(); ++i) out[i] = normal();
    return out;
  }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

// n x d with orthonormal columns, to extended precision.
inline Array<Real> orthonormal(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  const numeric::HouseholderQr qr(Numbers(seed).normals(n, d).as<Real>());
  Array<Real> q(n, d);
  for (std::int64_t j = 0; j < d; ++j) {
    q(j, j) = 1;
    qr.apply(q.col(j));
  }
  return q;
}

template <class T, class U>
Array<Real> product(const Array<T> &a, const Array<U> &b) {
  Array<Real> out(a.rows(), b.cols());
  for (std::int64_t j = 0; j < b.cols(); ++j) {
    for (std::int64_t k = 0; k < a.cols(); ++k) {
      const Real factor = wide(b(k, j));
      for (std::int64_t i = 0; i < a.rows(); ++i) out(i, j) += wide(a(i, k)) * factor;
    }
  }
  return out;
}

// kappa^(-i/(d-1)), i = 0 … d-1.
inline std::vector<double> log_spaced(std::int64_t d, double kappa) {
  std::vector<double> sigma;
  for (std::int64_t i = 0; i < d; ++i) {
    sigma.push_back(std::pow(kappa, -static_cast<double>(i) / static_cast<double>(std::max<std::int64_t>(d - 1, 1))));
  }
  return sigma;
}

// U diag(sigma) Vᵀ, rounded once: its singular values are sigma to within √d·u·sigma[0].
inline Array<double> with_spectrum(std::int64_t n, const std::vector<double> &sigma, std::uint64_t seed) {
  const std::int64_t d = static_cast<std::int64_t>(sigma.size());
  Array<Real> left = orthonormal(n, d, 2 * seed);
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i < n; ++i) left(i, j) *= wide(sigma[static_cast<std::size_t>(j)]);
  }
  return product(left, orthonormal(d, d, 2 * seed + 1).transposed()).as<double>();
}

// Any shape with rows >= cols.
template <class T>
Array<Real> singular_values(const Array<T> &a) {
  return numeric::jacobi_svd(numeric::HouseholderQr(a.template as<Real>()).r()).sigma;
}

inline Array<double> copied(View<const double> v) {
  Array<double> out(v.rows, v.cols);
  for (std::int64_t j = 0; j < v.cols; ++j) std::copy_n(v.col(j), v.rows, out.col(j));
  return out;
}

inline View<double> view(Array<double> &a) {
  return View<double>(a.data(), a.rows(), a.cols(), std::max<std::int64_t>(a.rows(), 1));
}
inline View<const double> view(const Array<double> &a) {
  return View<const double>(a.data(), a.rows(), a.cols(), std::max<std::int64_t>(a.rows(), 1));
}

inline DenseMatrix<double> dense(const Array<double> &a) {
  return DenseMatrix<double>(false, a.rows(), a.cols(), a.data(), std::max<std::int64_t>(a.rows(), 1), false);
}

}  // namespace akr::core_fixture
