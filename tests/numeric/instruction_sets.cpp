// SPDX-License-Identifier: BSD-3-Clause
// The same problems with AKR_ISA = generic, avx2 and avx512, in a process each, because it is read once: the answers
// differ by what the promises allow each of them, and by no more. The bits do differ, or nothing would be tested.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>

#include "reference/gram.hpp"
#include "reference/gram_judge.hpp"
#include "reference/kernel_judge.hpp"

namespace {

using namespace numeric;

using Numbers = std::vector<double>;
using Answers = std::map<std::string, Numbers>;

constexpr std::int64_t kRows = 1500, kCols = 20, kPoints = 120, kDim = 5, kQueries = 2000;
constexpr double kKappa = 1e4, kRidge = 1e-2;
constexpr const char *kMethods[] = {"auto", "cholesky", "sketch", "sketch-cholqr", "qr"};
constexpr const char *kPreconds[] = {"auto", "rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch"};
constexpr const char *kSketches[][2] = {
    {"srht", "hadamard"}, {"srht", "hartley"}, {"sparse-sign", "auto"}, {"gaussian", "auto"}};

// What both the processes that compute and the one that judges make, from seeds.
struct Data {
  Problem<double> p = make_problem(kRows, kCols, kKappa, 1, 901);
  Problem<float> p32{p.a.as<float>(), p.b.as<float>()};
  Array<double> c = Random(902).normals(kCols);
  Array<double> cloud = on_sphere(), values = Random(904).normals(kPoints);
  Array<double> queries = Random(905).normals(kQueries);

