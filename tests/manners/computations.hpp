// SPDX-License-Identifier: BSD-3-Clause
// Every function that computes, by every route that it has: what the tests of faults go through one by one.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "problem.hpp"

struct Sizes {
  std::int64_t rows, cols, nrhs;      // of A and its right-hand sides
  std::int64_t points, dim, columns;  // of the kernel, and what it is multiplied with
  std::int64_t queries = points;      // at most points
  std::int64_t sketch_rows = 2 * cols;
};

// The arrays and the handles. The singular values of A are near 1, so that no power of AᵀA leaves the range.
template <class T>
struct Workload {
  explicit Workload(const Sizes &sizes);

  Sizes size;
  Problem<T> p;
  std::vector<T> b;    // rows or cols of A times nrhs
  std::vector<T> a;    // the points, column-major: a smooth curve, of which every preconditioner makes something
  std::vector<T> x;    // points times columns
  std::vector<T> out;  // long enough for each result
  MatrixPtr matrix;    // dense; a test may put another one here
  KernelPtr kernel;
};

// The same A in another form; the arrays stay those of the problem.
enum class Form { dense, sparse, products, rows };
MatrixPtr in_form(Form form, Problem<double> &problem);
MatrixPtr in_form(Form form, Problem<float> &problem);

template <class T>
struct Computation {
  std::string name;      // "gram power, factor, qr"
  std::string function;  // "akr_gram_power_solve_f64"
  bool solver;           // x is untouched after an error
  std::vector<std::pair<const char *, const char *>> settings;
  // Writes out; makes and destroys the handles that it needs. The status is the first that is an error.
  std::function<akr_status(Workload<T> &, const akr_options *, akr_report *)> run;

  OptionsPtr options(std::int64_t threads) const;
};

template <class T>
std::vector<Computation<T>> matrix_computations();
template <class T>
std::vector<Computation<T>> kernel_computations();
template <class T>
std::vector<Computation<T>> all_computations() {
  std::vector<Computation<T>> all = matrix_computations<T>();
  for (Computation<T> &one : kernel_computations<T>()) all.push_back(std::move(one));
  return all;
}
