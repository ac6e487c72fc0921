// SPDX-License-Identifier: BSD-3-Clause
// Householder QR of [A b], all rows at once or, for tall A, a block of rows at a time, the blocks' factors merged in
// pairs (TSQR by a binary tree; Demmel, Grigori, Hoemmen, Langou 2012): one pass over A, and memory for one block and
// one triangle a level of the tree. Were each block stacked on the R so far, the rounding errors of n/h blocks would
// add up to about 0.1√n u‖A‖ (57 u was measured for n = 300000), which would hide that A is rank deficient; in a tree
// they grow with the square root of its height.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/roundoff.hpp"
#include "linalg/lapack.hpp"
#include "linalg/qr.hpp"
#include "matrix/panel_block.hpp"
#include "precond/build.hpp"
#include "precond/rank.hpp"

namespace akr {

using linalg::Op;

namespace {

// Where the rows are at most so many times the columns, one factorisation of a copy is quicker than blocks.
constexpr std::int64_t whole_ratio = 12;
constexpr std::int64_t least_block_rows = 256;

class TreeQr {
 public:
  // Takes `height` rows at a time.
  TreeQr(std::int64_t columns, std::int64_t height)
      : columns_(columns), block_(height, columns), tau_(std::max<std::int64_t>(columns, 1)) {}

  std::int64_t room() const { return block_.rows() - filled_; }
  // Where the next `count` rows go.
  View<double> next_rows(std::int64_t count) { return block_.view().block(filled_, count, 0, columns_); }
  void take(std::int64_t count) { filled_ += count; }
  // Factors the block and merges its R into the tree.
  void factor() {
    const View<const double> top = factor_block();
    Array2<double> r(columns_, columns_, 0.0);
    for (std::int64_t j = 0; j < columns_; ++j) std::copy_n(top.col(j), std::min(j + 1, top.rows), r.col(j));
    add(std::move(r));
  }
  bool finite() const { return finite_; }
  // R of all rows, upper trapezoidal where these are few; what is below its diagonal is not.
  View<const double> finish() {
    if (levels_.empty()) return factor_block();
    factor();
    for (Array2<double> &level : levels_) {
      if (level.empty()) continue;
      r_ = r_.empty() ? std::move(level) : merged(std::move(level), r_);
    }
    return r_.view();
  }

 private:
  // Each level of the tree holds at most one R that waits for its partner, of twice as many blocks as the level below.
  void add(Array2<double> r) {
    for (Array2<double> &level : levels_) {
      if (level.empty()) {
        level = std::move(r);
        return;
      }
      r = merged(std::exchange(level, Array2<double>()), r);
    }
    levels_.push_back(std::move(r));
  }
  // R of the rows in the block, where it is.
  View<const double> factor_block() {
    const View<double> used = block_.view().block(0, filled_, 0, columns_);
    finite_ = finite_ && linalg::all_finite(used);
    if (finite_) linalg::qr(used, tau_.data());
    filled_ = 0;
    return used.block(0, std::min(used.rows, columns_), 0, columns_);
  }
  Array2<double> merged(Array2<double> upper, Array2<double> &lower) {
    if (finite_) linalg::qr_append(upper.view(), lower.view(), true);
    return upper;
  }

