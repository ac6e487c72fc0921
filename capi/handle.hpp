// SPDX-License-Identifier: BSD-3-Clause
// What stands behind the opaque handles of akr.h. The first eight bytes of each say what it is; they are read before
// anything else and overwritten on destroy, so that a wrong or stale handle is named, not followed.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "akr.h"
#include "base/status.hpp"
#include "base/text.hpp"
#include "config/options.hpp"
#include "config/report.hpp"
#include "matrix/matrix.hpp"
#include "sketch/sketch.hpp"

namespace akr {

class Precond;        // precond/precond.hpp
class Kernel;         // kernel/kernel.hpp
class KernelPrecond;  // kernel/kernel_precond.hpp

namespace capi {

// "akr:kind" with the kind's number in the low byte: unlikely in memory that is not a handle.
enum class Kind : std::uint64_t {
  options = 0x616b723ae1d75c01,
  report = 0x616b723ae1d75c02,
  matrix = 0x616b723ae1d75c03,
  precond = 0x616b723ae1d75c04,
  sketch = 0x616b723ae1d75c05,
  kernel = 0x616b723ae1d75c06,
};

constexpr Kind all_kinds[] = {Kind::options, Kind::report, Kind::matrix, Kind::precond, Kind::sketch, Kind::kernel};

constexpr const char *kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::options:
      return "akr_options";
    case Kind::report:
      return "akr_report";
    case Kind::matrix:
      return "akr_matrix";
    case Kind::precond:
      return "akr_precond";
    case Kind::sketch:
      return "akr_sketch";
    case Kind::kernel:
      return "akr_kernel";
  }
  return "";
}

// The first member of every handle. Its destructor leaves the complement behind: still recognisable as a handle that
// was destroyed, for as long as the allocator does not use the memory again.
class Tag {
 public:
  explicit Tag(Kind kind) noexcept : value_(static_cast<std::uint64_t>(kind)) {}
  // Through volatile, because a store to an object whose life ends is otherwise dropped by the optimiser.
  ~Tag() { *const_cast<volatile std::uint64_t *>(&value_) = ~value_; }
  Tag(const Tag &) = delete;
  Tag &operator=(const Tag &) = delete;

 private:
  std::uint64_t value_;
};

}  // namespace capi
}  // namespace akr

struct akr_options_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::options;
  akr::capi::Tag tag{kind};
  akr::Options values;
  akr_progress_fn progress = nullptr;
  void *progress_user = nullptr;
  akr_log_fn log = nullptr;
  void *log_user = nullptr;
  const std::int32_t *cancel = nullptr;
};

struct akr_report_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::report;
  akr::capi::Tag tag{kind};
  akr::Report report;
};

struct akr_matrix_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::matrix;
  explicit akr_matrix_s(std::shared_ptr<const akr::Matrix> m) : matrix(std::move(m)) {}
  akr::capi::Tag tag{kind};
  std::shared_ptr<const akr::Matrix> matrix;
};

struct akr_precond_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::precond;
  explicit akr_precond_s(std::shared_ptr<const akr::Precond> p) : precond(std::move(p)) {}
  explicit akr_precond_s(std::shared_ptr<const akr::KernelPrecond> p) : kernel(std::move(p)) {}
  akr::capi::Tag tag{kind};
  // One of the two.
  std::shared_ptr<const akr::Precond> precond;
  std::shared_ptr<const akr::KernelPrecond> kernel;
};

struct akr_sketch_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::sketch;
  explicit akr_sketch_s(std::shared_ptr<const akr::Sketch> s) : sketch(std::move(s)) {}
  akr::capi::Tag tag{kind};
  std::shared_ptr<const akr::Sketch> sketch;
};

struct akr_kernel_s {
  static constexpr akr::capi::Kind kind = akr::capi::Kind::kernel;
  explicit akr_kernel_s(std::shared_ptr<const akr::Kernel> k) : kernel(std::move(k)) {}
  akr::capi::Tag tag{kind};
  std::shared_ptr<const akr::Kernel> kernel;
};

namespace akr::capi {

// Throws Error(e_argument) unless the memory begins with the wanted kind's tag. Null is refused as well.
void require_kind(const void *handle, Kind wanted, const char *argument);

template <class H>
const H &require(const H *handle, const char *argument) {
  require_kind(handle, H::kind, argument);
  return *handle;
}

template <class H>
H &require(H *handle, const char *argument) {
  require_kind(handle, H::kind, argument);
  return *handle;
}

}  // namespace akr::capi
