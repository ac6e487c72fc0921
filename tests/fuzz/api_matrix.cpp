// SPDX-License-Identifier: BSD-3-Clause
// Section 4 of akr.h.
#include "api.hpp"

namespace fuzz {

namespace {

struct Made {
  akr_status status;
  const char *function;
};

template <class T>
std::vector<T> &values_of(MatrixItem &item) {
  if constexpr (sizeof(T) == 8)
    return item.f64;
  else
    return item.f32;
}

// Sizes that contradict the arrays are such as must be refused before those are read.
template <class T>
Made create_dense(World &w, MatrixItem &item, std::int32_t layout, akr_matrix **out) {
  Input &in = w.in;
  const bool by_rows = layout == AKR_ROW_MAJOR;
  const std::int64_t lines = by_rows ? item.rows : item.cols, length = by_rows ? item.cols : item.rows;
  std::int64_t ld = std::max<std::int64_t>(length + in.choice(3), 1), rows = item.rows, cols = item.cols;
  std::vector<T> &values = values_of<T>(item);
  values = w.numbers<T>(static_cast<std::int64_t>(Output<T>::size(length, lines, ld)));
  bool refused = false;
  if (in.rarely()) {
    refused = true;
    const int what = in.choice(4);
    if (what == 0) ld = length - 1;
    if (what == 1) rows = in.hostile_size();
    if (what == 2) cols = in.hostile_size();
    if (what == 3) {
      ld = std::numeric_limits<std::int64_t>::max() - in.choice(2);
      refused = length > 0 && lines > 1;
    }
  }
  const T *a = values.data();
  if (in.byte() == 0xFF && !values.empty()) {
    a = nullptr;
    refused = true;
  }
  const akr_status status = Api<T>::create_dense(layout, rows, cols, a, ld, w.given_options(), out);
  require(!refused || status == AKR_E_ARGUMENT, "sizes that no array can have are taken");
  return {status, sizeof(T) == 8 ? "akr_matrix_create_dense_f64" : "akr_matrix_create_dense_f32"};
}

template <class T>
Made create_sparse(World &w, MatrixItem &item, std::int32_t layout, akr_matrix **out) {
  Input &in = w.in;
  const std::int64_t lines = layout == AKR_COL_MAJOR ? item.cols : item.rows;
  const std::int64_t length = layout == AKR_COL_MAJOR ? item.rows : item.cols;
  item.ptr.assign(1, 0);
  for (std::int64_t i = 0; i < lines; ++i) {
    for (std::int64_t j = 0; j < length; ++j)
      if (in.choice(3) == 0) item.index.push_back(j);
    item.ptr.push_back(static_cast<std::int64_t>(item.index.size()));
  }
  std::vector<T> &values = values_of<T>(item);
  values = w.numbers<T>(static_cast<std::int64_t>(item.index.size()));
  std::int64_t rows = item.rows, cols = item.cols;
  if (in.rarely()) (in.flip() ? rows : cols) = in.hostile_size();
  if (in.rarely()) item.ptr.back() = in.hostile_size();
  const std::int32_t base = in.rarely() ? 2 + in.choice(2) : 0, bits = in.rarely() ? in.choice(65) : 64;
  const bool odd = bits == 32;  // zeros above: then most of what is said is wrong, and nothing lies outside
  const akr_status status = Api<T>::create_sparse(layout, rows, cols, odd ? 33 : bits, base, item.ptr.data(),
                                                  item.index.data(), values.data(), w.given_options(), out);
  const bool sound = rows == item.rows && cols == item.cols && base == 0 && bits == 64 &&
                     item.ptr.back() == static_cast<std::int64_t>(item.index.size());
  require(sound || status == AKR_E_ARGUMENT, "a sparse structure of false sizes is taken");
  return {status, sizeof(T) == 8 ? "akr_matrix_create_sparse_f64" : "akr_matrix_create_sparse_f32"};
}

template <class T>
Made create_by_callback(World &w, MatrixItem &item, bool products, akr_matrix **out) {
  Input &in = w.in;
  item.entries = std::make_unique<Entries>();
  item.entries->rows = item.rows;
  item.entries->cols = item.cols;
  item.entries->by_rows = w.numbers<double>(item.rows * item.cols);
  for (double &v : item.entries->by_rows) v = v - v == 0 ? v : 1;
  if (in.rarely()) {
    item.entries->bad_at = in.choice(6);
    item.entries->how = in.choice(3);
  }
  std::int64_t rows = item.rows, cols = item.cols;
  bool refused = false;
  if (in.rarely()) {
    item.vast = true;
    refused = in.choice(3) == 0;
    if (in.flip()) rows = refused ? in.hostile_size() : in.vast_size();
    if (rows == item.rows || in.flip()) cols = refused ? in.hostile_size() : in.vast_size();
    item.rows = rows;
    item.cols = cols;
  }
  const bool none = in.byte() == 0xFF;
  const akr_options *o = w.given_options();
  const auto apply = item.vast ? apply_nothing<T> : apply_entries<T>;
  const auto read = item.vast ? read_nothing<T> : read_entries<T>;
  const akr_status status =
      products ? Api<T>::create_callback(rows, cols, none ? nullptr : apply, item.entries.get(), o, out)
               : Api<T>::create_rows(rows, cols, none ? nullptr : read, item.entries.get(), o, out);
  require(!(refused || none) || status == AKR_E_ARGUMENT, "sizes beyond all bounds are taken");
  return {status, products ? (sizeof(T) == 8 ? "akr_matrix_create_callback_f64" : "akr_matrix_create_callback_f32")
                           : (sizeof(T) == 8 ? "akr_matrix_create_rows_f64" : "akr_matrix_create_rows_f32")};
}

// Without numbers a matrix may be as wide or as tall as sizes go.
template <class T>
Made create_empty(World &w, MatrixItem &item, std::int32_t layout, akr_matrix **out) {
  item.vast = true;
  item.rows = item.cols = 0;
  (w.in.flip() ? item.rows : item.cols) = w.in.vast_size();
  const std::int64_t ld = layout == AKR_ROW_MAJOR ? item.cols : item.rows;
  return {Api<T>::create_dense(layout, item.rows, item.cols, nullptr, ld, w.given_options(), out),
          sizeof(T) == 8 ? "akr_matrix_create_dense_f64" : "akr_matrix_create_dense_f32"};
}

}  // namespace

template <class T>
void create_matrix(World &w) {
  Input &in = w.in;
  auto item = std::make_unique<MatrixItem>();
  item->single = sizeof(T) == 4;
  item->rows = in.choice(41);
  item->cols = in.choice(13);
  const int kind = in.choice(5);
  const std::int32_t layout = in.rarely() ? in.raw<std::int8_t>() : in.choice(2);
  akr_matrix *made = reinterpret_cast<akr_matrix *>(&w);
  akr_matrix **out = in.byte() == 0xFF ? nullptr : &made;
  const bool wrong_layout = layout != AKR_COL_MAJOR && layout != AKR_ROW_MAJOR;
  Made result{AKR_OK, ""};
  if (kind == 0 && in.rarely())
    result = create_empty<T>(w, *item, layout, out);
  else if (kind < 2)
    result = create_dense<T>(w, *item, layout, out);
  else if (kind == 2)
    result = create_sparse<T>(w, *item, layout, out);
  else
    result = create_by_callback<T>(w, *item, kind == 3, out);
  check_status(result.status, result.function, nullptr);
  require((out != nullptr && (kind > 2 || !wrong_layout)) || result.status == AKR_E_ARGUMENT,
          "NULL for the handle, or a layout that is none, is taken");
  if (out != nullptr) keep(w.matrices, std::move(item), result.status, made);
}

template void create_matrix<double>(World &);
template void create_matrix<float>(World &);

}  // namespace fuzz
