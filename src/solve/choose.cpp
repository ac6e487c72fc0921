// SPDX-License-Identifier: BSD-3-Clause
#include "solve/choose.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "base/status.hpp"
#include "base/text.hpp"
#include "linalg/info.hpp"
#include "precond/block_gram.hpp"
#include "precond/build.hpp"
#include "precond/gram.hpp"

namespace akr {

namespace {

// Rates of two cores of a current x86-64 server; only their ratios matter, and those drift slowly. Those of the BLAS
// are reduced where it has no kernels for the processor.
struct CostModel {
  explicit CostModel(double blas_speed)
      : blas_gram_flops(most_gram_flops * blas_speed),
        most_triangular_flops(60e9 * blas_speed),
        most_qr_flops(95e9 * blas_speed) {}

  // Beside passes at 30e9 bytes a second, so times 22/30 here, 20e9 to 29e9 were measured at d = 100, 47e9 at 300, 64e9
  // at 500, 82e9 at 1000, 103e9 at 2000, 122e9 at 4000. Small blocks of rows are in cache: 2.4e9 to 4.4e9 at d = 10,
  // for any n.
  double qr_flops(double d) const { return most_qr_flops * d / (d + 550) + cached_panel_flops; }

  // n d² of AᵀA a second: beside passes at 30e9 bytes a second, so times 22/30 here, 47e9 were measured at d = 30,
  // 104e9 at 100, 142e9 at 200, 171e9 at 500, 145e9 at 1000, 135e9 at 4000; in single precision 1.4 times that at
  // 100, 1.7 times from 500 on.
  double gram_flops(double d) const {
    const bool own = BlockGram::pays(static_cast<std::int64_t>(d));
    return (own ? most_gram_flops : blas_gram_flops) * d / (d + 60);
  }
  double single_gram_flops(double d) const { return 1.75 * d / (d + 25) * gram_flops(d); }

  // n d² a second, beside passes at 22e9: 7e9 at d = 50, 14e9 at 100, 20e9 at 200, 30e9 at 500, 50e9 at 1000.
  double triangular_flops(double d) const { return most_triangular_flops * d / (d + 350); }

