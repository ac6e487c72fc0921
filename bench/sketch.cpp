// SPDX-License-Identifier: BSD-3-Clause
// Cost and quality of the sketches, by kind.
//   akr_bench_sketch [rows [cols [threads [seeds]]]]     defaults 100000 500 0 (all) 20
// Cost: the best of 5 runs, beside one reading of A by the same threads. Quality: extreme singular values of S·Q over
// the seeds, worst and mean, for Q orthonormal: incoherent (from normal numbers), [I; 0], and strided unit vectors.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "matrix/dense.hpp"
#include "sketch/sketch.hpp"
#include "transform/info.hpp"
#include "transform/transform.hpp"

namespace {

using akr::Array2;
using akr::Run;
using akr::SketchKind;
using akr::SketchSpec;
using akr::Transform;

struct Candidate {
  SketchKind kind;
  Transform transform;
  int nonzeros;
};

std::vector<Candidate> candidates() {
  std::vector<Candidate> all = {{SketchKind::sparse_sign, Transform::hadamard, 4},
                                {SketchKind::sparse_sign, Transform::hadamard, 8},
                                {SketchKind::srht, Transform::hadamard, 1}};
  if (akr::has_transform(akr::TransformKind::hartley)) {
    all.push_back({SketchKind::srht, Transform::hartley, 1});
    all.push_back({SketchKind::srht, Transform::cosine, 1});
  }
  return all;
}

SketchSpec spec_of(const Candidate &c, std::int64_t sketch_rows, std::int64_t rows, std::uint64_t seed) {
  return SketchSpec{c.kind, c.transform, sketch_rows, rows, c.nonzeros, seed};
}

template <class F>
double best_seconds(int repeats, F &&run) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const double start = akr::seconds_now();
    run();
    best = std::min(best, akr::seconds_now() - start);
  }
  return best;
}

template <class T>
double seconds_to_read(Run &run, const std::vector<T> &a) {
  constexpr std::int64_t pieces = 64;
  const auto size = static_cast<std::int64_t>(a.size());
  std::vector<T> sums(pieces * 16);
  return best_seconds(5, [&] {
    run.parallel(pieces, [&](std::int64_t piece, int) {
      T sum[8] = {};
      for (std::int64_t i = size * piece / pieces; i + 8 <= size * (piece + 1) / pieces; i += 8) {
        for (std::int64_t k = 0; k < 8; ++k) sum[k] += a[static_cast<std::size_t>(i + k)];
      }
      for (const T s : sum) sums[static_cast<std::size_t>(piece * 16)] += s;
    });
  });
}

template <class T>
void cost(std::int64_t n, std::int64_t d, int threads) {
  Run run(threads, 0);
  std::vector<T> a(static_cast<std::size_t>(n * d));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(static_cast<double>(i * 2654435761u % 1000) * 1e-3);
  const double reading = seconds_to_read(run, a);
  std::printf("\nf%d %lld x %lld, %d threads; reading A: %.4f s\n", static_cast<int>(8 * sizeof(T)),
              static_cast<long long>(n), static_cast<long long>(d), run.team().size(), reading);
  std::printf("%-14s %2s %5s %-4s %9s %11s %9s\n", "kind", "nz", "m/d", "", "seconds", "ns/element", "readings");
  for (const Candidate &c : candidates()) {
    for (const std::int64_t factor : {4, 8, 12}) {
      const SketchSpec spec = spec_of(c, factor * d, n, 1);
      const auto sketch = akr::make_sketch(spec);
      Array2<double> sa(spec.sketch_rows, d);
      for (const bool row_major : {false, true}) {
        const akr::DenseMatrix<T> matrix(row_major, n, d, a.data(), row_major ? d : n, false);
        const double seconds = best_seconds(5, [&] { akr::sketch_matrix(run, *sketch, matrix, sa.view()); });
        std::printf("%-14s %2d %5lld %-4s %9.4f %11.3f %9.2f\n", akr::sketch_kind_name(spec), c.nonzeros,
                    static_cast<long long>(factor), row_major ? "row" : "col", seconds,
                    seconds * 1e9 / static_cast<double>(n * d), seconds / reading);
      }
    }
  }
}

