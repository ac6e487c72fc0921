// SPDX-License-Identifier: BSD-3-Clause
// AᵀA by the library's own tile kernels, and as the library chooses, in turns with the BLAS's routine:
//
//   akr_bench_gram_matrix --cols 10,30,64,100,200,500,1000,2000,4000 --layouts col,row --bits 64,32 --repeats 5
//
// Each n such that n d² is --gflop 20 billion, or A 400 MB if that is less. f32 matrices are multiplied in double, as
// for a certificate, and in single precision, against ssyrk; f64 matrices in both too, against dsyrk and ssyrk of a
// copy in single that is there already. Milliseconds, best of all runs, and Gflop/s of n d² in parentheses.
#include <akr.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/run.hpp"
#include "harness.hpp"
#include "linalg/blas.hpp"
#include "matrix/dense.hpp"
#include "precond/block_gram.hpp"
#include "precond/gram.hpp"
#include "problem.hpp"

namespace {

struct Setting {
  bool row_major = false;
  int threads = 2, repeats = 5;
  double pause = 0, gflop = 20;
};

template <class T>
class Measurement {
 public:
  Measurement(std::int64_t n, std::int64_t d, const Setting &setting)
      : n_(n),
        d_(d),
        setting_(setting),
        run_(setting.threads, 0),
        a_(n * d),
        a32_(n * d),
        g_(d, d, 0.0),
        g32_(d, d, 0.0F),
        ones_(static_cast<std::size_t>(d), 1.0),
        matrix_(setting.row_major, n, d, a_.data(), setting.row_major ? d : n, false) {
    for (std::int64_t i = 0; i < n * d; ++i) {
      a_[i] = static_cast<T>(1.0 / static_cast<double>(1 + (i * 2654435761) % 97) - 0.05);
      a32_[i] = static_cast<float>(a_[i]);
    }
  }

  std::vector<bench::Contestant> contestants() {
    std::vector<bench::Contestant> all;
    const auto join = [&](const char *name, std::function<void()> body) {
      all.push_back({name, [this] { zero(); }, std::move(body), {}});
    };
    join("chosen", [this] { akr::gram_matrix(run_, matrix_, g_.view(), {}); });
    join("tiles", [this] { tiles(false); });
    join("tiles in single", [this] { tiles(true); });
    const akr::linalg::Op op = setting_.row_major ? akr::linalg::Op::none : akr::linalg::Op::transpose;
    const std::int64_t rows = setting_.row_major ? d_ : n_, cols = setting_.row_major ? n_ : d_;
    if constexpr (sizeof(T) == 8) {
      join("dsyrk", [=] {
        akr::linalg::syrk_upper(op, 1.0, akr::View<const double>(a_.data(), rows, cols, rows), 0.0, g_.view());
      });
    }
    join("ssyrk", [=] {
      akr::linalg::syrk_upper(op, 1.0F, akr::View<const float>(a32_.data(), rows, cols, rows), 0.0F, g32_.view());
    });
    return all;
  }

 private:
  void zero() {
    for (std::int64_t j = 0; j < d_; ++j) std::fill_n(g_.col(j), d_, 0.0);
  }
  void tiles(bool single) {
    akr::BlockGram gram(run_, g_.view(), nullptr, {}, n_);
    const std::int64_t height = akr::BlockGram::height(d_, 0);
    matrix_.panels(run_, 1, 0, [&](const akr::AnyPanel &panel) {
      for (std::int64_t i = 0; i < n_; i += height) {
        gram.add(panel, {{i, std::min(height, n_ - i)}}, single ? ones_.data() : nullptr);
      }
    });
    gram.flush();
  }

  std::int64_t n_, d_;
  Setting setting_;
  akr::Run run_;
  akr::Buffer<T> a_;
  akr::Buffer<float> a32_;
  akr::Array2<double> g_;
  akr::Array2<float> g32_;
  std::vector<double> ones_;
  akr::DenseMatrix<T> matrix_;
};

template <class T>
void measure(int d, const Setting &setting, std::FILE *json) {
  const double most_entries = 400e6 / 8;
  const double wanted = std::min(setting.gflop * 1e9 / d / d, most_entries / d);
  const std::int64_t n = std::max<std::int64_t>(d, static_cast<std::int64_t>(wanted) / 1000 * 1000);
  Measurement<T> measurement(n, d, setting);
  std::vector<bench::Contestant> all = measurement.contestants();
  bench::race(all, setting.repeats, setting.pause);
  std::printf("%8lld x %4d f%d %s:", static_cast<long long>(n), d, static_cast<int>(8 * sizeof(T)),
              setting.row_major ? "row" : "col");
  for (const bench::Contestant &c : all) {
    const double best = *std::min_element(c.seconds.begin(), c.seconds.end());
    const double rate = static_cast<double>(n) * d * d / best / 1e9;
    std::printf("  %s %.1f (%.0f)", c.name.c_str(), 1e3 * best, rate);
    bench::Json()
        .add("bench", "gram_matrix")
        .add("n", n)
        .add("d", std::int64_t(d))
        .add("bits", std::int64_t(8 * sizeof(T)))
        .add("layout", setting.row_major ? "row" : "col")
        .add("solver", c.name)
        .add("seconds", best)
        .add("gflop_s", rate)
        .write(json);
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto widths = arguments.list("cols", "10,30,64,100,200,500,1000,2000,4000");
  const auto layouts = arguments.list("layouts", "col,row");
  const auto precisions = arguments.list("bits", "64,32");
  Setting setting;
  setting.threads = arguments.number("threads", 2);
  setting.repeats = arguments.number("repeats", 5);
  setting.pause = arguments.real("pause", "0.04");
  setting.gflop = arguments.real("gflop", "20");
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  bench::check(setting.threads > 0 && setting.repeats > 0 && setting.gflop > 0,
               "threads, repeats and gflop must be positive");
  std::printf("%s\n", akr_build_info());
  for (const std::string &bits : precisions) {
    bench::check(bits == "64" || bits == "32", "bits: 64 or 32");
    for (const std::string &layout : layouts) {
      bench::check(layout == "col" || layout == "row", "layouts: col or row");
      setting.row_major = layout == "row";
      for (const std::string &width : widths) {
        const int d = std::stoi(width);
        bench::check(d > 0, "cols: positive");
        if (bits == "64")
          measure<double>(d, setting, json.get());
        else
          measure<float>(d, setting, json.get());
      }
    }
  }
}
