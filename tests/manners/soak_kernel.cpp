// SPDX-License-Identifier: BSD-3-Clause
// The soak's work on kernels: solves with every preconditioner, predictions, attention.
#include <algorithm>
#include <cmath>

#include "soak_host.hpp"

namespace {

constexpr double scale = 0.5, ridge = 0.1;

template <class T>
KernelPtr make_kernel(const Problem<T> &p, const akr_options *o) {
  akr_kernel *made = nullptr;
  Akr<T>::kernel(AKR_COL_MAJOR, p.rows, p.cols, scale, p.a.data(), p.rows, o, &made);
  return KernelPtr(made);
}

template <class T>
double distance(const std::vector<T> &x, const std::vector<T> &y) {
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::fabs(static_cast<double>(x[i] - y[i])));
  return most;
}

}  // namespace

template <class T>
void Host::kernel() {
  Problem<T> p(100 + 50 * (turn_ % 3), 4);
  const OptionsPtr o = options();
  const KernelPtr k = make_kernel(p, o.get());
  akr_precond *made = nullptr;
  if (turn_ % 2 == 0) {
    expect(akr_kernel_precond_create(k.get(), ridge, o.get(), nullptr, &made) == AKR_OK, "kernel_precond_create");
  }
  const PrecondPtr m(made);
  std::vector<T> x(p.b.size()), y(p.b.size());
  expect(
      Akr<T>::kernel_solve(k.get(), made, ridge, 1, p.b.data(), p.rows, x.data(), p.rows, o.get(), nullptr) == AKR_OK,
      "kernel_solve");
  expect(Akr<T>::kernel_apply(k.get(), 1, x.data(), p.rows, y.data(), p.rows, o.get(), nullptr) == AKR_OK,
         "kernel_apply");
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += static_cast<T>(ridge) * x[i];
  expect(distance(y, p.b) < (sizeof(T) == 8 ? 1e-6 : 1e-2), "kernel regression");
  if (made == nullptr) return;
  expect(Akr<T>::precond_apply(made, AKR_PRECOND_FULL, 0, 1, p.b.data(), p.rows, y.data(), p.rows, o.get(), nullptr) ==
             AKR_OK,
         "precond_apply of a kernel's");
}

// At the kernel's own points it is the product with K; of ones, the mean is 1.
template <class T>
void Host::prediction() {
  Problem<T> p(150 + 100 * (turn_ % 3), 4);
  const OptionsPtr o = options();
  const KernelPtr k = make_kernel(p, o.get());
  const std::vector<T> ones(p.b.size(), T(1));
  std::vector<T> product(p.b.size()), y(p.b.size());
  expect(Akr<T>::kernel_apply(k.get(), 1, ones.data(), p.rows, product.data(), p.rows, o.get(), nullptr) == AKR_OK,
         "kernel_apply of ones");
  expect(Akr<T>::predict(k.get(), 0, AKR_ROW_MAJOR, p.rows, p.by_rows.data(), p.cols, 1, ones.data(), p.rows, y.data(),
                         p.rows, o.get(), nullptr) == AKR_OK,
         "kernel_predict");
  expect(distance(y, product) <= 1e-4 * static_cast<double>(p.rows), "a prediction is a product");
  expect(Akr<T>::predict(k.get(), 1, AKR_COL_MAJOR, p.rows, p.a.data(), p.rows, 1, ones.data(), p.rows, y.data(),
                         p.rows, o.get(), nullptr) == AKR_OK,
         "kernel_predict, normalized");
  expect(distance(y, ones) < 1e-4, "a mean of ones");
}

template <class T>
void Host::attention() {
  Problem<T> p(100 + 150 * (turn_ % 3), 4 + turn_ % 5);
  const OptionsPtr o = options();
  const bool by_rows = turn_ % 2 == 0;
  const T *q = (by_rows ? p.by_rows : p.a).data();
  const std::int64_t ld = by_rows ? p.cols : p.rows;
  const std::vector<T> ones(p.a.size(), T(1));
  std::vector<T> out(p.a.size());
  expect(Akr<T>::attention(by_rows ? AKR_ROW_MAJOR : AKR_COL_MAJOR, p.rows, p.rows, p.cols, p.cols, scale,
                           turn_ % 4 < 2, q, ld, q, ld, ones.data(), ld, out.data(), ld, o.get(), nullptr) == AKR_OK,
         "attention");
  expect(distance(out, ones) < 1e-4, "attention to ones");
}

template void Host::kernel<double>();
template void Host::kernel<float>();
template void Host::prediction<double>();
template void Host::prediction<float>();
template void Host::attention<double>();
template void Host::attention<float>();
