// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/sketch.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "base/status.hpp"
#include "base/text.hpp"
#include "sketch/gaussian.hpp"
#include "sketch/sparse_sign.hpp"
#include "sketch/srht.hpp"

namespace akr {

namespace {

constexpr std::int64_t most_rows = std::int64_t{1} << 31;  // a row of S shares a word with a sign

}  // namespace

const char *sketch_kind_name(const SketchSpec &spec) noexcept {
  switch (spec.kind) {
    case SketchKind::sparse_sign:
      return "sparse-sign";
    case SketchKind::gaussian:
      return "gaussian";
    case SketchKind::srht:
      break;
  }
  switch (spec.transform) {
    case Transform::hartley:
      return "srht-hartley";
    case Transform::cosine:
      return "srht-cosine";
    case Transform::hadamard:
      break;
  }
  return "srht-hadamard";
}

double sum_roundoff(const SketchSpec &spec) noexcept {
  const double rows = static_cast<double>(spec.rows);
  double terms = rows;
  if (spec.kind == SketchKind::srht) {
    terms = rows / static_cast<double>(SrhtSketch::block_rows(spec.sketch_rows, spec.rows));
  } else if (spec.kind == SketchKind::sparse_sign) {
    terms = rows * spec.nonzeros / static_cast<double>(spec.sketch_rows);
  }
  return 0.36 * std::sqrt(std::max(terms, 1.0)) * unit_roundoff(64);
}

std::unique_ptr<Sketch> make_sketch(const SketchSpec &spec) {
  if (spec.sketch_rows < 1 || spec.sketch_rows >= most_rows) {
    throw Error(Status::e_argument,
                text("sketch_rows = ", spec.sketch_rows, ": must be at least 1 and below ", most_rows));
  }
  if (spec.rows < 0) throw Error(Status::e_argument, text("rows = ", spec.rows, ": must not be negative"));
  if (spec.kind == SketchKind::srht) return std::make_unique<SrhtSketch>(spec);
  if (spec.kind == SketchKind::gaussian) return std::make_unique<GaussianSketch>(spec);
  if (spec.nonzeros < 1 || spec.nonzeros > spec.sketch_rows) {
    throw Error(Status::e_argument, text("sketch.nonzeros = ", spec.nonzeros, ": must be at least 1 and at most the ",
                                         spec.sketch_rows, " rows of the sketch"));
  }
  return std::make_unique<SparseSignSketch>(spec);
}

void sketch_right_sides(Run &run, const Sketch &sketch, const RightSides &b, View<double> out) {
  for (std::int64_t j = 0; j < out.cols; ++j) std::fill_n(out.col(j), out.rows, 0.0);
  std::visit(
      [&](const auto &v) {
        using T = std::remove_const_t<std::remove_pointer_t<decltype(v.data)>>;
        if (b.pick == nullptr) {
          sketch.accumulate(run, Panel<T>{v.data, 0, v.rows, v.cols, 1, v.ld}, out);
          return;
        }
        for (std::int64_t j = 0; j < b.picked; ++j) {
          sketch.accumulate(run, Panel<T>{v.col(b.pick[j]), 0, v.rows, 1, 1, v.ld}, out.columns(j, 1));
        }
      },
      b.data);
  for (std::int64_t j = 0; j < out.cols; ++j) {
    const double factor = b.scale != nullptr ? b.scale[b.pick != nullptr ? b.pick[j] : j] : 1.0;
    for (std::int64_t i = 0; factor != 1 && i < out.rows; ++i) out(i, j) *= factor;
    run.reduction().combine(out.col(j), out.rows);
  }
}

}  // namespace akr
