// SPDX-License-Identifier: BSD-3-Clause
// Section 8 of akr.h.
#include "api.hpp"

namespace fuzz {

namespace {

// Without points a kernel may have any dimension.
template <class T>
akr_status create_vast_kernel(World &w, KernelItem &item, akr_kernel **out) {
  item.vast = true;
  item.points = 0;
  item.dim = w.in.vast_size();
  const std::int32_t layout = w.in.choice(2);
  return Api<T>::kernel_create(layout, 0, item.dim, 0.1, nullptr, layout == AKR_ROW_MAJOR ? item.dim : 0,
                               w.given_options(), out);
}

void create_kernel_precond(World &w, const KernelItem &k, akr_report *r) {
  akr_precond *made = reinterpret_cast<akr_precond *>(&w);
  const akr_options *o = k.vast ? w.bounded.get() : w.given_options();
  const akr_status status = akr_kernel_precond_create(k.handle.get(), ridge_of(w.in), o, r, &made);
  check_status(status, "akr_kernel_precond_create", r);
  auto kept = std::make_unique<PrecondItem>();
  kept->single = k.single;
  kept->cols = k.points;
  keep(w.preconds, std::move(kept), status, made);
}

template <class T>
void predict(World &w, const KernelItem &k, const Output<T> &x, akr_report *r) {
  Input &in = w.in;
  const std::int64_t queries = k.vast ? 0 : in.choice(20);
  const std::int32_t layout = in.choice(2);
  Output<T> y(queries, x.cols, in.choice(2)), q(layout == 1 ? k.dim : queries, layout == 1 ? queries : k.dim, 0);
  q.data = w.numbers<T>(static_cast<std::int64_t>(q.data.size()));
  const bool wrong = in.byte() > 0xF8;
  const akr_status status = Api<T>::kernel_predict(
      k.handle.get(), in.choice(2), layout, wrong ? in.hostile_size() : queries, q.data.data(), q.ld, x.cols,
      x.data.data(), x.ld, y.data.data(), y.ld, k.vast ? w.bounded.get() : w.given_options(), r);
  check_status(status, "akr_kernel_predict_f", r);
  require(!wrong || status == AKR_E_ARGUMENT, "so many queries are taken");
  check_output(w, status, y, Writes::product);
}

}  // namespace

template <class T>
void create_kernel(World &w) {
  Input &in = w.in;
  auto item = std::make_unique<KernelItem>();
  item->single = sizeof(T) == 4;
  akr_kernel *made = reinterpret_cast<akr_kernel *>(&w);
  akr_status status;
  if (in.rarely()) {
    status = create_vast_kernel<T>(w, *item, &made);
  } else {
    item->points = in.choice(41);
    item->dim = in.choice(6);
    const std::int32_t layout = in.choice(2);
    Output<T> a(layout == 1 ? item->dim : item->points, layout == 1 ? item->points : item->dim, in.choice(2));
    a.data = w.numbers<T>(static_cast<std::int64_t>(a.data.size()));
    const std::int64_t points = in.rarely() ? in.hostile_size() : item->points;
    const std::int64_t dim = in.rarely() ? in.hostile_size() : item->dim;
    status = Api<T>::kernel_create(layout, points, dim, in.choice(3) == 0 ? in.number() : 0.1, a.data.data(), a.ld,
                                   w.given_options(), &made);
    require((points == item->points && dim == item->dim) || status == AKR_E_ARGUMENT, "a size that cannot be is taken");
  }
  check_status(status, "akr_kernel_create_f", nullptr);
  keep(w.kernels, std::move(item), status, made);
}

template <class T>
void use_kernel(World &w) {
  Input &in = w.in;
  KernelItem *k = w.pick(w.kernels);
  if (k == nullptr) return create_kernel<T>(w);
  akr_report *r = w.given_report();
  const std::int64_t nrhs = in.choice(3);
  const int what = in.choice(4);
  if (what == 0) return create_kernel_precond(w, *k, r);
  Output<T> out(k->points, nrhs, in.choice(2)), x(k->points, nrhs, 0);
  x.data = w.numbers<T>(static_cast<std::int64_t>(x.data.size()));
  Shape s{nrhs, x.ld, out.ld};
  if (what < 3) s.spoil(in, k->points, k->points);
  const akr_options *o = k->vast ? w.bounded.get() : w.given_options();
  if (what == 3) return predict(w, *k, x, r);
  akr_status status;
  if (what == 1) {
    status = Api<T>::kernel_apply(k->handle.get(), s.nrhs, x.data.data(), s.ldb, out.data.data(), s.ldx, o, r);
    check_status(status, "akr_kernel_apply_f", r);
  } else {
    const akr_precond *m = given_precond(w);
    status = Api<T>::kernel_solve(k->handle.get(), m, ridge_of(in), s.nrhs, x.data.data(), s.ldb, out.data.data(),
                                  s.ldx, o, r);
    check_status(status, "akr_kernel_solve_f", r);
  }
  require(!s.must_be_refused || status == AKR_E_ARGUMENT, "sizes that cannot be are taken");
  check_output(w, status, out, what == 1 ? Writes::product : Writes::solution);
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
  check_status(status, "akr_attention_f", r);
  check_output(w, status, out, Writes::product);
}

template void create_kernel<double>(World &);
template void create_kernel<float>(World &);
template void use_kernel<double>(World &);
template void use_kernel<float>(World &);
template void attend<double>(World &);
template void attend<float>(World &);

}  // namespace fuzz
