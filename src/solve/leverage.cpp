// SPDX-License-Identifier: BSD-3-Clause
// Leverage scores ℓ_i(μ) = a_iᵀ(AᵀA + μI)⁺a_i = ‖eᵢᵀ A P‖² with A P orthonormal. A preconditioner from a sketch or from
// Cholesky is orthonormalised first: κ(AP) near 1 is not enough here.
#include <algorithm>
#include <optional>
#include <string>

#include "precond/build.hpp"
#include "precond/product_rows.hpp"
#include "solve/lsq.hpp"

namespace akr {

namespace {

void scores_of_panels(Call &call, const Matrix &a, const Precond &m, double *scores) {
  for_each_product_block(call, a, m, [&](std::int64_t first_row, View<double> y) {
    std::fill_n(scores + first_row, y.rows, 0.0);
    for (std::int64_t j = 0; j < y.cols; ++j) {
      for (std::int64_t q = 0; q < y.rows; ++q) scores[first_row + q] += y(q, j) * y(q, j);
    }
  });
}

// Columns of A D P a few at a time.
void scores_of_operator(Call &call, const Matrix &a, const Precond &m, double *scores) {
  constexpr std::int64_t width = 16;
  std::fill_n(scores, a.rows(), 0.0);
  for (std::int64_t first = 0; first < m.rank; first += width) {
    const std::int64_t count = std::min(width, m.rank - first);
    Array2<double> unit(m.rank, count, 0.0);
    for (std::int64_t c = 0; c < count; ++c) unit(first + c, c) = 1;
    Array2<double> p(a.cols(), count);
    m.right(unit.view(), p.view());
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t j = 0; j < a.cols(); ++j) p(j, c) *= m.scale[j];
    }
    Array2<double> y(a.rows(), count);
    a.apply(call.run, p.view(), y.view());
    for (std::int64_t c = 0; c < count; ++c) {
      for (std::int64_t i = 0; i < a.rows(); ++i) scores[i] += y(i, c) * y(i, c);
    }
  }
}

// What somebody made earlier, where it is of this A, this rule of rank and a ridge it can be adapted to.
std::optional<Precond> usable(Call &call, const Matrix &a, const Precond *given, double ridge, std::int64_t &passes) {
  if (given == nullptr || given->tolerance != rank_tolerance(call.options, a.cols(), a.bits())) return std::nullopt;
  ++passes;
  if (!belongs_to(call.run, *given, a)) {
    call.run.monitor().log(1, "the preconditioner was made for another matrix: not used");
    return std::nullopt;
  }
  return given->ridge == ridge ? given->clone() : adapt_ridge(call.options, *given, ridge);
}

void form_scores(Call &call, const Matrix &a, const Precond &m, double *scores) {
  const PhaseTimer timer(call.report, Key::seconds_iterate);
  call.run.monitor().phase("scores");
  call.run.monitor().stage(0.8, 1);
  if (a.has_panels()) {
    scores_of_panels(call, a, m, scores);
  } else {
    scores_of_operator(call, a, m, scores);
  }
}

}  // namespace

Status leverage_scores(Call &call, const Matrix &a, const Precond *given, double ridge, double *scores) {
  if (a.rows() == 0 || a.cols() == 0) {
    std::fill_n(scores, a.rows(), 0.0);
    call.report.set(Key::method, std::string("none"));
    call.report.set(Key::passes, std::int64_t{0});
    call.report.set(Key::rank, ridge > 0 ? a.cols() : std::int64_t{0});
    return Status::ok;
  }
  std::int64_t passes = 0;
  std::optional<Precond> m = usable(call, a, given, ridge, passes);
  if (!m) {
    m = make_precond(call, a, ridge);
    passes += std::get<std::int64_t>(call.report.get(Key::passes));
  }
  const bool orthonormal = m->origin == PrecondOrigin::qr || m->origin == PrecondOrigin::sketch_cholqr;
  if (!orthonormal) {
    if (!orthonormalise(call, a, *m)) {
      throw Error(Status::e_numeric, "A: the Cholesky factor of the preconditioned Gram matrix does not exist");
    }
    ++passes;
  }
  form_scores(call, a, *m, scores);
  report_precond(call.report, *m, passes + 1);
  return m->full_rank() ? Status::ok : Status::rank_deficient;
}

}  // namespace akr
