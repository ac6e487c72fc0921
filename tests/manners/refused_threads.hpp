// SPDX-License-Identifier: BSD-3-Clause
// A pthread_create that refuses when it is told to, for every library of the process; the program must be linked with
// its symbols exported. Let the BLAS have its threads before anything is refused.
#pragma once

#include <atomic>

namespace refused_threads {

extern std::atomic<int> before;     // threads that are granted first; negative: all are
extern std::atomic<bool> for_good;  // after the first that is refused all others are
extern std::atomic<int> refused;    // so many have been
extern std::atomic<int> started;    // and so many were granted

}  // namespace refused_threads
