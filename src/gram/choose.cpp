// SPDX-License-Identifier: BSD-3-Clause
#include "gram/choose.hpp"

#include <array>
#include <limits>

#include "base/status.hpp"
#include "solve/choose.hpp"

namespace akr {

namespace {

// dgesdd with both sets of vectors takes some 22 d³ flops at a half of the rate of triangular solves (measured at
// d = 500 and 1000), and each of these d² a stage and right-hand side.
constexpr double svd_stages = 40;
// Steps of the Lanczos process that are expected of an exponential.
constexpr double krylov_steps = 60;
// How much quicker a recursion on a sketch must be than one on an accurate R: each of its stages leaves up to three
// times the error, and a stage whose right-hand side has a large component along small singular values takes more
// iterations than a least-squares solve.
constexpr double sketch_handicap = 3;

double sizes(std::int64_t v) { return static_cast<double>(v); }

double recursion_seconds(Method method, const Matrix &a, std::int64_t stages, std::int64_t nrhs) {
  return setup_seconds(method, a) + sizes(stages) * solve_passes(method, a) * pass_seconds(a, nrhs);
}

// The stages, or with singular values the first and the last, are certified a block of columns at a time; the further
// readings of A that this takes are little beside the flops.
double factor_seconds(Method method, const Matrix &a, std::int64_t stages, std::int64_t nrhs) {
  return setup_seconds(method, a) + pass_seconds(a, (worth_svd(a.cols(), stages, nrhs) ? 2 : stages) * nrhs);
}

// The quicker way to an accurate R.
Method accurate_method(const Matrix &a) {
  if (suits_qr(a)) return Method::qr;
  if (!a.has_panels() || a.is_sparse()) return Method::sketch_cholqr;
  return setup_seconds(Method::qr, a) < setup_seconds(Method::sketch_cholqr, a) ? Method::qr : Method::sketch_cholqr;
}

Method recursion_method(const Matrix &a, std::int64_t stages, std::int64_t nrhs, bool cholesky) {
  if (suits_qr(a)) return Method::qr;
  if (!a.has_panels()) return Method::sketch;
  Method best = accurate_method(a);
  const auto seconds = [&](Method method) { return recursion_seconds(method, a, stages, nrhs); };
  if (cholesky && seconds(Method::cholesky) < seconds(best)) best = Method::cholesky;
  return sketch_handicap * seconds(Method::sketch) < seconds(best) ? Method::sketch : best;
}

bool makes_accurate(Method method) { return method == Method::qr || method == Method::sketch_cholqr; }

}  // namespace

bool is_accurate(const Precond &m) { return m.origin == PrecondOrigin::qr || m.origin == PrecondOrigin::sketch_cholqr; }

GramPlan choose_power_plan(const Options &options, const Matrix &a, std::int64_t stages, std::int64_t nrhs,
                           const Precond *given, bool cholesky) {
  GramPlan plan;
  plan.route = options.chosen_gram_method();
  if (plan.route == GramMethod::krylov) {
    throw Error(Status::e_unsupported,
                "gram.method = krylov: serves akr_gram_exp_solve only; powers have recursion and factor");
  }
  const bool free_route = plan.route == GramMethod::automatic;
  const Method asked = options.chosen_method();
  if (asked != Method::automatic) plan.method = choose_method(options, a, nrhs);  // refuses what cannot work
  if (given != nullptr || asked != Method::automatic) {
    const bool accurate = given != nullptr ? is_accurate(*given) : makes_accurate(asked);
    if (free_route) plan.route = accurate ? GramMethod::factor : GramMethod::recursion;
    return plan;
  }
  const Method accurate = accurate_method(a);
  const Method quick = recursion_method(a, stages, nrhs, cholesky);
  if (free_route) {
    const bool factor = factor_seconds(accurate, a, stages, nrhs) <= recursion_seconds(quick, a, stages, nrhs);
    plan.route = factor ? GramMethod::factor : GramMethod::recursion;
  }
  plan.method = plan.route == GramMethod::factor ? accurate : quick;
  return plan;
}

bool worth_svd(std::int64_t cols, std::int64_t stages, std::int64_t nrhs) {
  return 2 * sizes(stages) * sizes(nrhs) > svd_stages * sizes(cols);
}

GramPlan choose_exponential_plan(const Options &options, const Matrix &a, std::int64_t nrhs, const Precond *given) {
  GramPlan plan;
  plan.route = options.chosen_gram_method();
  if (plan.route == GramMethod::recursion) {
    throw Error(Status::e_unsupported,
                "gram.method = recursion: serves powers only; exponentials have factor and krylov");
  }
  const Method asked = options.chosen_method();
  plan.method = asked == Method::qr ? choose_method(options, a, nrhs) : accurate_method(a);
  if (asked == Method::sketch_cholqr) plan.method = asked;
  if (plan.route != GramMethod::automatic) return plan;
  const bool factor = given != nullptr || setup_seconds(plan.method, a) <= krylov_steps * pass_seconds(a, nrhs) ||
                      sizes(a.cols()) <= krylov_steps;
  plan.route = factor ? GramMethod::factor : GramMethod::krylov;
  return plan;
}

}  // namespace akr
