// SPDX-License-Identifier: BSD-3-Clause
// What `akr kernel fit` leaves and `akr kernel predict` reads: a text file,
//
//   akr-kernel 1
//   scale S
//   size POINTS DIM COLUMNS
//   mean M_1 … M_COLUMNS
//
// and a line for each point with its DIM coordinates and COLUMNS coefficients. The values at q are
// Σ_i exp(S ⟨q, a_i⟩) c_i + M. Numbers are the shortest decimals that read back to the same double.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace akr::cli {

struct KernelModel {
  double scale = 1;
  std::int64_t points = 0, dim = 0, columns = 0;
  std::vector<double> mean;          // columns
  std::vector<double> a;             // points x dim, by rows
  std::vector<double> coefficients;  // points x columns, by columns
};

inline bool is_model(std::string_view bytes) { return bytes.substr(0, 11) == "akr-kernel "; }

// The text of a model's file.
std::string model_text(const KernelModel &model);
// Throws Failure (data) naming the line that is not as it should be.
KernelModel load_model(const std::string &name);
KernelModel read_model(std::string_view text, const std::string &shown);

}  // namespace akr::cli
