// SPDX-License-Identifier: BSD-3-Clause
// Attention kernels against what one writes with BLAS and LAPACK: attention by sgemm, a softmax with the library's own
// vectorised exponential, sgemm; regression by assembling K (as the library makes it) and dposv; K itself by dsyrk
// alone. In turns, one run.
//
//   akr_bench_kernel --attention 8192x64 --assembly 8192x64 --hard 8000 --easy 4860 --compare 4000 --repeats 5 --json
//   out.jsonl
#include <akr.h>
#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "harness.hpp"
#include "kernel/kernel.hpp"
#include "linalg/blas.hpp"
#include "problem.hpp"
#include "simd/exp_kernels.hpp"

namespace {

using bench::check;
using bench::Contestant;
using bench::count;
using bench::Vector;

void report(const std::string &what, int n, const std::string &solver, double seconds, double over, double error,
            const std::string &note, std::FILE *json) {
  std::printf("%-22s n %6d  %-26s %8.3f s  ratio %5.2f  residual %9.2e  %s\n", what.c_str(), n, solver.c_str(), seconds,
              over, error, note.c_str());
  std::fflush(stdout);
  bench::Json()
      .add("bench", "kernel")
      .add("problem", what)
      .add("points", std::int64_t(n))
      .add("solver", solver)
      .add("seconds", seconds)
      .add("ratio", over)
      .add("residual", error)
      .add("note", note)
      .write(json);
}

// The exponentials of a softmax over the rows of S, n x n by columns, with the library's own function, on two threads;
// total: their sums.
void softmax(int n, std::vector<float> &s, std::vector<double> &total) {
  const auto strip = [&](int first, int end) {
    for (int i = first; i < end; i += 64) {
      std::array<float, 64> maximum, shrink;
      maximum.fill(-1e30f);
      akr::simd::exp_functions<float>().softmax_fold(64, n, s.data() + i, n, maximum.data(), shrink.data(),
                                                     total.data() + i);
    }
  };
  const int middle = n / 128 * 64;
  std::thread other(strip, middle, n);
  strip(0, middle);
  other.join();
}

void attention(int n, int d, int repeats, std::FILE *json) {
  Vector wide(count(n, d));
  std::vector<float> q(wide.size()), k(wide.size()), v(wide.size()), out(wide.size()), theirs(wide.size());
  std::uint64_t seed = 1;
  for (std::vector<float> *a : {&q, &k, &v}) {
    bench::fill_normal(wide, seed++);
    std::transform(wide.begin(), wide.end(), a->begin(), [](double x) { return static_cast<float>(x); });
  }
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  std::vector<float> s(count(n, n));
  std::vector<Contestant> all;
  all.push_back({"akr_attention_f32",
                 nullptr,
                 [&] {
                   check(akr_attention_f32(AKR_ROW_MAJOR, n, n, d, d, static_cast<double>(scale), 0, q.data(), d,
                                           k.data(), d, v.data(), d, out.data(), d, nullptr, nullptr) == AKR_OK,
                         akr_last_error());
                 },
                 {}});
  all.push_back(
      {"sgemm, softmax, sgemm",
       nullptr,
       [&] {
         // Queries along the columns of S: the softmax goes over them in vectors.
         cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, n, d, scale, q.data(), d, k.data(), d, 0, s.data(), n);
         std::vector<double> total(static_cast<std::size_t>(n), 0.0);
         softmax(n, s, total);
         cblas_sgemm(CblasColMajor, CblasNoTrans, CblasTrans, d, n, n, 1, v.data(), d, s.data(), n, 0, theirs.data(),
                     d);
         for (int i = 0; i < n; ++i) {
           cblas_sscal(d, static_cast<float>(1 / total[static_cast<std::size_t>(i)]), theirs.data() + count(i, d), 1);
         }
       },
       {}});
  bench::race(all, repeats);
  double gap = 0;
  for (std::size_t i = 0; i < out.size(); ++i) gap = std::max(gap, static_cast<double>(std::fabs(out[i] - theirs[i])));
  for (const Contestant &c : all) {
    report("attention, single", n, c.name, c.median_seconds(), c.median_seconds() / all[1].median_seconds(), gap,
           "residual: greatest difference of the two", json);
  }
}

