// SPDX-License-Identifier: BSD-3-Clause
// akr.h in C++: owned handles, and one name for both precisions.
#pragma once

#include <akr.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reference/array.hpp"

namespace numeric {

struct Destroy {
  void operator()(akr_options *p) const { akr_options_destroy(p); }
  void operator()(akr_report *p) const { akr_report_destroy(p); }
  void operator()(akr_matrix *p) const { akr_matrix_destroy(p); }
  void operator()(akr_precond *p) const { akr_precond_destroy(p); }
};
using Matrix = std::unique_ptr<akr_matrix, Destroy>;
using Precond = std::unique_ptr<akr_precond, Destroy>;

inline void require(akr_status status) {
  if (status < 0) throw std::runtime_error(std::string(akr_status_name(status)) + ": " + akr_last_error());
}

// {{"method", "qr"}, {"max_iter", "3"}}
using Settings = std::initializer_list<std::pair<const char *, std::string>>;

class Options {
 public:
  Options(Settings settings = {}) {
    akr_options *p = nullptr;
    require(akr_options_create(&p));
    options_.reset(p);
    for (const auto &[key, value] : settings) set(key, value);
  }
  Options &set(const char *key, const std::string &value) {
    require(akr_options_set_str(options_.get(), key, value.c_str()));
    return *this;
  }
  akr_options *get() const { return options_.get(); }

 private:
  std::unique_ptr<akr_options, Destroy> options_;
};

class Report {
 public:
  Report() {
    akr_report *p = nullptr;
    require(akr_report_create(&p));
    report_.reset(p);
  }
  akr_report *get() const { return report_.get(); }

  std::int64_t integer(const char *key) const {
    std::int64_t value = 0;
    require(akr_report_get_i64(get(), key, &value));
    return value;
  }
  double real(const char *key) const {
    double value = 0;
    require(akr_report_get_f64(get(), key, &value));
    return value;
  }
  std::string text(const char *key) const {
    std::int64_t length = 0;
    require(akr_report_get_str(get(), key, nullptr, 0, &length));
    std::string value(static_cast<std::size_t>(length) + 1, '\0');
    require(akr_report_get_str(get(), key, value.data(), length + 1, &length));
    value.resize(static_cast<std::size_t>(length));
    return value;
  }
  std::vector<double> reals(const char *key) const {
    std::int64_t length = 0;
    require(akr_report_get_array_f64(get(), key, nullptr, 0, &length));
    std::vector<double> value(static_cast<std::size_t>(length));
    require(akr_report_get_array_f64(get(), key, value.data(), length, &length));
    return value;
  }
  std::vector<std::int64_t> integers(const char *key) const {
    std::int64_t length = 0;
    require(akr_report_get_array_i64(get(), key, nullptr, 0, &length));
    std::vector<std::int64_t> value(static_cast<std::size_t>(length));
    require(akr_report_get_array_i64(get(), key, value.data(), length, &length));
    return value;
  }
  // False where the last call did not set the key.
  bool has(const char *key) const {
    for (std::int64_t i = 0; i < akr_report_count(get()); ++i)
      if (std::string(akr_report_key(get(), i)) == key) return true;
    return false;
  }
  std::string json() const {
    std::int64_t length = 0;
    require(akr_report_to_json(get(), nullptr, 0, &length));
    std::string value(static_cast<std::size_t>(length) + 1, '\0');
    require(akr_report_to_json(get(), value.data(), length + 1, &length));
    value.resize(static_cast<std::size_t>(length));
    return value;
  }

 private:
  std::unique_ptr<akr_report, Destroy> report_;
};

inline akr_status create_dense(std::int32_t layout, std::int64_t n, std::int64_t d, const double *a, std::int64_t ld,
                               const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_dense_f64(layout, n, d, a, ld, options, out);
}
inline akr_status create_dense(std::int32_t layout, std::int64_t n, std::int64_t d, const float *a, std::int64_t ld,
                               const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_dense_f32(layout, n, d, a, ld, options, out);
}
inline akr_status create_sparse(std::int32_t layout, std::int64_t n, std::int64_t d, std::int32_t bits,
                                std::int32_t base, const void *ptr, const void *index, const double *values,
                                const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_sparse_f64(layout, n, d, bits, base, ptr, index, values, options, out);
}
inline akr_status create_sparse(std::int32_t layout, std::int64_t n, std::int64_t d, std::int32_t bits,
                                std::int32_t base, const void *ptr, const void *index, const float *values,
                                const akr_options *options, akr_matrix **out) {
  return akr_matrix_create_sparse_f32(layout, n, d, bits, base, ptr, index, values, options, out);
}
inline akr_status lsq_solve(const akr_matrix *a, const akr_precond *m, double ridge, std::int64_t nrhs, const double *b,
                            std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *o, akr_report *r) {
  return akr_lsq_solve_f64(a, m, ridge, nrhs, b, ldb, x, ldx, o, r);
}
inline akr_status lsq_solve(const akr_matrix *a, const akr_precond *m, double ridge, std::int64_t nrhs, const float *b,
                            std::int64_t ldb, float *x, std::int64_t ldx, const akr_options *o, akr_report *r) {
  return akr_lsq_solve_f32(a, m, ridge, nrhs, b, ldb, x, ldx, o, r);
}

// The array is borrowed: it must outlive the handle.
template <class T>
Matrix dense(const Array<T> &a) {
  akr_matrix *p = nullptr;
  require(create_dense(AKR_COL_MAJOR, a.rows(), a.cols(), a.data(), a.rows() > 0 ? a.rows() : 1, nullptr, &p));
  return Matrix(p);
}

template <class T>
struct Solution {
  akr_status status = AKR_E_INTERNAL;
  std::string message;
  Array<T> x;
};

struct SolveArguments {
  double ridge = 0;
  const akr_precond *precond = nullptr;
  akr_report *report = nullptr;
};

template <class T>
Solution<T> solve(const Matrix &a, const Array<T> &b, const Options &options = {}, SolveArguments more = {}) {
  std::int64_t d = 0;
  require(akr_matrix_get_i64(a.get(), "cols", &d));
  Solution<T> out;
  out.x = Array<T>(d, b.cols());
  out.status = lsq_solve(a.get(), more.precond, more.ridge, b.cols(), b.data(), b.rows() > 0 ? b.rows() : 1,
                         out.x.data(), d > 0 ? d : 1, options.get(), more.report);
  if (out.status < 0) out.message = akr_last_error();
  return out;
}

template <class T>
Solution<T> solve(const Array<T> &a, const Array<T> &b, const Options &options = {}, SolveArguments more = {}) {
  return solve(dense(a), b, options, more);
}

inline Precond make_precond(const Matrix &a, double ridge = 0, const Options &options = {}, Report *report = nullptr) {
  akr_precond *p = nullptr;
  require(akr_precond_create(a.get(), ridge, options.get(), report ? report->get() : nullptr, &p));
  return Precond(p);
}

}  // namespace numeric
