// SPDX-License-Identifier: BSD-3-Clause
// The checks of arguments at the C boundary, with their exact words.
#include "../../capi/check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../../capi/output.hpp"

namespace {

using namespace akr::capi;
using akr::Error;
using akr::Status;

template <class F>
std::string refusal(F &&check) {
  try {
    check();
  } catch (const Error &e) {
    EXPECT_EQ(e.status(), Status::e_argument);
    return e.what();
  }
  return "accepted";
}

TEST(Check, SaysArgumentValueAndRule) {
  EXPECT_EQ(refusal([] { check_at_least("ldb", 3, 100, "rows(A)"); }), "ldb = 3: must be at least rows(A) = 100");
  EXPECT_EQ(refusal([] { check_at_least("ldb", 100, 100, "rows(A)"); }), "accepted");
  EXPECT_EQ(refusal([] { check_count("rows", -1); }), "rows = -1: must be from 0 to 281474976710656");
  EXPECT_EQ(refusal([] { check_count("rows", INT64_MAX); }),
            "rows = 9223372036854775807: must be from 0 to 281474976710656");
  EXPECT_EQ(refusal([] { check_columns("nrhs", -1); }), "nrhs = -1: must be from 0 to 2147483647");
  EXPECT_EQ(refusal([] { check_count("nrhs", 0); }), "accepted");
  EXPECT_EQ(refusal([] { check_equal("rows", 3, 4, "rows(S)"); }), "rows = 3: must be rows(S) = 4");
  EXPECT_EQ(refusal([] { check_layout(7); }), "layout = 7: must be AKR_COL_MAJOR (0) or AKR_ROW_MAJOR (1)");
  EXPECT_EQ(refusal([] { check_flag("transpose", 2); }), "transpose = 2: must be 0 or 1");
  EXPECT_EQ(refusal([] { check_ridge("ridge", -1); }), "ridge = -1: must be at least 0 and finite");
  EXPECT_EQ(refusal([] { check_ridge("ridge", HUGE_VAL); }), "ridge = inf: must be at least 0 and finite");
  EXPECT_EQ(refusal([] { check_ridge("ridge", std::nan("")); }), "ridge = nan: must be at least 0 and finite");
  EXPECT_EQ(refusal([] { check_bits("matrix", "A", 32, 64); }), "matrix: A is f32, the function is f64");
}

TEST(Check, ArraysMustBeThereAlignedAndAddressable) {
  alignas(8) char memory[64] = {};
  double *none = nullptr;
  auto *odd = reinterpret_cast<double *>(memory + 1);
  auto *good = reinterpret_cast<double *>(memory);
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_EQ(refusal([&] { checked_view("b", good, 100, 2, "ldb", 3, "rows(A)"); }),
            "ldb = 3: must be at least rows(A) = 100");
  EXPECT_EQ(refusal([&] { checked_view("b", none, 100, 2, "ldb", 100, "rows(A)"); }),
            "b: NULL, but 100 x 2 numbers are needed");
  EXPECT_EQ(refusal([&] { checked_view("b", none, 0, 2, "ldb", 0, "rows(A)"); }), "accepted");
  EXPECT_EQ(refusal([&] { checked_view("b", none, 100, 0, "ldb", 100, "rows(A)"); }), "accepted");
  EXPECT_EQ(refusal([&] { checked_view("b", odd, 2, 1, "ldb", 2, "rows(A)"); }),
            "b: not aligned to the 8 bytes of a number");
  EXPECT_EQ(refusal([&] { checked_view("b", good, 2, 2, "ldb", huge, "rows(A)"); }),
            "b: 2 x 2 numbers with ldb = 4611686018427387904 cannot be addressed");
  EXPECT_EQ(refusal([&] { checked_view("b", good, 2, 1, "ldb", huge, "rows(A)"); }), "accepted");
  // Nobody goes on to compute with a leading dimension that leads nowhere.
  EXPECT_EQ(checked_view("b", good, 2, 1, "ldb", huge, "rows(A)").ld, 2);
  EXPECT_EQ(checked_view("b", none, 0, 3, "ldb", huge, "rows(A)").ld, 1);
  EXPECT_EQ(checked_view("b", good, 2, 2, "ldb", 3, "rows(A)").ld, 3);
  EXPECT_EQ(refusal([&] { check_pointer("scores", none, 100); }), "scores: NULL, but 100 numbers are needed");
  EXPECT_EQ(refusal([&] { check_pointer("scores", none, 0); }), "accepted");
}

// All placements of two small blocks in one array, against a direct comparison of their elements' addresses.
TEST(Check, OverlapIsExactForOneLeadingDimension) {
  double parent[400];
  constexpr std::int64_t ld = 6;
  for (std::int64_t shift = -40; shift <= 40; ++shift) {
    for (std::int64_t rows = 1; rows <= ld; ++rows) {
      for (std::int64_t cols = 1; cols <= 4; ++cols) {
        const double *b = parent + 100;
        const double *x = b + shift;
        bool shared = false;
        for (std::int64_t e = 0; e < 3 * 2; ++e) {
          for (std::int64_t f = 0; f < rows * cols; ++f) {
            shared |= b + e % 3 + e / 3 * ld == x + f % rows + f / rows * ld;
          }
        }
        const auto input = array_argument("b", b, 3, 2, ld);
        const auto output = array_argument("x", x, rows, cols, ld);
        EXPECT_EQ(refusal([&] { check_no_overlap(output, input); }), shared ? "x: overlaps b" : "accepted")
            << shift << ' ' << rows << ' ' << cols;
      }
    }
  }
}

TEST(Check, OverlapByRangesOtherwise) {
  double memory[100];
  const auto input = array_argument("b", memory, 10, 2, 10);
  const auto refusal_of = [&](const akr::capi::ArrayArgument &output) {
    return refusal([&] { check_same_or_no_overlap(output, input); });
  };
  EXPECT_EQ(refusal_of(array_argument("x", memory, 10, 2, 10)), "accepted");
  EXPECT_EQ(refusal_of(array_argument("x", memory, 10, 1, 10)), "x: overlaps b without being the same array");
  EXPECT_EQ(refusal_of(array_argument("x", memory + 19, 5, 2, 5)), "x: overlaps b without being the same array");
  EXPECT_EQ(refusal_of(array_argument("x", memory + 20, 5, 2, 5)), "accepted");
  EXPECT_EQ(refusal_of(array_argument("x", memory, 0, 2, 10)), "accepted");
  EXPECT_EQ(refusal([&] { check_no_overlap("x", memory, 8, "b", memory, 8); }), "x: overlaps b");
  EXPECT_EQ(refusal([&] { check_no_overlap("x", memory, 8, "b", memory + 1, 8); }), "accepted");
  EXPECT_EQ(refusal([&] { check_no_overlap("x", memory, 0, "b", memory, 8); }), "accepted");
}

TEST(Output, AsksCopiesAndRefuses) {
  std::int64_t length = -1;
  char buf[6] = "?????";
  EXPECT_EQ(refusal([&] { copy_text("hello", nullptr, 0, &length); }), "accepted");
  EXPECT_EQ(length, 5);
  length = -1;
  EXPECT_EQ(refusal([&] { copy_text("hello", buf, 5, &length); }),
            "capacity = 5: must be at least 6 bytes, the final NUL included");
  EXPECT_EQ(length, 5);
  EXPECT_STREQ(buf, "?????");
  EXPECT_EQ(refusal([&] { copy_text("hello", buf, 6, nullptr); }), "accepted");
  EXPECT_STREQ(buf, "hello");
  EXPECT_EQ(refusal([&] { copy_text("hello", nullptr, 6, &length); }), "buf: NULL, but capacity = 6");
  EXPECT_EQ(refusal([&] { copy_text("hello", buf, -1, &length); }), "capacity = -1: must be at least 0");
  EXPECT_EQ(refusal([&] { copy_text("hello", nullptr, 0, nullptr); }),
            "length: NULL, but a place for the result is needed");
  double numbers[2] = {7, 7};
  EXPECT_EQ(refusal([&] {
              copy_array(std::vector<double>{1, 2, 3}, numbers, 2, &length);
            }),
            "capacity = 2: must be at least 3 numbers");
  EXPECT_EQ(length, 3);
  EXPECT_EQ(numbers[0], 7);
  EXPECT_EQ(refusal([&] { copy_array(std::vector<double>{1, 2}, numbers, 2, &length); }), "accepted");
  EXPECT_EQ(numbers[1], 2);
  EXPECT_EQ(refusal([&] { copy_array(std::vector<double>{}, numbers, 0, &length); }), "accepted");
  EXPECT_EQ(length, 0);
}

}  // namespace
