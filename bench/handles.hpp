// SPDX-License-Identifier: BSD-3-Clause
// libakr's handles as one contestant holds them: options, a report, and a matrix that is made anew before each solve.
#pragma once

#include <akr.h>

#include <cmath>
#include <string>

#include "problem.hpp"

namespace bench {

inline akr_status make_matrix(int n, int d, const double *a, const akr_options *o, akr_matrix **m) {
  return akr_matrix_create_dense_f64(AKR_COL_MAJOR, n, d, a, n, o, m);
}
inline akr_status make_matrix(int n, int d, const float *a, const akr_options *o, akr_matrix **m) {
  return akr_matrix_create_dense_f32(AKR_COL_MAJOR, n, d, a, n, o, m);
}

class Handles {
 public:
  Handles() {
    check(akr_options_create(&options_) == AKR_OK && akr_report_create(&report_) == AKR_OK, akr_last_error());
  }
  ~Handles() {
    akr_matrix_destroy(matrix_);
    akr_options_destroy(options_);
    akr_report_destroy(report_);
  }
  Handles(const Handles &) = delete;
  Handles &operator=(const Handles &) = delete;

  void set(const char *key, const std::string &value) {
    check(akr_options_set_str(options_, key, value.c_str()) == AKR_OK, akr_last_error());
  }
  // The matrix for the n x d numbers at a, which looks for NaN among them.
  template <class T>
  const akr_matrix *open(int n, int d, const T *a) {
    akr_matrix_destroy(matrix_);
    check(make_matrix(n, d, a, options_, &matrix_) == AKR_OK, akr_last_error());
    return matrix_;
  }
  const akr_options *options() const { return options_; }
  akr_report *report() const { return report_; }

  // Of the report; where the key is not set: "-", NaN, -1.
  std::string text(const char *key) const {
    char out[64] = "";
    std::int64_t length = 0;
    return akr_report_get_str(report_, key, out, sizeof out, &length) == AKR_OK ? out : "-";
  }
  double real(const char *key) const {
    double out = 0;
    return akr_report_get_f64(report_, key, &out) == AKR_OK ? out : std::nan("");
  }
  std::int64_t integer(const char *key) const {
    std::int64_t out = 0;
    return akr_report_get_i64(report_, key, &out) == AKR_OK ? out : -1;
  }

 private:
  akr_matrix *matrix_ = nullptr;
  akr_options *options_ = nullptr;
  akr_report *report_ = nullptr;
};

}  // namespace bench
