// SPDX-License-Identifier: BSD-3-Clause
// Section 6 of akr.h, and the preconditioners of section 5.
#include "api.hpp"

namespace fuzz {

template <class T>
void solve(World &w) {
  Input &in = w.in;
  MatrixItem *item = w.pick(w.matrices);
  const bool vast = item != nullptr && item->vast;
  const std::int64_t rows = item ? item->rows : 3, cols = item ? item->cols : 2;
  const int what = in.choice(4);
  const bool long_rhs = what == 0 || what == 2;
  const std::int64_t b_rows = long_rhs ? rows : cols, nrhs = vast ? 0 : in.choice(4);
  Output<T> x(cols, nrhs, in.choice(3));
  const std::int64_t ldb = std::max<std::int64_t>(b_rows + in.choice(2), 1);
  std::vector<T> b = w.numbers<T>(static_cast<std::int64_t>(Output<T>::size(b_rows, nrhs, ldb)));
  Shape s{nrhs, ldb, x.ld};
  s.spoil(in, b_rows, cols);
  const std::uint8_t missing = in.byte();
  const T *given_b = missing == 0xFF ? nullptr : b.data();
  T *given_x = missing == 0xFE ? nullptr : x.data.data();
  if ((given_b == nullptr && !b.empty()) || (given_x == nullptr && !x.data.empty())) s.must_be_refused = true;
  const akr_matrix *a = given_matrix(w, item);
  const akr_precond *m = given_precond(w);
  const akr_options *o = vast ? w.bounded.get() : w.given_options();
  akr_report *r = w.given_report();
  akr_status status = AKR_OK;
  std::string function;
  const std::int64_t j = what == 1 || what == 2 ? in.power() : 0;
  Options hurried;
  if (j > 100) {  // no limit bounds what the caller asks for
    akr_options *made = nullptr;
    require(akr_options_clone(w.options.get(), &made) == AKR_OK, "clone");
    hurried.reset(made);
    akr_options_set_f64(made, "time_limit", 0.002);
    akr_options_set_i64(made, "memory_limit", 1 << 24);
    o = made;
  }
  if (what == 0) {
    function = "akr_lsq_solve_f";
    status = Api<T>::lsq_solve(a, m, ridge_of(in), s.nrhs, given_b, s.ldb, given_x, s.ldx, o, r);
  } else if (what == 1) {
    function = "akr_gram_power_solve_f";
    status = Api<T>::power_solve(a, m, j, s.nrhs, given_b, s.ldb, given_x, s.ldx, o, r);
  } else if (what == 2) {
    function = "akr_gram_power_lsq_f";
    status = Api<T>::power_lsq(a, m, j, s.nrhs, given_b, s.ldb, given_x, s.ldx, o, r);
  } else {
    function = "akr_gram_exp_solve_f";
    status = Api<T>::exp_solve(a, m, in.time(), s.nrhs, given_b, s.ldb, given_x, s.ldx, o, r);
  }
  check_status(status, function.c_str(), r);
  require(!s.must_be_refused || status == AKR_E_ARGUMENT, function + " takes sizes that cannot be");
  require((j >= 0 && j <= std::int64_t{1} << 40) || status < 0, function + " takes a power that it must refuse");
  check_output(w, status, x, Writes::solution);
}

template <class T>
void create_precond(World &w) {
  MatrixItem *item = w.pick(w.matrices);
  akr_report *r = w.given_report();
  const bool vast = item != nullptr && item->vast;
  akr_precond *made = reinterpret_cast<akr_precond *>(&w);
  const akr_options *o = vast ? w.bounded.get() : w.given_options();
  const akr_status status = akr_precond_create(given_matrix(w, item), ridge_of(w.in), o, r, &made);
  check_status(status, "akr_precond_create", r);
  auto kept = std::make_unique<PrecondItem>();
  if (item != nullptr) {
    kept->single = item->single;
    kept->vast = vast;
    kept->cols = item->cols;
  }
  keep(w.preconds, std::move(kept), status, made);
}

template <class T>
void use_precond(World &w) {
  Input &in = w.in;
  akr_report *r = w.given_report();
  PrecondItem *m = w.pick(w.preconds);
  if (m == nullptr || m->vast) return;
  if (in.choice(4) == 0) {
    Output<T> out(m->cols, m->cols, in.choice(2));
    const akr_status status = Api<T>::precond_get_r(m->handle.get(), out.data.data(), out.ld);
    check_status(status, "akr_precond_get_r_f", nullptr);
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
  s.spoil(in, 0, 0);
  const akr_status status = Api<T>::precond_apply(m->handle.get(), part, transpose, s.nrhs, x.data(), s.ldb,
                                                  out.data.data(), s.ldx, w.given_options(), r);
  check_status(status, "akr_precond_apply_f", r);
  check_output(w, status, out, Writes::product);
}

template <class T>
void score(World &w) {
  MatrixItem *item = w.pick(w.matrices);
  if (item != nullptr && item->vast) return;
  Output<T> out(item ? item->rows : 2, 1, 0);
  const akr_matrix *a = given_matrix(w, item);
  const akr_precond *m = given_precond(w);
  akr_report *r = w.given_report();
  const akr_status status = Api<T>::leverage(a, m, ridge_of(w.in), out.data.data(), w.given_options(), r);
  check_status(status, "akr_leverage_scores_f", r);
  check_output(w, status, out, Writes::product);
}

template void solve<double>(World &);
template void solve<float>(World &);
template void create_precond<double>(World &);
template void create_precond<float>(World &);
template void use_precond<double>(World &);
template void use_precond<float>(World &);
template void score<double>(World &);
template void score<float>(World &);

}  // namespace fuzz
