// SPDX-License-Identifier: BSD-3-Clause
// Random problems over all shapes, matrices, storages, precisions, methods and sketches: an answer is right by the
// reference in extended precision, or the status says that it is not. AKR_TEST_LONG=1: 10000 of them;
// AKR_TEST_SEEDS="7 100": a hundred from seed 7 on; of a single one the report is printed.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

#include "reference/adversaries.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr const char *methods[] = {"auto", "auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};
constexpr const char *kinds[] = {"auto", "auto", "srht", "sparse-sign", "gaussian"};
constexpr const char *transforms[] = {"auto", "hartley", "cosine", "hadamard"};
constexpr const char *storages[] = {"columns", "rows", "CSR", "CSC", "operator", "row blocks"};

// Everything that one seed decides.
struct Trial {
  explicit Trial(std::uint64_t its_seed) : seed(its_seed), random(its_seed) {
    d = 1 + random.below(random.below(4) == 0 ? 40 : 12);
    const std::int64_t shape = random.below(10);
    n = shape == 0 ? 1 + random.below(d) : shape == 1 ? d : d + 1 + random.below(shape < 8 ? 150 : 900);
    single = random.below(3) == 0;
    matrix = random.below(adversary_count);
    right = random.below(right_side_count);
    method = methods[random.below(std::size(methods))];
    kind = kinds[random.below(std::size(kinds))];
    transform = transforms[random.below(std::size(transforms))];
    storage = random.below(std::size(storages));
    if (random.below(4) == 0) ridge_power = random.below(2) == 0 ? -1 : -12;
  }

  std::uint64_t seed;
  Random random;
  std::int64_t n = 0, d = 0;
  bool single = false;
  std::int64_t matrix = 0, right = 0;
  const char *method, *kind, *transform;
  std::int64_t storage = 0;
  int ridge_power = 0;  // ridge = 10^ridge_power ‖A‖²; 0: none

  double range() const { return single ? 17 : 150; }
  std::string text() const {
    std::ostringstream out;
    out << "seed " << seed << ": " << n << " x " << d << (single ? " f32, " : " f64, ") << adversary_names[matrix]
        << ", b " << right_side_names[right] << ", by " << storages[storage] << ", " << method << ", " << kind << ' '
        << transform << ", ridge 1e" << ridge_power;
    return out.str();
  }
};

template <class T>
struct Lent {
  std::unique_ptr<PaddedDense<T>> dense;
  std::unique_ptr<Sparse<T>> sparse;
  std::unique_ptr<Callback<T>> callback;

  Lent(const Array<T> &a, Trial &trial) {
    const std::int64_t odd = trial.random.below(4);
    if (trial.storage < 2)
      dense = std::make_unique<PaddedDense<T>>(a, trial.storage == 0 ? AKR_COL_MAJOR : AKR_ROW_MAJOR, odd);
    else if (trial.storage < 4)
      sparse = std::make_unique<Sparse<T>>(a, trial.storage == 2 ? AKR_ROW_MAJOR : AKR_COL_MAJOR, odd < 2 ? 32 : 64,
                                           odd % 2 == 0 ? 0 : 1);
    else
      callback = std::make_unique<Callback<T>>(a, trial.storage == 5);
  }
  const Matrix &matrix() const { return dense ? dense->matrix : sparse ? sparse->matrix : callback->matrix; }
};

// A with columns of norm one.
template <class T>
Array<Real> with_unit_columns(const Array<T> &a) {
  Array<Real> out = a.template as<Real>();
  for (std::int64_t j = 0; j < a.cols(); ++j) {
    const Real length = norm(out.column(j));
    for (std::int64_t i = 0; length > 0 && i < a.rows(); ++i) out(i, j) /= length;
  }
  return out;
}

