// SPDX-License-Identifier: BSD-3-Clause
// Random problems over all shapes, matrices, scales, storages, precisions, methods, sketches and what else a caller may
// give (several right-hand sides, a start, a preconditioner, a tolerance): an answer is right by the
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

constexpr const char *methods[] = {"auto", "auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient", "cgls"};
constexpr const char *kinds[] = {"auto", "auto", "srht", "sparse-sign", "gaussian"};
constexpr const char *transforms[] = {"auto", "hartley", "cosine", "hadamard"};

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
    storage = random.below(storage_count);
    if (random.below(4) == 0) ridge_power = random.below(2) == 0 ? -1 : -12;
    decide_more();
  }

  // What a caller may do besides, and the scale of his numbers: each in every kind of problem.
  void decide_more() {
    if (random.below(40) == 0) d = 41 + random.below(40), n = std::max(n, d + random.below(100));
    if (random.below(3) == 0) scale = std::pow(10.0, reach() * (2 * random.uniform() - 1));
    if (random.below(4) == 0) right_scale = std::pow(10.0, reach() * (2 * random.uniform() - 1));
    if (random.below(4) == 0) sides = 2 + random.below(random.below(4) == 0 ? 9 : 3);
    if (random.below(4) == 0) start = std::pow(10.0, random.below(2) == 0 ? 0 : reach() * (2 * random.uniform() - 1));
    if (random.below(3) == 0) precond = 1 + random.below(3);
    if (random.below(5) == 0) rtol = single ? 1e-4 : random.below(2) == 0 ? 1e-8 : 1e-12;
    if (random.below(12) == 0) ridge_power = 1 + random.below(single ? 20 : 200);
    if (matrix == 17 || matrix == 18) scale = right_scale = 1;
  }

  std::uint64_t seed;
  Random random;
  std::int64_t n = 0, d = 0;
  bool single = false;
  std::int64_t matrix = 0, right = 0;
  const char *method, *kind, *transform;
  std::int64_t storage = 0;
  std::int64_t ridge_power = 0;  // ridge = 10^ridge_power ‖A‖²; 0: none
  double scale = 1, right_scale = 1;
  std::int64_t sides = 1;
  double start = 0;          // the size of a warm start; 0: none
  std::int64_t precond = 0;  // none; of A itself; of A with another last column; of another matrix
  double rtol = 0;

  double range() const { return single ? 17 : 150; }
  double reach() const { return single ? 18 : 250; }
  bool extreme() const { return matrix == 17 || matrix == 18 || right >= 5 || scale != 1 || right_scale != 1; }
  std::string text() const {
    std::ostringstream out;
    out << "seed " << seed << ": " << n << " x " << d << (single ? " f32, " : " f64, ") << adversary_names[matrix]
        << ", b " << right_side_names[right] << ", by " << storage_names[storage] << ", " << method << ", " << kind
        << ' ' << transform << ", ridge 1e" << ridge_power << ", A * " << scale << ", b * " << right_scale << ", "
        << sides << " sides, start " << start << ", precond " << precond << ", rtol " << rtol;
    return out.str();
  }
};

// What is true of a problem, and whether a status tells it of an x.
template <class T>
class Judge {
 public:
  // product_terms: of the sums that an operator of A's precision rounds to it.
  Judge(const Array<T> &a, double ridge, double rtol, std::int64_t product_terms = 0)
      : product_terms_(static_cast<Real>(product_terms)),
        a_(a),
        m_(stacked(a, ridge)),
        ridge_(ridge),
        rtol_(rtol),
        tall_(a.rows() >= a.cols()),
        full_(std::min(a.cols(), tall_ || ridge > 0 ? a.cols() : a.rows())),
        // Of a wide matrix with a ridge the stacked matrix is tall; without one it is A itself that is judged.
        reference_(tall_ || ridge > 0 ? Reference(m_) : Reference(a)),
        // The numerical rank is that of the matrix with columns (of a wide one: rows) of norm one.
        scaled_(with_unit_columns(tall_ || ridge > 0 ? m_ : a.template as<Real>().transposed())) {}

  // Empty when the status is true of x.
  std::string lie(const Array<T> &b, const Array<T> &x, std::int64_t status, std::int64_t rank) const {
    for (std::int64_t j = 0; j < a_.cols(); ++j)
      if (!std::isfinite(x[j])) return "x is not finite";
    if (status == AKR_OK) return ok_lie(b, x);
    return status == AKR_RANK_DEFICIENT ? deficient_lie(b, x, rank) : "";
  }

