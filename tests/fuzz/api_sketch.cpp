// SPDX-License-Identifier: BSD-3-Clause
// Section 7 of akr.h.
#include "api.hpp"

namespace fuzz {

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
    check_status(status, "akr_sketch_create", r);
    keep(w.sketches, std::move(item), status, made);
    return;
  }
  SketchItem *s = w.pick(w.sketches);
  if (in.flip()) {
    MatrixItem *item = w.pick(w.matrices);
    if (item != nullptr && item->vast) return;
    Output<T> out(s->sketch_rows, item ? item->cols : 1, in.choice(2));
    const akr_status status =
        Api<T>::sketch_apply(s->handle.get(), given_matrix(w, item), out.data.data(), out.ld, w.given_options(), r);
    check_status(status, "akr_sketch_apply_f", r);
    check_output(w, status, out, Writes::product);
    return;
  }
  const std::int32_t transpose = in.choice(2);
  const std::int64_t ncols = in.choice(4);
  const std::int64_t inputs = transpose ? s->sketch_rows : s->rows, outputs = transpose ? s->rows : s->sketch_rows;
  Output<T> out(outputs, ncols, in.choice(2)), x(inputs, ncols, in.choice(2));
  x.data = w.numbers<T>(static_cast<std::int64_t>(x.data.size()));
  Shape shape{ncols, x.ld, out.ld};
  shape.spoil(in, inputs, outputs);
  const akr_status status = Api<T>::sketch_dense(s->handle.get(), transpose, shape.nrhs, x.data.data(), shape.ldb,
                                                 out.data.data(), shape.ldx, w.given_options(), r);
  check_status(status, "akr_sketch_apply_dense_f", r);
  require(!shape.must_be_refused || status == AKR_E_ARGUMENT, "sizes that cannot be are taken");
  check_output(w, status, out, Writes::product);
}

template void sketch<double>(World &);
template void sketch<float>(World &);

}  // namespace fuzz
