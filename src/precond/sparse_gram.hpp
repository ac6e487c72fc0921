// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "base/run.hpp"
#include "matrix/sparse.hpp"

namespace akr {

// Upper triangle of g (d x d) += AᵀA: Σ over the rows of (entries of the row)²/2 updates.
template <class T>
void add_sparse_gram(Run &run, const SparseMatrix<T> &a, View<double> g);

extern template void add_sparse_gram<double>(Run &, const SparseMatrix<double> &, View<double>);
extern template void add_sparse_gram<float>(Run &, const SparseMatrix<float> &, View<double>);

}  // namespace akr
