// SPDX-License-Identifier: BSD-3-Clause
// Sketch-to-precondition (Rokhlin, Tygert 2008; Blendenpik): S A D = Q R makes κ(A D R⁻¹) ≤ (1+η)/(1−η), η = √(d/m).
#include <algorithm>
#include <cmath>

#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "precond/build.hpp"
#include "precond/rank.hpp"
#include "sketch/choose.hpp"

namespace akr {

namespace {

// A rank deficiency is believed of sketches of at least this many rows a column and nonzeros a column of S.
constexpr std::int64_t trusted_factor = 4;
constexpr std::int64_t trusted_nonzeros = 8;

// Scales the columns of SA and stacks √μ D below; returns ‖SA‖_F.
double scale_columns(View<double> sa, std::int64_t m, double ridge, Buffer<double> &scale) {
  Buffer<double> norms(sa.cols);
  Buffer<double> stacked(sa.cols);
  for (std::int64_t j = 0; j < sa.cols; ++j) {
    norms[j] = linalg::norm2(sa.col(j), m);
    stacked[j] = std::hypot(norms[j], std::sqrt(ridge));
  }
  fill_column_scales(stacked.data(), sa.cols, scale.data());
  for (std::int64_t j = 0; j < sa.cols; ++j) {
    for (std::int64_t i = 0; i < m; ++i) sa(i, j) *= scale[j];
    if (sa.rows > m) {
      std::fill_n(sa.col(j) + m, sa.rows - m, 0.0);
      sa(m + j, j) = std::sqrt(ridge) * scale[j];
    }
  }
  return linalg::norm2(norms.data(), sa.cols);
}

Precond build(Call &call, const Matrix &a, double ridge, const SketchSpec &spec) {
  const std::int64_t d = a.cols();
  Precond m;
  m.rows = a.rows();
  m.cols = d;
  m.bits = a.bits();
  m.ridge = ridge;
  m.origin = PrecondOrigin::sketch;
  m.scale = Buffer<double>(d);
  m.start.emplace();
  m.start->spec = spec;
  Array2<double> &sa = m.start->reflectors;
  sa = Array2<double>(spec.sketch_rows + (ridge > 0 ? d : 0), d);
  {
    const PhaseTimer timer(call.report, Key::seconds_sketch);
    call.run.monitor().phase("sketch");
    call.run.monitor().stage(0, 0.2);
    const auto sketch = make_sketch(spec);
    const View<double> top = sa.view().block(0, spec.sketch_rows, 0, d);
    sketch_matrix(call.run, *sketch, a, top);
    if (!linalg::all_finite(top)) {
      a.check_finite(call.run);
      throw Error(Status::e_numeric, "A: the sums of its rows overflow; scale A down");
    }
  }
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  call.run.monitor().stage(0.2, 0.3);
  m.frobenius = scale_columns(sa.view(), spec.sketch_rows, ridge, m.scale);
  m.start->tau = Buffer<double>(d);
  linalg::qr(sa.view(), m.start->tau.data());
  m.r = Array2<double>(d, d, 0.0);
  for (std::int64_t j = 0; j < d; ++j) std::copy_n(sa.col(j), j + 1, m.r.col(j));
  m.noise = sum_roundoff(spec);
  m.passes = 1;
  settle_rank(call, a, m, &m.start->map);
  const double eta = std::sqrt(static_cast<double>(d) / static_cast<double>(spec.sketch_rows));
  m.contraction = (2 * eta - eta * eta) / ((1 - eta) * (1 - eta));  // unit step, algorithm of Song, Yin, Zhang
  return m;
}

}  // namespace

Precond precond_by_sketch(Call &call, const Matrix &a, double ridge, double default_factor, SketchChoice default_kind) {
  Options options = call.options;
  if (options.chosen_sketch() == SketchChoice::automatic) options.sketch_kind = static_cast<std::int64_t>(default_kind);
  SketchSpec spec = choose_sketch(options, a, default_factor);
  Precond m = build(call, a, ridge, spec);
  const bool trusted = spec.kind != SketchKind::srht && spec.sketch_rows >= trusted_factor * a.cols() &&
                       (spec.kind == SketchKind::gaussian ||
                        spec.nonzeros >= std::min<std::int64_t>(trusted_nonzeros, spec.sketch_rows));
  if (!m.full_rank() && !trusted) {
    // A coherent A can make an SRHT, or a sketch of few rows or nonzeros, lose rank that A has.
    call.run.monitor().log(2, "the sketch of A is rank deficient: sketched again with sparse signs");
    spec.kind = SketchKind::sparse_sign;
    spec.sketch_rows = std::max(spec.sketch_rows, trusted_factor * a.cols() + 32);
    spec.nonzeros = static_cast<int>(std::min<std::int64_t>(trusted_nonzeros, spec.sketch_rows));
    const std::int64_t passes = m.passes;
    m = build(call, a, ridge, spec);
    m.passes += passes;
  }
  call.report.set(Key::sketch_kind, std::string(sketch_kind_name(spec)));
  call.report.set(Key::sketch_rows, spec.sketch_rows);
  return m;
}

}  // namespace akr
