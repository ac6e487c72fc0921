// SPDX-License-Identifier: BSD-3-Clause
// libakr for C++17: owners for the handles, exceptions for the errors. Header only, over akr.h, which is the manual.
// It is compiled into your program and is no part of libakr's binary interface: a later version of this file may ask
// you to edit a line, but a program that is already built goes on working.
//
//   akr::matrix a = akr::matrix::dense(akr::layout::col_major, n, d, values, n);
//   akr::report report;
//   akr_status status = akr::lsq_solve(a, b, x, {nullptr, nullptr, &report});   // b, x: std::vector or any array
//
// Every class is a handle that can be moved but not copied. A negative status becomes an akr::error; 0 and positive
// statuses are returned: outputs are valid, read the code. An exception that leaves a function of yours (progress, log,
// a matrix) ends the call, and the call throws that very exception; a solver leaves x untouched then. Arrays are given
// as pointer and size; sizes too small for the problem are refused with std::length_error.
#ifndef AKR_HPP
#define AKR_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "akr.h"

namespace akr {

class error : public std::runtime_error {
 public:
  error(akr_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
  akr_status status() const noexcept { return status_; }  // one of AKR_E_*
  const char *name() const noexcept { return akr_status_name(status_); }

 private:
  akr_status status_;
};

enum class layout : std::int32_t { col_major = AKR_COL_MAJOR, row_major = AKR_ROW_MAJOR };
enum class part : std::int32_t { full = AKR_PRECOND_FULL, right = AKR_PRECOND_RIGHT };

// Pointer and size of somebody else's array.
template <class T>
class span {
 public:
  constexpr span() = default;
  constexpr span(T *data, std::size_t size) : data_(data), size_(size) {}
  template <class Array, class = std::enable_if_t<std::is_convertible_v<
                             std::remove_pointer_t<decltype(std::declval<Array &>().data())> (*)[], T (*)[]>>>
  constexpr span(Array &array) : data_(array.data()), size_(array.size()) {}  // NOLINT: an array is a span

  constexpr T *data() const { return data_; }
  constexpr std::size_t size() const { return size_; }

 private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

// Columns of a column-major array, `ld` apart. An array alone is one column.
template <class T>
struct columns {
  span<T> data;
  std::int64_t count = 1;
  std::int64_t ld = 0;

  template <class Array, class = decltype(span<T>(std::declval<Array &>()))>
  columns(Array &array)  // NOLINT: an array is a column
      : data(array), ld(data.size() > 0 ? static_cast<std::int64_t>(data.size()) : 1) {}
  columns(span<T> array, std::int64_t column_count, std::int64_t leading)
      : data(array), count(column_count), ld(leading) {}
};

namespace detail {

// A call into the library that is under way on this thread. What a function of the caller's throws is kept here while C
// lies between, and thrown again by check(). Such functions may use the library themselves: calls nest.
class call {
 public:
  call() noexcept : outer_(std::exchange(innermost(), this)) {}
  call(const call &) = delete;
  call &operator=(const call &) = delete;
  ~call() { innermost() = outer_; }

  akr_status check(akr_status status) const {
    if (thrown_) std::rethrow_exception(thrown_);
    if (status < 0) throw error(status, akr_last_error());
    return status;
  }

  // Runs such a function. libakr stops at an exception and returns AKR_E_CALLBACK, so it may go on from here.
  template <class Body>
  static auto guard(Body &&body) {
    call *const current = innermost();
    try {
      return body();
    } catch (...) {
      if (current != nullptr) current->thrown_ = std::current_exception();
      throw;
    }
  }

 private:
  static call *&innermost() noexcept {
    thread_local call *top = nullptr;
    return top;
  }

