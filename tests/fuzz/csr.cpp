// SPDX-License-Identifier: BSD-3-Clause
// Compressed sparse structures, sound and unsound: refused, or the same matrix as the dense one with these entries.
#include <akr.h>

#include <cmath>
#include <memory>
#include <vector>

#include "input.hpp"

namespace {

using fuzz::Input;
using fuzz::require;

struct Destroy {
  void operator()(akr_matrix *m) const { akr_matrix_destroy(m); }
  void operator()(akr_sketch *s) const { akr_sketch_destroy(s); }
  void operator()(akr_options *o) const { akr_options_destroy(o); }
};
using Matrix = std::unique_ptr<akr_matrix, Destroy>;
using Sketch = std::unique_ptr<akr_sketch, Destroy>;
using Options = std::unique_ptr<akr_options, Destroy>;

template <class Index>
struct Structure {
  std::int32_t layout = AKR_ROW_MAJOR, base = 0;
  std::int64_t rows = 0, cols = 0;
  std::vector<Index> ptr, index;
  std::vector<double> values;

  std::int64_t lines() const { return layout == AKR_ROW_MAJOR ? rows : cols; }
  std::int64_t length() const { return layout == AKR_ROW_MAJOR ? cols : rows; }
};

template <class Index>
Index any_index(Input &in) {
  using Limits = std::numeric_limits<Index>;
  static const Index extremes[] = {Limits::min(), static_cast<Index>(Limits::min() + 1), Limits::max(), -1};
  return in.flip() ? extremes[in.choice(4)] : in.raw<Index>();
}

// The arrays are as long as the last pointer says, for that is all that the library knows; what it must find out is
// whether those in between, and the indices, keep to it.
template <class Index>
Structure<Index> make_structure(Input &in) {
  Structure<Index> s;
  s.layout = in.choice(2);
  s.base = in.choice(2);
  s.rows = in.choice(30);
  s.cols = in.choice(8);
  Index at = static_cast<Index>(s.base);
  s.ptr.push_back(in.rarely() ? static_cast<Index>(in.raw<std::int8_t>()) : at);
  for (std::int64_t i = 0; i < s.lines(); ++i) {
    at = static_cast<Index>(at + in.choice(4));
    s.ptr.push_back(in.rarely() ? any_index<Index>(in) : at);
  }
  s.ptr.back() = at;
  // At most the base, and refused unless it is that.
  if (in.rarely()) s.ptr.back() = in.flip() ? std::numeric_limits<Index>::min() : static_cast<Index>(-in.byte());
  const std::int64_t count = std::max<std::int64_t>(s.base, s.ptr.back()) - s.base;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t length = s.length();
    s.index.push_back(in.rarely() ? any_index<Index>(in)
                                  : static_cast<Index>(s.base + (length > 0 ? in.byte() % length : in.choice(2))));
    s.values.push_back(in.rarely() ? in.number() : static_cast<double>(in.raw<std::int8_t>()));
  }
  return s;
}

template <class Index>
bool is_sound(const Structure<Index> &s) {
  if (s.ptr.front() != s.base) return false;
  for (std::size_t i = 1; i < s.ptr.size(); ++i)
    if (s.ptr[i] < s.ptr[i - 1]) return false;
  for (const Index index : s.index)
    if (index < s.base || static_cast<std::int64_t>(index) - s.base >= s.length()) return false;
  return true;
}

template <class Index>
std::vector<double> dense_of(const Structure<Index> &s) {
  std::vector<double> a(static_cast<std::size_t>(s.rows * s.cols), 0.0);
  for (std::int64_t i = 0; i < s.lines(); ++i) {
    for (Index k = s.ptr[static_cast<std::size_t>(i)]; k < s.ptr[static_cast<std::size_t>(i) + 1]; ++k) {
      const std::int64_t j = static_cast<std::int64_t>(s.index[static_cast<std::size_t>(k - s.base)]) - s.base;
      const std::int64_t at = s.layout == AKR_ROW_MAJOR ? i + j * s.rows : j + i * s.rows;
      a[static_cast<std::size_t>(at)] += s.values[static_cast<std::size_t>(k - s.base)];
    }
  }
  return a;
}

// S A of both, with the same S: equal but for the rounding of sums of at most 30 terms.
template <class Index>
void compare(const Structure<Index> &s, const akr_matrix *sparse) {
  const std::vector<double> a = dense_of(s);
  double largest = 0;
  for (const double v : a) {
    if (!(std::fabs(v) < 1e280)) return;  // sums may overflow in one order and not in another
    largest = std::max(largest, std::fabs(v));
  }
  for (const double v : s.values) largest = std::max(largest, std::fabs(v));
  if (!(largest < 1e280)) return;
  akr_matrix *made = nullptr;
  require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, s.rows, s.cols, a.data(), std::max<std::int64_t>(s.rows, 1),
                                      nullptr, &made) == AKR_OK,
          akr_last_error());
  const Matrix dense(made);
  akr_options *options = nullptr;
  require(akr_options_create(&options) == AKR_OK, "options");
  const Options owner(options);
  akr_options_set_str(options, "sketch.kind", "gaussian");
  akr_sketch *sketch = nullptr;
  constexpr std::int64_t m = 5;
  require(akr_sketch_create(m, s.rows, options, nullptr, &sketch) == AKR_OK, akr_last_error());
  const Sketch sketch_owner(sketch);
  std::vector<double> one(static_cast<std::size_t>(m * s.cols)), two = one;
  require(akr_sketch_apply_f64(sketch, sparse, one.data(), m, nullptr, nullptr) == AKR_OK, akr_last_error());
  require(akr_sketch_apply_f64(sketch, dense.get(), two.data(), m, nullptr, nullptr) == AKR_OK, akr_last_error());
  for (std::size_t k = 0; k < one.size(); ++k)
    require(std::fabs(one[k] - two[k]) <= 1e-12 * largest, "the sparse matrix is another one than the dense one");
}

template <class Index>
void run(Input &in) {
  const Structure<Index> s = make_structure<Index>(in);
  akr_matrix *made = reinterpret_cast<akr_matrix *>(&in);
  const akr_status status =
      akr_matrix_create_sparse_f64(s.layout, s.rows, s.cols, 8 * static_cast<int>(sizeof(Index)), s.base, s.ptr.data(),
                                   s.index.data(), s.values.data(), nullptr, &made);
  if (status != AKR_OK) {
    require(made == nullptr, "a failed create leaves a handle");
    require(std::string(akr_last_error()).find("akr_matrix_create_sparse_f64") == 0, akr_last_error());
    bool finite = true;
    for (const double v : s.values) finite = finite && std::isfinite(v);
    require(status == AKR_E_ARGUMENT || (status == AKR_E_NOT_FINITE && !finite), akr_last_error());
    require(!is_sound(s) || status == AKR_E_NOT_FINITE,
            std::string("a sound structure is refused: ") + akr_last_error());
    return;
  }
  const Matrix matrix(made);
  require(is_sound(s), "an unsound structure is taken");
  for (const double v : s.values)
    if (!std::isfinite(v)) return;  // found when the matrix is used
  compare(s, matrix.get());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Input in(data, size);
  if (in.flip())
    run<std::int32_t>(in);
  else
    run<std::int64_t>(in);
  return 0;
}
