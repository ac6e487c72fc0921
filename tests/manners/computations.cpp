// SPDX-License-Identifier: BSD-3-Clause
#include "computations.hpp"

#include <algorithm>
#include <cmath>

namespace {

template <class T>
struct Abi;
template <>
struct Abi<double> {
  static constexpr const char *suffix = "_f64";
  static constexpr auto create_sparse = akr_matrix_create_sparse_f64;
  static constexpr auto create_callback = akr_matrix_create_callback_f64;
  static constexpr auto create_rows = akr_matrix_create_rows_f64;
  static constexpr auto lsq = akr_lsq_solve_f64;
  static constexpr auto power = akr_gram_power_solve_f64;
  static constexpr auto power_lsq = akr_gram_power_lsq_f64;
  static constexpr auto exponential = akr_gram_exp_solve_f64;
  static constexpr auto leverage = akr_leverage_scores_f64;
  static constexpr auto precond_apply = akr_precond_apply_f64;
  static constexpr auto sketch_apply = akr_sketch_apply_f64;
  static constexpr auto sketch_apply_dense = akr_sketch_apply_dense_f64;
  static constexpr auto kernel_create = akr_kernel_create_f64;
  static constexpr auto kernel_apply = akr_kernel_apply_f64;
  static constexpr auto kernel_solve = akr_kernel_solve_f64;
  static constexpr auto predict = akr_kernel_predict_f64;
  static constexpr auto attention = akr_attention_f64;
};
template <>
struct Abi<float> {
  static constexpr const char *suffix = "_f32";
  static constexpr auto create_sparse = akr_matrix_create_sparse_f32;
  static constexpr auto create_callback = akr_matrix_create_callback_f32;
  static constexpr auto create_rows = akr_matrix_create_rows_f32;
  static constexpr auto lsq = akr_lsq_solve_f32;
  static constexpr auto power = akr_gram_power_solve_f32;
  static constexpr auto power_lsq = akr_gram_power_lsq_f32;
  static constexpr auto exponential = akr_gram_exp_solve_f32;
  static constexpr auto leverage = akr_leverage_scores_f32;
  static constexpr auto precond_apply = akr_precond_apply_f32;
  static constexpr auto sketch_apply = akr_sketch_apply_f32;
  static constexpr auto sketch_apply_dense = akr_sketch_apply_dense_f32;
  static constexpr auto kernel_create = akr_kernel_create_f32;
  static constexpr auto kernel_apply = akr_kernel_apply_f32;
  static constexpr auto kernel_solve = akr_kernel_solve_f32;
  static constexpr auto predict = akr_kernel_predict_f32;
  static constexpr auto attention = akr_attention_f32;
};

constexpr double ridge = 0.1;

using Settings = std::vector<std::pair<const char *, const char *>>;

// "gram power, factor, qr" of "gram power" and the values of its options.
std::string named(std::string what, const Settings &settings) {
  for (const auto &[key, value] : settings) what += std::string(", ") + value;
  return what;
}

template <class T, class Run>
void add(std::vector<Computation<T>> &list, const char *what, const std::string &function, bool solver,
         const Settings &settings, Run run) {
  list.push_back({named(what, settings), function, solver, settings, run});
}

template <class T>
void add_gram(std::vector<Computation<T>> &list) {
  const std::string suffix = Abi<T>::suffix;
  const auto even = [](std::int64_t j) {
    return [j](Workload<T> &w, const akr_options *o, akr_report *r) {
      return Abi<T>::power(w.matrix.get(), nullptr, j, w.size.nrhs, w.b.data(), w.size.cols, w.out.data(), w.size.cols,
                           o, r);
    };
  };
  const auto odd = [](Workload<T> &w, const akr_options *o, akr_report *r) {
    return Abi<T>::power_lsq(w.matrix.get(), nullptr, 1, w.size.nrhs, w.b.data(), w.size.rows, w.out.data(),
                             w.size.cols, o, r);
  };
  const auto exponential = [](Workload<T> &w, const akr_options *o, akr_report *r) {
    constexpr double t = 0.5;
    return Abi<T>::exponential(w.matrix.get(), nullptr, t, w.size.nrhs, w.b.data(), w.size.cols, w.out.data(),
                               w.size.cols, o, r);
  };
  const std::string name = "akr_gram_power_solve" + suffix;
  for (const char *method : {"cholesky", "sketch", "gradient"})
    add(list, "gram power", name, true, {{"gram.method", "recursion"}, {"method", method}}, even(2));
  for (const char *method : {"sketch-cholqr", "qr"})
    add(list, "gram power", name, true, {{"gram.method", "factor"}, {"method", method}}, even(2));
  // As many stages as make the singular values of R the quicker way.
  add(list, "high gram power", name, true, {{"gram.method", "factor"}},
      [even](Workload<T> &w, const akr_options *o, akr_report *r) {
        return even(20 * w.size.cols / w.size.nrhs + 1)(w, o, r);
      });
  add(list, "gram power", name, true, {{"residual.precision", "doubled"}}, even(2));
  for (const char *route : {"recursion", "factor"})
    add(list, "gram power lsq", "akr_gram_power_lsq" + suffix, true, {{"gram.method", route}}, odd);
  add(list, "gram power lsq", "akr_gram_power_lsq" + suffix, true, {{"residual.precision", "doubled"}}, odd);
  for (const char *route : {"factor", "krylov"})
    add(list, "gram exponential", "akr_gram_exp_solve" + suffix, true, {{"gram.method", route}}, exponential);
}

// The preconditioner is applied as well: that is what can be compared.
template <class T>
akr_status precond(Workload<T> &w, const akr_options *o, akr_report *r) {
  akr_precond *made = nullptr;
  akr_status status = akr_precond_create(w.matrix.get(), 0, o, r, &made);
  const PrecondPtr owner(made);
  if (status < 0 || made == nullptr) return made == nullptr ? status : AKR_E_INTERNAL;
  const akr_status applied = Abi<T>::precond_apply(made, AKR_PRECOND_FULL, 0, w.size.nrhs, w.b.data(), w.size.cols,
                                                   w.out.data(), w.size.cols, o, r);
  return applied < 0 ? applied : status;
}

template <class T>
akr_status kernel_precond(Workload<T> &w, const akr_options *o, akr_report *r) {
  akr_precond *made = nullptr;
  akr_status status = akr_kernel_precond_create(w.kernel.get(), ridge, o, r, &made);
  const PrecondPtr owner(made);
  if (status < 0 || made == nullptr) return made == nullptr ? status : AKR_E_INTERNAL;
  const akr_status applied = Abi<T>::precond_apply(made, AKR_PRECOND_FULL, 0, w.size.columns, w.x.data(), w.size.points,
                                                   w.out.data(), w.size.points, o, r);
  return applied < 0 ? applied : status;
}

template <class T, class Apply>
akr_status sketched(Workload<T> &w, const akr_options *o, akr_report *r, Apply apply) {
  akr_sketch *made = nullptr;
  const akr_status status = akr_sketch_create(w.size.sketch_rows, w.size.rows, o, r, &made);
  const SketchPtr owner(made);
  if (status < 0 || made == nullptr) return made == nullptr ? status : AKR_E_INTERNAL;
  return apply(made);
}

template <class T>
void add_sketches(std::vector<Computation<T>> &list) {
  const std::string suffix = Abi<T>::suffix;
  for (const char *kind : {"srht", "sparse-sign", "gaussian"}) {
    const Settings settings = {{"sketch.kind", kind}};
    add(list, "sketch", "akr_sketch_apply" + suffix, false, settings,
        [](Workload<T> &w, const akr_options *o, akr_report *r) {
          return sketched(w, o, r, [&](const akr_sketch *sketch) {
            return Abi<T>::sketch_apply(sketch, w.matrix.get(), w.out.data(), w.size.sketch_rows, o, r);
          });
        });
    for (const std::int32_t transpose : {0, 1}) {
      add(list, transpose != 0 ? "transposed sketch of vectors" : "sketch of vectors",
          "akr_sketch_apply_dense" + suffix, false, settings,
          [transpose](Workload<T> &w, const akr_options *o, akr_report *r) {
            return sketched(w, o, r, [&](const akr_sketch *sketch) {
              const std::int64_t from = transpose != 0 ? w.size.sketch_rows : w.size.rows;
              const std::int64_t to = transpose != 0 ? w.size.rows : w.size.sketch_rows;
              return Abi<T>::sketch_apply_dense(sketch, transpose, w.size.nrhs, w.b.data(), from, w.out.data(), to, o,
                                                r);
            });
          });
    }
  }
}

template <class T>
void add_kernel_products(std::vector<Computation<T>> &list) {
  const std::string suffix = Abi<T>::suffix;
  add(list, "kernel product", "akr_kernel_apply" + suffix, false, {},
      [](Workload<T> &w, const akr_options *o, akr_report *r) {
        return Abi<T>::kernel_apply(w.kernel.get(), w.size.columns, w.x.data(), w.size.points, w.out.data(),
                                    w.size.points, o, r);
      });
  for (const std::int32_t flag : {0, 1}) {
    add(list, flag != 0 ? "normalised prediction" : "prediction", "akr_kernel_predict" + suffix, false, {},
        [flag](Workload<T> &w, const akr_options *o, akr_report *r) {
          return Abi<T>::predict(w.kernel.get(), flag, AKR_COL_MAJOR, w.size.queries, w.a.data(), w.size.points,
                                 w.size.columns, w.x.data(), w.size.points, w.out.data(), w.size.queries, o, r);
        });
    add(list, flag != 0 ? "causal attention" : "attention", "akr_attention" + suffix, false, {},
        [flag](Workload<T> &w, const akr_options *o, akr_report *r) {
          return Abi<T>::attention(AKR_COL_MAJOR, w.size.queries, w.size.points, w.size.dim, w.size.columns, 1, flag,
                                   w.a.data(), w.size.points, w.a.data(), w.size.points, w.x.data(), w.size.points,
                                   w.out.data(), w.size.queries, o, r);
        });
  }
}

template <class T>
MatrixPtr made_in_form(Form form, Problem<T> &p) {
  akr_matrix *made = nullptr;
  switch (form) {
    case Form::dense:
      return dense(p);
    case Form::sparse:
      Abi<T>::create_sparse(AKR_ROW_MAJOR, p.rows, p.cols, 64, 0, p.row_start.data(), p.column.data(), p.by_rows.data(),
                            nullptr, &made);
      break;
    case Form::products:
      Abi<T>::create_callback(p.rows, p.cols, Problem<T>::products, &p, nullptr, &made);
      break;
    case Form::rows:
      Abi<T>::create_rows(p.rows, p.cols, Problem<T>::read_rows, &p, nullptr, &made);
      break;
  }
  return MatrixPtr(made);
}

}  // namespace

