// SPDX-License-Identifier: BSD-3-Clause
#include "problem.hpp"

#include <algorithm>

#include "columns.hpp"
#include "gather.hpp"
#include "means.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

constexpr std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

// A sparse right-hand side is a dense one with zeros.
Array dense_of(const Sparse &sparse, const std::string &shown) {
  std::vector<double> values(size(checked_product(sparse.rows, sparse.cols, shown)));
  for (std::int64_t i = 0; i < sparse.rows; ++i) {
    for (std::int64_t k = sparse.ptr[size(i)]; k < sparse.ptr[size(i) + 1]; ++k) {
      values[size(sparse.index[size(k)] * sparse.rows + i)] = sparse.values[size(k)];
    }
  }
  return array_of(std::move(values), sparse.rows, sparse.cols, true);
}

}  // namespace

template <class T>
Problem<T>::Problem(const ProblemRequest &request)
    : append_one_(request.intercept && request.ridge <= 0), centred_(request.intercept && request.ridge > 0) {
  if (!request.b_name.empty()) {
    load_from_two(request);
  } else {
    request.b_by_columns ? load_with_identity(request) : load_from_one(request);
  }
  if (centred_) centre_b();
}

template <class T>
void Problem<T>::load_from_one(const ProblemRequest &request) {
  const auto file = request.rows_from_disk ? std::make_shared<RowsFile>(request.a_name) : nullptr;
  Table table = file ? file->table() : load_table(request.a_name, request.header);
  if (table.sparse())
    throw Failure(Exit::usage, concat(table.name, ": --target without a second file needs a dense A"));
  const auto b_columns = find_columns(table, request.targets);
  rows_ = b_rows_ = table.rows();
  nrhs_ = static_cast<std::int64_t>(b_columns.size());
  b_places_.emplace(table, b_columns);
  file ? read_b(*file, b_columns) : take_b(table, b_columns);
  const auto a_columns = other_columns(table.cols(), b_columns);
  if (a_columns.empty()) throw Failure(Exit::usage, concat(table.name, ": no column is left for A"));
  take_a(std::move(table), file, a_columns);
}

template <class T>
void Problem<T>::load_from_two(const ProblemRequest &request) {
  const auto file = request.rows_from_disk ? std::make_shared<RowsFile>(request.a_name) : nullptr;
  Table a = file ? file->table() : load_table(request.a_name, request.header);
  const Table b = load_table(request.b_name, request.header);
  rows_ = a.rows();
  b_rows_ = request.b_by_columns ? a.cols() : rows_;
  if (b.rows() != b_rows_) {
    const char *side = request.b_by_columns ? "column" : "row";
    const char *turned = b.cols() == b_rows_ ? ", and this one is transposed" : "";
    throw Failure(Exit::data, concat(b.name, ": has ", b.rows(), b.rows() == 1 ? " row" : " rows", ", but ", a.name,
                                     " has ", b_rows_, request.b_by_columns ? " columns" : "",
                                     ": b needs one row for each ", side, " of A", turned));
  }
  const auto b_columns = request.targets.empty() ? other_columns(b.cols(), {}) : find_columns(b, request.targets);
  nrhs_ = static_cast<std::int64_t>(b_columns.size());
  b_places_.emplace(b, b_columns);
  take_b(b, b_columns);
  const auto a_columns = other_columns(a.cols(), {});
  take_a(std::move(a), file, a_columns);
}

template <class T>
void Problem<T>::load_with_identity(const ProblemRequest &request) {
  const auto file = request.rows_from_disk ? std::make_shared<RowsFile>(request.a_name) : nullptr;
  Table a = file ? file->table() : load_table(request.a_name, request.header);
  rows_ = a.rows();
  b_rows_ = nrhs_ = a.cols();
  b_.assign(size(checked_product(nrhs_, nrhs_, a.name)), T(0));
  for (std::int64_t i = 0; i < nrhs_; ++i) b_[size(i * nrhs_ + i)] = T(1);
  const auto a_columns = other_columns(a.cols(), {});
  take_a(std::move(a), file, a_columns);
}

template <class T>
void Problem<T>::take_b(const Table &table, const std::vector<std::int64_t> &columns) {
  b_ = gather<T>(table.array() ? *table.array() : dense_of(*table.sparse(), table.name), columns, true);
}

template <class T>
void Problem<T>::read_b(RowsFile &file, const std::vector<std::int64_t> &columns) {
  const std::int64_t chunk = std::max<std::int64_t>(1, (std::int64_t{1} << 17) / std::max<std::int64_t>(1, nrhs_));
  std::vector<T> block(size(std::min(chunk, rows_) * nrhs_));
  b_.resize(size(rows_ * nrhs_));
  for (std::int64_t first = 0; first < rows_; first += chunk) {
    const std::int64_t count = std::min(chunk, rows_ - first);
    if (!file.read(columns, first, count, block.data(), nrhs_)) throw Failure(Exit::input_output, file.error());
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < nrhs_; ++j) b_[size(j * rows_ + first + i)] = block[size(i * nrhs_ + j)];
    }
  }
}

template <class T>
void Problem<T>::take_a(Table table, std::shared_ptr<RowsFile> file, std::vector<std::int64_t> columns) {
  const Recipe recipe{std::move(columns), append_one_, centred_};
  unknowns_ = recipe.width();
  if (file) {
    source_ = make_rows_source<T>(std::move(file), recipe);
  } else if (table.sparse()) {
    source_ = make_sparse_source<T>(std::move(table), recipe);
  } else {
    source_ = make_dense_source<T>(std::move(table), recipe);
  }
}

template <class T>
void Problem<T>::refuse_not_finite() {
  source_->refuse_not_finite();
  if (b_places_) cli::refuse_not_finite(*b_places_, b_.data(), b_rows_, true, 0);
}

template <class T>
void Problem<T>::centre_b() {
  cli::refuse_not_finite(*b_places_, b_.data(), b_rows_, true, 0);
  ColumnSums sums(nrhs_);
  for (std::int64_t k = 0; k < rows_ * nrhs_; ++k) sums.add(k / rows_, static_cast<double>(b_[size(k)]));
  b_means_ = sums.means(rows_, "b");
  for (std::int64_t k = 0; k < rows_ * nrhs_; ++k) {
    b_[size(k)] = static_cast<T>(static_cast<double>(b_[size(k)]) - b_means_[size(k / rows_)]);
  }
}

template <class T>
std::vector<T> Problem<T>::answer_of(const std::vector<T> &x) const {
  if (!centred_) return x;
  std::vector<T> out;
  out.reserve(size(answer_rows() * nrhs_));
  for (std::int64_t j = 0; j < nrhs_; ++j) {
    double constant = b_means_[size(j)];
    for (std::int64_t i = 0; i < unknowns_; ++i) {
      out.push_back(x[size(j * unknowns_ + i)]);
      constant -= source_->means()[size(i)] * static_cast<double>(out.back());
    }
    out.push_back(static_cast<T>(constant));
  }
  return out;
}

template <class T>
std::vector<T> Problem<T>::unknowns_of(const std::vector<T> &answer) const {
  if (!centred_) return answer;
  std::vector<T> out;
  for (std::size_t k = 0; k < answer.size(); ++k) {
    if ((k + 1) % size(answer_rows()) != 0) out.push_back(answer[k]);
  }
  return out;
}

template class Problem<float>;
template class Problem<double>;

}  // namespace akr::cli
