// SPDX-License-Identifier: BSD-3-Clause
// A host thread of the soak: one piece of work after the other, in every form, precision and storage, each checked.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "precisions.hpp"

class Host {
 public:
  Host(int number, const std::atomic<bool> &stop, std::atomic<std::int64_t> &pieces)
      : number_(number), stop_(stop), pieces_(pieces) {}

  void live();
  std::int64_t wrong() const { return wrong_; }
  const char *first_wrong() const { return first_wrong_; }

 private:
  // Of the piece at work; the first that fails is remembered.
  void expect(bool right, const char *what) {
    if (right) return;
    if (wrong_++ == 0) first_wrong_ = what;
  }

  // Options that change from turn to turn.
  OptionsPtr options() const;
  int storage() const { return static_cast<int>(turn_ % storage_count); }

  // soak_matrix.cpp
  template <class T>
  void least_squares();
  template <class T>
  void gram();
  template <class T>
  void leverage();
  template <class T>
  void sketches();
  // soak_kernel.cpp
  template <class T>
  void kernel();
  template <class T>
  void prediction();
  template <class T>
  void attention();
  // soak_failures.cpp
  template <class T>
  void bad_input();
  void bad_callbacks();
  template <class T>
  void cancels();

  int number_;
  const std::atomic<bool> &stop_;
  std::atomic<std::int64_t> &pieces_;
  std::int64_t turn_ = 0;
  std::int64_t wrong_ = 0;
  const char *first_wrong_ = "";
};
