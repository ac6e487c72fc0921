// SPDX-License-Identifier: BSD-3-Clause
// The same bits for any number of threads, wherever the matrix lies: dense, sparse, an operator, rows on demand, in
// both precisions; one right-hand side and as many as go by matrix products; also where rank, shape or size are
// unusual.
#include <type_traits>

#include "reference/determinism.hpp"
#include "reference/gram.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

// A pass goes by many chunks of rows, and is worth starting threads for.
constexpr std::int64_t n = 28000, d = 30, many = 7;

template <class T>
struct Data {
  Array<T> a = make_problem(n, d, 10, 1, 91).a.as<T>(), b = Random(92).normals(n, many).as<T>();
  Array<T> thin = [this] {
    Array<T> out = a;
    for (std::int64_t i = 0; i < out.size(); ++i)
      if (i % 3 != 2) out[i] = 0;
    return out;
  }();
};

template <class T>
const Data<T> &data() {
  static const Data<T> all;
  return all;
}

constexpr const char *storages[] = {"columns", "rows", "CSR", "CSC", "operator", "row blocks"};

// Calls back with the matrix in one of the storages.
template <class T>
Numbers with_storage(int which, const std::function<Numbers(const Matrix &)> &use) {
  const Data<T> &all = data<T>();
  switch (which) {
    case 0:
      return use(PaddedDense<T>(all.a, AKR_COL_MAJOR, 3).matrix);
    case 1:
      return use(PaddedDense<T>(all.a, AKR_ROW_MAJOR, 3).matrix);
    case 2:
      return use(Sparse<T>(all.thin, AKR_ROW_MAJOR, 32, 0).matrix);
    case 3:
      return use(Sparse<T>(all.thin, AKR_COL_MAJOR, 64, 1).matrix);
    default:
      return use(Callback<T>(all.a, which == 5).matrix);
  }
}

template <class T>
Array<T> columns(const Array<T> &from, std::int64_t rows, std::int64_t cols) {
  Array<T> out(rows, cols);
  for (std::int64_t i = 0; i < out.size(); ++i) out[i] = from[i];
  return out;
}

Numbers finished(akr_status status, const std::string &message, Numbers out, const Report &report) {
  EXPECT_GE(status, AKR_OK) << message;
  append_figures(report, out);
  out.push_back(status);
  return out;
}

template <class T>
Numbers least_squares(const Matrix &a, const Options &o, double ridge, std::int64_t rows, std::int64_t nrhs) {
  Report report;
  const Solution<T> s = solve(a, columns(data<T>().b, rows, nrhs), o, {ridge, nullptr, report.get()});
  return finished(s.status, s.message, numbers(s.x), report);
}

template <class T>
Numbers power(const Matrix &a, const Options &o, bool odd) {
  Report report;
  const Solution<T> s = solve_power(a, odd, 1, columns(data<T>().b, odd ? n : d, 2), o, {nullptr, report.get()});
  return finished(s.status, s.message, numbers(s.x), report);
}

Numbers exponential(const Matrix &a, const Options &o) {
  Report report;
  const Solution<double> s = solve_exponential(a, 0.5, columns(data<double>().b, d, 2), o, {nullptr, report.get()});
  return finished(s.status, s.message, numbers(s.x), report);
}

template <class T>
Numbers scores(const Matrix &a, const Options &o, double ridge) {
  Report report;
  Array<T> out(n);
  akr_status status = AKR_OK;
  if constexpr (std::is_same_v<T, double>) {
    status = akr_leverage_scores_f64(a.get(), nullptr, ridge, out.data(), o.get(), report.get());
  } else {
    status = akr_leverage_scores_f32(a.get(), nullptr, ridge, out.data(), o.get(), report.get());
  }
  return finished(status, akr_last_error(), numbers(out), report);
}

template <class T>
Numbers sketched(const Matrix &a, Options &o, const char *kind) {
  constexpr std::int64_t m = 40;
  akr_sketch *sketch = nullptr;
  require(akr_sketch_create(m, n, o.set("sketch.kind", kind).get(), nullptr, &sketch));
  Array<T> sa(m, d);
  akr_status status = AKR_OK;
  if constexpr (std::is_same_v<T, double>) {
    status = akr_sketch_apply_f64(sketch, a.get(), sa.data(), m, o.get(), nullptr);
  } else {
    status = akr_sketch_apply_f32(sketch, a.get(), sa.data(), m, o.get(), nullptr);
  }
  akr_sketch_destroy(sketch);
  require(status);
  return numbers(sa);
}

