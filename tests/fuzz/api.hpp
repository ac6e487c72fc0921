// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the target `api` share: the checks after a call, and the steps that a sequence is made of.
#pragma once

#include <algorithm>

#include "world.hpp"

namespace fuzz {

enum class Writes { solution, product, nothing };

inline void check_status(akr_status status, const char *function, const akr_report *report) {
  require(status >= AKR_OK ? status <= AKR_PRECISION_LIMIT : status >= AKR_E_CANCELLED,
          std::string(function) + " returned " + std::to_string(status) + ": " + akr_last_error());
  if (status < 0) {
    require(std::string(akr_last_error()).find(function) == 0,
            std::string("the text does not begin with ") + function + ": " + akr_last_error());
  }
  if (report != nullptr) {
    std::int64_t told = -1000;
    require(akr_report_get_i64(report, "status", &told) == AKR_OK && told == status, "the report has another status");
  }
}

template <class T>
void check_output(const World &w, akr_status status, const Output<T> &out, Writes writes) {
  const bool early = status == AKR_E_ARGUMENT || status == AKR_E_OPTION;
  if (early || (status < 0 && writes == Writes::solution))
    require(out.is_untouched(), "an output is written on an error");
  require(out.padding_is_untouched(), "the padding is written");
  if (status >= 0 && writes == Writes::solution && w.checks_finite) require(out.is_finite(), "x is not finite");
}

// The sizes of a call with b of b_rows and x of x_rows rows. One in forty is wrong on purpose, or as large as it may
// be; inputs and outputs are as large as the right call needs, so a wrong one must be refused before they are read.
struct Shape {
  std::int64_t nrhs, ldb, ldx;
  bool must_be_refused = false;

  void spoil(Input &in, std::int64_t b_rows, std::int64_t x_rows) {
    if (in.byte() < 0xF8) return;
    const int which = in.choice(3);
    if (which == 0) {
      nrhs = in.hostile_size();
      must_be_refused = true;
      return;
    }
    std::int64_t &ld = which == 1 ? ldb : ldx;
    const std::int64_t rows = which == 1 ? b_rows : x_rows;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    ld = in.flip() ? most - in.choice(2) : in.flip() ? rows - 1 : -1 - in.choice(4);
    // One column needs no stride, but its numbers must be addressable.
    must_be_refused = ld < 0 || (nrhs > 0 && rows > 0 && (ld < rows || nrhs > 1));
  }
};

inline double ridge_of(Input &in) {
  const int kind = in.choice(6);
  return kind < 3 ? 0 : kind == 3 ? 1e-3 : kind == 4 ? in.number() : 10;
}

// A handle of another kind stands in for the right one at times: every function must notice.
inline const akr_matrix *given_matrix(World &w, MatrixItem *item) {
  if (w.in.byte() == 0xFF) return reinterpret_cast<const akr_matrix *>(w.options.get());
  return item != nullptr ? item->handle.get() : nullptr;
}
inline const akr_precond *given_precond(World &w) {
  PrecondItem *item = w.in.choice(3) == 0 ? w.pick(w.preconds) : nullptr;
  if (w.in.byte() == 0xFF) return reinterpret_cast<const akr_precond *>(w.report.get());
  return item != nullptr ? item->handle.get() : nullptr;
}

// Adds what was made, or checks that nothing was.
template <class Item, class Handle>
void keep(std::vector<std::unique_ptr<Item>> &items, std::unique_ptr<Item> item, akr_status status, Handle *made) {
  require((status >= 0) == (made != nullptr), "a failed create leaves a handle, or a good one none");
  if (made == nullptr) return;
  item->handle.reset(made);
  items.push_back(std::move(item));
}

template <class T>
void create_matrix(World &w);
template <class T>
void solve(World &w);
template <class T>
void create_precond(World &w);
template <class T>
void use_precond(World &w);
template <class T>
void score(World &w);
template <class T>
void sketch(World &w);
template <class T>
void create_kernel(World &w);
template <class T>
void use_kernel(World &w);
template <class T>
void attend(World &w);
void set_option(World &w);
void read_report(World &w);
void ask_handles(World &w);

}  // namespace fuzz
