// SPDX-License-Identifier: BSD-3-Clause
// Gram powers: akr_gram_power_solve_f64 against one least-squares solve of the same library, and against AᵀA formed by
// dsyrk, dpotrf and j times dpotrs, on the same matrices in the same run, in turns. b = (AᵀA)ʲ x_true and random b; the
// error of each beside its time, from residuals in doubled precision (residual.precision = doubled), which is the
// reference.
//
//   akr_bench_gram --sizes 100000x500 --kappas 1e2,1e6 --powers 1,2,4 --repeats 5 --json out.jsonl
//   akr_bench_gram --errors out.dat       error against κ for j = 1, 2, 3 at 2000 x 40 by all routes, for the plot
#include <akr.h>
#include <cblas.h>
#include <lapacke.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "handles.hpp"
#include "harness.hpp"
#include "problem.hpp"

namespace {

using bench::check;
using bench::Contestant;
using bench::count;
using bench::Vector;

class Solver : public bench::Handles {
 public:
  explicit Solver(const bench::Problem &p) : p_(p) {}

  akr_status lsq(Vector &x) {
    return akr_lsq_solve_f64(open(p_.n, p_.d, p_.a.data()), nullptr, 0, 1, p_.b.data(), p_.n, x.data(), p_.d, options(),
                             report());
  }
  akr_status power(int j, const Vector &b, Vector &x) {
    return akr_gram_power_solve_f64(open(p_.n, p_.d, p_.a.data()), nullptr, j, 1, b.data(), p_.d, x.data(), p_.d,
                                    options(), report());
  }

 private:
  const bench::Problem &p_;
};

// AᵀA by dsyrk, its Cholesky factor, 2j triangular solves. False where AᵀA is not positive definite any more.
bool by_cholesky(const bench::Problem &p, int j, const Vector &b, Vector &gram, Vector &x) {
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, p.d, p.n, 1.0, p.a.data(), p.n, 0.0, gram.data(), p.d);
  x = b;
  if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', p.d, gram.data(), p.d) != 0) return false;
  for (int i = 0; i < j; ++i) {
    check(LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', p.d, 1, gram.data(), p.d, x.data(), p.d) == 0, "dpotrs");
  }
  return true;
}

double relative_error(const Vector &x, const Vector &y) {
  double gap = 0, size = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    gap += (x[i] - y[i]) * (x[i] - y[i]);
    size += y[i] * y[i];
  }
  return std::sqrt(gap / size);
}

// (AᵀA)ʲ x, rounded after each product: a right-hand side whose solution is as sensitive as any.
Vector image(const bench::Problem &p, int j, Vector x) {
  Vector y(static_cast<std::size_t>(p.n));
  for (int i = 0; i < j; ++i) {
    cblas_dgemv(CblasColMajor, CblasNoTrans, p.n, p.d, 1.0, p.a.data(), p.n, x.data(), 1, 0.0, y.data(), 1);
    cblas_dgemv(CblasColMajor, CblasTrans, p.n, p.d, 1.0, p.a.data(), p.n, y.data(), 1, 0.0, x.data(), 1);
  }
  return x;
}

Vector reference(const bench::Problem &p, int j, const Vector &b) {
  Solver solver(p);
  solver.set("residual.precision", "doubled");
  Vector x(static_cast<std::size_t>(p.d));
  check(solver.power(j, b, x) >= 0, akr_last_error());
  return x;
}

struct Row {
  std::string name;
  double seconds;
  double over_lsq;
  double error;         // of b = (AᵀA)ʲ x_true
  double error_random;  // of random b
  std::string note;
};

void print(const bench::Problem &p, double kappa, int j, const Row &row, std::FILE *json) {
  std::printf("%7dx%-5d %6.0e  j=%d  %-18s %8.3f s  /lsq %5.2f  error %9.2e  random b %9.2e  %s\n", p.n, p.d, kappa, j,
              row.name.c_str(), row.seconds, row.over_lsq, row.error, row.error_random, row.note.c_str());
  std::fflush(stdout);
  bench::Json()
      .add("bench", "gram")
      .add("rows", std::int64_t(p.n))
      .add("cols", std::int64_t(p.d))
      .add("kappa", kappa)
      .add("power", std::int64_t(j))
      .add("solver", row.name)
      .add("seconds", row.seconds)
      .add("over_lsq", row.over_lsq)
      .add("error", row.error)
      .add("error_random", row.error_random)
      .add("note", row.note)
      .write(json);
}

