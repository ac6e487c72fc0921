// SPDX-License-Identifier: BSD-3-Clause
// Least squares from C++17 through akr.hpp: read a sparse matrix and a right-hand side, solve min |A x - b|, look at
// the report, provoke an error, cancel a solve.
//
//   c++ -std=c++17 lsq.cpp $(pkg-config --cflags --libs akr) -o lsq && ./lsq data/well1033.mtx data/well1033_rhs1.mtx
//
// An example, not a benchmark.
#include <akr.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {

// A matrix by rows: row i holds the entries start[i] ... start[i + 1] - 1 of column and value, counted from 0.
struct Sparse {
  std::int64_t rows = 0, cols = 0;
  std::vector<std::int64_t> start, column;
  std::vector<double> value;
};

// Opens a Matrix Market file and stands behind its comments.
std::ifstream open_market(const std::string &path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  while (file.peek() == '%') file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  return file;
}

Sparse read_matrix(const std::string &path) {
  std::ifstream file = open_market(path);
  Sparse a;
  std::size_t count = 0;
  file >> a.rows >> a.cols >> count;
  std::vector<std::tuple<std::int64_t, std::int64_t, double>> entries(count);
  for (auto &[i, j, v] : entries) {
    file >> i >> j >> v;
    if (!file || i < 1 || i > a.rows) throw std::runtime_error(path + ": ends early, or an entry lies outside");
  }
  std::sort(entries.begin(), entries.end());  // the file goes column by column
  a.start.assign(static_cast<std::size_t>(a.rows) + 1, 0);
  for (const auto &[i, j, v] : entries) {
    ++a.start[static_cast<std::size_t>(i)];
    a.column.push_back(j - 1);
    a.value.push_back(v);
  }
  for (std::size_t i = 1; i < a.start.size(); ++i) a.start[i] += a.start[i - 1];
  return a;
}

std::vector<double> read_vector(const std::string &path) {
  std::ifstream file = open_market(path);
  std::size_t rows = 0, one = 0;
  file >> rows >> one;
  std::vector<double> b(rows);
  for (double &entry : b) file >> entry;
  if (!file) throw std::runtime_error(path + ": ends early");
  return b;
}

void solve(const char *matrix_path, const char *side_path) {
  const std::int32_t version = akr::version();
  std::printf("libakr %d.%d.%d\n", version / 10000, version / 100 % 100, version % 100);
  const Sparse a = read_matrix(matrix_path);
  const std::vector<double> b = read_vector(side_path);
  std::vector<double> x(static_cast<std::size_t>(a.cols));
  std::printf("matrix: %lld x %lld, %zu entries\n", static_cast<long long>(a.rows), static_cast<long long>(a.cols),
              a.value.size());

  // 1. Solve. The matrix borrows the arrays: they stay as they are until it is destroyed.
  const akr::matrix A =
      akr::matrix::sparse(akr::layout::row_major, a.rows, a.cols, a.start.data(), a.column.data(), a.value.data());
  akr::report report;
  const akr_status status = akr::lsq_solve(A, b, x, {nullptr, nullptr, &report});
  double square = 0;
  for (const double entry : x) square += entry * entry;
  std::printf("status: %s\n", akr::status_name(status));
  std::printf("stopped by: %s\n", report.str("stopped_by").c_str());
  std::printf("residual norm: %.6f\n", report.f64("residual_norm"));
  std::printf("backward error below 1e-14: %s\n", report.f64("backward_error") < 1e-14 ? "yes" : "no");
  std::printf("rank: %lld\n", static_cast<long long>(report.i64("rank")));
  std::printf("solution norm: %.4f, first: %.5f, last: %.5f\n", std::sqrt(square), x.front(), x.back());

  // 2. An error: the status says what kind, the text what exactly. x is left as it was. akr.hpp looks at the sizes of
  // arrays itself, so this goes to akr.h directly, which any program may do where it likes.
  try {
    akr::checked([&] {
      return akr_lsq_solve_f64(A.get(), nullptr, 0, 1, b.data(), a.rows, x.data(), a.cols - 1, nullptr, report.get());
    });
  } catch (const akr::error &problem) {
    std::printf("error: %s: %s\n", problem.name(), problem.what());
  }

  // 3. A solve that the progress callback cancels. What it throws would come out of lsq_solve.
  int calls = 0;
  akr::options options;
  options.on_progress(
      [&](const akr::report_view &) {  // has the keys phase, iterations, fraction, residual_norm, seconds
        ++calls;
        return true;
      });
  const akr_status cancelled = akr::lsq_solve(A, b, x, {nullptr, &options, nullptr});
  std::printf("cancelled: %s, after calls: %d\n", akr::status_name(cancelled), calls);
}

}  // namespace

int main(int argc, char **argv) {
  try {
    if (argc != 3) throw std::invalid_argument("usage: lsq MATRIX.mtx RIGHT_HAND_SIDE.mtx");
    solve(argv[1], argv[2]);
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "lsq: %s\n", problem.what());
    return 1;
  }
  return 0;
}
