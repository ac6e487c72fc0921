// SPDX-License-Identifier: BSD-3-Clause
// Bytes of a fuzzer, taken as choices, sizes and numbers. When they are used up all answers are 0, so that every
// prefix of an input is an input.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

namespace fuzz {

// Says what was found and ends the process: fuzzers keep the input that led here.
[[noreturn]] inline void found(const std::string &what) {
  std::fprintf(stderr, "found: %s\n", what.c_str());
  std::abort();
}
inline void require(bool holds, const std::string &what) {
  if (!holds) found(what);
}

class Input {
 public:
  Input(const std::uint8_t *data, std::size_t size) : data_(data), size_(size) {}

  bool empty() const { return at_ == size_; }
  std::uint8_t byte() { return empty() ? 0 : data_[at_++]; }
  // 0 … bound − 1.
  int choice(int bound) { return byte() % bound; }
  bool flip() { return choice(2) == 1; }
  bool rarely() { return byte() >= 0xF0; }
  template <class T>
  T raw() {
    T value{};
    unsigned char bytes[sizeof(T)];
    for (unsigned char &b : bytes) b = byte();
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }

  // A size that must be refused wherever it stands, as a number of rows or of right-hand sides.
  std::int64_t hostile_size() {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    static const std::int64_t sizes[] = {-1,
                                         -2,
                                         std::numeric_limits<std::int64_t>::min(),
                                         -(std::int64_t{1} << 40),
                                         most,
                                         most - 1,
                                         most / 8,
                                         most / 8 + 1,
                                         (std::int64_t{1} << 61) + 1,
                                         (std::int64_t{1} << 48) + 1};
    return sizes[choice(10)];
  }
  // Larger than any memory, and still a size.
  std::int64_t vast_size() {
    static const std::int64_t sizes[] = {std::int64_t{1} << 48, (std::int64_t{1} << 48) - 1, std::int64_t{1} << 40,
                                         (std::int64_t{1} << 44) + 3};
    return sizes[choice(4)];
  }
  // Numbers of ordinary size mostly, and all that floating point has to offer.
  double number() { return number(byte()); }
  double number(int kind) {
    switch (kind % 16) {
      case 0:
        return 0;
      case 1:
        return 1;
      case 2:
        return -1;
      case 3:
        return 5e-324;
      case 4:
        return 1e300;
      case 5:
        return -1e-300;
      case 6:
        return 1e150;
      case 7:
        return raw<double>();
      default:
        return static_cast<double>(raw<std::int16_t>()) / 1024;
    }
  }
  // A power of a Gram matrix: small mostly.
  std::int64_t power() {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), one = 1;
    static const std::int64_t hostile[] = {
        0,         1000,         65536,           1000000,   (one << 31) - 1, one << 31,
        one << 32, one << 40,    (one << 40) + 1, one << 53, one << 61,       (one << 62) - 1,
        one << 62, most / 2 + 2, most - 1,        most,      -most - 1};
    const int kind = byte();
    if (kind < 0xD0) return kind % 5 - 1;
    return hostile[kind % static_cast<int>(sizeof hostile / sizeof *hostile)];
  }
  // A time of a Gram exponential: any number, and the ends of the range more often.
  double time() {
    static const double hostile[] = {std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity(),
                                     std::numeric_limits<double>::quiet_NaN(),
                                     1e308,
                                     -1e308,
                                     5e-324,
                                     -5e-324,
                                     1e-310,
                                     700,
                                     -700,
                                     1e20,
                                     -1e20};
    const int kind = byte();
    return kind < 0xD0 ? number(kind) : hostile[kind % static_cast<int>(sizeof hostile / sizeof *hostile)];
  }
  // As number(), with NaN and infinities only when asked for.
  double finite() {
    const double value = number();
    return value - value == 0 ? value : 2;
  }
  std::string text(int most) {
    std::string out(static_cast<std::size_t>(choice(most + 1)), ' ');
    for (char &c : out) c = static_cast<char>(byte());
    const std::size_t end = out.find('\0');
    return end == std::string::npos ? out : out.substr(0, end);
  }
  std::string rest() {
    const std::string out(reinterpret_cast<const char *>(data_) + at_, size_ - at_);
    at_ = size_;
    return out;
  }

 private:
  const std::uint8_t *data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);
