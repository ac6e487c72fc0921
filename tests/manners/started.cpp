// SPDX-License-Identifier: BSD-3-Clause
#include "started.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace {

std::atomic<std::int64_t> started{0};

}  // namespace

// Stands in for the C library's in the whole process, which must be linked with its symbols exported.
extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t *thread,
                                                                     const pthread_attr_t *attributes,
                                                                     void *(*body)(void *), void *argument) noexcept {
  using Create = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  ++started;
  return real(thread, attributes, body, argument);
}

std::int64_t threads_started() { return started.load(); }