  static constexpr double most_gram_flops = 110e9;  // n d² of AᵀA, by our own kernels
  double blas_gram_flops;                           // by those of the BLAS
  double most_triangular_flops;                     // dtrsm on row blocks
  double most_qr_flops;                             // Householder's QR
  double pass_bytes = 22e9;                         // fused product, bytes of A: 17e9 to 38e9
  double cached_pass_bytes = 44e9;  // of a dense A that the caches hold: 35e9 to 45e9 at d = 10 on a Zen 4
  double cached_bytes = 16e6;
  double single_pass_bytes = 12e9;  // the same of single precision, which is turned into double: 10e9 to 30e9
  // Of a sparse A, on a Zen 3 two to three times as long each: seconds an entry takes in a pass, and as long again for
  // each right-hand side; in AᵀA by entries, to be found by columns, and each of the r²/2 products of a row of r
  // entries; in a sketch, and each entry of S A.
  double sparse_entry_seconds = 0.5e-9;
  double sparse_gram_entry_seconds = 13e-9;
  double sparse_gram_product_seconds = 0.5e-9;
  double sparse_sketch_entry_seconds = 18e-9;
  double sparse_sketch_sum_seconds = 13e-9;
  double sparse_block_bytes = 10e9;  // a second, of the dense blocks that rows with many entries are turned into
  double pass_overhead = 15e-6;      // seconds of a pass over nothing, with what the solver does around it
  double sketch_passes = 3;          // a sketch costs as much as so many passes
  double sketch_overhead = 250e-6;   // seconds of drawing it and preparing its transform
  double cached_panel_flops = 2.5e9;
  // CG steps and checks with a sketch alone, at 8 rows a column: 27 to 31 where κ is small; where it is large the
  // target, relative to ‖A‖‖x‖, is nearer to the start, and 17 to 19 do.
  double sketch_iterations = 30;
  double sketch_iterations_ill_conditioned = 18;
  double single_iterations = 0.4;  // times these where A is in single precision: 24 of 53 bits are wanted
  double refine_passes = 3;        // with a preconditioner that makes A P orthonormal
};
const CostModel &cost() {
  static const CostModel model(linalg::blas_speed());
  return model;
}

// Below this ratio of rows to columns Householder QR of all of A is quicker than a sketch, and safe whatever κ is.
constexpr double qr_ratio = 4.5;
// Problems so small that only the number of LAPACK calls counts.
constexpr double small_entries = 4000;

constexpr double forced_cholesky_limit = 6e7;  // up to 10 passes; at 10⁸ AᵀA mostly has no factor
// Of an operator's own products AᵀA has the errors of its precision, so that κ must be so much below 1/√u: a singular
// matrix in f32 looks like one of κ = 1/√u = 4000.
constexpr double operator_limit = 0.1;
constexpr double most_single_passes = 8;
// The unit step leaves so many u₃₂κ² of the error when AᵀA was summed in single precision (0.04 was measured).
constexpr double single_contraction = 0.1;

constexpr double default_factor = 8;
// Nearer to square a smaller sketch keeps the extra memory within a quarter of A.
constexpr std::int64_t compact_ratio = 64;
constexpr double compact_factor = 6;
constexpr double compact_factor_single = 4;  // S A is in double whatever A is in
// Of less than 8 d rows a sketch of 6 d is no sketch: with 2 d of many columns its factor takes a third of A's own, at
// the price of more steps (20000 x 4000 and κ = 10¹²: 5.2 s, and 7 with Householder's QR; at d = 1000 both are level).
constexpr std::int64_t near_square_ratio = 8;
constexpr std::int64_t near_square_cols = 1000;
constexpr double near_square_factor = 2;
// The unit step diverges below 11.7 on average; with few columns single sketches stray further from the average.
constexpr double gradient_factor = 20;
constexpr double gradient_margin = 16;

double sizes(std::int64_t v) { return static_cast<double>(v); }

// A step to a stronger preconditioner of a sparse A may cost as much as so many solves with a sketch; whoever wants
// to wait longer asks for the method by its name.
constexpr double patience = 30;
constexpr double most_factor = 1000;  // as the option sketch.factor

double reading_seconds(const Matrix &a) {
  const auto bytes = static_cast<double>(a.bytes());
  if (a.is_sparse()) return 2 * cost().sparse_entry_seconds * sizes(a.nnz());
  if (a.bits() == 32) return bytes / cost().single_pass_bytes;
  return bytes / (a.is_dense() && bytes <= cost().cached_bytes ? cost().cached_pass_bytes : cost().pass_bytes);
}

double sketch_setup_seconds(const Matrix &a, double factor) {
  const double d = sizes(a.cols());
  const double entries = factor * d * d;
  const double sketch =
      a.is_sparse() ? cost().sparse_sketch_entry_seconds * sizes(a.nnz()) + cost().sparse_sketch_sum_seconds * entries
                    : cost().sketch_passes * reading_seconds(a);
  return cost().sketch_overhead + sketch + 2 * entries * d / cost().qr_flops(d);
}

// A step of a smaller sketch leaves more of the error, √(d/m).
double step_excess(double factor) { return std::log(default_factor) / std::log(factor); }

bool near_square(const Matrix &a) {
  return a.is_dense() && a.cols() >= near_square_cols && a.rows() < near_square_ratio * a.cols();
}

double sketch_seconds(const Matrix &a, std::int64_t nrhs, bool ill_conditioned = false) {
  double iterations = ill_conditioned ? cost().sketch_iterations_ill_conditioned : cost().sketch_iterations;
  const double factor = sketch_factor_for(Method::sketch, a);
  iterations *= step_excess(factor);
  return sketch_setup_seconds(a, factor) +
         (a.bits() == 32 ? cost().single_iterations : 1) * iterations * pass_seconds(a, nrhs);
}

// (A P)ᵀ(A P), by dense blocks of rows or by d products with A and Aᵀ.
double orthonormalise_seconds(const Matrix &a) {
  if (!a.has_panels()) return pass_seconds(a, a.cols());
  const double d = sizes(a.cols());
  const double nd2 = sizes(a.rows()) * d * d;
  return nd2 * (1 / cost().gram_flops(d) + 1 / cost().triangular_flops(d)) + pass_seconds(a, 1);
}

double cholqr_seconds(const Matrix &a, std::int64_t nrhs) {
  return sketch_setup_seconds(a, sketch_factor_for(Method::sketch_cholqr, a)) + orthonormalise_seconds(a) +
         cost().refine_passes * pass_seconds(a, nrhs);
}

double qr_setup_seconds(const Matrix &a) {
  const double d = sizes(a.cols());
  const double flops = 2 * sizes(a.rows()) * d * d - 2 * d * d * d / 3;
  return flops / cost().qr_flops(d) + pass_seconds(a, 1);
}

double qr_seconds(const Matrix &a, std::int64_t nrhs) {
  return qr_setup_seconds(a) + cost().refine_passes * pass_seconds(a, nrhs);
}

double gram_seconds(const Matrix &a) {
  const double d = sizes(a.cols());
  if (gram_goes_by_entries(a)) {
    const double row = sizes(a.nnz()) / sizes(std::max<std::int64_t>(a.rows(), 1));
    return sizes(a.nnz()) * (cost().sparse_gram_entry_seconds + row / 2 * cost().sparse_gram_product_seconds);
  }
  const double products = sizes(a.rows()) * d * d / cost().gram_flops(d);
  return a.is_sparse() ? products + 8 * sizes(a.rows()) * d / cost().sparse_block_bytes : products;
}

double cholesky_setup_seconds(const Matrix &a) {
  const double d = sizes(a.cols());
  return gram_seconds(a) + d * d * d / 3 / cost().gram_flops(d) + pass_seconds(a, 1);
}

double cholesky_seconds(const Matrix &a, std::int64_t nrhs) {
  return cholesky_setup_seconds(a) + cost().refine_passes * pass_seconds(a, nrhs);
}

// What AᵀA in single precision saves.
double single_gram_savings(const Matrix &a) {
  if (!a.has_panels() || a.is_sparse()) return 0;
  const double conversion = a.bits() == 64 ? reading_seconds(a) : 0;
  const double d = sizes(a.cols());
  return sizes(a.rows()) * d * d * (1 / cost().gram_flops(d) - 1 / cost().single_gram_flops(d)) - conversion;
}

// Each pass reduces the error by the contraction ρ of the unit step, so that the solve takes log(u)/log ρ of them,
// where an AᵀA in double leaves `refine_passes`.
double single_gram_limit(const Matrix &a, std::int64_t nrhs) {
  const double more = single_gram_savings(a) / pass_seconds(a, nrhs);
  if (more <= 0) return 0;
  const double passes = std::min(most_single_passes, cost().refine_passes + more);
  const double contraction = std::pow(unit_roundoff(a.bits()), 1 / passes);
  return std::sqrt(contraction / (single_contraction * unit_roundoff(32)));
}

// AᵀA costs half of its time where single precision does; whether it does is seen early, unless A has few rows: then
// the savings that a glimpse may bring are not counted on.
double hoped_cholesky_seconds(const Matrix &a, std::int64_t nrhs) {
  const double savings = gram_is_seen_early(a) ? std::max(single_gram_savings(a), 0.0) : 0;
  return cholesky_seconds(a, nrhs) - savings;
}

// At κ = 1.2 so many are needed for 16 digits, and to see that κ is larger takes three or four.
constexpr double least_cgls_steps = 16;
// A step with A and Aᵀ one vector at a time, beside d/2 of them that a sketch takes many at a time.
constexpr double cgls_steps_per_column = 0.125;
constexpr std::int64_t least_cgls_cols = 64;

void check_supported(Method method, const Matrix &a) {
  if (method == Method::cgls) {
    throw Error(Status::e_unsupported, "method = cgls: makes no preconditioner; it serves akr_lsq_solve alone");
  }
  if (method == Method::qr && !a.has_panels()) {
    throw Error(Status::e_unsupported, "method = qr: A is given by its products only, and this method needs its rows");
  }
}

}  // namespace

double pass_seconds(const Matrix &a, std::int64_t nrhs) {
  const double more = sizes(a.nnz()) * sizes(std::max<std::int64_t>(nrhs - 1, 0));
  return cost().pass_overhead + reading_seconds(a) +
         more * (a.is_sparse() ? cost().sparse_entry_seconds : 4 / cost().most_gram_flops);
}

double setup_seconds(Method method, const Matrix &a) {
  switch (method) {
    case Method::cholesky:
      return cholesky_setup_seconds(a);
    case Method::qr:
      return qr_setup_seconds(a);
    case Method::sketch_cholqr:
      return sketch_setup_seconds(a, sketch_factor_for(method, a)) + orthonormalise_seconds(a);
    default:
      return sketch_setup_seconds(a, sketch_factor_for(Method::sketch, a));
  }
}

double solve_passes(Method method, const Matrix &a) {
  if (method != Method::sketch) return cost().refine_passes;
  return cost().sketch_iterations * step_excess(sketch_factor_for(method, a));
}

bool suits_qr(const Matrix &a) {
  const double n = sizes(a.rows());
  const double d = sizes(a.cols());
  return a.has_panels() && (n * d <= small_entries || n < qr_ratio * d);
}

CholeskyPlan cholesky_plan(const Options &options, const Matrix &a, std::int64_t nrhs) {
  const bool forced = options.chosen_method() == Method::cholesky;
  CholeskyPlan plan;
  plan.limit = std::min(forced ? forced_cholesky_limit : cholesky_condition_limit,
                        0.1 / rank_tolerance(options, a.cols(), a.bits()));
  if (!a.has_panels()) plan.limit = std::min(plan.limit, operator_limit / std::sqrt(unit_roundoff(a.bits())));
  plan.give_up_early = !forced;
  plan.single_limit = single_gram_limit(a, nrhs);
  plan.single_or_none = !forced && gram_is_seen_early(a) && cholesky_seconds(a, nrhs) > sketch_seconds(a, nrhs);
  return plan;
}

double sketch_factor_for(Method method, const Matrix &a) {
  const double d = static_cast<double>(std::max<std::int64_t>(a.cols(), 1));
  if (method == Method::gradient) return gradient_factor * (1 + gradient_margin / d);
  if (a.rows() >= compact_ratio * a.cols()) return default_factor;
  if (method == Method::sketch && near_square(a)) return near_square_factor;
  return a.bits() == 32 ? compact_factor_single : compact_factor;
}

double larger_sketch_factor(const Options &options, const Matrix &a) {
  const double first = options.sketch_factor > 0 ? options.sketch_factor : sketch_factor_for(Method::sketch, a);
  return std::min(2 * std::max(first, compact_factor / 2), most_factor);
}

Stronger choose_stronger(const Options &options, const Matrix &a, const Precond &m, bool enlarged, std::int64_t nrhs) {
  const bool affordable = !a.is_sparse();  // then a pass costs about as much as its flops
  const double most = patience * sketch_seconds(a, nrhs);
  switch (m.origin) {
    case PrecondOrigin::cholesky:
      return Stronger::sketch;
    case PrecondOrigin::sketch: {
      const double factor = larger_sketch_factor(options, a);
      const double steps = cost().sketch_iterations * step_excess(factor);
      const double larger = sketch_setup_seconds(a, factor) + steps * pass_seconds(a, nrhs);
      const bool fits = 2 * factor * sizes(a.cols()) <= sizes(a.rows());
      if (!a.is_dense() && !enlarged && fits && larger < orthonormalise_seconds(a)) return Stronger::larger_sketch;
      return affordable || orthonormalise_seconds(a) <= most ? Stronger::sketch_cholqr : Stronger::nothing;
    }
    case PrecondOrigin::sketch_cholqr:
      if (!m.full_rank() || !a.has_panels()) return Stronger::nothing;
      return affordable || qr_seconds(a, nrhs) <= most ? Stronger::qr : Stronger::nothing;
    case PrecondOrigin::qr:
    case PrecondOrigin::scaling:
      break;
  }
  return Stronger::nothing;
}

double affordable_cgls_steps(const Options &options, const Matrix &a, std::int64_t nrhs) {
  if (options.max_iter > 0 || a.cols() < least_cgls_cols) return 0;
  double steps = 0;
  if (a.is_sparse()) {
    const double quickest = std::min(cholesky_seconds(a, nrhs), sketch_seconds(a, nrhs));
    steps = (suits_qr(a) ? qr_seconds(a, nrhs) : quickest) / pass_seconds(a, nrhs + 1);
  } else if (!a.has_panels()) {
    steps = cgls_steps_per_column * sizes(a.cols()) + cost().sketch_iterations;
  }
  return steps >= least_cgls_steps ? steps : 0;
}

Method choose_for_ill_conditioned(const Matrix &a, std::int64_t nrhs) {
  if (!a.has_panels() || a.is_sparse()) return Method::sketch;
  const double sketch = sketch_seconds(a, nrhs, true);
  const double cholqr = cholqr_seconds(a, nrhs);
  if (qr_seconds(a, nrhs) <= std::min(sketch, cholqr)) return Method::qr;
  return sketch <= cholqr ? Method::sketch : Method::sketch_cholqr;
}

Method choose_method(const Options &options, const Matrix &a, std::int64_t nrhs) {
  const Method asked = options.chosen_method();
  if (asked != Method::automatic) {
    check_supported(asked, a);
    return asked;
  }
  if (!a.has_panels()) return Method::sketch;
  // AᵀA takes half of the time of Householder's QR or less; with one column κ is 1, and with many a glimpse tells it.
  if (suits_qr(a) && a.cols() > 1 && !gram_is_glimpsed(a)) return Method::qr;
  const bool cholesky = hoped_cholesky_seconds(a, nrhs) <= sketch_seconds(a, nrhs);
  return cholesky ? Method::cholesky : choose_for_ill_conditioned(a, nrhs);
}

}  // namespace akr
