// SPDX-License-Identifier: BSD-3-Clause
// Attention kernel regression on measured data: an airfoil's noise, and the signal of an access point in an office.
// Test errors beside those of a plain ridge regression on the same features.
#include <gtest/gtest.h>

#include <cstdio>

#include "reference/files.hpp"
#include "reference/kernel.hpp"

namespace {

using namespace numeric;

struct Split {
  Array<double> train, test;      // features, a row each
  Array<double> train_y, test_y;  // centred by the mean of the former
};

void centre(Split &s) {
  double mean = 0;
  for (std::int64_t i = 0; i < s.train_y.size(); ++i) mean += s.train_y[i] / static_cast<double>(s.train_y.size());
  for (std::int64_t i = 0; i < s.train_y.size(); ++i) s.train_y[i] -= mean;
  for (std::int64_t i = 0; i < s.test_y.size(); ++i) s.test_y[i] -= mean;
}

double root_mean_square_error(const Array<double> &prediction, const Array<double> &right) {
  Real sum = 0;
  for (std::int64_t i = 0; i < right.size(); ++i)
    sum += (wide(prediction[i]) - wide(right[i])) * (wide(prediction[i]) - wide(right[i]));
  return static_cast<double>(std::sqrt(sum / static_cast<Real>(right.size())));
}

struct Fitted {
  akr_status status = AKR_E_INTERNAL;
  double error = 0;
  std::int64_t iterations = 0, rank = 0;
};

Fitted by_kernel(const Split &s, double scale, double ridge, const Options &options = {}) {
  const Kernel kernel = make_kernel(s.train, scale);
  Report report;
  Fitted out;
  const Solution<double> x = solve_kernel(kernel, ridge, s.train_y, options, report.get());
  out.status = x.status;
  Array<double> y(s.test.rows());
  require(predict_kernel(kernel.get(), 0, AKR_COL_MAJOR, s.test.rows(), s.test.data(), s.test.rows(), 1, x.x.data(),
                         s.train.rows(), y.data(), s.test.rows(), nullptr, nullptr));
  out.error = root_mean_square_error(y, s.test_y);
  out.iterations = report.integer("iterations");
  out.rank = report.integer("kernel.rank");
  return out;
}

double by_ridge(const Split &s, double ridge) {
  const Array<double> x = solve(s.train, s.train_y, {}, {ridge, nullptr, nullptr}).x;
  Array<double> y(s.test.rows());
  for (std::int64_t j = 0; j < s.test.cols(); ++j)
    for (std::int64_t i = 0; i < s.test.rows(); ++i) y[i] += s.test(i, j) * x[j];
  return root_mean_square_error(y, s.test_y);
}

// Each row is what it was beside a constant, scaled to length 1.
void to_unit_sphere(Array<double> &rows) {
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    double square = 0;
    for (std::int64_t j = 0; j < rows.cols(); ++j) square += rows(i, j) * rows(i, j);
    for (std::int64_t j = 0; j < rows.cols(); ++j) rows(i, j) /= std::sqrt(square);
  }
}

Split airfoil(std::int64_t split) {
  const Array<double> data = read_csv("airfoil/data.csv"), mask = read_csv("airfoil/test_mask.csv");
  const std::int64_t n = data.rows(), p = 5;
  std::int64_t tests = 0;
  for (std::int64_t i = 0; i < n; ++i) tests += mask(i, split) > 0 ? 1 : 0;
  std::vector<double> spread(static_cast<std::size_t>(p), 0);
  for (std::int64_t j = 0; j < p; ++j) {
    for (std::int64_t i = 0; i < n; ++i)
      if (mask(i, split) == 0) spread[static_cast<std::size_t>(j)] += data(i, j) * data(i, j);
    spread[static_cast<std::size_t>(j)] =
        std::sqrt(spread[static_cast<std::size_t>(j)] / static_cast<double>(n - tests));
  }
  Split out{Array<double>(n - tests, p + 1), Array<double>(tests, p + 1), Array<double>(n - tests),
            Array<double>(tests)};
  std::int64_t row[2] = {0, 0};
  for (std::int64_t i = 0; i < n; ++i) {
    const bool testing_row = mask(i, split) > 0;
    const std::int64_t r = row[testing_row]++;
    Array<double> &to = testing_row ? out.test : out.train;
    for (std::int64_t j = 0; j < p; ++j) to(r, j) = data(i, j) / spread[static_cast<std::size_t>(j)];
    to(r, p) = 1.5;
    (testing_row ? out.test_y : out.train_y)[r] = data(i, p);
  }
  to_unit_sphere(out.train);
  to_unit_sphere(out.test);
  centre(out);
  return out;
}

TEST(KernelData, Airfoil) {
  for (const std::int64_t split : {0, 5}) {
    const Split s = airfoil(split);
    const Fitted k = by_kernel(s, 8, std::exp(8.0) * 1e-3);
    const double linear = by_ridge(s, 1e-3);
    std::printf("airfoil, split %d: test error %.3f dB by kernel, %.3f dB by ridge\n", static_cast<int>(split), k.error,
                linear);
    EXPECT_EQ(k.status, AKR_OK);
    EXPECT_LT(k.error, 0.6 * linear);
  }
}

// Cosines and sines of the position, and the signal where it was heard (not −200 dBm).
Array<double> embedded(const Array<double> &data, std::int64_t point, Array<double> &signal) {
  std::vector<std::int64_t> heard;
  for (std::int64_t i = 0; i < data.rows(); ++i)
    if (data(i, 2 + point) > -200) heard.push_back(i);
  Array<double> out(static_cast<std::int64_t>(heard.size()), 8);
  signal = Array<double>(out.rows());
  for (std::int64_t r = 0; r < out.rows(); ++r) {
    const std::int64_t i = heard[static_cast<std::size_t>(r)];
    for (std::int64_t k = 1; k <= 2; ++k)
      for (std::int64_t axis = 0; axis < 2; ++axis) {
        const double phase = static_cast<double>(k) * data(i, axis) / 20;
        out(r, 4 * (k - 1) + 2 * axis) = std::cos(phase);
        out(r, 4 * (k - 1) + 2 * axis + 1) = std::sin(phase);
      }
    signal[r] = data(i, 2 + point);
  }
  return out;
}

// 4860 measurements at 81 places: K has rank 81, singular but for the ridge.
TEST(KernelData, RadioMap) {
  const Array<double> train = read_csv("radiomap/train.csv"), test = read_csv("radiomap/test.csv");
  for (const std::int64_t point : {2, 4}) {
    Split s;
    s.train = embedded(train, point, s.train_y);
    s.test = embedded(test, point, s.test_y);
    centre(s);
    const Fitted k = by_kernel(s, 1, 50);
    const double linear = by_ridge(s, 1e-2);
    std::printf("access point %d: test error %.3f dB by kernel (%d iterations, rank %d), %.3f dB by ridge\n",
                static_cast<int>(point + 1), k.error, static_cast<int>(k.iterations), static_cast<int>(k.rank), linear);
    EXPECT_EQ(k.status, AKR_OK);
    EXPECT_LE(k.iterations, 10);
    EXPECT_LE(k.rank, s.train.rows() / 4);
    EXPECT_LT(k.error, linear);
  }
}

}  // namespace
