// SPDX-License-Identifier: BSD-3-Clause
// Sparse entries that are stored twice: A holds their sum, taken in their order, in double, and rounded once to the
// precision of the values. Every method and every product must work with that A and no other; where the parts cancel,
// sums in another precision or order are another matrix.
#include <gtest/gtest.h>

#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

#include "reference/api.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 900, kCols = 16;

// Each third entry is stored as big, value, -big, in this order but not side by side.
template <class T>
struct Stored {
  Stored(const Array<T> &a, T big) : sums(a.rows(), a.cols()) {
    ptr.push_back(0);
    for (std::int64_t i = 0; i < a.rows(); ++i) {
      for (int part = 0; part < 3; ++part) {
        for (std::int64_t j = a.cols(); j-- > 0;) {
          const bool thrice = (i + j) % 3 == 0;
          if (!thrice && part != 1) continue;
          index.push_back(static_cast<std::int32_t>(j));
          values.push_back(part == 0 ? big : part == 1 ? a(i, j) : -big);
        }
      }
      ptr.push_back(static_cast<std::int32_t>(index.size()));
      for (std::int64_t j = 0; j < a.cols(); ++j) {
        const volatile double first = static_cast<double>(big) + static_cast<double>(a(i, j));
        sums(i, j) = (i + j) % 3 == 0 ? static_cast<T>(first - static_cast<double>(big)) : a(i, j);
      }
    }
    akr_matrix *p = nullptr;
    require(
        create_sparse(AKR_ROW_MAJOR, a.rows(), a.cols(), 32, 0, ptr.data(), index.data(), values.data(), nullptr, &p));
    matrix.reset(p);
  }
  std::vector<std::int32_t> ptr, index;
  std::vector<T> values;
  Array<T> sums;  // A
  Matrix matrix;
};

// S A is a sum in double over the rows that S picks, in both forms: entries agree to some u64.
akr_status sketch_apply(const akr_sketch *s, const akr_matrix *a, double *out, std::int64_t ld) {
  return akr_sketch_apply_f64(s, a, out, ld, nullptr, nullptr);
}
akr_status sketch_apply(const akr_sketch *s, const akr_matrix *a, float *out, std::int64_t ld) {
  return akr_sketch_apply_f32(s, a, out, ld, nullptr, nullptr);
}

template <class T>
void check(T big) {
  const Array<T> a = make_problem(kRows, kCols, 100, 1, 171).a.template as<T>();
  const Stored<T> stored(a, big);
  std::int64_t nnz = 0;
  require(akr_matrix_get_i64(stored.matrix.get(), "nnz", &nnz));
  EXPECT_EQ(nnz, kRows * kCols);
  const Array<T> b = Random(172).normals(kRows).template as<T>();
  const Reference reference(stored.sums);
  for (const char *method : {"auto", "sketch", "sketch-cholqr", "cholesky", "qr"}) {
    SCOPED_TRACE(method);
    Report report;
    const Solution<T> solution = solve(stored.matrix, b, Options({{"method", method}}), {0, nullptr, report.get()});
    EXPECT_EQ(solution.status, AKR_OK);
    EXPECT_LE(reference.backward_error(stored.sums, b, solution.x), ok_backward_error<T>);
    EXPECT_LE(report.integer("iterations"), 40);
  }
  for (const char *kind : {"sparse-sign", "srht", "gaussian"}) {
    SCOPED_TRACE(kind);
    akr_sketch *sketch = nullptr;
    require(akr_sketch_create(64, kRows, Options({{"sketch.kind", kind}}).get(), nullptr, &sketch));
    Array<T> of_stored(64, kCols), of_sums(64, kCols);
    require(sketch_apply(sketch, stored.matrix.get(), of_stored.data(), 64));
    require(sketch_apply(sketch, dense(stored.sums).get(), of_sums.data(), 64));
    akr_sketch_destroy(sketch);
    EXPECT_LE(distance(of_stored, of_sums), 100 * unit_roundoff<T> * norm(of_sums));
  }
}

// 2^26 + v in float keeps multiples of 4 of v, |v| < 1: its sums would be 0. In double they are v, or what is left of
// it above 2^48's roundoff.
TEST(StoredTwice, OneMatrixInEveryMethodSingle) {
  check<float>(0x1p26F);
  check<float>(0x1p48F);
}
TEST(StoredTwice, OneMatrixInEveryMethodDouble) { check<double>(0x1p40); }

}  // namespace
