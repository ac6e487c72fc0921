// SPDX-License-Identifier: BSD-3-Clause
// Every `auto` decision of Gram powers and exponentials. The rates are those of solve/choose.cpp.
#pragma once

#include "config/options.hpp"
#include "matrix/matrix.hpp"
#include "precond/precond.hpp"

namespace akr {

// recursion: stage by stage with one preconditioner, each refined with products by A before the next begins.
// factor: all stages with an accurate R, checked together at the end.
// krylov: exponentials by the Lanczos process.
struct GramPlan {
  GramMethod route = GramMethod::recursion;
  Method method = Method::cholesky;  // of the preconditioner, where none is given
};

// True when R carries the accuracy of a Householder QR: its triangular solves need no refinement.
bool is_accurate(const Precond &m);

// For `stages` solves one after the other of nrhs right-hand sides. Throws Error(e_unsupported) for gram.method =
// krylov, which serves exponentials only, and for method = qr where A shows no rows.
// cholesky: false once AᵀA has proved too ill-conditioned.
GramPlan choose_power_plan(const Options &options, const Matrix &a, std::int64_t stages, std::int64_t nrhs,
                           const Precond *given, bool cholesky = true);

// From so many stages on the singular value decomposition of R costs less than triangular solves.
bool worth_svd(std::int64_t cols, std::int64_t stages, std::int64_t nrhs);

// factor or krylov. Throws Error(e_unsupported) for gram.method = recursion.
GramPlan choose_exponential_plan(const Options &options, const Matrix &a, std::int64_t nrhs, const Precond *given);

}  // namespace akr
