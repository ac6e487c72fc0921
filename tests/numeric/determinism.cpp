// SPDX-License-Identifier: BSD-3-Clause
// The same bits for any number of threads, for every function that solves, once or more. A control: another seed gives
// other bits.
#include "reference/determinism.hpp"
#include "reference/gram.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

// A pass goes by many chunks of rows, and is worth starting threads for.
constexpr std::int64_t n = 60000, d = 20, points = 700, dim = 6;

struct Data {
  Problem<double> p = make_problem(n, d, 1e5, 1, 71);
  Problem<float> p32{p.a.as<float>(), p.b.as<float>()};
  Array<double> cloud = Random(72).normals(points, dim), values = Random(73).normals(points);
  Array<float> cloud32 = cloud.as<float>(), values32 = values.as<float>();
  Array<double> tame = with_spectrum(Frame(n, d, 76), log_spaced(d, 1.01));  // for high powers
  Array<double> thin = [this] {
    Array<double> a = p.a;
    for (std::int64_t i = 0; i < a.size(); ++i)
      if (i % 7 != 3) a[i] = 0;
    return a;
  }();
};

const Data &data() {
  static const Data all;
  return all;
}

struct DestroyKernel {
  void operator()(akr_kernel *p) const { akr_kernel_destroy(p); }
  void operator()(akr_sketch *p) const { akr_sketch_destroy(p); }
};

Numbers least_squares(const Matrix &a, const Options &o, double ridge = 0) {
  Report report;
  const Solution<double> s = solve(a, data().p.b, o, {ridge, nullptr, report.get()});
  // Unit steps on a sketch end a little above what is certified, or by chance below.
  const bool near = report.text("method") == "gradient" && s.status == AKR_NOT_CONVERGED;
  EXPECT_TRUE(near || s.status == AKR_OK) << s.message;
  return numbers(s.x);
}

// Several columns, by one route.
Numbers gram_power(Options &o, bool odd, std::int64_t j, const char *route, const char *precision) {
  o.set("gram.method", route).set("residual.precision", precision);
  const Matrix a = dense(odd ? data().p.a : data().tame);
  Report report;
  const Solution<double> s = solve_power(a, odd, j, Random(75).normals(odd ? n : d, 3), o, {nullptr, report.get()});
  EXPECT_EQ(s.status, AKR_OK) << s.message;
  EXPECT_EQ(report.text("gram.method"), route);
  return numbers(s.x);
}

Numbers gram_exponential(Options &o, const char *route) {
  o.set("gram.method", route);
  Report report;
  const Solution<double> s =
      solve_exponential(dense(data().p.a), 0.5, Random(74).normals(d, 3), o, {nullptr, report.get()});
  EXPECT_EQ(s.status, AKR_OK) << s.message;
  EXPECT_EQ(report.text("gram.method"), route);
  return numbers(s.x);
}

Numbers scores(const Options &o) {
  const Matrix a = dense(data().p.a);
  Array<double> out(n);
  require(akr_leverage_scores_f64(a.get(), nullptr, 0, out.data(), o.get(), nullptr));
  return numbers(out);
}

Numbers factor(const Options &o) {
  const Matrix a = dense(data().p.a);
  const Precond m = make_precond(a, 0, o);
  Array<double> r(d, d);
  require(akr_precond_get_r_f64(m.get(), r.data(), d));
  return numbers(r);
}

Numbers sketched(const Options &o, bool sparse) {
  akr_sketch *made = nullptr;
  require(akr_sketch_create(90, n, o.get(), nullptr, &made));
  const std::unique_ptr<akr_sketch, DestroyKernel> sketch(made);
  const Sparse<double> csr(data().thin, AKR_ROW_MAJOR, 32, 0);
  const Matrix whole = dense(data().p.a);
  Array<double> sa(90, d);
  require(akr_sketch_apply_f64(sketch.get(), sparse ? csr.matrix.get() : whole.get(), sa.data(), 90, o.get(), nullptr));
  return numbers(sa);
}

std::unique_ptr<akr_kernel, DestroyKernel> make_kernel() {
  akr_kernel *made = nullptr;
  require(akr_kernel_create_f64(AKR_COL_MAJOR, points, dim, 0.3, data().cloud.data(), points, nullptr, &made));
  return std::unique_ptr<akr_kernel, DestroyKernel>(made);
}

