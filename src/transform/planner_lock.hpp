// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace akr {

// lock(user) and unlock(user) are called round every use of FFTW's planner from now on, for hosts that plan with the
// same shared FFTW on other threads. Null for either: no such lock (the default). Executing a plan takes no lock.
//
// Order: the host's lock is taken first, ours inside it. The first planning registers fork handlers that hold our lock
// across fork(), so a child never finds the planner locked by a thread that it has not got; the host's own lock is the
// host's to keep through a fork.
void set_planner_lock(void (*lock)(void *), void (*unlock)(void *), void *user) noexcept;

}  // namespace akr