  call *outer_;
  std::exception_ptr thrown_;
};

template <class T>
void need(const char *what, const columns<T> &c, std::int64_t rows) {
  const std::int64_t used = c.count > 0 && rows > 0 ? (c.count - 1) * c.ld + rows : 0;
  if (c.ld < rows || static_cast<std::int64_t>(c.data.size()) < used) {
    throw std::length_error(std::string("akr: ") + what + " holds " + std::to_string(c.data.size()) +
                            " numbers at ld = " + std::to_string(c.ld) + ", the problem has " + std::to_string(rows) +
                            " rows and " + std::to_string(c.count) + " columns");
  }
}

template <class Get>
std::string text_of(Get &&get) {
  std::int64_t length = 0;
  call().check(get(nullptr, std::int64_t{0}, &length));
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  call().check(get(text.data(), length + 1, &length));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

template <class T, class Get>
std::vector<T> array_of(Get &&get) {
  std::int64_t length = 0;
  call().check(get(nullptr, std::int64_t{0}, &length));
  std::vector<T> values(static_cast<std::size_t>(length));
  if (length > 0) call().check(get(values.data(), length, &length));
  return values;
}

template <class Handle, void (*destroy)(Handle *)>
struct destroyer {
  void operator()(Handle *handle) const noexcept { destroy(handle); }
};
template <class Handle, void (*destroy)(Handle *)>
using owner = std::unique_ptr<Handle, destroyer<Handle, destroy>>;

// Owns what `create` makes before anything is thrown.
template <class Owner, class Create>
Owner made(Create &&create) {
  const call current;
  typename Owner::pointer handle = nullptr;
  const akr_status status = create(&handle);
  Owner owned(handle);
  current.check(status);
  return owned;
}

}  // namespace detail

// For what this file does not offer: runs a function of akr.h and deals with errors and exceptions as all of this does.
//   akr::checked([&] { return akr_lsq_solve_f64(a.get(), nullptr, 0, 1, b, ldb, x, ldx, nullptr, nullptr); });
template <class Body>
akr_status checked(Body &&body) {
  const detail::call current;
  return current.check(body());
}

inline std::int32_t version() noexcept { return akr_version(); }
inline std::string build_info() { return akr_build_info(); }
inline const char *status_name(akr_status status) noexcept { return akr_status_name(status); }

// The keys that options know, and what is known of each: see akr_option_info for the fields. "" where there is nothing.
inline std::vector<std::string> option_keys() {
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < akr_option_count(); ++i) keys.emplace_back(akr_option_key(i));
  return keys;
}
inline std::string option_info(const std::string &key, const std::string &field) {
  const char *const text = akr_option_info(key.c_str(), field.c_str());
  return text != nullptr ? text : "";
}

// For hosts that plan FFTs with the same shared FFTW: see akr_set_planner_lock. The mutex is borrowed until there is
// another lock, or none.
template <class Mutex>
void set_planner_lock(Mutex &mutex) noexcept {
  akr_set_planner_lock([](void *user) { static_cast<Mutex *>(user)->lock(); },
                       [](void *user) { static_cast<Mutex *>(user)->unlock(); }, &mutex);
}
inline void clear_planner_lock() noexcept { akr_set_planner_lock(nullptr, nullptr, nullptr); }

// A report that somebody else owns, such as the one a progress callback sees.
class report_view {
 public:
  explicit report_view(const akr_report *handle) noexcept : handle_(handle) {}
  const akr_report *get() const noexcept { return handle_; }

  std::int64_t count() const { return akr_report_count(handle_); }
  std::string key(std::int64_t index) const { return akr_report_key(handle_, index); }
  std::int64_t i64(const char *key) const {
    std::int64_t value = 0;
    detail::call().check(akr_report_get_i64(handle_, key, &value));
    return value;
  }
  double f64(const char *key) const {
    double value = 0;
    detail::call().check(akr_report_get_f64(handle_, key, &value));
    return value;
  }
  std::string str(const char *key) const {
    return detail::text_of([&](auto... rest) { return akr_report_get_str(handle_, key, rest...); });
  }
  std::vector<double> array_f64(const char *key) const {
    return detail::array_of<double>([&](auto... rest) { return akr_report_get_array_f64(handle_, key, rest...); });
  }
  std::vector<std::int64_t> array_i64(const char *key) const {
    return detail::array_of<std::int64_t>(
        [&](auto... rest) { return akr_report_get_array_i64(handle_, key, rest...); });
  }
  std::string json() const {
    return detail::text_of([&](auto... rest) { return akr_report_to_json(handle_, rest...); });
  }

 private:
  const akr_report *handle_;
};

class report : public report_view {
 public:
  report() : report(create()) {}
  report(report &&) = default;
  report &operator=(report &&) = default;
  akr_report *get() const noexcept { return owned_.get(); }

 private:
  using owner = detail::owner<akr_report, akr_report_destroy>;
  explicit report(owner handle) noexcept : report_view(handle.get()), owned_(std::move(handle)) {}
  static owner create() { return detail::made<owner>(akr_report_create); }