enum class Basis { incoherent, top, strided };

Array2<double> basis(Basis kind, std::int64_t n, std::int64_t d) {
  Array2<double> q(n, d, 0.0);
  if (kind == Basis::incoherent) {
    const akr::RandomStream stream(1, akr::Purpose::probe);
    for (std::int64_t i = 0; i < n * d; ++i) q.data()[i] = stream.normals(static_cast<std::uint64_t>(i))[0];
    std::vector<double> tau(static_cast<std::size_t>(d));
    akr::linalg::qr(q.view(), tau.data());
    akr::linalg::form_q(q.view(), tau.data());
    return q;
  }
  for (std::int64_t j = 0; j < d; ++j) q(kind == Basis::top ? j : j * (n / d), j) = 1;
  return q;
}

void quality(std::int64_t seeds) {
  constexpr std::int64_t n = 16384;
  std::printf(
      "\nsingular values of S Q, n = %lld, %lld seeds: worst smallest, mean smallest, mean largest, worst largest"
      " (Gaussian theory: 1 -+ sqrt(d/m))\n",
      static_cast<long long>(n), static_cast<long long>(seeds));
  Run run(0, 0);
  for (const std::int64_t d : {16, 64, 256}) {
    for (const Basis kind : {Basis::incoherent, Basis::top, Basis::strided}) {
      const Array2<double> q = basis(kind, n, d);
      const akr::DenseMatrix<double> a(false, n, d, q.data(), n, false);
      for (const std::int64_t factor : {2, 4, 8, 12}) {
        for (const Candidate &c : candidates()) {
          double extremes[4] = {1e300, 0, 0, 0};
          const std::int64_t count = d == 256 ? (seeds + 3) / 4 : seeds;
          for (std::int64_t seed = 0; seed < count; ++seed) {
            const SketchSpec spec = spec_of(c, factor * d, n, static_cast<std::uint64_t>(seed));
            Array2<double> sq(spec.sketch_rows, d);
            akr::sketch_matrix(run, *akr::make_sketch(spec), a, sq.view());
            std::vector<double> tau(static_cast<std::size_t>(d));
            akr::linalg::qr(sq.view(), tau.data());
            akr::linalg::clear_lower(sq.view().block(0, d, 0, d));
            const auto svd = akr::linalg::svd(sq.view().block(0, d, 0, d));
            extremes[0] = std::min(extremes[0], svd.s[d - 1]);
            extremes[1] += svd.s[d - 1] / static_cast<double>(count);
            extremes[2] += svd.s[0] / static_cast<double>(count);
            extremes[3] = std::max(extremes[3], svd.s[0]);
          }
          constexpr const char *names[] = {"incoherent", "[I; 0]", "strided"};
          const double eta = 1 / std::sqrt(static_cast<double>(factor));
          std::printf("d %3lld m %2lld d %-10s %-14s %2d   %.3f %.3f %.3f %.3f   (%.3f %.3f)\n",
                      static_cast<long long>(d), static_cast<long long>(factor), names[static_cast<int>(kind)],
                      akr::sketch_kind_name(spec_of(c, 1, 1, 0)), c.nonzeros, extremes[0], extremes[1], extremes[2],
                      extremes[3], 1 - eta, 1 + eta);
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  const auto argument = [&](int i, std::int64_t otherwise) { return argc > i ? std::atoll(argv[i]) : otherwise; };
  const std::int64_t n = argument(1, 100000);
  const std::int64_t d = argument(2, 500);
  const int threads = static_cast<int>(argument(3, 0));
  std::printf("%s\n", akr::fft_name());
  cost<double>(n, d, threads);
  cost<float>(n, d, threads);
  quality(argument(4, 20));
}
