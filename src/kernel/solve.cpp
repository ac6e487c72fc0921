// SPDX-License-Identifier: BSD-3-Clause
// Attention kernel regression by preconditioned conjugate gradients on the KernelSystem of (K + μI) x = b. Residuals
// are judged in the caller's norm, ‖b − (K + μI)x‖, and recomputed by a product of its own before anything is called
// solved.
#include "kernel/solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/roundoff.hpp"
#include "kernel/range.hpp"
#include "kernel/solver_precond.hpp"
#include "kernel/system.hpp"
#include "linalg/blas.hpp"

namespace akr {

namespace {

constexpr std::int64_t default_iterations = 3000;
constexpr int most_rounds = 12;
// Iterations between two looks at the rate of convergence.
constexpr std::int64_t trial = 12;
// The first look, which only sees what is hopeless: so many times what a dense factor costs.
constexpr std::int64_t first_trial = 4;
constexpr double hopeless = 3;
// Iterations without halving the residual that mean a standstill.
constexpr std::int64_t patience = 150;

struct Column {
  double norm = 0;        // ‖b‖, in the scale of the problem
  double target = 0;      // of the plain residual
  double acceptable = 0;  // what is AKR_OK where nothing better comes, for the K that is computed
  double residual = std::numeric_limits<double>::quiet_NaN();
  bool converged = false;  // acceptable
  bool done = false;
};

class KernelSolve {
 public:
  KernelSolve(Call &call, const Kernel &k, double ridge, View<const double> b)
      : call_(call),
        kernel_(k),
        system_(call.run, k, ridge),
        precond_(call, k, system_, b.cols),
        b_(b),
        n_(k.points()),
        f_(n_, b.cols),
        y_(n_, b.cols, 0.0),
        exponent_(static_cast<std::size_t>(b.cols), 0),
        columns_(static_cast<std::size_t>(b.cols)) {
    for (std::int64_t col = 0; col < b.cols; ++col) {
      double largest = 0;
      for (std::int64_t i = 0; i < n_; ++i) largest = std::max(largest, std::fabs(b(i, col)));
      const int e = largest > 0 ? std::ilogb(largest) : 0;
      exponent_[static_cast<std::size_t>(col)] = e;
      double square = 0;
      for (std::int64_t i = 0; i < n_; ++i) {
        const double scaled = std::ldexp(b(i, col), -e);
        square += scaled * scaled;
        f_(i, col) = scaled / system_.weight()[i];
      }
      columns_[static_cast<std::size_t>(col)].norm = std::sqrt(square);
    }
  }

  Status run(const KernelPrecond *given, View<double> x) {
    try {
      call_.run.poll();
      precond_.prepare(given);
      iterate();
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      cancelled_ = stop.reason() == StopReason::cancel;
      stopped_by_ = cancelled_ ? "cancel" : "time_limit";
      // One more product tells what the iterate is worth, and whether an earlier one was better.
      Array2<double> r(n_, b_.cols);
      judge(r);
      if (worst_ratio() > best_ratio_) {
        std::swap(best_, y_);
        columns_ = best_columns_;
      }
    }
    return finish(x);
  }

 private:
  const Gaussian &g() const { return system_.g(); }
  // (‖K‖ + μ)‖x‖ + ‖b‖.
  double size(std::int64_t c) { return system_.image_norm(y_.col(c)) + columns_[static_cast<std::size_t>(c)].norm; }
  double target(std::int64_t c) {
    const double norm = columns_[static_cast<std::size_t>(c)].norm;
    return std::max(call_.options.rtol * norm, 2 * unit_roundoff(kernel_.bits()) * size(c));
  }

  // r = f − H y, and what that says of the columns.
  void judge(Array2<double> &r) {
    const PhaseTimer timer(call_.report, Key::seconds_certify);
    if (iterations_ > 0) {
      system_.multiply(y_.view(), r.view(), true);
    } else {
      for (std::int64_t c = 0; c < b_.cols; ++c) std::fill_n(r.col(c), n_, 0.0);  // y = 0
    }
    double worst = 0;
    for (std::int64_t c = 0; c < b_.cols; ++c) {
      for (std::int64_t i = 0; i < n_; ++i) r(i, c) = f_(i, c) - r(i, c);
      Column &column = columns_[static_cast<std::size_t>(c)];
      column.residual = system_.plain_norm(r.col(c));
      column.target = target(c);
      column.acceptable = std::max(column.target, 32 * unit_roundoff(kernel_.bits()) * size(c));
      column.converged = column.residual <= column.acceptable;
      column.done = column.residual <= column.target;
      worst = std::max(worst, std::ldexp(column.residual, exponent_[static_cast<std::size_t>(c)]));
    }
    call_.run.monitor().residual(worst);
  }