MatrixPtr in_form(Form form, Problem<double> &problem) { return made_in_form(form, problem); }
MatrixPtr in_form(Form form, Problem<float> &problem) { return made_in_form(form, problem); }

template <class T>
Workload<T>::Workload(const Sizes &sizes)
    : size(sizes),
      p(sizes.rows, sizes.cols),
      b(static_cast<std::size_t>(std::max({sizes.rows, sizes.cols, sizes.sketch_rows}) * sizes.nrhs)),
      a(static_cast<std::size_t>(sizes.points * sizes.dim)),
      x(static_cast<std::size_t>(sizes.points * sizes.columns)),
      out(std::max({b.size(), x.size(), static_cast<std::size_t>(sizes.sketch_rows * sizes.cols)})) {
  const T shrink = static_cast<T>(std::sqrt(static_cast<double>(std::min(size.rows, size.cols)) /
                                            static_cast<double>(std::max(size.rows, size.cols))));
  for (T &entry : p.a) entry *= shrink;
  for (T &entry : p.by_rows) entry *= shrink;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = T(1) + static_cast<T>(i % 7) / 8;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = T(1) - static_cast<T>(i % 11) / 8;
  for (std::int64_t l = 0; l < size.dim; ++l) {
    for (std::int64_t i = 0; i < size.points; ++i) {
      a[static_cast<std::size_t>(i + l * size.points)] =
          static_cast<T>(0.8 * std::sin(static_cast<double>(i * (l + 1)) * 0.37 + static_cast<double>(l)));
    }
  }
  matrix = dense(p);
  akr_kernel *made = nullptr;
  Abi<T>::kernel_create(AKR_COL_MAJOR, size.points, size.dim, 1, a.data(), size.points, nullptr, &made);
  kernel.reset(made);
}

