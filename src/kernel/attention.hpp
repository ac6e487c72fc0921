// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "config/call.hpp"
#include "kernel/online.hpp"

namespace akr {

// out (m x width, the layout of `out`) = softmax(scale·Q Kᵀ) V, row by row. causal: query q takes the keys
// i <= q + (n − m), so that the last query takes all; a query that takes none gives zeros.
template <class T>
struct AttentionProblem {
  Operand<T> q, k, v;
  double scale = 1;
  bool causal = false;
  View<T> out;
  bool out_by_rows = false;  // out is stored width x m
};

template <class T>
Status attention(Call &call, const AttentionProblem<T> &problem);

extern template Status attention<double>(Call &, const AttentionProblem<double> &);
extern template Status attention<float>(Call &, const AttentionProblem<float> &);

}  // namespace akr
