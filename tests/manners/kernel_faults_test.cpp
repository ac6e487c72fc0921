// SPDX-License-Identifier: BSD-3-Clause
// The functions of section 8 of akr.h when memory runs out at the k-th allocation, when they are cancelled at the k-th
// call of progress, and when there is next to no time: the status is right, outputs are as promised, and the next call
// gives the bits that it gave before.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "failing_new.hpp"
#include "precisions.hpp"

namespace {

using failing_new::countdown;
using failing_new::failed;
using failing_new::live;

enum class Call { create, apply, predict, attention, precond, solve };

struct Case {
  Call call;
  const char *precond;
};
constexpr Case kCases[] = {{Call::create, "auto"},          {Call::apply, "auto"},
                           {Call::predict, "auto"},         {Call::attention, "auto"},
                           {Call::precond, "dense"},        {Call::precond, "rpcholesky"},
                           {Call::precond, "nystrom"},      {Call::precond, "tensor-sketch"},
                           {Call::solve, "dense"},          {Call::solve, "rpcholesky"},
                           {Call::solve, "nystrom"},        {Call::solve, "tensor-sketch"},
                           {Call::solve, "rpcholesky-diag"}};

constexpr double ridge = 0.1;

template <class T>
class Scene {
 public:
  static constexpr T untouched = T(-123.4375);

  explicit Scene(const Case &what, std::int64_t n) : case_(what), n_(n), a_(size(n * dim)), b_(size(n)), out_(size(n)) {
    // A smooth curve: G has a low rank, and every preconditioner gets there.
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t l = 0; l < dim; ++l) {
        a_[size(i + l * n)] =
            static_cast<T>(0.8 * std::sin(static_cast<double>(i * (l + 1)) * 0.37 + static_cast<double>(l)));
      }
      b_[size(i)] = static_cast<T>(std::cos(0.2 * static_cast<double>(i)));
    }
    akr_options *o = nullptr;
    akr_report *r = nullptr;
    akr_kernel *k = nullptr;
    EXPECT_EQ(akr_options_create(&o), AKR_OK);
    options_.reset(o);
    EXPECT_EQ(akr_report_create(&r), AKR_OK);
    report_.reset(r);
    EXPECT_EQ(akr_options_set_i64(o, "threads", 2), AKR_OK);
    EXPECT_EQ(akr_options_set_str(o, "kernel.precond", what.precond), AKR_OK);
    EXPECT_EQ(Akr<T>::kernel(AKR_COL_MAJOR, n, dim, 1.0, a_.data(), n, nullptr, &k), AKR_OK);
    kernel_.reset(k);
  }

  akr_options *options() const { return options_.get(); }
  const std::vector<T> &out() const { return out_; }
  bool solves() const { return case_.call == Call::solve; }
  std::string text(const char *key) const {
    std::int64_t length = 0;
    char value[64] = "";
    return akr_report_get_str(report_.get(), key, value, sizeof value, &length) == AKR_OK ? value : "";
  }

  akr_status run() {
    std::fill(out_.begin(), out_.end(), untouched);
    akr_kernel *made = reinterpret_cast<akr_kernel *>(this);
    akr_precond *precond = reinterpret_cast<akr_precond *>(this);
    const akr_options *o = options_.get();
    akr_report *r = report_.get();
    akr_status status = AKR_OK;
    switch (case_.call) {
      case Call::create:
        status = Akr<T>::kernel(AKR_ROW_MAJOR, n_, dim, 1.0, a_.data(), dim, o, &made);
        EXPECT_EQ(made != nullptr, status >= 0);
        akr_kernel_destroy(made);
        break;
      case Call::apply:
        status = Akr<T>::kernel_apply(kernel_.get(), 1, b_.data(), n_, out_.data(), n_, o, r);
        break;
      case Call::predict:
        status = Akr<T>::predict(kernel_.get(), 1, AKR_COL_MAJOR, n_, a_.data(), n_, 1, b_.data(), n_, out_.data(), n_,
                                 o, r);
        break;
      case Call::attention:
        status = Akr<T>::attention(AKR_COL_MAJOR, n_, n_, dim, 1, 0.5, 0, a_.data(), n_, a_.data(), n_, b_.data(), n_,
                                   out_.data(), n_, o, r);
        break;
      case Call::precond:
        status = akr_kernel_precond_create(kernel_.get(), ridge, o, r, &precond);
        EXPECT_EQ(precond != nullptr, status >= 0);
        akr_precond_destroy(precond);
        break;
      case Call::solve:
        status = Akr<T>::kernel_solve(kernel_.get(), nullptr, ridge, 1, b_.data(), n_, out_.data(), n_, o, r);
        break;
    }
    return status;
  }

  bool is_untouched() const {
    for (const T x : out_)
      if (x != untouched) return false;
    return true;
  }
  bool is_finite() const {
    for (const T x : out_)
      if (!std::isfinite(x)) return false;
    return true;
  }
  // ‖b − (K + μI)x‖ over ‖b‖.
  double residual() const {
    double square = 0, rhs = 0;
    for (std::int64_t i = 0; i < n_; ++i) {
      double sum = static_cast<double>(b_[size(i)]) - ridge * static_cast<double>(out_[size(i)]);
      for (std::int64_t j = 0; j < n_; ++j) {
        double e = 0;
        for (std::int64_t l = 0; l < dim; ++l)
          e += static_cast<double>(a_[size(i + l * n_)]) * static_cast<double>(a_[size(j + l * n_)]);
        sum -= std::exp(e) * static_cast<double>(out_[size(j)]);
      }
      square += sum * sum;
      rhs += static_cast<double>(b_[size(i)]) * static_cast<double>(b_[size(i)]);
    }
    return std::sqrt(square / rhs);
  }

 private:
  static constexpr std::int64_t dim = 3;
  static std::size_t size(std::int64_t i) { return static_cast<std::size_t>(i); }

  Case case_;
  std::int64_t n_;
  std::vector<T> a_, b_, out_;
  OptionsPtr options_;
  ReportPtr report_;
  KernelPtr kernel_;
};

