// SPDX-License-Identifier: BSD-3-Clause
#include "precond/rpcholesky.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "linalg/lapack.hpp"

namespace akr {

using linalg::Op;

namespace {

constexpr std::int64_t most_proposals = 128;
// A pivot smaller than this part of what its row began with is rounding.
constexpr double least_pivot = 1e-13;

class Growth {
 public:
  Growth(Call &call, const SymmetricOperator &g, LowRank &out)
      : call_(call),
        g_(g),
        out_(out),
        random_(static_cast<std::uint64_t>(call.options.seed), Purpose::pivots, 0),
        diagonal_(std::max<std::int64_t>(g.size(), 1)) {
    g.diagonal(call.run, diagonal_.data());
  }

  // False when nothing is left to draw from.
  bool round(std::int64_t wanted) {
    const std::vector<std::int64_t> proposals = draw(std::min(most_proposals, wanted + wanted / 4 + 4));
    if (proposals.empty()) return false;
    std::vector<std::int64_t> accepted = accept(proposals, wanted);
    if (accepted.empty()) return true;
    append(accepted);
    return true;
  }

 private:
  double uniform() {
    const auto words = random_.words(out_.draws++);
    return RandomStream::uniform(words[0], words[1]);
  }

  // Independent draws by the remainder's diagonal.
  std::vector<std::int64_t> draw(std::int64_t count) {
    const std::int64_t n = g_.size();
    std::vector<double> sums(static_cast<std::size_t>(n));
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      sum += out_.remainder[i];
      sums[static_cast<std::size_t>(i)] = sum;
    }
    std::vector<std::int64_t> out;
    if (!(sum > 0)) return out;
    for (std::int64_t k = 0; k < count; ++k) {
      const auto at = std::upper_bound(sums.begin(), sums.end(), uniform() * sum);
      out.push_back(std::min<std::int64_t>(at - sums.begin(), n - 1));
    }
    return out;
  }

  // Rejection by the current remainder's block: its Cholesky factorisation goes on with those accepted alone.
  std::vector<std::int64_t> accept(const std::vector<std::int64_t> &proposals, std::int64_t wanted) {
    const std::int64_t b = static_cast<std::int64_t>(proposals.size());
    Array2<double> h = remainder_block(proposals);
    std::vector<std::int64_t> out;
    for (std::int64_t k = 0; k < b && static_cast<std::int64_t>(out.size()) < wanted; ++k) {
      const std::int64_t row = proposals[static_cast<std::size_t>(k)];
      const double pivot = h(k, k);
      const double drawn = uniform() * out_.remainder[row];
      if (!(drawn < pivot && pivot > least_pivot * diagonal_[row])) continue;
      out.push_back(row);
      for (std::int64_t j = k + 1; j < b; ++j) {
        const double factor = h(j, k) / pivot;
        for (std::int64_t i = j; i < b; ++i) h(i, j) -= factor * h(i, k);
      }
    }
    return out;
  }

  // (G − F Fᵀ)(S, S)
  Array2<double> remainder_block(const std::vector<std::int64_t> &rows) {
    const std::int64_t b = static_cast<std::int64_t>(rows.size());
    Array2<double> all(g_.size(), b);
    g_.columns(call_.run, rows.data(), b, all.view());
    Array2<double> h(b, b);
    for (std::int64_t c = 0; c < b; ++c) {
      for (std::int64_t i = 0; i < b; ++i) h(i, c) = all(rows[static_cast<std::size_t>(i)], c);
    }
    if (out_.rank > 0) {
      const Array2<double> f = rows_of_f(rows);
      linalg::gemm(Op::none, Op::transpose, -1.0, f.view(), f.view(), 1.0, h.view());
    }
    columns_ = std::move(all);
    column_rows_ = rows;
    return h;
  }

  Array2<double> rows_of_f(const std::vector<std::int64_t> &rows) const {
    Array2<double> out(static_cast<std::int64_t>(rows.size()), out_.rank);
    for (std::int64_t c = 0; c < out_.rank; ++c) {
      for (std::size_t i = 0; i < rows.size(); ++i) out(static_cast<std::int64_t>(i), c) = out_.f(rows[i], c);
    }
    return out;
  }

  // F gains (G − F Fᵀ)(:, T) L⁻ᵀ with L Lᵀ = (G − F Fᵀ)(T, T).
  void append(const std::vector<std::int64_t> &rows) {
    const std::int64_t n = g_.size();
    const std::int64_t b = static_cast<std::int64_t>(rows.size());
    const View<double> fresh = out_.f.view().columns(out_.rank, b);
    for (std::int64_t c = 0; c < b; ++c) {
      const auto at = std::find(column_rows_.begin(), column_rows_.end(), rows[static_cast<std::size_t>(c)]);
      std::copy_n(columns_.col(at - column_rows_.begin()), n, fresh.col(c));
    }
    if (out_.rank > 0) {
      const Array2<double> f = rows_of_f(rows);
      linalg::gemm(Op::none, Op::transpose, -1.0, out_.factor(), f.view(), 1.0, fresh);
    }
    Array2<double> r(b, b);
    for (std::int64_t c = 0; c < b; ++c) {
      for (std::int64_t i = 0; i < b; ++i) r(i, c) = fresh(rows[static_cast<std::size_t>(i)], c);
      r(c, c) *= 1 + 4e-16 * static_cast<double>(b);
    }
    if (!linalg::cholesky_upper(r.view())) return;  // only rounding was left: these rows are done with
    linalg::trsm_right_upper(r.view(), fresh);
    out_.rank += b;
    double trace = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      double square = 0;
      for (std::int64_t c = 0; c < b; ++c) square += fresh(i, c) * fresh(i, c);
      out_.remainder[i] = std::max(0.0, out_.remainder[i] - square);
    }
    for (const std::int64_t row : rows) out_.remainder[row] = 0;
    for (std::int64_t i = 0; i < n; ++i) trace += out_.remainder[i];
    out_.trace = trace;
  }

  Call &call_;
  const SymmetricOperator &g_;
  LowRank &out_;
  RandomStream random_;
  Buffer<double> diagonal_;
  Array2<double> columns_;
  std::vector<std::int64_t> column_rows_;
};

}  // namespace

LowRank empty_low_rank(Run &run, const SymmetricOperator &g, std::int64_t room) {
  LowRank out;
  out.f = Array2<double>(g.size(), room);
  out.remainder = Buffer<double>(std::max<std::int64_t>(g.size(), 1));
  g.diagonal(run, out.remainder.data());
  for (std::int64_t i = 0; i < g.size(); ++i) out.trace += out.remainder[i];
  return out;
}

void grow_rpcholesky(Call &call, const SymmetricOperator &g, std::int64_t rank, double tolerance, LowRank &out) {
  const PhaseTimer timer(call.report, Key::seconds_factor);
  call.run.monitor().phase("factor");
  rank = std::min(rank, out.f.cols());
  Growth growth(call, g, out);
  double whole = 0;
  Buffer<double> diagonal(std::max<std::int64_t>(g.size(), 1));
  g.diagonal(call.run, diagonal.data());
  for (std::int64_t i = 0; i < g.size(); ++i) whole += diagonal[i];
  int idle = 0;
  while (out.rank < rank && out.trace > tolerance * whole && idle < 8) {
    const std::int64_t before = out.rank;
    if (!growth.round(rank - out.rank)) return;
    idle = out.rank == before ? idle + 1 : 0;
    call.run.monitor().advance(static_cast<double>(out.rank) / static_cast<double>(rank));
    call.run.poll();
  }
}

}  // namespace akr