struct KernelProblem {
  int n, d;
  Vector a;  // by rows
  Vector b;
};

// K by the blocks that the library's products make: the upper triangle, or all of it. A tile is finished in cache, so
// that long pieces of columns go to memory.
void assemble(const KernelProblem &p, bool whole, Vector &k) {
  akr::Run run(2, 0);
  const akr::Kernel kernel(akr::Panel<double>{p.a.data(), 0, p.n, p.d, p.d, 1}, 1, true);
  constexpr std::int64_t side = akr::linalg::task_gemm_size, edge = 4 * side;
  std::vector<akr::Array2<double>> scratch;
  for (int worker = 0; worker < 2; ++worker) scratch.emplace_back(edge + 8, edge);
  const std::int64_t across = (p.n + edge - 1) / edge;
  run.parallel(across * across, [&](std::int64_t task, int worker) {
    const std::int64_t i = task % across * edge, j = task / across * edge;
    if (i > j) return;
    const akr::View<double> t(scratch[static_cast<std::size_t>(worker)].data(), std::min(edge, p.n - i),
                              std::min(edge, p.n - j), edge + 8);
    for (std::int64_t q = 0; q < t.cols; q += side) {
      for (std::int64_t r = 0; r < (i == j ? q + 1 : t.rows); r += side) {
        const akr::View<double> b = t.block(r, std::min(side, t.rows - r), q, std::min(side, t.cols - q));
        kernel.exponents(i + r, kernel.packed().columns(j + q, b.cols), b);
        for (std::int64_t c = 0; c < b.cols; ++c) akr::simd::exp_functions<double>().exp(b.rows, b.col(c));
      }
    }
    for (std::int64_t c = 0; c < t.cols; ++c) {
      std::copy_n(t.col(c), i == j ? c + 1 : t.rows, k.data() + i + (j + c) * p.n);
    }
    for (std::int64_t r = 0; whole && r < t.rows; ++r) {
      double *mirror = k.data() + j + (i + r) * p.n;
      for (std::int64_t c = i == j ? r + 1 : 0; c < t.cols; ++c) mirror[c] = t(r, c);
    }
  });
}

void assembly(int n, int d, int repeats, std::FILE *json) {
  KernelProblem p{n, d, Vector(count(n, d)), {}};
  bench::fill_normal(p.a, 15);
  cblas_dscal(static_cast<int>(p.a.size()), 1 / std::sqrt(static_cast<double>(d)), p.a.data(), 1);
  Vector k(count(n, n)), gram(count(n, n));
  std::vector<Contestant> all;
  all.push_back({"K, whole, by blocks", nullptr, [&] { assemble(p, true, k); }, {}});
  all.push_back(
      {"dsyrk alone",
       nullptr,
       [&] { cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, p.n, p.d, 1, p.a.data(), p.d, 0, gram.data(), p.n); },
       {}});
  bench::race(all, repeats);
  double gap = 0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i <= j; ++i) {
      const double right = std::exp(gram[count(j, n) + static_cast<std::size_t>(i)]);
      for (const double got :
           {k[count(j, n) + static_cast<std::size_t>(i)], k[count(i, n) + static_cast<std::size_t>(j)]})
        gap = std::max(gap, std::fabs(got / right - 1));
    }
  }
  for (const Contestant &c : all) {
    report("assembly, dim " + std::to_string(d), n, c.name, c.median_seconds(),
           c.median_seconds() / all[1].median_seconds(), gap, "residual: greatest relative difference", json);
  }
}

double residual(const akr_kernel *kernel, const KernelProblem &p, double ridge, const Vector &x) {
  Vector y(x.size());
  check(akr_kernel_apply_f64(kernel, 1, x.data(), p.n, y.data(), p.n, nullptr, nullptr) == AKR_OK, akr_last_error());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = p.b[i] - y[i] - ridge * x[i];
  return cblas_dnrm2(p.n, y.data(), 1) / cblas_dnrm2(p.n, p.b.data(), 1);
}

