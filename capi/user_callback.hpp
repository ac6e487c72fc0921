// SPDX-License-Identifier: BSD-3-Clause
// Calls into the caller's code: a nonzero answer and an exception both become Error(e_callback). Thread cancellation
// stays off, and forced unwinding passes through.
#pragma once

#include <cxxabi.h>

#include <cstdint>
#include <exception>

#include "base/status.hpp"
#include "base/text.hpp"

namespace akr::capi {

// What the callback throws is its own affair and must not be taken for an error of ours.
template <class F>
auto catch_what_it_throws(const char *name, F &&call) {
  try {
    return call();
  } catch (abi::__forced_unwind &) {
    throw;
  } catch (const std::exception &e) {
    throw CallbackError(0, text(name, ": the callback threw: ", e.what()));
  } catch (...) {
    throw CallbackError(0, text(name, ": the callback threw an exception"));
  }
}

template <class F>
void call_user(const char *name, F &&call) {
  const std::int32_t code = catch_what_it_throws(name, call);
  if (code != 0) throw CallbackError(code, text(name, ": the callback returned ", code, " (0 means done)"));
}

}  // namespace akr::capi