  owner owned_;
};

// Settings, and what to call while a solver runs. Functions given here are owned by this object.
class options {
 public:
  using progress_fn = std::function<bool(const report_view &)>;  // true cancels
  using log_fn = std::function<void(std::int32_t level, const char *utf8)>;

  options() : handle_(detail::made<owner>(akr_options_create)) {}
  akr_options *get() const noexcept { return handle_.get(); }

  // The same values, the same functions (shared, not copied) and the same cancel flag.
  options clone() const {
    options copy(detail::made<owner>([&](akr_options **out) { return akr_options_clone(get(), out); }));
    copy.progress_ = progress_;
    copy.log_ = log_;
    return copy;
  }

  template <class Number, std::enable_if_t<std::is_integral_v<Number>, int> = 0>
  options &set(const char *key, Number value) {
    detail::call().check(akr_options_set_i64(get(), key, static_cast<std::int64_t>(value)));
    return *this;
  }
  options &set(const char *key, double value) {
    detail::call().check(akr_options_set_f64(get(), key, value));
    return *this;
  }
  options &set(const char *key, const char *value) {
    detail::call().check(akr_options_set_str(get(), key, value));
    return *this;
  }
  options &set(const char *key, const std::string &value) { return set(key, value.c_str()); }

  std::int64_t i64(const char *key) const {
    std::int64_t value = 0;
    detail::call().check(akr_options_get_i64(get(), key, &value));
    return value;
  }
  double f64(const char *key) const {
    double value = 0;
    detail::call().check(akr_options_get_f64(get(), key, &value));
    return value;
  }
  std::string str(const char *key) const {
    return detail::text_of([&](auto... rest) { return akr_options_get_str(get(), key, rest...); });
  }

  // An empty function takes the callback away.
  options &on_progress(progress_fn fn) {
    auto kept = std::make_shared<progress_fn>(std::move(fn));
    const bool wanted = static_cast<bool>(*kept);
    detail::call().check(akr_options_set_progress(get(), wanted ? &call_progress : nullptr, kept.get()));
    progress_ = std::move(kept);
    return *this;
  }
  options &on_log(log_fn fn) {
    auto kept = std::make_shared<log_fn>(std::move(fn));
    const bool wanted = static_cast<bool>(*kept);
    detail::call().check(akr_options_set_log(get(), wanted ? &call_log : nullptr, kept.get()));
    log_ = std::move(kept);
    return *this;
  }
  // Borrowed: *flag must live as long as the calls that use these options. Any thread or signal handler may set it.
  options &cancel_on(const std::int32_t *flag) {
    detail::call().check(akr_options_set_cancel(get(), flag));
    return *this;
  }

 private:
  using owner = detail::owner<akr_options, akr_options_destroy>;
  explicit options(owner handle) noexcept : handle_(std::move(handle)) {}

  static std::int32_t call_progress(void *user, const akr_report *now) {
    return detail::call::guard([&] { return (*static_cast<progress_fn *>(user))(report_view(now)) ? 1 : 0; });
  }
  static void call_log(void *user, std::int32_t level, const char *utf8) {
    detail::call::guard([&] { (*static_cast<log_fn *>(user))(level, utf8); });
  }

  std::shared_ptr<progress_fn> progress_;  // behind a pointer: its address survives a move of this object
  std::shared_ptr<log_fn> log_;
  owner handle_;
};

// The tall matrix. Arrays and functions given to it are borrowed (arrays) or owned (functions) until it is destroyed.
class matrix {
 public:
  template <class T>
  using apply_fn = std::function<bool(bool transpose, std::int64_t ncols, const T *x, std::int64_t ldx, T *y,
                                      std::int64_t ldy)>;  // false stops the call
  template <class T>
  using rows_fn = std::function<bool(std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld)>;

  static matrix dense(layout order, std::int64_t rows, std::int64_t cols, span<const double> a, std::int64_t lda,
                      const options *opts = nullptr) {
    need_dense(order, rows, cols, a.size(), lda);
    return make([&](akr_matrix **out) {
      return akr_matrix_create_dense_f64(number(order), rows, cols, a.data(), lda, raw(opts), out);
    });
  }
  static matrix dense(layout order, std::int64_t rows, std::int64_t cols, span<const float> a, std::int64_t lda,
                      const options *opts = nullptr) {
    need_dense(order, rows, cols, a.size(), lda);
    return make([&](akr_matrix **out) {
      return akr_matrix_create_dense_f32(number(order), rows, cols, a.data(), lda, raw(opts), out);
    });
  }

