// SPDX-License-Identifier: BSD-3-Clause
// Aligned, uninitialised arrays, counted against the memory_limit of the call that makes them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/view.hpp"

namespace akr {

// Counts the bytes of all buffers made while it is current. A buffer that outlives the call (a matrix handle's copy, a
// preconditioner's factor) keeps its meter alive.
class MemoryMeter {
 public:
  explicit MemoryMeter(std::int64_t limit) : limit_(limit) {}

  // Throws Error(e_memory) when `bytes` more would pass the limit (0: none). Called before the allocation.
  void charge(std::int64_t bytes);
  void release(std::int64_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  // Refuses in advance what a route is known to need, so that nothing is begun that cannot be finished.
  void require(std::int64_t bytes, const char *what) const;

  std::int64_t limit() const noexcept { return limit_; }
  std::int64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::int64_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

  // The meter of the call this thread works for; null outside calls.
  static const std::shared_ptr<MemoryMeter> &current() noexcept;

  // Makes a meter current on this thread for the life of the scope.
  class Scope {
   public:
    explicit Scope(std::shared_ptr<MemoryMeter> meter) noexcept;
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

   private:
    std::shared_ptr<MemoryMeter> previous_;
  };

 private:
  std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
  std::atomic<std::int64_t> peak_{0};
};

namespace detail {
void *allocate_aligned(std::int64_t count, std::int64_t element_size, std::int64_t &bytes);
void free_aligned(void *p) noexcept;
}  // namespace detail

// `count` elements of a trivial type, 64-byte aligned, not initialised.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(std::int64_t count) : count_(count) {
    if (count == 0) return;
    meter_ = MemoryMeter::current();
    void *p = allocate_aligned_charged(count);
    data_ = static_cast<T *>(p);
  }
  Buffer(std::int64_t count, T value) : Buffer(count) { fill(value); }
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    Buffer taken(std::move(other));
    taken.swap(*this);
    return *this;
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() {
    detail::free_aligned(data_);
    if (meter_) meter_->release(bytes_);
  }

  void swap(Buffer &other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    std::swap(bytes_, other.bytes_);
    meter_.swap(other.meter_);
  }
  void fill(T value) {
    for (std::int64_t i = 0; i < count_; ++i) data_[i] = value;
  }
  // Copies are asked for by name: they cost memory.
  Buffer clone() const {
    Buffer out(count_);
    std::copy_n(data_, count_, out.data_);
    return out;
  }

  T *data() noexcept { return data_; }
  const T *data() const noexcept { return data_; }
  std::int64_t size() const noexcept { return count_; }
  std::int64_t bytes() const noexcept { return bytes_; }
  T &operator[](std::int64_t i) { return data_[i]; }
  const T &operator[](std::int64_t i) const { return data_[i]; }
  T *begin() { return data_; }
  T *end() { return data_ + count_; }
  const T *begin() const { return data_; }
  const T *end() const { return data_ + count_; }

 private:
  void *allocate_aligned_charged(std::int64_t count) {
    return detail::allocate_aligned(count, static_cast<std::int64_t>(sizeof(T)), bytes_);
  }

  T *data_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t bytes_ = 0;
  std::shared_ptr<MemoryMeter> meter_;
};

// A column-major matrix of its own.
template <class T>
class Array2 {
 public:
  Array2() = default;
  Array2(std::int64_t rows, std::int64_t cols) : rows_(rows), cols_(cols), buffer_(checked_count(rows, cols)) {}
  Array2(std::int64_t rows, std::int64_t cols, T value) : Array2(rows, cols) { buffer_.fill(value); }

  View<T> view() { return View<T>(buffer_.data(), rows_, cols_, ld()); }
  View<const T> view() const { return View<const T>(buffer_.data(), rows_, cols_, ld()); }
  T *data() { return buffer_.data(); }
  const T *data() const { return buffer_.data(); }
  T *col(std::int64_t j) { return buffer_.data() + j * rows_; }
  const T *col(std::int64_t j) const { return buffer_.data() + j * rows_; }
  T &operator()(std::int64_t i, std::int64_t j) { return buffer_[i + j * rows_]; }
  const T &operator()(std::int64_t i, std::int64_t j) const { return buffer_[i + j * rows_]; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t ld() const { return rows_ > 0 ? rows_ : 1; }
  std::int64_t bytes() const { return buffer_.bytes(); }
  bool empty() const { return rows_ == 0 || cols_ == 0; }
  void fill(T value) { buffer_.fill(value); }
  Array2 clone() const {
    Array2 out;
    out.rows_ = rows_;
    out.cols_ = cols_;
    out.buffer_ = buffer_.clone();
    return out;
  }

 private:
  static std::int64_t checked_count(std::int64_t rows, std::int64_t cols);

  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  Buffer<T> buffer_;
};

// rows * cols, or Error(e_memory) when the product does not fit 63 bits.
std::int64_t checked_product(std::int64_t rows, std::int64_t cols);

template <class T>
std::int64_t Array2<T>::checked_count(std::int64_t rows, std::int64_t cols) {
  return checked_product(rows, cols);
}

}  // namespace akr
