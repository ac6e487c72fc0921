// SPDX-License-Identifier: BSD-3-Clause
// The probe on diagonal H, whose spectrum is known: its lower bound must be one, for every seed, and near enough to be
// of use; a probe that cannot see an eigenvector is the control that must fail.
#include "solve/spectrum_probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/roundoff.hpp"

namespace akr {
namespace {

constexpr double u = unit_roundoff(64);

struct Spectrum {
  const char *name;
  std::vector<double> values;
  bool slow = false;  // some thousand steps
};

std::vector<double> spaced(std::int64_t count, double least) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(least +
                  (1 - least) * static_cast<double>(i) / static_cast<double>(std::max<std::int64_t>(count - 1, 1)));
  }
  return out;
}

std::vector<double> with(std::vector<double> values, double least) {
  values[0] = least;
  return values;
}

std::vector<Spectrum> spectra() {
  return {{"identity", std::vector<double>(50, 1.0)},
          {"one", {3e-5}},
          {"kappa 1.2", spaced(300, 1 / 1.44)},
          {"kappa 10", spaced(300, 1e-2)},
          {"one small", with(spaced(300, 0.5), 1e-6)},
          {"one smaller", with(spaced(300, 0.5), 1e-10)},
          {"kappa 1000, one",
           [] {
             std::vector<double> v;
             for (int i = 0; i < 200; ++i) v.push_back(std::pow(1e-6, i / 199.0));
             v[0] = 1e-11;
             return v;
           }(),
           true},
          {"two clusters", [] {
             auto v = std::vector<double>(200, 1.0);
             std::fill_n(v.begin(), 100, 1e-3);
             return v;
           }()}};
}

// blind: the first component of what the probe sees is wiped out, as if w had none.
void run(SpectrumProbe &probe, const std::vector<double> &values, int steps, bool blind = false) {
  std::vector<double> h(values.size());
  for (int step = 0; step < steps && !probe.settled(); ++step) {
    double energy = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double p = blind && i == 0 ? 0 : probe.direction()[i];
      h[i] = values[i] * p;
      if (blind && i == 0) h[i] = values[1] * probe.direction()[i];  // an eigenvalue like others
      energy += h[i] * probe.direction()[i];
    }
    probe.take(h.data(), energy);
  }
}

TEST(SpectrumProbe, BoundsTheSmallestEigenvalue) {
  for (const Spectrum &spectrum : spectra()) {
    SCOPED_TRACE(spectrum.name);
    const double least = *std::min_element(spectrum.values.begin(), spectrum.values.end());
    const double most = *std::max_element(spectrum.values.begin(), spectrum.values.end());
    double tightest = 0, loosest = 1;
    const std::uint64_t seeds = spectrum.slow ? 20 : 500;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SpectrumProbe probe(static_cast<std::int64_t>(spectrum.values.size()), seed, u);
      run(probe, spectrum.values, 20000);
      ASSERT_TRUE(probe.settled()) << seed;
      EXPECT_TRUE(probe.full_rank()) << seed;
      // Rounding moves Ritz values by some u of the largest eigenvalue.
      ASSERT_LE(probe.least_eigenvalue(), least + 10 * u * most) << seed;
      EXPECT_LE(probe.largest(), most * (1 + 1e-14));
      EXPECT_GE(probe.smallest(), least - 10 * u * most);
      const double ratio = probe.least_eigenvalue() / least;
      tightest = std::max(tightest, ratio);
      loosest = std::min(loosest, ratio);
    }
    std::printf("%-15s bound over the smallest eigenvalue: %.3f to %.3f\n", spectrum.name, loosest, tightest);
    EXPECT_GE(loosest, 0.02) << "of no use";
  }
}

// Never a bound above the truth, after however few steps.
TEST(SpectrumProbe, BoundsItAfterEachStep) {
  for (const Spectrum &spectrum : spectra()) {
    SCOPED_TRACE(spectrum.name);
    const double least = *std::min_element(spectrum.values.begin(), spectrum.values.end());
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SpectrumProbe probe(static_cast<std::int64_t>(spectrum.values.size()), seed, u);
      double before = std::numeric_limits<double>::infinity();
      for (int step = 0; step < 60 && !probe.settled(); ++step) {
        run(probe, spectrum.values, 1);
        ASSERT_LE(probe.least_eigenvalue(), least + 10 * u) << seed << ", step " << step;
        EXPECT_LE(probe.smallest(), before * (1 + 1e-12) + 10 * u) << "Ritz values interlace";
        before = probe.smallest();
      }
    }
  }
}

TEST(SpectrumProbe, AZeroIsNeverFullRank) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SpectrumProbe probe(300, seed, u);
    run(probe, with(spaced(300, 0.5), 0), 400);
    EXPECT_FALSE(probe.full_rank()) << seed;
    EXPECT_TRUE(probe.settled());
    EXPECT_GT(probe.steps_to(u), 1e6);
  }
  SpectrumProbe nothing(3, 0, u);
  run(nothing, {0, 0, 0}, 5);
  EXPECT_TRUE(nothing.settled());
  EXPECT_FALSE(nothing.full_rank());
}

// The control: what b alone could see of A. Without a component along its eigenvector a zero is not found.
TEST(SpectrumProbe, WithoutRandomnessItWouldBeDeceived) {
  SpectrumProbe probe(300, 1, u);
  run(probe, with(spaced(300, 0.5), 0), 400, true);
  EXPECT_TRUE(probe.full_rank());
}

TEST(SpectrumProbe, EigenvaluesOfTheSizeOfRoundingAreNotTold) {
  SpectrumProbe probe(300, 1, u);
  run(probe, with(spaced(300, 0.5), 20 * u), 400);
  EXPECT_FALSE(probe.full_rank());
  SpectrumProbe rough(300, 1, unit_roundoff(32));  // products in single precision
  run(rough, with(spaced(300, 0.5), 1e-6), 400);
  EXPECT_FALSE(rough.full_rank());
}

// 2((κ − 1)/(κ + 1))^k, where κ is that of A D, the root of that of H.
TEST(SpectrumProbe, ForeseesSteps) {
  SpectrumProbe probe(300, 1, u);
  EXPECT_TRUE(std::isinf(probe.condition())) << "nothing seen yet";
  run(probe, spaced(300, 1e-2), 400);
  EXPECT_NEAR(probe.condition(), 10, 0.5);
  const double rate = (probe.condition() - 1) / (probe.condition() + 1);
  EXPECT_NEAR(2 * std::pow(rate, probe.steps_to(1e-10)), 1e-10, 1e-13);
}

}  // namespace
}  // namespace akr
