// SPDX-License-Identifier: BSD-3-Clause
// exp(−t AᵀA) b in the Krylov space of b (Saad, SIAM J. Numer. Anal. 29, 1992): with AᵀA Q_m = Q_m T_m + β_m
// q_{m+1}e_mᵀ, x ≈ ‖b‖ Q_m exp(−t T_m) e_1, wrong by ‖b‖ β_m |t| |e_mᵀ φ₁(−t T_m) e_1| to leading order, φ₁(z) = (eᶻ −
// 1)/z.
#include "gram/krylov.hpp"

#include <algorithm>
#include <cmath>

#include "base/roundoff.hpp"
#include "linalg/blas.hpp"
#include "linalg/lapack.hpp"
#include "precond/precond.hpp"

namespace akr {

namespace {

constexpr double u = unit_roundoff(64);
constexpr std::int64_t most_steps = 1000;
// Up to here T is looked at after every step, later after every fourth.
constexpr std::int64_t close_look = 24;

// φ₁(z)·exp(−shift), shift ≥ z and ≥ 0.
double phi_1(double z, double shift) {
  if (std::fabs(z) < 1e-8) return (1 + z / 2) * std::exp(-shift);
  if (std::fabs(z) < 0.5) return std::expm1(z) / z * std::exp(-shift);
  return (std::exp(z - shift) - std::exp(-shift)) / z;
}

// A random column goes along: b may lie where it says nothing of ‖exp(−tAᵀA)‖, to which all errors are relative.
constexpr double probe_tolerance = 1e-2;

// The process for one column.
class Lanczos {
 public:
  Lanczos(double t, const double *b, std::int64_t d) : t_(t), d_(d) {
    norm_ = linalg::norm2(b, d);
    Buffer<double> q(d);
    for (std::int64_t j = 0; j < d; ++j) q[j] = norm_ > 0 ? b[j] / norm_ : 0;
    basis_.push_back(std::move(q));
    done_ = !(norm_ > 0);
  }

  bool done() const { return done_; }
  bool converged() const { return done_ || exact_; }
  double norm() const { return norm_; }
  std::int64_t steps() const { return static_cast<std::int64_t>(alpha_.size()); }
  const double *latest() const { return basis_.back().data(); }
  // The steps are those of 2ᵉ AᵀA.
  void set_scale(int e) { scale_ = e; }

  // z = 2ᵉ AᵀA q, energy = 2ᵉ ‖A q‖².
  void step(double *z, double energy) {
    alpha_.push_back(energy);
    for (int twice = 0; twice < 2; ++twice) {
      for (const Buffer<double> &q : basis_) linalg::axpy(-linalg::dot(q.data(), z, d_), q.data(), z, d_);
    }
    const double beta = linalg::norm2(z, d_);
    largest_ = std::max({largest_, energy, beta});
    beta_.push_back(beta);
    if (!(beta > 10 * u * largest_) || steps() >= d_) {
      exact_ = true;  // an invariant subspace
      done_ = true;
      return;
    }
    Buffer<double> q(d_);
    for (std::int64_t j = 0; j < d_; ++j) q[j] = z[j] / beta;
    basis_.push_back(std::move(q));
  }

