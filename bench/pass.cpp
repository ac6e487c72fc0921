// SPDX-License-Identifier: BSD-3-Clause
// The fused product, r = b - A x and A'r from one reading of A, in turns with only looking at the numbers of A:
//
//   akr_bench_pass --sizes 1000000x30,400000x100,100000x500 --layouts col,row --bits 64 --threads 2 --repeats 15
//
// Both as the best of all runs, since anything else on the machine can only add to them; and the quartiles of the
// ratios of two neighbouring runs, which meet the same weather.
#include <akr.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <string>

#include "base/run.hpp"
#include "harness.hpp"
#include "matrix/dense.hpp"
#include "problem.hpp"
#include "reading.hpp"

namespace {

struct Setting {
  bool row_major = false;
  int threads = 0, repeats = 0, columns = 1;
  double pause = 0;
};

template <class T>
void measure(int n, int d, const Setting &setting, std::FILE *json) {
  // Not initialised here: each thread touches its share first.
  const std::size_t count = bench::count(n, d);
  const auto allocated =
      std::make_unique<akr::Buffer<T>>(std::int64_t(n) * d);  // with the huge pages that users' arrays may have
  T *const a = allocated->data();
  bench::in_shares(setting.threads, count, [&](std::size_t, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) a[i] = static_cast<T>(1.0 / static_cast<double>(1 + i % 17));
  });
  const int k = setting.columns;
  bench::Vector b(bench::count(n, k), 1.0), x(bench::count(d, k), 1e-3), z(bench::count(d, k)),
      squares(bench::count(k, 1));
  akr::Run run(setting.threads, 0);
  const akr::DenseMatrix<T> matrix(setting.row_major, n, d, a, setting.row_major ? d : n, false);
  akr::RightSides sides;
  sides.data = akr::View<const double>(b.data(), n, k, n);
  akr::PassRequest request;
  request.b = &sides;
  request.x = akr::View<const double>(x.data(), d, k, d);
  request.z = akr::View<double>(z.data(), d, k, d);
  request.sumsq = squares.data();

  double read = HUGE_VAL, pass = HUGE_VAL;
  std::vector<double> ratios;
  for (int turn = 0; turn <= setting.repeats; ++turn) {
    std::atomic<bool> finite{true};
    if (setting.pause > 0) std::this_thread::sleep_for(std::chrono::duration<double>(setting.pause));
    const double reading =
        bench::in_shares(setting.threads, count, [&](std::size_t, std::size_t first, std::size_t end) {
          if (!bench::read_all(a + first, end - first)) finite = false;
        });
    bench::check(finite, "the numbers read are not those written");
    const double start = bench::now();
    matrix.pass(run, request);
    const double passing = bench::now() - start;
    if (turn == 0) continue;
    read = std::min(read, reading);
    pass = std::min(pass, passing);
    ratios.push_back(reading / passing);
  }
  bench::check(std::isfinite(z[0]), "the sums are wrong");
  const double bytes = static_cast<double>(count * sizeof(T));
  const int bits = 8 * static_cast<int>(sizeof(T));
  const char *layout = setting.row_major ? "row" : "col";
  std::printf("%8d x %5d f%d %s, %d: read %5.1f GB/s, pass %5.1f, %.2f of it (quartiles of ratios %.2f %.2f %.2f)\n", n,
              d, bits, layout, setting.threads, bytes / read / 1e9, bytes / pass / 1e9, read / pass,
              bench::quantile(ratios, 0.25), bench::median(ratios), bench::quantile(ratios, 0.75));
  std::fflush(stdout);
  bench::Json()
      .add("bench", "pass")
      .add("n", std::int64_t(n))
      .add("d", std::int64_t(d))
      .add("bits", std::int64_t(bits))
      .add("layout", layout)
      .add("threads", std::int64_t(setting.threads))
      .add("columns", std::int64_t(k))
      .add("read_gb_s", bytes / read / 1e9)
      .add("pass_gb_s", bytes / pass / 1e9)
      .add("of_reading", read / pass)
      .add("median_ratio", bench::median(ratios))
      .write(json);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto sizes = arguments.list("sizes", "1000000x30,400000x100,200000x200,100000x500,100000x1000,50000x2000");
  const auto layouts = arguments.list("layouts", "col,row");
  const auto precisions = arguments.list("bits", "64,32");
  Setting setting;
  setting.threads = arguments.number("threads", 2);
  setting.repeats = arguments.number("repeats", 15);
  setting.columns = arguments.number("columns", 1);
  setting.pause = arguments.real("pause", "0");
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  bench::check(setting.threads > 0 && setting.repeats > 0 && setting.columns > 0,
               "threads, repeats and columns must be positive");
  std::printf("%s\n", akr_build_info());
  for (const std::string &bits : precisions) {
    bench::check(bits == "64" || bits == "32", "bits: 64 or 32");
    for (const std::string &layout : layouts) {
      bench::check(layout == "col" || layout == "row", "layouts: col or row");
      setting.row_major = layout == "row";
      for (const std::string &size : sizes) {
        int n = 0, d = 0;
        bench::check(std::sscanf(size.c_str(), "%dx%d", &n, &d) == 2 && n > 0 && d > 0,
                     "size " + size + ": rows x cols");
        if (bits == "64")
          measure<double>(n, d, setting, json.get());
        else
          measure<float>(n, d, setting, json.get());
      }
    }
  }
}
