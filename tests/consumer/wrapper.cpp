// SPDX-License-Identifier: BSD-3-Clause
// akr.hpp at work: what it adds to akr.h (ownership, exceptions, size checks, functions as callbacks), each seen once.
#include <akr.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
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

// Functions of T that solves() does not need.
template <class T>
void handles() {
  const Problem<T> p;
  const double small = 1000.0 * static_cast<double>(std::numeric_limits<T>::epsilon());
  // The matrix once more: compressed rows of all entries, and by its products.
  std::vector<std::int32_t> ptr, index;
  std::vector<T> values;
  for (std::int64_t i = 0; i < p.rows; ++i) {
    ptr.push_back(static_cast<std::int32_t>(values.size()));
    for (std::int64_t j = 0; j < p.cols; ++j) {
      index.push_back(static_cast<std::int32_t>(j));
      values.push_back(p.a[static_cast<std::size_t>(i + j * p.rows)]);
    }
  }
  ptr.push_back(static_cast<std::int32_t>(values.size()));
  const akr::matrix sparse =
      akr::matrix::sparse(akr::layout::row_major, p.rows, p.cols, ptr.data(), index.data(), values.data());
  std::vector<T> x(p.cols);
  require(akr::lsq_solve(sparse, p.b, x) == AKR_OK && is_solution(x), "compressed rows");
  const auto product = [&](bool transpose, std::int64_t ncols, const T *from, std::int64_t ldfrom, T *to,
                           std::int64_t ldto) {
    for (std::int64_t c = 0; c < ncols; ++c)
      for (std::int64_t r = 0; r < (transpose ? p.cols : p.rows); ++r) {
        double sum = 0;
        for (std::int64_t s = 0; s < (transpose ? p.rows : p.cols); ++s)
          sum += static_cast<double>(p.a[static_cast<std::size_t>(transpose ? s + r * p.rows : r + s * p.rows)]) *
                 static_cast<double>(from[s + c * ldfrom]);
        to[r + c * ldto] = static_cast<T>(sum);
      }
    return true;
  };
  const akr::matrix products = akr::matrix::from_products<T>(p.rows, p.cols, product);
  x.assign(p.cols, T(0));
  require(akr::lsq_solve(products, p.b, x) == AKR_OK && is_solution(x), "a matrix by products");

  // R'R = A'A, so P = R^-1 has P (R x) = x.
  const akr::preconditioner m(sparse, 0, nullptr, nullptr);
  std::vector<T> r, image(p.cols), back(p.cols);
  if constexpr (std::is_same_v<T, double>) {
    r = m.r_f64();
  } else {
    r = m.r_f32();
  }
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = i; j < 3; ++j) image[i] += r[i + 3 * j] * x[j];
  m.apply(akr::part::right, false, image, back);
  require(std::abs(static_cast<double>(back[2]) - 3) < small, "P R is not the identity");

  // S A by the matrix and by its columns.
  const akr::sketch s(8, p.rows);
  std::vector<T> sa(24), again(24);
  s.apply(sparse, sa, 8);
  s.apply(false, {p.a, p.cols, p.rows}, {again, p.cols, 8});
  for (std::size_t i = 0; i < 24; ++i)
    require(std::abs(static_cast<double>(sa[i] - again[i])) < small, "two ways to S A");

  // A preconditioner of a kernel, kept; then a query with one key is its value.
  const akr::kernel k(akr::layout::col_major, p.rows, p.cols, 1, p.a, p.rows);
  const akr::preconditioner kept(k, 1);
  std::vector<T> weights(p.rows);
  require(kept.i64("cols") == p.rows && k.solve(1, p.b, weights, {&kept}) == AKR_OK, "a preconditioner of a kernel");
  const std::vector<T> query = {T(1), T(2)}, value = {T(3), T(4), T(5)};
  std::vector<T> out(3);
  require(akr::attention(akr::layout::row_major, 0.5, false, {query, 1, 2, 2}, {query, 1, 2, 2}, {value, 1, 3, 3},
                         {out, 1, 3, 3}) == AKR_OK &&
              out == value,
          "attention to one key");
  require(throws<std::length_error>([&] {
            akr::attention(akr::layout::row_major, 0.5, false, {query, 1, 2, 2}, {query, 2, 1, 1}, {value, 1, 3, 3},
                           {out, 1, 3, 3});
          }),
          "keys of another dimension were accepted");
}

