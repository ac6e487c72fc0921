// SPDX-License-Identifier: BSD-3-Clause
// Where the matrix comes from: an array in memory (or mapped), a sparse matrix, or rows left on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "handles.hpp"
#include "rows_file.hpp"
#include "table.hpp"

namespace akr::cli {

// Which columns of the file make the matrix, and what an intercept does to them.
struct Recipe {
  std::vector<std::int64_t> columns;
  bool append_one = false;  // a last column of ones
  bool centre = false;      // each column minus its mean

  std::int64_t width() const { return static_cast<std::int64_t>(columns.size()) + (append_one ? 1 : 0); }
};

// The library borrows the numbers, so a source outlives the handles that it makes.
template <class T>
class Source {
 public:
  virtual ~Source() = default;
  virtual Matrix make_matrix(const akr_options *options) = 0;
  virtual std::string description() const = 0;
  virtual std::string read_error() const { return {}; }
  // Throws Failure (data) naming the place in the file of the first entry that is not finite, if there is one.
  virtual void refuse_not_finite() = 0;
  const std::vector<double> &means() const { return means_; }  // where the recipe says centre

 protected:
  std::vector<double> means_;
};

template <class T>
std::unique_ptr<Source<T>> make_dense_source(Table table, const Recipe &recipe);
template <class T>
std::unique_ptr<Source<T>> make_sparse_source(Table table, const Recipe &recipe);
template <class T>
std::unique_ptr<Source<T>> make_rows_source(std::shared_ptr<RowsFile> file, const Recipe &recipe);

extern template std::unique_ptr<Source<float>> make_dense_source(Table, const Recipe &);
extern template std::unique_ptr<Source<double>> make_dense_source(Table, const Recipe &);
extern template std::unique_ptr<Source<float>> make_sparse_source(Table, const Recipe &);
extern template std::unique_ptr<Source<double>> make_sparse_source(Table, const Recipe &);
extern template std::unique_ptr<Source<float>> make_rows_source(std::shared_ptr<RowsFile>, const Recipe &);
extern template std::unique_ptr<Source<double>> make_rows_source(std::shared_ptr<RowsFile>, const Recipe &);

}  // namespace akr::cli
