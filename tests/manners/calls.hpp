// SPDX-License-Identifier: BSD-3-Clause
// Every function of akr.h, good call and bad call, by its name, and what the calls work on.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "problem.hpp"

// Made before the first look at the surroundings. Least squares by p and pf, kernels by k and kf; both large enough for
// every function that shares its work to start threads.
struct Stage {
  Problem<double> p{100000, 24};
  Problem<float> pf{100000, 24};
  Problem<double> k{1200, 12};
  Problem<float> kf{1200, 12};
  OptionsPtr options;  // threads = 3
  ReportPtr report;
  MatrixPtr matrix, matrix_f32;
  PrecondPtr precond, precond_f32;
  SketchPtr sketch;
  KernelPtr kernel, kernel_f32;
  std::vector<double> out = std::vector<double>(120000);
  std::vector<float> out_f32 = std::vector<float>(120000);
  char text[256];
  std::int64_t number = 0;
  double real = 0;
  std::int32_t flag = 0;

  Stage();
  akr_status solve(const akr_options *o, akr_report *r);  // least squares with the preconditioner
};

using Calls = std::vector<std::pair<std::string, std::function<void(Stage &)>>>;

// A create and its destroy: the handle lives between two looks.
template <class H, class Create>
void made(Create create, void (*destroy)(H *)) {
  H *handle = nullptr;
  EXPECT_EQ(create(&handle), AKR_OK) << akr_last_error();
  EXPECT_NE(handle, nullptr);
  destroy(handle);
}

void add_small_calls(Calls &calls);
void add_matrix_calls(Calls &calls);
void add_solver_calls(Calls &calls);
void add_kernel_calls(Calls &calls);

inline Calls all_calls() {
  Calls calls;
  add_small_calls(calls);
  add_matrix_calls(calls);
  add_solver_calls(calls);
  add_kernel_calls(calls);
  return calls;
}
