// SPDX-License-Identifier: BSD-3-Clause
// Leverage scores of matrices on which solvers have been seen to fail, by every method, sketch, storage and precision,
// with and without a ridge: right by the reference in extended precision, or a status that is true of A.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "reference/adversaries.hpp"
#include "reference/bounds.hpp"
#include "reference/problem_reference.hpp"
#include "reference/storage.hpp"

namespace {

using namespace numeric;

// The singular values and left vectors of the stacked matrix with columns of norm one (for ridge = 0 scores do not
// depend on the scale of columns), whose rank is the one that counts.
class ScoreReference {
 public:
  template <class T>
  ScoreReference(const Array<T> &a, double ridge) : wide_(a.rows() < a.cols() && ridge == 0), rows_(a.rows()) {
    const Array<Real> scaled = with_unit_columns(ridge > 0 ? stacked(a, ridge) : a.template as<Real>());
    const Array<Real> m = wide_ ? scaled.transposed() : scaled;
    const HouseholderQr qr(m);
    svd_ = jacobi_svd(qr.r());
    if (wide_) {  // the left vectors of A itself
      u_ = svd_.v;
      return;
    }
    // As A V Σ⁻¹, which has small rows to as many digits as large ones.
    u_ = Array<Real>(rows_, m.cols());
    for (std::int64_t k = 0; k < m.cols() && svd_.sigma[k] > 0; ++k)
      for (std::int64_t j = 0; j < m.cols(); ++j)
        for (std::int64_t i = 0; i < rows_; ++i) u_(i, k) += scaled(i, j) * (svd_.v(j, k) / svd_.sigma[k]);
  }
  std::int64_t full() const { return svd_.sigma.rows(); }
  Real sigma(std::int64_t k) const { return svd_.sigma[k]; }
  Array<Real> scores(std::int64_t k) const {
    Array<Real> out(rows_);
    for (std::int64_t c = 0; c < k; ++c)
      for (std::int64_t i = 0; i < rows_; ++i) out[i] += u_(i, c) * u_(i, c);
    return out;
  }

 private:
  bool wide_;
  std::int64_t rows_;
  Svd svd_;
  Array<Real> u_;
};

// With columns scaled to norm one, R belongs to a matrix within d u of A, so that a row of A
// R⁻¹ is off by d u κ of its own length and the substitution adds as much: 4 d u κ to first order (leverage.cpp). With
// few columns the sums over the rows count as well: 64 of them at a time, some 8 u where roundings are random, and
// twice that where they are not quite (equal rows), which is 16 u κ more; an operator's own sums of n terms besides.
// Below full rank the subspace that is kept turns by the tolerance times κ of what is kept, which is absolute in the
// root of a score.
template <class T>
std::string lie(const Array<T> &a, const ScoreReference &truth, const Array<T> &scores, akr_status status,
                std::int64_t rank, Real products) {
  std::ostringstream out;
  const std::int64_t full = truth.full(), d = a.cols();  // AKR_OK says that the rank is d, which it may not be
  if (status < 0) return "";
  if (status == AKR_OK && full < d) out << "AKR_OK, but there are only " << full << " rows";
  if (status == AKR_OK && full > 0 && !(truth.sigma(full - 1) >= 0.5L * unit_roundoff<T> * truth.sigma(0)))
    out << "AKR_OK, but sigma_min/sigma_max = " << truth.sigma(full - 1) / truth.sigma(0);
  if (status == AKR_RANK_DEFICIENT && !(rank < d)) out << "AKR_RANK_DEFICIENT with rank " << rank << " of " << full;
  if (rank < full && truth.sigma(0) > 0 &&
      !(truth.sigma(rank) <= 20 * truncation<T>(std::max(d, full)) * truth.sigma(0)))
    out << "rank " << rank << ", but the next singular value is " << truth.sigma(rank) / truth.sigma(0);
  const Array<Real> right = truth.scores(rank);
  const Real kappa = rank > 0 ? truth.sigma(0) / truth.sigma(rank - 1) : 1;
  const Real u = unit_roundoff<T>;
  const Real relative = ((4 * static_cast<Real>(std::max(d, full)) + 16) * u + products) * kappa;
  const bool gap = rank < full && rank > 0 && truth.sigma(rank) > 1e-4L * truth.sigma(rank - 1);
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    const Real score = wide(scores[i]);
    if (!(score >= 0 && score <= 1 + relative + 8 * u)) out << "score " << i << " is " << score << "; ";
    if (gap || relative > 0.1L) continue;  // nobody knows the subspace
    const Real root = rank < full ? 4 * truncation<T>(full) * kappa : 0;
    const Real turned = root * (2 * std::sqrt(right[i]) + root);
    const Real bound = relative * right[i] + turned + wide(std::numeric_limits<T>::min());
    if (!(std::fabs(score - right[i]) <= bound))
      out << "score " << i << " is " << score << ", not " << right[i] << ", by " << std::fabs(score - right[i]) / bound
          << " bounds; ";
    if (out.tellp() > 300) break;
  }
  return out.str();
}

