// SPDX-License-Identifier: BSD-3-Clause
#include "solve/conjugate_gradients.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/blas.hpp"

namespace akr {

namespace {

// The gradient of the first round carries an error of about u(σ‖x~‖ + 0.04 κ‖r‖) in the preconditioned variables
// (Epperly, Meier, Nakatsukasa, arXiv 2406.03468, section 4): to iterate far below it is wasted.
double first_floor(const Precond &m, const double *x, double weight) {
  const double size = linalg::norm2(x, m.cols);
  return 10 * unit_roundoff(64) * (m.sigma_max * size + 0.04 * m.condition * weight);
}

// Later rounds go on until the backward error is small: components of Pᵀg along large singular values must fall to
// u‖r‖, though those along small ones stay at uκ‖r‖ whatever one does.
double last_floor(const Precond &m, const double *x, double weight) {
  return 0.01 * unit_roundoff(64) * (m.sigma_max * linalg::norm2(x, m.cols) + weight);
}

// Where P is not made of A, a component of Pᵀg may matter that is κ times smaller than the floors are for an
// orthonormal A P: this part of them.
double floor_share(const SpectrumProbe *probe) { return probe == nullptr ? 1 : std::sqrt(probe->least_ratio()); }

// A backward stable x leaves A D of norm σ₁ a gradient of u σ₁²‖x~‖, of which a lower bound σ of the singular values
// can say no more than u σ₁²/σ, beside ‖A D‖_F = √d σ₁ or so: for small residuals the certificate is met up to κ = √d
// alone (at κ = 30 and 80 columns it stood at 3.4 u).
double certified_condition(const Precond &m, double target) {
  return std::sqrt(static_cast<double>(m.cols)) * target / unit_roundoff(m.bits);  // to which x is rounded
}

// The weight follows by subtraction of squares and so is known to √u of what it was. With a singular A and b in its
// range there is nothing else to stop at, and rounding errors in the null space would grow: the residual is looked at
// again.
constexpr double lost_weight = 1e-7;

// ‖D⁻¹g~‖
double gradient_norm(const Precond &m, const double *g) {
  double square = 0;
  for (std::int64_t j = 0; j < m.cols; ++j) square += (g[j] / m.scale[j]) * (g[j] / m.scale[j]);
  return std::sqrt(square);
}

constexpr int exact_every = 4;  // iterations between two exact backward errors
constexpr double safety = 0.3;  // the recurrence must promise this much of the target

struct Column {
  double norm = 0;  // ‖z‖
  double rho = 0;   // its square
  double floor = 0;
  double lost = 0;  // a weight that its recurrence no longer knows
  bool active = true;
};

}  // namespace

void conjugate_gradient_round(Call &call, NormalProblem &problem, const Precond &m, BackwardError &error,
                              CgRound &round, View<double> step, RefineResult &result) {
  const std::int64_t d = m.cols;
  const std::int64_t k = round.x.cols;
  const std::int64_t products = k + (round.probe != nullptr ? 1 : 0);
  Array2<double> z(m.rank, k), p(m.rank, k), q(d, products), h(d, products), xt(d, k);
  std::vector<double> energy(static_cast<std::size_t>(products));
  std::vector<Column> columns(static_cast<std::size_t>(k));
  std::vector<BackwardError::Point> points;
  points.reserve(static_cast<std::size_t>(k));
  for (std::int64_t c = 0; c < k; ++c) std::fill_n(step.col(c), d, 0.0);

  m.right_transpose(round.g, z.view());
  for (std::int64_t c = 0; c < k; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    Column &col = columns[at];
    const double norm = linalg::norm2(z.col(c), m.rank);
    col.rho = norm * norm;
    col.floor = round.first ? first_floor(m, round.x.col(c), round.weight[at])
                            : last_floor(m, round.x.col(c), round.weight[at]);
    col.floor *= floor_share(round.probe);
    col.lost = lost_weight * round.weight[at];
    col.active = norm > 0;
    std::copy_n(z.col(c), m.rank, p.col(c));
  }

  auto any_active = [&] {
    return std::any_of(columns.begin(), columns.end(), [](const Column &c) { return c.active; });
  };
  const auto probes = [&] { return round.probe != nullptr && !round.probe->settled(); };
  while (round.done < round.max_iterations && (any_active() || probes())) {
    const bool probing = probes();
    m.right(p.view(), q.view().columns(0, k));
    if (probing) std::copy_n(round.probe->direction(), d, q.col(k));
    const std::int64_t taking_part = probing ? k + 1 : k;
    problem.normal_product(q.view().columns(0, taking_part), h.view().columns(0, taking_part), energy.data());
    if (probing) {
      round.probe->take(h.col(k), energy[static_cast<std::size_t>(k)]);
      error.set_least_singular_value(std::sqrt(round.probe->least_eigenvalue()));
    }
    double worst = 0;
    for (std::int64_t c = 0; c < k; ++c) {
      Column &col = columns[static_cast<std::size_t>(c)];
      const std::size_t at = static_cast<std::size_t>(c);
      const double alpha = energy[at] > 0 ? col.rho / energy[at] : 0;
      if (!col.active || alpha == 0 || !std::isfinite(alpha)) {
        col.active = false;
        std::fill_n(p.col(c), m.rank, 0.0);
        continue;
      }
      linalg::axpy(alpha, q.col(c), step.col(c), d);
      linalg::axpy(-alpha, h.col(c), round.g.col(c), d);
      round.weight[at] = problem.weight_after(round.weight[at], alpha * col.rho);
    }
    ++round.done;
    m.right_transpose(round.g, z.view());
    points.clear();
    for (std::int64_t c = 0; c < k; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      Column &col = columns[at];
      if (!col.active) continue;
      col.norm = linalg::norm2(z.col(c), m.rank);
      if (!(col.norm > col.floor)) continue;
      for (std::int64_t j = 0; j < d; ++j) xt(j, c) = round.x(j, c) + step(j, c);
      points.push_back({xt.col(c), round.g.col(c), round.weight[at], problem.perturbed_rhs(round.rhs[at]),
                        round.done % exact_every == 0});
    }
    const std::vector<double> errors = error.evaluate(points, safety * round.target);
    auto next_error = errors.begin();
    for (std::int64_t c = 0; c < k; ++c) {
      Column &col = columns[static_cast<std::size_t>(c)];
      const std::size_t at = static_cast<std::size_t>(c);
      if (!col.active) continue;
      const double beta = col.norm * col.norm / col.rho;
      col.rho = col.norm * col.norm;
      for (std::int64_t i = 0; i < m.rank; ++i) p(i, c) = z(i, c) + beta * p(i, c);
      const bool lost =
          round.probe != nullptr && !(round.probe->least_eigenvalue() > 0) && round.weight[at] <= col.lost;
      col.active = col.norm > col.floor;
      if (col.active) {
        const double be = *next_error++;
        const bool small =
            round.residual > 0 && gradient_norm(m, round.g.col(c)) <= safety * round.residual * round.rhs[at];
        col.active = be > safety * round.target && !small && !lost;
      }
      if (!col.active) std::fill_n(p.col(c), m.rank, 0.0);
      worst = std::max(worst, round.rhs[at] > 0 ? col.norm / round.rhs[at] : 0.0);
    }
    if (k > 0) result.history.push_back(worst);
    call.run.monitor().iteration(result.iterations + round.done);
    call.run.poll();
    if (round.probe != nullptr && round.affordable_steps > 0 && (any_active() || probes())) {
      const double steps = static_cast<double>(result.iterations + round.done);
      round.in_vain = std::max(round.probe->steps_to(round.target), steps) > round.affordable_steps ||
                      round.probe->condition() > certified_condition(m, round.target);
      if (round.in_vain) return;
    }
  }
}

}  // namespace akr
