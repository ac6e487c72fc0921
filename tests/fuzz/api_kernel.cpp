// SPDX-License-Identifier: BSD-3-Clause
// Section 8 of akr.h.
#include <cmath>

#include "api.hpp"

namespace fuzz {

namespace {

// An array argument, which is spoiled now and then: it must be refused before it is read.
template <class T>
struct Argument {
  T *data;
  std::int64_t ld;
  bool must_be_refused = false;

  explicit Argument(Output<T> &of) : data(of.data.data()), ld(of.ld) {}
  void spoil(Input &in, const Output<T> &of) {
    if (in.byte() < 0xF0) return;
    const bool some = of.rows > 0 && of.cols > 0;
    if (in.choice(3) == 0) {
      data = nullptr;
      must_be_refused = some;
      return;
    }
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    ld = in.flip() ? most - in.choice(2) : in.flip() ? of.rows - 1 : -1 - in.choice(4);
    // One column needs no stride.
    must_be_refused = ld < 0 || (some && (ld < of.rows || of.cols > 1));
  }
};

void check_finite_output(const World &w, akr_status status, bool is_finite) {
  if (status >= 0 && w.checks_finite) require(is_finite, "an output is not finite");
}

// Now and then any number at all.
double scale_of(Input &in, double usual) { return in.choice(3) == 0 ? in.number() : usual; }

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
  bool wrong = in.byte() > 0xF8;
  const std::int64_t asked = wrong ? in.hostile_size() : queries;
  const std::int32_t normalize = in.choice(2);
  const akr_options *o = k.vast ? w.bounded.get() : w.given_options();
  Argument<T> q_in(q), y_out(y);
  q_in.spoil(in, q);
  y_out.spoil(in, y);
  wrong = wrong || q_in.must_be_refused || y_out.must_be_refused;
  const akr_status status = Api<T>::kernel_predict(k.handle.get(), normalize, layout, asked, q_in.data, q_in.ld, x.cols,
                                                   x.data.data(), x.ld, y_out.data, y_out.ld, o, r);
  check_status(status, "akr_kernel_predict_f", r);
  require(!wrong || status == AKR_E_ARGUMENT, "sizes that cannot be are taken");
  check_output(w, status, y, Writes::product);
  check_finite_output(w, status, y.is_finite());
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
    const double scale = scale_of(in, 0.1);
    const akr_options *o = w.given_options();
    Argument<T> a_in(a);
    a_in.spoil(in, a);
    status = Api<T>::kernel_create(layout, points, dim, scale, a_in.data, a_in.ld, o, &made);
    const bool wrong =
        points != item->points || dim != item->dim || a_in.must_be_refused || !(scale >= 0 && scale - scale == 0);
    require(!wrong || status == AKR_E_ARGUMENT, "an argument that cannot be is taken");
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
  check_finite_output(w, status, out.is_finite());
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
  const std::int64_t sizes[] = {queries, keys, dim, values};
  std::int64_t asked[] = {queries, keys, dim, values};
  if (in.rarely()) asked[in.choice(4)] = in.hostile_size();
  const double scale = scale_of(in, 0.3);
  const std::int32_t causal = in.choice(2);
  const akr_options *o = w.given_options();
  Argument<T> qs(q), ks(k), vs(v), outs(out);
  qs.spoil(in, q);
  ks.spoil(in, k);
  vs.spoil(in, v);
  outs.spoil(in, out);
  const akr_status status = Api<T>::attention(layout, asked[0], asked[1], asked[2], asked[3], scale, causal, qs.data,
                                              qs.ld, ks.data, ks.ld, vs.data, vs.ld, outs.data, outs.ld, o, r);
  check_status(status, "akr_attention_f", r);
  const bool scale_fits = scale - scale == 0 && std::fabs(scale) <= static_cast<double>(std::numeric_limits<T>::max());
  const bool wrong = !std::equal(sizes, sizes + 4, asked) || qs.must_be_refused || ks.must_be_refused ||
                     vs.must_be_refused || outs.must_be_refused || !scale_fits;
  require(!wrong || status == AKR_E_ARGUMENT, "an argument that cannot be is taken");
  check_output(w, status, out, Writes::product);
  check_finite_output(w, status, out.is_finite());
}

template void create_kernel<double>(World &);
template void create_kernel<float>(World &);
template void use_kernel<double>(World &);
template void use_kernel<float>(World &);
template void attend<double>(World &);
template void attend<float>(World &);

}  // namespace fuzz
