// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "base/run.hpp"
#include "matrix/matrix.hpp"

namespace akr {

// How to go on after a look at the Gram matrix of the first rows; in_doubt: in double up to 2 d rows, and there peek
// decides.
enum class GramStep { stop, in_double, in_single, in_doubt };

struct GramRequest {
  // AᵀB (d x k), summed in the same reading. Not for sparse matrices and operators.
  const RightSides *b = nullptr;
  View<double> atb;
  // After the first rows (about 4d, evenly from all of A where it is dense) peek sees the partial Gram matrix. An empty
  // function is never asked, nor is one for a sparse matrix or an operator.
  std::function<GramStep(View<const double> partial)> peek;
  // Before that, of a dense A that has not very many rows, or so few that peek sees nothing: sees of half of the
  // columns the Gram matrix of ¾ d rows, evenly from all of A, and zeros on their right. In the second case it may
  // answer in_single or, where there are 4 d rows or more, in_doubt.
  std::function<GramStep(View<const double> partial)> glimpse;
  // After that answer: sees these, and the diagonal of all columns of the same rows; sets `scale`. False: it can't, go
  // on in double.
  std::function<bool(View<const double> partial)> rescale;
  // After that, and where there are 4 d rows or more: sees the Gram matrix of 2 d. False: that is the end.
  std::function<bool(View<const double> partial)> confirm;
  // Column scales, powers of two, that peek has set when it answers in_single, or rescale: A D has columns of norm
  // about 1.
  const double *scale = nullptr;
};

// Upper triangle of g (d x d) = AᵀA, one pass (d products with A and Aᵀ for an operator). In double, the sum has the
// usual error; in single precision the products of row blocks are, and their sums are added in double: relative to
// ‖a_i‖‖a_j‖ the error is a few 2⁻²⁴. False when peek or glimpse answered stop, or confirm false: then the rows left
// are not even read.
bool gram_matrix(Run &run, const Matrix &a, View<double> g, const GramRequest &request);

// Whether peek sees a part of it, rather than all.
bool gram_is_seen_early(const Matrix &a);
// Whether glimpse sees a part of it where peek does not.
bool gram_is_glimpsed(const Matrix &a);
// Whether peek does after all, where glimpse is in doubt: there are 4 d rows or more.
bool gram_is_seen_in_doubt(const Matrix &a);
// Whether confirm may then: there are many columns, and 4 d rows or more.
bool gram_is_confirmed(const Matrix &a);

// Whether it is summed entry by entry: of a sparse A with few of them. Rows that are nearly full go as dense blocks.
bool gram_goes_by_entries(const Matrix &a);

}  // namespace akr
