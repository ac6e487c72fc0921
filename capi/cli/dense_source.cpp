// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "gather.hpp"
#include "means.hpp"
#include "not_finite.hpp"
#include "precision.hpp"
#include "source.hpp"

namespace akr::cli {

namespace {

template <class T>
class DenseSource final : public Source<T> {
 public:
  DenseSource(Table table, const Recipe &recipe) : places_(table, recipe.columns), table_(std::move(table)) {
    Array &array = std::get<Array>(table_.data);
    rows_ = array.rows;
    cols_ = recipe.width();
    column_major_ = array.column_major;
    if (usable_as_it_is(array, recipe)) {
      data_ = reinterpret_cast<const T *>(array.data);
      return;
    }
    copy_ = gather<T>(array, recipe.columns, column_major_, recipe.append_one ? 1 : 0);
    data_ = copy_.data();
    array.owner = nullptr;  // the file's own numbers are not needed any more
    array.data = nullptr;
    if (recipe.append_one) {
      for (std::int64_t i = 0; i < rows_; ++i) entry(i, cols_ - 1) = T{1};
    }
    if (recipe.centre) centre();
  }

  Matrix make_matrix(const akr_options *options) override {
    const std::int64_t ld = std::max<std::int64_t>(1, column_major_ ? rows_ : cols_);
    const std::int32_t layout = column_major_ ? AKR_COL_MAJOR : AKR_ROW_MAJOR;
    akr_matrix *handle = nullptr;
    const akr_status status = create_dense(layout, rows_, cols_, data_, ld, options, &handle);
    if (status == AKR_E_NOT_FINITE) refuse_not_finite();
    check(status, table_.name);
    return Matrix(handle);
  }

  void refuse_not_finite() override { cli::refuse_not_finite(places_, data_, rows_, column_major_, cols_); }
  std::string description() const override { return concat("dense by ", column_major_ ? "columns" : "rows"); }

 private:
  static bool usable_as_it_is(const Array &array, const Recipe &recipe) {
    const Element own = sizeof(T) == 4 ? Element::f32 : Element::f64;
    const bool aligned = reinterpret_cast<std::uintptr_t>(array.data) % alignof(T) == 0;
    const bool whole = static_cast<std::int64_t>(recipe.columns.size()) == array.cols;
    return array.element == own && aligned && whole && !recipe.append_one && !recipe.centre;
  }

  T &entry(std::int64_t i, std::int64_t j) {
    return copy_[static_cast<std::size_t>(column_major_ ? j * rows_ + i : i * cols_ + j)];
  }

  void centre() {
    refuse_not_finite();
    ColumnSums sums(cols_);
    for_each_entry([&](T &value, std::int64_t j) { sums.add(j, static_cast<double>(value)); });
    this->means_ = sums.means(rows_, table_.name);
    for_each_entry([&](T &value, std::int64_t j) {
      value = static_cast<T>(static_cast<double>(value) - this->means_[static_cast<std::size_t>(j)]);
    });
  }

  template <class Visit>
  void for_each_entry(Visit &&visit) {
    const std::int64_t outer = column_major_ ? cols_ : rows_, inner = column_major_ ? rows_ : cols_;
    for (std::int64_t p = 0; p < outer; ++p) {
      for (std::int64_t q = 0; q < inner; ++q) {
        visit(copy_[static_cast<std::size_t>(p * inner + q)], column_major_ ? p : q);
      }
    }
  }

  Places places_;
  Table table_;
  std::int64_t rows_ = 0, cols_ = 0;
  bool column_major_ = false;
  std::vector<T> copy_;
  const T *data_ = nullptr;
};

}  // namespace

template <class T>
std::unique_ptr<Source<T>> make_dense_source(Table table, const Recipe &recipe) {
  return std::make_unique<DenseSource<T>>(std::move(table), recipe);
}

template std::unique_ptr<Source<float>> make_dense_source(Table, const Recipe &);
template std::unique_ptr<Source<double>> make_dense_source(Table, const Recipe &);

}  // namespace akr::cli
