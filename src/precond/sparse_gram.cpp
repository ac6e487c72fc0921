// SPDX-License-Identifier: BSD-3-Clause
// Column by column of G, G_j += Σ a_ij (row i up to column j), so that the column that is written stays in the
// first-level cache. Which rows have something in column j says a list that is made for some rows at a time, which then
// stay in cache too until all columns of G have had them. The tasks own columns of G: no partial sums, no dependence on
// threads.
#include "precond/sparse_gram.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace akr {

namespace {

// All columns of G are read and written once for what is taken at once: with d²/8 entries, 20 bytes each, that moves
// three times as many bytes as the lists. Few columns are in cache, but there the threads must not meet too often. And
// an eighth of A at most, but for small A.
constexpr std::int64_t gram_share = 8;
constexpr std::int64_t least_together = 1 << 17;
constexpr std::int64_t share_of_a = 8;
constexpr std::int64_t least_piece_entries = 1 << 8;
constexpr std::int64_t pieces_together = 8;
// Rows come in no order a processor foresees: so many places ahead they are fetched. 3 and 16 were slower than 6, and
// none twice as slow as that.
constexpr std::int32_t places_ahead = 6;
constexpr std::int64_t least_columns = 8;
constexpr std::int64_t most_column_tasks = 32;

// Some rows, each sorted by columns, and for each column its entries in them.
class Piece {
 public:
  // `entries`: how many there usually are.
  template <class T>
  void load(const SparseMatrix<T> &a, std::int64_t begin, std::int64_t end, std::int64_t entries) {
    entries = std::max(entries, a.first_entry(end) - a.first_entry(begin));
    if (columns_.size() < entries) {
      columns_ = Buffer<std::int32_t>(entries);
      values_ = Buffer<double>(entries);
      places_ = Buffer<Place>(entries);
    }
    if (starts_.size() == 0) starts_ = Buffer<std::int32_t>(a.cols() + 1);
    std::fill_n(starts_.data(), starts_.size(), 0);
    std::int32_t at = 0;
    a.for_each_row(begin, end, [&](std::int64_t, std::int64_t count, auto column, const T *values) {
      const std::int32_t row = at;
      bool sorted = true;
      for (std::int64_t q = 0; q < count; ++q, ++at) {
        columns_[at] = static_cast<std::int32_t>(column(q));
        values_[at] = static_cast<double>(values[q]);
        sorted = sorted && (q == 0 || columns_[at] > columns_[at - 1]);
        ++starts_[columns_[at] + 1];
      }
      if (!sorted) sort(row, at);
    });
    std::partial_sum(starts_.data(), starts_.data() + starts_.size(), starts_.data());
    // Each column's start moves forward as its list fills; shifted back at the end.
    at = 0;
    a.for_each_row(begin, end, [&](std::int64_t, std::int64_t count, auto, const T *) {
      const std::int32_t row = at;
      for (std::int64_t q = 0; q < count; ++q, ++at) places_[starts_[columns_[at]]++] = {row, at};
    });
    for (std::int64_t j = a.cols(); j > 0; --j) starts_[j] = starts_[j - 1];
    starts_[0] = 0;
  }

  void add(std::int64_t j, double *target) const {
    const std::int32_t last = starts_[starts_.size() - 1] - 1;
    for (std::int32_t k = starts_[j]; k < starts_[j + 1]; ++k) {
      const Place place = places_[k];
      fetch(places_[std::min(k + places_ahead, last)].row);
      const double value = values_[place.entry];
      for (std::int32_t p = place.row; p <= place.entry; ++p) target[columns_[p]] += value * values_[p];
    }
  }

 private:
  struct Place {
    std::int32_t row, entry;  // where the row begins, and the entry itself
  };

  // The first lines of the row that begins there.
  void fetch(std::int32_t row) const {
    __builtin_prefetch(columns_.data() + row);
    __builtin_prefetch(values_.data() + row);
    __builtin_prefetch(values_.data() + row + 8);
  }

  void sort(std::int32_t begin, std::int32_t end) {
    std::vector<std::pair<std::int32_t, double>> row;
    for (std::int32_t p = begin; p < end; ++p) row.emplace_back(columns_[p], values_[p]);
    std::sort(row.begin(), row.end(), [](const auto &x, const auto &y) { return x.first < y.first; });
    for (std::int32_t p = begin; p < end; ++p) {
      columns_[p] = row[static_cast<std::size_t>(p - begin)].first;
      values_[p] = row[static_cast<std::size_t>(p - begin)].second;
    }
  }

  Buffer<std::int32_t> columns_;
  Buffer<double> values_;
  Buffer<Place> places_;         // by columns
  Buffer<std::int32_t> starts_;  // of each column's places
};

}  // namespace

template <class T>
void add_sparse_gram(Run &run, const SparseMatrix<T> &a, View<double> g) {
  std::vector<Piece> pieces(pieces_together);
  const std::int64_t together =
      std::min(std::max(a.cols() * a.cols() / gram_share, least_together), a.nnz() / share_of_a);
  const std::int64_t piece_entries = std::clamp(together / pieces_together, least_piece_entries, std::int64_t{1} << 30);
  const RowChunks columns = RowChunks::split(a.cols(), least_columns, most_column_tasks);
  std::vector<std::int64_t> ends;
  for (std::int64_t row = 0; row < a.rows();) {
    ends.assign(1, row);
    while (row < a.rows() && static_cast<std::int64_t>(ends.size()) <= pieces_together) {
      row = a.rows_with(row, piece_entries);
      ends.push_back(row);
    }
    const std::int64_t loaded = static_cast<std::int64_t>(ends.size()) - 1;
    run.parallel(loaded, [&](std::int64_t piece, int) {
      const std::size_t at = static_cast<std::size_t>(piece);
      pieces[at].load(a, ends[at], ends[at + 1], piece_entries);
    });
    run.parallel(columns.count, [&](std::int64_t chunk, int) {
      for (std::int64_t j = columns.begin(chunk); j < columns.end(chunk); ++j) {
        for (std::int64_t piece = 0; piece < loaded; ++piece) pieces[static_cast<std::size_t>(piece)].add(j, g.col(j));
      }
    });
    run.poll();
  }
}

template void add_sparse_gram<double>(Run &, const SparseMatrix<double> &, View<double>);
template void add_sparse_gram<float>(Run &, const SparseMatrix<float> &, View<double>);

}  // namespace akr