akr_status leverage(const Matrix &a, const akr_precond *m, double ridge, Array<double> &l, const Options &o,
                    const Report &r) {
  return akr_leverage_scores_f64(a.get(), m, ridge, l.data(), o.get(), r.get());
}
akr_status leverage(const Matrix &a, const akr_precond *m, double ridge, Array<float> &l, const Options &o,
                    const Report &r) {
  return akr_leverage_scores_f32(a.get(), m, ridge, l.data(), o.get(), r.get());
}

constexpr const char *kWays[][3] = {{"auto", "auto", "auto"},
                                    {"cholesky", "auto", "auto"},
                                    {"qr", "auto", "auto"},
                                    {"gradient", "auto", "auto"},
                                    {"sketch", "srht", "hartley"},
                                    {"sketch", "srht", "cosine"},
                                    {"sketch", "srht", "hadamard"},
                                    {"sketch", "sparse-sign", "auto"},
                                    {"sketch", "gaussian", "auto"},
                                    {"sketch-cholqr", "srht", "hadamard"},
                                    {"sketch-cholqr", "sparse-sign", "auto"}};

class LeverageAdversaries : public testing::TestWithParam<std::int64_t> {};

template <class T>
void check(const Array<T> &a, std::map<std::string, std::int64_t> &counts) {
  const Real size = norm(a);
  for (const double relative_ridge : {0.0, 1e-10, 1.0}) {
    const double ridge = static_cast<double>(relative_ridge * size * size);
    if (!std::isfinite(ridge) || (relative_ridge > 0 && !(ridge >= std::numeric_limits<double>::min()))) continue;
    const ScoreReference truth(a, ridge);
    for (const std::int64_t storage : {0, 3, 4}) {
      const Lent<T> lent(a, storage, 1);
      for (const auto &way : kWays) {
        const Report report;
        const Options options({{"method", way[0]}, {"sketch.kind", way[1]}, {"sketch.transform", way[2]}});
        Array<T> scores(a.rows(), 1, std::numeric_limits<T>::quiet_NaN());
        const akr_status status = leverage(lent.matrix(), nullptr, ridge, scores, options, report);
        ++counts[akr_status_name(status)];
        const bool expected = status == AKR_OK || status == AKR_RANK_DEFICIENT || status == AKR_E_NUMERIC ||
                              (status == AKR_E_UNSUPPORTED && storage == 4);
        const std::string where = std::to_string(a.rows()) + " x " + std::to_string(a.cols()) + ", ridge " +
                                  std::to_string(relative_ridge) + ", " + storage_names[storage] + ", " + way[0] +
                                  ", " + way[1] + ' ' + way[2];
        EXPECT_TRUE(expected) << where << ": " << akr_last_error();
        const Real products = storage == 4 ? static_cast<Real>(a.rows() + a.cols()) * unit_roundoff<T> : 0;
        const std::int64_t rank = report.has("rank") ? report.integer("rank") : truth.full();
        EXPECT_EQ(lie(a, truth, scores, status, rank, products), "") << where;
      }
    }
  }
}

TEST_P(LeverageAdversaries, AreRightOrHonest) {
  Random random(500 + static_cast<std::uint64_t>(GetParam()));
  std::map<std::string, std::int64_t> counts;
  for (const auto &[n, d] : {std::pair<std::int64_t, std::int64_t>{128, 8}, {300, 5}, {12, 8}, {5, 8}}) {
    check(adversary_matrix(GetParam(), n, d, 150, random), counts);
    check(adversary_matrix(GetParam(), n, d, 17, random).as<float>(), counts);
  }
  for (const auto &[status, times] : counts) std::printf("%-20s %lld\n", status.c_str(), static_cast<long long>(times));
}

INSTANTIATE_TEST_SUITE_P(All, LeverageAdversaries, testing::Range<std::int64_t>(0, adversary_count),
                         [](const testing::TestParamInfo<std::int64_t> &kind) {
                           std::string name;
                           for (const char *c = adversary_names[kind.param]; *c != 0; ++c)
                             if (std::isalnum(static_cast<unsigned char>(*c)) != 0) name += *c;
                           return name + std::to_string(kind.param);
                         });

TEST(LeverageJudge, CanFind) {
  const Array<double> a = Random(9).normals(60, 5);
  const ScoreReference truth(a, 0);
  Array<double> scores(60);
  const Report report;
  ASSERT_EQ(leverage(dense(a), nullptr, 0, scores, {}, report), AKR_OK);
  EXPECT_EQ(lie(a, truth, scores, AKR_OK, 5, 0), "");
  EXPECT_NE(lie(a, truth, scores, AKR_RANK_DEFICIENT, 4, 0), "");
  scores[7] *= 1 + 1e-12;
  EXPECT_NE(lie(a, truth, scores, AKR_OK, 5, 0), "");
}

}  // namespace