void run(const bench::Problem &p, double kappa, const std::vector<int> &powers, int repeats, std::FILE *json) {
  Vector x_lsq(static_cast<std::size_t>(p.d)), x_true(static_cast<std::size_t>(p.d)), random(x_true);
  bench::fill_normal(x_true, 5);
  bench::fill_normal(random, 6);
  Vector gram(count(p.d, p.d));
  Solver lsq(p);
  std::vector<std::unique_ptr<Solver>> ours;
  std::vector<Vector> x(powers.size(), x_lsq), naive(powers.size(), x_lsq), b;
  std::vector<char> naive_worked(powers.size(), 1);
  for (const int j : powers) {
    ours.push_back(std::make_unique<Solver>(p));
    b.push_back(image(p, j, x_true));
  }
  std::vector<Contestant> contestants;
  contestants.push_back({"akr lsq", nullptr, [&] { lsq.lsq(x_lsq); }, {}});
  for (std::size_t i = 0; i < powers.size(); ++i) {
    contestants.push_back({"akr", nullptr, [&, i] { ours[i]->power(powers[i], b[i], x[i]); }, {}});
    contestants.push_back(
        {"naive", nullptr, [&, i] { naive_worked[i] = by_cholesky(p, powers[i], b[i], gram, naive[i]); }, {}});
  }
  bench::race(contestants, repeats);
  const double base = bench::median(contestants[0].seconds);
  print(p, kappa, 0, {"akr lsq", base, 1, std::nan(""), std::nan(""), lsq.text("method")}, json);
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const int j = powers[i];
    const Vector exact = reference(p, j, b[i]), exact_random = reference(p, j, random);
    Vector y(exact.size());
    const double mine = bench::median(contestants[2 * i + 1].seconds);
    const double theirs = bench::median(contestants[2 * i + 2].seconds);
    const std::string note = ours[i]->text("gram.method") + ", " + ours[i]->text("method") + ", " +
                             std::to_string(ours[i]->integer("passes")) + " passes, " +
                             akr_status_name(static_cast<akr_status>(ours[i]->integer("status")));
    ours[i]->power(j, random, y);
    print(p, kappa, j,
          {"akr gram", mine, mine / base, relative_error(x[i], exact), relative_error(y, exact_random), note}, json);
    const bool worked = naive_worked[i] && by_cholesky(p, j, random, gram, y);
    print(p, kappa, j,
          {"dsyrk dpotrf dpotrs", theirs, theirs / base, worked ? relative_error(naive[i], exact) : 1,
           worked ? relative_error(y, exact_random) : 1, worked ? "" : "Cholesky broke down"},
          json);
  }
}

// Columns: κ, j, whether b is random, and the errors of recursion, factor, naive, and of doubled residuals with another
// preconditioner than that of the reference. Errors are held between 1, where no digit is left, and u.
void errors(const std::string &path) {
  std::FILE *out = std::fopen(path.c_str(), "w");
  check(out != nullptr, "cannot write " + path);
  std::fprintf(out, "# kappa j random recursion factor naive doubled\n");
  for (const int j : {1, 2, 3}) {
    for (const bool is_random : {false, true}) {
      for (double exponent = 0; exponent <= 9; exponent += 0.5) {
        const double kappa = std::pow(10, exponent);
        const bench::Problem p = bench::make_problem(2000, 40, kappa);
        Vector x_true(40), b(40), x(40), gram(count(40, 40));
        bench::fill_normal(x_true, 5);
        bench::fill_normal(b, 6);
        if (!is_random) b = image(p, j, x_true);
        const Vector exact = reference(p, j, b);
        std::fprintf(out, "%.3e %d %d", kappa, j, is_random ? 1 : 0);
        for (const char *route : {"recursion", "factor"}) {
          Solver solver(p);
          solver.set("gram.method", route);
          solver.power(j, b, x);
          std::fprintf(out, " %.3e", std::fmin(1, std::fmax(relative_error(x, exact), 0x1p-53)));
        }
        const bool worked = by_cholesky(p, j, b, gram, x);
        std::fprintf(out, " %.3e", worked ? std::fmin(1, std::fmax(relative_error(x, exact), 0x1p-53)) : 1);
        Solver doubled(p);
        doubled.set("residual.precision", "doubled");
        doubled.set("method", "qr");
        doubled.power(j, b, x);
        std::fprintf(out, " %.3e\n", std::fmin(1, std::fmax(relative_error(x, exact), 0x1p-53)));
      }
      std::fprintf(out, "\n\n");
    }
  }
  std::fclose(out);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto sizes = arguments.list("sizes", "100000x500");
  const auto kappas = arguments.list("kappas", "1e2,1e6,1e9");
  std::vector<int> powers;
  for (const std::string &j : arguments.list("powers", "1,2,4")) powers.push_back(std::stoi(j));
  const int repeats = arguments.number("repeats", 5);
  const std::string path = arguments.text("errors", "");
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  if (!path.empty()) {
    errors(path);
    return 0;
  }
  std::printf("%s\n", akr_build_info());
  for (const std::string &size : sizes) {
    int n = 0, d = 0;
    check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2 && n >= d && d > 0, "size " + size + ": must be rows x cols");
    for (const std::string &kappa : kappas) {
      run(bench::make_problem(n, d, std::stod(kappa)), std::stod(kappa), powers, repeats, json.get());
    }
  }
}
