// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/taylor.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linalg/blas.hpp"
#include "sketch/tensor_sketch.hpp"

namespace akr {

namespace {

// Degrees above are left out: a tree for them costs more than any factor of G.
constexpr std::int64_t most_degree = 256;
constexpr std::int64_t points_together = 512;

double sizes(std::int64_t v) { return static_cast<double>(v); }

// exp(−ρ/2) ρ^(l/2)/√l!, the norm of a point's features of degree l, ρ = ‖q‖².
double degree_norm(double square, std::int64_t degree) {
  if (!(square > 0)) return degree == 0 ? 1 : 0;
  int sign = 0;  // lgamma would put it into a variable of the whole process
  return std::exp((sizes(degree) * std::log(square) - square - lgamma_r(sizes(degree) + 1, &sign)) / 2);
}

// How many features each degree gets: in proportion to the mean square norm w_l, which minimises the variance
// Σ w_l²/m_l of Z Zᵀ for a given sum of the m_l. Degree 0 is the one feature that it takes exactly.
std::vector<std::int64_t> share(const std::vector<double> &square, std::int64_t rank) {
  std::vector<double> weight(most_degree + 1, 0.0);
  for (const double rho : square) {
    for (std::int64_t l = 0; l <= most_degree; ++l) {
      const double norm = degree_norm(rho, l);
      weight[static_cast<std::size_t>(l)] += norm * norm;
      if (sizes(l) > rho && norm < 1e-10) break;
    }
  }
  double left = 0;
  for (std::int64_t l = 1; l <= most_degree; ++l) left += weight[static_cast<std::size_t>(l)];
  std::vector<std::int64_t> rows(1, 0);
  std::int64_t features = rank - 1;
  for (std::int64_t l = 1; l <= most_degree && left > 0; ++l) {
    const double w = weight[static_cast<std::size_t>(l)];
    const auto m =
        std::min(features, static_cast<std::int64_t>(std::lround(sizes(features) * std::min(1.0, w / left))));
    rows.push_back(m);
    features -= m;
    left -= w;
  }
  while (rows.size() > 1 && rows.back() == 0) rows.pop_back();
  return rows;
}

}  // namespace

LowRank taylor_features(Call &call, const Gaussian &g, std::int64_t rank) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  const std::int64_t n = g.size(), d = g.dim();
  LowRank out;
  out.remainder = Buffer<double>(std::max<std::int64_t>(n, 1));
  if (n == 0) return out;
  Array2<double> q(d, n);
  const std::vector<double> square = g.centred_directions(q.view());
  const std::vector<std::int64_t> rows = share(square, rank);
  const TensorSketch sketch(static_cast<std::uint64_t>(call.options.seed), d, rows);
  out.rank = rank > 0 ? sketch.rows() + 1 : 0;
  out.f = Array2<double>(n, out.rank);
  if (out.rank == 0) return out;
  Array2<double> z(std::max<std::int64_t>(sketch.rows(), 1), std::min(points_together, n));
  for (std::int64_t i = 0; i < n; i += points_together) {
    const std::int64_t count = std::min(points_together, n - i);
    sketch.apply(call.run, View<const double>(q.view()).columns(i, count), z.view().columns(0, count));
    for (std::int64_t k = 0; k < count; ++k) {
      const double rho = square[static_cast<std::size_t>(i + k)];
      double norm = degree_norm(rho, 0);
      out.f(i + k, 0) = norm;
      double sum = norm * norm;
      std::int64_t at = 0;
      for (std::size_t l = 1; l < rows.size(); ++l) {
        norm = degree_norm(rho, static_cast<std::int64_t>(l));
        for (std::int64_t m = 0; m < rows[l]; ++m, ++at) {
          const double feature = norm * z(at, k);
          out.f(i + k, at + 1) = feature;
          sum += feature * feature;
        }
      }
      out.remainder[i + k] = std::max(0.0, 1 - sum);
      out.trace += out.remainder[i + k];
    }
    call.run.monitor().advance(sizes(i + count) / sizes(n));
    call.run.poll();
  }
  return out;
}

}  // namespace akr