 private:
  // An estimate of rtol may be 1/0.81 times that of the reference (see ok_backward_error).
  Real allowed() const { return std::max(ok_backward_error<T>, wide(rtol_) / 0.81L); }

  std::string ok_lie(const Array<T> &b, const Array<T> &x) const {
    std::ostringstream out;
    if (reference_.frobenius() == 0) return norm(x) == 0 ? "" : "x of a zero matrix is not zero";
    if (!(scaled_.sigma(full_ - 1) >= 0.5L * unit_roundoff<T> * scaled_.sigma(0)))
      out << "AKR_OK, but sigma_min/sigma_max = " << scaled_.sigma(full_ - 1) / scaled_.sigma(0);
    const Array<Real> c = padded(b.template as<Real>(), a_.cols());
    if (tall_) {
      // The solver's own Aᵀr: roundings of random signs, or those of the operator's sums.
      const Real of_sums = std::max(product_terms_, std::sqrt(static_cast<Real>(a_.rows()))) * unit_roundoff<T>;
      const Real of_ridge = ridge_error(b, x) - of_sums;
      const Real error = std::max(reference_.backward_error(m_, c, x), of_ridge);
      if (!(error <= allowed())) out << "AKR_OK, but the backward error is " << error / unit_roundoff<T> << " u";
    } else {
      const Real epsilon = std::max(6 * unit_roundoff<T>, 3 * wide(rtol_));
      const Array<Real> right = ridge_ > 0 ? reference_.solve(c, full_) : reference_.solve(b, full_);
      const Real length = ridge_ > 0 ? norm(residual(m_, c, right)) : norm(residual(a_, b, right));
      const Real bound = ridge_ > 0 ? reference_.forward_bound(c, right, length, full_, epsilon)
                                    : reference_.forward_bound(b, right, length, full_, epsilon);
      if (!(distance(right, x) <= bound)) out << "AKR_OK, but x is off by " << distance(right, x) / bound << " bounds";
    }
    return out.str();
  }

  // Where the ridge drowns A the stacked matrix's own error says nothing.
  Real ridge_error(const Array<T> &b, const Array<T> &x) const {
    const Real mu = wide(ridge_);
    if (!(std::sqrt(mu) > 2 * norm(a_))) return 0;
    const Array<Real> r = residual(a_, b, x);
    Array<Real> g = gradient(a_, r);
    for (std::int64_t j = 0; j < a_.cols(); ++j) g[j] -= mu * wide(x[j]);
    const Real size = norm(a_) * norm(r) + mu * norm(x);
    return norm(g) > 0 ? norm(g) / size : 0;
  }

  std::string deficient_lie(const Array<T> &b, const Array<T> &x, std::int64_t rank) const {
    std::ostringstream out;
    if (rank < 0 || rank >= full_) {
      out << "AKR_RANK_DEFICIENT with rank " << rank;
      return out.str();
    }
    // What was cut must be small: the rule's tolerance, and as much again for the rounding of what it looks at.
    if (scaled_.frobenius() > 0 && !(scaled_.sigma(rank) <= 20 * truncation<T>(a_.cols()) * scaled_.sigma(0)))
      out << "rank " << rank << ", but the next singular value is "
          << scaled_.sigma(rank) / scaled_.sigma(0) / unit_roundoff<T> << " u";
    if (!tall_ || ridge_ > 0 || reference_.frobenius() == 0) return out.str();
    const Real error = reference_.backward_error(a_, b, x);
    if (!(error <= allowed() + 4 * truncation<T>(a_.cols())))
      out << "rank deficient, and the backward error is " << error / unit_roundoff<T> << " u";
    const Real size = std::max(norm(x), norm(b) / reference_.sigma(0));
    for (std::int64_t j = 0; j < a_.cols(); ++j)
      if (norm(a_.column(j)) == 0 && std::fabs(wide(x[j])) > 100 * unit_roundoff<T> * size)
        out << "x of the zero column " << j << " is not zero";
    return out.str();
  }

  Real product_terms_;
  const Array<T> &a_;
  Array<Real> m_;
  double ridge_, rtol_;
  bool tall_;
  std::int64_t full_;
  Reference reference_, scaled_;
};

using Counts = std::map<std::string, std::int64_t>;

template <class T>
Array<T> right_sides(Trial &trial, const Array<double> &a) {
  Array<T> out(trial.n, trial.sides);
  for (std::int64_t c = 0; c < trial.sides; ++c) {
    const std::int64_t kind = c == 0 ? trial.right : trial.random.below(right_side_count);
    const Array<double> b = adversary_right_side(kind, a, trial.range(), trial.random);
    // Huge and tiny ones have their scale, and what is in the range of A has that of A.
    const double scale = kind >= 5 || (kind == 1 && trial.scale != 1) ? 1 : trial.right_scale;
    for (std::int64_t i = 0; i < trial.n; ++i) out(i, c) = static_cast<T>(scale * b[i]);
  }
  return out;
}