  // Looks at T: the answer's coefficients, and whether they are good enough twice running.
  void look(double tolerance) {
    const std::int64_t m = steps();
    if (m == 0) return;
    const auto eigen = linalg::tridiagonal_eigen(alpha_, std::vector<double>(beta_.begin(), beta_.end() - 1));
    // AᵀA has no negative eigenvalues, so T has none but by rounding.
    const double most = std::max(eigen.values[m - 1], 0.0);
    Buffer<double> logs(m);
    Buffer<double> first(m);
    for (std::int64_t i = 0; i < m; ++i) {
      const double theta = std::max(eigen.values[i], 0.0);
      logs[i] = exponent_of(t_, theta, -scale_);
      if (counts_as_zero(logs[i], theta, 8 * u * most)) logs[i] = 0;
      first[i] = eigen.vectors(0, i);
    }
    largest_log_ = -exponent_of(std::fabs(t_), most, -scale_);
    log_norm_ = *std::max_element(logs.begin(), logs.end());
    log_least_ = *std::min_element(logs.begin(), logs.end());
    // exp(−tT)e_1 and e_mᵀφ₁(−tT)e_1 with what is large factored out.
    Buffer<double> weights(m);
    log_scale_ = weigh(first.data(), logs.data(), m, weights.data());
    coefficients_.assign(static_cast<std::size_t>(m), 0);
    double last = 0;
    const double shift = std::max(log_norm_, 0.0);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t l = 0; l < m; ++l)
        coefficients_[static_cast<std::size_t>(l)] += weights[i] * eigen.vectors(l, i);
      last += eigen.vectors(m - 1, i) * phi_1(logs[i], shift) * first[i];
    }
    const double beta_log = exact_ ? 0 : -exponent_of(std::fabs(t_), beta_.back(), -scale_);
    truncation_ = beta_log > 0 && last != 0 ? std::exp(std::log(std::fabs(last) * beta_log) + (shift - log_norm_)) : 0;
    const bool good = truncation_ <= std::max(tolerance, u * (1 + largest_log_));
    done_ = done_ || (good && was_good_);
    was_good_ = good;
  }

  // x and its scale; valid after a look().
  void write(double *x, std::int64_t &exponent) const {
    std::fill_n(x, d_, 0.0);
    if (coefficients_.empty()) return;
    const ScaledExp scale = scaled_exp(log_scale_);
    for (std::size_t l = 0; l < coefficients_.size(); ++l) {
      linalg::axpy(scale.factor * norm_ * coefficients_[l], basis_[l].data(), x, d_);
    }
    exponent += scale.exponent;
  }

  double truncation() const { return truncation_; }
  double largest_log() const { return largest_log_; }  // |t|σ₁², as far as it is known
  double log_norm() const { return log_norm_; }
  double log_least() const { return log_least_; }

 private:
  double t_;
  std::int64_t d_;
  double norm_ = 0;
  std::vector<Buffer<double>> basis_;
  std::vector<double> alpha_;
  std::vector<double> beta_;
  std::vector<double> coefficients_;
  double largest_ = 0;
  double largest_log_ = 0;
  double log_scale_ = 0;
  int scale_ = 0;
  double log_norm_ = 0;
  double log_least_ = 0;
  double truncation_ = 0;
  bool exact_ = false;
  bool was_good_ = false;
  bool done_ = false;
};

class KrylovSolve {
 public:
  KrylovSolve(Call &call, const Matrix &a, double t, const ScaledColumns &b) : call_(call), a_(a), t_(t), b_(b) {
    for (std::int64_t c = 0; c < b.cols(); ++c) columns_.emplace_back(t, b.values().col(c), b.rows());
    Buffer<double> w(std::max<std::int64_t>(b.rows(), 1));
    fill_probe(w.data(), b.rows());
    columns_.emplace_back(t, w.data(), b.rows());
  }

  KrylovResult run() {
    call_.run.monitor().phase("iterate");
    call_.run.monitor().stage(0, 1);
    try {
      iterate();
    } catch (const Interrupted &stop) {
      call_.run.monitor().stop_listening();
      out_.result.interrupt(stop.reason());
      for (Lanczos &column : columns_) column.look(0);
    }
    return finish();
  }

