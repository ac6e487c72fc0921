// SPDX-License-Identifier: BSD-3-Clause
#include "precond/precond.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"

namespace akr {

using linalg::Op;

double power_of_two_scale(double norm) {
  if (!(norm > 0) || !std::isfinite(norm)) return 1;
  return std::ldexp(1.0, -std::clamp(std::ilogb(norm), -1022, 1022));
}

void fill_column_scales(const double *norms, std::int64_t count, double *scale) {
  double largest = 0;
  for (std::int64_t j = 0; j < count; ++j) largest = std::max(largest, norms[j]);
  for (std::int64_t j = 0; j < count; ++j) scale[j] = power_of_two_scale(norms[j] == 0 ? largest : norms[j]);
}

Precond Precond::clone() const {
  Precond out;
  static_cast<PrecondFacts &>(out) = *this;
  out.scale = scale.clone();
  out.r = r.clone();
  out.norms = norms.clone();
  out.truncated = truncated.clone();
  out.null_basis = null_basis.clone();
  return out;
}

const char *Precond::method_name() const {
  switch (origin) {
    case PrecondOrigin::sketch:
      return "sketch";
    case PrecondOrigin::sketch_cholqr:
      return "sketch-cholqr";
    case PrecondOrigin::cholesky:
      return "cholesky";
    case PrecondOrigin::qr:
      return "qr";
    case PrecondOrigin::scaling:
      return "cgls";
  }
  return "";
}

std::int64_t Precond::bytes() const {
  std::int64_t total =
      scale.bytes() + r.bytes() + norms.bytes() + truncated.bytes() + null_basis.bytes() + probe.bytes();
  if (start) total += start->reflectors.bytes() + start->tau.bytes() + start->map.bytes();
  return total;
}

bool Precond::norms_vanish() const {
  return std::any_of(norms.data(), norms.data() + norms.size(), [](double norm) { return norm == 0; });
}

void Precond::right_transpose(View<const double> g, View<double> u) const {
  if (!full_rank()) {
    linalg::gemm(Op::transpose, Op::none, 1.0, truncated.view(), g, 0.0, u);
    return;
  }
  for (std::int64_t j = 0; j < g.cols; ++j) std::copy_n(g.col(j), cols, u.col(j));
  if (origin != PrecondOrigin::scaling) linalg::trsm_left_upper(Op::transpose, r.view(), u);
}

void Precond::right(View<const double> u, View<double> x) const {
  if (!full_rank()) {
    linalg::gemm(Op::none, Op::none, 1.0, truncated.view(), u, 0.0, x);
    return;
  }
  for (std::int64_t j = 0; j < u.cols; ++j) std::copy_n(u.col(j), cols, x.col(j));
  if (origin != PrecondOrigin::scaling) linalg::trsm_left_upper(Op::none, r.view(), x);
}

void Precond::remove_null_part(View<double> x) const {
  if (full_rank() || x.cols == 0) return;
  for (std::int64_t j = 0; j < x.cols; ++j) {
    for (std::int64_t i = 0; i < cols; ++i) x(i, j) *= scale[i];
  }
  Array2<double> part(null_basis.cols(), x.cols);
  linalg::gemm(Op::transpose, Op::none, 1.0, null_basis.view(), View<const double>(x), 0.0, part.view());
  linalg::gemm(Op::none, Op::none, -1.0, null_basis.view(), View<const double>(part.view()), 1.0, x);
  for (std::int64_t j = 0; j < x.cols; ++j) {
    for (std::int64_t i = 0; i < cols; ++i) x(i, j) /= scale[i];
  }
}

Array2<double> Precond::unscaled_r() const {
  Array2<double> out(cols, cols);
  for (std::int64_t j = 0; j < cols; ++j) {
    for (std::int64_t i = 0; i < cols; ++i) out(i, j) = r(i, j) / scale[j];
  }
  return out;
}

bool Precond::sketched_start(Run &run, const RightSides &b, View<double> x) const {
  if (!start) return false;
  const std::int64_t k = b.cols();
  Array2<double> sb(start->reflectors.rows(), k, 0.0);
  const auto sketch = make_sketch(start->spec);
  sketch_right_sides(run, *sketch, b, sb.view().block(0, start->spec.sketch_rows, 0, k));
  if (!linalg::all_finite(sb.view())) return false;
  linalg::apply_q(Op::transpose, start->reflectors.view(), start->tau.data(), sb.view());
  const View<double> top = sb.view().block(0, cols, 0, k);
  if (full_rank()) {
    linalg::trsm_left_upper(Op::none, start->reflectors.view().block(0, cols, 0, cols), top);
    for (std::int64_t j = 0; j < k; ++j) std::copy_n(top.col(j), cols, x.col(j));
  } else {
    linalg::gemm(Op::none, Op::none, 1.0, start->map.view(), View<const double>(top), 0.0, x);
  }
  return linalg::all_finite(x);
}

void fill_probe(double *w, std::int64_t cols) {
  const RandomStream random(0, Purpose::probe, 1);
  for (std::int64_t i = 0; i < cols; ++i) w[i] = random.normals(static_cast<std::uint64_t>(i))[0];
}

double probe_gain(const Precond &m) {
  const double far = m.bits == 32 ? 1e10 : 1e100;  // an operator's products are rounded to its precision
  return m.frobenius > far || m.frobenius < 1 / far ? power_of_two_scale(m.frobenius) : 1;
}

Array2<double> probe_matrix(Run &run, const Matrix &a, double gain) {
  Array2<double> w(a.cols(), 1);
  fill_probe(w.data(), a.cols());
  Array2<double> z(a.cols(), 1);
  PassRequest request;
  request.x = w.view();
  request.gain = gain;
  request.z = z.view();
  a.pass(run, request);
  return z;
}

bool probe_matches(const Precond &m, const double *z) {
  bool zero = true;
  for (std::int64_t i = 0; i < m.cols; ++i) {
    if (!(z[i] == m.probe(i, 0))) return false;
    zero = zero && z[i] == 0;
  }
  return !zero;  // zeros may be those of underflow, and belong to many matrices
}

bool belongs_to(Run &run, const Precond &m, const Matrix &a) {
  return probe_matches(m, probe_matrix(run, a, probe_gain(m)).data());
}

}  // namespace akr
