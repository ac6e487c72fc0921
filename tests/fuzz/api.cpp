// SPDX-License-Identifier: BSD-3-Clause
// Sequences of calls over handles of every kind, in both precisions, with sizes, strides, handles, options and numbers
// as they come. After each call: a documented status, a text that names the function, outputs as promised.
#include <algorithm>

#include "world.hpp"

namespace {

using namespace fuzz;

enum class Writes { solution, product, nothing };

void check_status(World &w, akr_status status, const char *function, const akr_report *report) {
  require(status >= AKR_OK ? status <= AKR_PRECISION_LIMIT : status >= AKR_E_CANCELLED,
          std::string(function) + " returned " + std::to_string(status) + ": " + akr_last_error());
  if (status < 0) {
    require(std::string(akr_last_error()).find(function) == 0,
            std::string("the text does not begin with ") + function + ": " + akr_last_error());
  }
  if (report != nullptr) {
    std::int64_t told = -1000;
    require(akr_report_get_i64(report, "status", &told) == AKR_OK && told == status, "the report has another status");
  }
  (void)w;
}

template <class T>
void check_output(const World &w, akr_status status, const Output<T> &out, Writes writes) {
  const bool early = status == AKR_E_ARGUMENT || status == AKR_E_OPTION;
  if (early || (status < 0 && writes == Writes::solution))
    require(out.is_untouched(), "an output is written on an error");
  require(out.padding_is_untouched(), "the padding is written");
  if (status >= 0 && writes == Writes::solution && w.checks_finite) require(out.is_finite(), "x is not finite");
}

// One argument in forty is wrong on purpose. Outputs and inputs are as large as the right call needs.
struct Shape {
  std::int64_t nrhs, ldb, ldx;
  void spoil(Input &in) {
    if (in.byte() < 0xFA) return;
    std::int64_t *sizes[] = {&nrhs, &ldb, &ldx};
    *sizes[in.choice(3)] = in.hostile_size();
  }
};

template <class T>
void create_matrix(World &w) {
  Input &in = w.in;
  auto item = std::make_unique<MatrixItem>();
  item->single = sizeof(T) == 4;
  item->rows = in.choice(41);
  item->cols = in.choice(13);
  std::int64_t rows = item->rows, cols = item->cols;
  const int kind = in.choice(5);
  const std::int32_t layout = in.rarely() ? in.raw<std::int8_t>() : in.choice(2);
  const std::int64_t count = rows * cols;
  std::vector<T> &values = [&]() -> std::vector<T> & {
    if constexpr (sizeof(T) == 8)
      return item->f64;
    else
      return item->f32;
  }();
  if (in.rarely()) (in.flip() ? rows : cols) = in.hostile_size();
  akr_matrix *made = reinterpret_cast<akr_matrix *>(&w);
  akr_status status;
  const char *function;
  if (kind < 2) {
    const bool by_rows = layout == AKR_ROW_MAJOR;
    const std::int64_t lines = by_rows ? item->rows : item->cols, length = by_rows ? item->cols : item->rows;
    std::int64_t ld = std::max<std::int64_t>(length + in.choice(3), 1);
    values = w.numbers<T>(static_cast<std::int64_t>(Output<T>::size(length, lines, ld)));
    if (in.rarely()) ld = in.flip() ? in.hostile_size() : length - 1;
    function = sizeof(T) == 8 ? "akr_matrix_create_dense_f64" : "akr_matrix_create_dense_f32";
    const T *a = in.byte() == 0xFF && count > 0 ? nullptr : values.data();
    status = Api<T>::create_dense(layout, rows, cols, a, ld, w.given_options(), &made);
  } else if (kind == 2) {
    const std::int64_t lines = layout == AKR_COL_MAJOR ? item->cols : item->rows;
    const std::int64_t length = layout == AKR_COL_MAJOR ? item->rows : item->cols;
    item->ptr.assign(1, 0);
    for (std::int64_t i = 0; i < lines; ++i) {
      for (std::int64_t j = 0; j < length; ++j)
        if (in.choice(3) == 0) item->index.push_back(j);
      item->ptr.push_back(static_cast<std::int64_t>(item->index.size()));
    }
    values = w.numbers<T>(static_cast<std::int64_t>(item->index.size()));
    if (rows != item->rows || cols != item->cols || (layout != 0 && layout != 1)) values.clear();
    function = sizeof(T) == 8 ? "akr_matrix_create_sparse_f64" : "akr_matrix_create_sparse_f32";
    status = Api<T>::create_sparse(layout, rows, cols, 64, 0, item->ptr.data(), item->index.data(), values.data(),
                                   w.given_options(), &made);
  } else {
    item->entries = std::make_unique<Entries>();
    item->entries->rows = item->rows;
    item->entries->cols = item->cols;
    item->entries->by_rows = w.numbers<double>(count);
    for (double &v : item->entries->by_rows) v = v - v == 0 ? v : 1;
    if (in.rarely()) {
      item->entries->bad_at = in.choice(6);
      item->entries->how = in.choice(3);
    }
    if (kind == 3) {
      function = sizeof(T) == 8 ? "akr_matrix_create_callback_f64" : "akr_matrix_create_callback_f32";
      status = Api<T>::create_callback(rows, cols, in.byte() == 0xFF ? nullptr : apply_entries<T>, item->entries.get(),
                                       w.given_options(), &made);
    } else {
      function = sizeof(T) == 8 ? "akr_matrix_create_rows_f64" : "akr_matrix_create_rows_f32";
      status = Api<T>::create_rows(rows, cols, in.byte() == 0xFF ? nullptr : read_entries<T>, item->entries.get(),
                                   w.given_options(), &made);
    }
  }
  check_status(w, status, function, nullptr);
  require((status == AKR_OK) == (made != nullptr), "a failed create leaves a handle, or a good one none");
  if (status != AKR_OK) return;
  item->handle.reset(made);
  w.matrices.push_back(std::move(item));
}

// A handle of another kind stands in for the right one at times: every function must notice.
const akr_matrix *given_matrix(World &w, MatrixItem *item) {
  if (w.in.byte() == 0xFF) return reinterpret_cast<const akr_matrix *>(w.options.get());
  return item != nullptr ? item->handle.get() : nullptr;
}
const akr_precond *given_precond(World &w) {
  PrecondItem *item = w.in.choice(3) == 0 ? w.pick(w.preconds) : nullptr;
  if (w.in.byte() == 0xFF) return reinterpret_cast<const akr_precond *>(w.report.get());
  return item != nullptr ? item->handle.get() : nullptr;
}

double ridge_of(Input &in) {
  const int kind = in.choice(6);
  return kind < 3 ? 0 : kind == 3 ? 1e-3 : kind == 4 ? in.number() : 10;
}

template <class T>
void solve(World &w) {
  Input &in = w.in;
  MatrixItem *item = w.pick(w.matrices);
  const std::int64_t rows = item ? item->rows : 3, cols = item ? item->cols : 2;
  const int what = in.choice(4);
  const bool long_rhs = what == 0 || what == 2;
  const std::int64_t b_rows = long_rhs ? rows : cols, nrhs = in.choice(4);
  Output<T> x(cols, nrhs, in.choice(3));
  const std::int64_t ldb = std::max<std::int64_t>(b_rows + in.choice(2), 1);
  const std::vector<T> b = w.numbers<T>(static_cast<std::int64_t>(Output<T>::size(b_rows, nrhs, ldb)));
  Shape s{nrhs, ldb, x.ld};
  s.spoil(in);
  const akr_matrix *a = given_matrix(w, item);
  const akr_precond *m = given_precond(w);
  const akr_options *o = w.given_options();
  akr_report *r = w.given_report();
  akr_status status;
  std::string function;
  if (what == 0) {
    function = "akr_lsq_solve_f";
    status = Api<T>::lsq_solve(a, m, ridge_of(in), s.nrhs, b.data(), s.ldb, x.data.data(), s.ldx, o, r);
  } else if (what == 1) {
    function = "akr_gram_power_solve_f";
    status = Api<T>::power_solve(a, m, in.choice(5) - 1, s.nrhs, b.data(), s.ldb, x.data.data(), s.ldx, o, r);
  } else if (what == 2) {
    function = "akr_gram_power_lsq_f";
    status = Api<T>::power_lsq(a, m, in.choice(5) - 1, s.nrhs, b.data(), s.ldb, x.data.data(), s.ldx, o, r);
  } else {
    function = "akr_gram_exp_solve_f";
    status = Api<T>::exp_solve(a, m, in.number(), s.nrhs, b.data(), s.ldb, x.data.data(), s.ldx, o, r);
  }
  check_status(w, status, function.c_str(), r);
  check_output(w, status, x, Writes::solution);
}

template <class T>
void precondition(World &w) {
  Input &in = w.in;
  MatrixItem *item = w.pick(w.matrices);
  akr_report *r = w.given_report();
  if (in.flip() || w.preconds.empty()) {
    akr_precond *made = reinterpret_cast<akr_precond *>(&w);
    const akr_status status = akr_precond_create(given_matrix(w, item), ridge_of(in), w.given_options(), r, &made);
    check_status(w, status, "akr_precond_create", r);
    require((status >= 0) == (made != nullptr), "a failed create leaves a handle, or a good one none");
    if (made == nullptr) return;
    auto kept = std::make_unique<PrecondItem>();
    kept->single = item->single;
    kept->cols = item->cols;
    kept->handle.reset(made);
    w.preconds.push_back(std::move(kept));
    return;
  }
  PrecondItem *m = w.pick(w.preconds);
  if (in.choice(4) == 0) {
    Output<T> out(m->cols, m->cols, in.choice(2));
    const akr_status status = Api<T>::precond_get_r(m->handle.get(), out.data.data(), out.ld);
    check_status(w, status, "akr_precond_get_r_f", nullptr);
    check_output(w, status, out, Writes::product);
    return;
  }
  std::int64_t rank = 0;
  require(akr_precond_get_i64(m->handle.get(), "rank", &rank) == AKR_OK, "rank");
  const std::int32_t part = in.rarely() ? in.raw<std::int8_t>() : in.choice(2), transpose = in.choice(2);
  const std::int64_t nrhs = in.choice(3), most = std::max(m->cols, rank);
  Output<T> out(most, nrhs, 0);
  const std::vector<T> x = w.numbers<T>(static_cast<std::int64_t>(out.data.size()));
  Shape s{nrhs, out.ld, out.ld};
  s.spoil(in);
  const akr_status status = Api<T>::precond_apply(m->handle.get(), part, transpose, s.nrhs, x.data(), s.ldb,
                                                  out.data.data(), s.ldx, w.given_options(), r);
  check_status(w, status, "akr_precond_apply_f", r);
  check_output(w, status, out, Writes::product);
}

template <class T>
void score(World &w) {
  MatrixItem *item = w.pick(w.matrices);
  Output<T> out(item ? item->rows : 2, 1, 0);
  const akr_matrix *a = given_matrix(w, item);
  const akr_precond *m = given_precond(w);
  akr_report *r = w.given_report();
  const akr_status status = Api<T>::leverage(a, m, ridge_of(w.in), out.data.data(), w.given_options(), r);
  check_status(w, status, "akr_leverage_scores_f", r);
  check_output(w, status, out, Writes::product);
}

template <class T>
void sketch(World &w) {
  Input &in = w.in;
  akr_report *r = w.given_report();
  if (in.choice(3) == 0 || w.sketches.empty()) {
    auto item = std::make_unique<SketchItem>();
    item->sketch_rows = in.rarely() ? in.hostile_size() : in.choice(50);
    item->rows = in.rarely() ? in.hostile_size() : in.choice(41);
    akr_sketch *made = reinterpret_cast<akr_sketch *>(&w);
    const akr_status status = akr_sketch_create(item->sketch_rows, item->rows, w.given_options(), r, &made);
    check_status(w, status, "akr_sketch_create", r);
    require((status == AKR_OK) == (made != nullptr), "a failed create leaves a handle, or a good one none");
    if (made == nullptr) return;
    item->handle.reset(made);
    w.sketches.push_back(std::move(item));
    return;
  }
  SketchItem *s = w.pick(w.sketches);
  if (in.flip()) {
    MatrixItem *item = w.pick(w.matrices);
    Output<T> out(s->sketch_rows, item ? item->cols : 1, in.choice(2));
    const akr_status status =
        Api<T>::sketch_apply(s->handle.get(), given_matrix(w, item), out.data.data(), out.ld, w.given_options(), r);
    check_status(w, status, "akr_sketch_apply_f", r);
    check_output(w, status, out, Writes::product);
    return;
  }
  const std::int32_t transpose = in.choice(2);
  const std::int64_t ncols = in.choice(4);
  const std::int64_t inputs = transpose ? s->sketch_rows : s->rows, outputs = transpose ? s->rows : s->sketch_rows;
  Output<T> out(outputs, ncols, in.choice(2)), x(inputs, ncols, in.choice(2));
  x.data = w.numbers<T>(static_cast<std::int64_t>(x.data.size()));
  Shape shape{ncols, x.ld, out.ld};
  shape.spoil(in);
  const akr_status status = Api<T>::sketch_dense(s->handle.get(), transpose, shape.nrhs, x.data.data(), shape.ldb,
                                                 out.data.data(), shape.ldx, w.given_options(), r);
  check_status(w, status, "akr_sketch_apply_dense_f", r);
  check_output(w, status, out, Writes::product);
}

template <class T>
void create_kernel(World &w) {
  Input &in = w.in;
  auto item = std::make_unique<KernelItem>();
  item->single = sizeof(T) == 4;
  item->points = in.choice(41);
  item->dim = in.choice(6);
  const std::int32_t layout = in.choice(2);
  Output<T> a(layout == 1 ? item->dim : item->points, layout == 1 ? item->points : item->dim, in.choice(2));
  a.data = w.numbers<T>(static_cast<std::int64_t>(a.data.size()));
  akr_kernel *made = reinterpret_cast<akr_kernel *>(&w);
  const std::int64_t points = in.rarely() ? in.hostile_size() : item->points;
  const akr_status status = Api<T>::kernel_create(layout, points, item->dim, in.choice(3) == 0 ? in.number() : 0.1,
                                                  a.data.data(), a.ld, w.given_options(), &made);
  check_status(w, status, "akr_kernel_create_f", nullptr);
  require((status == AKR_OK) == (made != nullptr), "a failed create leaves a handle, or a good one none");
  if (made == nullptr) return;
  item->handle.reset(made);
  w.kernels.push_back(std::move(item));
}

template <class T>
void use_kernel(World &w) {
  Input &in = w.in;
  KernelItem *k = w.pick(w.kernels);
  if (k == nullptr) return create_kernel<T>(w);
  akr_report *r = w.given_report();
  const std::int64_t nrhs = in.choice(3);
  const int what = in.choice(4);
  if (what == 0) {
    akr_precond *made = reinterpret_cast<akr_precond *>(&w);
    const akr_status status = akr_kernel_precond_create(k->handle.get(), ridge_of(in), w.given_options(), r, &made);
    check_status(w, status, "akr_kernel_precond_create", r);
    require((status >= 0) == (made != nullptr), "a failed create leaves a handle, or a good one none");
    if (made == nullptr) return;
    auto kept = std::make_unique<PrecondItem>();
    kept->single = k->single;
    kept->cols = k->points;
    kept->handle.reset(made);
    w.preconds.push_back(std::move(kept));
    return;
  }
  Output<T> out(k->points, nrhs, in.choice(2)), x(k->points, nrhs, 0);
  x.data = w.numbers<T>(static_cast<std::int64_t>(x.data.size()));
  Shape s{nrhs, x.ld, out.ld};
  if (what < 3) s.spoil(in);
  akr_status status;
  if (what == 1) {
    status = Api<T>::kernel_apply(k->handle.get(), s.nrhs, x.data.data(), s.ldb, out.data.data(), s.ldx,
                                  w.given_options(), r);
    check_status(w, status, "akr_kernel_apply_f", r);
    check_output(w, status, out, Writes::product);
  } else if (what == 2) {
    const akr_precond *m = given_precond(w);
    status = Api<T>::kernel_solve(k->handle.get(), m, ridge_of(in), s.nrhs, x.data.data(), s.ldb, out.data.data(),
                                  s.ldx, w.given_options(), r);
    check_status(w, status, "akr_kernel_solve_f", r);
    check_output(w, status, out, Writes::solution);
  } else {
    const std::int64_t queries = in.choice(20);
    const std::int32_t layout = in.choice(2);
    Output<T> y(queries, nrhs, in.choice(2)), q(layout == 1 ? k->dim : queries, layout == 1 ? queries : k->dim, 0);
    q.data = w.numbers<T>(static_cast<std::int64_t>(q.data.size()));
    status = Api<T>::kernel_predict(k->handle.get(), in.choice(2), layout, queries, q.data.data(), q.ld, nrhs,
                                    x.data.data(), x.ld, y.data.data(), y.ld, w.given_options(), r);
    check_status(w, status, "akr_kernel_predict_f", r);
    check_output(w, status, y, Writes::product);
  }
}

template <class T>
void attend(World &w) {
  Input &in = w.in;
  const std::int64_t queries = in.choice(20), keys = in.choice(40), dim = in.choice(5), values = in.choice(5);
  const std::int32_t layout = in.choice(2);
  const auto array = [&](std::int64_t n, std::int64_t d) {
    Output<T> out(layout == 1 ? d : n, layout == 1 ? n : d, in.choice(2));
    return out;
  };
  Output<T> q = array(queries, dim), k = array(keys, dim), v = array(keys, values), out = array(queries, values);
  for (auto *input : {&q, &k, &v}) input->data = w.numbers<T>(static_cast<std::int64_t>(input->data.size()));
  akr_report *r = w.given_report();
  const akr_status status =
      Api<T>::attention(layout, queries, in.rarely() ? in.hostile_size() : keys, dim, values,
                        in.choice(3) == 0 ? in.number() : 0.3, in.choice(2), q.data.data(), q.ld, k.data.data(), k.ld,
                        v.data.data(), v.ld, out.data.data(), out.ld, w.given_options(), r);
  check_status(w, status, "akr_attention_f", r);
  check_output(w, status, out, Writes::product);
}

std::int32_t on_progress(void *user, const akr_report *now) {
  auto &w = *static_cast<World *>(user);
  double fraction = 0;
  const akr_status known = akr_report_get_f64(now, "fraction", &fraction);
  require(known == AKR_OK || known == AKR_E_NO_VALUE, "fraction cannot be read");
  require(fraction >= 0 && fraction <= 1, "fraction " + std::to_string(fraction));
  return w.cancel_after >= 0 && w.cancel_after-- == 0;
}

void set_option(World &w) {
  static const char *const settings[][2] = {{"method", "auto"},
                                            {"method", "sketch"},
                                            {"method", "sketch-cholqr"},
                                            {"method", "cholesky"},
                                            {"method", "qr"},
                                            {"method", "gradient"},
                                            {"sketch.kind", "srht"},
                                            {"sketch.kind", "gaussian"},
                                            {"sketch.kind", "sparse-sign"},
                                            {"sketch.kind", "auto"},
                                            {"sketch.factor", "1"},
                                            {"sketch.factor", "0"},
                                            {"rtol", "1e-3"},
                                            {"rtol", "0"},
                                            {"max_iter", "1"},
                                            {"max_iter", "0"},
                                            {"check_finite", "0"},
                                            {"check_finite", "1"},
                                            {"copy", "1"},
                                            {"copy", "0"},
                                            {"warm_start", "0"},
                                            {"rank.tol", "0.1"},
                                            {"rank.tol", "0"},
                                            {"residual.precision", "doubled"},
                                            {"residual.precision", "working"},
                                            {"memory_limit", "20000"},
                                            {"memory_limit", "0"},
                                            {"threads", "2"},
                                            {"threads", "1"},
                                            {"gram.method", "recursion"},
                                            {"gram.method", "factor"},
                                            {"gram.method", "auto"},
                                            {"kernel.precond", "nystrom"},
                                            {"kernel.precond", "rpcholesky-diag"},
                                            {"kernel.precond", "tensor-sketch"},
                                            {"kernel.precond", "dense"},
                                            {"kernel.precond", "auto"},
                                            {"kernel.rank", "3"},
                                            {"kernel.storage", "tiles"},
                                            {"sketch.transform", "cosine"},
                                            {"sketch.transform", "hartley"},
                                            {"sketch.nonzeros", "2"},
                                            {"gram.method", "krylov"},
                                            {"seed", "7"}};
  const auto &setting = settings[w.in.choice(static_cast<int>(std::size(settings)))];
  require(akr_options_set_str(w.options.get(), setting[0], setting[1]) == AKR_OK, akr_last_error());
  std::int64_t check = 1;
  require(akr_options_get_i64(w.options.get(), "check_finite", &check) == AKR_OK, "check_finite");
  if (check == 0) w.checks_finite = false;  // handles made meanwhile may hold anything
  if (w.in.rarely()) {
    w.cancel_after = w.in.choice(6);
    akr_options_set_progress(w.options.get(), on_progress, &w);
  }
}

void destroy_one(World &w) {
  switch (w.in.choice(4)) {
    case 0:
      if (!w.matrices.empty()) w.matrices.erase(w.matrices.begin() + w.in.choice(static_cast<int>(w.matrices.size())));
      break;
    case 1:
      if (!w.preconds.empty()) w.preconds.pop_back();
      break;
    case 2:
      if (!w.sketches.empty()) w.sketches.pop_back();
      break;
    default:
      if (!w.kernels.empty()) w.kernels.pop_back();
      break;
  }
}

void read_report(World &w) {
  std::int64_t length = 0;
  require(akr_report_to_json(w.report.get(), nullptr, 0, &length) == AKR_OK, "json");
  std::string json(static_cast<std::size_t>(length) + 1, '#');
  require(akr_report_to_json(w.report.get(), json.data(), length + 1, &length) == AKR_OK, "json");
  require(json.front() == '{' && json[static_cast<std::size_t>(length) - 1] == '}', "json: " + json);
}

template <class T>
void step(World &w, int what) {
  switch (what) {
    case 0:
    case 1:
      return create_matrix<T>(w);
    case 2:
    case 3:
    case 4:
      return solve<T>(w);
    case 5:
      return precondition<T>(w);
    case 6:
      return score<T>(w);
    case 7:
      return sketch<T>(w);
    case 8:
      return create_kernel<T>(w);
    case 9:
    case 10:
      return use_kernel<T>(w);
    case 11:
      return attend<T>(w);
    case 12:
    case 13:
      return set_option(w);
    case 14:
      return destroy_one(w);
    default:
      return read_report(w);
  }
}

// Whatever came before, the next caller gets the right answer.
void solve_something_known() {
  const double a[] = {2, 0, 0, 0, 3, 0}, b[] = {4, 9, 5};
  double x[2] = {0, 0};
  akr_matrix *made = nullptr;
  require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, 3, 2, a, 3, nullptr, &made) == AKR_OK, akr_last_error());
  const MatrixHandle matrix(made);
  require(akr_lsq_solve_f64(made, nullptr, 0, 1, b, 3, x, 2, nullptr, nullptr) == AKR_OK, akr_last_error());
  require(x[0] > 2 - 1e-14 && x[0] < 2 + 1e-14 && x[1] > 3 - 1e-14 && x[1] < 3 + 1e-14, "a known answer is wrong");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Input in(data, size);
  {
    World world(in);
    for (int steps = 0; !in.empty() && steps < 12; ++steps) {
      const int what = in.choice(16);
      if (in.choice(3) == 0)
        step<float>(world, what);
      else
        step<double>(world, what);
    }
  }
  solve_something_known();
  return 0;
}
