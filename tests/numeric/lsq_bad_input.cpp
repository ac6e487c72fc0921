// SPDX-License-Identifier: BSD-3-Clause
// NaN, infinities and callbacks that fail: the right error, telling where, and x as it was.
#include <gtest/gtest.h>

#include <stdexcept>

#include "reference/problems.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kRows = 700, kCols = 12;
constexpr std::int64_t kBadRow = 523, kBadCol = 7;

template <class T>
class BadInput : public testing::Test {
 protected:
  static constexpr T kFill = T(-12.5);

  // The call must fail with `expected`, leave x as it was, and say the same in error text and report.
  static std::string expect_failure(const akr_matrix *matrix, const Array<T> &b, akr_status expected,
                                    const Options &options = {}) {
    Array<T> x(kCols, b.cols(), kFill);
    Report report;
    const akr_status status =
        lsq_solve(matrix, nullptr, 0, b.cols(), b.data(), kRows, x.data(), kCols, options.get(), report.get());
    EXPECT_EQ(status, expected) << akr_status_name(status);
    const std::string text = status < 0 ? akr_last_error() : "";
    EXPECT_TRUE(x == Array<T>(kCols, b.cols(), kFill)) << "x was written";
    if (status == expected) {
      EXPECT_EQ(report.integer("status"), expected);
      EXPECT_EQ(report.text("message"), text);
    }
    return text;
  }
};

using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(BadInput, Precisions);

template <class T>
std::vector<T> bad_values() {
  return {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()};
}

// True when the text tells the position of the bad entry.
void expect_position(const std::string &text, std::int64_t row, std::int64_t col) {
  EXPECT_NE(text.find(std::to_string(row)), std::string::npos) << text;
  EXPECT_NE(text.find(std::to_string(col)), std::string::npos) << text;
}

const char *const kMethods[] = {"auto", "sketch", "sketch-cholqr", "cholesky", "qr", "gradient"};

// The others need the rows of A and are AKR_E_UNSUPPORTED for a product callback.
bool takes_products(const std::string &method) {
  return method == "auto" || method == "sketch" || method == "gradient";
}

// A matrix is scanned either when it is made or when it is used; both are AKR_E_NOT_FINITE with the position.
TYPED_TEST(BadInput, InADenseMatrix) {
  using T = TypeParam;
  const Array<T> good = Random(121).normals(kRows, kCols).template as<T>(),
                 b = Random(122).normals(kRows).template as<T>();
  for (const T bad : bad_values<T>()) {
    Array<T> a = good;
    a(kBadRow, kBadCol) = bad;
    for (const std::int32_t layout : {AKR_COL_MAJOR, AKR_ROW_MAJOR}) {
      const Array<T> data = layout == AKR_ROW_MAJOR ? a.transposed() : a;
      akr_matrix *handle = nullptr;
      const akr_status made = create_dense(layout, kRows, kCols, data.data(), data.rows(), nullptr, &handle);
      const Matrix matrix(handle);
      if (made < 0) {
        EXPECT_EQ(made, AKR_E_NOT_FINITE);
        expect_position(akr_last_error(), kBadRow, kBadCol);
        continue;
      }
      for (const char *method : kMethods) {
        SCOPED_TRACE(std::string(method) + " layout " + std::to_string(layout));
        expect_position(this->expect_failure(matrix.get(), b, AKR_E_NOT_FINITE, Options({{"method", method}})), kBadRow,
                        kBadCol);
      }
    }
  }
}

TYPED_TEST(BadInput, InASparseMatrix) {
  using T = TypeParam;
  Array<T> a = Random(123).normals(kRows, kCols).template as<T>();
  const Array<T> b = Random(124).normals(kRows).template as<T>();
  for (std::int64_t i = 0; i < a.size(); ++i)
    if (i % 3 != 0) a[i] = 0;
  for (const T bad : bad_values<T>()) {
    a(kBadRow, kBadCol) = bad;
    for (const std::int32_t layout : {AKR_COL_MAJOR, AKR_ROW_MAJOR}) {
      SCOPED_TRACE(layout);
      try {
        const Sparse<T> sparse(a, layout, 32, 0);
        for (const char *method : kMethods) {
          SCOPED_TRACE(method);
          expect_position(this->expect_failure(sparse.matrix.get(), b, AKR_E_NOT_FINITE, Options({{"method", method}})),
                          kBadRow, kBadCol);
        }
      } catch (const std::runtime_error &error) {  // refused when made
        EXPECT_EQ(std::string(error.what()).find("AKR_E_NOT_FINITE"), 0u) << error.what();
        expect_position(error.what(), kBadRow, kBadCol);
      }
    }
  }
}

