// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>

#include "not_finite.hpp"
#include "precision.hpp"
#include "source.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

template <class T>
class SparseSource final : public Source<T> {
 public:
  SparseSource(Table table, const Recipe &recipe) : places_(table, recipe.columns), cols_(recipe.width()) {
    if (recipe.centre) throw Failure(Exit::usage, concat(places_.name, ": --intercept with --ridge needs a dense A"));
    Sparse &sparse = std::get<Sparse>(table.data);
    rows_ = sparse.rows;
    given_ = sparse.values.size();
    const std::int64_t stored = static_cast<std::int64_t>(given_) + (recipe.append_one ? rows_ : 0);
    // Indices of 32 bits, where they do, are half the memory and half the traffic.
    if (std::max(stored, cols_) <= std::numeric_limits<std::int32_t>::max()) {
      fill(sparse, recipe.append_one, ptr32_, index32_);
    } else {
      fill(sparse, recipe.append_one, ptr64_, index64_);
    }
  }

  Matrix make_matrix(const akr_options *options) override {
    const bool narrow = !ptr32_.empty();
    const void *ptr = narrow ? static_cast<const void *>(ptr32_.data()) : ptr64_.data();
    const void *index = narrow ? static_cast<const void *>(index32_.data()) : index64_.data();
    akr_matrix *handle = nullptr;
    const akr_status status =
        create_sparse(rows_, cols_, narrow ? 32 : 64, ptr, index, values_.data(), options, &handle);
    if (status == AKR_E_NOT_FINITE) refuse_not_finite();
    check(status, places_.name);
    return Matrix(handle);
  }

  void refuse_not_finite() override {
    ptr32_.empty() ? refuse_not_finite(ptr64_, index64_) : refuse_not_finite(ptr32_, index32_);
  }
  std::string description() const override { return concat("sparse, ", given_, " entries"); }

 private:
  template <class Index>
  void refuse_not_finite(const std::vector<Index> &ptr, const std::vector<Index> &index) const {
    for (std::size_t i = 0; i + 1 < ptr.size(); ++i) {
      for (auto k = static_cast<std::size_t>(ptr[i]); k < static_cast<std::size_t>(ptr[i + 1]); ++k) {
        // The one of an intercept stands in no column of the file, and is finite.
        if (index[k] >= static_cast<Index>(places_.columns.size())) continue;
        cli::refuse_not_finite(places_, static_cast<std::int64_t>(i), index[k], static_cast<double>(values_[k]),
                               sizeof(T) == 4);
      }
    }
  }

  template <class Index>
  void fill(const Sparse &sparse, bool append_one, std::vector<Index> &ptr, std::vector<Index> &index) {
    ptr.reserve(sparse.ptr.size());
    index.reserve(given_ + (append_one ? static_cast<std::size_t>(rows_) : 0));
    values_.reserve(index.capacity());
    ptr.push_back(0);
    for (std::size_t i = 0; i + 1 < sparse.ptr.size(); ++i) {
      for (auto k = static_cast<std::size_t>(sparse.ptr[i]); k < static_cast<std::size_t>(sparse.ptr[i + 1]); ++k) {
        index.push_back(static_cast<Index>(sparse.index[k]));
        values_.push_back(static_cast<T>(sparse.values[k]));
      }
      if (append_one) {
        index.push_back(static_cast<Index>(cols_ - 1));
        values_.push_back(T{1});
      }
      ptr.push_back(static_cast<Index>(index.size()));
    }
  }

  Places places_;
  std::int64_t rows_ = 0, cols_ = 0;
  std::size_t given_ = 0;
  std::vector<std::int32_t> ptr32_, index32_;
  std::vector<std::int64_t> ptr64_, index64_;
  std::vector<T> values_;
};

}  // namespace

template <class T>
std::unique_ptr<Source<T>> make_sparse_source(Table table, const Recipe &recipe) {
  return std::make_unique<SparseSource<T>>(std::move(table), recipe);
}

template std::unique_ptr<Source<float>> make_sparse_source(Table, const Recipe &);
template std::unique_ptr<Source<double>> make_sparse_source(Table, const Recipe &);

}  // namespace akr::cli
