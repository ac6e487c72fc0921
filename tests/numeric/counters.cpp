// SPDX-License-Identifier: BSD-3-Clause
// What a call costs in figures that do not depend on the clock: passes over A, iterations, bytes and allocations, held
// against tests/data/counters.txt. More than there is a failure; AKR_TEST_WRITE=1 prints the file anew. Another BLAS
// rounds otherwise, which may take some passes and iterations more; its kernels decide which of two ways a Gram matrix
// is summed, hence the room for bytes and allocations.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <new>
#include <sstream>

#include "reference/api.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {
std::atomic<std::int64_t> allocations{0};
void *take(std::size_t size, std::size_t alignment) {
  ++allocations;
  void *p = alignment > alignof(std::max_align_t)
                ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                : std::malloc(size > 0 ? size : 1);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
// Not inlined, or g++ says that what new has given goes to free.
[[gnu::noinline]] void give(void *p) noexcept { std::free(p); }
}  // namespace

void *operator new(std::size_t size) { return take(size, 1); }
void *operator new[](std::size_t size) { return take(size, 1); }
void *operator new(std::size_t size, std::align_val_t a) { return take(size, static_cast<std::size_t>(a)); }
void *operator new[](std::size_t size, std::align_val_t a) { return take(size, static_cast<std::size_t>(a)); }
void operator delete(void *p) noexcept { give(p); }
void operator delete[](void *p) noexcept { give(p); }
void operator delete(void *p, std::size_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t) noexcept { give(p); }
void operator delete(void *p, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::align_val_t) noexcept { give(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void *p, std::size_t, std::align_val_t) noexcept { give(p); }

namespace {

using namespace numeric;

struct Counters {
  std::string method = "-";
  std::int64_t passes = 0, iterations = 0, bytes = 0, allocations = 0;
};

std::string line(const std::string &name, const Counters &c) {
  std::ostringstream out;
  out << name << ' ' << c.method << ' ' << c.passes << ' ' << c.iterations << ' ' << c.bytes << ' ' << c.allocations;
  return out.str();
}

using Baseline = std::map<std::string, Counters>;

Baseline read_baseline() {
  Baseline out;
  std::ifstream file(AKR_TEST_DATA "/counters.txt");
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream fields(text);
    std::string name;
    Counters c;
    fields >> name >> c.method >> c.passes >> c.iterations >> c.bytes >> c.allocations;
    out[name] = c;
  }
  return out;
}

class CountersTest : public testing::Test {
 protected:
  // The second of two calls: the first fills tables and plans that live as long as the process.
  void measure(const std::string &name, const std::function<akr_status(akr_report *)> &call) {
    Report report;
    ASSERT_EQ(call(report.get()), AKR_OK) << name << ": " << akr_last_error();
    const std::int64_t before = allocations;
    ASSERT_EQ(call(report.get()), AKR_OK) << name;
    Counters c;
    c.allocations = allocations - before;
    c.bytes = report.integer("peak_bytes");
    if (report.has("method")) c.method = report.text("method");
    if (report.has("passes")) c.passes = report.integer("passes");
    if (report.has("iterations")) c.iterations = report.integer("iterations");
    if (std::getenv("AKR_TEST_WRITE")) {
      std::printf("%s\n", line(name, c).c_str());
      return;
    }
    const auto entry = baseline_.find(name);
    ASSERT_NE(entry, baseline_.end()) << "not in counters.txt: " << line(name, c);
    const Counters &old = entry->second;
    SCOPED_TRACE("now: " + line(name, c) + "\nwas: " + line(name, old));
    EXPECT_LE(c.passes, old.passes + 1 + old.passes / 4);
    EXPECT_LE(c.iterations, old.iterations + 2 + old.iterations / 4);
    EXPECT_LE(c.bytes, old.bytes + old.bytes / 4 + (64 << 10));
    EXPECT_LE(c.allocations, old.allocations + old.allocations / 4 + 20);
    if (c.passes < old.passes || c.bytes < old.bytes / 2 || c.allocations < old.allocations / 2)
      std::printf("better than counters.txt: %s\n", line(name, c).c_str());
  }

  Baseline baseline_ = read_baseline();
};

constexpr std::int64_t n = 12000, d = 40;

Options threads_two(const char *method = "auto") { return Options({{"threads", "2"}, {"method", method}}); }

akr_status run_lsq(const Matrix &a, const Array<double> &b, const Options &o, akr_report *r, double ridge = 0,
                   const akr_precond *m = nullptr) {
  Array<double> x(d, b.cols());
  return lsq_solve(a.get(), m, ridge, b.cols(), b.data(), b.rows(), x.data(), d, o.get(), r);
}

TEST_F(CountersTest, LeastSquares) {
  for (const double kappa : {1e2, 1e6, 1e12}) {
    const Problem<double> p = make_problem(n, d, kappa, 1, 81);
    const Matrix a = dense(p.a);
    for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
      if (kappa > 1e6 && std::string(method) == "cholesky") continue;
      std::ostringstream name;
      name << "lsq," << method << ",kappa=" << kappa;
      measure(name.str(), [&](akr_report *r) { return run_lsq(a, p.b, threads_two(method), r); });
    }
  }
}

