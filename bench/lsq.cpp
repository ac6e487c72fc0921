// SPDX-License-Identifier: BSD-3-Clause
// Least squares: akr_lsq_solve_f64 against LAPACK's dgels (Householder QR) and against the normal equations, on the
// same matrices in the same run, in turns. Our time includes making the matrix handle, which looks for NaN; copies that
// dgels needs because it overwrites A are counted for nobody.
//
//   akr_bench_lsq --sizes 100000x500,3000x1000 --kappas 1e2,1e6 --repeats 5 --methods auto,sketch-cholqr --json
//   out.jsonl
//   OPENBLAS_NUM_THREADS=1 akr_bench_lsq --threads 1 --pause 0.04       our threads are an option, the BLAS has its own
#include <akr.h>
#include <cblas.h>
#include <lapacke.h>

#include <cmath>
#include <string>
#include <vector>

#include "harness.hpp"
#include "problem.hpp"

namespace {

using bench::check;
using bench::Contestant;
using bench::count;
using bench::make_problem;
using bench::Problem;
using bench::Vector;

// Karlson and Waldén's backward error over ‖A‖_F in units of u: ‖T⁻ᵀ Aᵀr‖/√(‖b‖²/‖A‖² + ‖x‖²)/‖A‖, TᵀT = RᵀR + omega²
// I, with R from one QR of A. Evaluated in double its floor is about 0.2u.
class BackwardError {
 public:
  explicit BackwardError(const Problem &p) : p_(p), r_(count(p.d, p.d)) {
    Vector a = p.a, tau(static_cast<std::size_t>(p.d));
    check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, p.n, p.d, a.data(), p.n, tau.data()) == 0, "dgeqrf");
    for (int j = 0; j < p.d; ++j)
      for (int i = 0; i <= j; ++i)
        r_[count(j, p.d) + static_cast<std::size_t>(i)] = a[count(j, p.n) + static_cast<std::size_t>(i)];
    frobenius_ = cblas_dnrm2(p.d * p.d, r_.data(), 1);
  }
  double operator()(const Vector &x) const {
    Vector r = p_.b, g(static_cast<std::size_t>(p_.d));
    cblas_dgemv(CblasColMajor, CblasNoTrans, p_.n, p_.d, -1.0, p_.a.data(), p_.n, x.data(), 1, 1.0, r.data(), 1);
    cblas_dgemv(CblasColMajor, CblasTrans, p_.n, p_.d, 1.0, p_.a.data(), p_.n, r.data(), 1, 0.0, g.data(), 1);
    const double weight = std::hypot(cblas_dnrm2(p_.n, p_.b.data(), 1) / frobenius_, cblas_dnrm2(p_.d, x.data(), 1));
    const double omega = cblas_dnrm2(p_.n, r.data(), 1) / weight;
    const int rows = 2 * p_.d;
    Vector t(count(rows, p_.d)), tau(static_cast<std::size_t>(p_.d));
    for (int j = 0; j < p_.d; ++j) {
      std::copy_n(r_.data() + count(j, p_.d), p_.d, t.data() + count(j, rows));
      t[count(j, rows) + static_cast<std::size_t>(p_.d + j)] = omega;
    }
    check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, rows, p_.d, t.data(), rows, tau.data()) == 0, "dgeqrf");
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, p_.d, t.data(), rows, g.data(), 1);
    return cblas_dnrm2(p_.d, g.data(), 1) / weight / frobenius_ / 0x1p-53;
  }

 private:
  const Problem &p_;
  Vector r_;
  double frobenius_ = 0;
};

struct Setup {
  std::vector<std::string> methods;
  int threads = 0;
  int repeats = 0;
  double pause = 0;
};

struct Handles {
  akr_matrix *matrix = nullptr;
  akr_options *options = nullptr;
  akr_report *report = nullptr;
  ~Handles() {
    akr_matrix_destroy(matrix);
    akr_options_destroy(options);
    akr_report_destroy(report);
  }
};

Contestant ours(const Problem &p, Handles &h, Vector &x, akr_status &status, const std::string &method, int threads) {
  check(akr_options_create(&h.options) == AKR_OK && akr_report_create(&h.report) == AKR_OK &&
            akr_options_set_str(h.options, "method", method.c_str()) == AKR_OK &&
            akr_options_set_i64(h.options, "threads", threads) == AKR_OK,
        akr_last_error());
  return {"akr " + method,
          nullptr,
          [&p, &h, &x, &status] {
            akr_matrix_destroy(h.matrix);
            check(akr_matrix_create_dense_f64(AKR_COL_MAJOR, p.n, p.d, p.a.data(), p.n, h.options, &h.matrix) == AKR_OK,
                  akr_last_error());
            status = akr_lsq_solve_f64(h.matrix, nullptr, 0, 1, p.b.data(), p.n, x.data(), p.d, h.options, h.report);
          },
          {}};
}

