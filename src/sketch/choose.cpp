// SPDX-License-Identifier: BSD-3-Clause
#include "sketch/choose.hpp"

#include <algorithm>
#include <cmath>

#include "base/status.hpp"
#include "base/text.hpp"
#include "transform/transform.hpp"

namespace akr {

namespace {

// What `auto` means, from bench/sketch.cpp (AVX-512, two cores).
//
// Cost, processor time of one thread in ns an entry of A, 100000 x 500, m = 4d … 12d; reading A costs 0.14 (0.07):
//                        column-major   row-major    column-major, single
//   sparse sign, ζ = 4    0.79 – 0.87   1.07 – 1.13   0.55 – 0.62
//   sparse sign, ζ = 8    1.10 – 1.19   1.39 – 1.49   0.86 – 0.93
//   SRHT, Hadamard        0.40 – 0.59   0.74 – 0.94   0.32 – 0.49
//   SRHT, Hartley         2.6 – 3.3     3.4 – 4.3     2.5 – 3.4
//   SRHT, cosine          3.0 – 3.6     3.7 – 4.5     2.9 – 3.5
// Above 2^14 rows an SRHT is a stack of copies, each of which costs as much again.
//
// Quality, the smallest singular value of S Q, mean over 10 (d = 256) and 40 (d = 64) seeds, and the worst seed:
//                        d = 256, m = 4d            d = 256, m = 12d           d = 64, m = 4d
//   Q                  incoherent  strided       incoherent  strided        incoherent  strided
//   sparse sign, ζ = 4  .508 .497  .436 .417      .714 .707  .624 .577       .518 .477  .475 .396
//   sparse sign, ζ = 8  .508 .495  .494 .475      .716 .713  .689 .673       .513 .471  .513 .454
//   SRHT, Hadamard      .515 .509  .513 .502      .736 .729  .738 .732       .521 .472  .524 .489
//   SRHT, Hartley       .511 .499  .517 .508      .736 .728  .735 .730       .520 .492  .523 .488
//   SRHT, cosine        .516 .504  .518 .511      .736 .735  .737 .734       .521 .482  .519 .490
//   Gaussian theory     .500                      .711                       .500
// (strided: unit vectors n/d rows apart; [I; 0] is no harder.) So: the Hadamard SRHT for what is shown densely, up to
// 2^14 rows of S; sparse sign by nonzeros for sparse A and above. A sketch made without A at hand must serve both:
// sparse sign. ζ = 4 would save a third of the time and loses an eighth of the smallest singular value on coherent A.
struct Defaults {
  std::int64_t most_srht_rows = largest_transform;
  Transform transform = Transform::hadamard;
  std::int64_t nonzeros = 8;
  std::int64_t extra_rows = 32;  // over d, for the fluctuations of tiny d
};
constexpr Defaults defaults;

SketchKind chosen_kind(const Options &options) {
  switch (options.chosen_sketch()) {
    case SketchChoice::srht:
      return SketchKind::srht;
    case SketchChoice::sparse_sign:
      return SketchKind::sparse_sign;
    case SketchChoice::gaussian:
      return SketchKind::gaussian;
    case SketchChoice::automatic:
      break;
  }
  return SketchKind::sparse_sign;
}

Transform chosen_transform(const Options &options) {
  switch (options.chosen_transform()) {
    case TransformChoice::hartley:
      return Transform::hartley;
    case TransformChoice::cosine:
      return Transform::cosine;
    case TransformChoice::hadamard:
      return Transform::hadamard;
    case TransformChoice::automatic:
      break;
  }
  return defaults.transform;
}

}  // namespace

SketchSpec choose_sketch(const Options &options, std::int64_t sketch_rows, std::int64_t rows) {
  SketchSpec spec;
  spec.kind = chosen_kind(options);
  spec.transform = chosen_transform(options);
  spec.sketch_rows = sketch_rows;
  spec.rows = rows;
  const std::int64_t nonzeros = options.sketch_nonzeros > 0 ? options.sketch_nonzeros : defaults.nonzeros;
  spec.nonzeros = static_cast<int>(std::clamp<std::int64_t>(nonzeros, 1, std::max<std::int64_t>(sketch_rows, 1)));
  spec.seed = static_cast<std::uint64_t>(options.seed);
  return spec;
}

SketchSpec choose_sketch(const Options &options, const Matrix &a, double default_factor) {
  const std::int64_t d = a.cols();
  const bool asked = options.sketch_factor > 0;
  const double wanted = std::ceil((asked ? options.sketch_factor : default_factor) * static_cast<double>(d));
  if (!(wanted < 0x1p31)) {
    throw Error(Status::e_argument, text("cols(A) = ", d, ": a sketch of ", wanted, " rows is out of reach"));
  }
  const std::int64_t least = std::max<std::int64_t>(asked ? d : d + defaults.extra_rows, 1);
  const std::int64_t sketch_rows = std::max(static_cast<std::int64_t>(wanted), least);
  SketchSpec spec = choose_sketch(options, sketch_rows, a.rows());
  if (options.chosen_sketch() == SketchChoice::automatic && !a.is_sparse() && sketch_rows <= defaults.most_srht_rows) {
    spec.kind = SketchKind::srht;
  }
  return spec;
}

}  // namespace akr