 private:
  void iterate() {
    const PhaseTimer timer(call_.report, Key::seconds_iterate);
    const Options &options = call_.options;
    const std::int64_t limit = options.max_iter > 0 ? options.max_iter : most_steps;
    while (true) {
      std::vector<std::int64_t> active;
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        if (!columns_[c].done()) active.push_back(static_cast<std::int64_t>(c));
      }
      if (active.empty()) return;
      if (out_.steps >= limit) {
        out_.result.stopped_by = "max_iter";
        for (const std::int64_t c : active) columns_[static_cast<std::size_t>(c)].look(tolerance(c));
        return;
      }
      call_.run.poll();
      step(active);
      const bool looks = out_.steps <= close_look || out_.steps % 4 == 0 || out_.steps >= limit;
      for (const std::int64_t c : active) {
        Lanczos &column = columns_[static_cast<std::size_t>(c)];
        if (looks || column.done()) column.look(tolerance(c));
      }
      call_.run.monitor().iteration(out_.steps);
      call_.run.monitor().advance(static_cast<double>(out_.steps) /
                                  static_cast<double>(std::min(limit, std::max<std::int64_t>(a_.cols(), 1))));
    }
  }

  double tolerance(std::int64_t c) const { return c < b_.cols() ? call_.options.rtol : probe_tolerance; }

  void step(const std::vector<std::int64_t> &active) {
    const std::int64_t k = static_cast<std::int64_t>(active.size());
    Array2<double> q(a_.cols(), k);
    Array2<double> z(a_.cols(), k);
    std::vector<double> energy(active.size());
    for (std::int64_t i = 0; i < k; ++i) {
      std::copy_n(columns_[static_cast<std::size_t>(active[static_cast<std::size_t>(i)])].latest(), a_.cols(),
                  q.col(i));
    }
    product(q, z, energy);
    if (out_.steps == 0) {
      // Those of floats are in range as they are, and an operator takes floats: 2⁶⁰⁰q is none.
      const int shift = a_.bits() == 64 ? shift_of(energy) : 0;
      if (shift != 0) {
        unit_ = std::ldexp(1.0, shift);
        for (Lanczos &column : columns_) column.set_scale(2 * shift);
        product(q, z, energy);
      }
    }
    ++out_.steps;
    for (std::int64_t i = 0; i < k; ++i) {
      columns_[static_cast<std::size_t>(active[static_cast<std::size_t>(i)])].step(z.col(i),
                                                                                   energy[static_cast<std::size_t>(i)]);
    }
  }

  // z = (unit·A)ᵀ(unit·A)q, energy = ‖unit·A q‖².
  void product(const Array2<double> &q, Array2<double> &z, std::vector<double> &energy) {
    Array2<double> scaled(q.rows(), q.cols());
    for (std::int64_t c = 0; c < q.cols(); ++c) {
      for (std::int64_t j = 0; j < q.rows(); ++j) scaled(j, c) = unit_ * q(j, c);
    }
    PassRequest request;
    request.x = scaled.view();
    request.gain = unit_;
    request.z = z.view();
    request.sumsq = energy.data();
    a_.pass(call_.run, request);
    ++out_.passes;
  }

  // The power of two for A that brings AᵀA into the range of a double, judged by the first products: the random
  // column is among them.
  static int shift_of(const std::vector<double> &energy) {
    double most = 0;
    for (const double e : energy) {
      if (!(e <= 1e200)) return -600;
      most = std::max(most, e);
    }
    return most > 0 && most >= 1e-200 ? 0 : 600;
  }

  KrylovResult finish() {
    out_.x = ScaledColumns(b_.rows(), b_.cols());
    ExponentialAccuracy &accuracy = out_.accuracy;
    bool first = true;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const Lanczos &column = columns_[c];
      const std::int64_t at = static_cast<std::int64_t>(c);
      if (at < b_.cols()) {
        out_.x.exponent(at) = b_.exponent(at);
        column.write(out_.x.values().col(at), out_.x.exponent(at));
        ColumnResult result;
        result.converged = column.converged();
        out_.result.columns.push_back(result);
        accuracy.truncation = std::max(accuracy.truncation, column.truncation());
      }
      if (!(column.norm() > 0) || column.steps() == 0) continue;
      accuracy.log_norm = first ? column.log_norm() : std::max(accuracy.log_norm, column.log_norm());
      accuracy.log_least = first ? column.log_least() : std::min(accuracy.log_least, column.log_least());
      accuracy.largest = std::max(accuracy.largest, column.largest_log());
      first = false;
    }
    out_.x.normalise();
    out_.result.iterations = out_.steps;
    return std::move(out_);
  }

  Call &call_;
  const Matrix &a_;
  double t_;
  const ScaledColumns &b_;
  std::vector<Lanczos> columns_;
  KrylovResult out_;
  double unit_ = 1;
};

}  // namespace

KrylovResult krylov_exponential(Call &call, const Matrix &a, double t, const ScaledColumns &b) {
  return KrylovSolve(call, a, t, b).run();
}

}  // namespace akr
