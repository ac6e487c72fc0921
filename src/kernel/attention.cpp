// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace akr {

namespace {

// 2^exponent times a mean. That of values next to the largest number may be rounded beyond it.
template <class T>
T mean(double scaled, int exponent) {
  if (exponent == 0) return static_cast<T>(scaled);
  constexpr double most = static_cast<double>(std::numeric_limits<T>::max());
  return static_cast<T>(std::clamp(std::ldexp(scaled, exponent), -most, most));
}

}  // namespace

template <class T>
Status attention(Call &call, const AttentionProblem<T> &problem) {
  const PhaseTimer timer(call.report, Key::seconds_iterate);
  call.run.monitor().phase("attention");
  call.run.poll();
  if (problem.out.empty()) return Status::ok;
  OnlineProblem<T> online;
  online.queries = problem.q;
  online.keys = problem.k;
  online.values = problem.v;
  online.factor = problem.scale;
  const std::int64_t offset = problem.k.rows() - problem.q.rows();
  if (problem.causal) online.limit = [offset](std::int64_t q) { return q + 1 + offset; };
  online_sums<T>(call.run, online, [&](const OnlineBlock<T> &block) {
    for (std::int64_t q = 0; q < block.sums.rows; ++q) {
      const double total = block.total[q];
      for (std::int64_t c = 0; c < block.sums.cols; ++c) {
        const T value = total > 0 ? mean<T>(static_cast<double>(block.sums(q, c)) / total, block.exponent) : T(0);
        (problem.out_by_rows ? problem.out(c, block.first + q) : problem.out(block.first + q, c)) = value;
      }
    }
  });
  return Status::ok;
}

template Status attention<double>(Call &, const AttentionProblem<double> &);
template Status attention<float>(Call &, const AttentionProblem<float> &);

}  // namespace akr
