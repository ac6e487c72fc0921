// SPDX-License-Identifier: BSD-3-Clause
// Nothing but the columns' scales: within a factor √d of the best diagonal preconditioner there is (van der Sluis
// 1969), for one reading of A, and no d x d numbers at all.
#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "matrix/sparse.hpp"
#include "precond/build.hpp"

namespace akr {

namespace {

// Squared norms outside this range have lost digits to under- or overflow.
constexpr double least_square = 1e-260;
constexpr double most_square = 1e260;
// ‖A w‖² has the mean ‖A‖_F² and, for κ near 1, a relative deviation of √(2/(8 d)).
constexpr std::int64_t random_products = 8;
// ‖a_j‖² of each column, or ‖a_j‖₁, which does not underflow.
enum class Power { squares, sizes };
double power(double v, Power p) { return p == Power::squares ? v * v : std::fabs(v); }
constexpr std::int64_t least_chunk_rows = 1 << 10;
constexpr std::int64_t most_chunks = 16;

template <class T>
void add_powers(const SparseMatrix<T> &a, std::int64_t begin, std::int64_t end, Power p, double *sums) {
  a.for_each_row(begin, end, [&](std::int64_t, std::int64_t count, auto column, const T *values) {
    for (std::int64_t q = 0; q < count; ++q) sums[column(q)] += power(static_cast<double>(values[q]), p);
  });
}

template <class T>
void add_powers(const Panel<T> &panel, std::int64_t begin, std::int64_t end, Power p, double *sums) {
  const auto add = [&](std::int64_t i, std::int64_t j) { sums[j] += power(static_cast<double>(panel(i, j)), p); };
  if (panel.row_major()) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < panel.cols; ++j) add(i, j);
    }
  } else {
    for (std::int64_t j = 0; j < panel.cols; ++j) {
      for (std::int64_t i = begin; i < end; ++i) add(i, j);
    }
  }
}

template <class Rows>
void sum_powers(Run &run, const Rows &rows, std::int64_t count, Power p, Buffer<double> &sums) {
  run.reduction().sum(
      run.team(), RowChunks::split(count, least_chunk_rows, most_chunks), sums.size(), sums.data(),
      [&](std::int64_t begin, std::int64_t end, double *partial) { add_powers(rows, begin, end, p, partial); });
}

Buffer<double> column_sums(Run &run, const Matrix &a, Power p) {
  Buffer<double> sums(a.cols(), 0.0);
  if (const auto *sparse64 = dynamic_cast<const SparseMatrix<double> *>(&a)) {
    sum_powers(run, *sparse64, a.rows(), p, sums);
  } else if (const auto *sparse32 = dynamic_cast<const SparseMatrix<float> *>(&a)) {
    sum_powers(run, *sparse32, a.rows(), p, sums);
  } else {
    a.panels(run, 1, 0, [&](const AnyPanel &panel) {
      std::visit([&](const auto &rows) { sum_powers(run, rows, rows.rows, p, sums); }, panel);
    });
  }
  run.reduction().combine(sums.data(), sums.size());
  return sums;
}

// ‖A‖_F²/d for each column, about.
Buffer<double> mean_squares(Run &run, const Matrix &a) {
  const RandomStream random(0, Purpose::probe, 2);
  Array2<double> w(a.cols(), random_products);
  for (std::int64_t i = 0; i < a.cols() * random_products; ++i) {
    w.data()[i] = random.normals(static_cast<std::uint64_t>(i))[0];
  }
  double squares[random_products];
  PassRequest request;
  request.x = w.view();
  request.sumsq = squares;
  a.pass(run, request);
  double sum = 0;
  for (const double square : squares) sum += square;
  return Buffer<double>(a.cols(), sum / static_cast<double>(random_products * a.cols()));
}

// Powers of two that bring all norms within √2 of one number, their geometric mean where they are alike: scales that
// make each of them near 1 would part those around a power of two, and double κ.
void fill_scales(const Buffer<double> &norms, Buffer<double> &scale) {
  double logs = 0;
  std::int64_t count = 0;
  for (std::int64_t j = 0; j < norms.size(); ++j) {
    if (norms[j] == 0) continue;
    logs += std::log2(norms[j]);
    ++count;
  }
  const double mean = count > 0 ? logs / static_cast<double>(count) : 0;
  const double base = std::round(mean);
  for (std::int64_t j = 0; j < norms.size(); ++j) {
    const double away = norms[j] > 0 ? std::round(std::log2(norms[j]) - mean) : 0;
    scale[j] = std::ldexp(1.0, static_cast<int>(-base - away));
  }
}

}  // namespace

std::optional<Precond> precond_by_scaling(Call &call, const Matrix &a, double ridge) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  const std::int64_t d = a.cols();
  const Buffer<double> squares = a.has_panels() ? column_sums(call.run, a, Power::squares) : mean_squares(call.run, a);
  double sum = 0;
  for (std::int64_t j = 0; j < d; ++j) sum += squares[j];
  if (!std::isfinite(sum)) a.check_finite(call.run);
  Precond m;
  m.norms = Buffer<double>(d);
  const bool zeros = std::any_of(squares.data(), squares.data() + d, [](double square) { return square == 0; });
  if (zeros && !a.has_panels()) return std::nullopt;
  const Buffer<double> sizes = zeros ? column_sums(call.run, a, Power::sizes) : Buffer<double>();
  for (std::int64_t j = 0; j < d; ++j) {
    const double square = squares[j] + ridge;
    const bool zero = square == 0 && sizes[j] == 0;
    if (!zero && !(square >= least_square && square <= most_square)) return std::nullopt;
    m.norms[j] = std::sqrt(square);
  }
  m.scale = Buffer<double>(d);
  fill_scales(m.norms, m.scale);
  for (std::int64_t j = 0; j < d; ++j) {
    m.norms[j] *= m.scale[j];
    m.sigma_max = std::max(m.sigma_max, m.norms[j]);
  }
  m.rows = a.rows();
  m.cols = d;
  m.bits = a.bits();
  m.ridge = ridge;
  m.rank = d;
  m.passes = 1;
  m.frobenius = std::sqrt(sum);
  m.tolerance = rank_tolerance(call.options, d, a.bits());
  m.origin = PrecondOrigin::scaling;
  return m;
}

}  // namespace akr
