// SPDX-License-Identifier: BSD-3-Clause
#include "base/memory.hpp"

#include <sys/mman.h>

#include <limits>
#include <new>
#include <utility>

#include "base/status.hpp"
#include "base/text.hpp"

namespace akr {

namespace {

constexpr std::int64_t alignment = 64;

// The first touch of a page of 4 KiB costs as much as reading it many times (on virtual machines up to 4 µs, a
// nanosecond a byte), in pages of 2 MiB hardly anything: a matrix of 256 MiB filled and factored took a fifth less
// time, one of 8 MiB is copied in 2.5 ms rather than 8. What is larger still is mostly computed with for so long that
// this does not matter, and what its owner leaves untouched (half of a triangular factor) stays out of memory.
void ask_for_huge_pages(void *p, std::int64_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  constexpr std::int64_t least = std::int64_t(1) << 22;  // half of its pages can be large, wherever it lies
  constexpr std::int64_t most = std::int64_t(1) << 30;
  if (bytes < least || bytes > most) return;
  // From the first whole page to the last.
  constexpr std::uintptr_t page = 4096;
  const std::uintptr_t before = -reinterpret_cast<std::uintptr_t>(p) % page;
  const std::uintptr_t length = (static_cast<std::uintptr_t>(bytes) - before) / page * page;
  madvise(static_cast<char *>(p) + before, length, MADV_HUGEPAGE);
#endif
}

// Null whenever no call runs on the thread, hence never in need of a destructor: with one, a plug-in that has libakr.a
// inside could not be unloaded before every thread that has called it is at its end.
std::shared_ptr<MemoryMeter> &current_slot() noexcept {
  using Slot = std::shared_ptr<MemoryMeter>;
  alignas(Slot) thread_local unsigned char storage[sizeof(Slot)];
  thread_local Slot *slot = nullptr;
  if (slot == nullptr) slot = new (storage) Slot;
  return *slot;
}

}  // namespace

void MemoryMeter::charge(std::int64_t bytes) {
  const std::int64_t now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (limit_ > 0 && now > limit_) {
    release(bytes);
    throw Error(Status::e_memory, text("memory_limit = ", limit_, " bytes: this call needs at least ", now));
  }
  std::int64_t seen = peak_.load(std::memory_order_relaxed);
  while (now > seen && !peak_.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
}

void MemoryMeter::require(std::int64_t bytes, const char *what) const {
  if (limit_ > 0 && used() + bytes > limit_) {
    throw Error(Status::e_memory,
                text("memory_limit = ", limit_, " bytes: ", what, " needs at least ", used() + bytes));
  }
}

const std::shared_ptr<MemoryMeter> &MemoryMeter::current() noexcept { return current_slot(); }

MemoryMeter::Scope::Scope(std::shared_ptr<MemoryMeter> meter) noexcept
    : previous_(std::exchange(current_slot(), std::move(meter))) {}

MemoryMeter::Scope::~Scope() { current_slot() = std::move(previous_); }

std::int64_t checked_product(std::int64_t rows, std::int64_t cols) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(rows, cols, &product)) {
    throw Error(Status::e_memory, text("an array of ", rows, " x ", cols, " numbers cannot be addressed"));
  }
  return product;
}

namespace detail {

void *allocate_aligned(std::int64_t count, std::int64_t element_size, std::int64_t &bytes) {
  bytes = 0;
  const std::int64_t wanted = checked_product(count, element_size);
  MemoryMeter *meter = MemoryMeter::current().get();
  if (meter != nullptr) meter->charge(wanted);
  try {
    void *p = ::operator new(static_cast<std::size_t>(wanted), std::align_val_t(alignment));
    ask_for_huge_pages(p, wanted);
    bytes = wanted;
    return p;
  } catch (const std::bad_alloc &) {
    if (meter != nullptr) meter->release(wanted);
    throw Error(Status::e_memory, text("an array of ", wanted, " bytes could not be allocated"));
  }
}

void free_aligned(void *p) noexcept {
  if (p != nullptr) ::operator delete(p, std::align_val_t(alignment));
}

}  // namespace detail
}  // namespace akr
