// SPDX-License-Identifier: BSD-3-Clause
// The same bits for any number of threads: what is a product or a building block. Kernels, their preconditioners and
// predictions, attention, sketches and preconditioners applied; both precisions, one right-hand side and several.
#include <type_traits>

#include "reference/determinism.hpp"
#include "reference/kernel.hpp"
#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t points = 1100, dim = 6;  // six tiles of K
constexpr std::int64_t n = 30000, d = 30, sketch_rows = 40;
constexpr std::int64_t several = 7;  // enough columns for matrix products

struct Data {
  Array<double> cloud = Random(81).normals(points, dim), values = Random(82).normals(points, several);
  Array<double> a = make_problem(n, d, 1e4, 1, 83).a, block = Random(84).normals(n, 20);
  Array<float> cloud32 = cloud.as<float>(), values32 = values.as<float>(), a32 = a.as<float>(),
               block32 = block.as<float>();
};

const Data &data() {
  static const Data all;
  return all;
}

template <class T>
const Array<T> &pick(const Array<double> &f64, const Array<float> &f32) {
  if constexpr (std::is_same_v<T, double>) {
    return f64;
  } else {
    return f32;
  }
}
template <class T>
const Array<T> &cloud() {
  return pick<T>(data().cloud, data().cloud32);
}
template <class T>
const Array<T> &values() {
  return pick<T>(data().values, data().values32);
}
template <class T>
const Array<T> &block() {
  return pick<T>(data().block, data().block32);
}

std::string named(const std::string &what, std::int64_t bytes, std::int64_t nrhs) {
  return what + (bytes == 4 ? ", f32, " : ", f64, ") + std::to_string(nrhs) + " columns";
}

// Scales beyond which exponents are held back: s‖a‖² above 680.
constexpr double usual = 0.3, beyond = 60;

template <class T>
Numbers kernel_product(const Options &o, double scale, std::int64_t nrhs) {
  const Kernel kernel = make_kernel(cloud<T>(), scale);
  Report report;
  Array<T> y(points, nrhs);
  require(apply_kernel(kernel.get(), nrhs, values<T>().data(), points, y.data(), points, o.get(), report.get()));
  Numbers out = numbers(y);
  append_figures(report, out);
  return out;
}

// Few queries too: then the keys are shared among the threads.
template <class T>
Numbers prediction(const Options &o, int normalize, std::int64_t queries, std::int64_t nrhs) {
  const Kernel kernel = make_kernel(cloud<T>(), usual);
  Array<T> y(queries, nrhs);
  require(predict_kernel(kernel.get(), normalize, AKR_COL_MAJOR, queries, cloud<T>().data(), points, nrhs,
                         values<T>().data(), points, y.data(), queries, o.get(), nullptr));
  return numbers(y);
}

template <class T>
Numbers attention(const Options &o, std::int32_t layout, std::int64_t queries, int causal) {
  const Array<T> all = layout == AKR_ROW_MAJOR ? cloud<T>().transposed() : cloud<T>();
  const std::int64_t ld = layout == AKR_ROW_MAJOR ? dim : points;
  Array<T> out(points, dim);
  require(attend(layout, queries, points, dim, dim, 0.4, causal, all.data(), ld, all.data(), ld, all.data(), ld,
                 out.data(), ld, o.get(), nullptr));
  return numbers(out);
}

template <class T>
akr_status apply(const akr_precond *m, std::int32_t part, std::int32_t transpose, const Array<T> &x, std::int64_t nrhs,
                 Array<T> &y, const Options &o) {
  if constexpr (std::is_same_v<T, double>) {
    return akr_precond_apply_f64(m, part, transpose, nrhs, x.data(), x.rows(), y.data(), y.rows(), o.get(), nullptr);
  } else {
    return akr_precond_apply_f32(m, part, transpose, nrhs, x.data(), x.rows(), y.data(), y.rows(), o.get(), nullptr);
  }
}

template <class T>
Numbers kernel_precond(Options &o, const char *kind) {
  o.set("kernel.precond", kind).set("kernel.rank", "120");
  const Kernel kernel = make_kernel(cloud<T>(), usual);
  akr_precond *made = nullptr;
  Report report;
  require(akr_kernel_precond_create(kernel.get(), 0.1, o.get(), report.get(), &made));
  const Precond m(made);
  Array<T> y(points, several);
  require(apply(made, AKR_PRECOND_FULL, 0, values<T>(), several, y, o));
  Numbers out = numbers(y);
  append_figures(report, out);
  return out;
}

// Three tiles of K, and a ridge for which few steps suffice.
template <class T>
Numbers kernel_solution(Options &o, const char *kind, const char *storage) {
  constexpr std::int64_t count = 600;
  o.set("kernel.precond", kind).set("kernel.storage", storage).set("kernel.rank", "60");
  const Array<T> some = Random(85).normals(count, dim).as<T>(), b = Random(86).normals(count, 3).as<T>();
  Report report;
  const Solution<T> s = solve_kernel(make_kernel(some, 0.1), 10, b, o, report.get());
  EXPECT_EQ(s.status, AKR_OK) << s.message;
  Numbers out = numbers(s.x);
  append_figures(report, out);
  return out;
}

