// SPDX-License-Identifier: BSD-3-Clause
// Gram powers whose solutions are known from tests/data/gram/generate.py, and the route they are compared with.
#pragma once

#include <fstream>
#include <map>
#include <sstream>

#include "reference/api.hpp"
#include "reference/lapack.hpp"

namespace numeric {

struct GramCase {
  double kappa = 0;
  bool odd = false;
  bool image = false;  // b = (AᵀA)ʲ x_true rounded, for an odd power A times that and an orthogonal part
  std::int64_t j = 0;
  Array<double> b;
  Array<double> x;
};

struct GramMatrix {
  double kappa = 0;
  Array<double> a;
  std::vector<GramCase> cases;
};

namespace gram_data {

constexpr std::int64_t rows = 2000;
constexpr std::int64_t cols = 40;

inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}
inline double number(std::uint64_t stream, std::int64_t i) {
  const std::uint64_t bits = mix((stream << 32) + static_cast<std::uint64_t>(i)) >> 32;
  return (static_cast<double>(bits) - 0x1p31) * 0x1p-31;
}

// Sums of multiples of 2⁻⁵² below 1: exact.
inline Array<double> matrix(const Array<double> &core) {
  Array<double> sign(rows, cols);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t l = 0; l < cols; ++l)
      sign(i, l) = (mix((1ULL << 32) + static_cast<std::uint64_t>(i / 2 * cols + l)) & 1U) != 0 ? 1 : -1;
  Array<double> a(rows, cols);
  for (std::int64_t c = 0; c < cols; ++c)
    for (std::int64_t l = 0; l < cols; ++l)
      for (std::int64_t i = 0; i < rows; ++i) a(i, c) += sign(i, l) * core(l, c);
  return a;
}

// b = A w + 2^h (+r, −r) for the two equal rows of a pair, rounded once. The sum is formed with 113 bits: to round it
// wrongly is as improbable as 2⁻⁵⁹.
inline Array<double> odd_image(const Array<double> &a, const Array<double> &w, int h) {
  Array<double> b(rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    __float128 sum = 0;
    for (std::int64_t l = 0; l < cols; ++l) sum += static_cast<__float128>(a(i, l)) * w[l];
    const double r = std::ldexp(number(5, i / 2), h);
    b[i] = static_cast<double>(sum + static_cast<__float128>(i % 2 == 0 ? r : -r));
  }
  return b;
}

class Reader {
 public:
  explicit Reader(const std::string &path) : file_(path) {
    if (!file_) throw std::runtime_error("cannot open " + path);
  }
  bool next() {
    while (std::getline(file_, line_))
      if (!line_.empty() && line_[0] != '#') return true;
    return false;
  }
  std::istringstream words() const { return std::istringstream(line_); }
  Array<double> numbers(std::int64_t count) {
    next();
    std::istringstream in(line_);
    Array<double> out(count);
    std::string word;
    for (std::int64_t i = 0; i < count; ++i) {
      in >> word;
      out[i] = std::strtod(word.c_str(), nullptr);
    }
    return out;
  }

 private:
  std::ifstream file_;
  std::string line_;
};

}  // namespace gram_data

inline std::vector<GramMatrix> load_gram_powers() {
  using namespace gram_data;
  Reader in(std::string(AKR_TEST_DATA) + "/gram/powers.txt");
  std::vector<GramMatrix> out;
  while (in.next()) {
    std::string first;
    std::istringstream words = in.words();
    words >> first;
    if (first == "core") {
      GramMatrix m;
      words >> m.kappa;
      Array<double> core(cols, cols);
      const Array<double> units = in.numbers(cols * cols);
      for (std::int64_t i = 0; i < units.size(); ++i) core[i] = std::ldexp(units[i], -52);
      m.a = matrix(core);
      out.push_back(std::move(m));
      continue;
    }
    GramCase c;
    std::string kind;
    words >> kind >> c.j;
    c.kappa = out.back().kappa;
    c.odd = first == "odd";
    c.image = kind == "image";
    if (!c.image) {
      c.b = Array<double>(c.odd ? rows : cols);
      for (std::int64_t i = 0; i < c.b.size(); ++i) c.b[i] = number(c.odd ? 3 : 2, i);
    } else {
      c.b = in.numbers(cols);
      if (c.odd) c.b = odd_image(out.back().a, c.b, static_cast<int>(in.numbers(1)[0]));
    }
    c.x = in.numbers(cols);
    out.back().cases.push_back(std::move(c));
  }
  return out;
}

// ‖x − y‖/‖y‖.
template <class T>
double relative_error(const Array<T> &x, const Array<double> &y) {
  Real gap = 0, size = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    gap += (wide(x[i]) - wide(y[i])) * (wide(x[i]) - wide(y[i]));
    size += wide(y[i]) * wide(y[i]);
  }
  return static_cast<double>(std::sqrt(gap / size));
}

