// SPDX-License-Identifier: BSD-3-Clause
// Random kernel regressions over clouds of points, scales, ridges of any size, right-hand sides, preconditioners,
// storages, precisions and tolerances: an answer is right by the kernel in extended precision, or the status says that
// it is not. AKR_TEST_LONG=1: 10000 of them; AKR_TEST_SEEDS="7 100": a hundred from seed 7 on; of a single one the
// report is printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "reference/kernel_judge.hpp"

namespace {

using namespace numeric;

constexpr const char *preconds[] = {"auto",    "auto",          "rpcholesky", "rpcholesky-diag",
                                    "nystrom", "tensor-sketch", "dense"};
constexpr const char *storages[] = {"auto", "dense", "tiles"};
constexpr const char *right_names[] = {"random", "in the range", "a unit vector", "zero", "ones", "huge", "tiny"};

struct Trial {
  explicit Trial(std::uint64_t its_seed) : seed(its_seed), random(its_seed) {
    n = 1 + random.below(random.below(4) == 0 ? 150 : 50);
    d = 1 + random.below(random.below(4) == 0 ? 30 : 6);
    single = random.below(3) == 0;
    cloud = random.below(cloud_count);
    right = random.below(static_cast<std::int64_t>(std::size(right_names)));
    precond = preconds[random.below(std::size(preconds))];
    storage = storages[random.below(std::size(storages))];
    if (random.below(3) == 0) rank = 1 + random.below(n);
    const std::int64_t kind = random.below(10);
    ridge = kind == 0   ? 0
            : kind == 1 ? std::pow(10.0, 300 * random.uniform() - 150)
                        : std::pow(10.0, 12 * random.uniform() - 10);
    if (random.below(3) == 0) factor = std::pow(10.0, 3 * random.uniform() - 2);
    if (random.below(20) == 0) factor = random.below(2) == 0 ? 0 : 1e-30;
    if (random.below(4) == 0) sides = 2 + random.below(4);
    if (random.below(5) == 0) rtol = single ? 1e-4 : random.below(2) == 0 ? 1e-3 : 1e-9;
    if (random.below(4) == 0) given = 1 + random.below(3);
    if (single && ridge > 1e37) ridge = 1e37;
  }

  std::uint64_t seed;
  Random random;
  std::int64_t n = 0, d = 0, cloud = 0, right = 0, rank = 0, sides = 1;
  bool single = false;
  const char *precond, *storage;
  double ridge = 0, factor = 1, rtol = 0;
  std::int64_t given = 0;  // none; of this kernel; for another ridge; of other points

  Options options() const {
    Options out({{"kernel.precond", precond},
                 {"kernel.storage", storage},
                 {"kernel.rank", std::to_string(rank)},
                 {"seed", std::to_string(seed)}});
    require(akr_options_set_f64(out.get(), "rtol", rtol));
    return out;
  }
  std::string text() const {
    std::ostringstream out;
    out << "seed " << seed << ": " << n << " points of dimension " << d << (single ? ", f32, " : ", f64, ")
        << cloud_names[cloud] << ", s * " << factor << ", ridge " << ridge << ", b " << right_names[right] << ", "
        << precond << " of rank " << rank << ", " << storage << ", " << sides << " sides, precond " << given
        << ", rtol " << rtol;
    return out.str();
  }
};

using Counts = std::map<std::string, std::int64_t>;

template <class T>
Array<T> right_sides(Trial &trial, const KernelJudge<T> &judge) {
  Array<T> out(trial.n, trial.sides);
  for (std::int64_t c = 0; c < trial.sides; ++c) {
    const std::int64_t kind =
        c == 0 ? trial.right : trial.random.below(static_cast<std::int64_t>(std::size(right_names)));
    Array<Real> b = trial.random.normals(trial.n).as<Real>();
    if (kind == 1) b = judge.product(b);
    if (kind == 2 || kind == 3) b = Array<Real>(trial.n);
    if (kind == 2) b[trial.random.below(trial.n)] = 1;
    const Real by = kind == 5 ? (trial.single ? 1e18L : 1e150L) : kind == 6 ? (trial.single ? 1e-18L : 1e-150L) : 1;
    for (std::int64_t i = 0; i < trial.n; ++i) out(i, c) = static_cast<T>(kind == 4 ? 1 : by * b[i]);
  }
  return out;
}

template <class T>
Precond preconditioner(Trial &trial, const Kernel &own, double scale, const Options &options) {
  akr_precond *p = nullptr;
  if (trial.given == 1) akr_kernel_precond_create(own.get(), trial.ridge, options.get(), nullptr, &p);
  if (trial.given == 2) akr_kernel_precond_create(own.get(), 3 * trial.ridge, options.get(), nullptr, &p);
  if (trial.given == 3) {
    const Kernel other = make_kernel(trial.random.normals(trial.n, trial.d).as<T>(), std::min(scale, 1.0));
    akr_kernel_precond_create(other.get(), trial.ridge, options.get(), nullptr, &p);
  }
  return Precond(p);
}

template <class T>
void run(Trial &trial, Counts &counts, bool talk) {
  const Cloud cloud = make_cloud(trial.cloud, trial.n, trial.d, trial.single, trial.random);
  const double scale = trial.factor * cloud.scale;
  const Array<T> a = cloud.a.as<T>();
  const KernelJudge<T> judge(a, scale);
  const Kernel kernel = make_kernel(a, scale);
  const Array<T> b = right_sides(trial, judge);
  const Options options = trial.options();
  const Precond m = preconditioner<T>(trial, kernel, scale, options);
  const Report report;
  const Solution<T> s = solve_kernel(kernel, trial.ridge, b, options, report.get(), m.get());
  if (talk) std::printf("%s\n%s\n%s\n", trial.text().c_str(), report.json().c_str(), s.message.c_str());
  ++counts[akr_status_name(s.status)];
  if (s.status < 0) {
    KernelAnswer is;
    is.status = s.status;
    EXPECT_EQ(judge.solve_lie(trial.ridge, b, s.x, is), "") << trial.text() << ": " << s.message;
    return;
  }
  if (s.status == AKR_NOT_CONVERGED && std::getenv("AKR_TEST_SEEDS") != nullptr)
    std::printf("not converged: %s\n", trial.text().c_str());
  const std::vector<std::int64_t> statuses = report.integers("column_status");
  const std::vector<double> scales =
      report.has("column_log_scale") ? report.reals("column_log_scale") : std::vector<double>(statuses.size(), 0);
  for (std::int64_t c = 0; c < trial.sides; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    KernelAnswer is;
    is.status = statuses[at];
    is.converged = report.text("stopped_by") == "converged";
    is.log_scale = scales[at];
    is.rtol = trial.rtol;
    is.alone = trial.sides == 1;
    EXPECT_EQ(judge.solve_lie(trial.ridge, b.column(c), s.x.column(c), is), "") << trial.text() << ", column " << c;
  }
}

TEST(RandomKernels, NothingIsSilentlyWrong) {
  std::uint64_t first = 0, count = std::getenv("AKR_TEST_LONG") != nullptr ? 10000 : 1000;
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

}  // namespace
