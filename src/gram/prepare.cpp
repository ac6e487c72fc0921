// SPDX-License-Identifier: BSD-3-Clause
#include "gram/prepare.hpp"

#include "base/text.hpp"
#include "precond/build.hpp"
#include "solve/choose.hpp"
#include "solve/lsq.hpp"

namespace akr {

void GramPreparation::begin(const Precond *given, std::int64_t stages, std::int64_t nrhs) {
  call_.run.poll();
  if (!take(given)) {
    build(stages, nrhs);
  } else {
    plan_ = choose_power_plan(call_.options, a_, stages, nrhs, &of_a());
  }
  accurate_ = is_accurate(of_a());
  const bool doubled = call_.options.chosen_precision() == ResidualPrecision::doubled;
  if ((plan_.route == GramMethod::factor || doubled) && !accurate_) make_accurate();
  settle_units();
}

void GramPreparation::build(std::int64_t stages, std::int64_t nrhs) {
  plan_ = choose_power_plan(call_.options, a_, stages, nrhs, nullptr);
  if (plan_.method == Method::cholesky && call_.options.chosen_method() == Method::automatic) {
    CholeskyPlan how = cholesky_plan(call_.options, a_, nrhs);
    how.passes = &passes_;
    if (stages > 1) how.single_limit = 0;  // each stage would take further passes
    owned_ = precond_by_cholesky(call_, a_, 0, how, nullptr, View<double>());
    if (owned_) return;
    call_.run.monitor().log(2, "AᵀA is too ill-conditioned for its Cholesky factor");
    plan_ = choose_power_plan(call_.options, a_, stages, nrhs, nullptr, false);
  }
  owned_ = build_precond(call_, a_, 0, plan_.method, passes_);
  owned_->start.reset();  // belongs to a least-squares solve
}

// Where it is of this A and this rule of rank, and has no ridge, or one that can be taken off.
bool GramPreparation::take(const Precond *given) {
  if (given == nullptr || given->tolerance != rank_tolerance(call_.options, a_.cols(), a_.bits())) return false;
  ++passes_;
  if (!belongs_to(call_.run, *given, a_)) {
    call_.run.monitor().log(1, "the preconditioner was made for another matrix: not used");
    return false;
  }
  if (given->ridge != 0) {
    owned_ = adapt_ridge(call_.options, *given, 0);
    return owned_.has_value();
  }
  given_ = given;
  return true;
}

// R of a sketch, or of AᵀA, becomes that of the Cholesky factor of (AP)ᵀ(AP), which is as good as Householder's.
void GramPreparation::make_accurate() {
  if (!owned_) owned_ = given_->clone();
  ++passes_;
  if (!orthonormalise(call_, a_, *owned_)) {
    if (!a_.has_panels()) {
      throw Error(Status::e_numeric, "A: the Cholesky factor of the preconditioned Gram matrix does not exist");
    }
    owned_ = precond_by_qr(call_, a_, 0, nullptr, View<double>());
    passes_ += owned_->passes;
  }
  accurate_ = true;
}

bool GramPreparation::strengthen() {
  if (call_.options.chosen_method() != Method::automatic && given_ == nullptr) return false;
  if (!accurate_) {
    make_accurate();
  } else if (a_.has_panels() && of_a().origin != PrecondOrigin::qr && of_a().full_rank()) {
    owned_ = precond_by_qr(call_, a_, 0, nullptr, View<double>());
    passes_ += owned_->passes;
  } else {
    return false;
  }
  settle_units();
  call_.run.monitor().log(2, text("not converged: going on with ", method_name()));
  return true;
}

void GramPreparation::settle_units() {
  const Precond &m = of_a();
  units_.reset();
  unit_ = 1;
  if (m.frobenius <= 1e50 && m.frobenius >= 1e-50) return;
  unit_ = power_of_two_scale(m.frobenius);
  units_ = m.clone();
  units_->frobenius *= unit_;
  for (std::int64_t j = 0; j < m.cols; ++j) units_->scale[j] /= unit_;
}

const char *GramPreparation::method_name() const {
  if (call_.options.chosen_method() == Method::gradient && !accurate_) return "gradient";
  return of_a().method_name();
}

}  // namespace akr