// What a function of the caller's throws comes out of the call, whichever function it was.
void exceptions() {
  const Problem<double> p;
  const akr::matrix a = akr::matrix::dense(akr::layout::col_major, p.rows, p.cols, p.a, p.rows);
  std::vector<double> x = {7, 7, 7};
  akr::options progress, log, nested;
  progress.on_progress([](const akr::report_view &) -> bool { throw std::out_of_range("progress"); });
  require(throws<std::out_of_range>([&] {
            akr::lsq_solve(a, p.b, x, {nullptr, &progress, nullptr});
          }),
          "an exception of the progress callback was lost");
  require(throws<std::out_of_range>([&] { akr::preconditioner(a, 0, &progress); }),
          "an exception was lost where a handle is made");
  log.set("log_level", AKR_LOG_DEBUG);
  log.on_log([](std::int32_t, const char *) { throw std::domain_error("log"); });
  require(throws<std::domain_error>([&] {
            akr::lsq_solve(a, p.b, x, {nullptr, &log, nullptr});
          }),
          "an exception of the log callback was lost");
  require(x[0] == 7 && x[2] == 7, "x was touched by a call that threw");

  // A call within a callback fails and is dealt with there: nothing of it comes out of the call around it.
  nested.on_progress([&](const akr::report_view &) {
    std::vector<double> other(3);
    require(throws<std::out_of_range>([&] {
              akr::lsq_solve(a, p.b, other, {nullptr, &progress, nullptr});
            }),
            "an exception of a call within a callback was lost");
    return false;
  });
  require(akr::lsq_solve(a, p.b, x, {nullptr, &nested, nullptr}) == AKR_OK && is_solution(x),
          "an exception of a call within a callback came out twice");
  nested.on_progress([&](const akr::report_view &now) -> bool {
    throw std::domain_error(now.str("phase"));  // reading the report is a call of its own, which ends before this one
  });
  require(throws<std::domain_error>([&] {
            akr::lsq_solve(a, p.b, x, {nullptr, &nested, nullptr});
          }),
          "an exception after a call within a callback was lost");
  require(throws<std::domain_error>([&] {
            akr::checked([&] {
              return akr_lsq_solve_f64(a.get(), nullptr, 0, 1, p.b.data(), p.rows, x.data(), p.cols, log.get(),
                                       nullptr);
            });
          }),
          "an exception was lost in a function of akr.h");
  require(akr::lsq_solve(a, p.b, x) == AKR_OK, "an old exception came out of a later call");
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
  const auto single = [&](std::int64_t first, std::int64_t count, float *block, std::int64_t ld) {
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < p.cols; ++j)
        block[i * ld + j] = static_cast<float>(p.a[static_cast<std::size_t>(first + i + j * p.rows)]);
    return true;
  };
  require(akr::matrix::from_rows<float>(p.rows, p.cols, single).i64("bits") == 32, "a matrix by single rows");

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
  auto function = std::make_shared<int>(0);
  const std::weak_ptr<int> owned = function;
  options.on_progress([function = std::move(function)](const akr::report_view &) { return *function != 0; });
  akr::options same = options.clone();
  options = akr::options();
  require(same.i64("seed") == 7 && !owned.expired(), "a clone shares the functions");
  same.on_progress(nullptr);
  require(owned.expired(), "a function was kept for good");
  const std::vector<std::string> keys = akr::option_keys();
  require(!keys.empty() && akr::option_info(keys[0], "type") == "f64" && akr::option_info("rtoll", "type").empty(),
          "what is known of options");
  const std::vector<double> nan(4, std::nan(""));
  std::vector<double> x(1);
  const std::vector<double> ones(4, 1.0);
  const akr::matrix a = akr::matrix::dense(akr::layout::col_major, 4, 1, ones, 4);
  require(throws<akr::error>([&] { akr::lsq_solve(a, nan, x); }), "NaN was accepted");
}

struct Lock {
  int taken = 0;
  void lock() { ++taken; }
  void unlock() {}
};

// Nothing but that it can be called: whether FFTW is there at all depends on the build.
void process() {
  Lock lock;
  akr::set_planner_lock(lock);
  akr::clear_planner_lock();
  require(akr::version() > 0 && !akr::build_info().empty() && akr::status_name(AKR_OK) == std::string("AKR_OK"),
          "version, build, names");
  const std::int32_t flag = 1;
  akr::options options;
  options.cancel_on(&flag);
  const Problem<double> p;
  const akr::matrix a = akr::matrix::dense(akr::layout::col_major, p.rows, p.cols, p.a, p.rows);
  std::vector<double> x(p.cols);
  akr::report report;
  require(akr::lsq_solve(a, p.b, x, {nullptr, &options, &report}) == AKR_CANCELLED, "a cancel flag");
  require(report.array_i64("column_status")[0] == AKR_CANCELLED && report.str("stopped_by") == "cancel" &&
              report.count() > 0 && !report.key(0).empty(),
          "a report of a cancelled call");
  require(akr::lsq_solve(a, p.b, x, {nullptr, nullptr, &report}) == AKR_OK &&
              report.array_f64("column_residual").size() == 1,
          "arrays in a report");
}

}  // namespace

int main() {
  solves<double>();
  solves<float>();
  handles<double>();
  handles<float>();
  callbacks();
  exceptions();
  process();
  errors();
  return 0;
}