void regression(const std::string &what, const KernelProblem &p, double ridge, const std::string &precond, int repeats,
                std::FILE *json) {
  akr_options *options = nullptr;
  akr_report *rep = nullptr;
  akr_kernel *kernel = nullptr;
  check(akr_options_create(&options) == AKR_OK && akr_report_create(&rep) == AKR_OK &&
            akr_options_set_str(options, "kernel.precond", precond.c_str()) == AKR_OK &&
            akr_options_set_f64(options, "rtol", 1e-8) == AKR_OK,
        akr_last_error());
  Vector x(static_cast<std::size_t>(p.n)), direct(x), k(count(p.n, p.n));
  std::vector<Contestant> all;
  all.push_back(
      {"akr " + precond,
       nullptr,
       [&] {
         akr_kernel_destroy(kernel);
         check(akr_kernel_create_f64(AKR_ROW_MAJOR, p.n, p.d, 1, p.a.data(), p.d, options, &kernel) == AKR_OK &&
                   akr_kernel_solve_f64(kernel, nullptr, ridge, 1, p.b.data(), p.n, x.data(), p.n, options, rep) >= 0,
               akr_last_error());
       },
       {}});
  all.push_back({"assembly and dposv",
                 nullptr,
                 [&] {
                   assemble(p, false, k);
                   for (int i = 0; i < p.n; ++i) k[count(i, p.n) + static_cast<std::size_t>(i)] += ridge;
                   direct = p.b;
                   LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', p.n, 1, k.data(), p.n, direct.data(), p.n);
                 },
                 {}});
  bench::race(all, repeats);
  char used[32] = "";
  std::int64_t length = 0, rank = 0, iterations = 0, status = 0, bytes = 0;
  akr_report_get_str(rep, "kernel.precond", used, sizeof used, &length);
  akr_report_get_i64(rep, "kernel.rank", &rank);
  akr_report_get_i64(rep, "iterations", &iterations);
  akr_report_get_i64(rep, "status", &status);
  akr_report_get_i64(rep, "peak_bytes", &bytes);
  char note[160];
  std::snprintf(note, sizeof note, "ridge %g, %s, %s, rank %lld, %lld iterations, memory %.2f of n x n doubles", ridge,
                akr_status_name(static_cast<akr_status>(status)), used, static_cast<long long>(rank),
                static_cast<long long>(iterations), static_cast<double>(bytes) / 8 / p.n / p.n);
  const double theirs = all[1].median_seconds();
  report(what, p.n, all[0].name, all[0].median_seconds(), all[0].median_seconds() / theirs,
         residual(kernel, p, ridge, x), note, json);
  report(what, p.n, all[1].name, theirs, 1, residual(kernel, p, ridge, direct), "", json);
  akr_kernel_destroy(kernel);
  akr_report_destroy(rep);
  akr_options_destroy(options);
}

// Random directions of length 2 in 8 dimensions, as hard as kin40k's rows scaled so: the spectrum falls slowly.
KernelProblem hard(int n) {
  KernelProblem p{n, 8, Vector(count(n, 8)), Vector(static_cast<std::size_t>(n))};
  bench::fill_normal(p.a, 11);
  bench::fill_normal(p.b, 12);
  for (int i = 0; i < n; ++i) {
    double *row = p.a.data() + count(i, 8);
    cblas_dscal(8, 2 / cblas_dnrm2(8, row, 1), row, 1);
  }
  return p;
}

// Positions in a hall behind ten smooth features.
KernelProblem easy(int n) {
  KernelProblem p{n, 10, Vector(count(n, 10)), Vector(static_cast<std::size_t>(n))};
  std::mt19937_64 engine(13);
  const auto uniform = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  bench::fill_normal(p.b, 14);
  for (int i = 0; i < n; ++i) {
    const double u = uniform(), v = uniform();
    for (int l = 0; l < 10; ++l) {
      const double f = (l + 1) / 4.0;
      p.a[count(i, 10) + static_cast<std::size_t>(l)] =
          0.4 * (l % 2 == 0 ? std::cos(3 * f * u + v) : std::sin(2 * f * v - u));
    }
  }
  return p;
}

