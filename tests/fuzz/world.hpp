// SPDX-License-Identifier: BSD-3-Clause
// What a sequence of calls works on: handles of every kind with what is known of them, and the arrays that they borrow,
// each exactly as long as it must be.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "api_functions.hpp"
#include "input.hpp"

namespace fuzz {

template <class H, void (*destroy)(H *)>
struct DestroyWith {
  void operator()(H *h) const { destroy(h); }
};
using Options = std::unique_ptr<akr_options, DestroyWith<akr_options, akr_options_destroy>>;
using Report = std::unique_ptr<akr_report, DestroyWith<akr_report, akr_report_destroy>>;
using MatrixHandle = std::unique_ptr<akr_matrix, DestroyWith<akr_matrix, akr_matrix_destroy>>;
using PrecondHandle = std::unique_ptr<akr_precond, DestroyWith<akr_precond, akr_precond_destroy>>;
using SketchHandle = std::unique_ptr<akr_sketch, DestroyWith<akr_sketch, akr_sketch_destroy>>;
using KernelHandle = std::unique_ptr<akr_kernel, DestroyWith<akr_kernel, akr_kernel_destroy>>;

// A's entries by rows, lent to callbacks, which may fail, throw or lie at the call number `bad_at`.
struct Entries {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> by_rows;
  int calls = 0, bad_at = -1, how = 0;

  std::int32_t misbehave(double *first) {
    if (calls++ != bad_at) return 0;
    if (how == 0) throw std::runtime_error("from a callback");
    if (how == 1) return 77;
    *first = std::numeric_limits<double>::quiet_NaN();
    return 0;
  }
};

template <class T>
std::int32_t apply_entries(void *user, std::int32_t transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y,
                           std::int64_t ldy) {
  auto &e = *static_cast<Entries *>(user);
  const std::int64_t outputs = transpose != 0 ? e.cols : e.rows, inputs = transpose != 0 ? e.rows : e.cols;
  for (std::int64_t c = 0; c < ncols; ++c) {
    for (std::int64_t i = 0; i < outputs; ++i) {
      double sum = 0;
      for (std::int64_t k = 0; k < inputs; ++k)
        sum += e.by_rows[static_cast<std::size_t>(transpose != 0 ? k * e.cols + i : i * e.cols + k)] *
               static_cast<double>(x[k + c * ldx]);
      y[i + c * ldy] = static_cast<T>(sum);
    }
  }
  double spoiled = 0;
  const std::int32_t code = outputs * ncols > 0 ? e.misbehave(&spoiled) : 0;
  if (spoiled != spoiled) y[0] = static_cast<T>(spoiled);
  return code;
}

template <class T>
std::int32_t read_entries(void *user, std::int64_t first, std::int64_t count, T *block, std::int64_t ld) {
  auto &e = *static_cast<Entries *>(user);
  require(first >= 0 && count >= 0 && first + count <= e.rows && ld >= e.cols, "rows are asked for that are not there");
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < e.cols; ++j)
      block[i * ld + j] = static_cast<T>(e.by_rows[static_cast<std::size_t>((first + i) * e.cols + j)]);
  double spoiled = 0;
  const std::int32_t code = count * e.cols > 0 ? e.misbehave(&spoiled) : 0;
  if (spoiled != spoiled) block[0] = static_cast<T>(spoiled);
  return code;
}

// Of a matrix too large for any product.
template <class T>
std::int32_t apply_nothing(void *, std::int32_t, std::int64_t, const T *, std::int64_t, T *, std::int64_t) {
  return 5;
}
template <class T>
std::int32_t read_nothing(void *, std::int64_t, std::int64_t, T *, std::int64_t) {
  return 5;
}