  // Row-major: compressed rows; column-major: compressed columns. Index: std::int32_t or std::int64_t, counted from
  // `base`. ptr has one number more than there are rows (columns).
  template <class Index>
  static matrix sparse(layout order, std::int64_t rows, std::int64_t cols, const Index *ptr, const Index *index,
                       const double *values, std::int32_t base = 0, const options *opts = nullptr) {
    static_assert(std::is_integral_v<Index> && (sizeof(Index) == 4 || sizeof(Index) == 8));
    return make([&](akr_matrix **out) {
      return akr_matrix_create_sparse_f64(number(order), rows, cols, 8 * std::int32_t{sizeof(Index)}, base, ptr, index,
                                          values, raw(opts), out);
    });
  }
  template <class Index>
  static matrix sparse(layout order, std::int64_t rows, std::int64_t cols, const Index *ptr, const Index *index,
                       const float *values, std::int32_t base = 0, const options *opts = nullptr) {
    static_assert(std::is_integral_v<Index> && (sizeof(Index) == 4 || sizeof(Index) == 8));
    return make([&](akr_matrix **out) {
      return akr_matrix_create_sparse_f32(number(order), rows, cols, 8 * std::int32_t{sizeof(Index)}, base, ptr, index,
                                          values, raw(opts), out);
    });
  }

  // T: double or float.
  template <class T>
  static matrix from_products(std::int64_t rows, std::int64_t cols, apply_fn<T> apply, const options *opts = nullptr) {
    auto kept = std::make_shared<apply_fn<T>>(std::move(apply));
    matrix made = make([&](akr_matrix **out) {
      if constexpr (std::is_same_v<T, double>) {
        return akr_matrix_create_callback_f64(rows, cols, &call_apply<T>, kept.get(), raw(opts), out);
      } else {
        return akr_matrix_create_callback_f32(rows, cols, &call_apply<T>, kept.get(), raw(opts), out);
      }
    });
    made.function_ = std::move(kept);
    return made;
  }
  template <class T>
  static matrix from_rows(std::int64_t rows, std::int64_t cols, rows_fn<T> read, const options *opts = nullptr) {
    auto kept = std::make_shared<rows_fn<T>>(std::move(read));
    matrix made = make([&](akr_matrix **out) {
      if constexpr (std::is_same_v<T, double>) {
        return akr_matrix_create_rows_f64(rows, cols, &call_rows<T>, kept.get(), raw(opts), out);
      } else {
        return akr_matrix_create_rows_f32(rows, cols, &call_rows<T>, kept.get(), raw(opts), out);
      }
    });
    made.function_ = std::move(kept);
    return made;
  }

  const akr_matrix *get() const noexcept { return handle_.get(); }
  std::int64_t i64(const char *key) const {  // rows cols nnz bits
    std::int64_t value = 0;
    detail::call().check(akr_matrix_get_i64(get(), key, &value));
    return value;
  }
  std::int64_t rows() const { return i64("rows"); }
  std::int64_t cols() const { return i64("cols"); }

 private:
  using owner = detail::owner<akr_matrix, akr_matrix_destroy>;
  matrix() = default;
  static std::int32_t number(layout order) noexcept { return static_cast<std::int32_t>(order); }
  static const akr_options *raw(const options *opts) noexcept { return opts != nullptr ? opts->get() : nullptr; }

  static void need_dense(layout order, std::int64_t rows, std::int64_t cols, std::size_t size, std::int64_t lda) {
    const bool by_columns = order == layout::col_major;
    const columns<const char> shape(span<const char>(nullptr, size), by_columns ? cols : rows, lda);
    detail::need("a", shape, by_columns ? rows : cols);
  }
  template <class Create>
  static matrix make(Create &&create) {
    matrix made;
    made.handle_ = detail::made<owner>(create);
    return made;
  }
  template <class T>
  static std::int32_t call_apply(void *user, std::int32_t transpose, std::int64_t ncols, const T *x, std::int64_t ldx,
                                 T *y, std::int64_t ldy) {
    return detail::call::guard(
        [&] { return (*static_cast<apply_fn<T> *>(user))(transpose != 0, ncols, x, ldx, y, ldy) ? 0 : 1; });
  }
  template <class T>
  static std::int32_t call_rows(void *user, std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld) {
    return detail::call::guard([&] { return (*static_cast<rows_fn<T> *>(user))(first_row, nrows, block, ld) ? 0 : 1; });
  }

