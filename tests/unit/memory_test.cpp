// SPDX-License-Identifier: BSD-3-Clause
#include "base/memory.hpp"

#include <limits>
#include <utility>

#include "core_fixture.hpp"

namespace akr {
namespace {

using core_fixture::contains;
using core_fixture::error_text;

TEST(MemoryMeter, CountsAndRefuses) {
  MemoryMeter meter(1000);
  meter.charge(600);
  meter.charge(400);  // the limit itself may be reached
  EXPECT_EQ(meter.used(), 1000);
  const std::string text = error_text(Status::e_memory, [&] { meter.charge(1); });
  EXPECT_TRUE(contains(text, "memory_limit = 1000 bytes") && contains(text, "1001")) << text;
  EXPECT_EQ(meter.used(), 1000) << "a refused charge leaves no trace";
  EXPECT_EQ(meter.peak(), 1000);
  meter.release(700);
  EXPECT_EQ(meter.used(), 300);
  EXPECT_EQ(meter.peak(), 1000);
}

TEST(MemoryMeter, RequireLooksAhead) {
  MemoryMeter meter(1000);
  meter.charge(300);
  meter.require(700, "the sketch");
  const std::string text = error_text(Status::e_memory, [&] { meter.require(701, "the sketch"); });
  EXPECT_TRUE(contains(text, "memory_limit = 1000 bytes") && contains(text, "the sketch needs at least 1001")) << text;
  EXPECT_EQ(meter.used(), 300) << "require() charges nothing";
  MemoryMeter(0).require(std::numeric_limits<std::int64_t>::max(), "anything");
}

TEST(MemoryMeter, NoLimit) {
  MemoryMeter meter(0);
  meter.charge(std::int64_t{1} << 50);
  EXPECT_EQ(meter.peak(), std::int64_t{1} << 50);
}

TEST(MemoryMeter, ScopesNest) {
  EXPECT_EQ(MemoryMeter::current(), nullptr);
  const auto outer = std::make_shared<MemoryMeter>(0);
  const auto inner = std::make_shared<MemoryMeter>(0);
  {
    const MemoryMeter::Scope first(outer);
    const Buffer<double> a(10);
    {
      const MemoryMeter::Scope second(inner);
      const Buffer<double> b(20);
      EXPECT_EQ(outer->used(), 80);
      EXPECT_EQ(inner->used(), 160);
    }
    EXPECT_EQ(MemoryMeter::current(), outer);
    EXPECT_EQ(inner->used(), 0);
  }
  EXPECT_EQ(MemoryMeter::current(), nullptr);
  EXPECT_EQ(outer->used(), 0);
}

TEST(Buffer, IsAligned) {
  for (std::int64_t count = 1; count < 40; ++count) {
    const Buffer<float> a(count);
    const Buffer<double> b(count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.data()) % 64, 0u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 64, 0u);
    EXPECT_EQ(b.size(), count);
    EXPECT_EQ(b.bytes(), 8 * count);
  }
}

TEST(Buffer, EmptyHoldsNothing) {
  const auto meter = std::make_shared<MemoryMeter>(1);
  const MemoryMeter::Scope scope(meter);
  const Buffer<double> none;
  const Buffer<double> zero(0);
  EXPECT_EQ(none.data(), nullptr);
  EXPECT_EQ(zero.data(), nullptr);
  EXPECT_EQ(zero.bytes(), 0);
  EXPECT_EQ(meter->peak(), 0);
}

TEST(Buffer, MovesWithItsCharge) {
  const auto meter = std::make_shared<MemoryMeter>(0);
  const MemoryMeter::Scope scope(meter);
  Buffer<double> a(10, 3.5);
  const double *where = a.data();
  Buffer<double> b(std::move(a));
  EXPECT_EQ(b.data(), where);
  EXPECT_EQ(a.data(), nullptr);  // NOLINT: a moved-from buffer is empty by promise
  EXPECT_EQ(a.size(), 0);
  EXPECT_EQ(meter->used(), 80);
  Buffer<double> c(100, 1.0);
  EXPECT_EQ(meter->used(), 880);
  c = std::move(b);
  EXPECT_EQ(c.data(), where);
  EXPECT_EQ(c[9], 3.5);
  EXPECT_EQ(meter->used(), 80) << "what was there is given back at once";
  c = Buffer<double>();
  EXPECT_EQ(meter->used(), 0);
}

TEST(Buffer, OutlivesItsCall) {
  Buffer<double> kept;
  std::weak_ptr<MemoryMeter> watch;
  {
    const auto meter = std::make_shared<MemoryMeter>(0);
    watch = meter;
    const MemoryMeter::Scope scope(meter);
    kept = Buffer<double>(5);
  }
  ASSERT_FALSE(watch.expired()) << "the buffer keeps its meter";
  EXPECT_EQ(watch.lock()->used(), 40);
  kept = Buffer<double>();
  EXPECT_TRUE(watch.expired());
}

TEST(Buffer, RefusedByTheLimit) {
  const auto meter = std::make_shared<MemoryMeter>(100);
  const MemoryMeter::Scope scope(meter);
  const Buffer<double> a(10);
  const std::string text = error_text(Status::e_memory, [] { const Buffer<double> b(3); });
  EXPECT_TRUE(contains(text, "memory_limit = 100 bytes") && contains(text, "104")) << text;
  EXPECT_EQ(meter->used(), 80);
  const Buffer<float> exactly(5);
  EXPECT_EQ(meter->used(), 100);
}

TEST(Buffer, SizesThatCannotBe) {
  error_text(Status::e_memory, [] { const Buffer<double> b(std::int64_t{1} << 61); });  // 2^64 bytes
  EXPECT_EQ(checked_product(3, 5), 15);
  EXPECT_EQ(checked_product(0, std::int64_t{1} << 62), 0);
  error_text(Status::e_memory, [] { checked_product(std::int64_t{1} << 32, std::int64_t{1} << 31); });
  error_text(Status::e_memory, [] { const Array2<double> a(std::int64_t{1} << 40, std::int64_t{1} << 40); });
}

TEST(Buffer, AllocationThatFails) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers stop the process when an allocation is out of reach";
#else
  const auto meter = std::make_shared<MemoryMeter>(0);
  const MemoryMeter::Scope scope(meter);
  const std::string text = error_text(Status::e_memory, [] { const Buffer<double> b(std::int64_t{1} << 57); });
  EXPECT_TRUE(contains(text, "1152921504606846976 bytes")) << text;
  EXPECT_EQ(meter->used(), 0);
#endif
}

TEST(Array2, IsColumnMajor) {
  Array2<double> a(3, 2, 7.0);
  EXPECT_EQ(a(2, 1), 7.0);
  a(1, 1) = 4;
  EXPECT_EQ(a.data()[4], 4);
  EXPECT_EQ(a.col(1), a.data() + 3);
  EXPECT_EQ(a.view()(1, 1), 4);
  EXPECT_EQ(a.view().block(1, 2, 1, 1)(0, 0), 4);
  EXPECT_EQ(a.view().columns(1, 1).data, a.col(1));
  EXPECT_EQ(a.bytes(), 48);
  const Array2<double> flat(0, 5);
  EXPECT_EQ(flat.ld(), 1) << "as BLAS wants it";
  EXPECT_TRUE(flat.empty() && Array2<double>(5, 0).empty() && !a.empty());
}

}  // namespace
}  // namespace akr