struct MatrixItem {
  bool single = false;
  bool vast = false;  // no array can hold its rows or columns
  std::int64_t rows = 0, cols = 0;
  std::vector<double> f64;
  std::vector<float> f32;
  std::vector<std::int64_t> ptr, index;
  std::unique_ptr<Entries> entries;
  MatrixHandle handle;  // last: it goes before what it borrows
};
struct PrecondItem {
  bool single = false;
  bool vast = false;
  std::int64_t cols = 0;
  PrecondHandle handle;
};
struct SketchItem {
  std::int64_t sketch_rows = 0, rows = 0;
  SketchHandle handle;
};
struct KernelItem {
  bool single = false;
  bool vast = false;
  std::int64_t points = 0, dim = 0;
  KernelHandle handle;
};

class World {
 public:
  explicit World(Input &input) : in(input) {
    akr_options *o = nullptr;
    akr_report *r = nullptr;
    require(akr_options_create(&o) == AKR_OK && akr_report_create(&r) == AKR_OK, "create");
    options.reset(o);
    report.reset(r);
    akr_options_set_i64(o, "threads", 1);
    akr_options_set_f64(o, "time_limit", 2);
    akr_options_set_i64(o, "log_level", 0);
    require(akr_options_clone(o, &o) == AKR_OK, "clone");
    bounded.reset(o);
    akr_options_set_i64(o, "memory_limit", 1 << 20);
    akr_options_set_f64(o, "time_limit", 0.1);
  }

  Input &in;
  Options options;
  Options bounded;  // for what is vast
  Report report;
  bool checks_finite = true;
  int cancel_after = -1;  // progress calls
  std::int32_t cancelled = 0;
  std::vector<std::unique_ptr<MatrixItem>> matrices;
  std::vector<std::unique_ptr<PrecondItem>> preconds;
  std::vector<std::unique_ptr<SketchItem>> sketches;
  std::vector<std::unique_ptr<KernelItem>> kernels;

  // NULL for either once in a while, and a handle of another kind now and then.
  const akr_options *given_options() const {
    const std::uint8_t kind = in.byte();
    if (kind == 0xFF) return reinterpret_cast<const akr_options *>(report.get());
    return kind % 8 == 7 ? nullptr : options.get();
  }
  akr_report *given_report() const { return in.choice(8) == 7 ? nullptr : report.get(); }

  template <class T>
  std::vector<T> numbers(std::int64_t count) const {
    std::vector<T> out(static_cast<std::size_t>(count));
    const bool wild = in.rarely();
    for (T &v : out) v = static_cast<T>(wild ? in.number() : static_cast<double>(in.raw<std::int8_t>()) / 16);
    return out;
  }
  template <class Item>
  Item *pick(std::vector<std::unique_ptr<Item>> &items) const {
    return items.empty() ? nullptr : items[static_cast<std::size_t>(in.choice(static_cast<int>(items.size())))].get();
  }
};

// A column-major array for outputs, exactly as long as it must be, filled with a number that no call writes.
template <class T>
struct Output {
  static constexpr T untouched = T(-123.4375);
  std::int64_t rows, cols, ld;
  std::vector<T> data;

  Output(std::int64_t r, std::int64_t c, std::int64_t padding)
      : rows(r), cols(c), ld(r + padding > 0 ? r + padding : 1), data(size(r, c, ld), untouched) {}
  static std::size_t size(std::int64_t r, std::int64_t c, std::int64_t leading) {
    return r > 0 && c > 0 ? static_cast<std::size_t>((c - 1) * leading + r) : 0;
  }
  bool is_untouched() const {
    for (const T v : data)
      if (v != untouched) return false;
    return true;
  }
  bool is_finite() const {
    for (std::int64_t j = 0; j < cols; ++j)
      for (std::int64_t i = 0; i < rows; ++i) {
        const T v = data[static_cast<std::size_t>(i + j * ld)];
        if (v - v != 0) return false;
      }
    return true;
  }
  bool padding_is_untouched() const {
    if (data.empty()) return true;
    for (std::int64_t j = 0; j + 1 < cols; ++j)
      for (std::int64_t i = rows; i < ld; ++i)
        if (data[static_cast<std::size_t>(i + j * ld)] != untouched) return false;
    return true;
  }
};

}  // namespace fuzz
