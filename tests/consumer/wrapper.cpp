// SPDX-License-Identifier: BSD-3-Clause
// akr.hpp at work: what it adds to akr.h (ownership, exceptions, size checks, functions as callbacks), each seen once.
#include <akr.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

void require(bool holds, const char *what) {
  if (holds) return;
  std::printf("wrapper: %s\n", what);
  std::exit(1);
}

template <class E, class F>
bool throws(F &&body) {
  try {
    body();
  } catch (const E &) {
    return true;
  }
  return false;
}

// A(i, j) = 1/(i + j + 1) + (i == j): condition number below 10, so an error of 100 u of each precision is ample for 60
// x 3.
template <class T>
struct Problem {
  static constexpr std::int64_t rows = 60, cols = 3;
  std::vector<T> a = std::vector<T>(rows * cols);
  std::vector<T> b = std::vector<T>(rows);

  Problem() {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < cols; ++j) {
        const T entry = T(1) / T(i + j + 1) + (i == j ? T(1) : T(0));
        a[static_cast<std::size_t>(i + j * rows)] = entry;
        b[static_cast<std::size_t>(i)] += entry * T(j + 1);  // so that x = (1, 2, 3)
      }
    }
  }
};

template <class T>
bool is_solution(const std::vector<T> &x) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double error = std::abs(static_cast<double>(x[j]) - static_cast<double>(j + 1));
    if (!(error <= 100.0 * static_cast<double>(std::numeric_limits<T>::epsilon()))) return false;
  }
  return true;
}

template <class T>
void solves() {
  const Problem<T> p;
  akr::matrix a = akr::matrix::dense(akr::layout::col_major, p.rows, p.cols, p.a, p.rows);
  std::vector<T> x(p.cols);
  akr::report report;
  require(akr::lsq_solve(a, p.b, x, {nullptr, nullptr, &report}) == AKR_OK, "status is not AKR_OK");
  require(is_solution(x), "x is not (1, 2, 3)");
  require(report.i64("status") == AKR_OK && report.json().front() == '{', "the report");

  const akr::matrix moved = std::move(a);
  const akr::preconditioner m(moved);
  std::vector<T> again(p.cols);
  require(akr::lsq_solve(moved, p.b, again, {&m, nullptr, nullptr}) == AKR_OK && is_solution(again),
          "with a preconditioner");

  // (A'A)^1 x = A'b and min |A (A'A)^0 x - b| are that problem again; exp(t A'A) and exp(-t A'A) undo each other.
  std::vector<T> atb(p.cols), power(p.cols), flow(p.cols), back(p.cols);
  for (std::int64_t j = 0; j < p.cols; ++j) {
    double sum = 0;
    for (std::int64_t i = 0; i < p.rows; ++i) {
      sum += static_cast<double>(p.a[static_cast<std::size_t>(i + j * p.rows)]) *
             static_cast<double>(p.b[static_cast<std::size_t>(i)]);
    }
    atb[static_cast<std::size_t>(j)] = static_cast<T>(sum);
  }
  require(akr::gram_power_solve(moved, 1, atb, power, {&m}) == AKR_OK && is_solution(power), "a Gram power");
  require(akr::gram_power_lsq(moved, 0, p.b, power) == AKR_OK && is_solution(power), "an odd Gram power");
  require(akr::gram_exp_solve(moved, 0.5, x, flow) == AKR_OK &&
              akr::gram_exp_solve(moved, -0.5, flow, back) == AKR_OK && is_solution(back),
          "the Gram exponential");

  // (K + I) x = b, and K x + x is b again; softmax weights of equal queries and keys sum to one.
  const akr::kernel k(akr::layout::col_major, p.rows, p.cols, 1, p.a, p.rows);
  std::vector<T> weights(p.rows), image(p.rows);
  require(k.solve(1, p.b, weights) == AKR_OK && k.apply(weights, image) == AKR_OK, "kernel regression");
  for (std::size_t i = 0; i < image.size(); ++i) {
    require(std::abs(static_cast<double>(image[i] + weights[i] - p.b[i])) < 1e-3, "K x + x is not b");
  }
  const std::vector<T> ones(p.rows, T(1));
  require(k.predict(true, akr::layout::col_major, p.rows, p.a, p.rows, ones, image) == AKR_OK &&
              std::abs(static_cast<double>(image[0]) - 1) < 1e-6,
          "a softmax average of ones");

  std::vector<T> scores(p.rows);
  require(akr::leverage_scores(moved, 0, scores) == AKR_OK, "leverage scores");
  double sum = 0;
  for (const T score : scores) sum += static_cast<double>(score);
  // They sum to the rank; each carries a relative error of a few u of its precision.
  require(std::abs(sum - 3) < 1000.0 * static_cast<double>(std::numeric_limits<T>::epsilon()),
          "leverage scores sum to 3");

  require(throws<std::length_error>([&] {
            std::vector<T> shorter(2);
            akr::lsq_solve(moved, p.b, shorter);
          }),
          "a short x was accepted");
}

void callbacks() {
  const Problem<double> p;
  const auto read = [&](std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < p.cols; ++j)
        block[i * ld + j] = p.a[static_cast<std::size_t>(first + i + j * p.rows)];
    return true;
  };
  const akr::matrix a = akr::matrix::from_rows<double>(p.rows, p.cols, read);
  std::vector<double> x(3);
  require(akr::lsq_solve(a, p.b, x) == AKR_OK && is_solution(x), "a matrix by rows");

  const auto broken = [](std::int64_t, std::int64_t, double *, std::int64_t) -> bool {
    throw std::out_of_range("disk");
  };
  const akr::matrix bad = akr::matrix::from_rows<double>(p.rows, p.cols, broken);
  require(throws<std::out_of_range>([&] { akr::lsq_solve(bad, p.b, x); }), "the callback's own exception was lost");
  require(is_solution(x), "x was touched by a failed call");

  int calls = 0;
  akr::options options;
  options.on_progress([&](const akr::report_view &now) {
    ++calls;
    return now.f64("seconds") >= 0;
  });
  akr::options kept = std::move(options);  // the function moves along
  require(akr::lsq_solve(a, p.b, x, {nullptr, &kept, nullptr}) == AKR_CANCELLED && calls == 1,
          "progress did not cancel");
}

void errors() {
  akr::options options;
  options.set("rtol", 1e-3).set("seed", 7).set("method", "qr");
  require(options.f64("rtol") == 1e-3 && options.i64("seed") == 7 && options.str("method") == "qr", "options");
  try {
    options.set("rtoll", 1.0);
    require(false, "an unknown key was accepted");
  } catch (const akr::error &e) {
    require(e.status() == AKR_E_OPTION && std::string(e.what()).find("rtoll") != std::string::npos, "the error's text");
  }
  const std::vector<double> nan(4, std::nan(""));
  std::vector<double> x(1);
  const std::vector<double> ones(4, 1.0);
  const akr::matrix a = akr::matrix::dense(akr::layout::col_major, 4, 1, ones, 4);
  require(throws<akr::error>([&] { akr::lsq_solve(a, nan, x); }), "NaN was accepted");
}

}  // namespace

int main() {
  solves<double>();
  solves<float>();
  callbacks();
  errors();
  return 0;
}
