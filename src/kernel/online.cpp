// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/online.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/status.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

using linalg::Op;

namespace {

// Queries, and keys, of one tile of scores. It stays in the first-level cache, queries along a column, so that running
// maxima and sums are vectors and nothing is added up across one.
constexpr std::int64_t side = linalg::task_gemm_size;
// Keys that a task visits before it hands its state on, and what a task is worth starting for.
constexpr std::int64_t task_keys = 8192;
constexpr std::int64_t least_keys = 1024;
// Blocks of queries between two meetings of the threads; where there are fewer, the keys are split among tasks too.
constexpr std::int64_t few_blocks = 16;
constexpr std::int64_t most_blocks = 128;

// The running sums of a block of queries over a part of the keys.
template <class T>
struct State {
  Array2<T> sums;  // queries x width
  std::array<T, side> maximum;
  std::array<double, side> total;

  void clear() {
    sums.fill(T(0));
    maximum.fill(std::numeric_limits<T>::lowest());
    total.fill(0);
  }
};

template <class T>
class OnlineSums {
 public:
  OnlineSums(Run &run, const OnlineProblem<T> &problem)
      : run_(run),
        p_(problem),
        blocks_((p_.queries.rows() + side - 1) / side),
        parts_(1),
        keys_(p_.keys.rows()),
        width_(p_.values.cols()),
        // A small factor goes to the queries, lest an inner product overflows where an exponent does not; a large one
        // to the product, lest a query does.
        query_factor_(std::fabs(problem.factor) <= 1 ? problem.factor : 1),
        product_factor_(std::fabs(problem.factor) <= 1 ? T(1) : static_cast<T>(problem.factor)),
        packed_(side * std::max<std::int64_t>(p_.queries.cols(), 1), run.team().size()) {
    batch_ =
        std::clamp<std::int64_t>((std::int64_t(1) << 17) / std::max<std::int64_t>(keys_, 1), few_blocks, most_blocks);
    batch_ = std::min(batch_, blocks_);
    // A function of the sizes alone, as all sums are.
    if (batch_ < few_blocks) {
      parts_ = std::clamp<std::int64_t>(keys_ / least_keys, 1, (few_blocks + batch_ - 1) / batch_);
    }
    part_keys_ = std::max<std::int64_t>((keys_ + parts_ - 1) / parts_, 1);
    for (std::int64_t s = 0; s < batch_ * parts_; ++s) {
      states_.push_back({Array2<T>(side, width_), {}, {}});
    }
  }

  void visit_all(const std::function<void(const OnlineBlock<T> &)> &visit) {
    for (std::int64_t first = 0; first < blocks_; first += batch_) {
      const std::int64_t count = std::min(batch_, blocks_ - first);
      visit_batch(first, count);
      // A sum of weights of at most 1 is finite where the values are, unless it is the values that are too large.
      if (exponent_ == 0 && !finite(count)) {
        exponent_ = std::ilogb(static_cast<double>(std::max<std::int64_t>(keys_, 1))) + 2;
        visit_batch(first, count);
      }
      for (std::int64_t b = 0; b < count; ++b) hand_over(of_block(b), (first + b) * side, visit);
    }
  }

 private:
  State<T> &of_block(std::int64_t b) { return states_[static_cast<std::size_t>(b * parts_)]; }

  void visit_batch(std::int64_t first, std::int64_t count) {
    for (State<T> &state : states_) state.clear();
    for (std::int64_t key = 0; key < part_keys_; key += task_keys) {
      run_.parallel(count * parts_, [&](std::int64_t task, int worker) {
        const std::int64_t begin = task % parts_ * part_keys_;
        visit_keys(states_[static_cast<std::size_t>(task)], first + task / parts_, begin + key,
                   begin + std::min(key + task_keys, part_keys_), packed_.col(worker));
      });
      const double done = static_cast<double>(std::min(key + task_keys, part_keys_)) / static_cast<double>(part_keys_);
      run_.monitor().advance((static_cast<double>(first) + static_cast<double>(count) * done) /
                             static_cast<double>(blocks_));
      run_.poll();
    }
    for (std::int64_t b = 0; b < count; ++b) {
      for (std::int64_t part = 1; part < parts_; ++part) {
        merge(of_block(b), states_[static_cast<std::size_t>(b * parts_ + part)]);
      }
    }
  }

  // Once infinite a sum stays so, or is a NaN.
  bool finite(std::int64_t count) {
    for (std::int64_t b = 0; b < count; ++b) {
      const Array2<T> &sums = of_block(b).sums;
      for (std::int64_t c = 0; c < width_; ++c) {
        for (std::int64_t i = 0; i < side; ++i) {
          if (!std::isfinite(sums(i, c))) return false;
        }
      }
    }
    return true;
  }

  std::int64_t limit(std::int64_t q) const {
    return p_.limit ? std::clamp<std::int64_t>(p_.limit(q), 0, keys_) : keys_;
  }

  void visit_keys(State<T> &state, std::int64_t block, std::int64_t begin, std::int64_t end, T *packed) const {
    const std::int64_t first = block * side;
    const std::int64_t count = std::min(side, p_.queries.rows() - first);
    end = std::min(end, limit(first + count - 1));
    if (begin >= end) return;
    // Whole vectors of queries; the last ones may be zeros.
    const std::int64_t rows = (count + simd::fold_rows - 1) / simd::fold_rows * simd::fold_rows;
    const View<T> queries(packed, rows, p_.queries.cols(), rows);
    pack(first, count, queries);
    alignas(64) std::array<T, static_cast<std::size_t>(side * side)> scores;
    for (std::int64_t key = begin; key < end; key += side) {
      tile(state, first, count, queries, key, View<T>(scores.data(), rows, std::min(side, end - key), rows));
    }
  }

