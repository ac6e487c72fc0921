// SPDX-License-Identifier: BSD-3-Clause
// Random Gram powers and exponentials over all matrices, shapes, scales, storages, precisions, routes, methods and
// sketches: an answer is right by the reference in extended precision, or the status says that it is not.
// AKR_TEST_LONG=1: 10000 of each; AKR_TEST_SEEDS="7 100": a hundred from seed 7 on; of a single one the report is
// printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "reference/adversaries.hpp"
#include "reference/gram.hpp"
#include "reference/gram_judge.hpp"
#include "reference/gram_right_sides.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr const char *routes[] = {"auto", "auto", "recursion", "factor"};
constexpr const char *methods[] = {"auto", "auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};
constexpr const char *kinds[] = {"auto", "auto", "srht", "sparse-sign", "gaussian"};
constexpr const char *transforms[] = {"auto", "hartley", "cosine", "hadamard"};
// Everything that one seed decides.
struct Trial {
  Trial(std::uint64_t its_seed, bool is_exponential)
      : seed(its_seed), exponential(is_exponential), random(its_seed + (is_exponential ? 1U << 31 : 0)) {
    d = 1 + random.below(random.below(4) == 0 ? 24 : 10);
    const std::int64_t shape = random.below(10);
    n = shape == 0 ? 1 + random.below(d) : shape == 1 ? d : d + 1 + random.below(shape < 8 ? 120 : 600);
    single = random.below(4) == 0;
    matrix = random.below(adversary_count);
    odd = !exponential && random.below(2) == 0;
    right = random.below(odd ? right_side_count : even_right_side_count);
    j = random.below(8) == 0 ? 5 + random.below(random.below(4) == 0 ? 2000 : 10) : random.below(5);
    if (odd) j = std::max<std::int64_t>(j, 1);  // j = 0 is least squares, which lsq_random.cpp has
    route = routes[random.below(std::size(routes))];
    if (exponential && route == routes[2]) route = "krylov";
    method = methods[random.below(std::size(methods))];
    kind = kinds[random.below(std::size(kinds))];
    transform = transforms[random.below(std::size(transforms))];
    storage = random.below(storage_count);
    if (random.below(4) == 0) scale = std::pow(10.0, (single ? 6 : 100) * (2 * random.uniform() - 1));
    if (random.below(4) == 0) right_scale = std::pow(10.0, reach() * (2 * random.uniform() - 1));
    if (random.below(4) == 0) sides = 2 + random.below(random.below(4) == 0 ? 9 : 3);
    if (random.below(4) == 0) precond = 1 + random.below(3);
    if (random.below(8) == 0) rtol = random.below(2) == 0 ? 1e-8 : 1e-12;
    doubled = !exponential && random.below(8) == 0;
    // |t|σ₁² from 10⁻³ to where ‖exp(−tAᵀA)‖ leaves the range, and sometimes anything.
    size = std::pow(10.0, random.below(6) == 0 ? 20 * random.uniform() - 5 : 6.0 * random.uniform() - 3);
    if (random.below(2) == 0) size = -std::min(size, random.below(8) == 0 ? 800.0 : 100.0);
    if (matrix == 17 || matrix == 18) scale = 1;
  }

  std::uint64_t seed;
  bool exponential;
  Random random;
  std::int64_t n = 0, d = 0, matrix = 0, right = 0, j = 0, storage = 0, sides = 1;
  bool single = false, odd = false, doubled = false;
  const char *route, *method, *kind, *transform;
  double scale = 1, right_scale = 1, rtol = 0, size = 0;
  std::int64_t precond = 0;  // none; of A itself; with a ridge; of another matrix

  double range() const { return single ? 17 : 150; }
  double reach() const { return single ? 18 : 200; }
  Options options() const {
    Options out({{"gram.method", route},
                 {"method", method},
                 {"sketch.kind", kind},
                 {"sketch.transform", transform},
                 {"seed", std::to_string(seed)},
                 {"residual.precision", doubled ? "doubled" : "working"}});
    require(akr_options_set_f64(out.get(), "rtol", rtol));
    return out;
  }
  std::string text() const {
    std::ostringstream out;
    out << "seed " << seed << ": " << n << " x " << d << (single ? " f32, " : " f64, ") << adversary_names[matrix];
    if (exponential)
      out << ", t s1^2 " << size;
    else
      out << (odd ? ", odd j = " : ", even j = ") << j;
    out << ", b " << (odd ? right_side_names[right] : even_right_side_names[right]) << ", by " << storage_names[storage]
        << ", " << route << ", " << method << ", " << kind << ' ' << transform << (doubled ? ", doubled" : "")
        << ", A * " << scale << ", b * " << right_scale << ", " << sides << " sides, precond " << precond << ", rtol "
        << rtol;
    return out.str();
  }
};

using Counts = std::map<std::string, std::int64_t>;

template <class T>
Array<T> right_sides(Trial &trial, const Array<double> &a, const GramReference &truth) {
  Array<T> out(trial.odd ? trial.n : trial.d, trial.sides);
  for (std::int64_t c = 0; c < trial.sides; ++c) {
    const std::int64_t count = trial.odd ? right_side_count : even_right_side_count;
    const std::int64_t kind = c == 0 ? trial.right : trial.random.below(count);
    const Array<double> b = trial.odd ? adversary_right_side(kind, a, trial.range(), trial.random)
                                      : even_right_side(kind, a, truth, trial.j, trial.range(), trial.random);
    const bool scaled = kind == 5 || kind == 6 || (trial.odd && kind == 1);
    for (std::int64_t i = 0; i < b.rows(); ++i) out(i, c) = static_cast<T>((scaled ? 1 : trial.right_scale) * b[i]);
  }
  return out;
}

template <class T>
Precond preconditioner(Trial &trial, const Matrix &own, Array<T> a, const Options &options) {
  akr_precond *p = nullptr;
  if (trial.precond == 0) return Precond(p);
  if (trial.precond == 3) {
    for (std::int64_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(trial.scale * trial.random.normal());
    akr_precond_create(dense(a).get(), 0, options.get(), nullptr, &p);
  } else {
    const double size = static_cast<double>(norm(a));
    const double ridge = trial.precond == 2 && std::isfinite(size * size) ? 1e-3 * size * size : 0;
    akr_precond_create(own.get(), ridge, options.get(), nullptr, &p);
  }
  return Precond(p);
}

template <class T>
void run(Trial &trial, Counts &counts, bool talk) {
  Array<double> a64 = adversary_matrix(trial.matrix, trial.n, trial.d, trial.range(), trial.random);
  for (std::int64_t i = 0; i < a64.size(); ++i) a64[i] *= trial.scale;
  const Array<T> a = a64.as<T>();
  const GramJudge<T> judge(a);
  const Array<T> b = right_sides<T>(trial, a.template as<double>(), judge.truth());
  const Real square = judge.truth().sigma(0) * judge.truth().sigma(0);
  const double t = square > 0 ? static_cast<double>(static_cast<Real>(trial.size) / square) : trial.size;
  if (!std::isfinite(t)) return;
  const Lent<T> lent(a, trial.storage, trial.random.below(4));
  const Options options = trial.options();
  const Precond m = preconditioner(trial, lent.matrix(), a, options);
  const Report report;
  Array<T> x(trial.d, trial.sides);
  const akr_status status = trial.exponential
                                ? gram_exponential(lent.matrix().get(), m.get(), t, trial.sides, b.data(), trial.d,
                                                   x.data(), options.get(), report.get())
                                : gram_power(trial.odd, lent.matrix().get(), m.get(), trial.j, trial.sides, b.data(),
                                             b.rows(), x.data(), trial.d, options.get(), report.get());
  if (talk) std::printf("%s\n%s\n%s\n", trial.text().c_str(), report.json().c_str(), akr_last_error());
  ++counts[akr_status_name(status)];
  const bool may_be_unsupported =
      trial.storage == 4 || trial.doubled || (trial.exponential && std::string(trial.route) == "recursion");
  EXPECT_TRUE(status >= 0 || status == AKR_E_NUMERIC || (status == AKR_E_UNSUPPORTED && may_be_unsupported))
      << trial.text() << ": " << akr_status_name(status) << ' ' << akr_last_error();
  if (status >= 0 && status != AKR_PRECISION_LIMIT && !trial.exponential && trial.rtol == 0 &&
      report.has("error_estimate")) {
    EXPECT_LE(report.real("error_estimate"), status == AKR_OK ? 1e-3 : 1e300) << trial.text();
  }
  if (status == AKR_NOT_CONVERGED && std::getenv("AKR_TEST_SEEDS") != nullptr)
    std::printf("not converged: %s\n", trial.text().c_str());
  const std::vector<std::int64_t> statuses =
      status >= 0 ? report.integers("column_status") : std::vector<std::int64_t>(1, status);
  std::string lie;
  for (std::int64_t c = 0; c < (status >= 0 ? trial.sides : 1); ++c) {
    GramAnswer is;
    is.status = statuses[static_cast<std::size_t>(c)];
    is.rank = report.has("rank") ? report.integer("rank") : -1;
    is.rtol = trial.rtol;
    is.doubled = trial.doubled;
    if (report.has("sketch.kind")) is.sigma = 2;
    // An operator rounds sums of its own to A's precision.
    if (trial.storage == 4) is.products = static_cast<Real>(trial.n + trial.d) * unit_roundoff<T>;
    if (status == AKR_E_NUMERIC) {  // the range of any column will do
      bool one = false;
      for (std::int64_t k = 0; k < trial.sides; ++k)
        one |= (trial.exponential ? judge.exponential_lie(t, b.column(k), x.column(k), is)
                                  : judge.power_lie(trial.odd, trial.j, b.column(k), x.column(k), is))
                   .empty();
      lie = one ? "" : "AKR_E_NUMERIC, but all of x is representable: " + std::string(akr_last_error());
    } else {
      lie = trial.exponential ? judge.exponential_lie(t, b.column(c), x.column(c), is)
                              : judge.power_lie(trial.odd, trial.j, b.column(c), x.column(c), is);
    }
    EXPECT_EQ(lie, "") << trial.text() << ", column " << c;
  }
}

void run_all(bool exponential, std::uint64_t usual) {
  std::uint64_t first = 0, count = std::getenv("AKR_TEST_LONG") != nullptr ? 10000 : usual;
  if (const char *seeds = std::getenv("AKR_TEST_SEEDS")) std::istringstream(seeds) >> first >> count;
  Counts counts;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Trial trial(seed, exponential);
    trial.single ? run<float>(trial, counts, count == 1) : run<double>(trial, counts, count == 1);
  }
  for (const auto &[status, times] : counts)
    std::printf("%-28s %5lld of %llu\n", status.c_str(), static_cast<long long>(times),
                static_cast<unsigned long long>(count));
}

TEST(RandomGramPowers, NothingIsSilentlyWrong) { run_all(false, 700); }

TEST(RandomGramExponentials, NothingIsSilentlyWrong) { run_all(true, 1500); }

}  // namespace
