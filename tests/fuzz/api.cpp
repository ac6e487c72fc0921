// SPDX-License-Identifier: BSD-3-Clause
// Sequences of calls over handles of every kind, in both precisions, with sizes, strides, handles, options and numbers
// as they come. After each call: a documented status, a text that names the function, outputs as promised.
#include "api.hpp"

namespace {

using namespace fuzz;

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
      return w.in.flip() ? create_precond<T>(w) : use_precond<T>(w);
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
      return w.in.flip() ? read_report(w) : ask_handles(w);
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