  void pack(std::int64_t first, std::int64_t count, View<T> out) const {
    const View<const T> q = p_.queries.row_block(first, count);
    for (std::int64_t c = 0; c < out.cols; ++c) {
      for (std::int64_t i = 0; i < count; ++i) {
        const T query = p_.queries.op == Op::none ? q(i, c) : q(c, i);
        out(i, c) = static_cast<T>(query_factor_ * static_cast<double>(query));
      }
      std::fill_n(out.col(c) + count, out.rows - count, T(0));
    }
  }

  // S = factor·Q Kᵀ becomes exp(S − maximum); the sums grow by S V.
  void tile(State<T> &state, std::int64_t first, std::int64_t count, View<const T> queries, std::int64_t key,
            View<T> s) const {
    const Op transposed = p_.keys.op == Op::none ? Op::transpose : Op::none;
    linalg::gemm_in_task(Op::none, transposed, product_factor_, queries, p_.keys.row_block(key, s.cols), T(0), s);
    if (limit(first) < key + s.cols) hide(first, count, key, s);
    alignas(64) std::array<T, side> shrink;
    const bool shrunk = simd::exp_functions<T>().softmax_fold(s.rows, s.cols, s.data, s.ld, state.maximum.data(),
                                                              shrink.data(), state.total.data());
    const View<T> sums(state.sums.data(), s.rows, width_, state.sums.ld());
    if (shrunk) {
      for (std::int64_t c = 0; c < width_; ++c) {
        T *sum = sums.col(c);
        for (std::int64_t i = 0; i < s.rows; ++i) sum[i] *= shrink[static_cast<std::size_t>(i)];
      }
    }
    if (exponent_ != 0) {
      const T down = static_cast<T>(std::ldexp(1.0, -exponent_));
      for (std::int64_t k = 0; k < s.cols; ++k) {
        for (std::int64_t i = 0; i < s.rows; ++i) s(i, k) *= down;
      }
    }
    const View<const T> values = p_.values.row_block(key, s.cols);
    for (std::int64_t c = 0; c < width_; c += side) {
      const std::int64_t cols = std::min(side, width_ - c);
      linalg::gemm_in_task(Op::none, p_.values.op, T(1), View<const T>(s),
                           p_.values.op == Op::none ? values.columns(c, cols) : values.block(c, cols, 0, values.cols),
                           T(1), sums.columns(c, cols));
    }
  }

  // The keys that a query does not take.
  void hide(std::int64_t first, std::int64_t count, std::int64_t key, View<T> s) const {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t k = std::max<std::int64_t>(limit(first + i) - key, 0); k < s.cols; ++k) {
        s(i, k) = -std::numeric_limits<T>::infinity();
      }
    }
  }

  void merge(State<T> &into, const State<T> &from) const {
    for (std::size_t i = 0; i < static_cast<std::size_t>(side); ++i) {
      const double top = std::max(static_cast<double>(into.maximum[i]), static_cast<double>(from.maximum[i]));
      const double a = std::exp(static_cast<double>(into.maximum[i]) - top);
      const double b = std::exp(static_cast<double>(from.maximum[i]) - top);
      into.maximum[i] = static_cast<T>(top);
      into.total[i] = a * into.total[i] + b * from.total[i];
      const auto row = static_cast<std::int64_t>(i);
      for (std::int64_t c = 0; c < width_; ++c) {
        into.sums(row, c) =
            static_cast<T>(a * static_cast<double>(into.sums(row, c)) + b * static_cast<double>(from.sums(row, c)));
      }
    }
  }

  void hand_over(const State<T> &state, std::int64_t first,
                 const std::function<void(const OnlineBlock<T> &)> &visit) const {
    const std::int64_t count = std::min(side, p_.queries.rows() - first);
    std::array<double, side> maximum{};
    for (std::int64_t q = 0; q < count; ++q) {
      const auto at = static_cast<std::size_t>(q);
      const double total = state.total[at];
      const bool none = limit(first + q) == 0;
      // A NaN comes of +∞ among the scores, 0 of nothing but −∞.
      if (!none && !(total > 0 && std::isfinite(total))) {
        throw Error(Status::e_numeric, "scale times an inner product of two points overflows; scale the points down");
      }
      maximum[at] = none ? -std::numeric_limits<double>::infinity() : static_cast<double>(state.maximum[at]);
    }
    visit({first, View<const T>(state.sums.data(), count, width_, state.sums.ld()), maximum.data(), state.total.data(),
           exponent_});
  }

  Run &run_;
  const OnlineProblem<T> &p_;
  std::int64_t blocks_;
  std::int64_t batch_;
  std::int64_t parts_;
  std::int64_t part_keys_;
  std::int64_t keys_;
  std::int64_t width_;
  double query_factor_;
  T product_factor_;
  int exponent_ = 0;  // the weights are 2^(−exponent) of what they are
  Array2<T> packed_;  // a column a worker
  std::vector<State<T>> states_;
};

}  // namespace

template <class T>
void online_sums(Run &run, const OnlineProblem<T> &problem, const std::function<void(const OnlineBlock<T> &)> &visit) {
  if (problem.queries.rows() == 0) return;
  OnlineSums<T>(run, problem).visit_all(visit);
}

template void online_sums<double>(Run &, const OnlineProblem<double> &,
                                  const std::function<void(const OnlineBlock<double> &)> &);
template void online_sums<float>(Run &, const OnlineProblem<float> &,
                                 const std::function<void(const OnlineBlock<float> &)> &);

}  // namespace akr