TEST_F(CountersTest, LeastSquaresOtherwise) {
  const Problem<double> p = make_problem(n, d, 1e4, 1, 82);
  const Array<double> many = Random(83).normals(n, 16);
  const Matrix a = dense(p.a);
  measure("lsq,16-columns", [&](akr_report *r) { return run_lsq(a, many, threads_two(), r); });
  measure("lsq,ridge", [&](akr_report *r) { return run_lsq(a, p.b, threads_two(), r, 0.01); });
  const Precond m = make_precond(a, 0, threads_two());
  measure("lsq,reused", [&](akr_report *r) { return run_lsq(a, p.b, threads_two(), r, 0, m.get()); });
  const Array<float> a32 = p.a.as<float>(), b32 = p.b.as<float>();
  const Matrix single = dense(a32);
  measure("lsq,f32", [&](akr_report *r) {
    Array<float> x(d);
    return lsq_solve(single.get(), nullptr, 0, 1, b32.data(), n, x.data(), d, threads_two().get(), r);
  });
  const Callback<double> product(p.a, false), rows(p.a, true);
  measure("lsq,operator", [&](akr_report *r) { return run_lsq(product.matrix, p.b, threads_two(), r); });
  measure("lsq,row-blocks", [&](akr_report *r) { return run_lsq(rows.matrix, p.b, threads_two(), r); });
  Array<double> thin = Random(84).normals(n, d);
  for (std::int64_t i = 0; i < thin.size(); ++i)
    if (i % 11 != 5) thin[i] = 0;
  const Sparse<double> csr(thin, AKR_ROW_MAJOR, 32, 0);
  measure("lsq,CSR", [&](akr_report *r) { return run_lsq(csr.matrix, p.b, threads_two(), r); });
}

TEST_F(CountersTest, GramAndOthers) {
  const Problem<double> p = make_problem(n, d, 1e2, 1, 85);
  const Matrix a = dense(p.a);
  Array<double> x(d), scores(n);
  const Options o = threads_two();
  for (const std::int64_t j : {1, 3}) {
    measure("power," + std::to_string(j), [&](akr_report *r) {
      return akr_gram_power_lsq_f64(a.get(), nullptr, j, 1, p.b.data(), n, x.data(), d, o.get(), r);
    });
  }
  measure("exponential", [&](akr_report *r) {
    return akr_gram_exp_solve_f64(a.get(), nullptr, 0.5, 1, p.b.data(), d, x.data(), d, o.get(), r);
  });
  measure("leverage",
          [&](akr_report *r) { return akr_leverage_scores_f64(a.get(), nullptr, 0, scores.data(), o.get(), r); });
}

TEST_F(CountersTest, Kernels) {
  constexpr std::int64_t points = 1200, dim = 8;
  const Array<double> cloud = Random(86).normals(points, dim), values = Random(87).normals(points);
  Array<double> x(points);
  const Options o = threads_two();
  akr_kernel *k = nullptr;
  require(akr_kernel_create_f64(AKR_COL_MAJOR, points, dim, 0.1, cloud.data(), points, nullptr, &k));
  measure("kernel,solve", [&](akr_report *r) {
    return akr_kernel_solve_f64(k, nullptr, 0.01, 1, values.data(), points, x.data(), points, o.get(), r);
  });
  measure("kernel,apply", [&](akr_report *r) {
    return akr_kernel_apply_f64(k, 1, values.data(), points, x.data(), points, o.get(), r);
  });
  akr_kernel_destroy(k);
}

}  // namespace
