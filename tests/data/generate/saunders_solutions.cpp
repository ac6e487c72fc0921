// SPDX-License-Identifier: BSD-3-Clause
// Writes the least-squares solution of a Matrix Market problem to 25 decimals, by Householder QR in 113-bit arithmetic:
//   g++ -O2 -std=gnu++17 saunders_solutions.cpp -o saunders_solutions -lquadmath
//   ./saunders_solutions well1033.mtx well1033_rhs1.mtx > well1033_solution.txt
// The first line holds sizes and norms, the largest entry of Aᵀr and the smallest diagonal entry of R.
#include <quadmath.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Quad = __float128;
using Column = std::vector<Quad>;

std::string next_line(std::ifstream &in) {
  std::string line;
  while (std::getline(in, line) && (line.empty() || line[0] == '%')) {
  }
  return line;
}

std::vector<Column> read_sparse(const char *path) {
  std::ifstream in(path);
  std::istringstream sizes(next_line(in));
  std::size_t rows = 0, cols = 0, entries = 0;
  sizes >> rows >> cols >> entries;
  std::vector<Column> a(cols, Column(rows, 0));
  std::size_t i = 0, j = 0;
  std::string value;
  // Entries are taken as they are written: rounding them to double is part of a solver's error.
  while (in >> i >> j >> value) a[j - 1][i - 1] += strtoflt128(value.c_str(), nullptr);
  return a;
}

Column read_vector(const char *path) {
  std::ifstream in(path);
  next_line(in);
  Column b;
  std::string value;
  while (in >> value) b.push_back(strtoflt128(value.c_str(), nullptr));
  return b;
}

Quad dot(const Column &u, const Column &v, std::size_t from) {
  Quad sum = 0;
  for (std::size_t i = from; i < u.size(); ++i) sum += u[i] * v[i];
  return sum;
}

// v -= w (w·v) from row k on, ‖w‖² = 2.
void reflect(const Column &w, Column &v, std::size_t k) {
  const Quad s = dot(w, v, k);
  for (std::size_t i = k; i < v.size(); ++i) v[i] -= s * w[i];
}

Column solve(std::vector<Column> a, Column b, Quad &smallest) {
  const std::size_t d = a.size();
  Column diagonal(d, 0);
  for (std::size_t k = 0; k < d; ++k) {
    const Quad length = sqrtq(dot(a[k], a[k], k));
    diagonal[k] = a[k][k] > 0 ? -length : length;
    a[k][k] -= diagonal[k];
    const Quad scale = sqrtq(2 / dot(a[k], a[k], k));
    for (std::size_t i = k; i < b.size(); ++i) a[k][i] *= scale;
    for (std::size_t j = k + 1; j < d; ++j) reflect(a[k], a[j], k);
    reflect(a[k], b, k);
    if (k == 0 || fabsq(diagonal[k]) < smallest) smallest = fabsq(diagonal[k]);
  }
  Column x(d, 0);
  for (std::size_t k = d; k-- > 0;) {
    Quad sum = b[k];
    for (std::size_t j = k + 1; j < d; ++j) sum -= a[j][k] * x[j];
    x[k] = sum / diagonal[k];
  }
  return x;
}

std::string text(const char *format, Quad value) {
  char buffer[64];
  quadmath_snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s matrix.mtx right_side.mtx\n", argv[0]);
    return 2;
  }
  const std::vector<Column> a = read_sparse(argv[1]);
  const Column b = read_vector(argv[2]);
  Quad smallest = 0;
  const Column x = solve(a, b, smallest);
  Column r = b;
  for (std::size_t j = 0; j < a.size(); ++j)
    for (std::size_t i = 0; i < r.size(); ++i) r[i] -= a[j][i] * x[j];
  Quad gradient = 0;
  for (const Column &column : a) gradient = fmaxq(gradient, fabsq(dot(column, r, 0)));
  std::cout << "# m=" << b.size() << " n=" << a.size() << " ||r||2=" << text("%.25Qe", sqrtq(dot(r, r, 0)))
            << " ||x||2=" << text("%.25Qe", sqrtq(dot(x, x, 0))) << " ||b||2=" << text("%.25Qe", sqrtq(dot(b, b, 0)))
            << " max|A'r|=" << text("%.3Qe", gradient) << " min|Rkk|=" << text("%.6Qe", smallest) << '\n';
  for (const Quad value : x) std::cout << text("%.25Qe", value) << '\n';
}