std::string name(const Case &c) {
  const char *calls[] = {"create", "apply", "predict", "attention", "precond", "solve"};
  return std::string(calls[static_cast<int>(c.call)]) + ", " + c.precond;
}

template <class T>
class KernelFaults : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(KernelFaults, Precisions);

TYPED_TEST(KernelFaults, EveryAllocationMayFail) {
  for (const Case &c : kCases) {
    SCOPED_TRACE(name(c));
    Scene<TypeParam> scene(c, 100);
    ASSERT_EQ(scene.run(), AKR_OK) << akr_last_error();
    const std::vector<TypeParam> right = scene.out();
    long before = 0, k = 0;
    for (;; ++k) {
      failed = false;
      countdown = k;
      const akr_status status = scene.run();
      countdown = -1;
      if (!failed) {
        EXPECT_EQ(status, AKR_OK);
        break;
      }
      ASSERT_EQ(status, AKR_E_MEMORY) << k << ": " << akr_last_error();
      if (scene.solves()) {
        EXPECT_TRUE(scene.is_untouched()) << k;
      }
      ASSERT_EQ(scene.run(), AKR_OK) << "after allocation " << k;
      EXPECT_EQ(scene.out(), right) << "after allocation " << k;
      if (k == 0) before = live;
    }
    EXPECT_GT(k, 1) << "the operators of this program are not in use";
    EXPECT_EQ(live, before) << "blocks leaked";
  }
}

struct StopAt {
  int at = 0, calls = 0;
  static std::int32_t progress(void *user, const akr_report *) {
    auto &self = *static_cast<StopAt *>(user);
    return self.calls++ == self.at ? 1 : 0;
  }
};

// A solve that is stopped hands over the iterate it has, none worse than x = 0; the others have nothing to hand over.
template <class T>
void expect_stopped(const Scene<T> &scene, akr_status status, akr_status of_a_solve) {
  EXPECT_EQ(status, scene.solves() ? of_a_solve : AKR_E_CANCELLED) << akr_last_error();
  if (!scene.solves()) return;
  ASSERT_TRUE(scene.is_finite());
  EXPECT_LE(scene.residual(), 1.001);
}

