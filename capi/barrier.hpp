// SPDX-License-Identifier: BSD-3-Clause
// The one gate between C callers and the C++ core. Every function of akr.h passes it: no exception leaves, thread
// cancellation is off while it runs, and its outcome is told in the report and in akr_last_error().
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "akr.h"
#include "base/status.hpp"
#include "check.hpp"
#include "config/call.hpp"
#include "handle.hpp"

namespace akr::capi {

static_assert(static_cast<akr_status>(Status::ok) == AKR_OK);
static_assert(static_cast<akr_status>(Status::not_converged) == AKR_NOT_CONVERGED);
static_assert(static_cast<akr_status>(Status::cancelled) == AKR_CANCELLED);
static_assert(static_cast<akr_status>(Status::rank_deficient) == AKR_RANK_DEFICIENT);
static_assert(static_cast<akr_status>(Status::precision_limit) == AKR_PRECISION_LIMIT);
static_assert(static_cast<akr_status>(Status::e_argument) == AKR_E_ARGUMENT);
static_assert(static_cast<akr_status>(Status::e_option) == AKR_E_OPTION);
static_assert(static_cast<akr_status>(Status::e_memory) == AKR_E_MEMORY);
static_assert(static_cast<akr_status>(Status::e_not_finite) == AKR_E_NOT_FINITE);
static_assert(static_cast<akr_status>(Status::e_numeric) == AKR_E_NUMERIC);
static_assert(static_cast<akr_status>(Status::e_callback) == AKR_E_CALLBACK);
static_assert(static_cast<akr_status>(Status::e_unsupported) == AKR_E_UNSUPPORTED);
static_assert(static_cast<akr_status>(Status::e_no_value) == AKR_E_NO_VALUE);
static_assert(static_cast<akr_status>(Status::e_cancelled) == AKR_E_CANCELLED);
static_assert(static_cast<akr_status>(Status::e_internal) == AKR_E_INTERNAL);

// AKR_E_ARGUMENT, …; "AKR_?" for a number that is none of them.
const char *status_name(akr_status status) noexcept;
// What failed last on this thread; "" where nothing has.
const char *last_error() noexcept;

namespace detail {

// A reference to a callable, two words and no allocation: what may fail is inside the gate.
struct CallBody {
  void *closure;
  Status (*invoke)(void *closure, Call &call);
};
struct LightBody {
  void *closure;
  void (*invoke)(void *closure);
};

akr_status run_call(const char *function, const akr_options *options, akr_report *report, CallBody body);
akr_status run_light(const char *function, LightBody body);

template <class F>
void *address(F &body) {
  return const_cast<void *>(static_cast<const void *>(std::addressof(body)));
}

}  // namespace detail

// For everything that computes. body(Call &) returns the Status; it finds the options as a copy made on entry and the
// report cleared. A body may leave a text for a positive status with report.set_outcome(); the gate adds the function's
// name.
template <class F>
akr_status run_call(const char *function, const akr_options *options, akr_report *report, F &&body) {
  using Body = std::remove_reference_t<F>;
  return detail::run_call(function, options, report, {detail::address(body), [](void *closure, Call &call) -> Status {
                                                        return (*static_cast<Body *>(closure))(call);
                                                      }});
}

// For a function that makes a handle: body(Call &) returns std::unique_ptr<H>. *out is NULL on error.
template <class H, class F>
akr_status run_create(const char *function, const akr_options *options, akr_report *report, H **out, F &&body) {
  if (out != nullptr) *out = nullptr;
  return run_call(function, options, report, [&](Call &call) {
    check_out("out", out);
    std::unique_ptr<H> made = body(call);
    *out = made.release();
    return Status::ok;
  });
}

// For setters, getters and the like, which have neither options nor a report of their own. body() returns nothing.
template <class F>
akr_status run_light(const char *function, F &&body) {
  using Body = std::remove_reference_t<F>;
  return detail::run_light(function, {detail::address(body), [](void *closure) { (*static_cast<Body *>(closure))(); }});
}

// Null is fine. A handle of another kind is left alone, and said in akr_last_error().
template <class H>
void destroy(const char *function, const char *argument, H *handle) {
  if (handle == nullptr) return;
  run_light(function, [&] { delete &require(handle, argument); });
}

}  // namespace akr::capi
