// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/online.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/status.hpp"
#include "simd/exp_kernels.hpp"

namespace akr {

using linalg::Op;

namespace {

// A tile of exponents, 4 MiB in double, stays in the cache that the cores share.
constexpr std::int64_t query_block = 512;
constexpr std::int64_t key_block = 1024;
// Queries of one task.
constexpr std::int64_t task_queries = 16;

template <class T>
class OnlineSums {
 public:
  OnlineSums(Run &run, const OnlineProblem<T> &problem)
      : run_(run),
        p_(problem),
        height_(std::min(query_block, problem.queries.rows())),
        width_(problem.values.cols()),
        tile_(std::min(key_block, std::max<std::int64_t>(problem.keys.rows(), 1)), height_),
        sums_(width_, height_),
        maximum_(height_),
        total_(height_) {}

  void visit_all(const std::function<void(const OnlineBlock<T> &)> &visit) {
    const std::int64_t queries = p_.queries.rows();
    for (std::int64_t first = 0; first < queries; first += height_) {
      const std::int64_t count = std::min(height_, queries - first);
      block(first, count);
      visit({first, View<const T>(sums_.data(), width_, count, sums_.ld()), maximum_.data(), total_.data()});
      run_.monitor().advance(static_cast<double>(first + count) / static_cast<double>(queries));
    }
  }

 private:
  std::int64_t limit(std::int64_t q) const {
    return p_.limit ? std::clamp<std::int64_t>(p_.limit(q), 0, p_.keys.rows()) : p_.keys.rows();
  }

  void block(std::int64_t first, std::int64_t count) {
    std::fill_n(sums_.data(), width_ * count, T(0));
    std::fill_n(maximum_.data(), count, -std::numeric_limits<double>::infinity());
    std::fill_n(total_.data(), count, 0.0);
    const std::int64_t keys = limit(first + count - 1);
    for (std::int64_t k = 0; k < keys; k += tile_.rows()) {
      tile(first, count, k, std::min(tile_.rows(), keys - k));
      run_.poll();
    }
  }

  // S = factor·K_block Q_blockᵀ, a column a query; S becomes exp(S − maximum); the sums grow by V_blockᵀ S.
  void tile(std::int64_t first, std::int64_t count, std::int64_t key, std::int64_t keys) {
    const View<T> s(tile_.data(), keys, count, tile_.ld());
    const Op transposed = p_.queries.op == Op::none ? Op::transpose : Op::none;
    linalg::gemm(p_.keys.op, transposed, p_.factor, p_.keys.row_block(key, keys), p_.queries.row_block(first, count),
                 T(0), s);
    run_.parallel((count + task_queries - 1) / task_queries, [&](std::int64_t task, int) {
      for (std::int64_t q = task * task_queries; q < std::min(count, (task + 1) * task_queries); ++q) {
        column(q, std::min(keys, limit(first + q) - key), s.col(q), keys);
      }
    });
    const Op values = p_.values.op == Op::none ? Op::transpose : Op::none;
    linalg::gemm(values, Op::none, T(1), p_.values.row_block(key, keys), View<const T>(s), T(1),
                 View<T>(sums_.data(), width_, count, sums_.ld()));
  }

  void column(std::int64_t q, std::int64_t used, T *s, std::int64_t keys) {
    const auto &functions = simd::exp_functions<T>();
    if (used <= 0) {
      std::fill_n(s, keys, T(0));
      return;
    }
    const double highest = static_cast<double>(functions.largest(used, s));
    if (!std::isfinite(highest)) {
      throw Error(Status::e_numeric, "scale times an inner product of two points overflows; scale the points down");
    }
    double &maximum = maximum_[q];
    if (highest > maximum) {
      const double shrink = std::exp(maximum - highest);  // 0 at first
      for (std::int64_t i = 0; i < width_; ++i) sums_(i, q) *= static_cast<T>(shrink);
      total_[q] *= shrink;
      maximum = highest;
    }
    total_[q] += functions.exp_shifted(used, s, T(1), static_cast<T>(maximum));
    std::fill_n(s + used, keys - used, T(0));
  }

  Run &run_;
  const OnlineProblem<T> &p_;
  std::int64_t height_;
  std::int64_t width_;
  Array2<T> tile_;
  Array2<T> sums_;
  Buffer<double> maximum_;
  Buffer<double> total_;
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