// Of A, or of another matrix of its size that a careless caller has at hand.
template <class T>
Precond preconditioner(Trial &trial, const Matrix &own, Array<T> a, double ridge, const Options &options) {
  akr_precond *p = nullptr;
  if (trial.precond == 1) akr_precond_create(own.get(), ridge, options.get(), nullptr, &p);
  if (trial.precond < 2) return Precond(p);
  const std::int64_t first = trial.precond == 2 ? trial.d - 1 : 0;
  for (std::int64_t j = first; j < trial.d; ++j)
    for (std::int64_t i = 0; i < trial.n; ++i) a(i, j) = static_cast<T>(trial.scale * trial.random.normal());
  akr_precond_create(dense(a).get(), ridge, options.get(), nullptr, &p);
  return Precond(p);
}

template <class T>
void run(Trial &trial, Counts &counts, bool talk) {
  Array<double> a64 = adversary_matrix(trial.matrix, trial.n, trial.d, trial.range(), trial.random);
  for (std::int64_t i = 0; i < a64.size(); ++i) a64[i] *= trial.scale;
  const Array<T> a = a64.as<T>();
  const Array<T> b = right_sides<T>(trial, a64);
  double ridge = 0;
  if (trial.ridge_power != 0) {
    const Real size = norm(a);
    ridge = static_cast<double>(std::pow(10.0L, static_cast<Real>(trial.ridge_power)) * size * size);
  }
  if (!std::isfinite(ridge)) ridge = 0;
  const Lent<T> lent(a, trial.storage, trial.random.below(4));
  Options options({{"method", trial.method},
                   {"sketch.kind", trial.kind},
                   {"sketch.transform", trial.transform},
                   {"seed", std::to_string(trial.seed)}});
  require(akr_options_set_f64(options.get(), "rtol", trial.rtol));
  if (trial.start != 0) options.set("warm_start", "1");
  const Precond m = preconditioner(trial, lent.matrix(), a, ridge, options);
  const Report report;
  Array<T> x(trial.d, trial.sides, static_cast<T>(trial.start));
  const akr_status status = lsq_solve(lent.matrix().get(), m.get(), ridge, trial.sides, b.data(), trial.n, x.data(),
                                      trial.d, options.get(), report.get());
  if (talk) std::printf("%s\n%s\n", trial.text().c_str(), report.json().c_str());
  ++counts[akr_status_name(status)];
  if (status >= 0) {
    const std::vector<std::int64_t> statuses = report.integers("column_status");
    const Judge<T> judge(a, ridge, trial.rtol, trial.storage == 4 ? trial.n : 0);
    for (std::int64_t c = 0; c < trial.sides; ++c)
      EXPECT_EQ(judge.lie(b.column(c), x.column(c), statuses[static_cast<std::size_t>(c)],
                          report.has("rank") ? report.integer("rank") : -1),
                "")
          << trial.text() << ", column " << c;
    if (status == AKR_NOT_CONVERGED) {
      ++counts[std::string("not converged, ") + trial.method];
      if (std::getenv("AKR_TEST_SEEDS") != nullptr) std::printf("not converged: %s\n", trial.text().c_str());
      EXPECT_TRUE(report.text("stopped_by") == "stagnation" || report.text("stopped_by") == "max_iter")
          << trial.text() << ": " << report.text("stopped_by");
    }
    return;
  }
  const bool no_entries = trial.storage == 4;
  EXPECT_TRUE((status == AKR_E_NUMERIC && trial.extreme()) || (status == AKR_E_UNSUPPORTED && no_entries))
      << trial.text() << ": " << akr_status_name(status) << ' ' << akr_last_error();
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
  const Judge<double> judge(a, 0, 0);
  EXPECT_EQ(judge.lie(b, s.x, AKR_OK, 5), "");
  EXPECT_NE(judge.lie(b, s.x, AKR_RANK_DEFICIENT, 4), "");
  s.x[2] *= 1 + 1e-7;
  EXPECT_NE(judge.lie(b, s.x, AKR_OK, 5), "");
  EXPECT_EQ(Judge<double>(a, 0, 1e-6).lie(b, s.x, AKR_OK, 5), "");
  // A ridge that drowns A hides x = 0 from the stacked matrix's error.
  EXPECT_NE(Judge<double>(a, 1e60, 0).lie(b, Array<double>(5), AKR_OK, 5), "");
}

}  // namespace
