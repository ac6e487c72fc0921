// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/system.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/roundoff.hpp"
#include "base/text.hpp"
#include "kernel/kernel_precond.hpp"

namespace akr {

namespace {

// Beyond this spread of the logarithms of D the small rows are lost in the large ones.
constexpr double most_spread = 300;

}  // namespace

KernelSystem::KernelSystem(Run &run, const Kernel &kernel, double ridge)
    : run_(run),
      g_(kernel),
      ridge_(ridge),
      mu_(ridge_diagonal(g_, ridge)),
      weight_(std::max<std::int64_t>(kernel.points(), 1)) {
  const double c = g_.largest_log_d();
  for (std::int64_t i = 0; i < size(); ++i) {
    if (c - g_.log_d()[i] > most_spread) {
      throw Error(Status::e_numeric, text("scale times half the squared norms of the points lies between ",
                                          g_.log_d()[i], " and ", c, ": must not spread by more than ", most_spread));
    }
    weight_[i] = std::exp(g_.log_d()[i] - c);
  }
  if (size() > 0) least_ridge_ = *std::min_element(mu_.data(), mu_.data() + size());
}

void KernelSystem::multiply(View<const double> v, View<double> out, bool exact) {
  if (!exact && g_.stored_bits() > 0) {
    g_.stored_product(run_, v, out);
  } else {
    g_.product(run_, v, out);
  }
  ++passes_;
  for (std::int64_t c = 0; c < v.cols; ++c) {
    for (std::int64_t i = 0; i < size(); ++i) out(i, c) += mu_[i] * v(i, c);
  }
}

double KernelSystem::plain_norm(const double *r) const {
  double square = 0;
  for (std::int64_t i = 0; i < size(); ++i) square += (weight_[i] * r[i]) * (weight_[i] * r[i]);
  return std::sqrt(square);
}

double KernelSystem::image_norm(const double *y) {
  if (!(norm_ > 0)) norm_ = norm_estimate();
  const double top = ridge_ * std::exp(-2 * g_.largest_log_d());
  double square = 0;
  for (std::int64_t i = 0; i < size(); ++i) square += (y[i] / weight_[i]) * (y[i] / weight_[i]);
  return (norm_ + top) * std::sqrt(square);
}

double KernelSystem::norm_estimate() {
  Array2<double> v(size(), 1), product(size(), 1);
  for (std::int64_t i = 0; i < size(); ++i) v(i, 0) = weight_[i];
  g_.product(run_, v.view(), product.view());
  ++passes_;
  const double n = static_cast<double>(std::max<std::int64_t>(size(), 1));
  return std::max(1.0, plain_norm(product.col(0)) / std::sqrt(n));
}

void KernelSystem::keep() { g_.store(run_, !single_refused_ && 30 * single_change() <= 1 ? 32 : 64); }

double KernelSystem::single_change() const {
  return least_ridge_ > 0 ? unit_roundoff(32) * std::sqrt(static_cast<double>(size())) / least_ridge_
                          : std::numeric_limits<double>::infinity();
}

}  // namespace akr