// The factor route with Householder's R: (R^-1 R^-T)^j, after R^-1 Q^T b for an odd power.
class HouseholderPowers {
 public:
  explicit HouseholderPowers(Array<double> a) : qr_(std::move(a)), tau_(qr_.cols()) {
    expect_success(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, narrow(qr_.rows()), narrow(qr_.cols()), qr_.data(),
                                  narrow(qr_.rows()), tau_.data()),
                   "dgeqrf");
  }
  Array<double> solve(bool odd, std::int64_t j, Array<double> b) const {
    const lapack_int d = narrow(qr_.cols());
    if (odd) {
      expect_success(LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'T', narrow(qr_.rows()), 1, d, qr_.data(),
                                    narrow(qr_.rows()), tau_.data(), b.data(), narrow(b.rows())),
                     "dormqr");
      triangular(CblasNoTrans, b);
    }
    for (std::int64_t i = 0; i < j; ++i) {
      triangular(CblasTrans, b);
      triangular(CblasNoTrans, b);
    }
    Array<double> x(d);
    std::copy_n(b.data(), d, x.data());
    return x;
  }

 private:
  void triangular(CBLAS_TRANSPOSE transpose, Array<double> &b) const {
    cblas_dtrsv(CblasColMajor, CblasUpper, transpose, CblasNonUnit, narrow(qr_.cols()), qr_.data(), narrow(qr_.rows()),
                b.data(), 1);
  }
  Array<double> qr_, tau_;
};

// akr.h under one name for both parities and precisions.
inline akr_status gram_power(bool odd, const akr_matrix *a, const akr_precond *m, std::int64_t j, std::int64_t nrhs,
                             const double *b, std::int64_t ldb, double *x, std::int64_t ldx, const akr_options *o,
                             akr_report *r) {
  return odd ? akr_gram_power_lsq_f64(a, m, j, nrhs, b, ldb, x, ldx, o, r)
             : akr_gram_power_solve_f64(a, m, j, nrhs, b, ldb, x, ldx, o, r);
}
inline akr_status gram_power(bool odd, const akr_matrix *a, const akr_precond *m, std::int64_t j, std::int64_t nrhs,
                             const float *b, std::int64_t ldb, float *x, std::int64_t ldx, const akr_options *o,
                             akr_report *r) {
  return odd ? akr_gram_power_lsq_f32(a, m, j, nrhs, b, ldb, x, ldx, o, r)
             : akr_gram_power_solve_f32(a, m, j, nrhs, b, ldb, x, ldx, o, r);
}

inline akr_status gram_exponential(const akr_matrix *a, const akr_precond *m, double t, std::int64_t nrhs,
                                   const double *b, std::int64_t d, double *x, const akr_options *o, akr_report *r) {
  return akr_gram_exp_solve_f64(a, m, t, nrhs, b, d, x, d, o, r);
}
inline akr_status gram_exponential(const akr_matrix *a, const akr_precond *m, double t, std::int64_t nrhs,
                                   const float *b, std::int64_t d, float *x, const akr_options *o, akr_report *r) {
  return akr_gram_exp_solve_f32(a, m, t, nrhs, b, d, x, d, o, r);
}

struct GramArguments {
  const akr_precond *precond = nullptr;
  akr_report *report = nullptr;
};

template <class T>
Solution<T> solve_power(const Matrix &a, bool odd, std::int64_t j, const Array<T> &b, const Options &options = {},
                        GramArguments more = {}) {
  std::int64_t d = 0;
  require(akr_matrix_get_i64(a.get(), "cols", &d));
  Solution<T> out;
  out.x = Array<T>(d, b.cols());
  out.status = gram_power(odd, a.get(), more.precond, j, b.cols(), b.data(), b.rows() > 0 ? b.rows() : 1, out.x.data(),
                          d > 0 ? d : 1, options.get(), more.report);
  if (out.status < 0) out.message = akr_last_error();
  return out;
}

inline Solution<double> solve_exponential(const Matrix &a, double t, const Array<double> &b,
                                          const Options &options = {}, GramArguments more = {}) {
  std::int64_t d = 0;
  require(akr_matrix_get_i64(a.get(), "cols", &d));
  Solution<double> out;
  out.x = Array<double>(d, b.cols());
  out.status = akr_gram_exp_solve_f64(a.get(), more.precond, t, b.cols(), b.data(), b.rows() > 0 ? b.rows() : 1,
                                      out.x.data(), d > 0 ? d : 1, options.get(), more.report);
  if (out.status < 0) out.message = akr_last_error();
  return out;
}

}  // namespace numeric
