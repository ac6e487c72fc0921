// SPDX-License-Identifier: BSD-3-Clause
#include "failing_new.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace failing_new {

std::atomic<long> live{0};
std::atomic<long> countdown{-1};
std::atomic<bool> for_good{false};
std::atomic<long> failed{0};

}  // namespace failing_new

namespace {

using namespace failing_new;

bool fails_now() {
  if (countdown.load() < 0) return false;
  const long left = countdown.fetch_sub(1);
  if (left > 0) return false;
  if (for_good) countdown = 0;
  ++failed;
  return true;
}

void *take(std::size_t size, std::size_t alignment) {
  if (fails_now()) return nullptr;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void *p =
      alignment > alignof(std::max_align_t) ? std::aligned_alloc(alignment, rounded) : std::malloc(size > 0 ? size : 1);
  if (p != nullptr) ++live;
  return p;
}

void *take_or_throw(std::size_t size, std::size_t alignment) {
  void *p = take(size, alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

void give(void *p) {
  if (p == nullptr) return;
  --live;
  std::free(p);
}

}  // namespace

// All forms of them: what another operator new gave would be counted and freed by the delete below.
void *operator new(std::size_t size) { return take_or_throw(size, 1); }
void *operator new[](std::size_t size) { return take_or_throw(size, 1); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return take(size, 1); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return take(size, 1); }
void *operator new(std::size_t size, std::align_val_t a) { return take_or_throw(size, static_cast<std::size_t>(a)); }
void *operator new[](std::size_t size, std::align_val_t a) { return take_or_throw(size, static_cast<std::size_t>(a)); }
void *operator new(std::size_t size, std::align_val_t a, const std::nothrow_t &) noexcept {
  return take(size, static_cast<std::size_t>(a));
}
void *operator new[](std::size_t size, std::align_val_t a, const std::nothrow_t &) noexcept {
  return take(size, static_cast<std::size_t>(a));
}
void operator delete(void *p) noexcept { give(p); }
void operator delete[](void *p) noexcept { give(p); }
void operator delete(void *p, const std::nothrow_t &) noexcept { give(p); }
void operator delete[](void *p, const std::nothrow_t &) noexcept { give(p); }
void operator delete(void *p, std::align_val_t, const std::nothrow_t &) noexcept { give(p); }
void operator delete[](void *p, std::align_val_t, const std::nothrow_t &) noexcept { give(p); }
void operator delete(void *p, std::size_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t) noexcept { give(p); }
void operator delete(void *p, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::align_val_t) noexcept { give(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t, std::align_val_t) noexcept { give(p); }