Contestant householder(const Problem &p, Vector &copy, Vector &rhs, Vector &x) {
  return {"dgels",
          [&] { copy = p.a, rhs = p.b; },
          [&] {
            check(LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', p.n, p.d, 1, copy.data(), p.n, rhs.data(), p.n) == 0, "dgels");
            std::copy_n(rhs.data(), p.d, x.data());
          },
          {}};
}

Contestant normal_equations(const Problem &p, Vector &gram, Vector &x, bool &broke_down) {
  return {"normal equations",
          nullptr,
          [&] {
            cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, p.d, p.n, 1.0, p.a.data(), p.n, 0.0, gram.data(), p.d);
            cblas_dgemv(CblasColMajor, CblasTrans, p.n, p.d, 1.0, p.a.data(), p.n, p.b.data(), 1, 0.0, x.data(), 1);
            broke_down = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', p.d, gram.data(), p.d) != 0;
            if (!broke_down) LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', p.d, 1, gram.data(), p.d, x.data(), p.d);
          },
          {}};
}

std::string used_method(const akr_report *report) {
  char buffer[64] = "?";
  std::int64_t length = 0;
  akr_report_get_str(report, "method", buffer, sizeof buffer, &length);
  return buffer;
}

std::int64_t reported(const akr_report *report, const char *key) {
  std::int64_t value = -1;
  akr_report_get_i64(report, key, &value);
  return value;
}

void compare(int n, int d, double kappa, const Setup &setup, std::FILE *json) {
  const Problem p = make_problem(n, d, kappa);
  const std::size_t columns = static_cast<std::size_t>(d), k = setup.methods.size();
  Vector copy, rhs, gram(count(d, d)), x_qr(columns), x_normal(columns);
  std::vector<Vector> x(k, Vector(columns));
  std::vector<Handles> handles(k);
  std::vector<akr_status> status(k, AKR_E_INTERNAL);
  bool broke_down = false;
  std::vector<Contestant> all;
  for (std::size_t i = 0; i < k; ++i) {
    all.push_back(ours(p, handles[i], x[i], status[i], setup.methods[i], setup.threads));
  }
  all.push_back(householder(p, copy, rhs, x_qr));
  all.push_back(normal_equations(p, gram, x_normal, broke_down));
  bench::race(all, setup.repeats, setup.pause);
  copy = Vector();
  const double qr = all[k].median_seconds(), normal = all[k + 1].median_seconds();
  const BackwardError error(p);
  const auto line = [&](const Contestant &c, double backward, const std::string &note) {
    std::printf("%6dx%-5d %6.0e  %-18s %8.3f s  /dgels %5.2f  /normal %6.2f  BE %9.3g u  %s\n", n, d, kappa,
                c.name.c_str(), c.median_seconds(), c.median_seconds() / qr, c.median_seconds() / normal, backward,
                note.c_str());
    std::fflush(stdout);
    return bench::Json()
        .add("bench", "lsq")
        .add("rows", std::int64_t(n))
        .add("cols", std::int64_t(d))
        .add("kappa", kappa)
        .add("threads", std::int64_t(setup.threads))
        .add("blas_threads", std::int64_t(openblas_get_num_threads()))
        .add("solver", c.name)
        .add("seconds", c.median_seconds())
        .add("seconds_q1", c.quartile_seconds(1))
        .add("seconds_q3", c.quartile_seconds(3))
        .add("over_dgels", c.median_seconds() / qr)
        .add("over_normal", c.median_seconds() / normal)
        .add("backward_error_u", backward);
  };
  for (std::size_t i = 0; i < k; ++i) {
    const akr_report *report = handles[i].report;
    const double memory =
        static_cast<double>(reported(report, "peak_bytes")) / (8.0 * static_cast<double>(count(n, d)));
    char note[160];
    std::snprintf(note, sizeof note, "%s, %s, %lld passes, memory %.3f A", akr_status_name(status[i]),
                  used_method(report).c_str(), static_cast<long long>(reported(report, "passes")), memory);
    line(all[i], error(x[i]), note)
        .add("status", std::int64_t(status[i]))
        .add("method", used_method(report))
        .add("passes", reported(report, "passes"))
        .add("peak_over_a", memory)
        .write(json);
  }
  line(all[k], error(x_qr), "copy not counted").write(json);
  line(all[k + 1], broke_down ? HUGE_VAL : error(x_normal), broke_down ? "Cholesky broke down" : "").write(json);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto sizes = arguments.list("sizes", "100000x500,200000x200,100000x1000,3000x1000");
  const auto kappas = arguments.list("kappas", "1e2,1e6,1e12");
  Setup setup;
  setup.methods = arguments.list("methods", "auto");
  setup.threads = arguments.number("threads", 0);
  setup.repeats = arguments.number("repeats", 3);
  setup.pause = arguments.real("pause", "0");
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  std::printf("%s\n", akr_build_info());
  for (const std::string &size : sizes) {
    int n = 0, d = 0;
    check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2 && n >= d && d > 0, "size " + size + ": must be rows x cols");
    for (const std::string &kappa : kappas) compare(n, d, std::stod(kappa), setup, json.get());
  }
}