  std::int64_t columns_;
  std::int64_t filled_ = 0;
  bool finite_ = true;
  Array2<double> block_;
  Buffer<double> tau_;
  std::vector<Array2<double>> levels_;
  Array2<double> r_;
};

void append_ridge(TreeQr &qr, double ridge, std::int64_t d) {
  for (std::int64_t j = 0; j < d; ++j) {
    if (qr.room() == 0) qr.factor();
    const View<double> row = qr.next_rows(1);
    for (std::int64_t c = 0; c < row.cols; ++c) row(0, c) = c == j ? std::sqrt(ridge) : 0.0;
    qr.take(1);
  }
}

// [A b] row by row block by block; returns ‖A‖_F, which R shows no more where the ridge drowns it.
double append_rows(Call &call, const Matrix &a, const RightSides *b, TreeQr &qr, std::int64_t height) {
  const std::int64_t k = b != nullptr ? b->cols() : 0;
  double norm = 0;
  a.panels(call.run, 1, height, [&](const AnyPanel &panel) {
    const auto [rows, first_row] =
        std::visit([](const auto &p) { return std::pair<std::int64_t, std::int64_t>(p.rows, p.first_row); }, panel);
    for (std::int64_t i = 0; i < rows;) {
      if (qr.room() == 0) qr.factor();
      const std::int64_t count = std::min(qr.room(), rows - i);
      const View<double> target = qr.next_rows(count);
      PanelBlock::copy(panel, i, count, target.columns(0, a.cols()));
      for (std::int64_t c = 0; c < a.cols(); ++c) norm = std::hypot(norm, linalg::norm2(target.col(c), count));
      for (std::int64_t c = 0; c < k; ++c) b->load(first_row + i, count, c, target.col(a.cols() + c));
      qr.take(count);
      i += count;
      call.run.poll();
    }
  });
  return norm;
}

// x = R⁻¹ Qᵀb, or its form of minimum norm, in the scaled variables.
void solve_from(const Precond &m, const Array2<double> &map, View<double> qtb, View<double> x) {
  if (m.full_rank()) {
    linalg::trsm_left_upper(Op::none, m.r.view(), qtb);
    for (std::int64_t j = 0; j < x.cols; ++j) std::copy_n(qtb.col(j), m.cols, x.col(j));
  } else {
    linalg::gemm(Op::none, Op::none, 1.0, map.view(), View<const double>(qtb), 0.0, x);
  }
}

// Estimate of ‖ΔA‖/(u‖A‖) for blocks of h rows. Rounding errors have random signs, so that an inner product of h terms
// is wrong by √h u at most rather than h u (Higham, Mary 2019), and by less where it is summed in several strands: at
// most 0.08 √h was measured, with vectors of two numbers, for h = 200 to 20000. Each level of the tree adds about 1 in
// quadrature.
double qr_growth(std::int64_t rows, std::int64_t height) {
  const double blocks = std::ceil(static_cast<double>(rows) / static_cast<double>(std::max<std::int64_t>(height, 1)));
  return std::sqrt(static_cast<double>(height)) / 8 + std::sqrt(std::log2(std::max(blocks, 1.0)));
}

}  // namespace

Precond precond_by_qr(Call &call, const Matrix &a, double ridge, const RightSides *b, View<double> x) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  call.run.monitor().stage(0, 0.8);
  const std::int64_t d = a.cols();
  const std::int64_t k = b != nullptr ? b->cols() : 0;
  const std::int64_t all_rows = a.rows() + (ridge > 0 ? d : 0);
  const std::int64_t height =
      all_rows <= whole_ratio * d ? all_rows : std::max<std::int64_t>(least_block_rows, 4 * (d + k));
  Precond m;
  Array2<double> qtb(d, k, 0.0);
  {
    TreeQr qr(d + k, std::min(height, all_rows));
    if (ridge > 0) append_ridge(qr, ridge, d);
    m.frobenius = append_rows(call, a, b, qr, height);
    const View<const double> r = qr.finish();
    if (!qr.finite()) {
      a.check_finite(call.run);
      throw Error(Status::e_numeric, "A: its QR factorisation overflows; scale A down");
    }
    m.r = Array2<double>(d, d, 0.0);
    for (std::int64_t j = 0; j < d; ++j) std::copy_n(r.col(j), std::min(j + 1, r.rows), m.r.col(j));
    for (std::int64_t j = 0; j < k; ++j) std::copy_n(r.col(d + j), std::min(d, r.rows), qtb.col(j));
  }
  m.rows = a.rows();
  m.cols = d;
  m.bits = a.bits();
  m.ridge = ridge;
  m.origin = PrecondOrigin::qr;
  m.scale = Buffer<double>(d);
  Buffer<double> norms(d);
  for (std::int64_t j = 0; j < d; ++j) norms[j] = linalg::norm2(m.r.col(j), j + 1);
  fill_column_scales(norms.data(), d, m.scale.data());
  for (std::int64_t j = 0; j < d; ++j) {
    for (std::int64_t i = 0; i <= j; ++i) m.r(i, j) *= m.scale[j];
  }
  Array2<double> map;
  const double growth = qr_growth(all_rows, std::min(height, all_rows));
  m.noise = growth * unit_roundoff(64);
  m.passes = 1;
  settle_rank(call, a, m, &map);
  // ‖(AP)ᵀ(AP) − I‖ <= 2‖ΔA P‖
  m.contraction = (4 * std::sqrt(static_cast<double>(d)) + 2 * growth) * unit_roundoff(64) * m.condition;
  if (b != nullptr) solve_from(m, map, qtb.view(), x);
  return m;
}

}  // namespace akr