template <class T>
OptionsPtr Computation<T>::options(std::int64_t threads) const {
  akr_options *made = nullptr;
  akr_options_create(&made);
  for (const auto &[key, value] : settings) akr_options_set_str(made, key, value);
  akr_options_set_i64(made, "threads", threads);
  return OptionsPtr(made);
}

template <class T>
std::vector<Computation<T>> matrix_computations() {
  const std::string suffix = Abi<T>::suffix;
  std::vector<Computation<T>> list;
  for (const char *method : {"cholesky", "sketch", "qr"})
    add(list, "least squares", "akr_lsq_solve" + suffix, true, {{"method", method}},
        [](Workload<T> &w, const akr_options *o, akr_report *r) {
          return Abi<T>::lsq(w.matrix.get(), nullptr, 0, w.size.nrhs, w.b.data(), w.size.rows, w.out.data(),
                             w.size.cols, o, r);
        });
  add_gram(list);
  for (const char *method : {"cholesky", "sketch", "sketch-cholqr", "qr"}) {
    add(list, "leverage scores", "akr_leverage_scores" + suffix, false, {{"method", method}},
        [](Workload<T> &w, const akr_options *o, akr_report *r) {
          return Abi<T>::leverage(w.matrix.get(), nullptr, 0, w.out.data(), o, r);
        });
    add(list, "preconditioner", "akr_precond_create", false, {{"method", method}}, precond<T>);
  }
  add_sketches(list);
  return list;
}

