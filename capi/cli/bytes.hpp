// SPDX-License-Identifier: BSD-3-Clause
// What is in a file: mapped where the system can, read where it cannot (pipes), inflated where it is gzip.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace akr::cli {

class Bytes {
 public:
  // A file name, or "-" for the standard input. Throws Failure naming the file.
  static std::shared_ptr<const Bytes> load(const std::string &name);

  ~Bytes();
  Bytes(const Bytes &) = delete;
  Bytes &operator=(const Bytes &) = delete;

  std::string_view view() const noexcept { return view_; }
  // The bytes are the file's own, not inflated ones: their offsets are those of the file.
  bool is_plain_file() const noexcept { return mapping_ != nullptr; }

 private:
  Bytes() = default;
  bool map(int descriptor);
  void read_all(int descriptor, const std::string &shown);

  std::string_view view_;
  std::vector<char> owned_;
  void *mapping_ = nullptr;
  std::size_t mapped_size_ = 0;
};

// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

// Opens for reading, or throws Failure (no_input).
int open_input(const std::string &name);

// "stdin" for "-", else the name.
inline std::string shown_name(const std::string &name) { return name == "-" ? "stdin" : name; }

}  // namespace akr::cli