  static Array<double> on_sphere() {  // so that every preconditioner serves
    Random random(903);
    return make_cloud(1, kPoints, kDim, false, random).a;
  }
  Data() {
    for (std::int64_t i = 0; i < kQueries; ++i) queries[i] = -700 * static_cast<double>(i + 1) / kQueries;
  }
};

template <class T>
Numbers numbers(const Array<T> &a) {
  return Numbers(a.data(), a.data() + a.size());
}

struct DestroySketch {
  void operator()(akr_sketch *p) const { akr_sketch_destroy(p); }
};

template <class T>
Array<T> attention(const Data &data) {
  const Array<T> k = data.cloud.as<T>(), v = data.values.as<T>();
  Array<T> out(kPoints);
  require(attend<T>(AKR_COL_MAJOR, kPoints, kPoints, kDim, 1, 0.5, 0, k.data(), kPoints, k.data(), kPoints, v.data(),
                    kPoints, out.data(), kPoints, nullptr, nullptr));
  return out;
}

void linear(const Data &data, Answers &out) {
  const Matrix a = dense(data.p.a), a32 = dense(data.p32.a);
  for (const char *method : kMethods) {
    const Options options({{"method", method}});
    const std::string name = method;
    const auto add = [&](const std::string &what, akr_status status, Numbers x) {
      x.push_back(status);
      out[what + ' ' + name] = std::move(x);
    };
    const Solution<double> s = solve(a, data.p.b, options);
    add("lsq", s.status, numbers(s.x));
    const Solution<float> s32 = solve(a32, data.p32.b, options);
    add("lsq32", s32.status, numbers(s32.x));
    const Solution<double> even = solve_power(a, false, 2, data.c, options);
    add("even", even.status, numbers(even.x));
    const Solution<double> odd = solve_power(a, true, 1, data.p.b, options);
    add("odd", odd.status, numbers(odd.x));
    const Solution<double> e = solve_exponential(a, 3, data.c, options);
    add("exponential", e.status, numbers(e.x));
    Array<double> scores(kRows);
    const akr_status status = akr_leverage_scores_f64(a.get(), nullptr, 0, scores.data(), options.get(), nullptr);
    add("leverage", status, numbers(scores));
  }
  for (const auto &sketch : kSketches) {
    akr_sketch *raw = nullptr;
    const Options options({{"sketch.kind", sketch[0]}, {"sketch.transform", sketch[1]}});
    require(akr_sketch_create(100, kRows, options.get(), nullptr, &raw));
    const std::unique_ptr<akr_sketch, DestroySketch> s(raw);
    Array<double> sa(100, kCols);
    require(akr_sketch_apply_f64(s.get(), a.get(), sa.data(), 100, nullptr, nullptr));
    out[std::string("sketch ") + sketch[0] + ' ' + sketch[1]] = numbers(sa);
  }
}

void kernels(const Data &data, Answers &out) {
  const Kernel kernel = make_kernel(data.cloud, 1);
  for (const char *precond : kPreconds) {
    const Solution<double> s = solve_kernel(kernel, kRidge, data.values, Options({{"kernel.precond", precond}}));
    Numbers x = numbers(s.x);
    x.push_back(s.status);
    out[std::string("kernel ") + precond] = x;
  }
  Array<double> y(kPoints);
  require(apply_kernel(kernel.get(), 1, data.values.data(), kPoints, y.data(), kPoints, nullptr, nullptr));
  out["product"] = numbers(y);
  out["attention"] = numbers(attention<double>(data));
  out["attention32"] = numbers(attention<float>(data));
  // Points at 0 and 1, x = (0, 1): the answer is exp of the query, and below 0 relative to the running maximum, which
  // is exp(0), so that it is the exponential of the instruction set and nothing else.
  Array<double> ends(2);
  ends[1] = 1;
  Array<double> e(kQueries);
  require(predict_kernel(make_kernel(ends, 1).get(), 0, AKR_COL_MAJOR, kQueries, data.queries.data(), kQueries, 1,
                         ends.data(), 2, e.data(), kQueries, nullptr, nullptr));
  out["exp"] = numbers(e);
}

int compute() {
  const Data data;
  Answers out;
  linear(data, out);
  kernels(data, out);
  Report report;
  solve(data.p.a, data.p.b, {}, {0, nullptr, report.get()});
  std::printf("isa\n%s\n", report.text("isa").c_str());
  for (const auto &[name, values] : out) {
    std::printf("%s\n", name.c_str());
    for (const double value : values) std::printf("%a ", value);
    std::printf("\n");
  }
  return 0;
}

struct Process {
  std::string asked, isa;
  Answers answers;
};

std::string read_line(std::FILE *from) {
  std::string line;
  for (int c = std::fgetc(from); c != EOF && c != '\n'; c = std::fgetc(from)) line += static_cast<char>(c);
  return line;
}

Process run(const char *asked) {
  char self[4096] = {};
  if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0) throw std::runtime_error("no /proc/self/exe");
  const std::string command = std::string("AKR_ISA=") + asked + " '" + self + "' --compute";
  std::FILE *from = popen(command.c_str(), "r");
  if (from == nullptr) throw std::runtime_error("cannot start " + command);
  Process out;
  out.asked = asked;
  for (std::string name = read_line(from); !name.empty(); name = read_line(from)) {
    const std::string line = read_line(from);
    if (name == "isa") {
      out.isa = line;
      continue;
    }
    const char *at = line.c_str();
    for (char *end = nullptr;; at = end) {
      const double value = std::strtod(at, &end);
      if (end == at) break;
      out.answers[name].push_back(value);
    }
  }
  if (pclose(from) != 0) throw std::runtime_error(command + " failed");
  return out;
}

const Data &data() {
  static const Data all;
  return all;
}

const std::vector<Process> &runs() {
  static const std::vector<Process> all = {run("generic"), run("avx2"), run("avx512")};
  return all;
}

// Without the status at its end.
template <class T = double>
Array<T> solution(const Numbers &values, std::int64_t size) {
  Array<T> x(size);
  for (std::int64_t i = 0; i < size; ++i) x[i] = static_cast<T>(values[static_cast<std::size_t>(i)]);
  return x;
}

// check(x, name, isa) for the answers whose names begin with `what`, and distance(x, y) for each two instruction sets.
template <class Check, class Compare>
void for_each_answer(const std::string &what, Check &&check, Compare &&compare) {
  int found = 0;
  for (const Process &one : runs())
    for (const auto &[name, values] : one.answers) {
      if (name != what && name.rfind(what + ' ', 0) != 0) continue;
      SCOPED_TRACE(name + ", " + one.isa);
      ++found;
      check(values);
      for (const Process &other : runs()) {
        SCOPED_TRACE(other.isa);
        ASSERT_EQ(other.answers.at(name).size(), values.size());
        compare(values, other.answers.at(name));
      }
    }
  EXPECT_GE(found, 3);
}

