// SPDX-License-Identifier: BSD-3-Clause
// A symmetric positive semidefinite matrix known by its diagonal, its columns and its products: all that a
// preconditioner for one needs. Whether it is stored, or computed again each time, its owner decides.
#pragma once

#include <cstdint>

#include "base/run.hpp"
#include "base/view.hpp"

namespace akr {

class SymmetricOperator {
 public:
  virtual ~SymmetricOperator() = default;

  std::int64_t size() const noexcept { return size_; }

  // out[0..size) = the diagonal.
  virtual void diagonal(Run &run, double *out) const = 0;
  // out (size x count) = the columns index[0..count).
  virtual void columns(Run &run, const std::int64_t *index, std::int64_t count, View<double> out) const = 0;
  // Y = this · X (size x k each), exact up to roundoff in double.
  virtual void product(Run &run, View<const double> x, View<double> y) const = 0;

 protected:
  explicit SymmetricOperator(std::int64_t size) : size_(size) {}
  SymmetricOperator(const SymmetricOperator &) = default;
  SymmetricOperator &operator=(const SymmetricOperator &) = default;

 private:
  std::int64_t size_;
};

}  // namespace akr
