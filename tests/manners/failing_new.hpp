// SPDX-License-Identifier: BSD-3-Clause
// Operators new that fail when they are told to. A program that has failing_new.cpp in it gives them to its whole
// process, libakr included.
#pragma once

#include <atomic>

namespace failing_new {

extern std::atomic<long> live;       // blocks not yet freed
extern std::atomic<long> countdown;  // allocations left until one fails; negative: none fails
extern std::atomic<bool> for_good;   // after the first that fails all others do
extern std::atomic<long> failed;     // so many have

}  // namespace failing_new
