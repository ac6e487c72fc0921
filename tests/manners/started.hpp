// SPDX-License-Identifier: BSD-3-Clause
// How many threads this process has started; pthread_create is counted for every library in it.
#pragma once

#include <cstdint>

std::int64_t threads_started();
