// SPDX-License-Identifier: BSD-3-Clause
// Least squares: akr_lsq_solve against LAPACK's gels (Householder QR) and against the normal equations, on the same
// matrices in the same run, in turns.
//
//   akr_bench_lsq --sizes 100000x500,3000x1000 --kappas 1e2,1e6 --repeats 5 --methods auto,sketch-cholqr
//                 --bits 64 --rhs 1 --json out.jsonl
//   OPENBLAS_NUM_THREADS=1 akr_bench_lsq --threads 1 --pause 0.04       our threads are an option, the BLAS has its own
// --brief leaves the backward error out, which costs two QR factorisations a problem.
#include <deque>

#include "lsq_solvers.hpp"

namespace {

using bench::check;
using bench::Contestant;

struct Setup {
  std::vector<std::string> methods;
  int threads = 0;
  int repeats = 0;
  double pause = 0;
  int rhs = 1;
  bool brief = false;
};

template <class T>
void compare(int n, int d, double kappa, const Setup &setup, std::FILE *json) {
  bench::Problem problem = bench::make_problem(n, d, kappa, setup.rhs);
  const bench::Data<T> data(problem);
  std::deque<bench::Ours<T>> ours;
  bench::Householder<T> householder(data);
  bench::NormalEquations<T> normal_equations(data);
  std::vector<Contestant> all;
  for (const std::string &method : setup.methods) {
    ours.emplace_back(data, method, setup.threads);
    all.push_back(ours.back().contestant());
  }
  all.push_back(householder.contestant());
  all.push_back(normal_equations.contestant());
  bench::race(all, setup.repeats, setup.pause);
  householder.a = {};
  const std::size_t k = ours.size();
  const double qr = all[k].median_seconds(), normal = all[k + 1].median_seconds();
  double best = all[0].median_seconds();
  for (std::size_t i = 1; i < k; ++i) best = std::min(best, all[i].median_seconds());
  std::deque<bench::BackwardError> judge;
  if (!setup.brief) judge.emplace_back(problem, sizeof(T) == 8 ? 0x1p-53 : 0x1p-24);
  const auto line = [&](const Contestant &c, const std::vector<T> &x, bool broke_down, const std::string &note) {
    const double error = broke_down ? HUGE_VAL : judge.empty() ? std::nan("") : judge.front()(x);
    std::printf("%6dx%-5d %6.0e  %-18s %10.3f ms  /%s %5.2f  /normal %6.2f  BE %9.3g u  %s\n", n, d, kappa,
                c.name.c_str(), 1e3 * c.median_seconds(), sizeof(T) == 8 ? "dgels" : "sgels", c.median_seconds() / qr,
                c.median_seconds() / normal, error, note.c_str());
    std::fflush(stdout);
    return bench::Json()
        .add("bench", "lsq")
        .add("bits", std::int64_t(8 * sizeof(T)))
        .add("rows", std::int64_t(n))
        .add("cols", std::int64_t(d))
        .add("rhs", std::int64_t(setup.rhs))
        .add("kappa", kappa)
        .add("threads", std::int64_t(setup.threads))
        .add("blas_threads", std::int64_t(openblas_get_num_threads()))
        .add("solver", c.name)
        .add("seconds", c.median_seconds())
        .add("seconds_q1", c.quartile_seconds(1))
        .add("seconds_q3", c.quartile_seconds(3))
        .add("over_dgels", c.median_seconds() / qr)
        .add("over_normal", c.median_seconds() / normal)
        .add("backward_error_u", error);
  };
  for (std::size_t i = 0; i < k; ++i) {
    const bench::Ours<T> &o = ours[i];
    const bench::Handles &report = o.report();
    const double memory =
        static_cast<double>(report.integer("peak_bytes")) / (sizeof(T) * static_cast<double>(bench::count(n, d)));
    char note[200];
    std::snprintf(note, sizeof note,
                  "%s, %s, %lld passes, memory %.3f A; ms: sketch %.2f factor %.2f iterate %.2f "
                  "certify %.2f",
                  akr_status_name(o.status()), report.text("method").c_str(),
                  static_cast<long long>(report.integer("passes")), memory, 1e3 * report.real("seconds.sketch"),
                  1e3 * report.real("seconds.factor"), 1e3 * report.real("seconds.iterate"),
                  1e3 * report.real("seconds.certify"));
    line(all[i], o.x(), false, note)
        .add("status", std::int64_t(o.status()))
        .add("method", report.text("method"))
        .add("passes", report.integer("passes"))
        .add("peak_over_a", memory)
        .add("over_best", all[i].median_seconds() / best)
        .add("seconds_sketch", report.real("seconds.sketch"))
        .add("seconds_factor", report.real("seconds.factor"))
        .add("seconds_iterate", report.real("seconds.iterate"))
        .add("seconds_certify", report.real("seconds.certify"))
        .write(json);
  }
  line(all[k], householder.x, false, "copy not counted").write(json);
  line(all[k + 1], normal_equations.x, normal_equations.broke_down,
       normal_equations.broke_down ? "Cholesky broke down" : "")
      .write(json);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto sizes = arguments.list("sizes", "100000x500,200000x200,100000x1000,3000x1000");
  const auto kappas = arguments.list("kappas", "1e2,1e6,1e12");
  const int bits = arguments.number("bits", 64);
  Setup setup;
  setup.methods = arguments.list("methods", "auto");
  setup.threads = arguments.number("threads", 0);
  setup.repeats = arguments.number("repeats", 3);
  setup.pause = arguments.real("pause", "0");
  setup.rhs = arguments.number("rhs", 1);
  setup.brief = arguments.number("brief", 0) != 0;
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  check(bits == 64 || bits == 32, "bits: must be 64 or 32");
  std::printf("%s\n", akr_build_info());
  for (const std::string &size : sizes) {
    int n = 0, d = 0;
    check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2 && n >= d && d > 0, "size " + size + ": must be rows x cols");
    for (const std::string &kappa : kappas) {
      if (bits == 64)
        compare<double>(n, d, std::stod(kappa), setup, json.get());
      else
        compare<float>(n, d, std::stod(kappa), setup, json.get());
    }
  }
}