TEST(InstructionSets, AreThoseThatWereAskedForAndDiffer) {
  ASSERT_EQ(runs().size(), 3U);
  for (const Process &one : runs()) std::printf("AKR_ISA = %s: %s\n", one.asked.c_str(), one.isa.c_str());
  EXPECT_EQ(runs()[0].isa, "generic");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    EXPECT_EQ(runs()[1].isa, "avx2");
    EXPECT_NE(runs()[2].isa, "generic");
    EXPECT_NE(runs()[0].answers, runs()[1].answers) << "AKR_ISA changes nothing";
  }
#endif
}

// Each answer has a backward error below the certificate's, so that two differ by twice what that moves x.
template <class T>
void expect_least_squares(const char *what, const Problem<T> &p) {
  const Reference reference(p.a);
  const Array<Real> right = reference.solve(p.b, kCols);
  const Real bound =
      2 * reference.forward_bound(p.b, right, norm(residual(p.a, p.b, right)), kCols, ok_backward_error<T>);
  for_each_answer(
      what,
      [&](const Numbers &x) {
        EXPECT_EQ(x.back(), AKR_OK);
        EXPECT_LE(reference.backward_error(p.a, p.b, solution<T>(x, kCols)), ok_backward_error<T>);
      },
      [&](const Numbers &x, const Numbers &y) {
        EXPECT_LE(numeric::distance(solution(x, kCols), solution(y, kCols)), bound);
      });
}

TEST(InstructionSets, LeastSquaresAreCertifiedAlike) {
  expect_least_squares("lsq", data().p);
  expect_least_squares("lsq32", data().p32);
}

TEST(InstructionSets, GramPowersAndExponentialsKeepTheirBounds) {
  const GramJudge<double> judge(data().p.a);
  const auto power = [&](const char *what, bool odd, std::int64_t j, const Array<double> &b) {
    const Real bound = 2 * judge.truth().power(odd, j, b, kCols).bound(ok_backward_error<double>);
    for_each_answer(
        what,
        [&](const Numbers &x) {
          GramAnswer is;
          is.status = static_cast<std::int64_t>(x.back());
          is.rank = kCols;
          EXPECT_EQ(x.back(), AKR_OK);
          EXPECT_EQ(judge.power_lie(odd, j, b, solution(x, kCols), is), "");
        },
        [&](const Numbers &x, const Numbers &y) {
          EXPECT_LE(numeric::distance(solution(x, kCols), solution(y, kCols)), bound);
        });
  };
  power("even", false, 2, data().c);
  power("odd", true, 1, data().p.b);
  // See gram_exponential.cpp: 6√d u (1 + |t|σ₁²) ‖exp(−tAᵀA)‖‖b‖, σ₁ = 1, ‖exp(−tAᵀA)‖ <= 1.
  const Real bound = 2 * 6 * std::sqrt(static_cast<Real>(kCols)) * 0x1p-53L * (1 + 3) * norm(data().c);
  for_each_answer(
      "exponential",
      [&](const Numbers &x) {
        EXPECT_EQ(x.back(), AKR_OK);
        EXPECT_EQ(judge.exponential_lie(3, data().c, solution(x, kCols), GramAnswer()), "");
      },
      [&](const Numbers &x, const Numbers &y) {
        EXPECT_LE(numeric::distance(solution(x, kCols), solution(y, kCols)), bound);
      });
}

// 4 d u κ of each score, whichever way it was rounded.
TEST(InstructionSets, LeverageScoresAgree) {
  const Real bound = 2 * 4 * kCols * 0x1p-53L * kKappa;
  for_each_answer(
      "leverage", [&](const Numbers &x) { EXPECT_EQ(x.back(), AKR_OK); },
      [&](const Numbers &x, const Numbers &y) {
        for (std::size_t i = 0; i + 1 < x.size(); ++i)
          EXPECT_LE(std::fabs(wide(x[i]) - wide(y[i])), bound * wide(x[i])) << i;
      });
}

// S is the same for all, and its entries are sums of up to n products, each sum in any order: of random signs, 8 u of
// the norms (√n u where all are in one sum, and √n ‖a‖/√m over ‖a‖ of terms).
TEST(InstructionSets, SketchesAreTheSame) {
  const Real bound = 8 * 0x1p-53L * std::sqrt(static_cast<Real>(kRows) / 100);
  for_each_answer(
      "sketch", [](const Numbers &) {},
      [&](const Numbers &x, const Numbers &y) {
        for (std::int64_t j = 0; j < kCols; ++j) {
          const Real size = norm(data().p.a.column(j));
          for (std::int64_t i = 0; i < 100; ++i) {
            const std::size_t at = static_cast<std::size_t>(i + 100 * j);
            EXPECT_LE(std::fabs(wide(x[at]) - wide(y[at])), bound * size) << i << ' ' << j;
          }
        }
      });
}

