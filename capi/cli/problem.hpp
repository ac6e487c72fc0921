// SPDX-License-Identifier: BSD-3-Clause
// From files to a problem in one precision: the matrix, the right-hand sides, and what an intercept
// changes about both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "not_finite.hpp"
#include "source.hpp"

namespace akr::cli {

struct ProblemRequest {
  std::string a_name;
  std::string b_name;                // empty: the targets are columns of the first file
  std::vector<std::string> targets;  // columns of b; none: all of its file
  Header header = Header::automatic;
  bool intercept = false;
  double ridge = 0;
  bool rows_from_disk = false;
  bool b_by_columns = false;  // b has a row for each column of A; without a file it is the identity
};

// The intercept. Without a ridge it is one more column of ones. A ridge must not penalise it, so then A and b are
// centred: with m and beta the means of the columns of A and b, the x of
//     min ||(A - 1 m') x - (b - 1 beta)||^2 + ridge ||x||^2
// is also that of the problem with an unpenalised constant, and the constant is beta - m'x.
template <class T>
class Problem {
 public:
  explicit Problem(const ProblemRequest &request);

  Matrix make_matrix(const akr_options *options) { return source_->make_matrix(options); }
  std::int64_t rows() const { return rows_; }
  std::int64_t unknowns() const { return unknowns_; }  // as the library sees them
  std::int64_t answer_rows() const { return unknowns_ + (centred_ ? 1 : 0); }
  std::int64_t right_sides() const { return nrhs_; }
  std::int64_t b_rows() const { return b_rows_; }
  const T *b() const { return b_.data(); }
  std::string description() const { return source_->description(); }
  std::string read_error() const { return source_->read_error(); }
  // Throws Failure (data) naming the place in its file of the first entry of A or b that is not finite, if there is
  // one.
  void refuse_not_finite();

  // The library's x, with the intercept below each column where that is not a part of it already; and back.
  std::vector<T> answer_of(const std::vector<T> &x) const;
  std::vector<T> unknowns_of(const std::vector<T> &answer) const;

 private:
  void load_from_one(const ProblemRequest &request);
  void load_from_two(const ProblemRequest &request);
  void load_with_identity(const ProblemRequest &request);
  void take_b(const Table &table, const std::vector<std::int64_t> &columns);
  void read_b(RowsFile &file, const std::vector<std::int64_t> &columns);
  void take_a(Table table, std::shared_ptr<RowsFile> file, std::vector<std::int64_t> columns);
  void centre_b();

  bool append_one_, centred_;
  std::int64_t rows_ = 0, b_rows_ = 0, unknowns_ = 0, nrhs_ = 0;
  std::unique_ptr<Source<T>> source_;
  std::vector<T> b_;
  std::optional<Places> b_places_;  // none of the identity
  std::vector<double> b_means_;
};

extern template class Problem<float>;
extern template class Problem<double>;

}  // namespace akr::cli