template <class T>
std::vector<Work> by_storage() {
  std::vector<Work> all;
  for (int which = 0; which < 6; ++which) {
    const std::string of = std::string(" of ") + storages[which] + (sizeof(T) == 4 ? ", f32" : "");
    const auto add = [&](const std::string &name, const auto &compute, const char *method = "auto") {
      all.push_back({name + of,
                     [which, compute](Options &o) {
                       return with_storage<T>(which, [&](const Matrix &a) { return compute(a, o); });
                     },
                     method});
    };
    const bool naive = which == 4;  // its products are slow
    if (naive && std::is_same_v<T, float>) continue;
    for (const char *method : {"sketch", "cholesky"}) {
      for (const std::int64_t nrhs : {std::int64_t{1}, naive ? std::int64_t{2} : many}) {
        add(
            std::string("least squares, ") + method + ", " + std::to_string(nrhs),
            [nrhs](const Matrix &a, const Options &o) { return least_squares<T>(a, o, 0, n, nrhs); }, method);
      }
    }
    add("leverage scores", [](const Matrix &a, const Options &o) { return scores<T>(a, o, 0); });
    add("sparse signs", [](const Matrix &a, Options &o) { return sketched<T>(a, o, "sparse-sign"); });
    if constexpr (std::is_same_v<T, float>) continue;
    add(
        "ridge", [](const Matrix &a, const Options &o) { return least_squares<T>(a, o, 0.01, n, 3); }, "sketch-cholqr");
    add(
        "ridge leverage scores", [](const Matrix &a, const Options &o) { return scores<T>(a, o, 0.1); }, "sketch");
    add("even power", [](const Matrix &a, const Options &o) { return power<T>(a, o, false); });
    add("odd power", [](const Matrix &a, const Options &o) { return power<T>(a, o, true); });
    if constexpr (std::is_same_v<T, double>) {
      add("exponential", [](const Matrix &a, const Options &o) { return exponential(a, o); });
    }
    add("srht", [](const Matrix &a, Options &o) { return sketched<T>(a, o, "srht"); });
    if (!naive) add("gaussian", [](const Matrix &a, Options &o) { return sketched<T>(a, o, "gaussian"); });
  }
  return all;
}

// Below full rank; more columns than rows; enough columns that factors and Gram matrices are made in parts.
std::vector<Work> unusual() {
  std::vector<Work> all;
  all.push_back({"rank-deficient", [](const Options &o) {
                   Array<double> a = data<double>().a;
                   for (std::int64_t i = 0; i < n; ++i) a(i, 3) = 2 * a(i, 7);
                   return least_squares<double>(dense(a), o, 0, n, 2);
                 }});
  all.push_back({"wide", [](const Options &o) {
                   static const Array<double> a = Random(93).normals(60, 400);
                   return least_squares<double>(dense(a), o, 0, 60, many);
                 }});
  for (const char *method : {"sketch", "sketch-cholqr", "cholesky", "qr"}) {
    all.push_back({std::string("280 columns, ") + method,
                   [](const Options &o) {
                     static const Array<double> a = Random(94).normals(900, 280);
                     return least_squares<double>(dense(a), o, 0, 900, many);
                   },
                   method});
  }
  return all;
}

TEST(DeterminismOfStorages, TheSameBitsForAnyNumberOfThreadsAndEveryRun) {
  expect_the_same_bits_for_any_threads(by_storage<double>());
  expect_the_same_bits_for_any_threads(by_storage<float>());
  expect_the_same_bits_for_any_threads(unusual());
}

// Arrays of the caller lie at multiples of the size of a number, not of a vector's.
TEST(DeterminismOfStorages, TheSameBitsWhereverTheArraysLie) {
  const Array<double> &a = data<double>().a, &b = data<double>().b;
  for (const char *method : {"sketch", "sketch-cholqr", "cholesky", "qr"}) {
    for (const std::int64_t nrhs : {std::int64_t{1}, many}) {
      const Options o({{"method", method}, {"threads", "2"}});
      Numbers first;
      for (std::size_t shift = 0; shift < 8; ++shift) {
        std::vector<double> moved(a.data(), a.data() + a.size()), rhs(b.data(), b.data() + n * nrhs);
        moved.insert(moved.begin(), shift, 0.0);
        rhs.insert(rhs.begin(), shift, 0.0);
        akr_matrix *made = nullptr;
        require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, n, d, moved.data() + shift, n, nullptr, &made));
        const Matrix matrix(made);
        Numbers x(static_cast<std::size_t>(d * nrhs) + shift);
        require(
            akr_lsq_solve_f64(made, nullptr, 0, nrhs, rhs.data() + shift, n, x.data() + shift, d, o.get(), nullptr));
        x.erase(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(shift));
        if (shift == 0) first = x;
        EXPECT_TRUE(same_bits(x, first)) << method << ", " << nrhs << " columns, " << shift;
      }
    }
  }
}

}  // namespace