TEST(InstructionSets, KernelsAreCertifiedAlike) {
  const KernelJudge<double> judge(data().cloud, 1);
  for_each_answer(
      "kernel",
      [&](const Numbers &x) {
        EXPECT_EQ(x.back(), AKR_OK);
        EXPECT_EQ(judge.solve_lie(kRidge, data().values, solution(x, kPoints), KernelAnswer()), "");
      },
      // What two certified answers may differ by: a residual that is twice the bound of one.
      [&](const Numbers &x, const Numbers &y) {
        Array<double> gap = solution(x, kPoints);
        for (std::int64_t i = 0; i < kPoints; ++i) gap[i] -= y[static_cast<std::size_t>(i)];
        Array<Real> image = judge.product(gap);
        const Real by = std::exp(judge.largest_exponent());
        for (std::int64_t i = 0; i < kPoints; ++i) image[i] = by * image[i] + kRidge * wide(gap[i]);
        const Real size =
            (by * std::sqrt(static_cast<Real>(kPoints)) + kRidge) * norm(solution(x, kPoints)) + norm(data().values);
        EXPECT_LE(norm(image), 2 * (40 + (kDim + 8) * judge.largest_exponent()) * 0x1p-53L * size);
      });
  for_each_answer(
      "product",
      [&](const Numbers &y) { EXPECT_EQ(judge.product_lie(data().values, solution(y, kPoints), KernelAnswer()), ""); },
      [](const Numbers &, const Numbers &) {});
}

TEST(InstructionSets, AttentionAgrees) {
  Real longest = 0, most = 0;
  for (std::int64_t i = 0; i < kPoints; ++i) {
    Real square = 0;
    for (std::int64_t l = 0; l < kDim; ++l) square += wide(data().cloud(i, l)) * wide(data().cloud(i, l));
    longest = std::max(longest, square);
    most = std::max(most, std::fabs(wide(data().values[i])));
  }
  for (const bool single : {false, true}) {
    const Real u = single ? 0x1p-24L : 0x1p-53L;
    const Real bound = 2 * ((kDim + 2) * 0.5L * longest + kPoints + 20) * u * most;
    for_each_answer(
        single ? "attention32" : "attention", [](const Numbers &) {},
        [&](const Numbers &x, const Numbers &y) {
          for (std::size_t i = 0; i < x.size(); ++i) EXPECT_LE(std::fabs(wide(x[i]) - wide(y[i])), bound) << i;
        });
  }
}

// Two ulps of the exponential itself, 2u relative each at most, so that two sets differ by four.
TEST(InstructionSets, ExponentialsAreWithinTwoUlpsEach) {
  for_each_answer(
      "exp",
      [&](const Numbers &e) {
        for (std::size_t i = 0; i < e.size(); ++i) {
          const Real right = std::exp(wide(data().queries[static_cast<std::int64_t>(i)]));
          const double ulp = std::nextafter(e[i], std::numeric_limits<double>::infinity()) - e[i];
          EXPECT_LE(std::fabs(wide(e[i]) - right), 2 * wide(ulp)) << data().queries[static_cast<std::int64_t>(i)];
        }
      },
      [&](const Numbers &x, const Numbers &y) {
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double ulp = std::nextafter(x[i], std::numeric_limits<double>::infinity()) - x[i];
          EXPECT_LE(std::fabs(x[i] - y[i]), 4 * ulp) << i;
        }
      });
}

// A control: the comparison of least squares refuses an answer that is off in the tenth digit.
TEST(InstructionSets, AWrongTenthDigitWouldBeSeen) {
  const Reference reference(data().p.a);
  Numbers x = runs()[0].answers.at("lsq auto");
  x[3] *= 1 + 1e-10;
  EXPECT_GT(reference.backward_error(data().p.a, data().p.b, solution(x, kCols)), ok_backward_error<double>);
}

}  // namespace

int main(int argc, char **argv) {
  if (argc == 2 && std::strcmp(argv[1], "--compute") == 0) return compute();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