Numbers kernel_regression(const Options &o) {
  const auto kernel = make_kernel();
  Array<double> x(points);
  require(akr_kernel_solve_f64(kernel.get(), nullptr, 0.01, 1, data().values.data(), points, x.data(), points, o.get(),
                               nullptr));
  return numbers(x);
}

Numbers prediction(const Options &o) {
  const auto kernel = make_kernel();
  Array<double> y(points);
  require(akr_kernel_predict_f64(kernel.get(), 1, AKR_COL_MAJOR, points, data().cloud.data(), points, 1,
                                 data().values.data(), points, y.data(), points, o.get(), nullptr));
  return numbers(y);
}

Numbers attention_single(const Options &o) {
  const Array<float> &q = data().cloud32;
  Array<float> out(points, dim);
  require(akr_attention_f32(AKR_COL_MAJOR, points, points, dim, dim, 0.4, 1, q.data(), points, q.data(), points,
                            q.data(), points, out.data(), points, o.get(), nullptr));
  return numbers(out);
}

std::vector<Work> all_work() {
  std::vector<Work> all;
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient", "cgls"}) {
    all.push_back({std::string("least squares, ") + method,
                   [](const Options &o) { return least_squares(dense(data().p.a), o); }, method});
  }
  all.push_back({"ridge, rows", [](const Options &o) {
                   return least_squares(PaddedDense<double>(data().p.a, AKR_ROW_MAJOR, 3).matrix, o, 0.01);
                 }});
  all.push_back({"single", [](const Options &o) {
                   const Solution<float> s = solve(data().p32.a, data().p32.b, o);
                   EXPECT_EQ(s.status, AKR_OK) << s.message;
                   return numbers(s.x);
                 }});
  all.push_back({"CSR", [](const Options &o) {
                   return least_squares(Sparse<double>(data().thin, AKR_ROW_MAJOR, 64, 1).matrix, o);
                 }});
  all.push_back({"CSC", [](const Options &o) {
                   return least_squares(Sparse<double>(data().thin, AKR_COL_MAJOR, 32, 0).matrix, o);
                 }});
  all.push_back(
      {"operator", [](const Options &o) { return least_squares(Callback<double>(data().p.a, false).matrix, o); }});
  all.push_back(
      {"row blocks", [](const Options &o) { return least_squares(Callback<double>(data().p.a, true).matrix, o); }});
  for (const char *route : {"factor", "recursion"}) {
    all.push_back({std::string("gram power, ") + route,
                   [route](Options &o) { return gram_power(o, true, 1, route, "working"); }});
    all.push_back({std::string("gram power, doubled, ") + route,
                   [route](Options &o) { return gram_power(o, false, 2, route, "doubled"); }});
  }
  all.push_back(
      {"gram power by sketch", [](Options &o) { return gram_power(o, false, 2, "recursion", "working"); }, "sketch"});
  all.push_back(
      {"gram power by singular values", [](Options &o) { return gram_power(o, false, 400, "factor", "working"); }});
  for (const char *route : {"factor", "krylov"}) {
    all.push_back(
        {std::string("gram exponential, ") + route, [route](Options &o) { return gram_exponential(o, route); }});
  }
  all.push_back({"leverage scores", scores});
  all.push_back({"preconditioner", factor});
  all.push_back({"sketch", [](const Options &o) { return sketched(o, false); }});
  all.push_back({"sketch of CSR", [](const Options &o) { return sketched(o, true); }});
  all.push_back({"kernel regression", kernel_regression});
  all.push_back({"prediction", prediction});
  all.push_back({"attention", attention_single});
  return all;
}

TEST(Determinism, TheSameBitsForAnyNumberOfThreadsAndEveryRun) { expect_the_same_bits_for_any_threads(all_work()); }

TEST(Determinism, TheSameBitsWithAnotherHostThreadAtWork) {
  expect_the_same_bits_beside_another_host_thread(all_work());
}

// Where chance decides the bits, and where it does not.
TEST(Determinism, TheSeedIsTheOnlyChance) {
  for (const Work &work : all_work()) {
    const bool same = same_bits(work.run(1, 5), work.run(1, 6));
    if (work.name == "sketch" || work.name == "sketch of CSR" || work.name == "least squares, sketch" ||
        work.name == "gram power by sketch") {
      EXPECT_FALSE(same) << work.name;
    }
    if (work.name == "prediction" || work.name == "attention" || work.name == "least squares, qr") {
      EXPECT_TRUE(same) << work.name;
    }
  }
}

}  // namespace