// The preconditioners of low rank at equal rank; equal time can be read off.
void compare(int n, int repeats, std::FILE *json) {
  struct Case {
    const char *what;
    double ridge;
  };
  for (const Case &c : {Case{"hard", 0.1}, Case{"hard", 10}, Case{"easy", 0.01}, Case{"easy", 1}}) {
    const KernelProblem p = std::string(c.what) == "hard" ? hard(n) : easy(n);
    for (const int rank : {200, 800}) {
      akr_kernel *kernel = nullptr;
      check(akr_kernel_create_f64(AKR_ROW_MAJOR, n, p.d, 1, p.a.data(), p.d, nullptr, &kernel) == AKR_OK,
            akr_last_error());
      std::vector<Contestant> all;
      std::vector<std::int64_t> iterations;
      std::vector<Vector> x;
      const std::vector<std::string> names = {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch"};
      iterations.resize(names.size());
      x.resize(names.size(), Vector(static_cast<std::size_t>(n)));
      for (std::size_t i = 0; i < names.size(); ++i) {
        all.push_back({names[i],
                       nullptr,
                       [&, i] {
                         akr_options *options = nullptr;
                         akr_report *rep = nullptr;
                         check(akr_options_create(&options) == AKR_OK && akr_report_create(&rep) == AKR_OK &&
                                   akr_options_set_str(options, "kernel.precond", names[i].c_str()) == AKR_OK &&
                                   akr_options_set_i64(options, "kernel.rank", rank) == AKR_OK &&
                                   akr_options_set_f64(options, "rtol", 1e-8) == AKR_OK &&
                                   akr_kernel_solve_f64(kernel, nullptr, c.ridge, 1, p.b.data(), n, x[i].data(), n,
                                                        options, rep) >= 0,
                               akr_last_error());
                         akr_report_get_i64(rep, "iterations", &iterations[i]);
                         akr_report_destroy(rep);
                         akr_options_destroy(options);
                       },
                       {}});
      }
      bench::race(all, repeats);
      for (std::size_t i = 0; i < all.size(); ++i) {
        char note[80];
        std::snprintf(note, sizeof note, "ridge %g, rank %d, %lld iterations", c.ridge, rank,
                      static_cast<long long>(iterations[i]));
        report(std::string("rank, ") + c.what, n, all[i].name, all[i].median_seconds(),
               all[i].median_seconds() / all[0].median_seconds(), residual(kernel, p, c.ridge, x[i]), note, json);
      }
      akr_kernel_destroy(kernel);
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto attentions = arguments.list("attention", "8192x64");
  const auto assemblies = arguments.list("assembly", "8192x64");
  const auto hards = arguments.list("hard", "8000");
  const auto easies = arguments.list("easy", "2000,4860");
  const auto compared = arguments.list("compare", "4000");
  const int repeats = arguments.number("repeats", 5);
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  std::printf("%s\n", akr_build_info());
  for (const std::string &size : attentions) {
    int n = 0, d = 0;
    check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2 && n % 64 == 0,
          "size " + size + ": must be points x dim, a multiple of 64 points");
    attention(n, d, repeats, json.get());
  }
  for (const std::string &size : assemblies) {
    int n = 0, d = 0;
    check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2, "size " + size + ": must be points x dim");
    assembly(n, d, repeats, json.get());
  }
  for (const std::string &n : hards) {
    for (const double ridge : {0.1, 1e-3}) regression("hard", hard(std::stoi(n)), ridge, "auto", repeats, json.get());
  }
  for (const std::string &n : easies) {
    for (const char *precond : {"auto", "rpcholesky"}) {
      regression("easy", easy(std::stoi(n)), 0.01, precond, repeats, json.get());
    }
  }
  for (const std::string &n : compared) compare(std::stoi(n), std::min(repeats, 3), json.get());
}