// FULL, RIGHT and RIGHT transposed of a matrix's, with R at full rank.
template <class T>
Numbers precond_applied(const Options &o, bool deficient) {
  Array<T> a = pick<T>(data().a, data().a32);
  for (std::int64_t i = 0; deficient && i < n; ++i) a(i, d - 1) = a(i, 0);
  const Matrix matrix = dense(a);
  Report report;
  const Precond m = make_precond(matrix, 0, o, &report);
  Numbers out;
  append_figures(report, out);
  Array<T> x(d, several);
  for (std::int64_t i = 0; i < x.size(); ++i) x[i] = block<T>()[i];
  for (const auto &[part, transpose] :
       {std::pair(AKR_PRECOND_FULL, 0), {AKR_PRECOND_RIGHT, 0}, {AKR_PRECOND_RIGHT, 1}}) {
    Array<T> y(d, several);
    require(apply(m.get(), part, transpose, x, several, y, o));
    const Numbers more = numbers(y);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

struct DestroySketch {
  void operator()(akr_sketch *p) const { akr_sketch_destroy(p); }
};
using Sketch = std::unique_ptr<akr_sketch, DestroySketch>;

Sketch make_sketch(Options &o, const char *kind, const char *transform) {
  akr_sketch *made = nullptr;
  require(akr_sketch_create(sketch_rows, n, o.set("sketch.kind", kind).set("sketch.transform", transform).get(),
                            nullptr, &made));
  return Sketch(made);
}

template <class T>
Numbers sketch_dense(const Sketch &sketch, const Options &o, int transpose, std::int64_t nrhs) {
  const std::int64_t in = transpose != 0 ? sketch_rows : n, out = transpose != 0 ? n : sketch_rows;
  const T *x = block<T>().data();
  Array<T> y(out, nrhs);
  if constexpr (std::is_same_v<T, double>) {
    require(akr_sketch_apply_dense_f64(sketch.get(), transpose, nrhs, x, in, y.data(), out, o.get(), nullptr));
  } else {
    require(akr_sketch_apply_dense_f32(sketch.get(), transpose, nrhs, x, in, y.data(), out, o.get(), nullptr));
  }
  return numbers(y);
}

template <class T>
void add_kernels(std::vector<Work> &all) {
  for (const std::int64_t nrhs : {std::int64_t{1}, several}) {
    for (const double scale : {usual, beyond}) {
      all.push_back({named("kernel product", sizeof(T), nrhs),
                     [=](const Options &o) { return kernel_product<T>(o, scale, nrhs); }});
    }
    for (const int normalize : {0, 1}) {
      for (const std::int64_t queries : {std::int64_t{40}, points}) {
        all.push_back({named("prediction", sizeof(T), nrhs),
                       [=](const Options &o) { return prediction<T>(o, normalize, queries, nrhs); }});
      }
    }
  }
  for (const std::int32_t layout : {AKR_ROW_MAJOR, AKR_COL_MAJOR}) {
    for (const std::int64_t queries : {std::int64_t{40}, points}) {
      all.push_back({named("attention", sizeof(T), dim),
                     [=](const Options &o) { return attention<T>(o, layout, queries, queries == points); }});
    }
  }
  for (const char *kind : {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"}) {
    all.push_back({named(std::string("kernel preconditioner, ") + kind, sizeof(T), several),
                   [kind](Options &o) { return kernel_precond<T>(o, kind); }});
  }
}

template <class T>
void add_products(std::vector<Work> &all) {
  for (const char *method : {"sketch", "sketch-cholqr", "cholesky", "qr"}) {
    all.push_back({named(std::string("preconditioner, ") + method, sizeof(T), several),
                   [](const Options &o) { return precond_applied<T>(o, false); }, method});
  }
  all.push_back({named("preconditioner below full rank", sizeof(T), several),
                 [](const Options &o) { return precond_applied<T>(o, true); }});
  const std::pair<const char *, const char *> kinds[] = {
      {"srht", "hartley"}, {"srht", "cosine"}, {"srht", "hadamard"}, {"sparse-sign", "auto"}, {"gaussian", "auto"}};
  for (const auto &[kind, transform] : kinds) {
    for (const int transpose : {0, 1}) {
      for (const std::int64_t nrhs : {1, 20}) {
        all.push_back({named(std::string(kind) + " " + transform, sizeof(T), nrhs),
                       [kind = kind, transform = transform, transpose, nrhs](Options &o) {
                         return sketch_dense<T>(make_sketch(o, kind, transform), o, transpose, nrhs);
                       }});
      }
    }
  }
}

std::vector<Work> kernel_solves() {
  std::vector<Work> all;
  for (const char *kind : {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"}) {
    all.push_back({std::string("kernel solve, ") + kind,
                   [kind](Options &o) { return kernel_solution<double>(o, kind, "dense"); }});
  }
  all.push_back({"kernel solve, auto", [](Options &o) { return kernel_solution<double>(o, "auto", "tiles"); }});
  all.push_back({"kernel solve, f32", [](Options &o) { return kernel_solution<float>(o, "auto", "auto"); }});
  return all;
}

std::vector<Work> all_products() {
  std::vector<Work> all = kernel_solves();
  add_kernels<double>(all);
  add_kernels<float>(all);
  add_products<double>(all);
  add_products<float>(all);
  return all;
}

TEST(DeterminismOfProducts, TheSameBitsForAnyNumberOfThreadsAndEveryRun) {
  expect_the_same_bits_for_any_threads(all_products());
}

}  // namespace
