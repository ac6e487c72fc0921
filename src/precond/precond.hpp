// SPDX-License-Identifier: BSD-3-Clause
// A preconditioner for A: P with A D P nearly orthonormal on the numerical row space of A (of the stacked matrix
// [A; √μ I] for a ridge μ). All of it is double, whatever the precision of A.
//
// Columns are scaled first, by powers of two D so that the columns of A D have norm about 1: without it, columns graded
// down to 10⁻¹⁸ lose all accuracy column by column. In the scaled variables RᵀR ≈ D (AᵀA + μ I) D.
//   full rank:      P = R⁻¹
//   rank k < d:     P = V_k Σ_k⁻¹ C⁻¹ (d x k), with N an orthonormal basis of the numerical null space of A
// Vectors of the scaled variables are written x~ = D⁻¹x, g~ = D g; P maps between those.
#pragma once

#include <cstdint>
#include <optional>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "base/view.hpp"
#include "linalg/blas.hpp"
#include "matrix/matrix.hpp"
#include "sketch/sketch.hpp"

namespace akr {

// scaling: P is the identity, nothing but D was made.
enum class PrecondOrigin { sketch, sketch_cholqr, cholesky, qr, scaling };

// What is known of a preconditioner beside its arrays.
struct PrecondFacts {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  int bits = 64;
  double ridge = 0;
  PrecondOrigin origin = PrecondOrigin::sketch;
  std::int64_t rank = 0;
  std::int64_t passes = 0;  // over A, to make it

  // ‖A‖_F, the ridge left out. cholesky, qr: up to rounding (single, where AᵀA was summed so). sketch and what is made
  // of it: ‖S A‖_F, whose square has the expectation ‖A‖_F² and, for m rows of S, a relative deviation of at most about
  // √(2/m), so ‖S A‖_F itself half as much. It serves to choose a scale, and where √μ > ‖A‖_F to weigh A against the
  // ridge (BackwardError): the certificate's own ‖[A; √μ I]‖_F is that of R.
  double frobenius = 0;
  double sigma_max = 0;    // of the scaled stacked matrix
  double condition = 1;    // of its numerically nonzero part
  double tolerance = 0;    // below it, relative to the largest, singular values were taken for zeros
  double noise = 0;        // what rounding may have made of a zero singular value, relative to the largest
  double kept = 0;         // smallest singular value that counts, relative to the largest; 0 when no SVD was needed
  double dropped = 0;      // largest one that does not, relative to the largest
  double contraction = 1;  // estimate of ‖(AP)ᵀ(AP) − I‖: what one unit step leaves of the error; >= 1: use CG
};

class Precond : public PrecondFacts {
 public:
  Buffer<double> scale;       // D
  Array2<double> r;           // R, zeros below the diagonal; empty where P = I
  Buffer<double> norms;       // P = I: the norms of the scaled stacked matrix's columns
  Array2<double> truncated;   // P when rank < cols
  Array2<double> null_basis;  // N when rank < cols

  // The sketched start x0 = argmin ‖S(Ax − b)‖, kept where it matters: it is more accurate than any start made from Aᵀb
  // when the condition number nears 1/u.
  struct SketchedStart {
    SketchSpec spec;
    Array2<double> reflectors;  // QR of [S A D; √μ D], R included
    Buffer<double> tau;
    Array2<double> map;  // rank < cols: V_k Σ_k⁻¹ U_kᵀ takes the place of R⁻¹
  };
  std::optional<SketchedStart> start;

  // Aᵀ(probe_gain·A w) for a fixed random w: tells whether a preconditioner belongs to the matrix it is used with.
  Array2<double> probe;

  bool full_rank() const { return rank == cols; }
  // P = I, and a column has the norm 0.
  bool norms_vanish() const;
  // All but the sketched start and the probe, which belong to a solve with A.
  Precond clone() const;
  // "sketch", "sketch-cholqr", "cholesky", "qr", "cgls".
  const char *method_name() const;
  std::int64_t bytes() const;

  // u = Pᵀ g~ (rank x k) and x~ = P u (cols x k).
  void right_transpose(View<const double> g, View<double> u) const;
  void right(View<const double> u, View<double> x) const;
  // x -= N (Nᵀ x) for x~ in the scaled variables; nothing to do at full rank.
  void remove_null_part(View<double> x) const;
  // R in the caller's variables: R D⁻¹, so that (RD⁻¹)ᵀ(RD⁻¹) ≈ AᵀA + μ I.
  Array2<double> unscaled_r() const;

  // x~0 for every right-hand side; false when no sketched start was kept.
  bool sketched_start(Run &run, const RightSides &b, View<double> x) const;
};

// The w of Precond::probe, and Aᵀ(gain·A w).
void fill_probe(double *w, std::int64_t cols);
Array2<double> probe_matrix(Run &run, const Matrix &a, double gain);
// The power of two that keeps m's probe off the ends of the exponent range, where it would be all zeros or infinite
// whatever A is.
double probe_gain(const Precond &m);
// True when z = Aᵀ(gain·A w) has the very bits that m was made with. Passes are deterministic, so that the same arrays
// give the same bits; any tolerance would take a nearly singular matrix for a singular one, or the other way round.
bool probe_matches(const Precond &m, const double *z);
// True when `m` was made from a matrix that maps the probe to the same vector.
bool belongs_to(Run &run, const Precond &m, const Matrix &a);

// The power of two nearest to 1/norm (1 for a norm of 0).
double power_of_two_scale(double norm);
// The same for each of `count` columns. A column of zeros has no size of its own and gets the scale of the largest: the
// basis of the null space mixes its direction with others, and the rounding errors of its x~ must stay small in x.
void fill_column_scales(const double *norms, std::int64_t count, double *scale);

}  // namespace akr