  bool all_converged() const {
    return std::all_of(columns_.begin(), columns_.end(), [](const Column &c) { return c.converged; });
  }
  bool all_done() const {
    return std::all_of(columns_.begin(), columns_.end(), [](const Column &c) { return c.done; });
  }

  void iterate() {
    const PhaseTimer timer(call_.report, Key::seconds_iterate);
    call_.run.monitor().phase("iterate");
    call_.run.monitor().stage(0.3, 1);
    const std::int64_t limit = call_.options.max_iter > 0 ? call_.options.max_iter : default_iterations;
    Array2<double> r(n_, b_.cols);
    for (int round = 0;; ++round) {
      judge(r);
      const double ratio = worst_ratio();
      const bool halved = ratio < 0.5 * best_ratio_;
      if (ratio < best_ratio_) keep(ratio);
      if (all_done()) return;
      if (round > 0 && !halved && !all_converged() && system_.kept_bits() == 32) {
        call_.run.monitor().log(2, "a kernel in single precision gains nothing more: on with double");
        system_.refuse_single();
        system_.drop();
        if (precond_.store()) system_.keep();
        conjugate_gradients(r, limit);
        continue;
      }
      const bool out_of_steps = iterations_ >= limit || round >= most_rounds;
      stuck_ = halved || round == 0 ? 0 : stuck_ + 1;
      if (!out_of_steps && !(stuck_ > 1 || (stuck_ > 0 && all_converged()))) {
        conjugate_gradients(r, limit);
        continue;
      }
      if (!out_of_steps && !all_converged() && precond_.turn_dense("the iteration stands still")) {
        stuck_ = 0;
        continue;
      }
      stopped_by_ = iterations_ >= limit ? "max_iter" : "stagnation";
      if (ratio > best_ratio_) {
        std::swap(best_, y_);
        judge(r);
      }
      return;
    }
  }

  void keep(double ratio) {
    if (best_.empty()) best_ = Array2<double>(n_, b_.cols);
    for (std::int64_t c = 0; c < b_.cols; ++c) std::copy_n(y_.col(c), n_, best_.col(c));
    best_columns_ = columns_;
    best_ratio_ = ratio;
  }

  // The largest residual over its target.
  double worst_ratio() const {
    double worst = 0;
    for (const Column &c : columns_) worst = std::max(worst, c.target > 0 ? c.residual / c.target : 0);
    return worst;
  }

  // Until the recurrences say that all columns are done, they stand still, or the preconditioner was changed.
  void conjugate_gradients(Array2<double> &r, std::int64_t limit) {
    const std::int64_t k = b_.cols;
    Array2<double> z(n_, k), p(n_, k), h(n_, k);
    std::vector<double> rho(static_cast<std::size_t>(k)), residual(rho.size());
    std::vector<char> active(rho.size());
    precond_->solve(r.view(), z.view());
    for (std::int64_t c = 0; c < k; ++c) {
      const std::size_t at = static_cast<std::size_t>(c);
      rho[at] = linalg::dot(r.col(c), z.col(c), n_);
      residual[at] = columns_[at].residual;
      active[at] = !columns_[at].done && rho[at] > 0;
      std::copy_n(z.col(c), n_, p.col(c));
    }
    const std::vector<double> first = residual;
    const double single_gain = system_.single_change() / 10;
    std::int64_t since_best = 0;
    double at_trial = worst_of(residual), best = at_trial;
    for (std::int64_t step = 1; iterations_ < limit; ++step) {
      if (std::none_of(active.begin(), active.end(), [](char a) { return a != 0; })) return;
      system_.multiply(p.view(), h.view(), false);
      for (std::int64_t c = 0; c < k; ++c) {
        const std::size_t at = static_cast<std::size_t>(c);
        if (active[at] == 0) continue;
        const double curvature = linalg::dot(p.col(c), h.col(c), n_);
        if (!(curvature > 0)) {
          active[at] = 0;
          continue;
        }
        const double alpha = rho[at] / curvature;
        linalg::axpy(alpha, p.col(c), y_.col(c), n_);
        linalg::axpy(-alpha, h.col(c), r.col(c), n_);
      }
      ++iterations_;
      precond_->solve(r.view(), z.view());
      for (std::int64_t c = 0; c < k; ++c) {
        const std::size_t at = static_cast<std::size_t>(c);
        if (active[at] == 0) continue;
        residual[at] = system_.plain_norm(r.col(c));
        const double next = linalg::dot(r.col(c), z.col(c), n_);
        // No further than the rounded G can tell.
        const double enough = system_.kept_bits() == 32 ? single_gain * first[at] : 0;
        if (residual[at] <= std::max(enough, 0.3 * target(c)) || !(next > 0)) {
          active[at] = 0;
          continue;
        }
        const double beta = next / rho[at];
        rho[at] = next;
        for (std::int64_t i = 0; i < n_; ++i) p(i, c) = z(i, c) + beta * p(i, c);
      }
      const double now = worst_of(residual);
      history_.push_back(now);
      call_.run.monitor().iteration(iterations_);
      call_.run.poll();
      const bool halved = now < 0.5 * best;
      since_best = halved ? 0 : since_best + 1;
      if (halved) best = now;
      if (step == first_trial && change_mind(at_trial, now, first_trial, hopeless)) return;
      if (step % trial == 0) {
        if (change_mind(at_trial, now, trial, 1)) return;
        // It goes on: from here on keeping G pays.
        const bool keep = precond_.store() && precond_->form != KernelForm::dense && system_.kept_bits() == 0;
        if (keep) system_.keep();
        at_trial = now;
      }
      if (since_best > patience) return;
    }
  }

