// SPDX-License-Identifier: BSD-3-Clause
// Σ_i exp(E_qi) v_i for many queries q, with E = factor·Q Kᵀ computed a tile at a time and forgotten: memory for one
// tile. A running maximum for each query keeps every exponential at most 1 (Milakov, Gimelshein 2018), at any scale.
#pragma once

#include <cstdint>
#include <functional>

#include "base/memory.hpp"
#include "base/run.hpp"
#include "linalg/blas.hpp"

namespace akr {

// A rows x cols matrix in either layout: op(view).
template <class T>
struct Operand {
  View<const T> view;
  linalg::Op op = linalg::Op::none;

  std::int64_t rows() const { return op == linalg::Op::none ? view.rows : view.cols; }
  std::int64_t cols() const { return op == linalg::Op::none ? view.cols : view.rows; }
  View<const T> row_block(std::int64_t first, std::int64_t count) const {
    return op == linalg::Op::none ? view.block(first, count, 0, view.cols) : view.block(0, view.rows, first, count);
  }
};

template <class T>
struct OnlineProblem {
  Operand<T> queries;  // m x dim
  Operand<T> keys;     // n x dim
  Operand<T> values;   // n x width
  double factor = 1;
  // Query q takes the keys i < limit(q) alone; empty: all. Must not fall with q.
  std::function<std::int64_t(std::int64_t q)> limit;
};

// The sums of a block of queries: 2^(−exponent)·Σ_i exp(E_qi − maximum_q) v_i and Σ_i exp(E_qi − maximum_q). maximum is
// −∞ where a query takes no key. exponent is 0 but for values so large that their sum would overflow.
template <class T>
struct OnlineBlock {
  std::int64_t first = 0;
  View<const T> sums;  // queries x width
  const double *maximum = nullptr;
  const double *total = nullptr;
  int exponent = 0;
};

// Calls visit for each block of queries, in order. Throws Error(e_numeric) where an exponent overflows.
template <class T>
void online_sums(Run &run, const OnlineProblem<T> &problem, const std::function<void(const OnlineBlock<T> &)> &visit);

extern template void online_sums<double>(Run &, const OnlineProblem<double> &,
                                         const std::function<void(const OnlineBlock<double> &)> &);
extern template void online_sums<float>(Run &, const OnlineProblem<float> &,
                                        const std::function<void(const OnlineBlock<float> &)> &);

}  // namespace akr