TYPED_TEST(BadInput, FromACallback) {
  using T = TypeParam;
  Array<T> a = Random(125).normals(kRows, kCols).template as<T>();
  const Array<T> b = Random(126).normals(kRows).template as<T>();
  for (const T bad : bad_values<T>()) {
    a(kBadRow, kBadCol) = bad;
    for (const bool rows : {true, false}) {
      Callback<T> callback(a, rows);
      for (const char *method : kMethods) {
        if (!rows && !takes_products(method)) continue;
        SCOPED_TRACE(std::string(method) + (rows ? " rows" : " products"));
        const std::string text =
            this->expect_failure(callback.matrix.get(), b, AKR_E_NOT_FINITE, Options({{"method", method}}));
        if (rows) expect_position(text, kBadRow, kBadCol);  // of a product only the fact is known
      }
    }
  }
}

TYPED_TEST(BadInput, InTheRightSide) {
  using T = TypeParam;
  const Array<T> a = Random(127).normals(kRows, kCols).template as<T>();
  const Matrix matrix = dense(a);
  for (const T bad : bad_values<T>()) {
    Array<T> b = Random(128).normals(kRows, 9).template as<T>();
    b(kBadRow, 8) = bad;
    for (const char *method : kMethods) {
      SCOPED_TRACE(method);
      const std::string text = this->expect_failure(matrix.get(), b, AKR_E_NOT_FINITE, Options({{"method", method}}));
      expect_position(text, kBadRow, 8);
      EXPECT_NE(text.find('b'), std::string::npos);
    }
  }
}

// check_finite = 0 skips the scan, not the honesty: no AKR_OK, no NaN in x under a status that calls it valid.
TYPED_TEST(BadInput, UnscannedIsStillNotCertified) {
  using T = TypeParam;
  Array<T> a = Random(129).normals(kRows, kCols).template as<T>();
  a(kBadRow, kBadCol) = std::numeric_limits<T>::quiet_NaN();
  const Array<T> b = Random(130).normals(kRows).template as<T>();
  for (const char *method : kMethods) {
    const Options options({{"method", method}, {"check_finite", "0"}});
    akr_matrix *handle = nullptr;
    require(create_dense(AKR_COL_MAJOR, kRows, kCols, a.data(), kRows, options.get(), &handle));
    const Matrix matrix(handle);
    const Solution<T> solution = solve(matrix, b, options);
    EXPECT_NE(solution.status, AKR_OK) << method;
    for (std::int64_t i = 0; solution.status >= 0 && i < kCols; ++i)
      EXPECT_TRUE(std::isfinite(solution.x[i])) << method;
  }
}

TYPED_TEST(BadInput, FailingCallback) {
  using T = TypeParam;
  const Array<T> a = Random(131).normals(kRows, kCols).template as<T>(),
                 b = Random(132).normals(kRows).template as<T>();
  for (const bool rows : {true, false}) {
    for (const char *method : kMethods) {
      if (!rows && !takes_products(method)) continue;
      for (const std::int64_t at : {0, 1, 2, 4}) {
        Callback<T> callback(a, rows);
        callback.fail_at = at;
        callback.fail_with = 4711;
        SCOPED_TRACE(std::string(method) + (rows ? " rows" : " products") + " at call " + std::to_string(at));
        Array<T> x(kCols, 1, T(-12.5));
        Report report;
        const Options options({{"method", method}});
        const akr_status status = lsq_solve(callback.matrix.get(), nullptr, 0, 1, b.data(), kRows, x.data(), kCols,
                                            options.get(), report.get());
        if (callback.calls <= at) continue;  // done in fewer calls
        EXPECT_EQ(status, AKR_E_CALLBACK);
        EXPECT_EQ(callback.calls, at + 1) << "called again after it had failed";
        EXPECT_EQ(report.integer("callback_code"), 4711);
        EXPECT_TRUE(x == Array<T>(kCols, 1, T(-12.5)));
      }
    }
  }
}

std::int32_t throwing(void *, std::int64_t, std::int64_t, double *, std::int64_t) { throw std::logic_error("mine"); }

TEST(ThrowingCallback, IsACallbackError) {
  akr_matrix *handle = nullptr;
  require(akr_matrix_create_rows_f64(kRows, kCols, throwing, nullptr, nullptr, &handle));
  const Matrix matrix(handle);
  Array<double> x(kCols, 1, -12.5);
  const Array<double> b = Random(133).normals(kRows);
  EXPECT_EQ(akr_lsq_solve_f64(matrix.get(), nullptr, 0, 1, b.data(), kRows, x.data(), kCols, nullptr, nullptr),
            AKR_E_CALLBACK);
  EXPECT_TRUE(x == Array<double>(kCols, 1, -12.5));
}

// An impossible memory limit is refused before anything is written.
TEST(MemoryLimit, RefusesAndLeavesXAlone) {
  const Array<double> a = Random(134).normals(kRows, kCols), b = Random(135).normals(kRows);
  Array<double> x(kCols, 1, -12.5);
  for (const char *method : kMethods) {
    const Options options({{"method", method}, {"memory_limit", "64"}});
    EXPECT_EQ(
        akr_lsq_solve_f64(dense(a).get(), nullptr, 0, 1, b.data(), kRows, x.data(), kCols, options.get(), nullptr),
        AKR_E_MEMORY)
        << method;
    EXPECT_TRUE(x == Array<double>(kCols, 1, -12.5)) << method;
  }
}

}  // namespace