  // Residual over ‖b‖, of the worst column.
  double worst_of(const std::vector<double> &residual) const {
    double worst = 0;
    for (std::size_t c = 0; c < residual.size(); ++c) {
      if (columns_[c].norm > 0) worst = std::max(worst, residual[c] / columns_[c].norm);
    }
    return worst;
  }

  // From the rate over the last iterations: another preconditioner, where going on with this one would take longer by
  // the margin.
  bool change_mind(double before, double now, std::int64_t steps, double margin) {
    if (precond_.is_final()) return false;
    double goal = call_.options.rtol;
    for (std::int64_t c = 0; c < b_.cols; ++c) {
      const double norm = columns_[static_cast<std::size_t>(c)].norm;
      if (norm > 0) goal = std::max(goal, target(c) / norm);
    }
    const double rate = std::pow(now / before, 1.0 / static_cast<double>(steps));
    const double left = rate < 0.999 ? std::max(0.0, std::log(goal / now) / std::log(rate)) : 1e9;
    return precond_.reconsider(left, margin);
  }

  Status finish(View<double> x) {
    std::vector<double> log_row(static_cast<std::size_t>(n_));
    for (std::int64_t i = 0; i < n_; ++i) {
      log_row[static_cast<std::size_t>(i)] = -g().log_d()[i] - g().largest_log_d();
      for (std::int64_t c = 0; c < b_.cols; ++c) x(i, c) = y_(i, c);
    }
    return report(scale_out(call_, kernel_.bits(), log_row, exponent_, x));
  }

  Status report(const std::vector<double> &held_back) {
    Report &report = call_.report;
    std::vector<std::int64_t> statuses;
    std::vector<double> residuals;
    bool known = true;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const Column &column = columns_[c];
      // First of all it must tell that x is not as it stands.
      const Status status = held_back[c] != 0  ? Status::precision_limit
                            : column.converged ? Status::ok
                            : cancelled_       ? Status::cancelled
                                               : Status::not_converged;
      statuses.push_back(static_cast<std::int64_t>(status));
      residuals.push_back(std::ldexp(column.residual, exponent_[c]));
      known = known && std::isfinite(residuals.back());
    }
    report.set(Key::stopped_by, std::string(all_converged() ? "converged" : stopped_by_));
    report.set(Key::iterations, iterations_);
    report.set(Key::passes, system_.passes());
    if (known && !residuals.empty())
      report.set(Key::residual_norm, *std::max_element(residuals.begin(), residuals.end()));
    if (precond_.ready()) {
      report.set(Key::kernel_precond, std::string(precond_->name));
      report.set(Key::kernel_rank, precond_->rank);
    }
    report.set(Key::history, history_);
    report.set(Key::column_status, statuses);
    report.set(Key::column_residual, residuals);
    for (const Status s : {Status::precision_limit, Status::cancelled, Status::not_converged}) {
      if (std::find(statuses.begin(), statuses.end(), static_cast<std::int64_t>(s)) != statuses.end()) return s;
    }
    return Status::ok;
  }

  Call &call_;
  const Kernel &kernel_;
  KernelSystem system_;
  SolverPrecond precond_;
  View<const double> b_;
  std::int64_t n_;
  Array2<double> f_;
  Array2<double> y_;
  Array2<double> best_;  // the iterate of the least worst_ratio() of those that judge() saw, and what it said of it
  std::vector<Column> best_columns_;
  double best_ratio_ = std::numeric_limits<double>::infinity();
  std::vector<int> exponent_;
  std::vector<Column> columns_;
  std::int64_t iterations_ = 0;
  std::vector<double> history_;
  const char *stopped_by_ = "converged";
  bool cancelled_ = false;
  int stuck_ = 0;
};

}  // namespace

Status solve_kernel(Call &call, const Kernel &k, const KernelPrecond *m, double ridge, View<const double> b,
                    View<double> x) {
  return KernelSolve(call, k, ridge, b).run(m, x);
}

}  // namespace akr