template <class T>
std::vector<Computation<T>> kernel_computations() {
  const std::string suffix = Abi<T>::suffix;
  std::vector<Computation<T>> list;
  add_kernel_products(list);
  const auto solve = [](Workload<T> &w, const akr_options *o, akr_report *r) {
    return Abi<T>::kernel_solve(w.kernel.get(), nullptr, ridge, w.size.columns, w.x.data(), w.size.points, w.out.data(),
                                w.size.points, o, r);
  };
  for (const char *kind : {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"}) {
    const std::pair<const char *, const char *> setting = {"kernel.precond", kind};
    add(list, "kernel preconditioner", "akr_kernel_precond_create", false, {setting}, kernel_precond<T>);
    add(list, "kernel solve", "akr_kernel_solve" + suffix, true, {setting, {"kernel.storage", "tiles"}}, solve);
  }
  add(list, "kernel solve", "akr_kernel_solve" + suffix, true,
      {{"kernel.precond", "rpcholesky"}, {"kernel.storage", "dense"}}, solve);
  return list;
}

template struct Workload<double>;
template struct Workload<float>;
template struct Computation<double>;
template struct Computation<float>;
template std::vector<Computation<double>> matrix_computations();
template std::vector<Computation<float>> matrix_computations();
template std::vector<Computation<double>> kernel_computations();
template std::vector<Computation<float>> kernel_computations();