  std::shared_ptr<void> function_;  // destroyed after the handle that calls it
  owner handle_;
};

class kernel;

class preconditioner {
 public:
  explicit preconditioner(const matrix &a, double ridge = 0, const options *opts = nullptr, report *rep = nullptr)
      : handle_(detail::made<owner>([&](akr_precond **out) {
          return akr_precond_create(a.get(), ridge, opts != nullptr ? opts->get() : nullptr,
                                    rep != nullptr ? rep->get() : nullptr, out);
        })),
        cols_(i64("cols")) {}
  // Of K + ridge I, for kernel::solve; its full part alone can be applied.
  explicit preconditioner(const kernel &k, double ridge, const options *opts = nullptr, report *rep = nullptr);
  const akr_precond *get() const noexcept { return handle_.get(); }
  std::int64_t i64(const char *key) const {  // rows cols rank bits bytes
    std::int64_t value = 0;
    detail::call().check(akr_precond_get_i64(get(), key, &value));
    return value;
  }

  void apply(part which, bool transpose, columns<const double> x, columns<double> y, const options *opts = nullptr,
             report *rep = nullptr) const {
    need(which, transpose, x, y);
    detail::call().check(akr_precond_apply_f64(
        get(), static_cast<std::int32_t>(which), transpose, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
        opts != nullptr ? opts->get() : nullptr, rep != nullptr ? rep->get() : nullptr));
  }
  void apply(part which, bool transpose, columns<const float> x, columns<float> y, const options *opts = nullptr,
             report *rep = nullptr) const {
    need(which, transpose, x, y);
    detail::call().check(akr_precond_apply_f32(
        get(), static_cast<std::int32_t>(which), transpose, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
        opts != nullptr ? opts->get() : nullptr, rep != nullptr ? rep->get() : nullptr));
  }
  // cols x cols, column-major, upper triangle.
  std::vector<double> r_f64() const {
    std::vector<double> r(static_cast<std::size_t>(cols_ * cols_));
    detail::call().check(akr_precond_get_r_f64(get(), r.data(), cols_ > 0 ? cols_ : 1));
    return r;
  }
  std::vector<float> r_f32() const {
    std::vector<float> r(static_cast<std::size_t>(cols_ * cols_));
    detail::call().check(akr_precond_get_r_f32(get(), r.data(), cols_ > 0 ? cols_ : 1));
    return r;
  }

 private:
  template <class T>
  void need(part which, bool transpose, const columns<const T> &x, const columns<T> &y) const {
    // P of AKR_PRECOND_RIGHT is cols x rank.
    const std::int64_t inner = which == part::right ? i64("rank") : cols_;
    detail::need("x", x, transpose ? cols_ : inner);
    detail::need("y", columns<T>(y.data, x.count, y.ld), transpose ? inner : cols_);
  }

  using owner = detail::owner<akr_precond, akr_precond_destroy>;
  owner handle_;
  std::int64_t cols_;
};

// What may accompany any call: a preconditioner for A, options, a report.
struct with {
  const preconditioner *precond = nullptr;
  const options *opts = nullptr;
  report *rep = nullptr;

