// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "means.hpp"
#include "not_finite.hpp"
#include "precision.hpp"
#include "source.hpp"

namespace akr::cli {

namespace {

template <class T>
class RowsSource final : public Source<T> {
 public:
  RowsSource(std::shared_ptr<RowsFile> file, const Recipe &recipe)
      : places_(file->table(), recipe.columns), file_(std::move(file)), recipe_(recipe), rows_(file_->table().rows()) {
    if (recipe.centre) find_means();
  }

  Matrix make_matrix(const akr_options *options) override {
    akr_matrix *handle = nullptr;
    check(create_rows(rows_, recipe_.width(), static_cast<RowsCallback<T>>(&read), this, options, &handle),
          file_->table().name);
    return Matrix(handle);
  }

  void refuse_not_finite() override {
    for_each_block([&](const T *block, std::int64_t first, std::int64_t count) {
      cli::refuse_not_finite(places_, block, count, false, static_cast<std::int64_t>(recipe_.columns.size()), first);
    });
  }
  std::string description() const override { return "dense by rows, left on the disk"; }
  std::string read_error() const override { return file_->error(); }

 private:
  static std::int32_t read(void *user, std::int64_t first_row, std::int64_t nrows, T *block, std::int64_t ld) {
    auto &self = *static_cast<RowsSource *>(user);
    const auto used = static_cast<std::int64_t>(self.recipe_.columns.size());
    if (!self.file_->read(self.recipe_.columns, first_row, nrows, block, ld)) return 1;
    for (std::int64_t i = 0; i < nrows; ++i) {
      T *row = block + i * ld;
      for (std::size_t j = 0; j < self.means_.size(); ++j) {
        row[j] = static_cast<T>(static_cast<double>(row[j]) - self.means_[j]);
      }
      if (self.recipe_.append_one) row[used] = T{1};
    }
    return 0;
  }

  // Calls visit(rows, first_row, count) for one block of the file after the other, rows without an intercept.
  template <class Visit>
  void for_each_block(Visit &&visit) {
    const auto width = static_cast<std::int64_t>(recipe_.columns.size());
    const std::int64_t chunk = std::max<std::int64_t>(1, (std::int64_t{1} << 17) / std::max<std::int64_t>(1, width));
    std::vector<T> block(static_cast<std::size_t>(std::min(chunk, rows_) * width));
    for (std::int64_t first = 0; first < rows_; first += chunk) {
      const std::int64_t count = std::min(chunk, rows_ - first);
      if (!file_->read(recipe_.columns, first, count, block.data(), width)) {
        throw Failure(Exit::input_output, file_->error());
      }
      visit(block.data(), first, count);
    }
  }

  void find_means() {
    const auto width = static_cast<std::int64_t>(recipe_.columns.size());
    ColumnSums sums(width);
    for_each_block([&](const T *block, std::int64_t first, std::int64_t count) {
      cli::refuse_not_finite(places_, block, count, false, width, first);
      for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t j = 0; j < width; ++j) sums.add(j, static_cast<double>(block[i * width + j]));
      }
    });
    this->means_ = sums.means(rows_, file_->table().name);
  }

  Places places_;
  std::shared_ptr<RowsFile> file_;
  Recipe recipe_;
  std::int64_t rows_;
};

}  // namespace

template <class T>
std::unique_ptr<Source<T>> make_rows_source(std::shared_ptr<RowsFile> file, const Recipe &recipe) {
  return std::make_unique<RowsSource<T>>(std::move(file), recipe);
}

template std::unique_ptr<Source<float>> make_rows_source(std::shared_ptr<RowsFile>, const Recipe &);
template std::unique_ptr<Source<double>> make_rows_source(std::shared_ptr<RowsFile>, const Recipe &);

}  // namespace akr::cli