// A solve that is stopped when its iterate is good enough is solved, if by other bits: within 32 u ((‖K‖ + μ)‖x‖ +
// ‖b‖), where ‖K‖ < 500 e² and ‖x‖ < 15 ‖b‖ here.
template <class T>
void expect_right(const Scene<T> &scene, const std::vector<T> &right) {
  if (scene.solves()) {
    EXPECT_LE(scene.residual(), 32 * 60000 * (sizeof(T) == 8 ? 0x1p-53 : 0x1p-24));
  } else {
    EXPECT_EQ(scene.out(), right);
  }
}

TYPED_TEST(KernelFaults, EveryCallOfProgressMayCancel) {
  int stops = 0;
  for (const Case &c : kCases) {
    SCOPED_TRACE(name(c));
    Scene<TypeParam> scene(c, 500);
    ASSERT_EQ(scene.run(), AKR_OK) << akr_last_error();
    const std::vector<TypeParam> right = scene.out();
    for (StopAt stop; stop.at < 1000; ++stop.at) {
      SCOPED_TRACE(stop.at);
      stop.calls = 0;
      ASSERT_EQ(akr_options_set_progress(scene.options(), StopAt::progress, &stop), AKR_OK);
      const akr_status status = scene.run();
      ASSERT_EQ(akr_options_set_progress(scene.options(), nullptr, nullptr), AKR_OK);
      if (stop.calls <= stop.at) {
        EXPECT_EQ(status, AKR_OK);
        break;
      }
      // Nothing is left to be stopped where the last call comes after the last iteration.
      if (status != AKR_OK) expect_stopped(scene, status, AKR_CANCELLED);
      if (status == AKR_OK) expect_right(scene, right);
      if (status != AKR_OK) {
        ++stops;
        if (c.call != Call::create) {
          EXPECT_EQ(scene.text("stopped_by"), "cancel");
        }
      }
      ASSERT_EQ(scene.run(), AKR_OK);
      EXPECT_EQ(scene.out(), right);
    }
  }
  EXPECT_GT(stops, 10);
}

TYPED_TEST(KernelFaults, ACancelFlagStopsBeforeAnythingIsDone) {
  for (const Case &c : kCases) {
    SCOPED_TRACE(name(c));
    Scene<TypeParam> scene(c, 300);
    std::int32_t flag = 1;
    ASSERT_EQ(akr_options_set_cancel(scene.options(), &flag), AKR_OK);
    const akr_status status = scene.run();
    if (c.call == Call::create) continue;  // too short to be asked
    expect_stopped(scene, status, AKR_CANCELLED);
    if (scene.solves()) {
      for (const TypeParam x : scene.out()) EXPECT_EQ(x, 0);
    }
    flag = 0;
    EXPECT_EQ(scene.run(), AKR_OK);
  }
}

TYPED_TEST(KernelFaults, TinyTimeLimits) {
  for (const Case &c : kCases) {
    Scene<TypeParam> scene(c, 500);
    ASSERT_EQ(scene.run(), AKR_OK) << akr_last_error();
    const std::vector<TypeParam> right = scene.out();
    for (const double limit : {1e-9, 1e-4, 1e-3, 3e-3, 1e-2}) {
      SCOPED_TRACE(name(c) + ", " + std::to_string(limit));
      ASSERT_EQ(akr_options_set_f64(scene.options(), "time_limit", limit), AKR_OK);
      const akr_status status = scene.run();
      if (status == AKR_OK) {
        expect_right(scene, right);
      } else {
        expect_stopped(scene, status, AKR_NOT_CONVERGED);
        if (c.call != Call::create) {
          EXPECT_EQ(scene.text("stopped_by"), "time_limit");
        }
      }
      if (limit == 1e-9 && c.call != Call::create) {
        EXPECT_NE(status, AKR_OK);
      }
    }
    ASSERT_EQ(akr_options_set_f64(scene.options(), "time_limit", 0), AKR_OK);
    EXPECT_EQ(scene.run(), AKR_OK);
    EXPECT_EQ(scene.out(), right);
  }
}

}  // namespace
