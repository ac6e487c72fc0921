// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/solver_precond.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace akr {

namespace {

// From so many iterations on a larger rank is tried.
constexpr double many_iterations = 60;

}  // namespace

void SolverPrecond::prepare(const KernelPrecond *given) {
  const MemoryMeter &memory = call_.run.memory();
  plan_ = choose_kernel_plan(call_.options, system_.g(), system_.ridge(), memory.limit() - memory.used());
  if (given != nullptr && given->ridge == system_.ridge() && given->fingerprint == fingerprint(kernel_)) {
    given_ = given;
    plan_.may_turn_dense = false;
  } else {
    if (given != nullptr)
      call_.run.monitor().log(1, "the preconditioner was made for another kernel or ridge: not used");
    build();
  }
  if (call_.options.chosen_kernel_storage() == StorageChoice::dense) system_.keep();
}

void SolverPrecond::build() {
  if (plan_.kind == KernelChoice::dense) {
    own_ = precond_by_dense(call_, system_.g(), system_.ridge());
    return;
  }
  low_rank_.emplace();
  grow(plan_.rank);
}

void SolverPrecond::grow(std::int64_t rank) {
  own_.reset();  // its memory is for the next one
  extend_low_rank(call_, system_.g(), plan_.kind, rank, *low_rank_);
  if (hopeless_rank() && turn_dense("the ridge is far below what the low rank leaves")) return;
  own_ = precond_of_choice(system_.g(), system_.ridge(), *low_rank_, plan_.kind);
}

// The ridge form's condition number is at most 1 + tr(G − F Fᵀ)/min μD⁻². That is loose: of points on spheres of 3 and
// 8 dimensions its root was up to 4 times the iterations to 10⁻⁸ where it was below 900, and 20 to 30 times where it
// was above 5000 and a dense factor was cheaper by far. An eighth is taken for what is needed at least.
bool SolverPrecond::hopeless_rank() const {
  if (!plan_.may_turn_dense || plan_.kind != KernelChoice::rpcholesky || system_.size() == 0) return false;
  const double least = std::max(system_.least_ridge(), std::numeric_limits<double>::min());
  const double iterations = std::sqrt(low_rank_->trace / least) / 8;
  return iterations > 2 * dense_equivalent(system_.g(), low_rank_->rank, right_sides_, 0);
}

bool SolverPrecond::turn_dense(const std::string &why) {
  if (!plan_.may_turn_dense || is_final()) return false;
  call_.run.monitor().log(2, text(why, ": a dense factor takes over"));
  low_rank_.reset();
  own_.reset();
  if (call_.options.chosen_kernel_storage() != StorageChoice::dense) system_.drop();
  plan_.store = false;
  own_ = precond_by_dense(call_, system_.g(), system_.ridge());
  plan_.kind = KernelChoice::dense;
  return true;
}

bool SolverPrecond::reconsider(double iterations_left, double margin) {
  if (is_final()) return false;
  const double dense = dense_equivalent(system_.g(), own_->rank, right_sides_, system_.kept_bits());
  if (iterations_left > margin * dense &&
      turn_dense(text("about ", std::lround(std::min(iterations_left, 1e6)), " iterations are left")))
    return true;
  const std::int64_t rank = low_rank_->rank;
  if (margin > 1 || rank >= plan_.most_rank || iterations_left <= many_iterations || low_rank_->trace <= 0)
    return false;
  grow(std::min(plan_.most_rank, 2 * rank));
  call_.run.monitor().log(2, text("rank ", rank, " is too little: going on with ", own_->rank));
  return own_->rank > rank;
}

}  // namespace akr
