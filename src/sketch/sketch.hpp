// SPDX-License-Identifier: BSD-3-Clause
// A random m x n matrix S with E‖S x‖² = ‖x‖². It depends on its specification alone: not on threads, not on the
// precision of what it is applied to, not on how the rows are cut into panels.
#pragma once

#include <cstdint>
#include <memory>

#include "base/run.hpp"
#include "base/view.hpp"
#include "matrix/matrix.hpp"

namespace akr {

enum class SketchKind { srht, sparse_sign, gaussian };
enum class Transform { hartley, cosine, hadamard };

struct SketchSpec {
  SketchKind kind = SketchKind::sparse_sign;
  Transform transform = Transform::hadamard;  // srht only
  std::int64_t sketch_rows = 0;               // m
  std::int64_t rows = 0;                      // n
  int nonzeros = 8;                           // sparse sign only; at most m
  std::uint64_t seed = 0;
};

const char *sketch_kind_name(const SketchSpec &spec) noexcept;  // "srht-hartley", "sparse-sign", …

// Estimate of ‖Δ(S A)‖/‖A‖ from adding up a row of S A, twice what was measured: a sum of T terms with rounding errors
// of random signs is off by 0.18√T u at most (sparse sign, T = n ζ/m up to 2·10⁵; Gaussian, T = n: 0.15; SRHT, T = n/r,
// the transform itself being a tree: within 5 u up to T = 250). Singular values of S A below it may be zeros of A.
double sum_roundoff(const SketchSpec &spec) noexcept;

class Sketch {
 public:
  virtual ~Sketch() = default;
  const SketchSpec &spec() const noexcept { return spec_; }

  // A panel given to accumulate() must start at a multiple of this row and, unless it is the last, hold a multiple of
  // it.
  virtual std::int64_t row_alignment() const noexcept { return 1; }

  // sa (m x panel.cols, column-major, double) += S(:, panel's rows)·panel. Parallel over columns inside.
  virtual void accumulate(Run &run, const AnyPanel &panel, View<double> sa) const = 0;

  // y (n x k) = Sᵀ x (m x k).
  virtual void apply_transpose(Run &run, View<const double> x, View<double> y) const = 0;

 protected:
  explicit Sketch(const SketchSpec &spec) : spec_(spec) {}

 private:
  SketchSpec spec_;
};

// Throws Error(e_argument) on sizes and Error(e_unsupported) on a transform this build has not got.
std::unique_ptr<Sketch> make_sketch(const SketchSpec &spec);

// sa (m x d) = S A for any matrix: dense and row-block matrices by panels, sparse ones by their nonzeros where S is
// sparse (densified panels otherwise), operators by products with columns of the identity. One pass over A
// (d products for an operator).
void sketch_matrix(Run &run, const Sketch &sketch, const Matrix &a, View<double> sa);

// out (m x k) = S B for right-hand sides held as columns.
void sketch_right_sides(Run &run, const Sketch &sketch, const RightSides &b, View<double> out);

}  // namespace akr
