// SPDX-License-Identifier: BSD-3-Clause
#include "precond/gram.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "matrix/dense_pass.hpp"
#include "precond/gram_sum.hpp"
#include "precond/sparse_gram.hpp"

namespace akr {

namespace {

constexpr std::int64_t peek_factor = 4;
constexpr std::int64_t peek_slices = 16;
std::int64_t slice_rows(std::int64_t cols) { return (peek_factor * cols + peek_slices - 1) / peek_slices; }
// A glimpse takes a noticeable part of so few rows: few slices, so that the threads meet less often.
constexpr std::int64_t glimpse_slices = 4;
std::int64_t glimpse_slice(std::int64_t cols, std::int64_t slices) { return (3 * cols / 4 + slices - 1) / slices; }
// Fewer columns are too few to tell how κ grows with them, and Householder's QR takes little longer than AᵀA.
constexpr std::int64_t least_glimpse_cols = 64;
// In single precision the sum is looked at once more where there are many rows: of 2 d of them all columns can be
// judged.
constexpr std::int64_t confirm_ratio = 4;
// Which pays where n d² outweighs the d³ of that look and of the exact certificates to come: a fifth of the time was
// saved at 12000 x 2000 and 20000 x 4000, nothing at 5000 x 1000, and a third was lost at 1000 x 200.
constexpr std::int64_t least_confirm_cols = 1500;
constexpr std::int64_t confirm_factor = 2;
// An update by entries takes 1 to 1.4 ns on a Zen 3, r²/2 of them a row of r entries; as dense blocks a row takes d² at
// 80·10⁹ a second or more.
constexpr double least_full = 0.15;
bool peek_fits(std::int64_t rows, std::int64_t cols) { return rows >= 2 * peek_slices * slice_rows(cols); }
bool glimpse_fits(std::int64_t rows, std::int64_t cols) {
  return cols >= least_glimpse_cols && rows >= 2 * glimpse_slices * glimpse_slice(cols, glimpse_slices) &&
         !peek_fits(rows, cols);
}
// A peek at 4 d rows of so few is a sixteenth of AᵀA or more, a glimpse before it, of a quarter of the products of ¾ d
// rows, a twentieth of that.
// Below 256 columns all of AᵀA is no more than what threads take to meet: 1000 x 100 took 1.0 ms in place of 0.7.
constexpr std::int64_t glimpse_first_ratio = 64;
constexpr std::int64_t least_glimpse_first_cols = 256;
bool glimpse_comes_first(std::int64_t rows, std::int64_t cols) {
  return cols >= least_glimpse_first_cols && rows < glimpse_first_ratio * cols;
}

std::int64_t panel_rows(const AnyPanel &panel) {
  return std::visit([](const auto &p) { return p.rows; }, panel);
}

bool by_pass(const GramRequest &request) {
  return request.b != nullptr && !GramSum::takes_sides(request.atb.rows, request.b->cols());
}

// What is left for the running sum.
GramRequest without_pass(const GramRequest &request) {
  GramRequest rest = request;
  if (by_pass(request)) rest.b = nullptr;
  return rest;
}

void add_adjoint(Run &run, const AnyPanel &panel, const GramRequest &request) {
  if (!by_pass(request)) return;
  PassRequest pass;
  pass.b = request.b;
  pass.z = request.atb;
  add_panel_pass(run, panel, pass);
}

// Shows the sum so far to peek; false when that is the end.
bool look(GramSum &sum, View<const double> g, const GramRequest &request) {
  sum.flush();
  const GramStep step = request.peek(g);
  if (step == GramStep::in_single) sum.continue_in_single();
  return step != GramStep::stop;
}

// Rows [from, to) of each slice.
std::vector<RowRange> rows_of_slices(std::int64_t n, std::int64_t slices, std::int64_t from, std::int64_t to) {
  std::vector<RowRange> out;
  for (std::int64_t s = 0; s < slices; ++s) {
    const std::int64_t begin = n / slices * s, end = s + 1 < slices ? n / slices * (s + 1) : n;
    out.push_back({begin + from, std::min(end, begin + to) - begin - from});
  }
  return out;
}

// How to go on; of so many slices the rows [0, seen) are in the sum then, or, where it goes on in single precision, are
// to be summed again in it, and of g the diagonal is theirs: that is quicker than the other columns in double.
GramStep glimpse(GramSum &sum, const AnyPanel &panel, View<double> g, const GramRequest &request, std::int64_t slices,
                 std::int64_t &seen) {
  seen = glimpse_slice(g.cols, slices);
  const std::vector<RowRange> rows = rows_of_slices(panel_rows(panel), slices, 0, seen);
  sum.add(panel, rows, GramColumns::leading);
  sum.flush();
  const GramStep step = request.glimpse(g);
  if (step == GramStep::in_single && !peek_fits(panel_rows(panel), g.cols)) {  // with a peek, that decides
    sum.add_squares(panel, rows);
    seen = 0;
  } else if (step != GramStep::stop) {
    sum.add(panel, rows, GramColumns::rest);
  }
  return step;
}

// Rows from `seen` on, until there are 2 d.
void add_up_to_confirm(GramSum &sum, const AnyPanel &panel, std::int64_t cols, std::int64_t &seen) {
  const std::int64_t so_far = std::exchange(seen, confirm_factor * cols / glimpse_slices);
  sum.add(panel, rows_of_slices(panel_rows(panel), glimpse_slices, so_far, seen));
}

// Single precision after a glimpse, where a second look allows it; false when that is the end.
bool go_on_in_single(GramSum &sum, const AnyPanel &panel, View<double> g, const GramRequest &request,
                     std::int64_t &seen) {
  const bool scaled = request.rescale(g);
  for (std::int64_t j = 0; j < g.cols; ++j) std::fill_n(g.col(j), j + 1, 0.0);
  for (std::int64_t c = 0; c < request.atb.cols; ++c) std::fill_n(request.atb.col(c), request.atb.rows, 0.0);
  if (!scaled) return true;
  sum.continue_in_single();
  if (!request.confirm || panel_rows(panel) < confirm_ratio * g.cols) return true;
  add_up_to_confirm(sum, panel, g.cols, seen);
  sum.flush();
  return request.confirm(g);
}

// Slices spread over all rows first, then the gaps between them; all at once where there is nobody to foresee anything.
bool dense_gram(Run &run, const AnyPanel &panel, View<double> g, const GramRequest &request) {
  const std::int64_t n = panel_rows(panel);
  GramSum sum(run, g, without_pass(request), n);
  std::int64_t slices = 1, seen = 0;
  if (request.peek && peek_fits(n, g.cols)) {
    slices = peek_slices;
    if (request.glimpse && glimpse_comes_first(n, g.cols) &&
        glimpse(sum, panel, g, request, slices, seen) == GramStep::stop) {
      return false;
    }
    const std::int64_t so_far = seen;
    seen = slice_rows(g.cols);
    sum.add(panel, rows_of_slices(n, slices, so_far, seen));
    if (!look(sum, g, request)) return false;
  } else if (request.glimpse && glimpse_fits(n, g.cols)) {
    slices = glimpse_slices;
    const GramStep step = glimpse(sum, panel, g, request, slices, seen);
    if (step == GramStep::stop) return false;
    if (step == GramStep::in_single && !go_on_in_single(sum, panel, g, request, seen)) return false;
    if (step == GramStep::in_doubt && request.peek && panel_rows(panel) >= confirm_ratio * g.cols) {
      add_up_to_confirm(sum, panel, g.cols, seen);
      if (!look(sum, g, request)) return false;
    }
  }
  sum.add(panel, rows_of_slices(n, slices, seen, n));
  sum.flush();
  add_adjoint(run, panel, request);
  return true;
}

bool streamed_gram(Run &run, const Matrix &a, View<double> g, const GramRequest &request) {
  GramSum sum(run, g, without_pass(request), a.rows());
  std::int64_t seen = 0;
  bool asked = false;
  struct Enough {};  // thrown so that the rows left are not even read
  try {
    a.panels(run, 1, 0, [&](const AnyPanel &panel) {
      sum.add(panel, {{0, panel_rows(panel)}});
      add_adjoint(run, panel, request);
      seen += panel_rows(panel);
      if (request.peek && !asked && seen >= peek_factor * a.cols()) {
        asked = true;
        if (!look(sum, g, request)) throw Enough{};
      }
    });
  } catch (const Enough &) {
    return false;
  }
  sum.flush();
  return true;
}

// AᵀA I, a few columns at a time.
void operator_gram(Run &run, const Matrix &a, View<double> g) {
  constexpr std::int64_t width = 32;
  for (std::int64_t first = 0; first < a.cols(); first += width) {
    const std::int64_t count = std::min(width, a.cols() - first);
    Array2<double> unit(a.cols(), count, 0.0);
    for (std::int64_t c = 0; c < count; ++c) unit(first + c, c) = 1;
    PassRequest request;
    request.x = unit.view();
    request.z = g.columns(first, count);
    a.pass(run, request);
  }
}

}  // namespace

bool gram_is_seen_early(const Matrix &a) { return a.has_panels() && !a.is_sparse() && peek_fits(a.rows(), a.cols()); }

bool gram_is_glimpsed(const Matrix &a) { return a.is_dense() && glimpse_fits(a.rows(), a.cols()); }

bool gram_is_seen_in_doubt(const Matrix &a) { return gram_is_glimpsed(a) && a.rows() >= confirm_ratio * a.cols(); }

bool gram_is_confirmed(const Matrix &a) {
  return gram_is_glimpsed(a) && a.cols() >= least_confirm_cols && a.rows() >= confirm_ratio * a.cols();
}

bool gram_goes_by_entries(const Matrix &a) {
  return a.is_sparse() &&
         static_cast<double>(a.nnz()) < least_full * static_cast<double>(a.rows()) * static_cast<double>(a.cols());
}

bool gram_matrix(Run &run, const Matrix &a, View<double> g, const GramRequest &request) {
  for (std::int64_t j = 0; j < g.cols; ++j) std::fill_n(g.col(j), g.rows, 0.0);
  for (std::int64_t c = 0; c < request.atb.cols; ++c) std::fill_n(request.atb.col(c), request.atb.rows, 0.0);
  if (!a.has_panels()) {
    operator_gram(run, a, g);
    return true;
  }
  bool complete = true;
  if (gram_goes_by_entries(a)) {
    if (const auto *sparse64 = dynamic_cast<const SparseMatrix<double> *>(&a)) add_sparse_gram(run, *sparse64, g);
    if (const auto *sparse32 = dynamic_cast<const SparseMatrix<float> *>(&a)) add_sparse_gram(run, *sparse32, g);
  } else if (a.is_sparse()) {
    GramRequest whole = request;  // the first rows need not be like the others
    whole.peek = nullptr;
    complete = streamed_gram(run, a, g, whole);
  } else if (a.is_dense()) {
    a.panels(run, 1, 0, [&](const AnyPanel &panel) { complete = dense_gram(run, panel, g, request); });
  } else {
    complete = streamed_gram(run, a, g, request);
  }
  if (!complete) return false;
  for (std::int64_t j = 0; j < g.cols; ++j) run.reduction().combine(g.col(j), j + 1);
  for (std::int64_t c = 0; c < request.atb.cols; ++c) run.reduction().combine(request.atb.col(c), request.atb.rows);
  return true;
}

}  // namespace akr
