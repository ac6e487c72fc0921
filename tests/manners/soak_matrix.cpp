// SPDX-License-Identifier: BSD-3-Clause
// The soak's work on matrices: solves, powers, exponentials, scores and sketches, in every storage.
#include <algorithm>
#include <cmath>

#include "soak_host.hpp"

template <class T>
void Host::least_squares() {
  Problem<T> p(300 + 700 * (turn_ % 4), 4 + turn_ % 9);
  const OptionsPtr o = options();
  akr_report *r = nullptr;
  expect(akr_report_create(&r) == AKR_OK, "report");
  const ReportPtr report(r);
  const MatrixPtr a = stored(p, storage(), o.get());
  // Two equal columns by turns.
  const std::int64_t nrhs = 1 + turn_ % 2;
  std::vector<T> b = p.b, x(static_cast<std::size_t>(p.cols * nrhs));
  if (nrhs == 2) b.insert(b.end(), p.b.begin(), p.b.end());
  akr_precond *m = nullptr;
  if (turn_ % 3 == 0) expect(akr_precond_create(a.get(), 0, o.get(), r, &m) == AKR_OK, "precond_create");
  const PrecondPtr precond(m);
  expect(Akr<T>::lsq(a.get(), m, 0, nrhs, b.data(), p.rows, x.data(), p.cols, o.get(), r) == AKR_OK, "lsq_solve");
  for (std::int64_t c = 0; c < nrhs; ++c) {
    std::copy_n(x.begin() + c * p.cols, p.cols, p.x.begin());
    expect(p.solved(), "least squares");
  }
  if (m != nullptr) {
    std::vector<T> factor(static_cast<std::size_t>(p.cols * p.cols));
    expect(Akr<T>::get_r(m, factor.data(), p.cols) == AKR_OK, "precond_get_r");
    expect(Akr<T>::precond_apply(m, AKR_PRECOND_FULL, 0, 1, p.x.data(), p.cols, x.data(), p.cols, o.get(), nullptr) ==
               AKR_OK,
           "precond_apply");
  }
  std::int64_t length = 0;
  expect(akr_report_to_json(r, nullptr, 0, &length) == AKR_OK && length > 0, "report_to_json");
}

// A'A(A'A)⁻¹b = b, and exp(−tA'A) undoes exp(tA'A).
template <class T>
void Host::gram() {
  Problem<T> p(400 + 300 * (turn_ % 3), 4 + turn_ % 7);
  const OptionsPtr o = options();
  const MatrixPtr a = stored(p, storage(), o.get());
  std::vector<T> there(p.x.size()), back(p.x.size());
  for (std::size_t i = 0; i < there.size(); ++i) there[i] = static_cast<T>(i + 1);
  expect(Akr<T>::odd_power(a.get(), nullptr, 0, 1, p.b.data(), p.rows, p.x.data(), p.cols, o.get(), nullptr) == AKR_OK,
         "gram_power_lsq");
  expect(p.solved(), "Gram power 0");
  // The certificates of the others ask for more than rows that are all alike allow with every storage and method.
  expect(Akr<T>::even_power(a.get(), nullptr, 1 + turn_ % 2, 1, p.x.data(), p.cols, back.data(), p.cols, o.get(),
                            nullptr) >= 0,
         "gram_power_solve");
  akr_options_set_str(o.get(), "gram.method", turn_ % 2 == 0 ? "factor" : "krylov");
  akr_options_set_str(o.get(), "method", "auto");
  constexpr double t = 1e-3;
  expect(Akr<T>::exponential(a.get(), nullptr, t, 1, there.data(), p.cols, back.data(), p.cols, o.get(), nullptr) >= 0,
         "gram_exp_solve");
  expect(Akr<T>::exponential(a.get(), nullptr, -t, 1, back.data(), p.cols, p.x.data(), p.cols, o.get(), nullptr) >= 0,
         "gram_exp_solve, back");
  expect(p.solved(), "Gram exponential");
}

template <class T>
void Host::leverage() {
  Problem<T> p(300 + 500 * (turn_ % 3), 3 + turn_ % 8);
  const OptionsPtr o = options();
  const MatrixPtr a = stored(p, storage(), o.get());
  std::vector<T> scores(p.b.size());
  expect(Akr<T>::leverage(a.get(), nullptr, 0, scores.data(), o.get(), nullptr) == AKR_OK, "leverage_scores");
  double sum = 0;
  for (const T score : scores) sum += static_cast<double>(score);
  expect(std::fabs(sum - static_cast<double>(p.cols)) < 1e-4, "leverage scores sum to the rank");
}

// (S x)'y = x'(S'y).
template <class T>
void Host::sketches() {
  Problem<T> p(500 + 900 * (turn_ % 3), 3 + turn_ % 8);
  const std::int64_t m = 30 + turn_ % 40;
  const OptionsPtr o = options();
  const MatrixPtr a = stored(p, storage(), o.get());
  akr_sketch *made = nullptr;
  expect(akr_sketch_create(m, p.rows, o.get(), nullptr, &made) == AKR_OK, "sketch_create");
  const SketchPtr s(made);
  std::vector<T> sa(static_cast<std::size_t>(m * p.cols)), sb(static_cast<std::size_t>(m)), back(p.b.size());
  expect(Akr<T>::sketch(made, a.get(), sa.data(), m, o.get(), nullptr) == AKR_OK, "sketch_apply");
  expect(Akr<T>::sketch_dense(made, 0, 1, p.b.data(), p.rows, sb.data(), m, o.get(), nullptr) == AKR_OK,
         "sketch_apply_dense");
  expect(Akr<T>::sketch_dense(made, 1, 1, sb.data(), m, back.data(), p.rows, o.get(), nullptr) == AKR_OK,
         "sketch_apply_dense, transposed");
  double left = 0, right = 0;
  for (const T y : sb) left += static_cast<double>(y) * static_cast<double>(y);
  for (std::size_t i = 0; i < back.size(); ++i) right += static_cast<double>(p.b[i]) * static_cast<double>(back[i]);
  expect(std::fabs(left - right) <= 1e-4 * left, "inner products of a sketch");
}

template void Host::least_squares<double>();
template void Host::least_squares<float>();
template void Host::gram<double>();
template void Host::gram<float>();
template void Host::leverage<double>();
template void Host::leverage<float>();
template void Host::sketches<double>();
template void Host::sketches<float>();