// Empty when the status tells the truth about x.
template <class T>
std::string lie(const Array<T> &a, const Array<T> &b, double ridge, const Solution<T> &s, std::int64_t rank) {
  std::ostringstream out;
  const Real u = unit_roundoff<T>;
  const Array<Real> m = stacked(a, ridge), c = padded(b.template as<Real>(), a.cols());
  const bool tall = a.rows() >= a.cols();
  for (std::int64_t j = 0; j < a.cols(); ++j)
    if (!std::isfinite(s.x[j])) return "x is not finite";
  // Of a wide matrix with a ridge the stacked matrix is tall; without one it is A itself that is judged.
  const Reference reference = tall || ridge > 0 ? Reference(m) : Reference(a);
  // The numerical rank is that of the matrix with columns (of a wide one: rows) of norm one.
  const Reference scaled(with_unit_columns(tall || ridge > 0 ? m : a.template as<Real>().transposed()));
  const std::int64_t full = std::min(a.cols(), tall || ridge > 0 ? a.cols() : a.rows());
  if (s.status == AKR_OK) {
    if (reference.frobenius() == 0) return norm(s.x) == 0 ? "" : "x of a zero matrix is not zero";
    if (!(scaled.sigma(full - 1) >= 0.5L * u * scaled.sigma(0)))
      out << "AKR_OK, but sigma_min/sigma_max = " << scaled.sigma(full - 1) / scaled.sigma(0);
    if (tall) {
      const Real error = reference.backward_error(m, c, s.x);
      if (!(error <= ok_backward_error<T>)) out << "AKR_OK, but the backward error is " << error / u << " u";
    } else {
      const Array<Real> x = ridge > 0 ? reference.solve(c, full) : reference.solve(b, full);
      const Real length = ridge > 0 ? norm(residual(m, c, x)) : norm(residual(a, b, x));
      const Real bound = ridge > 0 ? reference.forward_bound(c, x, length, full, 6 * u)
                                   : reference.forward_bound(b, x, length, full, 6 * u);
      if (!(distance(x, s.x) <= bound)) out << "AKR_OK, but x is off by " << distance(x, s.x) / bound << " bounds";
    }
  } else if (s.status == AKR_RANK_DEFICIENT) {
    if (rank < 0 || rank >= full) out << "AKR_RANK_DEFICIENT with rank " << rank;
    // What was cut must be small: the rule's tolerance, and as much again for the rounding of what it looks at.
    else if (scaled.frobenius() > 0 && !(scaled.sigma(rank) <= 20 * truncation<T>(a.cols()) * scaled.sigma(0)))
      out << "rank " << rank << ", but the next singular value is " << scaled.sigma(rank) / scaled.sigma(0) / u << " u";
    else if (tall && ridge == 0 && reference.frobenius() > 0) {
      const Real error = reference.backward_error(a, b, s.x);
      if (!(error <= ok_backward_error<T> + 4 * truncation<T>(a.cols())))
        out << "rank deficient, and the backward error is " << error / u << " u";
    }
  }
  return out.str();
}

using Counts = std::map<std::string, std::int64_t>;

template <class T>
void run(Trial &trial, Counts &counts, bool talk) {
  const Array<double> a64 = adversary_matrix(trial.matrix, trial.n, trial.d, trial.range(), trial.random);
  const Array<T> a = a64.as<T>();
  const Array<T> b = adversary_right_side(trial.right, a64, trial.range(), trial.random).template as<T>();
  double ridge = 0;
  if (trial.ridge_power != 0) {
    const double size = static_cast<double>(norm(a));
    ridge = std::pow(10.0, trial.ridge_power) * size * size;
  }
  if (!std::isfinite(ridge)) ridge = 0;
  const Lent<T> lent(a, trial);
  const Options options({{"method", trial.method},
                         {"sketch.kind", trial.kind},
                         {"sketch.transform", trial.transform},
                         {"seed", std::to_string(trial.seed)}});
  Report report;
  const Solution<T> s = solve(lent.matrix(), b, options, {ridge, nullptr, report.get()});
  if (talk) std::printf("%s\n%s\n", trial.text().c_str(), report.json().c_str());
  ++counts[akr_status_name(s.status)];
  if (s.status >= 0) {
    EXPECT_EQ(lie(a, b, ridge, s, report.has("rank") ? report.integer("rank") : -1), "") << trial.text();
    if (s.status == AKR_NOT_CONVERGED) {
      ++counts[std::string("not converged, ") + trial.method];
      EXPECT_TRUE(report.text("stopped_by") == "stagnation" || report.text("stopped_by") == "max_iter")
          << trial.text() << ": " << report.text("stopped_by");
    }
    return;
  }
  const bool extreme = trial.matrix == 17 || trial.matrix == 18 || trial.right >= 5;
  const bool no_entries = trial.storage == 4;
  EXPECT_TRUE((s.status == AKR_E_NUMERIC && extreme) || (s.status == AKR_E_UNSUPPORTED && no_entries))
      << trial.text() << ": " << akr_status_name(s.status) << ' ' << s.message;
}

TEST(RandomProblems, NothingIsSilentlyWrong) {
  const bool all = std::getenv("AKR_TEST_LONG") != nullptr;
  std::uint64_t first = 0, count = all ? 10000 : 1500;
  if (const char *seeds = std::getenv("AKR_TEST_SEEDS")) std::istringstream(seeds) >> first >> count;
  Counts counts;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Trial trial(seed);
    trial.single ? run<float>(trial, counts, count == 1) : run<double>(trial, counts, count == 1);
  }
  for (const auto &[status, times] : counts)
    std::printf("%-28s %5lld of %llu\n", status.c_str(), static_cast<long long>(times),
                static_cast<unsigned long long>(count));
}

// A control: the same checks find an x that is wrong in the seventh digit, and a rank that is one too small.
TEST(RandomProblems, TheChecksCanFail) {
  Random random(5);
  const Array<double> a = random.normals(60, 5), b = random.normals(60);
  Solution<double> s = solve(a, b);
  ASSERT_EQ(s.status, AKR_OK);
  EXPECT_EQ(lie(a, b, 0, s, 5), "");
  s.x[2] *= 1 + 1e-7;
  EXPECT_NE(lie(a, b, 0, s, 5), "");
  s = solve(a, b);
  s.status = AKR_RANK_DEFICIENT;
  EXPECT_NE(lie(a, b, 0, s, 4), "");
}

}  // namespace