  const akr_precond *raw_precond() const noexcept { return precond != nullptr ? precond->get() : nullptr; }
  const akr_options *raw_options() const noexcept { return opts != nullptr ? opts->get() : nullptr; }
  akr_report *raw_report() const noexcept { return rep != nullptr ? rep->get() : nullptr; }
};

// min |A x - b|² + ridge |x|², a column at a time. Returns AKR_OK or a positive status.
inline akr_status ridge_solve(const matrix &a, double ridge, columns<const double> b, columns<double> x,
                              const with &w = {}) {
  detail::need("b", b, a.rows());
  detail::need("x", columns<double>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_lsq_solve_f64(a.get(), w.raw_precond(), ridge, b.count, b.data.data(), b.ld,
                                                x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}
inline akr_status ridge_solve(const matrix &a, double ridge, columns<const float> b, columns<float> x,
                              const with &w = {}) {
  detail::need("b", b, a.rows());
  detail::need("x", columns<float>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_lsq_solve_f32(a.get(), w.raw_precond(), ridge, b.count, b.data.data(), b.ld,
                                                x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}
inline akr_status lsq_solve(const matrix &a, columns<const double> b, columns<double> x, const with &w = {}) {
  return ridge_solve(a, 0, b, x, w);
}
inline akr_status lsq_solve(const matrix &a, columns<const float> b, columns<float> x, const with &w = {}) {
  return ridge_solve(a, 0, b, x, w);
}

// (A'A)^j x = b, a column at a time. Returns AKR_OK or a positive status.
inline akr_status gram_power_solve(const matrix &a, std::int64_t j, columns<const double> b, columns<double> x,
                                   const with &w = {}) {
  detail::need("b", b, a.cols());
  detail::need("x", columns<double>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_power_solve_f64(a.get(), w.raw_precond(), j, b.count, b.data.data(), b.ld,
                                                       x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}
inline akr_status gram_power_solve(const matrix &a, std::int64_t j, columns<const float> b, columns<float> x,
                                   const with &w = {}) {
  detail::need("b", b, a.cols());
  detail::need("x", columns<float>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_power_solve_f32(a.get(), w.raw_precond(), j, b.count, b.data.data(), b.ld,
                                                       x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}

// min |A (A'A)^j x - b|.
inline akr_status gram_power_lsq(const matrix &a, std::int64_t j, columns<const double> b, columns<double> x,
                                 const with &w = {}) {
  detail::need("b", b, a.rows());
  detail::need("x", columns<double>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_power_lsq_f64(a.get(), w.raw_precond(), j, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}
inline akr_status gram_power_lsq(const matrix &a, std::int64_t j, columns<const float> b, columns<float> x,
                                 const with &w = {}) {
  detail::need("b", b, a.rows());
  detail::need("x", columns<float>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_power_lsq_f32(a.get(), w.raw_precond(), j, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}

// exp(t A'A) x = b.
inline akr_status gram_exp_solve(const matrix &a, double t, columns<const double> b, columns<double> x,
                                 const with &w = {}) {
  detail::need("b", b, a.cols());
  detail::need("x", columns<double>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_exp_solve_f64(a.get(), w.raw_precond(), t, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}
inline akr_status gram_exp_solve(const matrix &a, double t, columns<const float> b, columns<float> x,
                                 const with &w = {}) {
  detail::need("b", b, a.cols());
  detail::need("x", columns<float>(x.data, b.count, x.ld), a.cols());
  return detail::call().check(akr_gram_exp_solve_f32(a.get(), w.raw_precond(), t, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
}

// One score for each row of A.
inline akr_status leverage_scores(const matrix &a, double ridge, span<double> scores, const with &w = {}) {
  detail::need("scores", columns<double>(scores), a.rows());
  return detail::call().check(
      akr_leverage_scores_f64(a.get(), w.raw_precond(), ridge, scores.data(), w.raw_options(), w.raw_report()));
}
inline akr_status leverage_scores(const matrix &a, double ridge, span<float> scores, const with &w = {}) {
  detail::need("scores", columns<float>(scores), a.rows());
  return detail::call().check(
      akr_leverage_scores_f32(a.get(), w.raw_precond(), ridge, scores.data(), w.raw_options(), w.raw_report()));
}

class sketch {
 public:
  sketch(std::int64_t sketch_rows, std::int64_t rows, const options *opts = nullptr, report *rep = nullptr)
      : sketch_rows_(sketch_rows), rows_(rows), handle_(detail::made<owner>([&](akr_sketch **out) {
          return akr_sketch_create(sketch_rows, rows, opts != nullptr ? opts->get() : nullptr,
                                   rep != nullptr ? rep->get() : nullptr, out);
        })) {}
  const akr_sketch *get() const noexcept { return handle_.get(); }

  // sa = S A, as many columns as A has.
  void apply(const matrix &a, span<double> sa, std::int64_t ldsa, const with &w = {}) const {
    detail::need("sa", columns<double>(sa, a.cols(), ldsa), sketch_rows_);
    detail::call().check(akr_sketch_apply_f64(get(), a.get(), sa.data(), ldsa, w.raw_options(), w.raw_report()));
  }
  void apply(const matrix &a, span<float> sa, std::int64_t ldsa, const with &w = {}) const {
    detail::need("sa", columns<float>(sa, a.cols(), ldsa), sketch_rows_);
    detail::call().check(akr_sketch_apply_f32(get(), a.get(), sa.data(), ldsa, w.raw_options(), w.raw_report()));
  }
  // y = S x or Sᵀ x.
  void apply(bool transpose, columns<const double> x, columns<double> y, const with &w = {}) const {
    detail::need("x", x, transpose ? sketch_rows_ : rows_);
    detail::need("y", columns<double>(y.data, x.count, y.ld), transpose ? rows_ : sketch_rows_);
    detail::call().check(akr_sketch_apply_dense_f64(get(), transpose, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                    w.raw_options(), w.raw_report()));
  }
  void apply(bool transpose, columns<const float> x, columns<float> y, const with &w = {}) const {
    detail::need("x", x, transpose ? sketch_rows_ : rows_);
    detail::need("y", columns<float>(y.data, x.count, y.ld), transpose ? rows_ : sketch_rows_);
    detail::call().check(akr_sketch_apply_dense_f32(get(), transpose, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                    w.raw_options(), w.raw_report()));
  }

 private:
  using owner = detail::owner<akr_sketch, akr_sketch_destroy>;
  std::int64_t sketch_rows_;
  std::int64_t rows_;
  owner handle_;
};

// K = exp(scale A Aᵀ), exp entrywise, of points that are copied.
class kernel {
 public:
  kernel(layout order, std::int64_t points, std::int64_t dim, double scale, span<const double> a, std::int64_t lda,
         const options *opts = nullptr)
      : points_(points), dim_(dim) {
    need("a", order, points, dim, a, lda);
    handle_ = detail::made<owner>([&](akr_kernel **out) {
      return akr_kernel_create_f64(static_cast<std::int32_t>(order), points, dim, scale, a.data(), lda,
                                   opts != nullptr ? opts->get() : nullptr, out);
    });
  }
  kernel(layout order, std::int64_t points, std::int64_t dim, double scale, span<const float> a, std::int64_t lda,
         const options *opts = nullptr)
      : points_(points), dim_(dim) {
    need("a", order, points, dim, a, lda);
    handle_ = detail::made<owner>([&](akr_kernel **out) {
      return akr_kernel_create_f32(static_cast<std::int32_t>(order), points, dim, scale, a.data(), lda,
                                   opts != nullptr ? opts->get() : nullptr, out);
    });
  }
  const akr_kernel *get() const noexcept { return handle_.get(); }

  // y = K x. Returns AKR_OK, or AKR_PRECISION_LIMIT where y is held back by e^kernel.log_scale.
  akr_status apply(columns<const double> x, columns<double> y, const with &w = {}) const {
    need(x, y, points_);
    return detail::call().check(akr_kernel_apply_f64(get(), x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                     w.raw_options(), w.raw_report()));
  }
  akr_status apply(columns<const float> x, columns<float> y, const with &w = {}) const {
    need(x, y, points_);
    return detail::call().check(akr_kernel_apply_f32(get(), x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                     w.raw_options(), w.raw_report()));
  }
  // (K + ridge I) x = b, a column at a time. Returns AKR_OK or a positive status.
  akr_status solve(double ridge, columns<const double> b, columns<double> x, const with &w = {}) const {
    need(b, x, points_);
    return detail::call().check(akr_kernel_solve_f64(get(), w.raw_precond(), ridge, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
  }
  akr_status solve(double ridge, columns<const float> b, columns<float> x, const with &w = {}) const {
    need(b, x, points_);
    return detail::call().check(akr_kernel_solve_f32(get(), w.raw_precond(), ridge, b.count, b.data.data(), b.ld,
                                                     x.data.data(), x.ld, w.raw_options(), w.raw_report()));
  }
  // y = exp(scale Q Aᵀ) x, or its rows over their sums of weights.
  akr_status predict(bool normalize, layout order, std::int64_t queries, span<const double> q, std::int64_t ldq,
                     columns<const double> x, columns<double> y, const with &w = {}) const {
    need("q", order, queries, dim_, q, ldq);
    need(x, y, queries);
    return detail::call().check(akr_kernel_predict_f64(get(), normalize, static_cast<std::int32_t>(order), queries,
                                                       q.data(), ldq, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                       w.raw_options(), w.raw_report()));
  }
  akr_status predict(bool normalize, layout order, std::int64_t queries, span<const float> q, std::int64_t ldq,
                     columns<const float> x, columns<float> y, const with &w = {}) const {
    need("q", order, queries, dim_, q, ldq);
    need(x, y, queries);
    return detail::call().check(akr_kernel_predict_f32(get(), normalize, static_cast<std::int32_t>(order), queries,
                                                       q.data(), ldq, x.count, x.data.data(), x.ld, y.data.data(), y.ld,
                                                       w.raw_options(), w.raw_report()));
  }

 private:
  template <class T>
  static void need(const char *name, layout order, std::int64_t rows, std::int64_t cols, const span<const T> &a,
                   std::int64_t ld) {
    const bool by_rows = order == layout::row_major;
    detail::need(name, columns<const T>(a, by_rows ? rows : cols, ld), by_rows ? cols : rows);
  }
  template <class T>
  void need(const columns<const T> &x, const columns<T> &y, std::int64_t y_rows) const {
    detail::need("x", x, points_);
    detail::need("y", columns<T>(y.data, x.count, y.ld), y_rows);
  }

  using owner = detail::owner<akr_kernel, akr_kernel_destroy>;
  std::int64_t points_;
  std::int64_t dim_;
  owner handle_;
};

inline preconditioner::preconditioner(const kernel &k, double ridge, const options *opts, report *rep)
    : handle_(detail::made<owner>([&](akr_precond **out) {
        return akr_kernel_precond_create(k.get(), ridge, opts != nullptr ? opts->get() : nullptr,
                                         rep != nullptr ? rep->get() : nullptr, out);
      })),
      cols_(i64("cols")) {}

// rows x cols numbers, their rows (layout row_major) or columns `ld` apart.
template <class T>
struct dense_block {
  span<T> data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t ld;
};

namespace detail {

template <class T>
void need(const char *what, layout order, const dense_block<T> &m, std::int64_t rows, std::int64_t cols) {
  if (m.rows != rows || m.cols != cols) {
    throw std::length_error(std::string("akr: ") + what + " is " + std::to_string(m.rows) + " x " +
                            std::to_string(m.cols) + ", must be " + std::to_string(rows) + " x " +
                            std::to_string(cols));
  }
  const bool by_rows = order == layout::row_major;
  need(what, columns<T>(m.data, by_rows ? rows : cols, m.ld), by_rows ? cols : rows);
}

template <class T>
void need_attention(layout order, const dense_block<const T> &q, const dense_block<const T> &k,
                    const dense_block<const T> &v, const dense_block<T> &out) {
  need("q", order, q, q.rows, k.cols);
  need("k", order, k, k.rows, k.cols);
  need("v", order, v, k.rows, v.cols);
  need("out", order, out, q.rows, v.cols);
}

}  // namespace detail

// out = softmax(scale Q K') V, all four in one layout; causal: query i takes the keys j <= i + keys - queries.
inline akr_status attention(layout order, double scale, bool causal, const dense_block<const double> &q,
                            const dense_block<const double> &k, const dense_block<const double> &v,
                            const dense_block<double> &out, const with &w = {}) {
  detail::need_attention(order, q, k, v, out);
  return detail::call().check(akr_attention_f64(static_cast<std::int32_t>(order), q.rows, k.rows, k.cols, v.cols, scale,
                                                causal, q.data.data(), q.ld, k.data.data(), k.ld, v.data.data(), v.ld,
                                                out.data.data(), out.ld, w.raw_options(), w.raw_report()));
}
inline akr_status attention(layout order, double scale, bool causal, const dense_block<const float> &q,
                            const dense_block<const float> &k, const dense_block<const float> &v,
                            const dense_block<float> &out, const with &w = {}) {
  detail::need_attention(order, q, k, v, out);
  return detail::call().check(akr_attention_f32(static_cast<std::int32_t>(order), q.rows, k.rows, k.cols, v.cols, scale,
                                                causal, q.data.data(), q.ld, k.data.data(), k.ld, v.data.data(), v.ld,
                                                out.data.data(), out.ld, w.raw_options(), w.raw_report()));
}

}  // namespace akr

#endif
