// SPDX-License-Identifier: BSD-3-Clause
#include "refused_threads.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <cerrno>

namespace refused_threads {

std::atomic<int> before{-1};
std::atomic<bool> for_good{true};
std::atomic<int> refused{0};
std::atomic<int> started{0};

}  // namespace refused_threads

using namespace refused_threads;

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t *thread,
                                                                     const pthread_attr_t *attributes,
                                                                     void *(*body)(void *), void *argument) noexcept {
  using Create = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (before == 0) {
    ++refused;
    if (!for_good) before = -1;
    return EAGAIN;
  }
  if (before > 0) --before;
  ++started;
  return real(thread, attributes, body, argument);
}
